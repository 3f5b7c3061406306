"""Files go to the trash together with their items, or not at all."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.removals import Removals
from desktop_app.engine.trash import FolderTrash
from desktop_app.errors import KnownError, StorageFullError

NAMES = ("a.jpg", "b.jpg", "c.jpg")


class FaultyTrash(FolderTrash):
    """Fails at one file, with ``fault``."""

    def __init__(self, folder: Path, fault: Exception) -> None:
        super().__init__(folder)
        self._fault = fault

    def move(self, path: Path) -> Path:
        """As the folder, but for the file."""
        if path.name == NAMES[-1]:
            raise self._fault
        return super().move(path)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "photos" / name for name in NAMES]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_text(path.name)
    return paths


def removals(photos: list[Path], remove: Any) -> Removals:
    """Of a catalogue that holds these, and takes items out as ``remove`` does."""
    rows = [SimpleNamespace(id=ItemId(at), path=path, state=State.PRESENT) for at, path in enumerate(photos)]
    catalog: Any = SimpleNamespace(
        rows=lambda _ids: rows,
        log=SimpleNamespace(remove=remove),
        transaction=nullcontext,
        put_meta=lambda _key, _value: None,
    )
    history: Any = SimpleNamespace(note=lambda effect: effect)
    return Removals(catalog, history)


def are_whole(photos: list[Path]) -> bool:
    return [path.read_text() for path in photos] == list(NAMES)


def no_room(*_rest: object) -> NoReturn:
    raise StorageFullError("The disk of the library is full.")


def test_the_library_has_no_room_for_the_edit(photos: list[Path], tmp_path: Path) -> None:
    with pytest.raises(StorageFullError):
        removals(photos, no_room).trash([ItemId(0)], FolderTrash(tmp_path / "trash"))
    assert are_whole(photos) and not list((tmp_path / "trash").iterdir())


def test_the_trash_fails_in_the_middle(photos: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        removals(photos, no_room).trash([ItemId(0)], FaultyTrash(tmp_path / "trash", RuntimeError()))
    assert are_whole(photos) and not list((tmp_path / "trash").iterdir())


def test_a_file_that_is_refused_stays(photos: list[Path], tmp_path: Path) -> None:
    """The others go."""
    trash = FaultyTrash(tmp_path / "trash", KnownError("in use"))
    taken: Any = removals(photos, lambda ids, _verb, _trashed: ids).trash([ItemId(0)], trash)
    assert taken == [0, 1] and [path.exists() for path in photos] == [False, False, True]


def test_what_cannot_be_put_back_is_in_the_log(
    photos: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def occupied(*_rest: object) -> NoReturn:
        photos[1].write_text("another")
        no_room()

    with pytest.raises(StorageFullError):
        removals(photos, occupied).trash([ItemId(0)], FolderTrash(tmp_path / "trash"))
    assert [path.read_text() for path in photos] == [NAMES[0], "another", NAMES[2]]
    assert str(tmp_path / "trash" / NAMES[1]) in caplog.text
