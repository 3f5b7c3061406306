"""A refresh that many changes ask for and that runs once, and not too often."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

SHARE = 8


class Refresh:
    """Runs ``action`` soon after the first wish, then at most every ``pause_ms``; idle, no timer runs.

    Where ``answered`` is called, an action that takes long runs more rarely: at most one part of
    ``SHARE`` of the time.
    """

    def __init__(self, action: Callable[[], object], pause_ms: int, parent: QObject) -> None:
        self._pause = pause_ms
        self._action = action
        self._last = -float("inf")
        self._asked: float | None = None
        self._took = 0.0  # ms
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._run)

    def soon(self) -> None:
        """Wish for a refresh."""
        if not self._timer.isActive():
            passed, pause = (time.monotonic() - self._last) * 1000, max(self._pause, SHARE * self._took)
            self._timer.start(max(30, round(pause - min(passed, pause))))

    def answered(self) -> None:
        """What ``action`` asked for is there."""
        if self._asked is not None:
            self._took = (time.monotonic() - self._asked) * 1000
            self._asked = None

    def stop(self) -> None:
        """Forget the wish."""
        self._timer.stop()

    def _run(self) -> None:
        self._last = self._asked = time.monotonic()
        self._action()
