"""A folder whose files all went elsewhere, and that may be deleted then: they are found there, whichever folder is
looked at first."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.kinds import State
from desktop_app.engine.indexing import folder_identity as identities
from desktop_app.engine.indexing import whereabouts
from desktop_app.engine.indexing.lost_items import MOVING_SECONDS
from desktop_app.engine.indexing.recent_changes import RecentChanges

NAMES = ("1.mp3", "2.mp3")

Look = Callable[[IndexedLibrary, list[Path], list[Path]], object]
"""At what happened to these in the inbox, and to those in the other folder."""

End = Callable[[IndexedLibrary], list[Path]]
"""Of the inbox."""


def closed(library: IndexedLibrary, left: list[Path], come: list[Path]) -> None:
    library.recent = RecentChanges()
    library.index()


def inbox_first(library: IndexedLibrary, left: list[Path], come: list[Path]) -> None:
    library.changed(*left)
    library.changed(*come)


def inbox_long_before(library: IndexedLibrary, left: list[Path], come: list[Path]) -> None:
    library.changed(*left)
    library.recent = RecentChanges()
    library.changed(*come)


def inbox_last(library: IndexedLibrary, left: list[Path], come: list[Path]) -> None:
    library.changed(*come)
    library.changed(*left)


looks = pytest.mark.parametrize("look", [closed, inbox_first, inbox_long_before, inbox_last])
retagged = pytest.mark.parametrize("tags", ["old", "new"], ids=["moved", "moved and retagged"])


@pytest.fixture(autouse=True)
def _volume(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Whatever the tests run on."""
    monkeypatch.setattr(identities, "volume_name", lambda top, path: "a name")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """With two rated tracks in one album of the inbox, and another in the folder Music."""
    made = IndexedLibrary(tmp_path, ("drive/Inbox", "Music"))
    (made.root.parent / "notes.txt").touch()
    write(made.roots[1] / "rest.mp3", "rest")
    for name in NAMES:
        write(made.root / "Album" / name, name, "old")
    made.index()
    made.catalog.set_rating([made.id_of(made.root / "Album" / name) for name in NAMES], 5)
    made.recent = RecentChanges()
    yield made
    made.close()


def stars(library: IndexedLibrary) -> dict[str, tuple[State, int]]:
    """Of all items but the rest, by path."""
    rows = library.catalog.find("", limit=None)[1]
    here = [row for row in rows if row.path.name != "rest.mp3"]
    return {row.path.relative_to(library.folder).as_posix(): (row.state, row.rating) for row in here}


def moved_all(library: IndexedLibrary, tags: str) -> list[Path]:
    """To another folder, as a tagger does."""
    return [write(library.roots[1] / "Artist" / name, name, tags) for name in NAMES]


def emptied(library: IndexedLibrary) -> list[Path]:
    """The inbox; what the watcher tells."""
    shutil.rmtree(library.root / "Album")
    return [library.root / "Album"]


def deleted(library: IndexedLibrary) -> list[Path]:
    """The same."""
    shutil.rmtree(library.root)
    return [library.root / "Album", library.root]


ends = pytest.mark.parametrize("end", [emptied, deleted])


@looks
@retagged
@ends
def test_all_files_of_a_folder_are_moved_to_another(library: IndexedLibrary, look: Look, tags: str, end: End) -> None:
    come = moved_all(library, tags)
    look(library, end(library), come)
    assert stars(library) == {f"Music/Artist/{name}": (State.PRESENT, 5) for name in NAMES}


@ends
def test_the_originals_go_after_the_copies_were_seen(library: IndexedLibrary, end: End) -> None:
    library.changed(*moved_all(library, "old"))
    library.changed(*end(library))
    assert stars(library) == {f"Music/Artist/{name}": (State.PRESENT, 5) for name in NAMES}


@looks
@ends
def test_what_was_deleted_waits_for_it(library: IndexedLibrary, look: Look, end: End) -> None:
    come = [write(library.roots[1] / "new.mp3", "new")]
    look(library, end(library), come)
    library.index()
    waiting = {f"drive/Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES}
    assert stars(library) == {"Music/new.mp3": (State.PRESENT, 0), **waiting}


class Drive:
    """A file system of its own in a folder, as long as it is plugged in; ``volume`` is what that one calls itself."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.volume = folder, "a drive"
        monkeypatch.setattr(identities, "mount_point", self._mount_point)
        monkeypatch.setattr(identities, "volume_name", lambda top, path: self.volume if top == folder else "the system")

    def _mount_point(self, path: Path) -> Path:
        return self.folder if self.volume and path.is_relative_to(self.folder) else Path("/")

    def unplugged(self, left: str) -> Path:
        """Leaves that in its place; where its files are kept."""
        away = self.folder.rename(self.folder.parents[1] / "away")
        self.volume = "another drive" if left == "another drive" else ""
        if left != "nothing":
            self.folder.mkdir(parents=True)
        if left in ("another drive", "a folder with a file"):
            (self.folder / "notes.txt").touch()
        return away

    def plugged_in(self, away: Path) -> None:
        """Again."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        away.rename(self.folder)
        self.volume = "a drive"


@looks
@pytest.mark.parametrize(
    ("mounted", "left"),
    [
        ("Inbox", "nothing"),
        ("Inbox", "an empty folder"),
        (".", "nothing"),
        (".", "an empty folder"),
        (".", "a folder with a file"),
        (".", "another drive"),
    ],
)
def test_a_copy_does_not_take_what_is_on_a_drive_that_is_away(
    library: IndexedLibrary, look: Look, mounted: str, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = Drive(library.root.parent / mounted, monkeypatch)
    library.index()
    come = [write(library.roots[1] / name, name, "old") for name in NAMES]
    away = drive.unplugged(left)
    look(library, [library.root / "Album", library.root], come)
    library.index()
    copies = {f"Music/{name}": (State.PRESENT, 0) for name in NAMES}
    assert stars(library) == {**{f"drive/Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES}, **copies}
    drive.plugged_in(away)
    library.index()
    assert stars(library) == {**{f"drive/Inbox/Album/{name}": (State.PRESENT, 5) for name in NAMES}, **copies}


@pytest.mark.parametrize("why", ["the folder above may be a mount point", "it may not be listed", "it has no name"])
def test_where_it_cannot_be_told_a_drive_is_away(
    library: IndexedLibrary, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    come = moved_all(library, "old")
    deleted(library)
    if why == "the folder above may be a mount point":
        (library.root.parent / "notes.txt").unlink()
    elif why == "it has no name":
        monkeypatch.setattr(identities, "volume_name", lambda top, path: "")
    else:
        really = os.scandir

        def refusing(path: Path) -> object:
            if Path(path) == library.root.parent:
                raise PermissionError(13, "Permission denied")
            return really(path)

        monkeypatch.setattr(os, "scandir", refusing)
    library.changed(library.root, *come)
    waiting = {f"drive/Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES}
    assert stars(library) == {**{f"Music/Artist/{name}": (State.PRESENT, 0) for name in NAMES}, **waiting}


def test_a_backup_that_is_renamed_does_not_take_the_stars_of_what_was_deleted_long_ago(
    library: IndexedLibrary,
) -> None:
    """Also to the very name of that."""
    (backup,) = {path.parent for path in (write(library.roots[1] / "backup" / name, name, "old") for name in NAMES)}
    library.index()
    library.catalog.database.run("UPDATE item SET added_at = added_at - ?", [2 * MOVING_SECONDS])
    shutil.rmtree(library.root / "Album")
    library.index()
    library.recent = RecentChanges()
    album = backup.rename(library.roots[1] / "Album")
    library.changed(backup, album)
    assert stars(library) == {
        **{f"drive/Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES},
        **{f"Music/Album/{name}": (State.PRESENT, 0) for name in NAMES},
    }


def test_what_was_moved_a_moment_ago_is_found_before_what_is_long_gone(library: IndexedLibrary) -> None:
    """Though the path of that is more alike."""
    gone = write(library.roots[1] / "Artist" / "CD" / "1.mp3", "1.mp3", "old")
    library.index()
    library.catalog.set_rating([library.id_of(gone)], 1)
    gone.unlink()
    library.index()
    library.recent = RecentChanges()
    shutil.rmtree(library.root / "Album")
    library.changed(library.root / "Album")
    come = write(library.roots[1] / "Other" / "CD" / "1.mp3", "1.mp3", "old")
    library.changed(come)
    assert library.catalog.rows([library.id_of(come)])[0].rating == 5


@pytest.mark.parametrize("later", [False, True], ids=["at once", "after a while"])
def test_a_folder_that_got_another_name_has_its_stars_back_from_copies(library: IndexedLibrary, later: bool) -> None:
    """Until it is added by its new name it looks as if it was deleted."""
    shutil.copy2(library.root / "Album" / "1.mp3", library.roots[1] / "best.mp3")
    library.index()
    new = library.root.rename(library.root.with_name("Music in"))
    library.index()
    assert stars(library)["Music/best.mp3"] == (State.PRESENT, 5)
    if later:
        library.recent = RecentChanges()
    library.catalog.add_root(new)
    library.index()
    there = {f"drive/Music in/Album/{name}": (State.PRESENT, 5) for name in NAMES}
    assert stars(library) == {"Music/best.mp3": (State.PRESENT, 0), **there}


def test_copies_that_the_run_saw_are_not_looked_at_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be a whole library on a slow drive, whose originals were deleted."""
    library = IndexedLibrary(tmp_path, ("old", "new"))
    write(library.root / "1.jpg", "red")
    library.index()
    (copy,) = library.copied("1.jpg")
    item = library.id_of(library.root / "1.jpg")
    shutil.rmtree(library.root)
    looked_at: list[str] = []
    monkeypatch.setattr(whereabouts, "look_at", lambda _root, relpath: looked_at.append(relpath))
    library.index()
    assert library.id_of(copy) == item
    assert looked_at == []
    library.close()
