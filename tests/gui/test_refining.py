"""Going on from similar items: why one is there, more like it, less like it; what is said when folders are added."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.ui.main_window import MainWindow


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("refining"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        yield made


def find_similar(qtbot: QtBot, window: MainWindow) -> int:
    """To the first item; returns it."""
    window.browser.grid.set_current(0)
    item = int(window.browser.model.ids[0])
    qtbot.waitUntil(lambda: window.browser.model.known_row(item) is not None, timeout=PATIENCE)
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE):
        window.actions_by_name["similar"].trigger()
    return item


def select_hit(qtbot: QtBot, window: MainWindow, place: int) -> int:
    window.browser.grid.set_current(place)
    hit = int(window.browser.model.ids[place])
    qtbot.waitUntil(lambda: window.browser.model.known_row(hit) is not None, timeout=PATIENCE)
    return hit


def test_a_selected_hit_says_why_it_is_there(qtbot: QtBot, window: MainWindow) -> None:
    assert window.detail.page.why.text == ""
    find_similar(qtbot, window)
    hit = select_hit(qtbot, window, 1)
    reason = window.refining.hit_of(hit)
    assert reason is not None
    heading, *lines = window.detail.page.why.text.splitlines()
    assert heading == f"Why {round(reason.score * 100)}\u00a0%"
    assert any(line.startswith("Look ") for line in lines)
    window.control.back()
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
    assert window.detail.page.why.text == ""


def test_more_and_less_like_this_refine_the_query(qtbot: QtBot, window: MainWindow) -> None:
    actions = window.actions_by_name
    assert not actions["more_like"].isEnabled()
    first = find_similar(qtbot, window)
    unwanted = select_hit(qtbot, window, 0)
    assert actions["more_like"].isEnabled() and actions["less_like"].isEnabled()
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE) as found:
        actions["less_like"].trigger()
    request = found.args[0].request
    assert (request.items, request.less_items) == ((first,), (unwanted,))
    assert len(window.query_bar.chips) == 2
    wanted = select_hit(qtbot, window, 0)
    with qtbot.waitSignal(window.control.similar_found, timeout=PATIENCE) as found:
        actions["more_like"].trigger()
    assert set(found.args[0].request.items) == {first, wanted}
    window.control.back()
    window.control.back()
    window.control.back()
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
    select_hit(qtbot, window, 0)
    assert not actions["less_like"].isEnabled()


@pytest.mark.parametrize("among_hits", [False, True])
def test_only_hits_have_more_and_less_in_their_menu(qtbot: QtBot, window: MainWindow, among_hits: bool) -> None:
    if among_hits:
        find_similar(qtbot, window)
    select_hit(qtbot, window, 0)
    window.browser.menu_requested.emit(window.mapToGlobal(QPoint(300, 300)))
    menu = next(each for each in window.findChildren(QMenu, "itemMenu"))
    names = [action.objectName() for action in menu.actions()]
    assert ("more_like" in names and "less_like" in names) is among_hits
    menu.close()


def test_adding_a_folder_is_said_and_can_be_taken_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    window.arrivals.add_folders([tmp_path / "new"])
    qtbot.waitUntil(lambda: "Added “new”." in window.banners.texts, timeout=PATIENCE)
    assert window.tree.tree is not None
    qtbot.waitUntil(lambda: window.tree.tree is not None and len(window.tree.tree.roots) == 2, timeout=PATIENCE)
    button = next(each for banner in window.banners.shown for each in banner.buttons)
    assert button.text() == "Take Out Again"
    button.click()
    qtbot.waitUntil(lambda: window.tree.tree is not None and len(window.tree.tree.roots) == 1, timeout=PATIENCE)
    (tmp_path / "link").symlink_to(window.tree.tree.roots[0].path)
    window.arrivals.add_folders([tmp_path / "link"])
    told = "“link” is in the library already"
    qtbot.waitUntil(lambda: any(told in text for text in window.banners.texts), timeout=PATIENCE)
    assert not any(banner.buttons for banner in window.banners.shown if told in banner.notice.text)


def test_a_saved_playlist_can_be_shown_and_undone(qtbot: QtBot, window: MainWindow) -> None:
    tracks = [5, 6]
    window.requests.expect(
        window.client.save_playlist("Evening", tracks), lambda done: window.playlists.tell_saved("Evening", done)
    )
    qtbot.waitUntil(lambda: bool(window.tree.tree and window.tree.tree.playlists), timeout=PATIENCE)
    qtbot.waitUntil(lambda: any("Evening" in text for text in window.banners.texts), timeout=PATIENCE)
    show, undo = next(banner for banner in window.banners.shown if "Evening" in banner.notice.text).buttons
    show.click()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Evening"), timeout=PATIENCE)
    undo.click()
    qtbot.waitUntil(lambda: not (window.tree.tree and window.tree.tree.playlists), timeout=PATIENCE)
