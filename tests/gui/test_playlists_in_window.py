"""Saved playlists in the real window: order, taking tracks out, files dropped on their line, deleting, undo."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import PlaylistInfo, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.kinds import ScopeKind, SortKey
from desktop_app.ui.dialogs.export_playlist import ExportPlaylistDialog
from desktop_app.ui.item_mime import mime_of
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.tree_model import TreeModel
from desktop_app.ui.playlist_edits import moved_block

COPY, LEFT, PLAIN = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("playlists"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    """With a playlist of the four tracks open in its own order."""
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        made.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
        wait_listed(qtbot, made, 4)
        made.requests.expect(made.client.save_playlist("Evening", made.browser.model.ids.tolist()))
        qtbot.waitUntil(lambda: bool(infos(made)), timeout=PATIENCE)
        made.control.open_scope(Scope(ScopeKind.PLAYLIST, str(infos(made)[0].id), "Evening"))
        wait_listed(qtbot, made, 4)
        yield made


def infos(window: MainWindow) -> tuple[PlaylistInfo, ...]:
    return window.tree.tree.playlists if window.tree.tree is not None else ()


def wait_listed(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: window.control.count == count == len(window.browser.model.ids), timeout=PATIENCE)


def wait_tracks(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: bool(infos(window)) and infos(window)[0].tracks == count, timeout=PATIENCE)


def order(window: MainWindow) -> list[int]:
    return [int(each) for each in window.browser.model.ids]


def wait_saved(qtbot: QtBot, window: MainWindow, wanted: list[int]) -> None:
    """Until the engine itself lists the playlist so."""
    replies: list[list[int]] = []
    window.client.listing_ready.connect(lambda _id, reply: replies.append([int(each) for each in reply.ids]))

    def asked() -> bool:
        window.control.refresh()
        return bool(replies) and replies[-1] == wanted

    qtbot.waitUntil(asked, timeout=PATIENCE)


def test_a_block_moves_together() -> None:
    ids = np.array([10, 11, 12, 13, 14])
    assert moved_block(ids, np.array([1, 3]), 5).tolist() == [10, 12, 14, 11, 13]
    assert moved_block(ids, np.array([1, 3]), 0).tolist() == [11, 13, 10, 12, 14]
    assert moved_block(ids, np.array([0]), 1).tolist() == ids.tolist()


def test_alt_down_moves_a_track_and_undo_brings_it_back(qtbot: QtBot, window: MainWindow) -> None:
    before = order(window)
    window.browser.select_ids(window.browser.model.ids[:1])
    window.activateWindow()
    window.browser.table.setFocus()
    qtbot.keyClick(window.browser.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    after = [before[1], before[0], *before[2:]]
    assert order(window) == after, "at once, before the engine has answered"
    assert window.browser.selected_ids().tolist() == [before[0]]
    wait_saved(qtbot, window, after)
    window.actions_by_name["undo"].trigger()
    wait_saved(qtbot, window, before)


@pytest.fixture
def repeated(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The same playlist, in which the first track stands at places 0, 2 and 4."""
    one, two, three, *_ = order(window)
    window.requests.expect(window.client.reorder_playlist(infos(window)[0].id, [one, two, one, three, one]))
    wait_listed(qtbot, window, 5)
    window.activateWindow()
    window.browser.table.setFocus()
    return window


def test_one_of_several_copies_moves_and_goes_alone(qtbot: QtBot, repeated: MainWindow) -> None:
    one, two, _, three, _ = order(repeated)
    table, browser = repeated.browser.table, repeated.browser
    table.selectRow(2)
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    wait_saved(qtbot, repeated, [one, two, three, one, one])
    assert browser.selected_ranges == [(3, 3)]
    qtbot.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    wait_saved(qtbot, repeated, [one, two, one, three, one])
    assert browser.selected_ranges == [(2, 2)]
    repeated.client.save_playlist("Another", [two])  # the list is asked for again
    with qtbot.waitSignal(repeated.control.listed, timeout=PATIENCE):
        repeated.control.refresh()
    assert browser.selected_ranges == [(2, 2)]
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    wait_saved(qtbot, repeated, [one, two, three, one])
    assert browser.selected_ranges == [(2, 2)]
    repeated.actions_by_name["undo"].trigger()
    wait_saved(qtbot, repeated, [one, two, one, three, one])
    assert browser.selected_count == 1


def test_a_track_passes_copies_of_itself(qtbot: QtBot, repeated: MainWindow) -> None:
    one, two, _, three, _ = order(repeated)
    repeated.requests.expect(repeated.client.reorder_playlist(infos(repeated)[0].id, [one, one, two, three]))
    wait_listed(qtbot, repeated, 4)
    table = repeated.browser.table
    table.selectRow(0)
    for _step in range(2):
        qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order(repeated) == [one, two, one, three] and repeated.browser.selected_ranges == [(2, 2)]
    wait_saved(qtbot, repeated, [one, two, one, three])


def test_one_of_several_copies_goes_in_another_order(qtbot: QtBot, repeated: MainWindow) -> None:
    one, two, _, three, _ = order(repeated)
    repeated.control.sort_by(SortKey.TITLE)
    wait_listed(qtbot, repeated, 5)
    repeated.browser.table.selectRow(order(repeated).index(one))
    qtbot.keyClick(repeated.browser.table, Qt.Key.Key_Delete)
    wait_listed(qtbot, repeated, 4)
    repeated.control.sort_by(SortKey.MANUAL)
    wait_saved(qtbot, repeated, [one, two, one, three])


def test_rows_dropped_in_the_list_take_that_place(qtbot: QtBot, window: MainWindow) -> None:
    before = order(window)
    table = window.browser.table
    table.selectRow(0)
    data = mime_of([before[0]], [])
    place = table.visualRect(table.model().index(2, 0))
    enter = QDragEnterEvent(QPointF(place.center()), COPY, data, LEFT, PLAIN)
    table._gap = table._gap_at(place.bottom() - 2)
    assert table._gap == 3
    table.dragEnterEvent(enter)
    assert not enter.isAccepted(), "without a source it is not one of our rows"
    table.rows_dropped.emit(3)
    wait_saved(qtbot, window, [before[1], before[2], before[0], before[3]])


def test_delete_takes_out_of_the_playlist_only(qtbot: QtBot, window: MainWindow) -> None:
    before = order(window)
    window.browser.table.selectRow(1)
    assert not window.actions_by_name["trash"].shortcuts()
    window.activateWindow()
    window.browser.table.setFocus()
    qtbot.keyClick(window.browser.table, Qt.Key.Key_Delete)
    wait_tracks(qtbot, window, 3)
    assert order(window) == [before[0], *before[2:]]
    assert window.tree.tree is not None and window.tree.tree.tracks == 4
    assert any("removed from “Evening”" in text for text in window.banners.texts)
    window.actions_by_name["undo"].trigger()
    wait_saved(qtbot, window, before)
    window.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
    wait_listed(qtbot, window, 4)
    window.browser.table.selectRow(1)
    assert window.actions_by_name["trash"].shortcuts() and not window.actions_by_name["take_out"].isEnabled()


def test_another_order_keeps_the_playlists_own(qtbot: QtBot, window: MainWindow) -> None:
    before = order(window)
    window.control.sort_by(SortKey.TITLE)
    wait_listed(qtbot, window, 4)
    window.browser.table.selectRow(0)
    gone = order(window)[0]
    assert not window.actions_by_name["move_down"].isEnabled()
    window.actions_by_name["take_out"].trigger()
    wait_tracks(qtbot, window, 3)
    window.control.sort_by(SortKey.MANUAL)
    wait_saved(qtbot, window, [each for each in before if each != gone])


def test_files_dropped_on_its_line_are_added(
    qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    tree = window.tree
    model = tree.model()
    assert isinstance(model, TreeModel)
    place = tree.visualRect(model.index_of(f"playlists/{infos(window)[0].id}")).center()
    spot = QPointF(window.mapFromGlobal(tree.viewport().mapToGlobal(place)))
    track = next(path for path in sorted(indexed[0].rglob("*")) if path.suffix in (".wav", ".flac", ".mp3"))
    stranger = tmp_path / "stranger.mp3"
    stranger.write_bytes(b"nothing")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (track, stranger)])
    QApplication.sendEvent(window, QDragEnterEvent(spot, COPY, data, LEFT, PLAIN))
    QApplication.sendEvent(window, QDragMoveEvent(spot, COPY, data, LEFT, PLAIN))
    assert tree.target and not window.overlay.isVisible()
    QApplication.sendEvent(window, QDragMoveEvent(QPointF(600, 400), COPY, data, LEFT, PLAIN))
    assert not tree.target and window.overlay.isVisible()
    QApplication.sendEvent(window, QDropEvent(spot, COPY, data, LEFT, PLAIN))
    assert not tree.target and not window.overlay.isVisible()
    wait_tracks(qtbot, window, 5)
    assert any("1 of these files is not a track" in text for text in window.banners.texts)


def test_the_menu_plays_and_deletes_with_a_way_back(qtbot: QtBot, window: MainWindow) -> None:
    info, before = infos(window)[0], order(window)
    with qtbot.waitSignal(window.playlists.play_wanted, timeout=PATIENCE) as played:
        window.playlists.play(info)
    assert played.args == [before, 0]
    window.playlists.delete(info)
    qtbot.waitUntil(lambda: not infos(window), timeout=PATIENCE)
    assert window.control.place.scope.kind is ScopeKind.TRACKS
    window.actions_by_name["undo"].trigger()
    wait_tracks(qtbot, window, 4)


def test_its_page_says_how_long_it_is_and_plays_it(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.browser.bar
    qtbot.waitUntil(lambda: bar.count.text().endswith("12\u00a0s"), timeout=PATIENCE)
    with qtbot.waitSignal(window.playlists.play_wanted, timeout=PATIENCE) as played:
        qtbot.mouseClick(bar.play, LEFT)
    assert [int(each) for each in played.args[0]] == order(window)
    window.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
    wait_listed(qtbot, window, 4)
    assert bar.play.isHidden()


def test_delete_on_its_line_deletes_the_playlist_with_a_way_back(qtbot: QtBot, window: MainWindow) -> None:
    window.browser.grid.set_current(0)
    window.tree.setFocus()
    assert window.tree.currentIndex().isValid()
    qtbot.keyClick(window.tree, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not infos(window), timeout=PATIENCE)
    assert any("deleted" in text for text in window.banners.texts)
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: bool(infos(window)), timeout=PATIENCE)
    assert infos(window)[0].tracks == 4


def test_a_renamed_playlist_is_called_so_at_once(qtbot: QtBot, window: MainWindow) -> None:
    window.requests.expect(window.client.rename_playlist(infos(window)[0].id, "Night"))
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Night"), timeout=PATIENCE)


def test_overviews_show_everything_in_sections(qtbot: QtBot, window: MainWindow) -> None:
    for kind, value, label, count in (
        (ScopeKind.TRACKS, "albums", "Albums", 4), (ScopeKind.TRACKS, "artists", "Artists", 4),
        (ScopeKind.TRACKS, "genres", "Genres", 4), (ScopeKind.PHOTOS, "dates", "Dates", 6),
        (ScopeKind.PHOTOS, "cameras", "Cameras", 6),
    ):  # fmt: skip
        window.control.open_scope(Scope(kind, value, label))
        wait_listed(qtbot, window, count)
        assert window.browser.model.sections and not window.browser.as_list
        assert window.windowTitle().startswith(label)


def test_a_name_is_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    window.playlists.rename(infos(window)[0])
    dialog = window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog) and dialog.textValue() == "Evening"
    dialog.setTextValue("  Late  ")
    dialog.accept()
    qtbot.waitUntil(lambda: infos(window)[0].name == "Late", timeout=PATIENCE)
    window.browser.table.selectRow(0)
    qtbot.waitUntil(lambda: len(window.commands.rows()) == 1, timeout=PATIENCE)
    window.actions_by_name["new_playlist"].trigger()
    asked = next(each for each in window.findChildren(QInputDialog) if each.windowTitle() == "New Playlist")
    asked.setTextValue("One")
    asked.accept()
    qtbot.waitUntil(lambda: {"Late", "One"} == {info.name for info in infos(window)}, timeout=PATIENCE)


def test_undo_of_a_notice_is_never_that_of_another_edit(qtbot: QtBot, window: MainWindow) -> None:
    """Its button would take back what was done last, whatever the notice says."""
    window.playlists.delete(infos(window)[0])
    qtbot.waitUntil(lambda: window.banners.texts == ["Playlist “Evening” deleted."], timeout=PATIENCE)
    window.control.open_scope(Scope(ScopeKind.TRACKS, "", "All tracks"))
    wait_listed(qtbot, window, 4)
    window.browser.table.selectRow(0)
    window.commands.rate(4)
    qtbot.waitUntil(lambda: not window.banners.texts, timeout=PATIENCE)
    # an edit of the same name as the one before takes its notice away, too
    window.playlists.tell_saved("Another", ChangeSet(edit=1))
    window.commands.rate(4)
    window.commands.rate(3)
    qtbot.waitUntil(lambda: not window.banners.texts, timeout=PATIENCE)


def test_undo_of_a_notice_says_what_it_took_back(qtbot: QtBot, window: MainWindow) -> None:
    window.banners.say("A photo could not be put back.", stays=True)
    window.playlists.delete(infos(window)[0])
    qtbot.waitUntil(lambda: len(window.banners.texts) == 2, timeout=PATIENCE)
    window.banners.shown[1].buttons[0].click()
    qtbot.waitUntil(lambda: "Undone: Delete Playlist “Evening”" in window.banners.texts, timeout=PATIENCE)
    assert window.banners.texts[0] == "A photo could not be put back.", "what stays until it is closed stays"
    wait_tracks(qtbot, window, 4)


def test_an_import_says_its_name_and_what_is_not_there(
    qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = next(path for path in sorted(indexed[0].rglob("*")) if path.suffix in (".wav", ".flac", ".mp3"))
    (tmp_path / "Evening.m3u8").write_text(f"{track}\n{tmp_path / 'gone.mp3'}\n", "utf-8")
    (tmp_path / "none.m3u8").write_text(f"{tmp_path / 'gone.mp3'}\n", "utf-8")
    chosen = [tmp_path / "Evening.m3u8", tmp_path / "none.m3u8"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(chosen.pop(0)), ""))
    window.actions_by_name["import_playlist"].trigger()
    said = "“Evening 2” is saved under Playlists, with 1 track. 1 more is not in the library: add its folder, then "
    qtbot.waitUntil(lambda: bool(window.banners.texts), timeout=PATIENCE)
    assert window.banners.texts[0].replace("\u00a0", " ") == said + "import it again."
    show, undo = window.banners.shown[0].buttons
    assert undo.text() == "Undo"
    qtbot.waitUntil(lambda: len(infos(window)) == 2, timeout=PATIENCE)
    show.click()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Evening 2"), timeout=PATIENCE)
    window.actions_by_name["import_playlist"].trigger()
    refused = "None of the tracks of none.m3u8 is in the library."
    qtbot.waitUntil(lambda: refused in window.banners.texts, timeout=PATIENCE)


def test_an_export_says_where_it_went(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "evening.m3u8"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    window.playlists.export(infos(window)[0])
    dialog = window.findChild(ExportPlaylistDialog)
    assert isinstance(dialog, ExportPlaylistDialog)
    dialog.save.click()
    qtbot.waitUntil(lambda: window.banners.texts == ["Exported to evening.m3u8."], timeout=PATIENCE)
    assert target.exists() and [button.text() for button in window.banners.shown[0].buttons] == ["Show in File Manager"]


def test_photos_dropped_on_a_playlist_are_left_out(qtbot: QtBot, window: MainWindow) -> None:
    playlist, track = infos(window)[0].id, order(window)[0]
    window.control.open_scope(Scope(ScopeKind.PHOTOS, "", "All photos"))
    wait_listed(qtbot, window, 6)
    photo = order(window)[0]
    window.tree.tracks_dropped.emit(playlist, (photo,))
    qtbot.waitUntil(lambda: "Playlists hold tracks, not photos." in window.banners.texts, timeout=PATIENCE)
    window.tree.tracks_dropped.emit(playlist, (photo, track))
    wait_tracks(qtbot, window, 5)
    assert any(text.startswith("1\u00a0track added to “Evening”") for text in window.banners.texts)


def test_f2_on_its_line_renames_the_playlist(qtbot: QtBot, window: MainWindow) -> None:
    window.tree.setFocus()
    qtbot.keyClick(window.tree, Qt.Key.Key_F2)
    dialog = window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog) and dialog.textValue() == "Evening"
    dialog.setTextValue("Dusk")
    dialog.accept()
    qtbot.waitUntil(lambda: infos(window)[0].name == "Dusk", timeout=PATIENCE)


def test_a_playlist_that_goes_is_never_called_empty(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    say = window.browser.say_empty
    monkeypatch.setattr(window.browser, "say_empty", lambda *said: (titles.append(said[1]), say(*said)))
    window.requests.expect(window.client.delete_playlist(infos(window)[0].id))
    qtbot.waitUntil(lambda: not infos(window) and bool(window.control.count), timeout=PATIENCE)
    assert "This playlist is empty" not in titles
    window.requests.expect(window.client.save_playlist("New", []))
    qtbot.waitUntil(lambda: bool(infos(window)), timeout=PATIENCE)
    window.control.open_scope(Scope(ScopeKind.PLAYLIST, str(infos(window)[0].id), "New"))
    qtbot.waitUntil(lambda: "This playlist is empty" in titles, timeout=PATIENCE)
