"""The library's own folder may lie in a folder of the user's: its thumbnails are no photos."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reliability.library_checks import look_inside
from reliability.originals import Originals
from reliability.program import Program, refused
from reliability.small_media import write_small_photos

from desktop_app.engine.indexing_runs import IndexingRuns
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_thumbnails_are_not_indexed(home: Path, originals: Originals) -> None:
    photos = write_small_photos(home, 5)
    originals.keep(photos)
    program = Program(home / "Library" / "Akin")
    for _ in range(2):
        report = program.answer("index", home, "--jobs", 1)
        assert (report["photos"], report["tracks"], report["problems"]) == (5, 0, 0)
    assert set(program.items()) == {str(path) for path in photos}
    sentence = refused(program.run("index", program.profile / "thumbnails"), 3)
    assert "Akin's own" in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_nor_while_watching(home: Path, originals: Originals) -> None:
    program = Program(home / "Akin")
    originals.keep(write_small_photos(home / "a", 3))
    process = program.start("index", home, "--jobs", 1, "--watch", stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    try:
        assert "Looking" in process.stderr.readline()
        originals.keep(write_small_photos(home / "b" / "c" / "d", 3, first_seed=10))
        end = time.monotonic() + 60
        while len(program.items()) < 6 and time.monotonic() < end:
            pass
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    assert "Warning" not in said, said
    assert len(look_inside(program.profile).items) == 6


def indexed(library: Library, home: Path) -> int:
    """How many photos there are then."""
    library.add_root(home)
    control = RunControl()
    for _progress in library.index(control=control):
        pass
    assert control.report is not None
    return control.report.photos


def test_folders_of_the_user_with_such_names_are_not_ours(home: Path, originals: Originals) -> None:
    """The library lies in a folder of photos; among them are thumbnails of the library now."""
    for seed, name in enumerate(("models", "backups", "logs", "thumbnails", "indexes")):
        originals.keep(write_small_photos(home / name, 1, first_seed=seed))
    for _ in range(2):
        with Library.open(Profile.at(home), jobs=1) as library:
            assert indexed(library, home) == 5
            assert len(list((home / "thumbnails").rglob("*.jpg"))) > 1


def test_what_was_taken_for_photos_goes(home: Path, monkeypatch: pytest.MonkeyPatch, originals: Originals) -> None:
    """Of an earlier version's catalogue."""
    inner = Profile.at(home / "Akin")
    originals.keep(write_small_photos(home, 3))
    whole = IndexingRuns.__init__
    with monkeypatch.context() as earlier:
        earlier.setattr(IndexingRuns, "__init__", lambda self, *rest: whole(self, *rest[:6]))
        with Library.open(inner, jobs=1) as library:
            assert indexed(library, home) == 3
            assert indexed(library, home) == 6
    with Library.open(inner, jobs=1) as library:
        assert indexed(library, home) == 3
        assert library.doctor(repair=False)["checks"] and len(library.find("", None)[1]) == 3
