"""The states of items as a run writes them, and what it tells of its changes."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.indexing.writing import BatchWriter
from desktop_app.engine.runs import RunControl

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.connection import Ids


class States:
    """Of one run. ``changed``: whether it wrote anything that is to be seen."""

    def __init__(self, catalog: "Catalog", writer: BatchWriter, control: RunControl) -> None:
        self._catalog = catalog
        self._writer = writer
        self.control = control
        self.changed = False

    def tell(self, change: ChangeSet) -> None:
        """Something was written."""
        self.changed = True
        self.control.changed(change)

    def note_roots(self) -> None:
        """A root came or went, with all its items."""
        self.tell(ChangeSet(membership=True, roots=True))

    def note_change(self, ids: Iterable[ItemId]) -> None:
        """These are, lie, or are rated otherwise now."""
        items = frozenset(ids)
        if items:
            self.tell(ChangeSet(items=items, membership=True))

    def mark(self, ids: Iterable[ItemId], state: State) -> None:
        """Give items another state."""
        numbers = sorted(ids)
        if numbers:
            with self.problems_may_end():
                self._catalog.set_states(numbers, state)
            self.note_change(numbers)

    @contextmanager
    def problems_may_end(self, perhaps: bool = True) -> Generator[None, None, None]:
        """A problem has no place in an index; one that is lost has, by what was known of it before."""
        before = self._catalog.problem_ids() if perhaps else ()
        yield
        if len(before):
            self._writer.fill(np.setdiff1d(before, self._catalog.problem_ids()))

    def fill(self, ids: "Ids") -> None:
        """Put items into the indexes that have vectors in the catalogue already."""
        self._writer.fill(np.asarray(ids, np.int64))
