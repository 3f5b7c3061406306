"""Finding photos by colours: the strip, the panel, the eye-dropper, and the whole window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.colours import NAMED
from desktop_app.domain.search import PaletteColour, SimilarRequest
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.palette import MOST, PAUSE_MS, PalettePanel, Swatch
from desktop_app.ui.panels.palette_dropper import EyeDropper
from desktop_app.ui.panels.palette_of_photo import ColoursOfPhoto
from desktop_app.ui.panels.palette_strip import PaletteStrip
from desktop_app.ui.panels.query_bar import QueryBar

RED, BLUE = PaletteColour((200, 40, 30)), PaletteColour((40, 60, 200), 3.0)


@pytest.fixture
def strip(qtbot: QtBot) -> PaletteStrip:
    made = PaletteStrip()
    qtbot.addWidget(made)
    made.resize(402, 36)
    made.show_colours((RED, BLUE))
    made.show()
    return made


def test_borders_and_keys_change_the_weights(qtbot: QtBot, strip: PaletteStrip) -> None:
    assert [each.weight for each in strip.colours] == [0.25, 0.75]
    with qtbot.waitSignal(strip.changed):
        qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(101, 18))
        qtbot.mouseMove(strip, QPoint(201, 18))
        qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(201, 18))
    assert strip.colours[0].weight == pytest.approx(0.5, abs=0.01)
    strip.setFocus()
    with qtbot.waitSignal(strip.changed):
        qtbot.keyClick(strip, Qt.Key.Key_Up)
    assert strip.colours[0].weight == pytest.approx(0.55, abs=0.01)
    assert sum(each.weight for each in strip.colours) == pytest.approx(1.0)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    with qtbot.waitSignal(strip.changed):
        qtbot.keyClick(strip, Qt.Key.Key_Delete)
    assert [each.rgb for each in strip.colours] == [RED.rgb]


def test_a_double_click_asks_for_another_colour(qtbot: QtBot, strip: PaletteStrip) -> None:
    with qtbot.waitSignal(strip.edit_wanted) as wanted:
        qtbot.mouseDClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(300, 18))
    assert wanted.args == [1]


@pytest.fixture
def picture(qtbot: QtBot) -> QLabel:
    made = QLabel()
    qtbot.addWidget(made)
    pixmap = QPixmap(80, 40)
    pixmap.fill(QColor(210, 120, 20))
    made.setPixmap(pixmap)
    made.setFixedSize(80, 40)
    made.show()
    return made


@pytest.fixture
def panel(qtbot: QtBot, picture: QLabel) -> Iterator[PalettePanel]:
    dropper = EyeDropper([picture])
    made = PalettePanel(dropper)
    made.setProperty("dropper", dropper)
    qtbot.addWidget(made)
    made.show()
    yield made
    dropper.stop()


def test_ready_colours_are_added_up_to_five(qtbot: QtBot, panel: PalettePanel) -> None:
    swatches = panel.findChildren(Swatch)
    assert len(swatches) == len(NAMED)
    with qtbot.waitSignal(panel.palette_changed) as changed:
        for swatch in swatches[: MOST + 1]:
            qtbot.mouseClick(swatch, Qt.MouseButton.LeftButton)
    colours = changed.args[0]
    codes = list(NAMED.values())
    assert [each.hex for each in colours] == [*codes[: MOST - 1], codes[MOST]]  # the selected last one was replaced
    assert [each.weight for each in colours] == pytest.approx([0.2] * 5)
    with qtbot.waitSignal(panel.emptied):
        for _ in range(MOST):
            panel.strip.remove(0)


def test_a_colour_that_is_there_is_selected_and_not_added_again(qtbot: QtBot, panel: PalettePanel) -> None:
    swatches = panel.findChildren(Swatch)
    with qtbot.waitSignal(panel.palette_changed):
        for swatch in swatches[:2]:
            qtbot.mouseClick(swatch, Qt.MouseButton.LeftButton)
    with qtbot.assertNotEmitted(panel.palette_changed, wait=2 * PAUSE_MS):
        qtbot.mouseClick(swatches[0], Qt.MouseButton.LeftButton)
        panel._chosen(1, QColor(*panel.colours[0].rgb))
    assert len(panel.colours) == 2 and panel.strip.selected == 0


def test_the_dropper_takes_the_colour_of_a_picture(qtbot: QtBot, panel: PalettePanel, picture: QLabel) -> None:
    panel._pick.click()
    assert QApplication.overrideCursor() is not None
    with qtbot.waitSignal(panel.palette_changed) as changed:
        qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert changed.args[0] == (PaletteColour((210, 120, 20), 1.0),)
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    assert not panel._pick.isChecked()
    assert QApplication.overrideCursor() is None
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert len(panel.colours) == 1


def test_colours_of_a_photo_lead_to_others(qtbot: QtBot, tmp_path: Path) -> None:
    engine = PanelEngine(tmp_path)
    shown = ColoursOfPhoto(engine)
    qtbot.addWidget(shown)
    shown.resize(300, 60)
    shown.show_for(engine.add_photo(1).row.id)
    qtbot.waitUntil(lambda: len(shown.colours) == 2)
    shown.show()
    with qtbot.waitSignal(shown.palette_chosen) as chosen:
        qtbot.mouseClick(shown._strip, Qt.MouseButton.LeftButton, pos=QPoint(280, 10))
    assert [each.rgb for each in chosen.args[0]] == [(230, 200, 150)]
    with qtbot.waitSignal(shown.palette_chosen) as chosen:
        shown._all.click()
    assert len(chosen.args[0]) == 2


@pytest.fixture
def bar(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[QueryBar, PanelEngine]]:
    engine = PanelEngine(tmp_path)
    for number in range(1, 6):
        engine.add_photo(number)
    thumbnails = Thumbnails(engine.thumbnail_path)
    made = QueryBar(engine, thumbnails)
    qtbot.addWidget(made)
    made.resize(900, 60)
    made.show()
    yield made, engine
    thumbnails.shut_down()


def test_chips_show_the_palette(qtbot: QtBot, bar: tuple[QueryBar, PanelEngine]) -> None:
    made, engine = bar
    made.show_reply(engine.reply_to(SimilarRequest(colours=(RED, BLUE))))
    assert [chip.text() for chip in made.chips] == ["Red 25\u00a0%", "Blue 75\u00a0%"]
    with qtbot.waitSignal(made.query_changed) as changed:
        qtbot.keyClick(made.chips[0], Qt.Key.Key_Delete)
    assert changed.args[0].colours == (BLUE,)
    with qtbot.waitSignal(made.palette_requested):
        made.chips[0].click()


def test_a_chip_is_turned_into_less_like_this(qtbot: QtBot, bar: tuple[QueryBar, PanelEngine]) -> None:
    made, engine = bar
    made.show_reply(engine.reply_to(SimilarRequest(items=(1, 2))))
    made.chips[1].click()
    menu = made.findChild(QMenu, "chipMenu")
    assert menu is not None
    less = next(action for action in menu.actions() if action.text() == "Less Like This")
    with qtbot.waitSignal(made.query_changed) as changed:
        less.trigger()
    menu.close()
    request = changed.args[0]
    assert (request.items, request.less_items) == ((1,), (2,))
    made.show_reply(engine.reply_to(request))
    qtbot.waitUntil(lambda: made.chips[1].text() == "less like IMG_0002.jpg")
    made.chips[0].click()
    last = made.findChildren(QMenu, "chipMenu")[-1]
    only = next(action for action in last.actions() if action.text() == "Less Like This")
    assert not only.isEnabled()  # something has to be left that the hits are to be like
    last.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_small_library(tmp_path_factory.mktemp("palette"))[1]


@pytest.fixture
def window(qtbot: QtBot, source: Path, tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(source, tmp_path / "profile")) as made:
        yield made


def test_the_window_finds_photos_by_palette_and_goes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_by_name["colours"].trigger()
    panel = window.palette_search.panel
    assert panel.isVisible()
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE) as found:
        qtbot.mouseClick(panel.findChildren(Swatch)[5], Qt.MouseButton.LeftButton)
    reply = found.args[0]
    assert reply.request.colours[0].hex == NAMED["Blue"]
    assert reply.space == "colour" and reply.hits
    assert window.windowTitle().startswith("Photos in blue")
    assert len(window.query_bar.chips) == 1
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE):
        qtbot.mouseClick(panel.findChildren(Swatch)[1], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.control.listed, timeout=PATIENCE):
        window.control.back()  # to the library at once: working on a palette is one place
    assert window.control.place.similar is None and not panel.isVisible()


def test_the_colours_of_the_selected_photo(qtbot: QtBot, window: MainWindow) -> None:
    photo = int(window.browser.model.ids[0])
    window.browser.select_ids(window.browser.model.ids[:1])
    qtbot.waitUntil(lambda: window.actions_by_name["colours_of"].isEnabled(), timeout=PATIENCE)
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE) as found:
        window.actions_by_name["colours_of"].trigger()
    assert found.args[0].hits[0].id == photo  # itself: no photo holds its own colours better
    assert window.palette_search.panel.isVisible()
