"""Logs and reports say what the program did, never what is in people's files."""

import contextlib
import logging
from pathlib import Path

import pytest
from fixtures.media import picture, tune, write_photo, write_track, xmp_packet
from fixtures.track_files import retag

from desktop_app.cli import main as cli
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError
from desktop_app.logs import log_to, stop_logging
from desktop_app.paths import Profile

CANARY = "zq7canary"


def write_library(folder: Path) -> Path:
    """Photos and tracks with the canary in their metadata and bytes, some of them damaged."""
    packet = xmp_packet(rating=3, keywords=(CANARY,), title=f"{CANARY} title")
    write_photo(folder / "a.jpg", picture(1), xmp=packet)
    write_photo(folder / "b.jpg", picture(2), xmp=packet.replace(b"</rdf:RDF>", b"<broken"))
    write_track(folder / "a.wav", tune(1, 3.0, 90.0, 0, rate=22050), 22050, tags={"title": CANARY, "artist": CANARY})
    write_track(folder / "b.flac", tune(2, 3.0, 90.0, 0, rate=22050), 22050, tags={"title": CANARY, "comment": CANARY})
    retag(folder / "b.flac", {"title": CANARY, "date": f"{CANARY}-13-40", "bpm": CANARY})
    whole = (folder / "a.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "text.jpg").write_text(CANARY * 50)
    (folder / "text.mp3").write_text(CANARY * 50)
    (folder / "list.m3u8").write_text(f"#EXTINF:1,{CANARY}\na.wav\n")
    (folder / "list.xspf").write_text(f"<playlist><trackList><track><title>{CANARY}</broken>")
    return folder


@pytest.fixture
def log_folder(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "logs"


def test_nothing_of_the_files_is_in_the_logs(tmp_path: Path, log_folder: Path) -> None:
    media = write_library(tmp_path / "media")
    profile = Profile.at(tmp_path / "profile")
    log_to(log_folder, logging.DEBUG)
    try:
        with Library.open(profile, jobs=1) as library:
            library.add_root(media)
            for _progress in library.index(control=RunControl()):
                pass
            everything = library.find("")[1]
            assert CANARY in " ".join(str(library.detail(row.id)) for row in everything)  # it was read
            library.rate([row.id for row in everything], 4)
            library.tag([everything[0].id], [CANARY])
            library.import_playlist(media / "list.m3u8")
            with contextlib.suppress(KnownError):
                library.import_playlist(media / "list.xspf")
            for row in everything:
                with contextlib.suppress(KnownError):
                    library.waveform(row.id)
                with contextlib.suppress(KnownError):
                    library.preview(row.id, 64)
            library.doctor(repair=True)
        logging.getLogger("desktop_app").warning("the last line")
    finally:
        stop_logging()
        logging.getLogger("desktop_app").setLevel(logging.INFO)
    written = "".join(file.read_text("utf-8") for file in log_folder.iterdir())
    assert "the last line" in written and CANARY not in written


def test_commands_log_no_queries(tmp_path: Path, log_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--profile", str(tmp_path / "profile"), "--log-level", "debug"]
    assert cli.main([*words, "find", CANARY]) == 0
    assert cli.main([*words, "find", f"rating:{CANARY}"]) == 2
    assert cli.main([*words, "stats", "--json"]) == 0
    capsys.readouterr()
    logs = "".join(file.read_text("utf-8") for file in log_folder.iterdir())
    assert CANARY not in logs
    assert cli.main([*words[:2], "--log-level", "loud", "find", "x"]) == 2


def test_logs_rotate(log_folder: Path) -> None:
    log_to(log_folder)
    try:
        for _each in range(80):
            logging.getLogger("desktop_app").warning("x" * 100_000)
    finally:
        stop_logging()
    sizes = [file.stat().st_size for file in log_folder.iterdir()]
    assert len(sizes) == 6 and max(sizes) <= 1_100_000
