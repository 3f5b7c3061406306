"""The grid at a million items, beside Qt's own icon view."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QListView, QWidget

from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.grid_source import PICTURES, GridSource, months

if TYPE_CHECKING:
    from desktop_app.ui.models.thumbnails import Thumbnails
    from desktop_app.ui.views.browser import Browser

MILLION = 1_000_000
WINDOW = QSize(1200, 800)
FRAMES = 300
PLACES = 50  # that are jumped to: their rows stay in memory
PATIENCE = 10.0  # seconds


@benchmark("grid")
def run(sizes: Sizes) -> Iterator[Figure]:
    """A million items: first paint, frames while scrolling, jumping and zooming, resizing, selecting all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop_app.app import make_application
    from desktop_app.ui.models.thumbnails import Thumbnails
    from desktop_app.ui.theme import theme
    from desktop_app.ui.views.browser import Browser

    make_application()
    theme().apply("light")
    source = GridSource(sizes.workspace / "grid")
    thumbnails = Thumbnails(source.thumbnail_path)
    browser = Browser(source, thumbnails)  # type: ignore[arg-type]
    browser.resize(WINDOW)
    browser.show()
    settle()
    bench = GridBench(browser, thumbnails, Frames(browser.grid.viewport()))
    try:
        yield from bench.first_paint(sizes)
        yield from bench.frames()
        yield from bench.large_changes()
    finally:
        browser.close()
        thumbnails.shut_down()
        browser.deleteLater()
        settle()


class Frames(QObject):
    """Counts what a widget paints, and times what is done until it has painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._painted = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self._painted += event.type() == QEvent.Type.Paint
        return False

    def timed(self, action: Callable[[], object]) -> float:
        """Seconds from the beginning of ``action`` until its frame is painted; 0 where nothing had to be."""
        before, started = self._painted, time.perf_counter()
        action()
        while self._painted == before and time.perf_counter() - started < PATIENCE:
            QApplication.processEvents()
        return time.perf_counter() - started


class GridBench:
    """One browser with its figures."""

    def __init__(self, browser: "Browser", thumbnails: "Thumbnails", frames: Frames) -> None:
        self.browser = browser
        self.thumbnails = thumbnails
        self.grid = browser.grid
        self.paints = frames
        self.ids = np.arange(1, MILLION + 1, dtype=np.int64)
        self.sections = months(MILLION)

    def list_all(self, *, headed: bool = False) -> None:
        """All items from the top."""
        self.browser.show_ids(self.ids, self.sections if headed else (), family="photos", as_list=False)

    def first_paint(self, sizes: Sizes) -> Iterator[Figure]:
        """After the model is set; Qt's view with fewer items where the run is a quick one."""
        took = []
        for _ in range(sizes.rounds):
            self.browser.show_ids(self.ids[:0], family="photos", as_list=False)
            settle()
            took.append(self.paints.timed(self.list_all))
        qt_first, qt_resize = of_qt(sizes.items)
        name = f"QListView, {sizes.items:,} items"
        yield Figure("first paint, 1,000,000 items", median(took), "ms", qt_first, name, most=150)
        yield from self.resized(qt_resize, name)
        headed = [self.paints.timed(lambda: self.list_all(headed=True)) for _ in range(sizes.rounds)]
        yield Figure("first paint, 1,000,000 items in months", median(headed), "ms", most=150)

    def resized(self, reference: float, name: str) -> Iterator[Figure]:
        """The window's width changes, as when its edge is dragged."""
        self.load_pictures()
        widths = [*range(WINDOW.width() - 3, WINDOW.width() - 180, -3), *range(WINDOW.width() - 160, WINDOW.width(), 2)]
        took = [self.paints.timed(lambda w=width: self.browser.resize(w, WINDOW.height())) for width in widths]  # type: ignore[misc]
        self.browser.resize(WINDOW)
        settle()
        yield Figure("resize, p99", p99(took), "ms", reference, name, most=30)

    def frames(self) -> Iterator[Figure]:
        """Frames with all thumbnails in memory."""
        self.list_all(headed=True)
        self.load_pictures()
        bar = self.grid.verticalScrollBar()
        made = np.random.default_rng(1)
        scrolled = [self.paints.timed(lambda: bar.setValue(bar.value() + 40)) for _ in range(FRAMES)]
        yield Figure("frame while scrolling, p99", p99(scrolled), "ms", most=16, note=f"median {median(scrolled):.1f}")
        self.warm(places := made.integers(1, bar.maximum(), PLACES).tolist() * (FRAMES // PLACES))
        jumped = [self.paints.timed(lambda p=place: bar.setValue(p)) for place in places]  # type: ignore[misc]
        yield Figure(
            "frame after a jump to anywhere, p99", p99(jumped), "ms", most=16, note=f"median {median(jumped):.1f}"
        )
        sides = [*range(140, 80, -3), *range(80, 320, 6), *range(320, 140, -6)]
        for side in sides[::6]:
            self.grid.set_side(side)
            self.load_pictures()
        zoomed = [self.paints.timed(lambda s=side: self.grid.set_side(s)) for side in sides]  # type: ignore[misc]
        yield Figure("frame while zooming, p99", p99(zoomed), "ms", most=16, note=f"median {median(zoomed):.1f}")
        self.grid.set_side(140)
        self.browser.resize(2560, 1400)
        self.load_pictures()
        self.warm(places := [place % bar.maximum() for place in places])
        jumped = [self.paints.timed(lambda p=place: bar.setValue(p)) for place in places]  # type: ignore[misc]
        cells = self.grid.visible_positions() or (0, 0)
        told = f"median {median(jumped):.1f}, {cells[1] - cells[0] + 1} cells"
        yield Figure("frame after a jump, window of 2560 × 1400, p99", p99(jumped), "ms", most=16, note=told)
        self.browser.resize(WINDOW)
        settle()

    def large_changes(self) -> Iterator[Figure]:
        """What touches every item."""
        self.list_all(headed=True)
        self.load_pictures()
        took, other = [], []
        for _ in range(5):
            self.grid.selectionModel().clearSelection()
            settle()
            took.append(self.paints.timed(self.grid.selectAll))
            other.append(self.paints.timed(lambda: self.browser.relist(self.ids[1:], months(MILLION - 1))))
            self.list_all(headed=True)
            settle()
        yield Figure("select all of 1,000,000, painted", median(took), "ms", most=16)
        yield Figure("listing refreshed with all selected, painted", median(other), "ms", most=150)

    def warm(self, places: Sequence[int]) -> None:
        """Have the rows of places in memory."""
        for place in places[:PLACES]:
            self.grid.verticalScrollBar().setValue(place)
            settle()

    def load_pictures(self) -> None:
        """Have all thumbnails at the present size in memory."""
        bar = self.grid.verticalScrollBar()
        seen, end = 0, time.perf_counter() + PATIENCE
        while seen < PICTURES and time.perf_counter() < end:
            self.browser.update()
            while self.grid._resting.isActive() or self.thumbnails.is_busy:
                QApplication.processEvents()
            cells = self.grid.visible_positions() or (0, 0)
            seen += cells[1] - cells[0] + 1
            bar.setValue(bar.value() + bar.pageStep())
            settle()
        settle()


class _Icons(QAbstractListModel):
    """Qt's side: the same number of items, one icon for all."""

    def __init__(self, count: int) -> None:
        super().__init__()
        pixmap = QPixmap(128, 96)
        pixmap.fill(Qt.GlobalColor.darkCyan)
        self._icon = QIcon(pixmap)
        self._count = count

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # type: ignore[override]  # noqa: B008
        return 0 if parent.isValid() else self._count

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon
        return str(index.row()) if role == Qt.ItemDataRole.DisplayRole else None


def of_qt(count: int) -> tuple[float, float]:
    """ms of first paint and of one resize of a QListView in icon mode with uniform items."""
    view = QListView()
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setUniformItemSizes(True)
    view.setIconSize(QSize(128, 96))
    view.setGridSize(QSize(144, 128))
    view.resize(WINDOW)
    view.show()
    settle()
    paints = Frames(view.viewport())
    model = _Icons(count)
    first = paints.timed(lambda: view.setModel(model))
    settle()
    resize = paints.timed(lambda: view.resize(WINDOW.width() - 80, WINDOW.height()))
    view.close()
    view.deleteLater()
    settle()
    return first * 1000, resize * 1000


def settle() -> None:
    """Until the event loop has nothing more to do at once."""
    for _ in range(5):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def median(seconds: Sequence[float]) -> float:
    """In ms."""
    return float(np.median(seconds)) * 1000


def p99(seconds: Sequence[float]) -> float:
    """In ms."""
    return float(np.percentile(seconds, 99)) * 1000
