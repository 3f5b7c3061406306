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

from desktop_app.domain.progress import IndexReport
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile


def say(path: Path, second: int, **what: object) -> None:
    path.write_bytes(xmp_packet(**what))  # type: ignore[arg-type]
    os.utime(path, (1_700_000_000 + second,) * 2)


def test_a_sidecar_that_changes_alone(profile: Profile, roots: Path, originals: Originals) -> None:
    one, other = write_small_photos(roots, 2)
    sidecar = roots / "photo 0.xmp"
    with Library.open(profile, jobs=1) as library:
        library.add_root(roots)
        indexed(library, originals)
        ids = library.ids_of_paths([one, other])

        def told(updated: int) -> tuple[str | None, int]:
            report = indexed(library, originals)
            assert (report.updated, report.embedded, report.unchanged) == (updated, 0, 2 - updated)
            detail = library.detail(ids[one])
            assert detail.photo is not None
            return detail.photo.title, detail.row.rating

        say(sidecar, 0, title="first", rating=3)
        assert (told(1), told(0)) == (("first", 3), ("first", 3))
        say(sidecar, 1, title="other", rating=4)
        assert told(1) == ("other", 4), "stars of files are followed until somebody says others in Akin"
        library.rate([ids[one]], 2)
        say(sidecar, 2, title="third", rating=5)
        assert told(1) == ("third", 2), "what the user said in Akin stays"
        sidecar.unlink()
        assert told(1)[0] is None
        assert told(0) and library.detail(ids[other]).row.rating == 0


def test_a_sidecar_that_is_renamed_before_its_photo(profile: Profile, roots: Path, originals: Originals) -> None:
    (photo,) = write_small_photos(roots, 1)
    sidecar, renamed = roots / "photo 0.xmp", roots / "lake.jpg"
    say(sidecar, 0, title="Lake", rating=3)
    with Library.open(profile, jobs=1) as library:
        library.add_root(roots)
        indexed(library, originals)
        (item,) = library.ids_of_paths([photo]).values()
        sidecar.rename(renamed.with_suffix(".xmp"))
        assert indexed(library, originals).updated == 1
        photo.rename(renamed)
        report = indexed(library, originals)
        assert (report.added, report.missing, report.embedded) == (0, 0, 0)
        assert library.ids_of_paths([renamed]) == {renamed: item}
        detail = library.detail(item)
        assert detail.photo is not None and (detail.photo.title, detail.row.rating) == ("Lake", 3)
        report = indexed(library, originals)
        assert (report.updated, report.unchanged) == (0, 1)


def indexed(library: Library, originals: Originals) -> IndexReport:
    """What a run over all folders did."""
    originals.settle()
    control = RunControl()
    for _progress in library.index(control=control):
        pass
    assert control.report is not None
    return control.report


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
