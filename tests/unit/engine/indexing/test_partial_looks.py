"""The watcher tells of one folder at a time: who lies where is found out all the same."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, touch, write

from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.indexing.recent_changes import KEPT_SECONDS, RecentChanges
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


def test_a_copy_does_not_take_the_item_of_a_folder_that_may_not_be_entered(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write(library.root / "shut" / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    really = {"lstat": os.lstat, "stat": os.stat}

    def refusing(name: str, path: object, **options: bool) -> os.stat_result:
        if str(path).startswith(str(one.parent) + os.sep):
            raise PermissionError(13, "Permission denied")
        return really[name](path, **options)  # type: ignore[operator]

    for name in really:
        monkeypatch.setattr(os, name, functools.partial(refusing, name))
    copy = write(library.root / "b" / "2.jpg", "red")
    report = library.changed(copy, one)
    assert (report.added, report.moved, report.missing) == (1, 0, 0)
    assert library.id_of(one) == first != library.id_of(copy)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("edited_later", [False, True])
def test_two_files_that_changed_places_one_of_which_was_edited(
    library: IndexedLibrary, edited_later: bool, again: bool
) -> None:
    """The look that comes first sees an edit; where the content turns up, its item is, also if the edited file is
    looked at ``again`` beside it: of what happens in one moment the system tells in parts. What was edited is new."""
    one = write(library.root / "a" / "1.jpg", "red")
    two = write(library.root / "b" / "1.jpg", "green")
    library.index()
    first = library.id_of(one)
    library.catalog.set_rating([first], 5)
    one.replace(two)
    write(one, "edited")
    library.changed(one)
    assert library.id_of(one) == first
    if edited_later:
        library.changed(library.root / "elsewhere.jpg")
    report = library.changed(*((one, two) if again else (two,)))
    assert library.id_of(two) == first
    assert (report.added, report.moved, report.missing) == (1, 1, 1)
    rows = library.catalog.rows([library.id_of(one), first])
    assert [row.rating for row in rows] == [0, 5]
    assert len({row.content_hash for row in rows}) == 2
    assert library.index().unchanged == 2


def test_a_file_read_before_it_was_asked_for_is_what_was_edited_away(library: IndexedLibrary) -> None:
    one = write(library.root / "a" / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    two = one.rename(library.root / "b.jpg")
    write(one, "edited")
    library.changed(one)
    for number in range(400):
        write(library.roots[0] / "many" / f"{number}.jpg", f"{number}")
    library.index()
    assert library.id_of(two) == first != library.id_of(one)


def test_what_was_edited_back_is_the_same_item(library: IndexedLibrary) -> None:
    one = write(library.root / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    write(one, "green")
    library.changed(one)
    write(one, "red")
    library.changed(one)
    assert library.id_of(one) == first
    assert library.present() == {"root/1.jpg": first}


def test_the_content_before_an_edit_of_long_ago_is_a_new_file(library: IndexedLibrary) -> None:
    now = [0.0]
    library.recent = RecentChanges(lambda: now[0])
    one = write(library.root / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    write(one, "green")
    library.changed(one)
    now[0] = KEPT_SECONDS + 1
    library.index()
    two = write(library.root / "2.jpg", "red")
    assert library.changed(two).added == 1
    assert library.id_of(one) == first
