"""The detail panel over a double of the engine: real clicks and keys."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.search import Hit, SimilarRequest, SpaceScore
from desktop_app.ui.controls import ElidedLabel
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.detail import DetailPanel
from desktop_app.ui.panels.detail_page import WhyHere
from desktop_app.ui.panels.detail_rating import MIXED


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    for number in range(1, 13):
        made.add_photo(number)
    for number in range(101, 105):
        made.add_track(number)
    return made


@pytest.fixture
def panel(qtbot: QtBot, engine: PanelEngine) -> Iterator[DetailPanel]:
    thumbnails = Thumbnails(engine.thumbnail_path)
    made = DetailPanel(engine, thumbnails)
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show()
    yield made
    thumbnails.shut_down()


def show(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine, ids: list[int]) -> None:
    """Until the item, and what is similar to it, are there."""
    panel.show_items(ids)
    qtbot.waitUntil(lambda: panel.page.isVisible() and bool(panel.page.title.whole))


def values(panel: DetailPanel) -> dict[str, str]:
    return {
        field.label: field.value.replace("\u00a0", " ") for field in (*panel.page.form.fields, *panel.page.more.fields)
    }


def test_shows_all_of_a_photo(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    assert panel.page.title.whole == "IMG_0003.jpg"
    assert panel.page.subtitle.whole == "12 June 2024, 18:41 (UTC+2)"
    assert panel.page.rating.rating == 3
    assert panel.page.tags.tags == ("beach", "summer")
    found = values(panel)
    assert found["Exposure"] == "1/250 s · f/2.8 · ISO 400 · 35 mm"
    assert found["Size"] == "4032 × 3024 · 12.2 MP · 3.4 MB"
    assert found["Place"] == "48.85837° N, 2.29448° E"
    assert not panel.page.waveform.isVisible()
    assert not panel.page.play.isVisible()


def test_shows_all_of_a_track_and_its_waveform_later(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    engine.waveform = Waveform(bytes(range(200)), bytes(200), -9.0)
    show(qtbot, panel, engine, [101])
    found = values(panel)
    assert (found["Tempo"], found["Key"]) == ("124 bpm", "A minor · fairly sure")
    assert found["Sound"] == "MP3 · 320 kbit/s · 44.1 kHz · stereo"
    assert found["Loudness"] == "−9.4 LUFS"
    assert panel.page.waveform.accessibleDescription().startswith("The waveform follows")
    qtbot.waitUntil(lambda: panel.page.waveform.accessibleDescription() == "")
    panel.grab()
    waveform = panel.page.waveform
    with qtbot.waitSignal(panel.seek_requested) as sought:
        qtbot.mouseClick(waveform, Qt.MouseButton.LeftButton, pos=QPoint(waveform.width() // 2, 20))
    assert sought.args[0] == 101
    assert sought.args[1] == pytest.approx(0.5, abs=0.01)
    panel.show_progress(101, 0.5)
    assert waveform._played == 0.5
    panel.show_progress(102, 0.1)
    assert waveform._played is None
    idle = waveform.grab().toImage()
    panel.show_progress(101, 0.0)
    assert waveform.grab().toImage() == idle, "a track that does not play looks as if nothing of it were played"


def test_a_click_and_a_key_rate(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    stars = panel.page.rating
    qtbot.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(stars.width() - 8, stars.height() // 2))
    assert engine.asked("rate") == [([3], 5)]
    qtbot.keyClick(stars, Qt.Key.Key_2)
    assert engine.asked("rate")[-1] == ([3], 2)
    qtbot.waitUntil(lambda: engine.details[3].row.rating == 2 and stars.rating == 2)
    qtbot.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(8 + 20, stars.height() // 2))
    assert engine.asked("rate")[-1] == ([3], 0), "a click on the last star clears"
    assert stars.accessibleName() == "Rating: not rated"


def test_a_tag_that_is_being_typed_is_not_given_to_the_next_item(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine
) -> None:
    show(qtbot, panel, engine, [3])
    panel.page.tags.begin_adding()
    qtbot.keyClicks(panel.page.tags._line, "holiday")
    panel.show_items([4])
    qtbot.keyClick(panel.page.tags._line, Qt.Key.Key_Return)
    assert panel.page.tags._line.isHidden()
    assert engine.asked("tag") == []
    show(qtbot, panel, engine, [3])
    qtbot.waitUntil(lambda: bool(panel.page.tags._chips))
    panel.page.tags._chips[0].setFocus()
    panel.show_items([4])
    assert not any(chip.hasFocus() for chip in panel.page.tags._chips)


def test_tags_are_added_with_return_and_removed_with_delete(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine
) -> None:
    show(qtbot, panel, engine, [3])
    tags = panel.page.tags
    tags.begin_adding()
    line = tags.findChild(type(tags._line))
    qtbot.keyClicks(line, "sunset, old  town, beach")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert engine.asked("tag") == [([3], ["sunset", "old town"], [])]
    qtbot.waitUntil(lambda: tags.tags == ("beach", "summer", "sunset", "old town"))
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible()
    qtbot.keyClick(tags._chips[0], Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "beach" not in tags.tags)
    with qtbot.waitSignal(panel.tag_clicked) as clicked:
        qtbot.mouseClick(tags._chips[0], Qt.MouseButton.LeftButton, pos=QPoint(10, 12))
    assert clicked.args == ["summer"]


def test_the_cross_of_a_chip_removes(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    chip = panel.page.tags._chips[1]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 12, chip.height() // 2))
    assert engine.asked("tag") == [([3], [], ["summer"])]


def test_the_field_completes_known_tags(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    qtbot.waitUntil(lambda: "night" in panel.page.tags._known.stringList())


def test_similar_items_come_after_a_rest_and_only_for_the_last(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine
) -> None:
    for number in (1, 2, 3, 4):
        panel.show_items([number])
    qtbot.waitUntil(lambda: len(panel.page.similar.cells) > 0)
    asked = engine.asked("find_similar")
    assert [(request.items, channel) for request, channel in asked] == [((4,), "detail")]
    visible = [cell for cell in panel.page.similar.cells if cell.isVisible()]
    assert len(visible) == 6
    qtbot.waitUntil(lambda: visible[0].row is not None)
    assert visible[0].accessibleName() == "IMG_0001.jpg, 96\u00a0% similar"
    with qtbot.waitSignal(panel.item_activated) as activated:
        qtbot.mouseClick(visible[1], Qt.MouseButton.LeftButton)
    assert activated.args == [2]
    with qtbot.waitSignal(panel.find_similar_requested) as wanted:
        qtbot.mouseClick(panel.page.similar._all, Qt.MouseButton.LeftButton)
    assert wanted.args == [[4]]


def test_a_late_answer_is_dropped(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    engine.detail_ready.emit(1, engine.details[9])
    engine.similar_ready.emit(99, engine.reply_to(SimilarRequest(items=(9,))))
    assert panel.page.title.whole == "IMG_0003.jpg"


def test_a_wider_panel_shows_more(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    panel.resize(520, 900)
    show(qtbot, panel, engine, [3])
    qtbot.waitUntil(lambda: len(panel.page.similar.cells) > 0)
    assert sum(cell.isVisible() for cell in panel.page.similar.cells) == 8


def test_a_selection_is_summed_up(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    engine.add_photo(2, rating=5, tags=("beach",))
    show(qtbot, panel, engine, [1, 2])
    assert panel.page.title.whole == "2\u00a0photos"
    assert panel.page.rating.rating == MIXED
    assert panel.page.tags._tags == {"beach": True, "summer": False}
    assert values(panel) == {"Total size": "6.8 MB"}
    qtbot.keyClick(panel.page.rating, Qt.Key.Key_4)
    assert engine.asked("rate") == [([1, 2], 4)]
    qtbot.waitUntil(lambda: panel.page.rating.rating == 4)
    panel.show_items([1, 101])
    qtbot.waitUntil(lambda: panel.page.title.whole == "1\u00a0photo and 1\u00a0track")
    assert "only photos or only tracks" in panel.page.similar._sentence.text()


@pytest.mark.parametrize(
    ("state", "sentence"), [(State.MISSING, "no longer"), (State.OFFLINE, "can’t be reached"), (State.PROBLEM, "empty")]
)
def test_says_why_an_item_is_not_there(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine, state: State, sentence: str
) -> None:
    engine.add_photo(5, state=state, reason="The file is empty.")
    show(qtbot, panel, engine, [5])
    assert sentence in panel.page.state.sentence
    assert panel.page.state.isVisible()


def test_nothing_selected_and_an_item_that_is_gone(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    assert "Nothing selected" in panel._empty.accessibleName()
    panel.show_items([4711])
    qtbot.waitUntil(lambda: "no longer in the library" in panel._empty.accessibleName())
    show(qtbot, panel, engine, [3])
    panel.show_items([])
    assert panel._empty.isVisible()


def test_a_click_copies_the_path(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    path = next(label for label in panel.page.more.findChildren(ElidedLabel) if label.whole.endswith("IMG_0003.jpg"))
    qtbot.mouseClick(path, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(engine.details[3].row.path)


def test_the_thumbnail_comes_first_and_something_better_after_it(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine
) -> None:
    image = QImage(512, 384, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    assert image.save(str(engine.thumbnail_path(f"{3:064x}")))
    panel.resize(600, 900)
    show(qtbot, panel, engine, [3])
    qtbot.waitUntil(lambda: panel.page.preview.picture is not None and panel.page.preview.picture.width() == 512)
    qtbot.waitUntil(lambda: panel.page.preview.picture is not None and panel.page.preview.picture.width() == 800)


def test_a_change_elsewhere_shows_at_once(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    show(qtbot, panel, engine, [3])
    engine.tag([3], add=["from the command line"])
    qtbot.waitUntil(lambda: "from the command line" in panel.page.tags.tags)
    name = "<b>bold</b>\nand a new line.jpg"
    engine.details[3] = replace(engine.details[3], row=replace(engine.details[3].row, title=name))
    engine.rate([3], 1)
    qtbot.waitUntil(lambda: panel.page.title.whole == name)
    assert "&lt;b&gt;" in panel.page.title.toolTip(), "file names are never read as HTML"


def test_lays_out_in_peace_at_every_height(qtbot: QtBot, panel: DetailPanel, engine: PanelEngine) -> None:
    """A scroll bar that came and went changed the wrapping, which took the bar away again: Qt's stack overflowed."""
    show(qtbot, panel, engine, [3])
    widths: set[int] = set()
    for height in range(420, 1500, 3):
        panel.resize(320, height)
        QCoreApplication.processEvents()
        widths.add(panel.page.width())
    assert len(widths) == 1


def test_the_button_beside_the_title_holds_the_track_that_is_heard(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine
) -> None:
    show(qtbot, panel, engine, [101])
    assert panel.page.play.toolTip() == "Play"
    panel.show_sounding(101)
    assert panel.page.play.toolTip() == panel.page.play.accessibleName() == "Pause"
    panel.show_sounding(0)
    assert panel.page.play.toolTip() == "Play"
    panel.show_sounding(102)
    assert panel.page.play.toolTip() == "Play"
    show(qtbot, panel, engine, [102])
    qtbot.waitUntil(lambda: panel.page.play.toolTip() == "Pause")


@pytest.mark.parametrize("by_key", [False, True])
def test_a_similar_item_is_told_of_from_the_top_and_the_keyboard_stays(
    qtbot: QtBot, panel: DetailPanel, engine: PanelEngine, *, by_key: bool
) -> None:
    """Its tile goes with the answer: the keyboard must not fall to the path, nor the panel scroll there."""
    field, window = QLineEdit(), QWidget()
    row = QHBoxLayout(window)
    row.addWidget(field)
    row.addWidget(panel)
    qtbot.addWidget(window)
    panel.item_activated.connect(lambda item: panel.show_items([item]))
    window.resize(620, 420)
    window.show()
    window.activateWindow()
    show(qtbot, panel, engine, [3])
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    similar, bar = panel.page.similar, panel._area.verticalScrollBar()
    qtbot.waitUntil(lambda: len(similar.cells) > 0)
    before = similar.cells
    bar.setValue(bar.maximum())
    if by_key:
        before[1].setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(before[1], Qt.Key.Key_Return)
    else:
        qtbot.mouseClick(before[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.page.title.whole == "IMG_0002.jpg")
    qtbot.waitUntil(lambda: similar.cells is not before)
    assert bar.value() == 0
    assert window.focusWidget() is (similar.cells[0] if by_key else field)
    panel.setParent(None)  # the fixture's again


def test_of_the_same_file_only_that_is_said(qtbot: QtBot) -> None:
    box = WhyHere()
    qtbot.addWidget(box)
    parts = (SpaceScore("look", 1.0, 0.0), SpaceScore("phash", 1.0, 1.0))
    box.show_hit(Hit(ItemId(1), Path("a.jpg"), 1.0, parts, identical=True))
    assert box.text == box.accessibleName() == "The same file"
    box.show_hit(Hit(ItemId(1), Path("a.jpg"), 0.97, parts))
    assert box.text.splitlines() == ["Why 97\u00a0%", "The same picture but for size or quality 100\u00a0%"]
