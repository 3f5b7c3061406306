"""How long the last searches took, and each stage of them, kept across processes in one small file of the profile."""

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from desktop_app.domain.health import Durations
from desktop_app.files import replacing

KEPT: Final = 500
STAGES: Final = ("wait", "words", "read", "describe", "filter", "search", "rank", "rows")
"""In the order in which they run. ``search`` is all of the indexes; one of them is ``search SPACE``."""


@dataclass(frozen=True, slots=True)
class LoggedSearch:
    """One search: milliseconds in all and by stage."""

    total: float
    stages: Mapping[str, float] = field(default_factory=dict[str, float])


class SearchLog:
    """The newest searches, the newest last. Thread safe; a damaged file starts anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._searches = self._read()
        self._fresh = 0

    def add(
        self, seconds: float, stages: Mapping[str, float] | None = None, spaces: Mapping[str, float] | None = None
    ) -> None:
        """Note one search: all of it, its stages and its index searches by space, in seconds."""
        parts = {**(stages or {}), **{f"search {name}": spent for name, spent in (spaces or {}).items()}}
        noted = LoggedSearch(_milliseconds(seconds), {name: _milliseconds(spent) for name, spent in parts.items()})
        with self._lock:
            self._searches = [*self._searches, noted][-KEPT:]
            self._fresh += 1

    def durations(self) -> Durations:
        """Of whole searches."""
        with self._lock:
            return durations(search.total for search in self._searches)

    def stages(self) -> dict[str, Durations]:
        """Of each stage over the searches that had it, in the order in which they run."""
        with self._lock:
            searches = list(self._searches)
        values: dict[str, list[float]] = {}
        for search in searches:
            for name, spent in search.stages.items():
                values.setdefault(name, []).append(spent)
        return {name: durations(values[name]) for name in sorted(values, key=_place)}

    def save(self) -> None:
        """Write what is new; a figure is never worth an error."""
        with self._lock:
            if not self._fresh:
                return
            searches, self._fresh = self._searches, 0
        document = {"searches": [{"total": search.total, "stages": dict(search.stages)} for search in searches]}
        with contextlib.suppress(OSError), replacing(self._path, private=True, durable=False) as part:
            part.write_text(json.dumps(document), "utf-8")

    def _read(self) -> list[LoggedSearch]:
        try:
            return _logged(json.loads(self._path.read_text("utf-8")))[-KEPT:]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []


def durations(values: Iterable[float]) -> Durations:
    """Percentiles of milliseconds."""
    given = list(values)
    if not given:
        return Durations()
    p50, p95, p99 = (round(float(value), 2) for value in np.percentile(given, (50, 95, 99)))
    return Durations(len(given), p50, p95, p99)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _place(stage: str) -> tuple[int, str]:
    """Where a stage comes; one that is not known comes last."""
    first = stage.partition(" ")[0]
    return (STAGES.index(first) if first in STAGES else len(STAGES), stage)


def _logged(document: Mapping[str, Any]) -> list[LoggedSearch]:
    if "milliseconds" in document:  # as it was before stages were noted
        whole: Sequence[float] = document["milliseconds"]
        return [LoggedSearch(float(value)) for value in whole]
    return [
        LoggedSearch(float(each["total"]), {str(name): float(spent) for name, spent in each["stages"].items()})
        for each in document["searches"]
    ]
