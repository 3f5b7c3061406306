"""From starting the process to what the user sees, with a large library, beside an empty window of the same toolkit."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.big_library import BigLibrary, big_library
from benchmarks.figures import Figure, Sizes, benchmark

EMPTY_WINDOW = """
import sys
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def event(self, event):
        if event.type() == QEvent.Type.Paint:
            sys.stderr.write("window painted\\n")
            sys.stderr.flush()
        return super().event(event)

application = QApplication([])
window = Window()
window.resize(1200, 800)
window.show()
application.exec()
"""
PATIENCE = 120.0
STEPS = ("window painted", "items painted", "similar answered")


@benchmark("start")
def start(sizes: Sizes) -> Iterator[Figure]:
    """A start with a large library: window, first page, first similar photos, beside an empty window"""
    library = big_library(sizes.workspace, sizes.items)
    photo = next(path for path in sorted(library.originals.glob("*/*"))[0].iterdir())
    compiled = sizes.workspace / "compiled"  # as an installed program has it: a checkout may be told to keep none
    rounds: dict[str, list[float]] = {step: [] for step in ("empty", *STEPS)}
    for number in range(sizes.rounds + 1):
        empty = seconds_until([sys.executable, "-c", EMPTY_WINDOW], ["window painted"], compiled)["window painted"]
        plain = seconds_until(akin(library), STEPS[:2], compiled)
        asked = seconds_until([*akin(library), str(photo)], STEPS[2:], compiled)
        if number:  # the first round fills the system's caches
            rounds["empty"].append(empty)
            for step, seconds in (plain | asked).items():
                rounds[step].append(seconds)
    middle = {step: statistics.median(values) for step, values in rounds.items()}
    beside = f"an empty window is painted after {middle['empty']:.2f} s"
    for step, name, most in zip(
        STEPS, ("window painted", "first page of photos painted", "first similar answer"), (0.6, None, 2.0), strict=True
    ):
        yield Figure(
            f"{name}, {sizes.items:,} items, more than an empty window",
            middle[step] - middle["empty"],
            "s",
            most=most,
            note=beside,
        )


def akin(library: BigLibrary) -> list[str]:
    """The command that opens the window."""
    return [sys.executable, "-m", "desktop_app", "--profile", str(library.profile.directory)]


def seconds_until(command: Sequence[str], steps: Sequence[str], compiled: Path) -> dict[str, float]:
    """Start a process and wait for the lines that end with each of the steps; it is then ended. ``compiled``: where
    Python keeps its compiled modules."""
    environment = {**os.environ, "AKIN_TIMINGS": "1", "QT_QPA_PLATFORM": "offscreen"}
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment, cwd=_checkout()
    )
    found: dict[str, float] = {}
    output: list[str] = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            output.append(line)
            for step in steps:
                if line.rstrip().endswith(step):
                    found.setdefault(step, time.monotonic() - began)
            if len(found) == len(steps):
                return found
            if time.monotonic() - began > PATIENCE:
                break
        raise RuntimeError(
            f"{command[:4]} ended, or said nothing, before it came to {steps}: {''.join(output)[-2000:]}"
        )
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _checkout() -> Path:
    return Path(__file__).resolve().parents[2]
