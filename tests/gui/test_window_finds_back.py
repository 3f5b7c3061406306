"""The window stays where one was: after the viewer, new counts, a slow or failed search; menus open by the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window, select_first
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Scope
from desktop_app.domain.kinds import ScopeKind
from desktop_app.domain.notices import JobError
from desktop_app.domain.search import SimilarRequest
from desktop_app.ui import choosing
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.tree_model import TreeModel
from desktop_app.ui.window_state import restore_window, save_window


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("finds_back"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        yield made


def test_the_photo_last_looked_at_is_selected(qtbot: QtBot, window: MainWindow) -> None:
    ids = window.browser.model.ids
    window.browser.grid.set_current(0)
    window.selected.look_into(int(ids[0]))
    window.viewer.step(3)
    window.viewer.leave()
    assert window.browser.selected_ids().tolist() == [int(ids[3])]
    assert window.browser.current_id() == int(ids[3])


def test_a_selection_that_holds_it_stays(window: MainWindow) -> None:
    ids = window.browser.model.ids
    window.browser.select_ids(ids[:3])
    window.selected.look_into(int(ids[0]))
    window.viewer.step(1)
    window.viewer.leave()
    assert window.browser.selected_count == 3
    assert window.browser.current_id() == int(ids[1])


def test_playlists_are_read_and_written_where_they_were_the_day_before(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_playlists", [tmp_path])
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    save_window(window, settings)
    monkeypatch.setattr(choosing, "_playlists", [])
    restore_window(window, settings)
    assert choosing.playlist_folder() == tmp_path


@pytest.mark.parametrize("as_list", [False, True])
def test_shift_f10_opens_the_menu_at_the_current_item(qtbot: QtBot, window: MainWindow, as_list: bool) -> None:
    window.control.set_as_list(as_list)
    qtbot.waitUntil(lambda: window.browser.as_list is as_list, timeout=PATIENCE)
    item = int(window.browser.model.ids[0])
    qtbot.waitUntil(lambda: window.browser.model.known_row(item) is not None, timeout=PATIENCE)
    window.browser.grid.set_current(0)
    window.browser.grid.selectionModel().clearSelection()
    with qtbot.waitSignal(window.browser.menu_requested) as asked:
        qtbot.keyClick(window.browser.view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    view = window.browser.view
    assert view.visualRect(view.currentIndex()).contains(view.viewport().mapFromGlobal(asked.args[0]))
    assert window.browser.selected_ids().tolist() == [item]
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu) and menu.objectName() == "itemMenu"
    menu.close()


def test_shift_f10_in_the_tree(qtbot: QtBot, window: MainWindow) -> None:
    model = window.tree.model()
    assert isinstance(model, TreeModel)
    qtbot.waitUntil(lambda: model.index_of("photos/all").isValid(), timeout=PATIENCE)
    window.tree.setCurrentIndex(model.index_of("photos/all"))
    with qtbot.waitSignal(window.tree.menu_requested) as asked:
        qtbot.keyClick(window.tree, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert asked.args[0].key == "photos/all"


def test_what_was_closed_in_the_tree_stays_closed(qtbot: QtBot, window: MainWindow) -> None:
    tree, model = window.tree, window.tree.model()
    assert isinstance(model, TreeModel)
    qtbot.waitUntil(lambda: tree.tree is not None, timeout=PATIENCE)
    assert tree.tree is not None
    artist = tree.tree.artists[0]
    tree.show_place(Scope(ScopeKind.ARTIST, artist.value, artist.label))
    assert not tree.isExpanded(model.index_of("music/artists"))
    assert model.node(tree.currentIndex()).key == "music/artists"
    tree.setExpanded(model.index_of("music/artists"), True)
    assert model.node(tree.currentIndex()).label == artist.label
    tree.setExpanded(model.index_of("music/artists"), False)
    window.client.fetch_tree()
    tree._tree = None
    with qtbot.waitSignal(tree.tree_changed, timeout=PATIENCE):
        tree.reload()
    assert not tree.isExpanded(model.index_of("music/artists"))


def test_an_artist_of_the_tree_has_a_menu_and_plays(qtbot: QtBot, window: MainWindow) -> None:
    model = window.tree.model()
    assert isinstance(model, TreeModel) and window.tree.tree is not None
    artist = window.tree.tree.artists[0]
    node = model.node(model.index_of(f"music/artists/{artist.value}"))
    menu = window.place_menu.build(node, window.tree.tree)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Play", "Build Playlist…"]
    with qtbot.waitSignal(window.playlists.play_wanted, timeout=PATIENCE) as played:
        menu.actions()[0].trigger()
    assert len(played.args[0]) == artist.count


def wait_for(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: window.control.count == count, timeout=PATIENCE)


def test_a_search_that_takes_long_leaves_no_older_answer_on_the_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select_first(qtbot, window)
    window.commands.find_similar()
    wait_for(qtbot, window, 5)
    first = int(window.browser.model.ids[0])
    qtbot.waitUntil(lambda: window.browser.selected_ids().tolist() == [first])
    never = 10**9
    with monkeypatch.context() as patch:
        patch.setattr(window.client, "find_similar", lambda *_, **__: never)
        window.control.find_similar(SimilarRequest(files=(tmp_path / "slow.jpg",)))
    assert [chip.text() for chip in window.query_bar.chips] == ["slow.jpg"]
    assert window.query_bar._summary.text() == "Looking for similar ones…"
    assert len(window.browser.model.ids) == 5  # a quick answer would not flicker
    qtbot.waitUntil(lambda: len(window.browser.model.ids) == 0, timeout=PATIENCE)
    assert not window.browser.selected_count
    window.client.failed.emit(never, JobError("slow.jpg can’t be read."))
    assert window.banners.texts == ["slow.jpg can’t be read."]
    wait_for(qtbot, window, 5)
    assert window.browser.selected_ids().tolist() == [first]
    assert window.windowTitle().startswith("Similar to photo")
    assert window.query_bar._summary.text().startswith("best first")


def test_a_search_that_is_left_before_its_answer_leaves_the_page_as_it_was(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = select_first(qtbot, window)
    with monkeypatch.context() as patch:
        patch.setattr(window.client, "find_similar", lambda *_, **__: 10**9)
        window.control.find_similar(SimilarRequest(files=(tmp_path / "slow.jpg",)))
        qtbot.waitUntil(lambda: len(window.browser.model.ids) == 0, timeout=PATIENCE)
    window.query_bar.back_requested.emit()
    wait_for(qtbot, window, 6)
    assert window.browser.selected_ids().tolist() == [item] and not window.query_bar.isVisible()
