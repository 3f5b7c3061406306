"""How a run goes: done, total, rate and time left, told at most some fifteen times a second."""

import math
import time
from collections import deque
from pathlib import Path

from desktop_app.domain.progress import Phase, Progress

INTERVAL = 1 / 15
WINDOW = 15.0
"""Seconds over which the rate is taken; more where files take longer."""

FIRST_SECONDS, FIRST_FILES = 3.0, 10
"""Before so much, counted from the first file that is done, a rate says nothing: workers are still starting."""

SLOW_SECONDS, SLOW_FILES = 20.0, 3
"""Where files take seconds each, so few of them in so long do."""

SMOOTHING = 4.0
"""Seconds in which the time left follows a new rate by two thirds."""


class Pace:
    """``progress`` gives the same object again until it is time for a new one.

    What is read in several goes counts as one: files that may be copies wait until the others are read.
    """

    def __init__(self) -> None:
        self.phase = Phase.SCANNING
        self.done = 0
        self.total = 0
        self.problems = 0
        self.current: Path | None = None
        self._read = 0  # in this run
        self._marks: deque[tuple[float, int]] = deque()
        self._left: float | None = None
        self._told = Progress(Phase.SCANNING)
        self._told_at = 0.0

    def enter(self, phase: Phase, total: int = 0) -> None:
        """A new phase begins, with so much to do."""
        if phase is not self.phase or total:
            before = self._read if phase is Phase.READING else 0
            self.phase, self.done, self.total = phase, before, before + total
            self._marks.clear()

    def advance(self, count: int = 1, current: Path | None = None) -> None:
        """So many files more are done; fewer than none: they are to be done again."""
        self.done += count
        if self.phase is Phase.READING:
            self._read += count
        self.current = current or self.current

    def progress(self, phase: Phase | None = None) -> Progress:
        """How it goes now. ``phase`` overrides (paused)."""
        now = time.monotonic()
        shown = phase or self.phase
        if shown is self._told.phase and now - self._told_at < INTERVAL:
            return self._told
        if shown is Phase.PAUSED:
            self._marks.clear()
        rate = self._rate(now)
        self._left = self._smoothed(rate, now)
        self._told = Progress(shown, self.done, self.total, rate, self._left, self.current, self.problems)
        self._told_at = now
        return self._told

    def _rate(self, now: float) -> float:
        if self._marks and self._marks[0][1] == self.done:  # nothing yet: the clock starts with the first file
            self._marks.clear()
        if not self._marks or self._marks[-1][1] != self.done:
            self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[1][0] > WINDOW and self.done - self._marks[1][1] >= SLOW_FILES:
            self._marks.popleft()
        began, done = self._marks[0]
        return max(0.0, (self.done - done) / (now - began)) if now > began else 0.0

    def _smoothed(self, rate: float, now: float) -> float | None:
        """Seconds left, None while nothing can be said: what was told before, less the time since, drawn to what the
        rate of now says."""
        began, done = self._marks[0]
        seconds, files = now - began, self.done - done
        telling = (seconds >= FIRST_SECONDS and files >= FIRST_FILES) or (
            seconds >= SLOW_SECONDS and files >= SLOW_FILES
        )
        if not telling or rate <= 0 or not self.total:
            return None
        estimate = (self.total - self.done) / rate
        if self._left is None:
            return estimate
        passed = now - self._told_at
        expected = max(0.0, self._left - passed)
        return estimate + (expected - estimate) * math.exp(-passed / SMOOTHING)
