"""Which roots are watched; begun and ended in order on a thread of its own, since beginning walks through folders."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.notices import Notice

if TYPE_CHECKING:
    from desktop_app.engine.watcher import Watcher

log = logging.getLogger(__name__)


class RootWatching:
    """Until ``start`` nothing is watched, and ``begin`` and ``end`` do nothing; their thread lives while it works."""

    def __init__(self) -> None:
        self._watcher: Watcher | None = None
        self._on_watched: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(
        self,
        roots: Iterable[Path],
        on_changes: Callable[[set[Path]], None],
        on_notice: Callable[[Notice], None],
        on_watched: Callable[[], object],
    ) -> None:
        """Watch these, on the caller's thread. ``on_watched``: called now, and when later roots are watched, too."""
        from desktop_app.engine.watcher import Watcher

        with self._lock:
            if self._closed:
                return
            watcher = self._watcher = self._watcher or Watcher(on_changes, on_notice)
        self._on_watched = on_watched
        for root in roots:
            watcher.watch(root)
        on_watched()

    def begin(self, root: Path) -> None:
        """Watch one more, soon."""
        if (watcher := self._watcher) is not None:
            self._queue(lambda: watcher.watch(root))

    def end(self, root: Path) -> None:
        """Watch it no more, soon."""
        if (watcher := self._watcher) is not None:
            self._queue(lambda: watcher.unwatch(root))

    def follow(self, roots: set[Path]) -> None:
        """Watch these and no others, soon."""
        if (watcher := self._watcher) is None:
            return

        def change() -> None:
            for root in watcher.watched() - roots:
                watcher.unwatch(root)
            for root in roots:
                watcher.watch(root)

        self._queue(change)

    def settled(self, seconds: float) -> bool:
        """Whether everything that was begun is watched; waits at most so long for it."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def is_polled(self, root: Path) -> bool:
        """Whether native events can't be had for a watched root."""
        return self._watcher is not None and self._watcher.is_polled(root)

    def close(self) -> None:
        """Watch nothing from now on; no thread is left."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            thread = self._thread
            watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()
        if thread is not None:
            thread.join()

    def _queue(self, change: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                return
            self._waiting.append(change)
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="akin-watch", daemon=True)
                thread.start()
                self._thread = thread

    def _work(self) -> None:
        while True:
            with self._lock:
                change = self._waiting.popleft() if self._waiting else None
                if change is None:
                    self._thread = None
                    break
            try:
                change()
            except Exception:  # no more threads, for one; the others are still to be watched
                log.warning("a folder can't be watched", exc_info=True)
        if self._watcher is not None:
            self._on_watched()
