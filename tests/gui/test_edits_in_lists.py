"""An edit that takes an item out of the list that is shown: what the next key means."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, index_small_library, opened_window
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import SimilarRequest
from desktop_app.paths import Profile
from desktop_app.ui.main_window import MainWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """Over a library and files of its own."""
    _media, profile = index_small_library(tmp_path)
    with opened_window(qtbot, Profile.at(profile)) as made:
        yield made


def listed(window: MainWindow) -> list[int]:
    return [int(each) for each in window.browser.model.ids]


def selected(window: MainWindow) -> list[int]:
    return [int(each) for each in window.browser.selected_ids()]


def rating_of(window: MainWindow, item: int) -> int:
    row = window.browser.model.known_row(item)
    return -1 if row is None else row.rating


def search(qtbot: QtBot, window: MainWindow, text: str) -> list[int]:
    window.control.search(text)
    qtbot.waitUntil(lambda: bool(window.control.count), timeout=PATIENCE)
    window.browser.grid.set_current(0)
    window.browser.grid.setFocus()
    qtbot.waitUntil(lambda: window.browser.model.known_row(listed(window)[0]) is not None, timeout=PATIENCE)
    return listed(window)


def test_a_rating_is_corrected_though_the_list_no_longer_has_the_photo(qtbot: QtBot, window: MainWindow) -> None:
    before = search(qtbot, window, "rating:0")
    first, second = before[:2]
    for stars, key in ((4, Qt.Key.Key_4), (5, Qt.Key.Key_5)):
        qtbot.keyClick(window.browser.grid, key)
        qtbot.waitUntil(lambda stars=stars: rating_of(window, first) == stars, timeout=PATIENCE)
        with qtbot.waitSignal(window.client.listing_ready, timeout=PATIENCE):
            window.client.list_items(window.control.place.listing(window.control.arrangement), channel="test")
        assert listed(window) == before and selected(window) == [first]
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: listed(window) == before[1:], timeout=PATIENCE)
    assert selected(window) == [second] and rating_of(window, second) == 0


def test_photos_are_rated_one_after_the_other_however_quickly(qtbot: QtBot, window: MainWindow) -> None:
    """Each key means the photo that is seen selected, whatever a list that is asked for again says meanwhile."""
    before = search(qtbot, window, "rating:0")
    for number in range(3):
        qtbot.keyClick(window.browser.grid, Qt.Key.Key_4)
        qtbot.waitUntil(lambda number=number: rating_of(window, before[number]) == 4, timeout=PATIENCE)
        window.client.items_changed.emit(ChangeSet(membership=True))  # as a run does
        assert selected(window) == [before[number]]
        qtbot.keyClick(window.browser.grid, Qt.Key.Key_Right)
        assert selected(window) == [before[number + 1]]
    qtbot.waitUntil(lambda: listed(window) == before[3:], timeout=PATIENCE)
    assert selected(window) == [before[3]]


def test_while_files_are_read_a_rating_can_be_corrected(qtbot: QtBot, window: MainWindow) -> None:
    before = search(qtbot, window, "rating:0")
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_4)
    qtbot.waitUntil(lambda: rating_of(window, before[0]) == 4, timeout=PATIENCE)
    for _ in range(3):
        window.client.items_changed.emit(ChangeSet(membership=True))
        qtbot.waitUntil(lambda: not window.control._refresh._timer.isActive(), timeout=PATIENCE)
        with qtbot.waitSignal(window.client.listing_ready, timeout=PATIENCE):
            window.client.list_items(window.control.place.listing(window.control.arrangement), channel="test")
    assert listed(window) == before and selected(window) == [before[0]]


def test_undo_of_what_left_the_list_brings_it_back(qtbot: QtBot, window: MainWindow) -> None:
    before = search(qtbot, window, "rating:0")
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: rating_of(window, before[0]) == 3, timeout=PATIENCE)
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: listed(window) == before[1:], timeout=PATIENCE)
    title, detail = window.detail.page.title, window.detail
    qtbot.waitUntil(lambda: title.isVisible() and bool(detail.page.similar.cells), timeout=PATIENCE)
    cells, blinks = list(detail.page.similar.cells), list[int]()
    detail._stack.currentChanged.connect(blinks.append)
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: listed(window) == before, timeout=PATIENCE)
    assert selected(window) == [before[1]] and title.isVisible()
    assert (detail.page.similar.cells, blinks) == (cells, [])  # the details of what stays selected don't blink


def test_after_what_others_take_away_nothing_is_selected(qtbot: QtBot, window: MainWindow) -> None:
    """As a command beside the window may: the key that was meant for it must not find the photo in its place."""
    before = listed(window)
    window.browser.grid.set_current(0)
    window.client.remove_items([ItemId(before[0])])
    qtbot.waitUntil(lambda: listed(window) == before[1:], timeout=PATIENCE)
    assert not selected(window)
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_Right)
    assert selected(window) == [before[2]]


def test_after_what_one_takes_away_oneself_comes_the_next(qtbot: QtBot, window: MainWindow) -> None:
    before = listed(window)
    window.browser.grid.set_current(1)
    window.actions_by_name["remove"].trigger()
    qtbot.waitUntil(lambda: listed(window) == [before[0], *before[2:]], timeout=PATIENCE)
    assert selected(window) == [before[2]]


def test_hits_that_are_no_longer_in_the_library_go_from_their_page(qtbot: QtBot, window: MainWindow) -> None:
    window.control.find_similar(SimilarRequest(items=(ItemId(listed(window)[0]),)))
    qtbot.waitUntil(lambda: bool(window.control.count) and bool(window.browser.model.scores), timeout=PATIENCE)
    before, scores = listed(window), dict(window.browser.model.scores)
    window.browser.grid.set_current(0)
    window.client.remove_items([ItemId(before[0]), ItemId(before[2])])
    qtbot.waitUntil(lambda: listed(window) == [before[1], *before[3:]], timeout=PATIENCE)
    assert window.control.count == len(before) - 2 and not selected(window)
    assert window.browser.model.scores == scores
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: listed(window) == before, timeout=PATIENCE)


def test_a_check_of_earlier_hits_says_nothing_of_later_ones(qtbot: QtBot, window: MainWindow) -> None:
    first, second = listed(window)[:2]
    window.control.find_similar(SimilarRequest(items=(ItemId(first),)))
    qtbot.waitUntil(lambda: bool(window.control.count) and bool(window.browser.model.scores), timeout=PATIENCE)
    window.control.refresh()
    request = window.control._check_request
    window.control.find_similar(SimilarRequest(items=(ItemId(second),)))
    qtbot.waitUntil(lambda: bool(window.control.count), timeout=PATIENCE)
    hits = listed(window)
    window.client.rows_ready.emit(request, [])
    assert listed(window) == hits and window.control.count == len(hits)


def test_looking_again_lets_go_of_what_no_longer_matches(qtbot: QtBot, window: MainWindow) -> None:
    before = search(qtbot, window, "rating:0")
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: rating_of(window, before[0]) == 5, timeout=PATIENCE)
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: listed(window) == before[1:], timeout=PATIENCE)


def test_a_click_elsewhere_lets_go_of_what_no_longer_matches(qtbot: QtBot, window: MainWindow) -> None:
    before = search(qtbot, window, "photo rating:<3")
    grid = window.browser.grid
    qtbot.keyClick(grid, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: rating_of(window, before[0]) == 5, timeout=PATIENCE)
    qtbot.mouseClick(
        grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.visualRect(window.browser.model.index(2, 0)).center()
    )
    qtbot.waitUntil(lambda: listed(window) == before[1:], timeout=PATIENCE)
    assert selected(window) == [before[2]]


def test_the_rating_of_many_is_said_once_with_the_way_back(qtbot: QtBot, window: MainWindow) -> None:
    grid, ids = window.browser.grid, listed(window)
    grid.selectAll()
    for key, stars in ((Qt.Key.Key_3, "★★★"), (Qt.Key.Key_4, "★★★★")):
        qtbot.keyClick(grid, key)
        said = [f"6\u00a0photos rated {stars}."]
        qtbot.waitUntil(lambda said=said: window.banners.texts == said, timeout=PATIENCE)
    qtbot.mouseClick(window.banners.shown[0].buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rating_of(window, ids[0]) in (0, 3), timeout=PATIENCE)
    window.browser.select_ids(window.browser.model.ids[:5])
    with qtbot.waitSignal(window.client.done, timeout=PATIENCE):
        qtbot.keyClick(grid, Qt.Key.Key_5)
    assert not any("rated" in text for text in window.banners.texts)
