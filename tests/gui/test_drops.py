"""Files and folders dragged in, pasted and dragged out: real drop events with mime data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from fixtures.small_library import write_smaller_copy
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.progress import IndexReport
from desktop_app.ui.item_mime import IDS, files_in, ids_in, mime_of
from desktop_app.ui.main_window import MainWindow

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
COPY = Qt.DropAction.CopyAction


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("drops"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        yield made
        # offscreen, Qt holds what was copied beyond the end of Python, which it was made by, and the program would end
        # with a fault; where people copy, the clipboard goes with the application
        QGuiApplication.clipboard().clear()


def urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag_over(target: QWidget, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPointF(50, 50), COPY, data, LEFT, PLAIN)
    event.setAccepted(False)
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def drop(target: QWidget, data: QMimeData) -> bool:
    drag_over(target, data)
    event = QDropEvent(QPointF(50, 50), COPY, data, LEFT, PLAIN)
    event.setAccepted(False)
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def wait_for_hits(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.control.place.similar is not None and bool(window.control.count), timeout=PATIENCE)


def test_a_dropped_file_from_outside_finds_its_original_first(
    qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    original = indexed[0] / "photos" / "photo 2.jpg"
    outside = write_smaller_copy(original, tmp_path / "outside.jpg")
    data = urls(outside)
    assert drag_over(window, data)
    assert window.overlay.isVisible() and "similar" in window.overlay.title
    assert drop(window, data)
    assert not window.overlay.isVisible()
    wait_for_hits(qtbot, window)
    qtbot.waitUntil(lambda: window.browser.model.row_at(0) is not None, timeout=PATIENCE)
    first = window.browser.model.row_at(0)
    assert first is not None and first.path == original
    assert first.similarity is not None and first.similarity > 0.5
    assert window.query_bar.isVisible() and window.windowTitle().startswith("Similar to outside.jpg")
    window.control.back()
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)


def test_several_files_make_one_query(qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path]) -> None:
    photos = indexed[0] / "photos"
    drop(window, urls(photos / "photo 1.jpg", photos / "photo 4.jpg"))
    wait_for_hits(qtbot, window)
    request = window.control.place.similar
    assert request is not None and len(request.files) == 2
    assert window.control.count == 4


def test_a_folder_that_is_dropped_is_added(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "Holiday"
    folder.mkdir()
    data = urls(folder)
    drag_over(window, data)
    qtbot.waitUntil(lambda: "folder" in window.overlay.title)
    event = QDropEvent(QPointF(50, 50), COPY, data, LEFT, PLAIN)  # after it was said what that does
    QApplication.sendEvent(window, event)
    qtbot.waitUntil(lambda: "Added “Holiday”." in window.banners.texts, timeout=PATIENCE)
    assert window.control.place.similar is None


def test_a_folder_that_was_not_dragged_is_asked_about(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "Holiday"
    folder.mkdir()
    window.drops.take([folder])
    qtbot.waitUntil(lambda: window.banners.texts == ["Add “Holiday” to the library?"], timeout=PATIENCE)
    window.banners.shown[0].buttons[0].click()
    qtbot.waitUntil(lambda: "Added “Holiday”." in window.banners.texts, timeout=PATIENCE)


def test_what_is_no_media_file_gets_a_sentence(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    drop(window, urls(bad))
    qtbot.waitUntil(lambda: bool(window.banners.texts), timeout=PATIENCE)
    assert window.banners.texts[0].startswith("notes.jpg: ")
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
    assert window.control.place.similar is None
    history = window.control.history
    assert not history.can_go_forward and not history.can_go_back  # a failed search is no place to come back to


def test_one_bad_file_among_others_is_said_once(
    qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "empty.jpg"
    bad.touch()
    drop(window, urls(indexed[0] / "photos" / "photo 1.jpg", bad))
    wait_for_hits(qtbot, window)
    assert not window.banners.texts
    assert "empty.jpg" in window.query_bar._notes.text()
    assert window.windowTitle().startswith("Similar to photo 1.jpg")


def test_several_bad_files_are_one_banner(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jpg" for name in "abcde"]
    for file in files:
        file.touch()
    drop(window, urls(*files))
    qtbot.waitUntil(lambda: bool(window.banners.texts), timeout=PATIENCE)
    assert len(window.banners.texts) == 1
    assert window.banners.texts[0].startswith("5 files can’t be used: a.jpg, b.jpg, c.jpg and 2 more. ")


def test_leaving_takes_the_overlay_away(window: MainWindow, tmp_path: Path) -> None:
    drag_over(window, urls(tmp_path / "a.jpg"))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.overlay.isVisible()
    text = QMimeData()
    text.setText("hello")
    assert not drag_over(window, text)


def test_files_and_pictures_are_pasted(qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path]) -> None:
    QGuiApplication.clipboard().setMimeData(urls(indexed[0] / "photos" / "photo 0.jpg"))
    window.actions_by_name["paste"].trigger()
    wait_for_hits(qtbot, window)
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("#aa5522"))
    QGuiApplication.clipboard().setImage(image)
    window.actions_by_name["paste"].trigger()
    qtbot.waitUntil(lambda: "Pasted picture" in window.windowTitle() and bool(window.control.count), timeout=PATIENCE)


def test_items_dropped_on_the_search_field_are_searched_with(qtbot: QtBot, window: MainWindow) -> None:
    item = int(window.browser.model.ids[0])
    assert drop(window.header.search, mime_of([item], []))
    wait_for_hits(qtbot, window)
    assert window.control.place.similar is not None and window.control.place.similar.items == (item,)


def test_what_is_dragged_out_are_files_and_ids(qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path]) -> None:
    window.browser.grid.select_ranges([(0, 1)])
    qtbot.waitUntil(lambda: len(window.commands.rows()) == 2, timeout=PATIENCE)
    window.commands.copy()
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat(IDS) and len(ids_in(data)) == 2
    assert all(path.parent == indexed[0] / "photos" for path in files_in(data))
    assert not ids_in(QMimeData())


def test_folders_that_are_closed_are_told_once(window: MainWindow) -> None:
    """What is in them is not in the library, and nothing else would say so."""
    first, second = "Akin is not allowed to look into the folder /a/b.", "The folder /a/c can't be read: i/o error."
    window.client.run_finished.emit(IndexReport(closed=(first,)))
    window.client.run_finished.emit(IndexReport(closed=(first,)))
    assert window.banners.texts == [first]
    window.client.run_finished.emit(IndexReport(closed=(first, second, "The folder /a/d can't be read: i/o error.")))
    assert window.banners.texts == [first, f"{second} 1\u00a0other folder can’t be read either."]
