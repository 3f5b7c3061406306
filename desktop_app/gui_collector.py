"""When cycles of objects are looked for while the window is open, and among which."""

import gc
import time
from collections.abc import Callable
from enum import Enum, auto

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

COLLECT_MS = 2_000
FULL_PAUSE = 500
"""A full collection takes at most one part in so many of the time."""
BULK = 50_000
"""Objects: a collection of twice as many took 30 ms."""


def is_in_front() -> bool:
    """Whether one of the application's windows has the keyboard."""
    return QGuiApplication.applicationState() is Qt.ApplicationState.ApplicationActive


class Attention(Enum):
    """Which objects the collector goes through."""

    ALL_NEW = auto()
    """Those that came since the start, by generations."""
    BUT_BULK = auto()
    """The same without what came in bulk, which waits until nobody is at the window."""


class GuiCollector(QObject):
    """Collects cycles on the GUI thread only: elsewhere it could destroy Qt objects on the wrong thread.

    The window stands still for it, the longer the more objects it goes through. What comes in bulk is the work list of
    a run, some six objects a file, which go by themselves as the files are done. It is set aside. To go through it, and
    through all that was there at the start, took 1.3 s in a library of a million: that waits until the user is at
    another program.
    """

    def __init__(self, parent: QObject, in_front: Callable[[], bool] = is_in_front) -> None:
        super().__init__(parent)
        self._in_front = in_front
        gc.disable()
        gc.freeze()  # what is there by now stays until the end
        self._survivors = 0  # at most so many objects has the middle generation
        self._attention = Attention.ALL_NEW
        self._next_full = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.collect)
        self._timer.start(COLLECT_MS)

    def collect(self) -> None:
        """Run as much of the collector as has come due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        now = time.monotonic()
        if self._attention is Attention.BUT_BULK and now >= self._next_full and not self._in_front():
            self._attention = Attention.ALL_NEW
            gc.unfreeze()
            self._collect_all()
            self._set_aside()
            return
        if self._survivors + counts[0] > BULK:
            self._set_aside()
            self._attention = Attention.BUT_BULK
            return
        due = [generation for generation in range(3) if counts[generation] > thresholds[generation] > 0]
        if not due:
            return
        if due[-1] == 2 and now >= self._next_full:
            self._collect_all()
        else:
            gc.collect(min(due[-1], 1))
        self._survivors = self._survivors + counts[0] if due[-1] == 0 else 0

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
