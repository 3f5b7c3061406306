"""What is put over a photo or track: a new version of it, by which it keeps what was said of it, or another one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.kinds import State
from desktop_app.engine.indexing.recent_changes import RecentChanges

YEAR = 365 * 24 * 3600.0


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path)
    yield made
    made.close()


def years_later(library: IndexedLibrary) -> None:
    library.catalog.database.run("UPDATE item SET added_at = added_at - ?", [YEAR])
    library.recent = RecentChanges()


@pytest.mark.parametrize("gone_before", [False, True], ids=["moved over", "renamed after that was deleted"])
@pytest.mark.parametrize("payload", ["one", "one, edited"])
def test_an_older_version_is_put_in_its_place(library: IndexedLibrary, payload: str, gone_before: bool) -> None:
    """Of two that somebody has had for years the one that was rated goes, the better one gets its name."""
    path = write(library.root / "a.mp3", "one", "old tags")
    better = write(library.root / "better" / "a (1).mp3", payload, "better tags")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    playlist = library.take_out_of_playlist(better)
    years_later(library)
    if gone_before:
        path.unlink()
        library.index()
        assert library.state_of(item) is State.MISSING
    years_later(library)
    better.replace(path)
    report = library.index()
    assert (library.stars(), library.id_of(path), report.embedded) == ({"a.mp3": 5}, item, 0)
    row = library.catalog.rows([item])[0]
    assert row.title == "better tags"
    assert library.index().unchanged == 1
    library.undo()
    assert library.catalog.playlist_items(playlist).tolist() == [item]


@pytest.mark.parametrize("gone_before", [False, True])
def test_another_one_is_put_in_its_place(library: IndexedLibrary, gone_before: bool) -> None:
    path, other = write(library.root / "a.mp3", "one"), write(library.root / "b.mp3", "two")
    library.index()
    item, second = library.id_of(path), library.id_of(other)
    library.catalog.set_rating([item], 5)
    years_later(library)
    if gone_before:
        path.unlink()
        library.index()
    other.replace(path)
    library.index()
    assert (library.stars(), library.id_of(path)) == ({"a.mp3": 0}, second)
    assert library.state_of(item) is State.MISSING


def test_a_version_of_which_something_was_said_stays_itself(library: IndexedLibrary) -> None:
    path, other = write(library.root / "a.mp3", "one"), write(library.root / "b.mp3", "one", "tags")
    library.index()
    item, second = library.id_of(path), library.id_of(other)
    library.catalog.set_rating([item], 5)
    library.catalog.set_rating([second], 2)
    years_later(library)
    other.replace(path)
    library.index()
    assert (library.stars(), library.id_of(path)) == ({"a.mp3": 2}, second)


def test_a_copy_of_another_one_is_written_over_it(library: IndexedLibrary) -> None:
    """Numbers start again on a card: what lies there now is no edit of the photo that was rated."""
    path, other = write(library.root / "1.jpg", "one"), write(library.root / "new" / "1.jpg", "two")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    backup = Path(shutil.copy2(path, library.folder / "1.jpg"))
    shutil.copy2(other, path)
    report = library.index()
    assert (report.added, report.missing, report.embedded) == (1, 1, 0)
    assert library.catalog.rows([library.id_of(path)])[0].rating == 0
    assert library.state_of(item) is State.MISSING
    shutil.copy2(backup, library.root / "found.jpg")
    library.index()
    assert library.path_of(item) == "root/found.jpg"


def test_a_copy_of_another_version_is_written_over_it(library: IndexedLibrary) -> None:
    path, other = write(library.root / "1.jpg", "one, cropped"), write(library.root / "original" / "1.jpg", "one")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    shutil.copy2(other, path)
    library.index()
    assert (library.id_of(path), library.state_of(item)) == (item, State.PRESENT)
