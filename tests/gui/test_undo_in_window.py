"""Ctrl+Z and Ctrl+Shift+Z in the real window, for each kind of edit, and after a restart."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import LibraryTree, Listing, Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import ScopeKind
from desktop_app.engine.library import Library
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.tree_model import TreeModel

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Labels = tuple[str, str]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("window"))


class Labelled:
    """A window whose labels of undo and redo can be waited for."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self._qtbot = qtbot

    def labels(self) -> Labels:
        undo, redo = (self.window.actions_by_name[name].text().partition(" ")[2] for name in ("undo", "redo"))
        return undo, redo

    def wait(self, undo: str, redo: str = "") -> None:
        self._qtbot.waitUntil(lambda: self.labels() == (undo, redo), timeout=PATIENCE)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = CONTROL) -> None:
        QTest.keyClick(self.window, key, modifiers)

    def tree(self) -> LibraryTree:
        with self._qtbot.waitSignal(self.window.client.tree_ready, timeout=PATIENCE) as answer:
            self.window.client.fetch_tree()
        assert answer.args is not None
        return answer.args[1]


def test_each_edit_by_the_keys(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> None:
    media, template = indexed
    profile = copied_profile(template, tmp_path / "copy")
    with opened_window(qtbot, profile) as window:
        made = Labelled(window, qtbot)
        client, grid = window.client, window.browser.grid
        grid.set_current(0)
        item = ItemId(int(window.browser.model.ids[0]))
        start = made.tree()
        tracks = [ItemId(int(each)) for each in all_tracks(window, qtbot)]
        edits: list[tuple[Callable[[], object], str]] = [
            (lambda: QTest.keyClick(grid, Qt.Key.Key_4), "Rate 1 Photo"),
            (lambda: client.tag([item], ["sea"], []), "Tag 1 Photo"),
            (lambda: client.save_playlist("Evening", tracks), "Save Playlist “Evening”"),
            (lambda: client.rename_playlist(made.tree().playlists[0].id, "Night"), "Rename Playlist"),
            (lambda: client.delete_playlist(made.tree().playlists[0].id), "Delete Playlist “Night”"),
            (lambda: client.remove_items([item]), "Remove 1 Photo"),
            (lambda: client.remove_folder(media), f"Remove Folder “{media.name}”"),
        ]
        names = ["", *(name for _edit, name in edits)]
        for edit, name in edits:
            edit()
            made.wait(name)
        end = made.tree()
        assert end.photos == 0
        for at in range(len(edits), 0, -1):
            made.press(Qt.Key.Key_Z)
            made.wait(names[at - 1], names[at])
        assert made.tree() == start
        for at in range(1, len(names)):
            made.press(Qt.Key.Key_Z, CONTROL | SHIFT)
            made.wait(names[at], names[at + 1] if at + 1 < len(names) else "")
        assert made.tree() == end
    with opened_window(qtbot, profile) as window:
        made = Labelled(window, qtbot)
        made.wait(names[-1])
        made.press(Qt.Key.Key_Z)
        made.wait(names[-2], names[-1])
        made.press(Qt.Key.Key_Z)
        made.wait(names[-3], names[-2])
        assert made.tree().photos == start.photos
    with Library.open(profile, jobs=1) as library:
        assert library.doctor(repair=False)["ok"] and library.detail(item).row.rating == 4


def test_a_folder_that_was_removed_is_one_click_away(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> None:
    media, template = indexed
    with opened_window(qtbot, copied_profile(template, tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        photos = made.tree().photos
        model = window.tree.model()
        assert isinstance(model, TreeModel)
        folders = model.index_of("folders")
        node = model.node(model.index(0, 0, folders))
        assert node.is_root
        menu = window.place_menu.build(node, window.tree.tree)
        assert menu is not None
        next(each for each in menu.actions() if each.text() == "Remove from Library…").trigger()
        question = window.findChild(Question)
        assert question is not None
        question.answer("Remove Folder").click()
        said = f"“{media.name}” is no longer in the library."
        qtbot.waitUntil(lambda: any(said in each for each in window.banners.texts), timeout=PATIENCE)
        assert made.tree().photos == 0
        (undo,) = [each for banner in window.banners.shown for each in banner.buttons if each.text() == "Undo"]
        undo.click()
        qtbot.waitUntil(lambda: made.tree().photos == photos, timeout=PATIENCE)


def all_tracks(window: MainWindow, qtbot: QtBot) -> list[int]:
    """Ids of all tracks."""
    with qtbot.waitSignal(window.client.listing_ready, timeout=PATIENCE) as answer:
        window.client.list_items(Listing(Scope(ScopeKind.TRACKS)), channel="test")
    assert answer.args is not None
    return answer.args[1].ids.tolist()


def test_what_was_undone_is_said_until_something_else_is_done(
    qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    """The change may be out of sight; the note's button is the way back, and never that of another edit."""
    _media, template = indexed
    with opened_window(qtbot, copied_profile(template, tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        window.browser.grid.set_current(0)
        item = ItemId(int(window.browser.model.ids[0]))

        def said(*texts: str) -> None:
            qtbot.waitUntil(lambda: window.banners.texts == list(texts), timeout=PATIENCE)

        window.client.rate([item], 4)
        made.wait("Rate 1 Photo")
        made.press(Qt.Key.Key_Z)
        said("Undone: Rate 1 Photo")
        window.banners.shown[0].buttons[0].click()
        made.wait("Rate 1 Photo")
        said("Redone: Rate 1 Photo")
        made.press(Qt.Key.Key_Z)
        said("Undone: Rate 1 Photo")
        window.client.tag([item], add=["sea"])
        made.wait("Tag 1 Photo")
        said()


def test_keys_pressed_at_once_say_what_each_undid(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> None:
    """The second key comes before the first is answered: its note is not that of the first."""
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        item = ItemId(int(window.browser.model.ids[0]))
        window.client.rate([item], 4)
        window.client.tag([item], add=["sea"])
        made.wait("Tag 1 Photo")
        made.press(Qt.Key.Key_Z)
        made.press(Qt.Key.Key_Z)
        qtbot.waitUntil(lambda: window.banners.texts == ["Undone: Rate 1 Photo"], timeout=PATIENCE)


def test_a_notes_undo_never_means_an_edit_that_came_since(
    qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    """As of a command, of which the window has not heard when the button is pressed."""
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        item = ItemId(int(window.browser.model.ids[0]))
        window.requests.expect(window.client.rate([item], 4), lambda done: window.undoing.offer("Rated.", done))
        qtbot.waitUntil(lambda: window.banners.texts == ["Rated."], timeout=PATIENCE)
        (undo,) = window.banners.shown[0].buttons
        window.client.rate([item], 2)
        undo.click()
        qtbot.waitUntil(lambda: any("meanwhile" in each for each in window.banners.texts), timeout=PATIENCE)
        assert made.labels() == ("Rate 1 Photo", "")
        with qtbot.waitSignal(window.client.rows_ready, timeout=PATIENCE) as answer:
            window.client.fetch_rows([item])
        assert answer.args is not None and answer.args[1][0].rating == 2
        window.requests.expect(window.client.rate([item], 5), lambda done: window.undoing.offer("Rated again.", done))
        qtbot.waitUntil(lambda: "Rated again." in window.banners.texts, timeout=PATIENCE)
        window.banners.shown[-1].buttons[0].click()
        qtbot.waitUntil(lambda: made.labels() == ("Rate 1 Photo", "Rate 1 Photo"), timeout=PATIENCE)


def test_what_changed_nothing_offers_no_undo(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> None:
    """It would take back another edit: the last one that was made."""
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        gone, other = (ItemId(each) for each in window.browser.model.ids[:2].tolist())
        qtbot.waitUntil(lambda: window.browser.model.known_row(gone) is not None, timeout=PATIENCE)
        row = window.browser.model.known_row(gone)
        assert row is not None
        window.commands._tell_away([row])
        (remove,) = window.banners.shown[0].buttons
        window.client.remove_items([gone])
        made.wait("Remove 1 Photo")
        window.client.rate([other], 4)
        made.wait("Rate 1 Photo")
        remove.click()
        qtbot.waitUntil(lambda: any("nothing to remove" in each for each in window.banners.texts), timeout=PATIENCE)
        assert not any("removed" in each for each in window.banners.texts)
        assert "Undo" not in [each.text() for banner in window.banners.shown for each in banner.buttons]


def test_a_notice_counts_what_was_removed(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> None:
    """Not what was asked for: some of it may be gone by then."""
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        gone, other = (ItemId(each) for each in window.browser.model.ids[:2].tolist())
        window.client.remove_items([gone])
        made.wait("Remove 1 Photo")
        window.commands._remove_now([gone, other])
        said = "1\u00a0item removed from the library."
        qtbot.waitUntil(lambda: window.banners.texts == [said], timeout=PATIENCE)


def test_an_imported_collection_is_taken_back_by_its_own_notice(
    qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as window:
        made = Labelled(window, qtbot)
        item = ItemId(int(window.browser.model.ids[0]))
        window.client.rate([item], 4)
        made.wait("Rate 1 Photo")
        with qtbot.waitSignal(window.client.exported, timeout=PATIENCE):
            window.client.export_collection(tmp_path / "all.json")
        window.client.undo()
        made.wait("", "Rate 1 Photo")
        window.client.tag([item], add=["sea"])
        made.wait("Tag 1 Photo")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(tmp_path / "all.json"), ""))
        window.library_commands.import_collection()
        qtbot.waitUntil(lambda: any("Added: " in each for each in window.banners.texts), timeout=PATIENCE)
        (undo,) = [each for banner in window.banners.shown for each in banner.buttons if each.text() == "Undo"]
        undo.click()
        qtbot.waitUntil(lambda: made.labels()[0] == "Tag 1 Photo", timeout=PATIENCE)
        assert not any("meanwhile" in each for each in window.banners.texts)
