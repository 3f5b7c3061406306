"""A window that nothing happens in sleeps: no timer fires more than twice a second."""

from collections import Counter
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Scope
from desktop_app.domain.kinds import ScopeKind
from desktop_app.gui_collector import GuiCollector

SECONDS = 4
MOST = 2 * SECONDS


class TimerCount(QObject):
    """Counts the timer events that anything in the application gets."""

    def __init__(self) -> None:
        super().__init__()
        self.fired: Counter[str] = Counter()
        self._application = QApplication.instance()
        assert self._application is not None
        self._application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Timer:
            owner = watched.parent() if isinstance(watched, QTimer) else watched
            self.fired[f"{type(watched).__name__} of {type(owner).__name__} {watched.objectName()}"] += 1
        return False

    def stop(self) -> None:
        """Count no more."""
        assert self._application is not None
        self._application.removeEventFilter(self)


def counted(qtbot: QtBot) -> Counter[str]:
    """What fires while nobody does anything."""
    count = TimerCount()
    qtbot.wait(1000 * SECONDS)
    count.stop()
    return count.fired


def test_a_busy_timer_would_be_found(qtbot: QtBot) -> None:
    busy = QTimer(interval=50)
    busy.start()
    fired = counted(qtbot)
    busy.stop()
    assert sum(fired.values()) > MOST


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_small_library(tmp_path_factory.mktemp("idle"))[1]


@pytest.mark.parametrize("place", [ScopeKind.PHOTOS, ScopeKind.TRACKS])
def test_the_window_sleeps_when_nothing_happens(qtbot: QtBot, indexed: Path, tmp_path: Path, place: ScopeKind) -> None:
    profile = copied_profile(indexed, tmp_path / "copy")
    with opened_window(qtbot, profile) as window:
        collector = GuiCollector(window)
        try:
            window.control.open_scope(Scope(place, "", "All"))
            qtbot.waitUntil(lambda: bool(window.control.count), timeout=PATIENCE)
            window.browser.grid.set_current(0)
            qtbot.wait(2500)  # what follows a selection
            fired = counted(qtbot)
        finally:
            collector.close()
    assert sum(fired.values()) <= MOST, fired
