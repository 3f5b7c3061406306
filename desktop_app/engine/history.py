"""Undo and redo of the edits in the catalogue's log: of this session, of earlier ones, of the command line."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.trash import TrashPort, is_file_of, put_back
from desktop_app.errors import KnownError, LibraryUnavailableError, StorageFullError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.edit_log import KeptFile, LoggedEdit
    from desktop_app.engine.catalog.removed import Effect
    from desktop_app.engine.index import IndexStore

log = logging.getLogger(__name__)


class PartlyDoneError(KnownError):
    """Not all of an edit could be done, or taken back; ``change`` is what was."""

    def __init__(self, text: str, change: ChangeSet) -> None:
        super().__init__(text)
        self.change = change


class History:
    """Takes edits back and does them again, on the writing thread; ``labels`` may be read from any.

    ``roots_changed`` is called where folders came or went.
    """

    def __init__(self, catalog: "Catalog", store: "IndexStore", roots_changed: Callable[[], object]) -> None:
        self._catalog = catalog
        self._store = store
        self._roots_changed = roots_changed
        self.trash_port: TrashPort | None = None
        self.labels: tuple[str, str] = ("", "")
        """What undo and redo would do, "" for nothing."""
        self._look()

    def note(self, effect: "Effect | ChangeSet") -> ChangeSet:
        """An edit was carried out; the search indexes and the watcher follow. Returns its change."""
        self._look()
        if isinstance(effect, ChangeSet):
            return effect
        forget_vectors(self._store, effect.gone)
        recall_vectors(self._catalog, self._store, effect.returned)
        if effect.change.roots:
            self._roots_changed()
        return effect.change

    def undo(self) -> ChangeSet:
        """Take back the last edit. Raises KnownError where there is none or it can't be."""
        edit = self._catalog.log.last()
        if edit is None:
            raise KnownError("There is nothing to undo.")
        lost = self._restore_files(edit)
        change = replace(self._carried_out(edit, lambda: self._catalog.log.undo(edit, lost)), undone=edit.label)
        if lost:
            raise PartlyDoneError(next(iter(lost.values())), change)
        return change

    def redo(self) -> ChangeSet:
        """Do again what was taken back last. Raises KnownError where there is none or it can't be."""
        edit = self._catalog.log.next()
        if edit is None:
            raise KnownError("There is nothing to redo.")
        return replace(self._carried_out(edit, lambda: self._catalog.log.redo(edit)), undo=edit.label)

    def _carried_out(self, edit: "LoggedEdit", way: "Callable[[], Effect]") -> ChangeSet:
        try:
            return self.note(way())
        except (StorageFullError, LibraryUnavailableError):
            raise  # the edit is not at fault: there may be room in a moment, and the library opened again
        except KnownError:
            self._catalog.log.forget(edit)  # else it would be in the way of all before it
            self._look()
            raise

    def _restore_files(self, edit: "LoggedEdit") -> dict[ItemId, str]:
        """Put all trashed files back that can be; says of the others why not."""
        restore = put_back if self.trash_port is None else self.trash_port.restore
        failures: dict[ItemId, str] = {}
        kept = self._catalog.log.files_of(edit) if edit.trashed else {}
        for item, original, trashed in edit.trashed:
            if original.exists() and not trashed.exists():
                continue  # back already: the program ended in the middle, or somebody put it back by hand
            try:
                _check_is_its_file(kept.get(item), original, trashed)
                restore(trashed, original)
            except KnownError as error:
                failures[item] = error.user_text
        return failures

    def _look(self) -> None:
        last, following = self._catalog.log.last(), self._catalog.log.next()
        self.labels = (last.label if last else "", following.label if following else "")


def _check_is_its_file(kept: "KeptFile | None", original: Path, trashed: Path) -> None:
    """The log outlives the program, and a trash has files of others under names that were ours. Raises KnownError."""
    if kept is None or kept.path != original:
        raise KnownError(f"{original.name} is not put back: its folder is not in the library. It lies at {trashed}.")
    try:
        if is_file_of(kept, trashed):
            return
    except FileNotFoundError:
        return  # putting it back says so
    except OSError as error:
        raise KnownError(
            f"{original.name} can't be put back from the trash: {(error.strerror or str(error)).lower()}."
        ) from error
    raise KnownError(
        f"{original.name} is not put back: the file at {trashed} is another one, or was changed. "
        "If it is the right one, move it back yourself."
    )


def forget_vectors(store: "IndexStore", ids: NDArray[np.int64]) -> None:
    """Take items out of every index."""
    if len(ids):
        for spec in store.spaces.searched():
            store.open_space(spec).remove(ids)


def recall_vectors(catalog: "Catalog", store: "IndexStore", ids: NDArray[np.int64]) -> None:
    """Give items that are there again back to the indexes, from the vectors that the catalogue keeps."""
    if len(ids):
        for spec in store.spaces.searched():
            wanted = np.intersect1d(ids, catalog.vector_items(spec.name, spec.version))
            store.open_space(spec).add(*catalog.vectors_of_items(spec.name, spec.version, wanted))
