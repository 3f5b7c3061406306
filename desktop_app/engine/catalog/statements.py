"""Which statements are under way: a catalogue is closed when the last one has ended, and long ones are interrupted.

DuckDB keeps a file open for as long as any result is read of it, also after it was closed, and lets whoever opens the
path anew wait for that.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from desktop_app.errors import LibraryClosedError

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0
"""Seconds; who hands rows to a disk that hangs can't be waited for."""
_AGAIN: Final = 0.05
"""Seconds; an interruption that comes before a statement has begun is forgotten."""


class Statements:
    """Of one open file; from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: Counter[int] = Counter()  # by thread
        self._ending = False

    @property
    def ending(self) -> bool:
        """Whether what fails now may have failed because the file is being closed."""
        return self._ending

    @property
    def running(self) -> bool:
        """Whether any is under way."""
        return bool(self._running)

    def check(self) -> None:
        """Raises LibraryClosedError where the file is being closed."""
        if self._ending:
            raise LibraryClosedError

    @contextmanager
    def one(self) -> Generator[None]:
        """While inside, the file is not closed by another thread. Raises LibraryClosedError."""
        thread = threading.get_ident()
        with self._changed:
            self.check()
            self._running[thread] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running[thread] -= 1
                if not self._running[thread]:
                    del self._running[thread]
                self._changed.notify_all()

    def end(self, interrupt: Callable[[], object]) -> None:
        """No more may begin; interrupt those of other threads, and wait until they have ended."""
        until = time.monotonic() + PATIENCE
        with self._changed:
            self._ending = True
            while self._others():
                if time.monotonic() > until:
                    log.warning("the catalogue is closed under a statement that does not end")
                    return
                interrupt()
                self._changed.wait(_AGAIN)

    def begin(self) -> None:
        """The file is open."""
        with self._changed:
            self._ending = False

    def _others(self) -> bool:
        return any(thread != threading.get_ident() for thread in self._running)
