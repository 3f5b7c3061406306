"""Taking items and folders out of the library: from the catalogue alone, or with their files into the trash."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.engine.history import History
from desktop_app.engine.trash import TrashPort
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

log = logging.getLogger(__name__)


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
        trashed = _moved(port, places)
        try:
            effect = self._catalog.log.remove(list(trashed), "Trash", trashed)
        except BaseException:
            _put_back(port, trashed)
            raise
        return self._history.note(effect)


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
