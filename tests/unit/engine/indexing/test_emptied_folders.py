"""A folder whose files all went elsewhere: they are found there, whichever folder is looked at first."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.kinds import State
from desktop_app.engine.indexing import folder_identity as identities
from desktop_app.engine.indexing.recent_changes import RecentChanges
from desktop_app.engine.indexing.session import MOVING_SECONDS

NAMES = ("1.mp3", "2.mp3")

Look = Callable[[IndexedLibrary, list[Path], list[Path]], object]
"""At what happened to these in the inbox, and to those in the other folder."""


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
    made = IndexedLibrary(tmp_path, ("Inbox", "Music"))
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
    come = [write(library.roots[1] / "Artist" / name, name, tags) for name in NAMES]
    shutil.rmtree(library.root / "Album")
    return come


@looks
@retagged
def test_all_files_of_a_folder_are_moved_to_another(library: IndexedLibrary, look: Look, tags: str) -> None:
    come = moved_all(library, tags)
    look(library, [library.root / "Album"], come)
    assert stars(library) == {f"Music/Artist/{name}": (State.PRESENT, 5) for name in NAMES}


@looks
def test_what_was_deleted_waits_for_it(library: IndexedLibrary, look: Look) -> None:
    come = [write(library.roots[1] / "new.mp3", "new")]
    shutil.rmtree(library.root / "Album")
    look(library, [library.root / "Album"], come)
    library.index()
    waiting = {f"Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES}
    assert stars(library) == {"Music/new.mp3": (State.PRESENT, 0), **waiting}


@looks
def test_a_copy_does_not_take_what_is_on_a_drive_that_is_away(library: IndexedLibrary, look: Look) -> None:
    """Where it was mounted there is another folder, and that is empty."""
    away = library.root.rename(library.folder / "away")
    library.root.mkdir()
    come = [write(library.roots[1] / name, name, "old") for name in NAMES]
    look(library, [library.root / "Album"], come)
    library.index()
    assert {path: of for path, of in stars(library).items() if path.startswith("Music")} == {
        f"Music/{name}": (State.PRESENT, 0) for name in NAMES
    }
    library.root.rmdir()
    away.rename(library.root)
    library.index()
    assert stars(library) == {
        **{f"Inbox/Album/{name}": (State.PRESENT, 5) for name in NAMES},
        **{f"Music/{name}": (State.PRESENT, 0) for name in NAMES},
    }


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
        **{f"Inbox/Album/{name}": (State.OFFLINE, 5) for name in NAMES},
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
