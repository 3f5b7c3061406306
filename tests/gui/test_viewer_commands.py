"""In the full-size viewer every command means the photo that is shown, whatever is selected behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.ids import ItemId
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.dialogs.tags import TagsDialog
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.window_state import restore_window, save_window

CONTROL = Qt.KeyboardModifier.ControlModifier
CONTROL_SHIFT = CONTROL | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("viewer_commands"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        qtbot.waitUntil(lambda: len(made.browser.model.ids) > 3, timeout=PATIENCE)
        yield made


def view_the_third(qtbot: QtBot, window: MainWindow) -> int:
    """Look at the first photo and go on to the third; the first stays selected behind the viewer."""
    ids = window.browser.model.ids
    window.browser.grid.set_current(0)
    window.browser.select_ids(ids[:1])
    QTest.keyClick(window.browser.view, Qt.Key.Key_Space)
    for _ in range(2):
        QTest.keyClick(window.viewer, Qt.Key.Key_Right)
    assert window.viewer.isVisible() and window.viewer.current == ids[2]
    qtbot.waitUntil(lambda: window.viewer.row is not None and window.viewer.row.id == ids[2], timeout=PATIENCE)
    return int(ids[2])


def name_of(window: MainWindow, item: int) -> str:
    row = window.browser.model.known_row(ItemId(item))
    assert row is not None
    return row.path.name


def test_delete_asks_for_the_photo_shown(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    QTest.keyClick(window.viewer, Qt.Key.Key_Delete)
    question = window.findChild(Question)
    assert question is not None
    assert name_of(window, shown) in question.asked.text()
    question.reject()


def test_on_the_full_screen_there_is_only_the_photo_and_the_keys_go_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    shown = view_the_third(qtbot, window)
    QTest.keyClick(window.viewer, Qt.Key.Key_F11)
    assert window.isFullScreen() and not window.menuBar().isVisible()
    qtbot.waitUntil(lambda: window.viewer.size() == window.size(), timeout=PATIENCE)
    QTest.keyClick(window.viewer, Qt.Key.Key_T, CONTROL)
    dialog = window.findChild(TagsDialog)
    assert dialog is not None
    dialog.reject()
    assert window.actions_by_name["full_screen"].isChecked()
    settings = QSettings(str(tmp_path / "left.ini"), QSettings.Format.IniFormat)
    save_window(window, settings)
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert not window.isFullScreen() and window.menuBar().isVisible()
    assert not window.actions_by_name["full_screen"].isChecked()
    restore_window(window, settings)
    assert not window.isFullScreen()  # the photo was to be seen so, and there is none after a start
    assert window.viewer.isVisible() and window.viewer.current == shown
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert not window.viewer.isVisible()


def test_a_window_that_was_on_the_full_screen_stays_there(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_name["full_screen"].trigger()
    assert window.isFullScreen() and window.menuBar().isVisible()
    assert window.actions_by_name["full_screen"].isChecked()
    view_the_third(qtbot, window)
    assert not window.menuBar().isVisible()
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert not window.viewer.isVisible()
    assert window.isFullScreen() and window.menuBar().isVisible()


def test_tags_go_to_the_photo_shown(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    QTest.keyClick(window.viewer, Qt.Key.Key_T, CONTROL)
    dialog = window.findChild(TagsDialog)
    assert dialog is not None
    field = dialog.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, "harbour")
    QTest.keyClick(field, Qt.Key.Key_Return)
    dialog.accept()
    window.search_for("tag:harbour")
    qtbot.waitUntil(lambda: window.browser.model.ids.tolist() == [shown], timeout=PATIENCE)


def test_find_similar_asks_with_it_and_shows_the_answer(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE):
        QTest.keyClick(window.viewer, Qt.Key.Key_F, CONTROL_SHIFT)
    request = window.control.place.similar
    assert request is not None and request.items == (shown,)
    assert not window.viewer.isVisible()
    window.control.back()
    qtbot.waitUntil(lambda: window.browser.selected_ids().tolist() == [shown], timeout=PATIENCE)


def test_after_one_that_went_comes_the_next(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    ids = window.browser.model.ids.tolist()
    window.commands.remove()
    qtbot.waitUntil(lambda: window.viewer.current == ids[3], timeout=PATIENCE)
    assert window.viewer.bar.place.text() == f"3 of {len(ids) - 1:,}"
    assert window.banners.parentWidget() is window.viewer
    assert window.banners.isVisible()
    QTest.keyClick(window.viewer, Qt.Key.Key_Left)
    assert window.viewer.current == ids[1]
    QTest.keyClick(window.viewer, Qt.Key.Key_Escape)
    assert window.banners.parentWidget() is window.browser
    qtbot.waitUntil(lambda: shown not in window.browser.model.ids, timeout=PATIENCE)


def test_a_listing_from_before_brings_nothing_back(qtbot: QtBot, window: MainWindow) -> None:
    """One that was asked for before the photo went, and answered after."""
    shown = view_the_third(qtbot, window)
    ids = window.browser.model.ids.tolist()
    window.viewer.drop({shown})
    assert window.viewer.current == ids[3]
    window.control.listed.emit(window.control.place, len(ids))
    assert window.viewer.current == ids[3]


def test_undo_shows_again_what_went(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    ids = window.browser.model.ids.tolist()
    window.commands.remove()
    qtbot.waitUntil(lambda: window.viewer.current == ids[3], timeout=PATIENCE)
    qtbot.waitUntil(lambda: shown not in window.browser.model.ids, timeout=PATIENCE)
    QTest.keyClick(window.viewer, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: window.viewer.current == shown, timeout=PATIENCE)
    assert window.viewer.bar.place.text() == f"3 of {len(ids):,}"
    QTest.keyClick(window.viewer, Qt.Key.Key_Right)
    assert window.viewer.current == ids[3]


def test_it_closes_after_the_last(qtbot: QtBot, window: MainWindow) -> None:
    ids = window.browser.model.ids
    window.viewer.open(ids[:1], 0)
    window.commands.remove()
    qtbot.waitUntil(lambda: not window.viewer.isVisible(), timeout=PATIENCE)


def test_what_it_covers_gets_no_commands_and_no_keys(qtbot: QtBot, window: MainWindow) -> None:
    view_the_third(qtbot, window)
    for name in ("select_all", "zoom_in", "view"):
        assert not window.actions_by_name[name].isEnabled()
    for _ in range(30):
        QTest.keyClick(QApplication.focusWidget() or window.viewer, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused is window.viewer or window.viewer.isAncestorOf(focused)
    window.viewer.leave()
    assert window.actions_by_name["select_all"].isEnabled()


def test_find_goes_to_the_search_field_in_sight(qtbot: QtBot, window: MainWindow) -> None:
    view_the_third(qtbot, window)
    QTest.keyClick(window.viewer, Qt.Key.Key_F, CONTROL)
    assert not window.viewer.isVisible()
    assert window.header.search.hasFocus()


def test_the_menu_is_that_of_the_photo_shown(qtbot: QtBot, window: MainWindow) -> None:
    shown = view_the_third(qtbot, window)
    centre = window.viewer.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, centre, window.viewer.mapToGlobal(centre))
    QApplication.sendEvent(window.viewer.canvas, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert window.commands.ids() == [shown]
    menu.close()


def test_colours_are_picked_one_after_another(qtbot: QtBot, window: MainWindow) -> None:
    view_the_third(qtbot, window)
    qtbot.waitUntil(lambda: window.viewer.canvas.image is not None, timeout=PATIENCE)
    QTest.keyClick(window.viewer, Qt.Key.Key_C)
    for offset in (-20, 20):
        with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE):
            QTest.mouseClick(
                window.viewer.canvas,
                Qt.MouseButton.LeftButton,
                pos=window.viewer.canvas.rect().center() + QPoint(offset, offset),
            )
        assert window.viewer.isVisible()
    window.palette_search.dropper.stop()
