"""A refresh that many changes ask for and that runs once, and not too often."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Refresh:
    """Runs ``action`` soon after the first wish, then at most every ``pause_ms``; idle, no timer runs."""

    def __init__(self, action: Callable[[], object], pause_ms: int, parent: QObject) -> None:
        self._pause = pause_ms
        self._action = action
        self._last = -float("inf")
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._run)

    def soon(self) -> None:
        """Wish for a refresh."""
        if not self._timer.isActive():
            passed = (time.monotonic() - self._last) * 1000
            self._timer.start(max(30, round(self._pause - min(passed, self._pause))))

    def stop(self) -> None:
        """Forget the wish."""
        self._timer.stop()

    def _run(self) -> None:
        self._last = time.monotonic()
        self._action()
