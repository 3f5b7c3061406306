"""The full-size viewer: keys, zoom at the cursor, prefetched neighbours."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.views.viewer import Viewer


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    for number in range(1, 8):
        made.add_photo(number)
    return made


@pytest.fixture
def viewer(qtbot: QtBot, engine: PanelEngine) -> Iterator[Viewer]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    thumbnails = Thumbnails(engine.thumbnail_path)
    made = Viewer(engine, thumbnails, window)
    window.show()
    yield made
    made.shut_down()
    thumbnails.shut_down()


def open_at(qtbot: QtBot, viewer: Viewer, index: int) -> None:
    viewer.open(np.arange(1, 8), index)
    qtbot.waitUntil(lambda: viewer.canvas.image is not None and viewer.canvas.image.width() == 800)


def test_fills_the_window_and_fits(qtbot: QtBot, viewer: Viewer) -> None:
    open_at(qtbot, viewer, 2)
    assert viewer.geometry() == viewer.parentWidget().rect()
    assert viewer.canvas.is_fitted
    assert viewer.bar.place.text() == "3 of 7"
    assert viewer.bar.title.whole == "IMG_0003.jpg"
    viewer.parentWidget().resize(800, 600)
    assert viewer.size() == viewer.parentWidget().size()
    assert viewer.canvas.scale == pytest.approx(800 / 4032, rel=0.1)


def test_arrows_go_on_and_stop_at_the_ends(qtbot: QtBot, viewer: Viewer) -> None:
    open_at(qtbot, viewer, 5)
    with qtbot.waitSignal(viewer.current_changed) as changed:
        qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert changed.args == [7]
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.current == 7
    assert not viewer.bar.next.isEnabled()
    qtbot.keyClick(viewer, Qt.Key.Key_Home)
    assert viewer.current == 1


def test_neighbours_are_fetched_ahead(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    open_at(qtbot, viewer, 2)
    qtbot.waitUntil(lambda: {3, 4, 2, 5} <= {item for item, _ in engine.asked("fetch_preview")})
    assert engine.asked("fetch_preview")[0][0] == 3
    count = len(engine.asked("fetch_preview"))
    qtbot.waitUntil(lambda: viewer._pictures.get(4) is not None)
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.canvas.image is not None, "there at once"
    qtbot.waitUntil(lambda: len(engine.asked("fetch_preview")) > count)


def test_zoom_keeps_the_point_under_the_cursor(qtbot: QtBot, viewer: Viewer) -> None:
    open_at(qtbot, viewer, 2)
    canvas = viewer.canvas
    at = QPointF(canvas.width() * 0.4, canvas.height() * 0.6)

    def share() -> tuple[float, float]:
        target = canvas._target()
        return (at.x() - target.left()) / target.width(), (at.y() - target.top()) / target.height()

    for _ in range(6):
        canvas.zoom(1, at)
    before = share()
    wheel = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    assert share() == pytest.approx(before, abs=1e-6)
    assert not canvas.is_fitted
    place = canvas._centre.x()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    qtbot.mouseMove(canvas, QPoint(380, 300))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(380, 300))
    assert canvas._centre.x() > place
    canvas.zoom(-40)
    assert canvas.is_fitted


def test_actual_size_asks_for_all_pixels(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    open_at(qtbot, viewer, 2)
    qtbot.keyClick(viewer, Qt.Key.Key_Z)
    assert viewer.canvas.scale == 1.0
    assert viewer.bar.scale.text() == "100\u00a0%"
    assert engine.asked("fetch_preview")[-1] == (3, 100_000)
    qtbot.keyClick(viewer, Qt.Key.Key_F)
    assert viewer.canvas.is_fitted


def test_rates_informs_and_closes_by_key(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    open_at(qtbot, viewer, 2)
    qtbot.keyClick(viewer, Qt.Key.Key_5)
    assert engine.asked("rate") == [([3], 5)]
    qtbot.keyClick(viewer, Qt.Key.Key_I)
    assert viewer.information.isVisible()
    assert any("f/2.8" in text for text in viewer.information.texts)
    with qtbot.waitSignal(viewer.closed):
        qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert not viewer.isVisible()
    viewer.open(np.arange(1, 8), 0)
    qtbot.keyClick(viewer, Qt.Key.Key_Space)
    assert not viewer.isVisible()


def test_a_missing_picture_says_so(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    engine.add_photo(3, state=State.MISSING)
    viewer.open(np.arange(1, 8), 2)
    qtbot.waitUntil(lambda: "no longer" in viewer._sentence.text())
    assert 3 not in {item for item, _ in engine.asked("fetch_preview")}
    viewer._pictures.failed.emit(3, "There is no file IMG_0003.jpg.")  # asked for as a neighbour, before it was known
    assert "no longer" in viewer._sentence.text()
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.current == 4 and viewer._sentence.isHidden()


def test_a_photo_whose_drive_is_back_is_shown_by_itself(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    there = engine.details[3]
    engine.details[3] = replace(there, row=replace(there.row, state=State.OFFLINE))
    viewer.open(np.array([3]), 0)
    qtbot.waitUntil(lambda: "can’t be reached" in viewer._sentence.text())
    asked = len(engine.asked("fetch_preview"))
    engine.details[3] = there
    engine.items_changed.emit(ChangeSet(membership=True))
    qtbot.waitUntil(lambda: viewer._sentence.isHidden())
    qtbot.waitUntil(lambda: len(engine.asked("fetch_preview")) > asked)


def test_an_unreadable_picture_says_why(qtbot: QtBot, viewer: Viewer, engine: PanelEngine) -> None:
    viewer.open(np.array([4]), 0)
    qtbot.waitUntil(lambda: viewer.bar.title.whole != "")
    engine.fail_next = "This file is damaged."
    qtbot.waitUntil(lambda: viewer._sentence.text() == "This file is damaged.")
    with qtbot.waitSignal(engine.detail_ready):
        engine.items_changed.emit(ChangeSet(items=frozenset({ItemId(4)})))  # as a rating does
    assert viewer._sentence.isVisible() and viewer._sentence.text() == "This file is damaged."
