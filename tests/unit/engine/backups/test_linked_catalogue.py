"""A catalogue that lies elsewhere, behind a link: it is exchanged where it lies, and the link stays."""

import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from desktop_app.domain.backups import Reason
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog, migrations, replacing
from desktop_app.engine.library import Library
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryUnavailableError, StorageFullError
from desktop_app.paths import Profile


@pytest.fixture
def drive(filled: Catalog, profile: Profile, tmp_path: Path) -> Path:
    """Where a link in the profile leads to; a backup is in the profile."""
    profile.backup_dir.mkdir(exist_ok=True)
    make_backup(filled.database, profile.backup_dir / "akin-20261120-120000-asked.zip", reason=Reason.ASKED)
    filled.close()
    folder = tmp_path / "drive"
    folder.mkdir()
    profile.catalog_path.rename(folder / "far.duckdb")
    try:
        profile.catalog_path.symlink_to(folder / "far.duckdb")
    except OSError:
        pytest.skip("no links here")
    return folder


def rating(path: Path) -> int:
    with Catalog.open(path) as catalog:
        return catalog.rows([1])[0].rating


def rate(path: Path, stars: int) -> None:
    with Catalog.open(path) as catalog:
        catalog.set_rating([1], stars)


def backup_of(profile: Profile) -> Path:
    return profile.backup_dir / "akin-20261120-120000-asked.zip"


def test_restoring_goes_to_where_the_link_leads(profile: Profile, drive: Path) -> None:
    before = rating(profile.catalog_path)
    rate(profile.catalog_path, 5 - before)
    restored = restoring.restore(profile, backup_of(profile))
    assert profile.catalog_path.is_symlink() and rating(profile.catalog_path) == rating(drive / "far.duckdb") == before
    assert restored.previous is not None and not restored.was_damaged
    assert [path.name for path in drive.iterdir() if not path.name.endswith(".lock")] == ["far.duckdb"]


def test_a_damaged_one_is_set_aside_there(profile: Profile, drive: Path) -> None:
    (drive / "far.duckdb").write_bytes(b"garbage" * 5000)
    restored = restoring.restore(profile, backup_of(profile))
    assert restored.was_damaged and restored.previous is not None
    assert restored.previous.read_bytes() == b"garbage" * 5000
    assert profile.catalog_path.is_symlink() and rating(drive / "far.duckdb") >= 0


def test_starting_anew_makes_an_empty_one_there(profile: Profile, drive: Path) -> None:
    (drive / "far.duckdb").write_bytes(b"garbage" * 5000)
    aside = restoring.start_anew(profile)
    assert aside is not None and aside.read_bytes() == b"garbage" * 5000
    assert profile.catalog_path.is_symlink()
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.counts().items == 0
    assert (drive / "far.duckdb").is_file()


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), StorageFullError("The disk is full.")])
def test_starting_anew_that_fails_leaves_all_as_it_was(
    profile: Profile, drive: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    """A link that led to nothing would be taken for a drive that is away, whatever one tries."""

    def fail(*_given: object) -> NoReturn:
        raise fault

    (drive / "far.duckdb").write_bytes(b"garbage" * 5000)
    (profile.index_dir / "look-1").mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "create", fail)
        with pytest.raises(type(fault)):
            restoring.start_anew(profile)
    assert (drive / "far.duckdb").read_bytes() == b"garbage" * 5000 and (profile.index_dir / "look-1").exists()
    aside = restoring.start_anew(profile)
    assert aside is not None and aside.read_bytes() == b"garbage" * 5000
    assert [path.name for path in drive.iterdir() if not path.name.endswith(".lock")] == ["far.duckdb"]
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.counts().items == 0


def test_starting_anew_keeps_the_log_with_its_catalogue(profile: Profile, drive: Path) -> None:
    (drive / "far.duckdb").write_bytes(b"garbage" * 5000)
    replacing.log_of(drive / "far.duckdb").write_bytes(b"the last changes")
    aside = restoring.start_anew(profile)
    assert aside is not None and replacing.log_of(aside).read_bytes() == b"the last changes"
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.counts().items == 0


def test_without_its_drive_the_library_goes_on_once_people_remove_the_link(profile: Profile, drive: Path) -> None:
    """Akin does not: the drive's library would be out of sight, and two would go on beside each other."""
    before = rating(profile.catalog_path)
    (profile.index_dir / "look-1").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(drive)
    with pytest.raises(LibraryUnavailableError) as raised:
        Library.open(profile, jobs=1)
    assert f"remove the link {profile.catalog_path} yourself" in raised.value.user_text
    profile.catalog_path.unlink()
    with pytest.raises(LibraryDamagedError, match="Backups of it are there"):
        Library.open(profile, jobs=1)
    restoring.restore(profile, backup_of(profile))
    assert rating(profile.catalog_path) == before and not profile.catalog_path.is_symlink()


def test_while_its_drive_is_away_nothing_takes_its_place(profile: Profile, drive: Path, tmp_path: Path) -> None:
    rate(profile.catalog_path, 2)
    drive.rename(tmp_path / "away")
    for change in (
        lambda: restoring.restore(profile, backup_of(profile)),
        lambda: restoring.start_anew(profile),
        lambda: restoring.salvage(profile),
    ):
        with pytest.raises(LibraryUnavailableError, match="Plug in its drive"):
            change()
    assert profile.catalog_path.is_symlink() and not drive.exists()
    (tmp_path / "away").rename(drive)
    assert rating(profile.catalog_path) == 2


def test_an_exchange_cut_short_is_completed_there(profile: Profile, drive: Path) -> None:
    """As after a kill between the two renames, on a drive without second names for a file."""
    before = rating(profile.catalog_path)
    (drive / "far.duckdb").rename(drive / "far.duckdb.replaced")
    assert rating(profile.catalog_path) == before and profile.catalog_path.is_symlink()


def test_a_log_alone_is_kept(profile: Profile, filled: Catalog) -> None:
    """Its catalogue is gone, and a new one must not take it for its own."""
    filled.close()
    log = replacing.log_of(profile.catalog_path)
    for content in (b"the last changes", b"others"):
        profile.catalog_path.unlink()
        log.write_bytes(content)
        with Library.open(profile, jobs=1) as library:
            (notice,) = [each for each in library.notices if "last changes" in each.text]
            kept = [path for path in profile.backup_dir.glob("*.wal") if path.read_bytes() == content]
            assert len(kept) == 1 and str(kept[0]) in notice.text
            assert library.catalog.counts().items == 0
        with Library.open(profile, jobs=1) as library:
            assert not library.notices
    assert len(list(profile.backup_dir.glob("*.wal"))) == 2


def test_a_log_alone_is_never_given_to_what_a_backup_holds(profile: Profile, drive: Path) -> None:
    far = drive / "far.duckdb"
    profile.catalog_path.unlink()
    far.replace(profile.catalog_path)
    before = rating(profile.catalog_path)
    for bring_back in (lambda: restoring.restore(profile, backup_of(profile)), lambda: restoring.start_anew(profile)):
        profile.catalog_path.unlink()
        replacing.log_of(profile.catalog_path).write_bytes(b"the last changes")
        (profile.index_dir / "look-1").mkdir(parents=True, exist_ok=True)
        with pytest.raises(LibraryDamagedError, match="is gone"):
            Library.open(profile, jobs=1)
        assert replacing.log_of(profile.catalog_path).exists()  # nobody has decided yet
        bring_back()
        assert not list(profile.directory.glob("*.wal"))
        with Library.open(profile, jobs=1) as library:
            assert library.catalog.counts().items == 0 or library.catalog.rows([1])[0].rating == before
    assert len(list(profile.backup_dir.glob("*.wal"))) == 2


def test_salvaging_what_is_gone_says_so(profile: Profile) -> None:
    with pytest.raises(KnownError, match="no log of changes"):
        restoring.salvage(profile)
