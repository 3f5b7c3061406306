"""Which changed paths have come to rest: plain bookkeeping with a clock handed in, no threads."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CROWD = 5_000
"""Of more changed paths than this only their folders are kept."""

TOGETHER = 0.7
"""Of the quiet time: what went so little later than another came to rest is given out with it. Of files that change
places between two roots the one is told half a second late (watchdog waits for the other end of a move), and looked at
apart the first one would be taken for edited where it lies, if it was edited too: its rating would stay with the place.
"""

Look = tuple[int, int] | None
"""Size and time of a regular file; None for anything else, or nothing."""


def look(path: Path) -> Look:
    """How a file is now."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


@dataclass(slots=True)
class _Waiting:
    since: float
    seen: Look
    written: bool  # by the last event, so that more of it may come


class QuietPaths:
    """Collects changed paths; each is given out once it was left alone for ``quiet`` seconds, or with one that was.

    A file must also have kept its size and time meanwhile: not every write is announced (network disks, mapped files).
    """

    def __init__(self, quiet: float, look_at: Callable[[Path], Look] = look) -> None:
        self._quiet = quiet
        self._look_at = look_at
        self._waiting: dict[Path, _Waiting] = {}

    def note(self, path: Path, now: float, *, written: bool = True) -> None:
        """Something happened to ``path``; ``written``: more than that it went, or was moved."""
        known = self._waiting.get(path)
        if known is not None:
            known.since, known.written = now, written
            known.seen = self._look_at(path)  # an older look would make it wait a second time
            return
        if len(self._waiting) >= CROWD:
            path = path.parent
            if path in self._waiting:
                return
        self._waiting[path] = _Waiting(now, self._look_at(path), written)

    def take_ripe(self, now: float) -> set[Path]:
        """Those that came to rest; they are forgotten here."""
        ripe: set[Path] = set()
        if all(now - waiting.since < self._quiet for waiting in self._waiting.values()):
            return ripe
        for path, waiting in list(self._waiting.items()):
            if now - waiting.since < self._quiet * (1 if waiting.written else 1 - TOGETHER):
                continue
            seen = self._look_at(path)
            if seen != waiting.seen:
                waiting.seen, waiting.since = seen, now
            else:
                ripe.add(path)
                del self._waiting[path]
        return ripe

    def next_time(self) -> float | None:
        """When the next one may be at rest; None if none waits."""
        if not self._waiting:
            return None
        return min(waiting.since for waiting in self._waiting.values()) + self._quiet

    def forget(self, folder: Path) -> None:
        """Drop all below a folder that is not watched any more."""
        prefix = str(folder) + os.sep
        for path in [path for path in self._waiting if path == folder or str(path).startswith(prefix)]:
            del self._waiting[path]
