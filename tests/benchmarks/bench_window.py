"""How late the window's event loop is while everything goes on at once."""

import shutil
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks.big_library import big_library
from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.media_files import small_photos
from benchmarks.opened_window import opened_window, wait

if TYPE_CHECKING:
    from desktop_app.domain.progress import Progress
    from desktop_app.engine.api import EngineClient
    from desktop_app.ui.main_window import MainWindow

TICK_MS = 5
IDLE_SECONDS = 10.0
FILES_PER_SECOND = 300  # more than this machine indexes
SEARCHES = ("family", "camera:canon", "rating:>=3", "year:2019", "garden best", "")


@benchmark("window")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Delay of the window's event loop: idle, and while indexing, searching and scrolling at once."""
    seconds = float(sizes.seconds)
    library = big_library(sizes.workspace, sizes.items)
    files = small_photos(sizes.workspace, round(sizes.rounds * seconds * FILES_PER_SECOND))
    profile = library.copy(sizes.workspace / "window-profile")
    with opened_window(profile) as (client, window):
        yield from WindowBench(client, window, files).figures(sizes, seconds)
    shutil.rmtree(profile.directory)


class Lateness(QObject):
    """How many ms later than it should a timer of 5 ms fires, while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self._late.append(max(0.0, (now - self._last) * 1000 - TICK_MS))
        self._last = now

    def over(self, seconds: float) -> NDArray[np.float64]:
        """Let the event loop run that long."""
        self._late, self._last = [], time.perf_counter()
        self._timer.start()
        wait(None, seconds)
        self._timer.stop()
        return np.array(self._late)


class WindowBench:
    """The window with what is done to it."""

    def __init__(self, client: "EngineClient", window: "MainWindow", files: Path) -> None:
        self.client, self.window, self.files = client, window, files
        self.finished = False
        self.read = 0  # files, over all passes of a run
        self._of_pass = 0
        client.run_finished.connect(self._on_finished)
        client.progress_changed.connect(self._on_progress)
        self._searches = cycle(SEARCHES)

    def _on_finished(self, _report: object) -> None:
        self.finished = True

    def _on_progress(self, progress: "Progress") -> None:
        if progress.phase.value == "reading":
            before = self._of_pass if progress.done >= self._of_pass else 0
            self.read, self._of_pass = self.read + progress.done - before, progress.done

    def figures(self, sizes: Sizes, seconds: float) -> Iterator[Figure]:
        """Idle first, then busy."""
        late = Lateness()
        idle = [late.over(min(seconds, IDLE_SECONDS)) for _ in range(sizes.rounds)]
        self.finished, self.read, self._of_pass = False, 0, 0
        self.window.arrivals.add_folders([self.files])
        wait(lambda: self.read > 0, 600)  # the workers have started
        busy: list[NDArray[np.float64]] = []
        indexed: list[int] = []
        for _ in range(sizes.rounds):
            before = self.read
            busy.append(self.busy_round(late, seconds))
            indexed.append(self.read - before)
        if self.finished:
            raise RuntimeError(f"All {self.read:,} files were indexed before the last round was over: it needs more.")
        told = f"{sizes.rounds} × {seconds:.0f} s, {sizes.items:,} items, files indexed meanwhile: {indexed}"
        for name, of, most in (("p99", lambda each: np.percentile(each, 99), 16), ("at most", np.max, 100)):
            value, reference = (float(np.median([of(each) for each in rounds])) for rounds in (busy, idle))
            yield Figure(f"event loop's delay while busy, {name}", value, "ms", reference, "idle", most=most, note=told)
        self.client.cancel_indexing()

    def busy_round(self, late: Lateness, seconds: float) -> NDArray[np.float64]:
        """Scroll with each frame, search in words every second, by similarity every five."""
        control, grid = self.window.control, self.window.browser.grid
        scroll = QTimer(interval=16, timerType=Qt.TimerType.PreciseTimer)
        scroll.timeout.connect(lambda: scrolled(grid.verticalScrollBar()))
        words = QTimer(interval=1000)
        words.timeout.connect(lambda: control.search(next(self._searches)))
        alike = QTimer(interval=5300)
        alike.timeout.connect(lambda: self._find_similar())
        timers = (scroll, words, alike)
        for timer in timers:
            timer.start()
        found = late.over(seconds)
        for timer in timers:
            timer.stop()
        return found

    def _find_similar(self) -> None:
        from desktop_app.domain.ids import ItemId
        from desktop_app.domain.search import SimilarRequest

        ids = self.window.browser.model.ids
        if len(ids):
            self.window.control.find_similar(SimilarRequest(items=(ItemId(int(ids[len(ids) // 2])),)))


def scrolled(bar: object) -> None:
    """A step of the wheel, from the top again at the end."""
    value, most = bar.value(), bar.maximum()  # type: ignore[attr-defined]
    bar.setValue(value + 40 if value < most else 0)  # type: ignore[attr-defined]
