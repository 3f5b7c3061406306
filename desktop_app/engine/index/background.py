"""One thread that improves indexes while searches go on: merges small segments, makes inverted lists of large ones."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from desktop_app.errors import KnownError
from desktop_app.thread_priority import give_way

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds before it begins, so that a single command pays nothing for it
READ_SECONDS = 2.0  # for a piece of a file, at closing
NICENESS = 10  # as workers have: nobody waits for this thread


class BuildStoppedError(Exception):
    """The library is closing; what was being built is given up."""


class Tidied(Protocol):
    """What this thread does for an index. ``check`` raises to give up."""

    def read_ahead(self, check: Callable[[], None]) -> None:
        """Have its files in memory. Writes nothing, but may hang with the disk that it reads from."""
        ...

    def tidy(self, check: Callable[[], None]) -> bool:
        """One improvement; False if none is due."""
        ...


class BackgroundTidying:
    """Tidies the indexes that it is told of, one at a time, until it is closed."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._waiting: dict[int, Tidied] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None  # alive only while there is something to do
        self._reading = False  # it only reads now

    def wake(self, index: Tidied) -> None:
        """Something may be due for this index."""
        with self._lock:
            if self._stopping.is_set():
                return
            self._waiting[id(index)] = index
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="akin-index-tidying", daemon=True)
                self._thread.start()

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; False if that took longer than ``timeout`` seconds."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop, giving up what is being built. A read that hangs is left to itself: after it, nothing else is done."""
        with self._lock:
            self._stopping.set()
            thread = self._thread
        while thread is not None and thread.is_alive():
            thread.join(READ_SECONDS)
            if self._reading and thread.is_alive():
                log.warning("the disk of the indexes does not answer; closing goes on without waiting for it")
                return

    def _check(self) -> None:
        if self._stopping.is_set():
            raise BuildStoppedError

    def _run(self) -> None:
        give_way(NICENESS)
        while not self._stopping.wait(self._pause):
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                index = self._waiting.pop(next(iter(self._waiting)))
            self._tidy(index)

    def _tidy(self, index: Tidied) -> None:
        try:
            self._reading = True
            try:
                index.read_ahead(self._check)
            finally:
                self._reading = False
            self._check()  # from here on it writes, so that closing waits for it
            while index.tidy(self._check):
                pass
        except BuildStoppedError:
            return
        except KnownError:  # no room, no right: the index answers as it is
            log.warning("an index could not be tidied", exc_info=True)
        except Exception:
            log.exception("tidying an index failed")
