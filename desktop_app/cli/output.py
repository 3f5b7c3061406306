"""What the command line prints: JSON, tables, progress."""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from desktop_app.domain.progress import Phase, Progress

LINE_INTERVAL = 2.0
"""Seconds between two plain lines of progress."""
BAR_INTERVAL = 0.1
BAR_WIDTH = 24
WORDS = {
    Phase.PREPARING: "Preparing the search index",
    Phase.SCANNING: "Looking for files",
    Phase.READING: "Indexing",
    Phase.SAVING: "Saving",
    Phase.DOWNLOADING: "Fetching, in MB:",
    Phase.DESCRIBING: "Describing photos",
    Phase.IDLE_WORK: "Finishing",
    Phase.BACKING_UP: "Backing up",
    Phase.RESTORING: "Restoring",
    Phase.EXPORTING: "Exporting",
    Phase.IMPORTING: "Importing",
    Phase.CHECKING: "Checking",
    Phase.PAUSED: "Paused",
    Phase.IDLE: "Ready",
}


def as_json(document: Mapping[str, Any]) -> str:
    """One document. Names that are no text come out as lone surrogates, escaped; what is no number as null."""
    return json.dumps(_plain(document), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    if hasattr(value, "tolist"):  # an array, or one of its numbers
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    return str(value)


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Aligned columns; those in ``right`` stand to the right, the last one is never padded."""
    if not rows:
        return ""
    shown = [[cell.replace("\n", "⏎").replace("\r", "⏎") for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    lines: list[str] = []
    for row in shown:
        cells = [
            cell.rjust(widths[column]) if column in right else cell.ljust(widths[column])
            for column, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def percent(score: float) -> str:
    """0..1 as people read it."""
    return f"{round(score * 100)} %"


def length(seconds: float | None) -> str:
    """Minutes and seconds."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def bytes_text(count: float) -> str:
    """In the unit that fits."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def plural(count: int, noun: str) -> str:
    """ "3 photos", "2 entries"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


PATIENCE = 1.0
"""Seconds of waiting before anybody wants to know why."""


def patiently(show: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """``show`` only where it takes long: what is done at once needs no news on the way."""
    started = time.monotonic()

    def later(progress: Progress) -> None:
        if time.monotonic() - started > PATIENCE:
            show(progress)

    return later


class ProgressLine:
    """Progress on standard error: a bar on a terminal, else a plain line now and then, nothing if quiet."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._is_terminal = stream.isatty()
        self._told = -math.inf
        self._phase: Phase | None = None
        self._drawn = False

    def show(self, progress: Progress) -> None:
        """Draw or print, if it is time to."""
        if self._quiet or progress.phase is Phase.IDLE:
            return
        now = time.monotonic()
        wait = BAR_INTERVAL if self._is_terminal else LINE_INTERVAL
        if now - self._told < wait and (progress.phase is self._phase or not self._is_terminal):
            return
        self._told, self._phase = now, progress.phase
        text = _described(progress)
        if self._is_terminal:
            room = max(20, _columns() - 1)
            self._stream.write("\r\x1b[K" + f"{_bar(progress)}{text}"[:room])
            self._drawn = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def end(self) -> None:
        """Wipe the bar."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def _bar(progress: Progress) -> str:
    if progress.total <= 0:
        return ""
    filled = round(BAR_WIDTH * min(1.0, progress.done / progress.total))
    return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] "


def _described(progress: Progress) -> str:
    parts = [WORDS[progress.phase]]
    if progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,}")
    elif progress.done:
        parts.append(f"{progress.done:,}")
    text = " ".join(parts)
    if progress.rate > 0:  # less has been found than was thought: no rate to tell
        text += f", {progress.rate:.1f} a second"
    if progress.seconds_left is not None:
        text += f", {length(progress.seconds_left)} left"
    if progress.problems:
        text += f", {plural(progress.problems, 'problem')}"
    return text


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 80
