"""Taking items out of the library: from the catalogue alone, or with their files into the trash."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.edits import counted
from desktop_app.engine.history import Edit, History
from desktop_app.engine.opening import searched_spaces
from desktop_app.engine.trash import TrashPort
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore

TRASHED = "This file was moved to the trash."


def forget_vectors(store: "IndexStore", ids: Sequence[ItemId] | NDArray[np.int64]) -> None:
    """Take items out of every index."""
    gone = np.asarray(ids, np.int64)
    for spec in searched_spaces():
        store.open_space(spec).remove(gone)


class Removals:
    """On the writing thread."""

    def __init__(self, catalog: "Catalog", store: "IndexStore", history: History) -> None:
        self._catalog = catalog
        self._store = store
        self._history = history

    def remove(self, ids: Sequence[ItemId]) -> ChangeSet:
        """From the catalogue with their ratings, tags and playlist places; never the files. Can't be undone."""
        known = [row.id for row in self._catalog.rows(list(dict.fromkeys(ids)))]
        if not known:
            return ChangeSet()
        self._catalog.remove_items(known)
        forget_vectors(self._store, known)
        return ChangeSet(frozenset(known), membership=True, playlists=True, tags=True)

    def trash(self, ids: Sequence[ItemId], port: TrashPort | None) -> ChangeSet:
        """Move the files to the trash; their items are missing from then on and keep everything.

        Raises KnownError where no file could be moved; what was moved before a failure stays so, and can be undone.
        """
        if port is None:
            raise KnownError("There is no trash to move files to.")
        moved: dict[ItemId, tuple[Path, Path]] = {}
        failure: KnownError | None = None
        for row in self._catalog.rows(list(dict.fromkeys(ids))):
            if row.state in (State.PRESENT, State.PROBLEM):
                try:
                    moved[row.id] = (row.path, port.move(row.path))
                except KnownError as error:
                    failure = error
        if not moved:
            raise failure or KnownError("There is no file of these items to move to the trash.")
        self._catalog.set_states(list(moved), State.MISSING, TRASHED)

        def redo() -> ChangeSet:
            for item, (original, _place) in moved.items():
                moved[item] = (original, port.move(original))
            return self._marked(list(moved), State.MISSING)

        def undo() -> ChangeSet:
            back: list[ItemId] = []
            try:
                for item, (original, place) in moved.items():
                    port.restore(place, original)
                    back.append(item)
            finally:
                self._marked(back, State.PRESENT)
            return ChangeSet(frozenset(back), membership=True)

        change = ChangeSet(frozenset(moved), membership=True)
        return self._history.record(Edit(counted("Trash", len(moved)), undo, redo), change)

    def _marked(self, ids: list[ItemId], state: State) -> ChangeSet:
        if ids:
            self._catalog.set_states(ids, state, TRASHED if state is State.MISSING else None)
        return ChangeSet(frozenset(ids), membership=True)
