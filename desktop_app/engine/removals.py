"""Taking items out of the library: from the catalogue alone, or with their files into the trash."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.edits import counted
from desktop_app.engine.history import Edit, History, PartlyUndoneError
from desktop_app.engine.trash import TrashPort
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.removed import RemovedItems
    from desktop_app.engine.index import IndexStore


def forget_vectors(store: "IndexStore", ids: Sequence[ItemId] | NDArray[np.int64]) -> None:
    """Take items out of every index."""
    gone = np.asarray(ids, np.int64)
    for spec in store.spaces.searched():
        store.open_space(spec).remove(gone)


def recall_vectors(catalog: "Catalog", store: "IndexStore", ids: NDArray[np.int64]) -> None:
    """Give items that are there again back to the indexes, from the vectors that the catalogue keeps."""
    for spec in store.spaces.searched():
        wanted = np.intersect1d(ids, catalog.vector_items(spec.name, spec.version))
        store.open_space(spec).add(*catalog.vectors_of_items(spec.name, spec.version, wanted))


class Removals:
    """On the writing thread. What is taken out can be put back, as it was, until the session ends."""

    def __init__(self, catalog: "Catalog", store: "IndexStore", history: History) -> None:
        self._catalog = catalog
        self._store = store
        self._history = history

    def remove(self, ids: Sequence[ItemId]) -> ChangeSet:
        """From the catalogue with their ratings, tags and playlist places; never the files."""
        known = [row.id for row in self._catalog.rows(list(dict.fromkeys(ids)))]
        if not known:
            return ChangeSet()
        taken = [self._take_out(known)]

        def redo() -> ChangeSet:
            taken[:] = [self._take_out(known)]
            return _gone(known)

        edit = Edit(counted("Remove", len(known)), lambda: self._put_back(taken[0]), redo)
        return self._history.record(edit, _gone(known))

    def trash(self, ids: Sequence[ItemId], port: TrashPort | None) -> ChangeSet:
        """Move the files to the trash and take their items out of the catalogue.

        Raises KnownError where no file could be moved; what was moved before a failure stays so, and can be undone.
        Undone, it is not redone: the one thing that touches files is asked for each time.
        """
        if port is None:
            raise KnownError("There is no trash to move files to.")
        rows = self._catalog.rows(list(dict.fromkeys(ids)))
        places = {row.id: row.path for row in rows if row.state in (State.PRESENT, State.PROBLEM)}
        trashed = _Trashed(port, places)
        trashed.move()
        taken = self._take_out(trashed.ids)

        def undo() -> ChangeSet:
            failures = trashed.restore()
            change = self._put_back(taken)
            for item, reason in failures.items():
                self._catalog.set_states([item], State.MISSING, reason)
            if failures:
                raise PartlyUndoneError(next(iter(failures.values())), change)
            return change

        return self._history.record(Edit(counted("Trash", len(trashed.ids)), undo, None), _gone(trashed.ids))

    def _take_out(self, ids: list[ItemId]) -> "RemovedItems":
        taken = self._catalog.take_out(ids)
        forget_vectors(self._store, ids)
        return taken

    def _put_back(self, taken: "RemovedItems") -> ChangeSet:
        back = self._catalog.put_back(taken)
        forget_vectors(self._store, back.replaced)
        recall_vectors(self._catalog, self._store, back.restored)
        if not len(back.restored):
            raise KnownError("The folder of these items is not in the library any more.")
        return _gone([ItemId(int(item)) for item in (*back.restored, *back.replaced)])


def _gone(ids: Sequence[ItemId]) -> ChangeSet:
    """What changes where items go or come back."""
    return ChangeSet(frozenset(ids), membership=True, playlists=True, tags=True)


class _Trashed:
    """Files on their way into the trash and back. ``ids``: the items whose files were moved last."""

    def __init__(self, port: TrashPort, places: Mapping[ItemId, Path]) -> None:
        self._port = port
        self._places = places
        self._trashed: dict[ItemId, Path] = {}

    @property
    def ids(self) -> list[ItemId]:
        return list(self._trashed)

    def move(self) -> None:
        """Raises KnownError where none could be moved."""
        self._trashed = {}
        failure: KnownError | None = None
        for item, path in self._places.items():
            try:
                self._trashed[item] = self._port.move(path)
            except KnownError as error:
                failure = error
        if not self._trashed:
            raise failure or KnownError("There is no file of these items to move to the trash.")

    def restore(self) -> dict[ItemId, str]:
        """Put all back that can be; says of the others why not."""
        failures: dict[ItemId, str] = {}
        for item, place in self._trashed.items():
            try:
                self._port.restore(place, self._places[item])
            except KnownError as error:
                failures[item] = error.user_text
        return failures
