"""How long the last searches took, kept across processes in one small file of the profile."""

import contextlib
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import TypedDict

import numpy as np

KEPT = 500


class Latency(TypedDict):
    """Of the last searches, in milliseconds; None before the first."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class SearchLog:
    """Durations of searches in milliseconds, the newest last. Thread safe; a damaged file starts anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._values = self._read()
        self._fresh = 0

    def add(self, seconds: float) -> None:
        """Note one search."""
        with self._lock:
            self._values = [*self._values, round(seconds * 1000, 3)][-KEPT:]
            self._fresh += 1

    def latency(self) -> Latency:
        """Percentiles of what is kept."""
        with self._lock:
            values = list(self._values)
        if not values:
            return Latency(count=0, p50_ms=None, p95_ms=None, p99_ms=None)
        p50, p95, p99 = (round(float(value), 2) for value in np.percentile(values, (50, 95, 99)))
        return Latency(count=len(values), p50_ms=p50, p95_ms=p95, p99_ms=p99)

    def save(self) -> None:
        """Write what is new; a figure is never worth an error."""
        with self._lock:
            if not self._fresh:
                return
            values, self._fresh = self._values, 0
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, suffix=".json")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"milliseconds": values}, file)
            Path(temporary).replace(self._path)

    def _read(self) -> list[float]:
        try:
            values = json.loads(self._path.read_text("utf-8"))["milliseconds"]
            return [float(value) for value in values][-KEPT:]
        except (OSError, ValueError, KeyError, TypeError):
            return []
