"""Files that the command line writes: never in the place of an original, nor of what Akin did not make."""

import json
import os
import shutil
from pathlib import Path

import pytest
from fixtures.command_line import Akin, akin_on_copy, index_folder
from fixtures.small_library import write_small_library
from PIL import Image

from desktop_app.domain.playlists import ExportOptions
from desktop_app.engine.library import Library
from desktop_app.errors import KnownError, StorageFullError
from desktop_app.paths import Profile


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    write_small_library(folder / "media")
    for name in ("a.png", "b.png"):
        Image.linear_gradient("L").save(folder / "media" / "photos" / name)
    index_folder(folder / "media", folder / "profile")
    return folder


@pytest.fixture
def media(template: Path) -> Path:
    """Never changed by these tests; that is what they are about."""
    return template / "media"


@pytest.fixture
def akin(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Akin:
    return akin_on_copy(template / "profile", tmp_path, monkeypatch, capsys)


WRITING = {
    "similar.png": ("similar", "QUERY", "--out", "FILE"),
    "similar.html": ("similar", "QUERY", "--out", "FILE"),
    "similar.json": ("similar", "QUERY", "--out", "FILE"),
    "colour.png": ("colour", "#ff8800", "--out", "FILE"),
    "map.png": ("spaces", "map", "look", "--out", "FILE"),
    "map.csv": ("spaces", "map", "look", "--out", "FILE"),
    "list.m3u8": ("playlist", "SEED", "--length", "2", "--out", "FILE"),
    "list.xspf": ("playlist", "SEED", "--length", "2", "--out", "FILE"),
    "all.json": ("export", "FILE"),
    "all.parquet": ("export", "FILE"),
    "all.zip": ("backup", "FILE"),
}


def command(name: str, media: Path, file: Path) -> list[str]:
    """One that writes ``file``."""
    seed = next(iter(sorted((media / "music").iterdir())))
    stands_for = {"QUERY": media / "photos" / "a.png", "SEED": seed, "FILE": file}
    return [str(stands_for.get(word, word)) for word in WRITING[name]]


@pytest.mark.parametrize("name", WRITING)
def test_an_earlier_result_is_written_anew_and_nothing_else_is(
    akin: Akin, media: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / name
    for _ in range(2):
        code, _out, err = akin(*command(name, media, file))
        assert code == 0, err
    assert list(file.parent.iterdir()) == [file]
    for precious in (b'{"precious": 1}', b"\x89PNG\r\n\x1a\n and more", b"id,name\n1,a\n", b"#EXTM3U"[:3]):
        file.write_bytes(precious)
        code, out, err = akin(*command(name, media, file))
        assert (code, out) == (3, "") and err.count("\n") == 1 and str(file) in err
        assert file.read_bytes() == precious and list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", ["similar.png", "colour.png", "map.png"])
def test_an_original_is_never_written_over(akin: Akin, media: Path, tmp_path: Path, name: str) -> None:
    original = media / "photos" / "b.png"
    before = original.read_bytes()
    link, new = tmp_path / "link.png", media / "photos" / "new.png"
    link.symlink_to(original)
    new.write_bytes(b"")  # nothing in it, and yet a photo's place
    try:
        for file, reason in ((original, "in your library"), (link, "in your library"), (new, "in a folder of your")):
            code, _out, err = akin(*command(name, media, file))
            assert code == 3 and reason in err
        assert original.read_bytes() == before and new.read_bytes() == b""
    finally:
        new.unlink()


def test_a_picture_of_ours_that_became_an_item_stays(akin: Akin, media: Path, tmp_path: Path) -> None:
    """Whatever it was once: what is in the library is the user's."""
    shutil.copytree(media / "photos", tmp_path / "more")
    sheet = tmp_path / "more" / "sheet.png"
    assert akin("similar", media / "photos" / "a.png", "--out", sheet)[0] == 0
    before = sheet.read_bytes()
    assert akin("index", tmp_path / "more")[0] == 0
    code, _out, err = akin("similar", media / "photos" / "b.png", "--out", sheet)
    assert code == 3 and "in your library" in err and sheet.read_bytes() == before


def test_a_link_is_written_through(akin: Akin, media: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "found.json"
    link.symlink_to(tmp_path / "far" / "found.json")
    assert akin("similar", media / "photos" / "a.png", "--out", link)[0] == 0
    assert link.is_symlink() and json.loads((tmp_path / "far" / "found.json").read_text())["hits"]


def test_folders_and_devices_are_no_files(akin: Akin, media: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json") if os.name != "nt" else (tmp_path / "pipe.json").mkdir()
    for name in ("folder.json", "pipe.json"):
        code, _out, err = akin("similar", media / "photos" / "a.png", "--out", tmp_path / name)
        assert code == 3 and err.count("\n") == 1


OTHERS = {
    "list.m3u8": "#EXTM3U\n#EXTINF:1,x\na.mp3\n#Made by Akin\n",
    "list.m3u": "#EXTM3U\n#PLAYLIST:#Made by Akin\na.mp3\n",
    "list.xspf": '<?xml version="1.0"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>&lt;creator>Akin</title>'
    "<trackList><track><location>a.mp3</location><creator>Akin</creator></track></trackList></playlist>",
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_playlist_of_another_player_is_not_ours(akin: Akin, media: Path, tmp_path: Path, name: str) -> None:
    """People make them by hand; only what says that Akin made it is written anew."""
    file = tmp_path / name
    seed = next(iter(sorted((media / "music").iterdir())))
    assert akin("playlist", seed, "--length", "2", "--save", "Mine")[0] == 0
    file.write_text(OTHERS[name], "utf-8")
    for asked in (("playlist", seed, "--length", "2", "--out", file), ("playlists", "export", "Mine", file)):
        code, out, err = akin(*asked)
        assert (code, out) == (3, "") and "did not make" in err
        assert file.read_text("utf-8") == OTHERS[name]
    file.unlink()
    for _ in range(2):
        assert akin("playlists", "export", "Mine", file)[0] == 0


def test_in_the_window_too(template: Path, media: Path, tmp_path: Path) -> None:
    shutil.copytree(template / "profile", tmp_path / "profile")
    track = next(iter(sorted((media / "music").iterdir())))
    other = tmp_path / "notes.m3u8"
    other.write_text("not a playlist")
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        ids = list(library.ids_of_paths([track]).values())
        with pytest.raises(KnownError, match="did not make"):
            library.export_tracks(ids, other, ExportOptions())
        assert other.read_text() == "not a playlist"
        for _ in range(2):
            library.export_tracks(ids, tmp_path / "mine.m3u8", ExportOptions())


@pytest.mark.parametrize("name", OTHERS)
def test_the_window_has_asked_before_it_replaces_a_playlist(
    template: Path, media: Path, tmp_path: Path, name: str
) -> None:
    """Whoever made it; and nothing else than a playlist all the same."""
    shutil.copytree(template / "profile", tmp_path / "profile")
    track = next(iter(sorted((media / "music").iterdir())))
    (tmp_path / name).write_text(OTHERS[name], "utf-8")
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        ids = list(library.ids_of_paths([track]).values())
        library.export_tracks(ids, tmp_path / name, ExportOptions(replace=True))
        assert track.name in (tmp_path / name).read_text("utf-8").replace("%20", " ")
        (tmp_path / name).write_text("notes")
        with pytest.raises(KnownError, match="not a playlist"):
            library.export_tracks(ids, tmp_path / name, ExportOptions(replace=True))
        assert (tmp_path / name).read_text() == "notes"


def test_a_full_disk_is_the_one_of_the_file(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own need not be full."""
    shutil.copytree(template / "profile", tmp_path / "profile")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("desktop_app.engine.catalog.exchange._write_json", full)
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        with pytest.raises(StorageFullError, match=r"all\.json could not be written") as raised:
            library.export(tmp_path / "all.json")
        assert "disk of the library" not in raised.value.user_text


def test_what_opening_found_is_said(akin: Akin, tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "profile")
    profile.catalog_path.unlink()
    profile.catalog_path.with_name("catalog.duckdb.wal").write_bytes(b"the last changes")
    code, out, err = akin("list")
    assert code == 0 and out.endswith("0 items\n") and "last changes" in err
    assert akin("list")[2] == ""
