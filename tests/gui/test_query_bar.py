"""What a search was asked with, and the way back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from desktop_app.domain.search import PaletteColour, SimilarRequest
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.query_bar import QueryBar, summary_of


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    for number in range(1, 12):
        made.add_photo(number)
    return made


@pytest.fixture
def bar(qtbot: QtBot, engine: PanelEngine) -> Iterator[QueryBar]:
    thumbnails = Thumbnails(engine.thumbnail_path)
    made = QueryBar(engine, thumbnails)
    qtbot.addWidget(made)
    made.resize(900, 60)
    made.show()
    yield made
    thumbnails.shut_down()


def test_shows_files_and_items_and_how_close(qtbot: QtBot, bar: QueryBar, engine: PanelEngine) -> None:
    bar.show_reply(engine.reply_to(SimilarRequest(items=(1,), files=(Path("/x/sunset.jpg"),))))
    qtbot.waitUntil(lambda: [chip.text() for chip in bar.chips] == ["IMG_0001.jpg", "sunset.jpg"])
    assert bar._summary.text().replace("\u00a0", " ") == "best first · 96 % to 42 %"
    assert engine.asked("fetch_preview")[0][0] == Path("/x/sunset.jpg")


def test_removing_one_asks_anew_and_the_last_goes_back(qtbot: QtBot, bar: QueryBar, engine: PanelEngine) -> None:
    bar.show_reply(engine.reply_to(SimilarRequest(items=(1, 2), files=(Path("/x/a.jpg"),), k=40)))
    with qtbot.waitSignal(bar.query_changed) as changed:
        qtbot.keyClick(bar.chips[1], Qt.Key.Key_Delete)
    request = changed.args[0]
    assert (request.items, request.files, request.k) == ((1,), (Path("/x/a.jpg"),), 40)
    bar.show_reply(engine.reply_to(replace(request, files=())))
    chip = bar.chips[0]
    with qtbot.waitSignal(bar.back_requested):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 12, chip.height() // 2))


def test_says_what_could_not_be_read_and_that_nothing_is_close(
    qtbot: QtBot, bar: QueryBar, engine: PanelEngine
) -> None:
    broken = Path("/x/broken.jpg")
    reply = engine.reply_to(SimilarRequest(items=(1,), files=(broken,)))
    far = tuple(replace(hit, close=False) for hit in reply.hits)
    bar.show_reply(replace(reply, hits=far, unreadable={broken: "This is not a picture."}, notes=("A note.",)))
    assert bar._notes.text() == "A note.\nbroken.jpg: This is not a picture."
    assert bar._notes.isVisible()
    assert bar._summary.text().startswith("Nothing close")
    assert summary_of(replace(reply, hits=())) == "No similar items"
    bar.clear()
    assert bar.chips == []


def test_buttons(qtbot: QtBot, bar: QueryBar) -> None:
    with qtbot.waitSignal(bar.add_requested):
        qtbot.mouseClick(bar._add, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(bar.back_requested):
        qtbot.mouseClick(bar._back, Qt.MouseButton.LeftButton)


def test_what_is_asked_is_shown_before_the_answer(qtbot: QtBot, bar: QueryBar, engine: PanelEngine) -> None:
    bar.show_reply(engine.reply_to(SimilarRequest(items=(1, 2))))
    request = SimilarRequest(files=(Path("/x/sunset.jpg"),))
    bar.show_request(request)
    assert [chip.text() for chip in bar.chips] == ["sunset.jpg"]
    assert bar._summary.text() == "Looking for similar ones…"
    chip = bar.chips[0]
    bar.show_reply(engine.reply_to(request))
    assert bar.chips == [chip]  # the same one, now with its picture
    assert bar._summary.text().startswith("best first")
    assert engine.asked("fetch_preview") == [(Path("/x/sunset.jpg"), 96)]


def test_a_palette_that_is_worked_on_keeps_its_line_until_it_takes_long(
    qtbot: QtBot, bar: QueryBar, engine: PanelEngine
) -> None:
    request = SimilarRequest(colours=(PaletteColour((200, 40, 30)), PaletteColour((40, 60, 200))))
    bar.show_reply(engine.reply_to(request))
    told = bar._summary.text()
    bar.show_request(replace(request, colours=request.colours[:1]))
    assert len(bar.chips) == 1 and bar._summary.text() == told
    bar.show_waiting()
    assert bar._summary.text() == "Looking for photos…"


def test_a_chip_that_is_wider_than_its_row_keeps_its_cross(qtbot: QtBot, bar: QueryBar, engine: PanelEngine) -> None:
    bar.resize(400, 100)
    name = "a long name of a photo that was dropped.jpg"
    bar.show_reply(engine.reply_to(SimilarRequest(files=(Path("/x") / name,))))
    chip = bar.chips[0]
    qtbot.waitUntil(lambda: bar.width() == 400 and 60 < chip.width() < chip.sizeHint().width())
    row = chip.parentWidget()
    assert row is not None and chip.geometry().right() <= row.rect().right()
    with qtbot.waitSignal(bar.back_requested):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 12, chip.height() // 2))
