"""How a run goes: done, total, rate and time left, told at most some fifteen times a second."""

import time
from collections import deque
from pathlib import Path

from desktop_app.domain.progress import Phase, Progress

INTERVAL = 1 / 15
WINDOW = 5.0
"""Seconds over which the rate is taken."""


class Pace:
    """``progress`` gives the same object again until it is time for a new one."""

    def __init__(self) -> None:
        self.phase = Phase.SCANNING
        self.done = 0
        self.total = 0
        self.problems = 0
        self.current: Path | None = None
        self._marks: deque[tuple[float, int]] = deque()
        self._told = Progress(Phase.SCANNING)
        self._told_at = 0.0

    def enter(self, phase: Phase, total: int = 0) -> None:
        """A new phase begins, with so much to do."""
        if phase is not self.phase or total:
            self.phase, self.done, self.total = phase, 0, total
            self._marks.clear()

    def advance(self, count: int = 1, current: Path | None = None) -> None:
        """So many files more are done."""
        self.done += count
        self.current = current or self.current

    def progress(self, phase: Phase | None = None) -> Progress:
        """How it goes now. ``phase`` overrides (paused)."""
        now = time.monotonic()
        shown = phase or self.phase
        if shown is self._told.phase and now - self._told_at < INTERVAL:
            return self._told
        rate = self._rate(now)
        left = (self.total - self.done) / rate if rate > 0 and self.total else None
        self._told = Progress(shown, self.done, self.total, rate, left, self.current, self.problems)
        self._told_at = now
        return self._told

    def _rate(self, now: float) -> float:
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > WINDOW:
            self._marks.popleft()
        began, done = self._marks[0]
        return (self.done - done) / (now - began) if now > began else 0.0
