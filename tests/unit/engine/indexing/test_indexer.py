"""The indexer over real folders and a real catalogue: what is new, what moved, what is gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import touch, write

from desktop_app.domain.kinds import State
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing.recent_changes import RecentChanges


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """Two roots, "root" and "other"."""
    made = IndexedLibrary(tmp_path, ("root", "other"))
    yield made
    made.close()


def test_first_and_second_run(library: IndexedLibrary) -> None:
    for number in range(5):
        write(library.root / "photos" / f"{number}.jpg", f"picture {number}", "tag" * number)
    write(library.root / "song.mp3", "melody")
    write(library.root / "broken.png", "broken")
    write(library.root / "notes.txt", "no media")
    report = library.index()
    assert (report.added, report.photos, report.tracks, report.problems, report.ignored) == (7, 5, 1, 1, 1)
    assert report.seen == report.photos + report.tracks + report.problems + report.ignored == 8
    assert report.embedded == 6
    assert report.roots == tuple(sorted(library.roots))
    assert library.store.open_space(SPACES["look"]).count == 5

    again = library.index()
    assert (again.unchanged, again.added, again.updated, again.moved, again.embedded) == (7, 0, 0, 0, 0)
    assert again.seen == 8
    assert library.pool.jobs == []


def test_a_moved_file_keeps_its_item_and_is_not_described_again(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "picture")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 4)
    (library.root / "deep" / "er").mkdir(parents=True)
    path.rename(library.root / "deep" / "er" / "b.jpg")
    report = library.index()
    assert (report.moved, report.added, report.missing, report.embedded) == (1, 0, 0, 0)
    assert library.path_of(item) == "root/deep/er/b.jpg"
    assert library.catalog.rows([item])[0].rating == 4
    assert library.pool.described == []


def test_half_of_files_and_folders_moved_and_renamed(library: IndexedLibrary) -> None:
    for number in range(700):
        write(library.root / f"folder {number % 7}" / f"{number}.jpg", f"picture {number}", "x" * (number % 5))
    library.index()
    before = {library.catalog.path_of(item): item for item in library.present().values()}
    for number in range(3):
        (library.root / f"folder {number}").rename(library.roots[1] / f"elsewhere {number}")
    for number in range(700):
        if number % 7 == 5:
            (library.root / "folder 5" / f"{number}.jpg").rename(library.root / "folder 5" / f"new {number}.jpg")
    report = library.index()
    assert (report.moved, report.unchanged, report.added, report.missing) == (400, 300, 0, 0)
    assert report.embedded == 0
    assert library.pool.described == []
    assert set(library.present().values()) == set(before.values())


def test_swapped_files_swap_their_items(library: IndexedLibrary) -> None:
    first, second = write(library.root / "a.jpg", "one"), write(library.root / "b.jpg", "two")
    library.index()
    one, two = library.id_of(first), library.id_of(second)
    first.rename(library.root / "c")
    second.rename(first)
    (library.root / "c").rename(second)
    report = library.index()
    assert (report.moved, report.embedded, report.missing) == (2, 0, 0)
    assert (library.path_of(one), library.path_of(two)) == ("root/b.jpg", "root/a.jpg")


def test_a_file_moved_away_whose_place_was_taken(library: IndexedLibrary) -> None:
    old = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(old)
    old.rename(library.root / "b.jpg")
    write(old, "something new")
    report = library.index()
    assert (report.moved, report.added, report.missing) == (1, 1, 0)
    assert library.path_of(item) == "root/b.jpg"
    assert library.id_of(old) != item


def test_retagged_in_place(library: IndexedLibrary) -> None:
    path = write(library.root / "song.mp3", "melody", "old title")
    library.index()
    item = library.id_of(path)
    write(path, "melody", "new title")
    report = library.index()
    assert (report.updated, report.embedded, report.moved) == (1, 0, 0)
    row = library.catalog.rows([item])[0]
    assert row.title == "new title"
    assert library.pool.described == []


def test_retagged_and_moved_in_one_step(library: IndexedLibrary) -> None:
    path = write(library.root / "song.mp3", "melody", "old title")
    library.index()
    item = library.id_of(path)
    path.unlink()
    write(library.roots[1] / "renamed.mp3", "melody", "a rather longer title")
    report = library.index()
    assert (report.moved, report.added, report.missing, report.embedded) == (1, 0, 0, 0)
    assert library.path_of(item) == "other/renamed.mp3"
    assert library.catalog.rows([item])[0].title == "a rather longer title"


def test_retagged_and_moved_among_many_new_files(library: IndexedLibrary) -> None:
    path = write(library.root / "song.mp3", "melody")
    library.index()
    item = library.id_of(path)
    path.unlink()
    for number in range(400):
        write(library.root / "new" / f"{number}.mp3", "x" * (number + 20))
    write(library.root / "new" / "moved.mp3", "melody", "title")
    report = library.index()
    assert (report.moved, report.added, report.embedded) == (1, 400, 400)
    assert library.path_of(item) == "root/new/moved.mp3"


def test_a_file_read_before_it_was_asked_for_is_still_given_to_its_item(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.engine.indexing.run.FEW", 0)
    path = write(library.root / "song.mp3", "melody")
    write(library.root / "other.mp3", "another melody")
    library.index()
    item = library.id_of(path)
    path.unlink()
    library.index()
    assert library.state_of(item) is State.MISSING
    write(library.root / "again.mp3", "melody", "with a title of its own")
    report = library.index()
    assert (report.moved, report.added, report.missing) == (1, 0, 0)
    assert library.path_of(item) == "root/again.mp3"


def test_copies_are_items_that_share_vectors(library: IndexedLibrary) -> None:
    first = write(library.root / "a.jpg", "one")
    shutil.copy2(first, library.root / "copy.jpg")
    report = library.index()
    assert (report.added, report.embedded) == (2, 1)
    shutil.copy2(first, library.roots[1] / "third.jpg")
    later = library.index()
    assert (later.added, later.embedded, later.unchanged) == (1, 0, 2)
    index = library.store.open_space(SPACES["look"])
    _, vectors = index.vectors(np.array(sorted(library.present().values())))
    assert len(vectors) == 3
    assert (vectors == vectors[0]).all()


def test_a_touched_file_is_not_read_again(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    touch(path)
    report = library.index()
    assert (report.unchanged, report.updated, report.embedded) == (1, 0, 0)
    assert library.index().unchanged == 1
    assert library.pool.jobs == []


def test_an_edited_file_keeps_its_item_and_gets_new_vectors(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    index = library.store.open_space(SPACES["look"])
    before = index.vectors(np.array([item]))[1]
    write(path, "another picture")
    report = library.index()
    assert (report.updated, report.embedded, report.added) == (1, 1, 0)
    assert library.id_of(path) == item
    assert not (index.vectors(np.array([item]))[1] == before).all()


def test_an_edited_file_whose_old_content_lives_on_in_a_copy(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    shutil.copy2(path, library.root / "original.jpg")
    write(path, "one, edited")
    report = library.index()
    assert (report.moved, report.added) == (1, 1)
    assert library.path_of(item) == "root/original.jpg"


def test_gone_and_back(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    library.catalog.add_tags([item], ["beach"])
    path.rename(library.folder / "away.jpg")
    assert library.index().missing == 1
    assert library.state_of(item) is State.MISSING
    assert library.index().missing == 1
    (library.folder / "away.jpg").rename(path)
    report = library.index()
    assert (report.missing, report.unchanged, report.added, report.embedded) == (0, 2, 0, 0)
    assert library.state_of(item) is State.PRESENT
    assert library.catalog.tags_of([item]) == {item: ("beach",)}


def test_back_under_a_new_time(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    path.unlink()
    library.index()
    write(path, "one")
    report = library.index()
    assert (report.unchanged, report.added, report.embedded) == (2, 0, 0)
    assert library.id_of(path) == item


def test_another_content_at_a_missing_items_place_is_another_item(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    path.unlink()
    library.index()
    library.recent = RecentChanges()  # long after
    write(path, "something else")
    report = library.index()
    assert (report.added, report.missing) == (1, 1)
    assert library.id_of(path) != item
