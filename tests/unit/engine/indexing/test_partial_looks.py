"""The watcher tells of one folder at a time: who lies where is found out all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, touch, write

from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.errors import UnreadableFileError


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("contents", [("red", "a longer one"), ("red", "tan")])
def test_two_files_that_changed_places(library: IndexedLibrary, contents: tuple[str, str]) -> None:
    """Also where both have one size: then what is there is read."""
    one = write(library.root / "a" / "1.jpg", contents[0])
    two = write(library.root / "b" / "2.jpg", contents[1])
    library.index()
    first, second = library.id_of(one), library.id_of(two)
    aside = one.rename(library.root / "aside")
    two.rename(one)
    aside.rename(two)
    touch(one)
    touch(two)
    library.changed(two)
    assert library.id_of(two) == first
    library.changed(one)
    assert (library.id_of(one), library.id_of(two)) == (second, first)
    assert len(library.present()) == 2


def test_a_copy_of_a_file_that_was_touched_is_a_copy(library: IndexedLibrary) -> None:
    one = write(library.root / "a" / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    touch(one)
    copy = write(library.root / "b" / "2.jpg", "red")
    library.changed(copy)
    assert library.id_of(one) == first != library.id_of(copy)


def test_what_lies_at_a_touched_place_is_read_by_a_worker(library: IndexedLibrary) -> None:
    """A large file on a slow drive may take minutes: never on the thread that writes."""
    one = write(library.root / "a" / "1.jpg", "red")
    library.index()
    touch(one)
    read: list[FileJob] = []

    def noted(job: FileJob) -> FileReading:
        read.append(job)
        return read_plain(job)

    copy = write(library.root / "b" / "2.jpg", "red")
    library.changed_with(noted, copy)
    there = [job for job in read if job.path == one]
    assert [(job.want_vectors, job.want_metadata) for job in there] == [(False, False)]


def test_in_doubt_an_item_keeps_its_file(library: IndexedLibrary) -> None:
    """The file at its place can't be read just now: what has its content elsewhere is a copy."""
    one = write(library.root / "a" / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    touch(one)

    def refused(job: FileJob) -> FileReading:
        if job.path == one:
            raise UnreadableFileError("This file can't be reached.")
        return read_plain(job)

    copy = write(library.root / "b" / "2.jpg", "red")
    library.changed_with(refused, copy)
    assert library.id_of(one) == first != library.id_of(copy)
    assert library.state_of(first) is State.PRESENT
