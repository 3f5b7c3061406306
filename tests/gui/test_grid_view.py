"""The grid: geometry that is arithmetic, selection as ranges, keys, a million items."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Section
from desktop_app.domain.changes import ChangeSet
from desktop_app.ui.models.columns import RATING
from desktop_app.ui.models.item_model import PAGE, ItemModel
from desktop_app.ui.models.selection import count, ranges_of, selected_ranges
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import tokens
from desktop_app.ui.views.grid import GridView
from desktop_app.ui.views.grid_cells import INSET, STAR, STRIP
from desktop_app.ui.views.grid_geometry import GAP, HEADING, MARGIN, GridGeometry
from desktop_app.ui.views.table import TableView

MILLION = 1_000_000


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    for number in range(1, 301):
        made.add_photo(number)
    return made


@pytest.fixture
def thumbnails(qtbot: QtBot, engine: PanelEngine) -> Iterator[Thumbnails]:
    made = Thumbnails(engine.thumbnail_path)
    yield made
    made.shut_down()


@pytest.fixture
def model(engine: PanelEngine) -> ItemModel:
    return ItemModel(engine)


@pytest.fixture
def grid(qtbot: QtBot, model: ItemModel, thumbnails: Thumbnails) -> GridView:
    made = GridView(model, thumbnails)
    qtbot.addWidget(made)
    made.resize(820, 600)
    made.show()
    return made


def show(model: ItemModel, number: int, sections: tuple[Section, ...] = ()) -> None:
    model.show(np.arange(1, number + 1, dtype=np.int64), sections)


def test_cells_larger_than_the_view_are_as_wide_as_it() -> None:
    geometry = GridGeometry(3, [], width=200, side=320, caption=20)
    assert geometry.columns == 1 and geometry.side == 200 - 2 * MARGIN


def test_each_cell_is_found_again_where_it_lies() -> None:
    sections = (Section("a", 0, 7), Section("b", 7, 1), Section("c", 8, 20))
    cells = GridGeometry(28, sections, 700, 150, 22)
    for position in range(28):
        x, y, width, height = cells.rect(position)
        assert cells.position_at(x + width / 2, y + height / 2) == position
        assert x >= MARGIN and x + width <= 700 - MARGIN + 1
    assert cells.position_at(2, 2) is None
    seen = [p for run in cells.runs(0, cells.height) for p in range(run.first, run.last + 1)]
    assert seen == list(range(28))


def test_rows_step_over_sections_in_the_same_column() -> None:
    cells = GridGeometry(28, (Section("a", 0, 7), Section("b", 7, 1), Section("c", 8, 20)), 640, 150, 22)
    assert cells.columns == 4
    assert cells.step(1, 1) == 5
    assert cells.step(2, 1) == 6
    assert cells.step(3, 1) == 6  # the second row has three
    assert cells.step(6, 1) == 7
    assert cells.step(7, 1) == 8
    assert cells.step(8, -1) == 7
    assert cells.step(5, -1) == 1
    assert cells.step(27, 5) == 27


def test_a_band_takes_the_cells_that_it_touches() -> None:
    cells = GridGeometry(40, (), 640, 150, 22)
    assert cells.in_band(0, 0, 640, cells.height) == [(0, 3), (4, 7), *[(n, n + 3) for n in range(8, 40, 4)]]
    x, y, width, _ = cells.rect(5)
    assert cells.in_band(x + 5, y + 5, x + width + GAP + 10, y + 10) == [(5, 6)]


def test_empty_and_narrow_never_fail() -> None:
    assert GridGeometry(0, (), 0, 80, 22).position_at(5, 5) is None
    one = GridGeometry(3, (), 10, 320, 22)
    assert one.columns == 1 and one.rect(2)[1] > one.rect(1)[1]


def test_a_million_items_cost_what_is_seen(qtbot: QtBot, model: ItemModel, grid: GridView, engine: PanelEngine) -> None:
    years = tuple(Section(str(n), n * 1000, 1000) for n in range(1000))
    show(model, MILLION, years)
    grid.grab()
    qtbot.waitUntil(lambda: bool(engine.asked("fetch_rows")))
    asked = sum(len(call[0]) for call in engine.asked("fetch_rows"))
    assert asked < 8 * PAGE
    assert len(model.known_rows()) <= asked
    grid.resize(1100, 700)
    grid.set_side(120)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    seen = grid.visible_positions()
    assert seen is not None and seen[1] == MILLION - 1
    assert sys.getsizeof(grid.cells) < 1000


def test_selecting_a_million_is_one_range(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, MILLION)
    began = time.perf_counter()
    grid.selectAll()
    assert selected_ranges(grid.selectionModel()) == [(0, MILLION - 1)]
    assert grid.selectionModel().selection().count() == 1
    assert count(selected_ranges(grid.selectionModel())) == MILLION
    assert len(model.ids_at(selected_ranges(grid.selectionModel()))) == MILLION
    assert time.perf_counter() - began < 5  # a million indexes would take far longer


def test_ranges_of_scattered_positions() -> None:
    assert ranges_of(np.array([0, 1, 2, 7, 9, 10])) == [(0, 2), (7, 7), (9, 10)]
    assert ranges_of(np.zeros(0, np.int64)) == []


def test_click_control_click_and_shift_click(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 40)
    qtbot.waitUntil(lambda: len(model.known_rows()) >= 10)

    def click(position: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        centre = grid.visualRect(model.index(position, 0)).center() - QPoint(0, 20)
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifier, centre)

    click(1)
    assert selected_ranges(grid.selectionModel()) == [(1, 1)]
    click(3, Qt.KeyboardModifier.ControlModifier)
    assert selected_ranges(grid.selectionModel()) == [(1, 1), (3, 3)]
    click(6, Qt.KeyboardModifier.ShiftModifier)
    assert selected_ranges(grid.selectionModel()) == [(3, 6)]
    click(4)
    assert selected_ranges(grid.selectionModel()) == [(4, 4)]


def test_the_rubber_band_selects(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 40)
    view = grid.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    second = grid.visualRect(model.index(grid.cells.columns + 1, 0))
    qtbot.mousePress(view, left, none, QPoint(3, 3))
    qtbot.mouseMove(view, QPoint(100, 60))
    qtbot.mouseMove(view, second.center())
    columns = grid.cells.columns
    assert selected_ranges(grid.selectionModel()) == [(0, 1), (columns, columns + 1)]
    qtbot.mouseRelease(view, left, none, second.center())


def test_keys_move_extend_and_open(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 200)
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.currentIndex().row() == 0
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 1 + grid.cells.columns
    qtbot.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert selected_ranges(grid.selectionModel()) == [(1 + grid.cells.columns, 1 + 2 * grid.cells.columns)]
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.currentIndex().row() == 199
    assert grid.visualRect(grid.currentIndex()).bottom() <= grid.viewport().height()
    qtbot.keyClick(grid, Qt.Key.Key_PageUp)
    assert grid.currentIndex().row() < 199
    with qtbot.waitSignal(grid.opened):
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    with qtbot.waitSignal(grid.looked_into):
        qtbot.keyClick(grid, Qt.Key.Key_Space)
    qtbot.keyClick(grid, Qt.Key.Key_Escape)
    assert not grid.selectionModel().hasSelection()


def test_type_ahead_goes_to_a_title(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 60)
    model.want(0, 59)
    qtbot.waitUntil(lambda: len(model.known_rows()) == 60)
    qtbot.keyClicks(grid, "img_0042")
    assert grid.currentIndex().row() == 41


def test_control_and_wheel_zoom(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 200)
    before = grid.side
    event = QWheelEvent(
        QPoint(50, 50), grid.mapToGlobal(QPoint(50, 50)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    with qtbot.waitSignal(grid.side_changed):
        QApplication.sendEvent(grid.viewport(), event)
    assert grid.side > before


@pytest.mark.parametrize("sections", [(), (Section("June 2024", 0, 100), Section("May 2024", 100, 100))])
@pytest.mark.parametrize("position", [0, 90, 101, 199])
def test_what_is_current_is_wholly_in_view_after_each_zoom(
    model: ItemModel, grid: GridView, position: int, sections: tuple[Section, ...]
) -> None:
    show(model, 200, sections)
    grid.set_current(position)
    grid.scrollTo(grid.currentIndex())
    for side in (168, 202, 242, 290, 320, 240, 180, 120, 80, 200):
        grid.set_side(side)
        top = HEADING if sections else 0
        cell = grid.visualRect(grid.currentIndex())
        assert top <= cell.top() and cell.bottom() < grid.viewport().height(), side


def test_while_the_window_is_resized_no_picture_is_made_for_a_size_of_a_moment(
    qtbot: QtBot, model: ItemModel, grid: GridView, thumbnails: Thumbnails, engine: PanelEngine
) -> None:
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    for detail in list(engine.details.values())[:20]:
        path = engine.thumbnail_path(str(detail.row.content_hash))
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(str(path), "jpg")
    with qtbot.waitSignal(thumbnails.loaded):
        show(model, 20)
    qtbot.waitUntil(lambda: grid.grab() is not None and not thumbnails.is_busy)
    side = grid.cells.side
    with qtbot.waitSignal(thumbnails.loaded):  # at the end
        for width in range(810, 780, -10):
            grid.resize(width, 600)
            grid.grab()
            assert grid.cells.side != side and not thumbnails.is_busy


def test_headings_stick_and_are_not_cells(qtbot: QtBot, model: ItemModel, grid: GridView) -> None:
    show(model, 200, (Section("June 2024", 0, 100), Section("May 2024", 100, 100)))
    grid.verticalScrollBar().setValue(300)
    assert grid.position_at(QPoint(60, HEADING // 2)) is None
    assert not grid.grab().isNull()


def test_changed_rows_are_fetched_again_and_shown_stale_until_then(
    qtbot: QtBot, model: ItemModel, grid: GridView, engine: PanelEngine
) -> None:
    show(model, 20)
    grid.grab()
    qtbot.waitUntil(lambda: model.known_row(5) is not None)
    asked = len(engine.asked("fetch_rows"))
    engine.items_changed.emit(ChangeSet(items=frozenset({5, 999})))
    assert model.known_row(5) is not None
    assert model.row_at(4) is not None  # stale, and asked for again
    qtbot.waitUntil(lambda: len(engine.asked("fetch_rows")) > asked)
    assert list(engine.asked("fetch_rows")[-1][0]) == [5]


def test_the_table_shares_model_and_selection(
    qtbot: QtBot, model: ItemModel, grid: GridView, thumbnails: Thumbnails
) -> None:
    show(model, 50)
    table = TableView(model, thumbnails)
    qtbot.addWidget(table)
    table.use_model(True)
    table.setSelectionModel(grid.selectionModel())
    table.resize(700, 400)
    table.show()
    table.default_widths()
    table.selectRow(3)
    assert selected_ranges(grid.selectionModel()) == [(3, 3)]
    grid.select_ranges([(5, 9)], QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert {index.row() for index in table.selectionModel().selectedRows()} == {5, 6, 7, 8, 9}
    with qtbot.waitSignal(table.sort_requested):
        header = table.horizontalHeader()
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert not table.grab().isNull()
    table.use_model(False)
    assert table.model() is None


def test_a_heading_tells_the_whole_path_where_it_stands(
    qtbot: QtBot, model: ItemModel, grid: GridView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its own place, and where it sticks to the upper edge; not above the cells."""
    show(model, 200, (Section("2019", 0, 100, "/photos/2019"), Section("2020", 100, 100, "/photos/2020")))
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_more: told.append(text))
    for scrolled, y in ((0, 10), (300, 10), (0, HEADING + 30)):
        grid.verticalScrollBar().setValue(scrolled)
        place = QPoint(60, y)
        event = QHelpEvent(QEvent.Type.ToolTip, place, grid.viewport().mapToGlobal(place))
        assert (grid.heading_at(y) is not None) == (y < HEADING)
        if y < HEADING:
            QApplication.sendEvent(grid.viewport(), event)
    assert len(told) == 2
    assert all("/photos/2019" in text for text in told)


def test_stars_are_given_by_a_click_only_to_what_is_selected(
    qtbot: QtBot, model: ItemModel, grid: GridView, engine: PanelEngine
) -> None:
    """A click at the foot of another tile means that tile, not the fourth star."""
    show(model, 40)
    qtbot.waitUntil(lambda: len(model.known_rows()) >= 10)
    given: list[tuple[int, int]] = []
    opened: list[int] = []
    grid.star_clicked.connect(lambda position, stars: given.append((position, stars)))
    grid.opened.connect(opened.append)
    for captions in (False, True):
        grid.set_captions(captions)
        grid.set_current(5)
        cell = grid.visualRect(model.index(1, 0))
        dots = QPoint(cell.left() + INSET + STAR * 4 + 4, cell.bottom() - STRIP // 2)
        qtbot.mouseMove(grid.viewport(), dots)
        grid._hover(1)
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=dots)
        assert given == [] and selected_ranges(grid.selectionModel()) == [(1, 1)]
        qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=dots)
        assert given == [] and opened == [1]
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=dots)
        assert given == [(1, 5)] and selected_ranges(grid.selectionModel()) == [(1, 1)]
        given.clear()
        opened.clear()


def test_stars_are_seen_below_names_too(qtbot: QtBot, model: ItemModel, grid: GridView, engine: PanelEngine) -> None:
    """Where a grid tells the names, as in a folder, rated items show their stars as anywhere else."""
    engine.add_photo(1, rating=5)
    engine.add_photo(2, rating=0)
    show(model, 12)
    qtbot.waitUntil(lambda: len(model.known_rows()) >= 10)
    for captions in (False, True):
        grid.set_captions(captions)
        assert _has_stars(grid, model, 0) and not _has_stars(grid, model, 1)


def test_the_percentage_stays_where_it_is_when_a_cell_is_selected(
    qtbot: QtBot, model: ItemModel, grid: GridView, engine: PanelEngine
) -> None:
    engine.add_photo(2, rating=0)
    model.show(np.arange(1, 13), scores=dict.fromkeys(range(1, 13), 0.87))
    qtbot.waitUntil(lambda: len(model.known_rows()) >= 10)
    for captions in (False, True):
        grid.set_captions(captions)
        grid.selectionModel().clearSelection()
        before = _right_part_of_strip(grid, model, 1)
        grid.set_current(1)
        assert before == pytest.approx(_right_part_of_strip(grid, model, 1), abs=1)


def _right_part_of_strip(grid: GridView, model: ItemModel, position: int) -> tuple[int, int]:
    """From where to where something is painted beside the stars' place, px."""
    cell = grid.visualRect(model.index(position, 0))
    foot = cell.adjusted(INSET + 5 * STAR + 1, cell.height() - STRIP + 3, -INSET + 2, -3)
    shot = grid.viewport().grab(foot).toImage()
    ground = QColor(shot.pixel(0, 0)).lightness()
    painted = [
        x
        for x in range(shot.width())
        if any(abs(QColor(shot.pixel(x, y)).lightness() - ground) > 40 for y in range(shot.height()))
    ]
    return painted[0], painted[-1]


def _has_stars(grid: GridView, model: ItemModel, position: int) -> bool:
    cell = grid.visualRect(model.index(position, 0))
    foot = cell.adjusted(INSET, cell.height() - STRIP, -INSET, -1)
    shot = grid.viewport().grab(foot).toImage()
    gold = QColor(tokens().star).rgb()
    return any(shot.pixel(x, y) == gold for x in range(shot.width()) for y in range(shot.height()))


def test_a_list_gives_stars_only_in_a_selected_line(
    qtbot: QtBot, model: ItemModel, thumbnails: Thumbnails, engine: PanelEngine
) -> None:
    for number in range(401, 406):
        engine.add_track(number)
    table = TableView(model, thumbnails)
    qtbot.addWidget(table)
    table.resize(1000, 400)
    model.show(np.arange(401, 406, dtype=np.int64))
    table.use_model(True)
    table.show()
    qtbot.waitUntil(lambda: model.known_row(402) is not None)
    given: list[tuple[int, int]] = []
    table.star_clicked.connect(lambda position, stars: given.append((position, stars)))
    cell = table.visualRect(model.index(1, list(model.columns).index(RATING)))
    dots = QPoint(cell.left() + 8 + 4 * STAR + 4, cell.center().y())
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=dots)
    assert given == [] and [index.row() for index in table.selectionModel().selectedRows()] == [1]
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=dots)
    assert given == [(1, 5)]
