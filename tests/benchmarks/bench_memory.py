"""What the window's process keeps in memory at a large library, and whether that grows."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QTimer

from benchmarks.big_library import big_library
from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.opened_window import opened_window, wait
from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import SimilarRequest

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

ROUNDS = 20
SEARCHES = 10
"""Of a round, half in words and half by similarity."""
STEPS = 150
"""Frames from one end of the grid to the other, in each of which some rows and thumbnails are read."""
FRAME_MS = 16
WORDS = ("family", "camera:canon", "rating:>=3", "year:2019", "garden best", "iso:>800", "lens:85mm", "birds", "night")
SETTLED = 10
"""Rounds after which the caches are full: thumbnails after two, the catalogue's blocks after five."""
AVERAGED = 3
"""Rounds at either end of those ten, of which the middle one counts: what is free at a moment differs by 20 MB."""
MOST_GB = 1.2
MOST_GROWTH_MB = 20
MB = 1e6


@benchmark("memory")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Memory of the window's process after scrolling from end to end and a hundred searches, over twenty rounds."""
    library = big_library(sizes.workspace, sizes.items)
    profile = library.copy(sizes.workspace / "memory-profile")
    with opened_window(profile) as (_client, window):
        user = User(window)
        resident = [private(profile.index_dir)]
        for number in range(ROUNDS):
            user.scroll()
            user.search(number)
            wait(None, 2)
            resident.append(private(profile.index_dir))
        told = ", ".join(f"{value / MB:.0f}" for value in resident)
        size = f"{sizes.items:,} items"
        yield Figure(
            f"resident without the mapped index, {size}", max(resident) / 1e9, "GB", most=MOST_GB,
            note=f"MB at the start and after each round: {told}; mapped index {mapped(profile.index_dir) / MB:.0f}",
        )  # fmt: skip
        growth = median(resident[-AVERAGED:]) - median(resident[SETTLED + 1 - AVERAGED : SETTLED + 1])
        yield Figure(f"growth from round {SETTLED} to {ROUNDS}, {size}", growth / MB, "MB", most=MOST_GROWTH_MB)
    shutil.rmtree(profile.directory)


class User:
    """Scrolls and searches as quickly as the window follows."""

    def __init__(self, window: "MainWindow") -> None:
        self._control, self._grid, self._model = window.control, window.browser.grid, window.browser.model

    def scroll(self) -> None:
        """From one end of everything to the other, in steps a frame apart."""
        self._control.search("")
        wait(lambda: bool(self._control.count), 60)
        bar = self._grid.verticalScrollBar()
        for step in range(STEPS + 1):
            bar.setValue(round(bar.maximum() * step / STEPS))
            frame()
        wait(None, 1)

    def search(self, number: int) -> None:
        """Each as soon as the one before is answered."""
        for at in range(0, SEARCHES, 2):
            self._control.search(WORDS[(number + at) % len(WORDS)])
            wait(None, 0.7)
            ids = self._model.ids
            if len(ids):
                place = (number * 997 + at * 131) % len(ids)
                self._control.find_similar(SimilarRequest(items=(ItemId(int(ids[place])),)))
                wait(None, 0.7)


def frame() -> None:
    """Let the window paint once, and what it asked for come."""
    from PySide6.QtCore import QEventLoop

    loop = QEventLoop()
    QTimer.singleShot(FRAME_MS, loop.quit)
    loop.exec()


def private(index: Path) -> int:
    """Bytes resident in this process but for the files of the index."""
    return int(psutil.Process().memory_info().rss) - mapped(index)


def mapped(index: Path) -> int:
    """Bytes of the index's files that are resident; 0 where the system doesn't tell."""
    if sys.platform != "linux":
        return 0
    total, inside = 0, False
    with Path("/proc/self/smaps").open(encoding="utf-8") as lines:
        for line in lines:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                inside = str(index) in line
            elif inside and line.startswith("Rss:"):
                total += int(line.split()[1]) * 1024
    return total
