"""Undo of a removal, or of moving to the trash, after what happened to files meanwhile."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.folder_trash import FolderTrash
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.history import History
from desktop_app.engine.removals import Removals
from desktop_app.errors import KnownError, PartlyDoneError


class Removing(IndexedLibrary):
    """With what takes items out, and its way back."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.history = History(self.catalog, self.store, lambda: None)
        self.history.trash_port = self.trash = FolderTrash(folder / "trash")
        self.removals = Removals(self.catalog, self.history)
        self.told = ""
        self.undone = ChangeSet()

    def said(self) -> dict[str, tuple[State, int, tuple[str, ...], bool]]:
        """State, stars, tags and whether it is in a playlist, of all items but one, by id and name."""
        rows = self.catalog.find("", limit=None)[1]
        tags = self.catalog.tags_of([row.id for row in rows])
        return {
            f"{row.id} {row.path.name}": (
                row.state,
                row.rating,
                tags.get(row.id, ()),
                any(row.id in self.catalog.playlist_items(each.id) for each in self.catalog.playlists()),
            )
            for row in rows
            if row.path.name != "rest.jpg"
        }

    def is_whole(self) -> bool:
        """Whether nothing is doubled, in the catalogue and in the disk's view."""
        return not any(finding.faults for finding in self.catalog.check())

    def remove(self, item: ItemId) -> None:
        """From the library alone; somebody else deletes the file."""
        path = self.catalog.rows([item])[0].path
        self.removals.remove([item])
        path.unlink()

    def throw_away(self, item: ItemId) -> None:
        """To the trash."""
        self.removals.trash([item], self.trash)

    def undo(self) -> None:
        """As people do who are told that something is in the way."""
        for _try in range(2):
            try:
                self.undone = self.history.undo()
                return
            except PartlyDoneError as error:
                self.told, self.undone = error.user_text, error.change
                return
            except KnownError:
                continue


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Removing]:
    made = Removing(tmp_path)
    write(made.root / "rest.jpg", "rest")
    yield made
    made.close()


@pytest.mark.parametrize("way", [Removing.remove, Removing.throw_away])
@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("content", ["good", "bad"])
def test_a_photo_that_took_the_place_meanwhile_keeps_all_that_was_said_of_it(
    library: Removing, way: Callable[[Removing, ItemId], None], watched: bool, content: str
) -> None:
    bad, good = write(library.root / "IMG_1.jpg", "bad"), write(library.root / "IMG_1 (1).jpg", content)
    library.index()
    out, stays = library.id_of(bad), library.id_of(good)
    library.catalog.set_rating([out], 2)
    library.catalog.set_rating([stays], 5)
    library.catalog.add_tags([stays], ["best"])
    library.catalog.save_playlist("List", [stays])
    way(library, out)
    good.rename(bad)
    library.changed(good, bad) if watched else library.index()
    library.undo()
    expected = {
        f"{stays} IMG_1.jpg": (State.PRESENT, 5, ("best",), True),
        f"{out} IMG_1.jpg": (State.MISSING, 2, (), False),
    }
    assert library.said() == expected and library.is_whole()
    library.index()
    assert library.said() == expected and library.is_whole()
    if library.history.labels[1]:
        library.history.redo()
        library.index()
        assert library.said() == {f"{stays} IMG_1.jpg": (State.PRESENT, 5, ("best",), True)}
        library.history.undo()
        library.index()
        assert library.said() == expected and library.is_whole()
    write(library.root / "elsewhere.jpg", "bad")
    library.index()
    assert library.said()[f"{out} elsewhere.jpg"] == (State.PRESENT, 2, (), False)


@pytest.mark.parametrize("way", [Removing.remove, Removing.throw_away])
def test_another_photo_that_was_saved_at_the_place_meanwhile_is_not_taken_for_an_edit(
    library: Removing, monkeypatch: pytest.MonkeyPatch, way: Callable[[Removing, ItemId], None]
) -> None:
    """Nobody said anything of it yet; what it looks like tells that it is another."""
    path = write(library.root / "IMG_1.jpg", "one")
    library.index()
    out = library.id_of(path)
    library.catalog.set_rating([out], 5)
    way(library, out)
    write(path, "other")
    library.index()
    other = library.id_of(path)
    monkeypatch.setattr("desktop_app.engine.history.may_be_edits", lambda _catalog, pairs: [False] * len(pairs))
    library.undo()
    expected = {f"{other} IMG_1.jpg": (State.PRESENT, 0, (), False), f"{out} IMG_1.jpg": (State.MISSING, 5, (), False)}
    assert library.said() == expected and library.is_whole()
    assert "IMG_1.jpg is missing: another file has its place" in library.told or "can't be put back" in library.told
    library.index()
    assert library.said() == expected and library.is_whole()


def test_a_raw_does_not_hide_behind_a_photo_that_is_missing(library: Removing) -> None:
    photo, raw = write(library.root / "a.jpg", "developed"), write(library.root / "a.cr2", "raw")
    other = write(library.root / "b.jpg", "other")
    library.index()
    both = [library.id_of(photo), library.id_of(raw)]
    library.removals.remove(both)
    photo.unlink()
    other.rename(photo)
    library.index()
    library.undo()
    rows = {row.id: row for row in library.catalog.rows(both)}
    assert [rows[each].state for each in both] == [State.MISSING, State.PRESENT]
    assert rows[both[1]].is_companion and not rows[both[0]].has_raw
    assert library.catalog.rows([library.id_of(photo)])[0].has_raw
    assert library.undone.items >= {*both, library.id_of(photo)}
    assert library.is_whole()


@pytest.mark.parametrize("at", ["other.jpg", "IMG_1.jpg"])
def test_a_file_that_somebody_put_back_where_akin_did_not_look_for_it(library: Removing, at: str) -> None:
    """The program's own way back is not the only one; what was said goes to the file, wherever it was put."""
    path = write(library.root / "IMG_1.jpg", "one")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    library.catalog.save_playlist("List", [item])
    library.throw_away(item)
    shutil.copy2(library.folder / "trash" / "IMG_1.jpg", library.root / at)
    library.index()
    if at != "IMG_1.jpg":
        (library.folder / "trash" / "IMG_1.jpg").unlink()
    library.undo()
    expected = {f"{item} {at}": (State.PRESENT, 5, (), True)}
    assert library.said() == expected and library.is_whole() and not library.told
    assert library.catalog.database.rows("SELECT relpath FROM followed_copy") == [("IMG_1.jpg",)] * (at == "other.jpg")
    assert item in library.store.open_space(SPACES["look"]).ids().tolist()
    assert library.index().unchanged == 2 and library.said() == expected


def test_a_copy_that_was_there_before_stays_a_copy(library: Removing) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    backup = Path(shutil.copy2(path, library.root / "backup.jpg"))
    library.index()
    item, other = library.id_of(path), library.id_of(backup)
    library.catalog.set_rating([item], 5)
    library.throw_away(item)
    (library.folder / "trash" / "a.jpg").unlink()
    library.undo()
    assert "does not lie" in library.told
    assert library.said() == {
        f"{item} a.jpg": (State.MISSING, 5, (), False),
        f"{other} backup.jpg": (State.PRESENT, 0, (), False),
    }
