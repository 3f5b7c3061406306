"""Odd profile folders and settings: a sentence or the default, never a traceback."""

import errno
import logging
import os
import stat
import sys
from pathlib import Path

import pytest

from desktop_app.cli import main as cli
from desktop_app.engine.library import Library
from desktop_app.errors import KnownError, LibraryUnavailableError, StorageFullError, refused_by_system
from desktop_app.logs import log_to, stop_logging
from desktop_app.paths import MODEL_MARK, SOCKET_PATH_BYTES, Profile
from desktop_app.settings import Settings


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "a\0b"])
def test_what_can_be_no_folder(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LibraryUnavailableError):
        Profile.at(Path(name))
    assert cli.main(["--profile", name, "list"]) == 4
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="a Unix socket")
def test_the_address_fits_whatever_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = tmp_path / ("r" * 120)
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    address = Profile.at(tmp_path / ("p" * 200)).socket_path
    assert len(os.fsencode(address)) <= SOCKET_PATH_BYTES


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_the_library_is_private(tmp_path: Path) -> None:
    """Also where it was not, whatever the process's own default."""
    profile = Profile.at(tmp_path / "profile")
    before = os.umask(0o022)
    try:
        profile.directory.mkdir()
        profile.log_dir.mkdir()
        path = log_to(profile.log_dir)
        logging.getLogger("desktop_app").warning("a line")
        stop_logging()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (profile.log_dir / "akin.log.1").write_text("of an older program")
        with Library.open(profile, jobs=1) as library:
            library.change_settings(library.settings)
        profile.make_private()
    finally:
        os.umask(before)
    found = {
        entry.relative_to(tmp_path): stat.S_IMODE(entry.stat().st_mode)
        for entry in (profile.directory, *profile.directory.iterdir(), *profile.log_dir.iterdir())
    }
    assert len(found) >= 7
    assert {str(name): oct(mode) for name, mode in found.items() if mode & 0o077} == {}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_a_folder_with_other_things_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters").chmod(0o755)
    (tmp_path / "note.txt").write_text("to read for all")
    tmp_path.chmod(0o755)
    profile = Profile.at(tmp_path)
    profile.make()
    profile.catalog_path.write_text("")
    profile.make_private()
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == modes["letters"] == 0o755
    assert modes["catalog.duckdb"] == 0o600 and modes["thumbnails"] == modes["logs"] == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_things_of_the_user_with_such_names_keep_their_permissions(tmp_path: Path) -> None:
    names = (
        "window view.jpg", "samples.wav", "models.jpg", "catalog of 2019.jpg", "settings", "addresses.txt",
        "logs/trip.jpg", "backups/old.jpg", "thumbnails/print.jpg", "indexes/cards.jpg",
    )  # fmt: skip
    profile = Profile.at(tmp_path)
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    profile.make()
    profile.catalog_path.write_text("")
    (profile.log_dir / "akin.log").write_text("")
    there = [tmp_path, *(tmp_path / name for name in names), *{(tmp_path / name).parent for name in names}]
    for place in there:
        place.chmod(0o755)
    profile.make_private()
    assert {
        place.name: oct(stat.S_IMODE(place.stat().st_mode)) for place in there if place.stat().st_mode & 0o755 != 0o755
    } == {}
    for place in (profile.catalog_path, profile.log_dir / "akin.log"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_only_a_library_has_folders_of_its_own(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path)
    (profile.models_dir / "trains").mkdir(parents=True)
    (profile.models_dir / "fetched").mkdir()
    (profile.models_dir / "fetched" / MODEL_MARK).write_text("{}")
    profile.make()
    assert profile.own_folders == ()
    profile.catalog_path.write_text("")
    assert profile.own_folders == (profile.thumbnail_dir, profile.models_dir / "fetched")
    (profile.thumbnail_dir / "print.jpg").write_text("of the user")
    assert profile.thumbnail_dir not in profile.own_folders and profile.thumbnail_dir / "ab" in profile.own_folders


def test_settings_of_earlier_versions_are_no_fault(tmp_path: Path) -> None:
    """Of an Akin that asked for them still."""
    path = tmp_path / "settings.toml"
    path.write_text("version = 1\nworkers = 3\nlauncher_offered = true\nthumbnail_size = 160\n")
    loaded = Settings.load(path)
    assert (loaded.workers, loaded.notice) == (3, "")
    loaded.save(path)
    assert Settings.load(path) == loaded


def test_settings_that_make_no_sense_stay_at_their_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('workers = -5\nthumbnail_cache_mb = "many"\ntheme = "pink"\nplayer_volume = 0.5\n')
    loaded = Settings.load(path)
    assert (loaded.workers, loaded.thumbnail_cache_mb, loaded.theme) == (0, 4096, "system")
    assert loaded.player_volume == 0.5
    assert all(name in loaded.notice for name in ("workers", "thumbnail_cache_mb", "theme"))


def test_settings_that_are_no_text_are_said_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe = [")
    loaded = Settings.load(path)
    assert loaded.notice and loaded.workers == 0
    loaded.save(path)
    assert Settings.load(path) == Settings()


def test_a_save_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\nlater = 1\nworkers = 2\n")
    Settings.load(path).save(path)
    assert "# mine" in path.read_text() and "later = 1" in path.read_text()
    assert Settings.load(path).workers == 2


def test_what_the_system_refuses_is_a_sentence() -> None:
    full = refused_by_system(OSError(errno.ENOSPC, "No space left on device", "/x"))
    assert isinstance(full, StorageFullError) and full.exit_code == 4
    refused = refused_by_system(PermissionError(errno.EACCES, "Permission denied", "/x"))
    assert isinstance(refused, KnownError) and "permission denied" in refused.user_text
    assert refused_by_system(ValueError("ours")) is None
