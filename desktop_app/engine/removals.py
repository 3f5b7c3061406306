"""Taking items and folders out of the library: from the catalogue alone, or with their files into the trash."""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.edit_log import TRASHING
from desktop_app.engine.history import History
from desktop_app.engine.trash import TrashPort, found_in_trash
from desktop_app.errors import KnownError, StorageFullError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.removed import Effect

log = logging.getLogger(__name__)
FEW = 3


class Removals:
    """On the writing thread. What is taken out can be put back, as it was."""

    def __init__(self, catalog: "Catalog", history: History) -> None:
        self._catalog = catalog
        self._history = history

    def remove(self, ids: Sequence[ItemId]) -> ChangeSet:
        """From the catalogue with their ratings, tags and playlist places; never the files."""
        return self._history.note(self._catalog.log.remove(list(dict.fromkeys(ids))))

    def remove_root(self, root: Root) -> ChangeSet:
        """A folder with all its items; never the files."""
        return self._history.note(self._catalog.log.remove_root(root.id, f"Remove Folder “{root.path.name}”"))

    def relocate_root(self, root: Root, new: Path) -> ChangeSet:
        """Say that a folder lies elsewhere now. Raises KnownError where that overlaps another one."""
        change = self._catalog.log.relocate_root(root.id, new, f"Relocate Folder “{root.path.name}”")
        return self._history.note(change)

    def trash(self, ids: Sequence[ItemId], port: TrashPort | None) -> ChangeSet:
        """Move the files to the trash and take their items out of the catalogue.

        Raises KnownError where no file could be moved. Those that can't be moved stay, item and file; where the rest
        can't be written into the catalogue, their files are put back.
        Undone, it is not redone: the one thing that touches files is asked for each time.
        """
        if port is None:
            raise KnownError("There is no trash to move files to.")
        rows = self._catalog.rows(list(dict.fromkeys(ids)))
        places = {row.id: row.path for row in rows if row.state in (State.PRESENT, State.PROBLEM)}
        self._intend(places)  # before any is moved, so that the next start finds those that were, if this one is killed
        try:
            trashed = _moved(port, places)
            try:
                effect = self._written(trashed)
            except BaseException:
                _put_back(port, trashed)
                raise
        except BaseException:
            with suppress(KnownError):  # else the next start sees that the files are where they were
                self._intend(())
            raise
        return self._history.note(effect)

    def complete_trash(self) -> str:
        """After a start: write down which files the program that ended before had moved to the trash.

        Returns a sentence about those that are gone and can't be found there, "" for none; their items stay.
        """
        numbers = (self._catalog.meta(TRASHING) or "").split()
        if not numbers:
            return ""
        rows = self._catalog.rows([ItemId(int(number)) for number in numbers])
        gone = {row.id: row.path for row in rows if not os.path.lexists(row.path)}
        found = {item: (path, now) for item, path in gone.items() if (now := found_in_trash(path)) is not None}
        unknown = {item: path for item, path in gone.items() if item not in found}
        later = [item for item, path in unknown.items() if not path.parent.is_dir()]  # the drive is not there
        try:
            effect = self._written(found, later)
        except StorageFullError:
            log.warning("which files are in the trash can't be written down yet", exc_info=True)
            return ""
        self._history.note(effect)
        lost = [path.name for item, path in unknown.items() if item not in later]
        if not lost:
            return ""
        names = ", ".join(lost[:FEW]) + (f" and {len(lost) - FEW} more" if len(lost) > FEW else "")
        return (
            f"Akin ended while it moved files to the trash, and can't say where these lie now: {names}. Look for them "
            "in the trash, and put them back from there; their ratings and tags are kept."
        )

    def _written(
        self, trashed: Mapping[ItemId, tuple[Path, Path]], left: Iterable[ItemId] = ()
    ) -> "Effect | ChangeSet":
        """Take out the items of what was moved, in one step with the intention, of which ``left`` stays."""
        with self._catalog.transaction():
            effect = self._catalog.log.remove(list(trashed), "Trash", trashed) if trashed else ChangeSet()
            self._intend(left)
        return effect

    def _intend(self, items: Iterable[ItemId]) -> None:
        self._catalog.put_meta(TRASHING, " ".join(map(str, items)))


def _moved(port: TrashPort, places: Mapping[ItemId, Path]) -> dict[ItemId, tuple[Path, Path]]:
    """Where each file lay that could be moved, and lies now. Raises KnownError where none could be."""
    moved: dict[ItemId, tuple[Path, Path]] = {}
    failure: KnownError | None = None
    for item, path in places.items():
        try:
            moved[item] = (path, port.move(path))
        except KnownError as error:
            failure = error
        except BaseException:
            _put_back(port, moved)
            raise
    if not moved:
        raise failure or KnownError("There is no file of these items to move to the trash.")
    return moved


def _put_back(port: TrashPort, moved: Mapping[ItemId, tuple[Path, Path]]) -> None:
    """The last first. Of those that can't be, the log says where they lie."""
    for path, trashed in reversed(list(moved.values())):
        try:
            port.restore(trashed, path)
        except Exception:
            log.exception("%s could not be put back: it lies in the trash as %s", path, trashed)
