"""Texts and columns keep to their places: wrapped titles, keys as musicians write them, columns that fit."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from gui.panel_engine import PanelEngine
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Scope
from desktop_app.domain.kinds import Grouping, ScopeKind, SortKey
from desktop_app.domain.musical_keys import key_sign
from desktop_app.domain.progress import Phase, Progress
from desktop_app.ui.controls import wrapped
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.columns import FOLDER, KEY, RATING, REASON, YEAR
from desktop_app.ui.navigation import Arrangement, Place
from desktop_app.ui.panels.empty_state import EmptyState
from desktop_app.ui.panels.job_line import sentence
from desktop_app.ui.panels.listing_bar import ListingBar
from desktop_app.ui.theme import font
from desktop_app.ui.views.table import CELL_MARGIN
from desktop_app.ui.views.viewer_overlay import InformationPane


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    _, profile = index_small_library(tmp_path / "texts")
    with opened_window(qtbot, copied_profile(profile, tmp_path / "copy")) as made:
        yield made


@pytest.mark.parametrize("width", [300, 700, 1200])
def test_what_is_said_of_an_empty_place_stands_in_its_middle(qtbot: QtBot, width: int) -> None:
    empty = EmptyState()
    qtbot.addWidget(empty)
    empty.say("photos", "No photos yet", "Add a folder with photos; they stay where they are, and are never changed.")
    empty.resize(width, 500)
    empty.show()
    for label in (empty.title, empty.sentence):
        assert abs(label.geometry().center().x() - width // 2) <= 1
    assert empty.sentence.height() >= empty.sentence.heightForWidth(empty.sentence.width())


@pytest.mark.parametrize("title", ["La Savorgnana (Gagliarda seconda)", "Short", "Onewordthatiswiderthanthetileis", ""])
def test_a_title_is_wrapped_and_shortened(qtbot: QtBot, title: str) -> None:
    lines = wrapped(title, font(), 90, 2)
    assert len(lines) <= 2
    assert all(QFontMetrics(font()).horizontalAdvance(line) <= 90 for line in lines)
    if title == "Short":
        assert lines == ["Short"]
    if title.startswith("La"):
        assert lines[0].startswith("La") and lines[1].endswith("…")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("D# major", "E♭ major"), ("A# major", "B♭ major"), ("G# major", "A♭ major"), ("C# major", "D♭ major"),
        ("F# major", "F♯ major"), ("F# minor", "F♯ minor"), ("C# minor", "C♯ minor"), ("G# minor", "G♯ minor"),
        ("D# minor", "E♭ minor"), ("A# minor", "B♭ minor"), ("A minor", "A minor"), ("C", "C"), (None, ""),
    ],
)  # fmt: skip
def test_keys_are_spelled_as_musicians_do(stored: str | None, shown: str) -> None:
    assert key_sign(stored) == shown


def test_nothing_is_counted_before_there_is_a_total() -> None:
    assert sentence(Progress(Phase.READING)) == "Looking for changes"


def test_all_columns_are_in_view_at_the_usual_width(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1256, 700)
    window.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
    table = window.browser.table
    qtbot.waitUntil(lambda: window.browser.as_list and table.isVisible(), timeout=PATIENCE)
    header, room = table.horizontalHeader(), table.viewport().width()
    qtbot.waitUntil(lambda: header.length() <= table.viewport().width(), timeout=PATIENCE)
    assert header.isSectionHidden(table._items.columns.index(YEAR)) is (room < 826)
    assert table.as_designed
    table.setColumnWidth(1, 300)
    assert not table.as_designed
    table._fill_width()
    assert table.columnWidth(1) == 300


@pytest.mark.parametrize("width", [1180, 1256])
def test_keys_and_stars_are_whole_in_lists(qtbot: QtBot, window: MainWindow, width: int) -> None:
    window.resize(width, 700)
    window.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
    table = window.browser.table
    qtbot.waitUntil(lambda: window.browser.as_list and table.isVisible(), timeout=PATIENCE)
    header, columns = table.horizontalHeader(), table._items.columns
    qtbot.waitUntil(lambda: header.length() <= table.viewport().width(), timeout=PATIENCE)
    room = header.sectionSize(columns.index(KEY)) - 2 * CELL_MARGIN
    assert table.fontMetrics().horizontalAdvance(key_sign("F# minor")) <= room
    assert header.sectionSize(columns.index(RATING)) >= RATING.width


def test_the_player_stands_still_while_the_job_line_speaks(window: MainWindow) -> None:
    before = window.job_line.width()
    window.job_line.show_progress(Progress(Phase.READING, done=3, total=1000))
    window.job_line.show_problems(12)
    assert window.job_line.width() == before
    assert window.job_line.problems.isHidden()
    window.job_line.show_progress(Progress(Phase.IDLE))
    assert not window.job_line.problems.isHidden()


def test_the_heading_of_a_narrow_list_is_shortened_not_cut(qtbot: QtBot) -> None:
    """Its command does with an icon before that."""
    bar = ListingBar()
    qtbot.addWidget(bar)
    bar.show_place(
        Place(Scope(ScopeKind.PROBLEMS, "", "Problems")),
        Arrangement(SortKey.PATH, False, Grouping.NONE, True),
        12,
        as_list=True,
    )
    bar.resize(305, bar.height())
    bar.show()
    metrics = bar.heading.fontMetrics()
    assert bar.retry.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly and bar.retry.accessibleName()
    qtbot.waitUntil(lambda: metrics.horizontalAdvance(bar.heading.text()) <= bar.heading.width() + 1)
    assert bar.retry.width() >= bar.retry.sizeHint().width()
    bar.resize(800, bar.height())
    assert bar.retry.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon


def test_a_problem_says_why_and_where_it_lies(qtbot: QtBot, window: MainWindow) -> None:
    table = window.browser.table
    window.browser.show_ids(window.browser.model.ids, family="problems", as_list=True)
    names = [column.name for column in table._items.columns]
    header = table.horizontalHeader()
    for width, why in ((544, 240), (900, 370)):
        table.resize(width, 400)
        assert not header.isSectionHidden(names.index(FOLDER.name))
        assert header.sectionSize(names.index(FOLDER.name)) >= 100
        assert header.sectionSize(names.index(REASON.name)) >= why
    assert header.sectionSize(names.index(FOLDER.name)) >= 300  # where there is room, it has its share


def test_long_names_and_paths_are_seen_whole_over_the_picture(qtbot: QtBot, tmp_path: Path) -> None:
    engine = PanelEngine(tmp_path / "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen")
    parent = QWidget()
    qtbot.addWidget(parent)
    pane = InformationPane(parent)
    detail = engine.add_photo(1)
    assert detail.photo is not None
    extra = {"35 mm equivalent": "28 mm", "Exposure program": "Automatic"}
    pane.show_detail(replace(detail, photo=replace(detail.photo, extra=extra)))
    pane.show()
    parent.show()
    shown = [label for label in pane.findChildren(QLabel) if label.isVisible()]
    assert any("Donau" in label.text().replace("\u200b", "") for label in shown)
    for label in shown:
        flags = int(Qt.TextFlag.TextWordWrap)
        need = label.fontMetrics().boundingRect(0, 0, label.width(), 10_000, flags, label.text())
        assert need.width() <= label.width() and need.height() <= label.height(), label.text()
