"""How a caller steers a run of the indexer, and what it learns of it while it goes on."""

import threading
from collections.abc import Sequence

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.progress import IndexReport


class RunControl:
    """Shared by the thread that runs the indexer and those that steer it.

    ``report`` is set at the end of a run. ``take_changes`` hands over what the run has written since the last call.
    """

    def __init__(self) -> None:
        self.report: IndexReport | None = None
        self.cancel_event = threading.Event()
        self.pause_event = threading.Event()
        self._lock = threading.Lock()
        self._changes = ChangeSet()
        self._first: list[ItemId] = []

    def cancel(self) -> None:
        """End the run after what is being read; what was written stays."""
        self.cancel_event.set()

    def pause(self) -> None:
        """Read no further file until ``resume``."""
        self.pause_event.set()

    def resume(self) -> None:
        """Go on after a pause."""
        self.pause_event.clear()

    @property
    def cancelled(self) -> bool:
        """Whether the run was told to end."""
        return self.cancel_event.is_set()

    @property
    def paused(self) -> bool:
        """Whether the run waits for ``resume``."""
        return self.pause_event.is_set()

    def prefer(self, ids: Sequence[ItemId]) -> None:
        """Read these items before the others."""
        with self._lock:
            self._first = list(ids)

    def take_preferred(self) -> list[ItemId]:
        """The items preferred since the last call."""
        with self._lock:
            taken, self._first = self._first, []
        return taken

    def changed(self, change: ChangeSet) -> None:
        """Note a write of the run."""
        with self._lock:
            self._changes = self._changes.merged(change)

    def take_changes(self) -> ChangeSet:
        """What was written since the last call, as one change."""
        with self._lock:
            taken, self._changes = self._changes, ChangeSet()
        return taken
