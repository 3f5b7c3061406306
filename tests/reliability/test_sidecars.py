"""An ``.xmp`` file beside a photo changes by itself: what it says is read again, and nothing is described again."""

import os
import sys
import time
from pathlib import Path

import pytest
from fixtures.media import xmp_packet
from reliability.originals import Originals
from reliability.program import Program
from reliability.small_media import write_small_photos


def say(path: Path, second: int, **what: object) -> None:
    path.write_bytes(xmp_packet(**what))  # type: ignore[arg-type]
    os.utime(path, (1_700_000_000 + second,) * 2)


def test_a_sidecar_that_changes_alone(program: Program, roots: Path, originals: Originals) -> None:
    one, other = write_small_photos(roots, 2)
    sidecar = roots / "photo 0.xmp"
    originals.settle()
    program.answer("index", roots, "--jobs", 1)

    def told(updated: int) -> dict[str, object]:
        originals.settle()
        report = program.answer("index", roots, "--jobs", 1)
        assert (report["updated"], report["embedded"], report["unchanged"]) == (updated, 0, 2 - updated)
        shown = program.answer("show", one)
        return {**shown["metadata"], "rating": shown["rating"]}

    say(sidecar, 0, title="first", rating=3)
    assert (told(1)["title"], told(0)["title"]) == ("first", "first")
    say(sidecar, 1, title="other")
    assert told(1)["title"] == "other"
    program.answer("rate", 2, one)
    say(sidecar, 2, title="third", rating=5)
    found = told(1)
    assert (found["title"], found["rating"]) == ("third", 2), "what the user said in Akin stays"
    sidecar.unlink()
    assert told(1).get("title") in (None, "photo 0")
    assert told(0) and program.answer("show", other)["rating"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_while_watching(program: Program, roots: Path, originals: Originals) -> None:
    (photo,) = write_small_photos(roots, 1)
    process = program.start("index", roots, "--jobs", 1, "--watch", "--quiet")
    try:
        assert process.stdout is not None and "photo" in process.stdout.readline()
        say(roots / "photo 0.jpg.xmp", 0, title="lake")
        end = time.monotonic() + 30
        while "lake" not in str(program.answer("show", photo)) and time.monotonic() < end:
            pass
        assert "lake" in str(program.answer("show", photo))
    finally:
        process.terminate()
        process.communicate(timeout=60)
    originals.settle()
