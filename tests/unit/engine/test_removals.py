"""Files go to the trash together with their items, or not at all."""

import os
import re
import traceback
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from urllib.parse import quote_from_bytes

import pytest
from fixtures.folder_trash import FolderTrash

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.edit_log import TRASHING
from desktop_app.engine.history import PartlyDoneError
from desktop_app.engine.removals import Removals
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


def removals(photos: list[Path], remove: Any, facts: dict[str, str] | None = None) -> Removals:
    """Of a catalogue that holds these and ``facts``, and takes items out as ``remove`` does."""
    rows = [SimpleNamespace(id=ItemId(at), path=path, state=State.PRESENT) for at, path in enumerate(photos)]
    kept = {} if facts is None else facts
    catalog: Any = SimpleNamespace(
        rows=lambda _ids: rows,
        log=SimpleNamespace(remove=remove),
        transaction=nullcontext,
        meta=kept.get,
        put_meta=kept.__setitem__,
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
    """The others go, and nobody is told that all of them did."""
    trash = FaultyTrash(tmp_path / "trash", KnownError("c.jpg is in use."))
    with pytest.raises(PartlyDoneError, match=r"^2 of 3 files are in the trash now\. c\.jpg is in use\.$") as caught:
        removals(photos, lambda ids, _verb, _trashed: ids).trash([ItemId(0)], trash)
    assert caught.value.change == [0, 1] and [path.exists() for path in photos] == [False, False, True]


def test_what_cannot_be_put_back_is_said_and_stays_in_the_note(
    photos: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def occupied(*_rest: object) -> NoReturn:
        photos[1].write_text("another")
        no_room()

    facts: dict[str, str] = {}
    trashed = tmp_path / "trash" / NAMES[1]
    with pytest.raises(StorageFullError, match=rf"is full\. .*{re.escape(f'{NAMES[1]} lies at {trashed}')}\."):
        removals(photos, occupied, facts).trash([ItemId(0)], FolderTrash(tmp_path / "trash"))
    assert [path.read_text() for path in photos] == [NAMES[0], "another", NAMES[2]]
    assert str(trashed) in caplog.text and trashed.exists()
    assert facts == {TRASHING: f"1={quote_from_bytes(os.fsencode(trashed))}"}


def test_a_fault_of_ours_says_in_its_report_what_lies_in_the_trash(photos: list[Path], tmp_path: Path) -> None:
    def occupied(*_rest: object) -> NoReturn:
        photos[1].write_text("another")
        raise RuntimeError

    with pytest.raises(RuntimeError) as caught:
        removals(photos, occupied).trash([ItemId(0)], FolderTrash(tmp_path / "trash"))
    assert str(tmp_path / "trash" / NAMES[1]) in "".join(traceback.format_exception(caught.value))


class SilentTrash(FolderTrash):
    """Moves, but says of one file that it did not: where it lies is not known."""

    def move(self, path: Path) -> Path:
        """As the folder, but for the file."""
        moved = super().move(path)
        if path.name == NAMES[0]:
            raise KnownError("The trash does not say where it lies.")
        return moved


def test_what_goes_though_the_trash_says_it_did_not_is_said_and_noted(photos: list[Path], tmp_path: Path) -> None:
    facts: dict[str, str] = {}
    taken: list[list[int]] = []
    with pytest.raises(PartlyDoneError, match=NAMES[0]) as caught:
        removals(photos, lambda ids, _verb, _trashed: taken.append(ids) or "change", facts).trash(
            [ItemId(0)], SilentTrash(tmp_path / "trash")
        )
    assert taken == [[1, 2]] and caught.value.change == "change" and facts == {TRASHING: "0"}


def test_the_only_file_goes_though_the_trash_says_it_did_not(photos: list[Path], tmp_path: Path) -> None:
    facts: dict[str, str] = {}
    with pytest.raises(KnownError, match=rf"does not say.*can't say where these files went: {NAMES[0]}"):
        removals(photos[:1], no_room, facts).trash([ItemId(0)], SilentTrash(tmp_path / "trash"))
    assert facts == {TRASHING: "0"}


def test_a_file_that_was_gone_before_is_no_file_on_its_way(photos: list[Path], tmp_path: Path) -> None:
    photos[0].unlink()
    facts: dict[str, str] = {}
    with pytest.raises(PartlyDoneError, match=f"2 of 3 .*{NAMES[0]}") as caught:
        removals(photos, lambda ids, _verb, _trashed: ids, facts).trash([ItemId(0)], FolderTrash(tmp_path / "trash"))
    assert caught.value.change == [1, 2] and facts == {TRASHING: ""}


@pytest.mark.parametrize("works", [True, False])
def test_what_an_earlier_one_left_in_the_note_stays(photos: list[Path], tmp_path: Path, works: bool) -> None:
    """Its drive is unplugged, for one. What is moved now, after it was put back, is none of it any more."""
    facts = {TRASHING: "7 9=/bin/x%20y.jpg 1=/bin/b.jpg"}
    trash = FolderTrash(tmp_path / "trash")
    if works:
        removals(photos, lambda ids, _verb, _trashed: ids, facts).trash([ItemId(0)], trash)
        assert facts == {TRASHING: "7 9=/bin/x%20y.jpg"}
    else:
        with pytest.raises(StorageFullError):
            removals(photos, no_room, facts).trash([ItemId(0)], trash)
        assert facts == {TRASHING: "7 9=/bin/x%20y.jpg 1=/bin/b.jpg"}
