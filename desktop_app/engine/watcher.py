"""Watches the roots: native events where they can be had, else a look from time to time."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.notices import Notice, Tone
from desktop_app.engine.native_events import (
    CHANGES,
    LIMITS,
    Events,
    OverflowAlarm,
    is_on_network,
    keep_watchdog_quiet,
    watch_limit_reached,
)
from desktop_app.engine.quiet_paths import QuietPaths

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.8
POLL_SECONDS = 60.0
CHECK_SECONDS = 5.0
"""How often it is looked whether a root came or went."""

LIMIT_TEXT = (
    "The system's limit for watched folders is reached, so changes in {root} are noticed about once a minute. "
    "Raising fs.inotify.max_user_watches helps."
)
NETWORK_TEXT = "{root} lies on a network disk: changes there are noticed about once a minute."
FAILED_TEXT = "Changes in {root} can't be watched here and are noticed about once a minute."


@dataclass(slots=True)
class _Watched:
    root: Path
    native: "ObservedWatch | None" = None
    polled: bool = False
    identity: tuple[int, int] | None = None  # of the folder itself: changes when a drive comes or goes
    looked_at: float = 0.0


class Watcher:
    """Tells of changed paths once they are quiet: files, folders (all below may have changed) or whole roots.

    Both callbacks come from the watcher's own thread. After ``close`` no thread is left. Reports of a root that came
    back, of lost events and of polled roots name the root itself.
    """

    def __init__(
        self,
        on_changes: Callable[[set[Path]], None],
        on_notice: Callable[[Notice], None] | None = None,
        *,
        quiet: float = QUIET_SECONDS,
        poll: float = POLL_SECONDS,
        check: float = CHECK_SECONDS,
    ) -> None:
        self._on_changes = on_changes
        self._on_notice = on_notice or (lambda notice: log.info("%s", notice.text))
        self._poll = poll
        self._check = check
        self._quiet = QuietPaths(quiet)
        self._watched: dict[Path, _Watched] = {}
        self._changed_roots: set[Path] = set()
        self._changing = threading.Lock()  # one watch or unwatch at a time; never held by an event
        self._state = threading.Condition()
        self._closed = False
        self._observer: BaseObserver | None = None
        self._thread: threading.Thread | None = None
        self._alarm = OverflowAlarm(self._on_overflow)
        logging.getLogger("watchdog").addHandler(self._alarm)

    def watch(self, root: Path) -> None:
        """Begin to watch a folder with all below it; one that is not there is watched for."""
        with self._changing:
            if self._closed or root in self._watched:
                return
            watched = _Watched(root, identity=_identity(root), looked_at=time.monotonic())
            self._attach(watched)
            with self._state:
                self._watched[root] = watched
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="akin-watcher", daemon=True)
                    self._thread.start()
                self._state.notify()

    def unwatch(self, root: Path) -> None:
        """Stop watching a folder."""
        with self._changing:
            with self._state:
                watched = self._watched.pop(root, None)
                self._quiet.forget(root)
                self._changed_roots.discard(root)
            if watched is not None:
                self._detach(watched)

    def watched(self) -> set[Path]:
        """The folders that are watched, or watched for."""
        with self._state:
            return set(self._watched)

    def is_polled(self, root: Path) -> bool:
        """Whether native events can't be had for a watched root."""
        with self._state:
            watched = self._watched.get(root)
            return watched is not None and watched.polled

    def close(self) -> None:
        """Stop everything; nothing is told any more. May be called again."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        logging.getLogger("watchdog").removeHandler(self._alarm)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._changing:
            observer, self._observer = self._observer, None
            self._watched.clear()
        if observer is not None:
            observer.stop()
            observer.join()

    # native events

    def _attach(self, watched: _Watched) -> None:
        """Native events for a root, or polling with a notice why."""
        watched.native, watched.polled = None, False
        if watched.identity is None:
            return
        text = NETWORK_TEXT if is_on_network(watched.root) else ""
        if not text:
            try:
                watched.native = self._observe(watched.root)
                text = LIMIT_TEXT if watch_limit_reached() else ""
            except OSError as error:
                text = LIMIT_TEXT if error.errno in LIMITS else FAILED_TEXT
        if text:
            self._fall_back(watched, text)

    def _observe(self, root: Path) -> "ObservedWatch":
        """Raises OSError."""
        from watchdog.observers import Observer

        if self._observer is None:
            keep_watchdog_quiet()
            observer = Observer()
            observer.daemon = True
            observer.start()
            self._observer = observer
        return self._observer.schedule(Events(self._on_path), str(root), recursive=True, event_filter=CHANGES)

    def _fall_back(self, watched: _Watched, text: str) -> None:
        self._detach(watched)
        watched.polled = True
        watched.looked_at = time.monotonic()
        self._on_notice(Notice(text.format(root=watched.root), Tone.WARNING))

    def _detach(self, watched: _Watched) -> None:
        native, watched.native = watched.native, None
        if native is not None and self._observer is not None:
            with contextlib.suppress(KeyError, OSError):  # the emitter ended with its folder
                self._observer.unschedule(native)

    def _on_path(self, path: Path, written: bool) -> None:
        with self._state:
            self._quiet.note(path, time.monotonic(), written=written)
            self._state.notify()

    def _on_overflow(self) -> None:
        with self._state:
            self._changed_roots.update(root for root, watched in self._watched.items() if watched.native is not None)
            self._state.notify()

    # the watcher's thread

    def _work(self) -> None:
        checked = time.monotonic()
        while True:
            with self._state:
                if self._closed:
                    return
                self._state.wait(self._pause(checked))
                if self._closed:
                    return
                now = time.monotonic()
                changed = self._quiet.take_ripe(now) | self._changed_roots
                self._changed_roots = set()
            if now - checked >= self._check:
                checked = now
                changed |= self._look_after_roots(now)
            if changed:
                self._on_changes(changed)

    def _pause(self, checked: float) -> float:
        if self._changed_roots:
            return 0.0
        due = [checked + self._check]
        ripe = self._quiet.next_time()
        if ripe is not None:
            due.append(ripe)
        return max(0.0, min(due) - time.monotonic())

    def _look_after_roots(self, now: float) -> set[Path]:
        """Roots that came, went or are due for a look."""
        changed: set[Path] = set()
        limited = watch_limit_reached()
        with self._changing:
            for watched in list(self._watched.values()):
                identity = _identity(watched.root)
                if identity != watched.identity:
                    self._detach(watched)
                    watched.identity = identity
                    self._attach(watched)
                    changed.add(watched.root)
                elif limited and watched.native is not None:
                    self._fall_back(watched, LIMIT_TEXT)
                    changed.add(watched.root)
                elif watched.polled and now - watched.looked_at >= self._poll:
                    watched.looked_at = now
                    changed.add(watched.root)
        return changed


def _identity(root: Path) -> tuple[int, int] | None:
    """Device and number of the folder; None where it is not."""
    try:
        status = root.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
