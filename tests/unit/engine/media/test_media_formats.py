"""Kinds by name and by content."""

import os
from pathlib import Path

import pytest
from fixtures.media import write_dng, write_photo, write_track

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.formats import (
    HEAD_BYTES,
    PHOTO_EXTENSIONS,
    RAW_EXTENSIONS,
    TRACK_EXTENSIONS,
    kind_of_file,
    kind_of_name,
    photo_signature,
    track_signature,
)


def test_the_sets_are_well_formed() -> None:
    assert RAW_EXTENSIONS < PHOTO_EXTENSIONS
    assert not PHOTO_EXTENSIONS & TRACK_EXTENSIONS
    assert all(ending == ending.lower() and ending[0] == "." for ending in PHOTO_EXTENSIONS | TRACK_EXTENSIONS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("IMG_1.JPG", Kind.PHOTO),
        ("a.b.heic", Kind.PHOTO),
        ("x.CR3", Kind.PHOTO),
        ("song.Mp3", Kind.TRACK),
        ("song.opus", Kind.TRACK),
        ("film.mp4", None),
        ("notes.txt", None),
        ("jpg", None),
        ("", None),
        ("a.", None),
    ],
)
def test_kind_of_name(name: str, kind: Kind | None) -> None:
    assert kind_of_name(name) is kind


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "bmp", "tif", "heic", "avif", "dng"])
def test_photos_without_an_ending_are_known(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    (write_dng if ending == "dng" else write_photo)(path)
    assert kind_of_file(path.rename(tmp_path / "nameless")) is Kind.PHOTO


@pytest.mark.parametrize("ending", ["wav", "aiff", "flac", "ogg", "opus", "mp3", "m4a", "wma", "wv", "aac"])
def test_tracks_without_an_ending_are_known(tmp_path: Path, ending: str) -> None:
    path = write_track(tmp_path / f"a.{ending}")
    assert kind_of_file(path.rename(tmp_path / "nameless")) is Kind.TRACK


def test_what_is_neither(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear diary")
    (tmp_path / "empty").touch()
    assert kind_of_file(tmp_path / "text") is None
    assert kind_of_file(tmp_path / "empty") is None
    assert kind_of_file(tmp_path) is None
    assert kind_of_file(tmp_path / "gone") is None
    assert kind_of_file(Path("a\0b")) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert kind_of_file(tmp_path / "pipe") is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"FUJIFILMCCD-RAW 0201", "RAW"),
        (b"IIRO\x08\0", "RAW"),
        (b"IIU\0\x18", "RAW"),
        (b"II*\0\x10\0\0\0CR\x02\0", "RAW"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "RAW"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0heic", "HEIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isom", None),
    ],
)
def test_photo_signatures(head: bytes, name: str | None) -> None:
    assert photo_signature(head.ljust(HEAD_BYTES, b"\0")) == name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\xff\xfb\x90\x64", "MP3"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"\xff\xfeD\0e\0", None),  # UTF-16 text
        (b"\xff\xff\xff\xff", None),
        (b"MP+\x17", "MUSEPACK"),
        (b"\xff", None),
    ],
)
def test_track_signatures(head: bytes, name: str | None) -> None:
    assert track_signature(head) == name
