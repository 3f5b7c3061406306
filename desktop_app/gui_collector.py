"""When cycles of objects are looked for while the window is open, and among which."""

import gc
import math
import time
from enum import Enum, auto

from PySide6.QtCore import QObject, Qt, QTimer

from desktop_app.domain.progress import Phase, Progress

COLLECT_MS = 2_000
FULL_PAUSE = 500
"""A full collection takes at most one part in so many of the time."""
BULK = 50_000
"""Objects: a collection of twice as many took 30 ms."""
LONGEST_ASIDE = 120.0
"""Seconds after which bulk is gone through that no run has been heard of for; one that goes on tells more often, or
that it is paused."""


class Attention(Enum):
    """Which objects the collector goes through."""

    ALL_NEW = auto()
    """Those that came since the start, by generations."""
    BUT_BULK = auto()
    """The same without what came in bulk, which waits for the end of the run that holds it."""


class GuiCollector(QObject):
    """Collects cycles on the GUI thread only: elsewhere it could destroy Qt objects on the wrong thread.

    The window stands still for it, the longer the more objects it goes through. What comes in bulk is the work list of
    a run, some six objects a file, which go by themselves as the files are done: it is set aside until the run ends.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what is there by now stays until the end
        self._survivors = 0  # at most so many objects has the middle generation
        self._attention = Attention.ALL_NEW
        self._let_go_at = 0.0  # of the bulk
        self._next_full = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.collect)
        self._timer.start(COLLECT_MS)

    def collect(self) -> None:
        """Run as much of the collector as has come due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        now = time.monotonic()
        if self._attention is Attention.BUT_BULK and now >= self._let_go_at:
            self._attention = Attention.ALL_NEW
            gc.unfreeze()
            self._collect_all()
            self._set_aside()
            return
        if self._survivors + counts[0] > BULK:
            self._set_aside()
            self._attention = Attention.BUT_BULK
            self._let_go_at = max(self._let_go_at, now + LONGEST_ASIDE)
            return
        due = [generation for generation in range(3) if counts[generation] > thresholds[generation] > 0]
        if not due:
            return
        if due[-1] == 2 and now >= self._next_full:
            self._collect_all()
        else:
            gc.collect(min(due[-1], 1))
        self._survivors = self._survivors + counts[0] if due[-1] == 0 else 0

    def note_progress(self, progress: Progress) -> None:
        """A run goes on, and holds what came in bulk; or it has ended, and only cycles of it are left to be taken."""
        match progress.phase:
            case Phase.IDLE:
                self._let_go_at = 0.0
            case Phase.PAUSED:
                self._let_go_at = math.inf  # said once, however long it is
            case _:
                self._let_go_at = time.monotonic() + LONGEST_ASIDE

    def _collect_all(self) -> None:
        started = time.monotonic()
        gc.collect()
        ended = time.monotonic()
        self._next_full = ended + FULL_PAUSE * (ended - started)

    def _set_aside(self) -> None:
        gc.freeze()
        self._survivors = 0

    def close(self) -> None:
        """Back to Python's own ways."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
