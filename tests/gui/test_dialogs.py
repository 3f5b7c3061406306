"""The dialogs: playlists, export, tags, preferences, crash, shortcuts."""

from dataclasses import replace
from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import PlaylistInfo
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import PlaylistId
from desktop_app.domain.items import Root
from desktop_app.domain.playlists import ExportOptions, Order
from desktop_app.domain.query import Field
from desktop_app.engine.search.language import parse
from desktop_app.ui.actions import Actions
from desktop_app.ui.dialogs.about import AboutDialog
from desktop_app.ui.dialogs.crash import CrashDialog
from desktop_app.ui.dialogs.export_playlist import ExportPlaylistDialog, file_name
from desktop_app.ui.dialogs.name import ask_name
from desktop_app.ui.dialogs.playlist import REPLACED, PlaylistDialog
from desktop_app.ui.dialogs.preferences import PreferencesDialog
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.dialogs.search_help import EXAMPLES, WORDS, SearchHelpDialog
from desktop_app.ui.dialogs.shortcuts import ShortcutsDialog, keys_of
from desktop_app.ui.dialogs.tags import TagsDialog


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    made.add_photo(1)
    for number in range(101, 131):
        made.add_track(number)
    made.roots = [Root(1, tmp_path / "Photos", True, False, 12), Root(2, tmp_path / "Gone", False, False, 3)]
    return made


@pytest.fixture
def playlist(qtbot: QtBot, engine: PanelEngine) -> PlaylistDialog:
    dialog = PlaylistDialog(engine, [103])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: len(dialog.tracks) == 20 and bool(dialog.name.text()))
    return dialog


def order(dialog: PlaylistDialog) -> list[int]:
    return [int(track.id) for track in dialog.tracks]


def test_a_playlist_is_previewed_and_named(playlist: PlaylistDialog) -> None:
    assert order(playlist)[:3] == [103, 101, 102]
    assert playlist.name.text() == "Like Song 103"
    assert playlist.list.lines[0].note == "seed"
    words = playlist._summary.text().replace("\u00a0", " ")
    assert words == "20 tracks · 1 h 22 min · average similarity 60 %"


def test_wishes_are_asked_once_after_a_moment(qtbot: QtBot, playlist: PlaylistDialog, engine: PanelEngine) -> None:
    options = playlist.options
    options.unit.setCurrentIndex(1)
    assert options.length.value() == 80
    options.length.setValue(40)
    options.variety.setValue(60)
    options.gap.setValue(4)
    options.order.setCurrentIndex(2)
    options.tempo.setChecked(True)
    options.harmonic.setChecked(True)
    qtbot.waitUntil(lambda: len(playlist.tracks) == 10)
    asked = [call[0] for call in engine.asked("build_playlist")]
    assert len(asked) == 2
    assert (asked[-1].minutes, asked[-1].variety, asked[-1].artist_gap) == (40.0, 0.6, 4)
    assert (asked[-1].order, asked[-1].bpm, asked[-1].harmonic) == (Order.RISING, (90.0, 130.0), True)


def test_reordered_by_keyboard_and_saved(qtbot: QtBot, playlist: PlaylistDialog, engine: PanelEngine) -> None:
    playlist.list.setCurrentIndex(playlist.list.model().index(0, 0))
    qtbot.keyClick(playlist.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order(playlist)[:2] == [101, 103]
    qtbot.keyClick(playlist.list, Qt.Key.Key_Delete)
    assert order(playlist)[:2] == [101, 102]
    assert "your order" in playlist._summary.text()
    mine = order(playlist)
    playlist.name.setText("  Evening ")
    with qtbot.waitSignal(playlist.saved) as saved:
        qtbot.keyClick(playlist.name, Qt.Key.Key_Return)
    assert saved.args == ["Evening", ChangeSet()]
    assert engine.asked("save_playlist") == [("Evening", mine)]
    assert not playlist.isVisible()


def test_a_changed_wish_replaces_the_users_order_and_says_so(
    qtbot: QtBot, playlist: PlaylistDialog, engine: PanelEngine
) -> None:
    engine.playlist_notes = ("Only 9 tracks fit.",)
    playlist.list.move_line(3, 1)
    mine = order(playlist)
    playlist.options.length.setValue(8)
    qtbot.waitUntil(lambda: len(playlist.tracks) == 8)
    assert playlist._note.text() == f"Only 9 tracks fit. {REPLACED}"
    qtbot.mouseClick(playlist._restore, Qt.MouseButton.LeftButton)
    assert order(playlist) == mine
    assert not playlist._restore.isVisible()


def test_play_export_and_failure(qtbot: QtBot, playlist: PlaylistDialog, engine: PanelEngine) -> None:
    with qtbot.waitSignal(playlist.play_requested) as played:
        qtbot.mouseClick(playlist.play, Qt.MouseButton.LeftButton)
    assert played.args == [order(playlist)]
    qtbot.mouseClick(playlist.export, Qt.MouseButton.LeftButton)
    export = playlist.findChild(ExportPlaylistDialog)
    assert export.isVisible()
    export.export_to(playlist._client.folder / "evening")
    qtbot.waitUntil(lambda: playlist._summary.whole.endswith("exported to evening.m3u8"))
    qtbot.keyClick(playlist.play, Qt.Key.Key_Return)
    assert not engine.asked("save_playlist"), "Return presses the button that has the focus"
    engine.fail_next = "There is a playlist of that name already."
    qtbot.mouseClick(playlist.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "of that name" in playlist._note.text())
    assert playlist.isVisible()
    assert playlist.save.isEnabled()
    engine.fail_next = "The seeds have no sound to compare."
    playlist.options.length.setValue(5)
    qtbot.waitUntil(lambda: playlist._empty.text() == "The seeds have no sound to compare.")
    assert not playlist.save.isEnabled()


def test_export_asks_where(qtbot: QtBot, engine: PanelEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = ExportPlaylistDialog(engine, "AC/DC: best?", ids=[101, 102])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.xspf.click()
    dialog.relative.click()
    asked: list[str] = []

    def choose(parent: object, title: str, start: str, kinds: str) -> tuple[str, str]:
        asked.append(start)
        return str(tmp_path / "list"), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    with qtbot.waitSignal(dialog.exported) as exported:
        qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert Path(asked[0]).name == "AC-DC- best-.xspf"
    assert exported.args == [tmp_path / "list.xspf"]
    assert engine.asked("export_tracks") == [((101, 102), tmp_path / "list.xspf", ExportOptions(relative=True))]
    assert file_name(" .. ") == "Playlist"


@pytest.mark.parametrize(("chosen", "replace"), [("list.xspf", True), ("list", False)])
def test_an_export_replaces_what_was_asked_about(
    qtbot: QtBot, engine: PanelEngine, tmp_path: Path, chosen: str, *, replace: bool
) -> None:
    """The question of the file dialog is about the name as it was chosen, not about the completed one."""
    dialog = ExportPlaylistDialog(engine, "Evening", ids=[101])
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.xspf.click()
    with qtbot.waitSignal(dialog.exported):
        dialog.export_to(tmp_path / chosen)
    assert engine.asked("export_tracks") == [((101,), tmp_path / "list.xspf", ExportOptions(replace=replace))]


def test_export_of_a_saved_playlist_that_fails(qtbot: QtBot, engine: PanelEngine, tmp_path: Path) -> None:
    dialog = ExportPlaylistDialog(engine, "Evening", playlist=7)
    qtbot.addWidget(dialog)
    dialog.show()
    engine.fail_next = "The folder can’t be written to."
    dialog.export_to(tmp_path / "a.m3u8")
    qtbot.waitUntil(lambda: dialog._problem.isVisible())
    assert dialog._problem.text() == "The folder can’t be written to."
    assert engine.asked("export_playlist")[0][0] == 7


def test_tags_of_a_selection_change_in_one_step(qtbot: QtBot, engine: PanelEngine) -> None:
    engine.add_track(101, tags=("night", "slow"))
    dialog = TagsDialog(engine, [101, 102])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.chips._tags == {"night": True, "slow": False})
    dialog.chips._chips[1].click()
    assert dialog.chips._tags == {"night": True, "slow": True}
    qtbot.keyClick(dialog.chips._chips[0], Qt.Key.Key_Delete)
    qtbot.keyClicks(dialog.chips._line, "new")
    qtbot.mouseClick(dialog.apply, Qt.MouseButton.LeftButton)
    assert engine.asked("tag") == [([101, 102], ["slow", "new"], ["night"])]


def test_tags_cancelled_change_nothing(qtbot: QtBot, engine: PanelEngine) -> None:
    dialog = TagsDialog(engine, [101])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.chips.tags == ("night",))
    field = dialog.chips._line
    qtbot.keyClicks(field, "sea")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.text() and field.isVisible() and dialog.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and engine.asked("tag") == []


@pytest.mark.parametrize("by_mouse", [False, True])
def test_a_known_tag_is_taken_whole_and_makes_room_for_the_next(
    qtbot: QtBot, engine: PanelEngine, by_mouse: bool
) -> None:
    dialog = TagsDialog(engine, [101])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.chips.tags == ("night",))
    dialog.chips.set_known(["bear, black", "bench"])
    field, popup = dialog.chips._line, dialog.chips._popup
    qtbot.keyClicks(field, "bear")
    qtbot.waitUntil(popup.isVisible)
    if by_mouse:
        where = popup.visualRect(popup.model().index(0, 0)).center()
        qtbot.mouseClick(popup.viewport(), Qt.MouseButton.LeftButton, pos=where)
    else:
        qtbot.keyClick(popup, Qt.Key.Key_Down)
        qtbot.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "bear, black" in dialog.chips.tags)
    qtbot.waitUntil(lambda: not field.text())
    qtbot.keyClicks(field, "cute")
    qtbot.keyClick(popup if popup.isVisible() else field, Qt.Key.Key_Return)
    assert dialog.changes() == (["bear, black", "cute"], [])
    assert dialog.isVisible(), "the next can be typed"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert engine.asked("tag") == [([101], ["bear, black", "cute"], [])]


def test_preferences_take_effect_at_once(qtbot: QtBot, engine: PanelEngine) -> None:
    dialog = PreferencesDialog(engine)
    qtbot.addWidget(dialog)
    dialog.show()
    table = dialog.folders.table
    qtbot.waitUntil(lambda: table.topLevelItemCount() == 2)
    assert [table.topLevelItem(row).text(2) for row in range(2)] == ["Watched", "Can’t be reached"]
    table.setCurrentItem(table.topLevelItem(0))
    qtbot.mouseClick(dialog.folders.pause, Qt.MouseButton.LeftButton)
    assert engine.asked("set_folder_paused") == [(1, True)]
    dialog.general.workers.setValue(3)
    dialog.general.cache.setValue(2)
    assert (engine.settings.workers, engine.settings.thumbnail_cache_mb) == (3, 2048)
    assert not engine.settings.full_speed_on_battery
    dialog.general.battery.click()
    assert engine.settings.full_speed_on_battery
    page = dialog.excluded
    page.names.setCurrentRow(0)
    page.remove.click()
    page.hidden.click()
    assert "@eaDir" not in engine.settings.excluded_folders
    assert engine.settings.include_hidden
    page.defaults.click()
    assert "@eaDir" in engine.settings.excluded_folders
    dialog.close()
    assert engine.asked("rescan") == [()], "looked through once, when all is chosen"


def test_folders_are_added_and_removed(
    qtbot: QtBot, engine: PanelEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = PreferencesDialog(engine)
    qtbot.addWidget(dialog)
    dialog.show()
    folders = dialog.folders
    qtbot.waitUntil(lambda: folders.table.topLevelItemCount() == 2)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    engine.fail_next = "This folder is inside another one."
    folders.add.click()
    assert engine.asked("add_folders") == [([tmp_path],)]
    qtbot.waitUntil(lambda: folders._problem.text() == "This folder is inside another one.")
    folders.table.setCurrentItem(folders.table.topLevelItem(1))
    folders.remove.click()
    (question,) = folders.findChildren(Question)
    assert "Undo brings everything back" in question.means.text()
    question.cancel.click()
    assert engine.asked("remove_folder") == []
    qtbot.waitUntil(lambda: not folders.findChildren(Question))
    folders.remove.click()
    (question,) = folders.findChildren(Question)
    question.answer("Remove Folder").click()
    assert engine.asked("remove_folder") == [(tmp_path / "Gone",)]


def test_a_crash_report_is_copied(qtbot: QtBot) -> None:
    dialog = CrashDialog("Traceback: x")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "Traceback: x"
    assert dialog.copy.text() == "Copied"


def test_shortcuts_are_listed_and_filtered(qtbot: QtBot) -> None:
    action = QAction("Find &Similar…")
    action.setShortcut("Ctrl+Shift+F")
    dialog = ShortcutsDialog([action, QAction("Without")])
    qtbot.addWidget(dialog)
    dialog.show()
    assert "Find Similar Ctrl+Shift+F" in dialog.shown
    qtbot.keyClicks(dialog.filter, "zoom")
    assert dialog.shown == ["Zoom in and out +, −"]


def test_about_names_version_and_licence(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.grab()


def test_a_playlist_of_the_same_name_is_replaced_only_knowingly(
    qtbot: QtBot, playlist: PlaylistDialog, engine: PanelEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = replace(engine._tree(), playlists=(PlaylistInfo(PlaylistId(1), "Evening", 3, 200.0),))
    engine.tree_ready.emit(99, tree)
    playlist.name.setText("Morning")
    assert playlist.save.text() == "Save" and not playlist._note.isVisible()
    playlist.name.setText(" evening ")
    assert playlist.save.text() == "Replace"
    assert playlist._note.text() == "There is already a playlist called “evening”."
    chosen: list[str] = []
    dialog = ask_name(playlist, "New Playlist", "Save", chosen.append, taken=["Evening"])
    dialog.setTextValue("EVENING")
    assert dialog.okButtonText() == "Replace" and "already" in dialog.labelText()
    dialog.setTextValue("Night")
    assert dialog.okButtonText() == "Save" and "already" not in dialog.labelText()
    dialog.accept()
    assert chosen == ["Night"]


def test_shortcuts_name_the_command_and_a_key_that_keyboards_have(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    actions = Actions(window)
    actions.label_undo("Rate 1 Photo", "")
    keys = dict(keys_of(window.actions()))
    assert keys["Undo"] == "Ctrl+Z" and keys["Copy"] == "Ctrl+C" and keys["Paste to Find Similar"] == "Ctrl+V"
    assert keys["Rate with one star"] == "1" and keys["Play or Pause"] == "Ctrl+P"
    assert not [name for name in keys if "★" in name]
    dialog = ShortcutsDialog(window.actions())
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog._page.minimumSizeHint().width() <= dialog._page.width()


def test_search_help_has_an_example_of_every_field(qtbot: QtBot) -> None:
    assert set(EXAMPLES) == set(Field)
    dialog = SearchHelpDialog()
    qtbot.addWidget(dialog)
    assert len(dialog.examples) == len(Field) + len(WORDS)
    for field, (example, _) in EXAMPLES.items():
        assert parse(example).asks(field)
    dialog.show()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.examples[0].click()
    assert chosen.args == ["beach"] and not dialog.isVisible()


def test_a_number_typed_at_once_is_the_length(qtbot: QtBot, playlist: PlaylistDialog) -> None:
    field = playlist.options.length
    assert playlist.focusWidget() is field
    qtbot.keyClicks(field, "35")
    assert field.value() == 35
