"""Whatever becomes of files that share a payload, or were a problem: the indexes hold what the catalogue has."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, write

from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.workers.outcomes import WorkerCrashedError

LOOK = SPACES["look"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path)
    write(made.root / "first.jpg", "first")
    assert made.index().photos == 1
    yield made
    made.close()


def found_in(library: IndexedLibrary) -> list[int]:
    """The items that are searched; fails if the catalogue says otherwise."""
    held = np.sort(library.store.open_space(LOOK).ids())
    assert held.tolist() == library.catalog.vector_items(LOOK.name, LOOK.version).tolist()
    return held.tolist()


def shut(job: FileJob) -> FileReading:
    """A reader that can't open anything."""
    status = job.path.stat()
    return FileReading(job.path, job.kind, status.st_size, status.st_mtime_ns, None, None, problem="Not allowed.")


@pytest.mark.parametrize("way", ["deleted", "displaced"])
def test_a_problem_that_is_lost(library: IndexedLibrary, way: str) -> None:
    path = library.root / "first.jpg"
    item = library.id_of(path)
    other = write(library.root / "other.jpg", "other")
    library.index()
    write(path, "first")  # another time: it is read again
    assert library.finish_with(shut).problems == 1
    assert item not in found_in(library)
    if way == "deleted":
        path.unlink()
    else:
        library.catalog.set_rating([library.id_of(other)], 3)
        other.replace(path)
    library.index()
    assert library.state_of(item) is State.MISSING
    assert item in found_in(library), "by what was known of it"
    write(library.root / "again.jpg", "first")
    assert library.index().embedded == 0
    assert library.id_of(library.root / "again.jpg") == item
    assert item in found_in(library)


def test_the_one_of_two_copies_that_was_to_be_described_vanishes(library: IndexedLibrary) -> None:
    copies = {write(library.root / f"{name}.jpg", "twin") for name in ("one", "two")}

    def vanish(job: FileJob) -> None:
        if job.want_vectors and len([path for path in copies if path.exists()]) == 2:
            job.path.unlink()

    library.pool.before = vanish
    assert library.index().embedded == 1
    (left,) = [path for path in copies if path.exists()]
    assert library.id_of(left) in found_in(library)
    assert library.index().unchanged == 2


def test_copies_are_described_once(library: IndexedLibrary) -> None:
    for number in range(5):
        write(library.root / f"{number}.jpg", "twin")
    assert (library.index().embedded, len(found_in(library))) == (1, 6)


def test_a_copy_is_described_later_than_one_that_is_lost(library: IndexedLibrary) -> None:
    paths = [write(library.root / f"evil {number}.jpg", "evil") for number in range(2)]

    def crash(job: FileJob) -> FileReading:
        if job.want_vectors:
            raise WorkerCrashedError
        return read_plain(job)

    assert library.finish_with(crash).problems == 2
    items = [library.id_of(path) for path in paths]
    for path in paths:
        path.unlink()
    library.index()
    assert {library.state_of(item) for item in items} == {State.MISSING} and len(found_in(library)) == 1
    write(library.root / "third.jpg", "evil")
    library.index()
    assert {library.state_of(item) for item in items} == {State.MISSING, State.PRESENT}
    assert set(items) <= set(found_in(library))
