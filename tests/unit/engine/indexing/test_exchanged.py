"""Files of one size and time that change places while they are watched; and what is not read for that."""

import os
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.engine.indexing import exchanged, survey
from desktop_app.engine.scanner import ScanBatch, scan

SOME_TIME = 1_600_000_000_000_000_000


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path, ("root", "other"))
    yield made
    made.close()


def at_once(path: Path, content: str) -> Path:
    """A file of the one time."""
    write(path, content)
    os.utime(path, ns=(SOME_TIME, SOME_TIME))
    return path


def swap(one: Path, two: Path) -> None:
    aside = one.rename(one.with_name("aside"))
    two.rename(one)
    aside.rename(two)


def jobs(library: IndexedLibrary) -> list[Path]:
    return [job.path for job in library.pool.jobs]


@pytest.mark.parametrize("second", ["root/1.wav", "root/deep/1.wav", "other/0.wav"])
@pytest.mark.parametrize("together", [True, False])
def test_two_that_changed_places(library: IndexedLibrary, second: str, together: bool) -> None:
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.folder / second, "tan")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    library.catalog.set_rating([first], 5)
    swap(one, two)
    if together:
        report = library.changed(one, two, one.with_name("aside"))
        assert (report.moved, report.added, report.embedded, report.missing) == (2, 0, 0, 0)
    else:
        library.changed(one)
        library.changed(two)
    assert (library.id_of(one), library.id_of(two)) == (other, first)
    assert [row.rating for row in library.catalog.rows([first, other])] == [5, 0]
    assert library.index().unchanged == 2


def test_a_burst_that_is_numbered_anew(library: IndexedLibrary) -> None:
    burst = [at_once(library.root / f"p{number:02}.bmp", f"picture {number:02}") for number in range(12)]
    at_once(library.root / "p12.bmp", "picture 12").unlink()
    library.index()
    ids = [library.id_of(path) for path in burst]
    for path in reversed(burst):
        path.rename(path.with_name(f"p{int(path.stem[1:]) + 1:02}.bmp"))
    now = [path.with_name(f"p{number + 1:02}.bmp") for number, path in enumerate(burst)]
    report = library.changed(*burst, *now)
    assert (report.moved, report.added, report.missing) == (12, 0, 0)
    assert [library.id_of(path) for path in now] == ids


def test_two_folders_that_changed_places(library: IndexedLibrary) -> None:
    one, two = at_once(library.root / "a" / "0.wav", "red"), at_once(library.root / "b" / "0.wav", "tan")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    swap(one.parent, two.parent)
    library.changed(one.parent, two.parent, library.root / "aside")
    assert (library.id_of(one), library.id_of(two)) == (other, first)


def test_told_with_a_look_at_the_whole_root(library: IndexedLibrary) -> None:
    """As where the system lost some of the changes."""
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    swap(one, two)
    library.changed(one, two, library.root)
    assert (library.id_of(one), library.id_of(two)) == (other, first)


def test_what_is_told_beside_a_look_at_the_whole_root_is_not_all(
    library: IndexedLibrary, since: dict[Path, float]
) -> None:
    """The system lost what happened to two of three."""
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    third = at_once(library.root / "2.wav", "gray")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    swap(one, two)
    since.update(dict.fromkeys((one, two, third), time.time()))
    library.changed(third, library.root)
    assert (library.id_of(one), library.id_of(two)) == (other, first)
    assert sorted(jobs(library)) == [one, two, third]


def test_a_sidecar_that_stays_at_its_place(library: IndexedLibrary) -> None:
    """Its state is kept below the millisecond of the photo's time."""
    one, two = at_once(library.root / "0.bmp", "red"), at_once(library.root / "1.bmp", "tan")
    at_once(library.root / "0.xmp", "said of it")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    swap(one, two)
    library.changed(one, two)
    assert (library.id_of(one), library.id_of(two)) == (other, first)


def test_of_many_what_can_be_told_from_all_others_is_not_read(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another mode, owner or mark of files is told as a change of each: of many thousand, perhaps."""
    monkeypatch.setattr(exchanged, "FEW", 6)
    paths = [write(library.root / f"{number}.jpg", "red" + "x" * number) for number in range(5)]
    at_once(library.root / "a copy.jpg", "green")
    at_once(library.root / "another.jpg", "green")
    library.index()
    report = library.changed(*paths, library.root / "a copy.jpg", library.root / "another.jpg")
    assert (jobs(library), report.unchanged) == ([], 7)


@pytest.mark.parametrize("watched", [True, False], ids=["while it is watched", "between two runs"])
def test_tags_written_into_the_room_a_file_has_with_its_time_set_back(
    library: IndexedLibrary, since: dict[Path, float], watched: bool
) -> None:
    path = at_once(library.root / "song.mp3", "sound")
    write(path, "sound", "carbon")
    os.utime(path, ns=(SOME_TIME, SOME_TIME))
    library.index()
    item = library.id_of(path)
    write(path, "sound", "quartz")
    os.utime(path, ns=(SOME_TIME, SOME_TIME))
    since[path] = time.time()
    report = library.changed(path) if watched else library.index()
    assert (report.updated, report.embedded) == (1, 0)
    assert library.catalog.find("quartz")[0] == 1
    assert library.id_of(path) == item
    for again in (watched, False):  # a look at everything doesn't know what was seen while it was watched
        assert (library.index().unchanged, jobs(library)) == (1, [path] if again else [])


def test_a_plain_look_reads_nothing(library: IndexedLibrary) -> None:
    one, two = at_once(library.root / "deep" / "0.wav", "red"), at_once(library.root / "deep" / "1.wav", "tan")
    library.index()
    assert (library.index().unchanged, jobs(library)) == (2, [])
    assert (library.changed(library.root).unchanged, jobs(library)) == (2, [])
    write(library.root / "deep" / "2.wav", "another")
    library.changed(library.root / "deep" / "2.wav")
    assert not {one, two} & set(jobs(library))


def test_files_that_stayed_are_unchanged_and_told_as_such(library: IndexedLibrary) -> None:
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.index()
    report = library.changed(one, two)
    assert (report.unchanged, report.moved, report.updated, report.embedded) == (2, 0, 0, 0)
    assert set(jobs(library)) == {one, two} and len(jobs(library)) == 2


@pytest.fixture
def since(library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch) -> dict[Path, float]:
    """When each file was renamed, as the system would say after some days; all others were long ago."""
    times: dict[Path, float] = {}

    def told(root: Path, *given: Any, **named: Any) -> Iterator[ScanBatch]:
        for batch in scan(root, *given, **named):
            batch.files.renamed_at = array("d", [times.get(root / relpath, 0.0) for relpath in batch.files.relpath])
            yield batch

    monkeypatch.setattr(survey, "scan", told)
    return times


@pytest.mark.parametrize("few", [2, 3])
def test_two_that_changed_places_between_two_runs(
    library: IndexedLibrary, since: dict[Path, float], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "deep" / "1.wav", "tan")
    write(library.root / "2.wav", "gray")
    library.index()
    first, other = library.id_of(one), library.id_of(two)
    swap(one, two)
    since.update(dict.fromkeys((one, two, library.root / "2.wav"), time.time() + 5))
    monkeypatch.setattr(exchanged, "FEW", few)
    report = library.index()
    assert (report.moved, report.unchanged, report.embedded, report.missing) == (2, 1, 0, 0)
    assert (library.id_of(one), library.id_of(two)) == (other, first)
    assert (library.root / "2.wav" in jobs(library)) == (few > 2)


def test_the_system_says_when_a_file_was_renamed(library: IndexedLibrary) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows does not")
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.index()
    first = library.id_of(one)
    began = time.time()
    while one.stat().st_ctime <= began + 0.01:  # the clock of files goes in ticks
        swap(one, two)
    now = next(path for path in (one, two) if path.read_text("utf-8").startswith("red"))
    library.index()
    assert library.id_of(now) == first


def test_a_file_is_read_for_that_once(library: IndexedLibrary, since: dict[Path, float]) -> None:
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.index()
    since.update(dict.fromkeys((one, two), time.time()))
    time_of_look = since[one]
    library.index()
    assert set(jobs(library)) <= {one, two}
    since.update(dict.fromkeys((one, two), time_of_look))
    assert (library.index().unchanged, jobs(library)) == (2, [])


def test_what_was_added_after_it_was_renamed_is_not_read(library: IndexedLibrary, since: dict[Path, float]) -> None:
    """As what is copied while the folders are watched, and found with the next start."""
    library.index()
    copied = time.time()
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.changed(one, two)
    since.update(dict.fromkeys((one, two), copied))
    assert (library.index().unchanged, jobs(library)) == (2, [])


def test_a_catalogue_without_a_look_reads_nothing(library: IndexedLibrary, since: dict[Path, float]) -> None:
    """Of an earlier version."""
    one, two = at_once(library.root / "0.wav", "red"), at_once(library.root / "1.wav", "tan")
    library.index()
    for root in library.catalog.roots():
        library.catalog.put_meta(f"look at root {root.id}", "")
    since.update(dict.fromkeys((one, two), time.time() + 5))
    assert (library.index().unchanged, jobs(library)) == (2, [])
