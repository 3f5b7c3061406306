"""The whole window over the real engine: search, navigation, edits, menus, state."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window, select_first
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Scope
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey, State
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.search import PaletteColour
from desktop_app.paths import Profile
from desktop_app.ui.context_menu import item_menu
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.panels.chips import Chip
from desktop_app.ui.side_panels import LEAST_MIDDLE
from desktop_app.ui.wording import held_text


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("window"))


@pytest.fixture
def own_profile(indexed: tuple[Path, Path], tmp_path: Path) -> Profile:
    return copied_profile(indexed[1], tmp_path / "copy")


@pytest.fixture
def window(qtbot: QtBot, own_profile: Profile) -> Iterator[MainWindow]:
    with opened_window(qtbot, own_profile) as made:
        yield made


def listed(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: window.control.count == count, timeout=PATIENCE)


def go(qtbot: QtBot, window: MainWindow, kind: ScopeKind, label: str, count: int) -> None:
    window.control.open_scope(Scope(kind, "", label))
    listed(qtbot, window, count)


def test_opens_on_all_photos_and_says_so(window: MainWindow) -> None:
    assert window.control.count == 6
    assert window.windowTitle().startswith("All photos") and "Akin" in window.windowTitle()
    assert "6" in window.browser.bar.count.text()


def test_search_filters_as_one_types_and_escape_clears(qtbot: QtBot, window: MainWindow) -> None:
    search = window.header.search
    window.actions_by_name["search"].trigger()
    qtbot.keyClicks(search, "kind:track")
    listed(qtbot, window, 4)
    assert "kind:track" in window.windowTitle()
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    listed(qtbot, window, 6)
    assert window.windowTitle().startswith("All photos")


def test_the_field_keeps_the_keyboard_while_results_come(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.browser.grid.setFocus()
    window.actions_by_name["search"].trigger()
    qtbot.waitUntil(lambda: window.focusWidget() is window.header.search)
    qtbot.keyClicks(window.header.search, "kind:track")
    listed(qtbot, window, 4)
    assert window.focusWidget() is window.header.search
    qtbot.keyClick(window.header.search, Qt.Key.Key_Return)
    assert window.focusWidget() is window.browser.view


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Down])
@pytest.mark.parametrize("query", ["", "kind:track", "kind:photo"])
def test_the_first_result_is_selected_when_one_comes_from_the_field(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, query: str
) -> None:
    """Also one that is typed so quickly that its results come later."""
    window.activateWindow()
    window.actions_by_name["search"].trigger()
    qtbot.waitUntil(lambda: window.focusWidget() is window.header.search)
    qtbot.keyClicks(window.header.search, query)
    qtbot.keyClick(window.header.search, key)
    qtbot.waitUntil(lambda: window.control.count is not None, timeout=PATIENCE)
    assert window.control.count == (4 if query == "kind:track" else 6)
    assert window.browser.selected_ids().tolist() == window.browser.model.ids[:1].tolist()
    window.browser.select_positions(2)
    window.actions_by_name["search"].trigger()
    qtbot.keyClick(window.header.search, key)
    assert window.browser.selected_ids().tolist() == window.browser.model.ids[2:3].tolist()


def test_the_values_of_a_field_are_offered(qtbot: QtBot, window: MainWindow) -> None:
    search = window.header.search
    window.actions_by_name["search"].trigger()
    qtbot.keyClicks(search, "-art")
    for text in ("-artist:", "-artist:A"):
        assert search._popup.isVisible()
        qtbot.keyClick(search._popup, Qt.Key.Key_Down)
        qtbot.keyClick(search._popup, Qt.Key.Key_Return)
        assert search.text() == text and not search.problem
        qtbot.waitUntil(lambda text=text: search._popup.isVisible() == text.endswith(":"))  # type: ignore[misc]
    listed(qtbot, window, 8)  # six photos and two tracks


def test_a_query_that_is_wrong_is_said_at_the_field(qtbot: QtBot, window: MainWindow) -> None:
    search = window.header.search
    qtbot.keyClicks(search, "rating:>=")
    qtbot.waitUntil(lambda: bool(search.problem), timeout=PATIENCE)
    assert search.property("problem") is True
    assert window.windowTitle().startswith("All photos") and "All photos" in window.browser.bar.heading.text()
    heading = window.browser.bar.heading
    bottom = heading.mapTo(window, heading.rect().bottomLeft()).y()
    assert search._problem.geometry().top() > bottom
    qtbot.keyClicks(search, "0")
    qtbot.waitUntil(lambda: not search.problem, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("“rating:>=0”"), timeout=PATIENCE)
    window.actions_by_name["back"].trigger()
    listed(qtbot, window, 6)
    assert not window.control.history.can_go_back


def test_nothing_found_offers_to_clear(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClicks(window.header.search, "zzzzqqq")
    listed(qtbot, window, 0)
    assert "Nothing matches" in window.browser.empty.title.text()
    window.header.search.clear_search()
    listed(qtbot, window, 6)
    assert window.browser.stack.currentWidget() is window.browser.view


def test_back_comes_to_the_same_selection(qtbot: QtBot, window: MainWindow) -> None:
    window.browser.grid.select_ranges([(2, 3)])
    chosen = window.browser.selected_ids().tolist()
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    assert window.browser.as_list
    window.actions_by_name["back"].trigger()
    listed(qtbot, window, 6)
    assert window.browser.selected_ids().tolist() == chosen
    assert not window.browser.as_list
    window.actions_by_name["forward"].trigger()
    listed(qtbot, window, 4)


def test_find_similar_of_the_selection_and_back(qtbot: QtBot, window: MainWindow) -> None:
    item = select_first(qtbot, window)
    window.actions_by_name["similar"].trigger()
    qtbot.waitUntil(lambda: window.control.place.similar is not None and window.control.count == 5, timeout=PATIENCE)
    assert window.query_bar.isVisible()
    assert item not in window.browser.model.ids.tolist()
    row = window.browser.model.row_at(0)
    qtbot.waitUntil(lambda: window.browser.model.row_at(0) is not None, timeout=PATIENCE)
    row = window.browser.model.row_at(0)
    assert row is not None and row.similarity is not None
    window.query_bar.back_requested.emit()
    listed(qtbot, window, 6)
    assert not window.query_bar.isVisible()


def test_stars_by_key_are_shown_and_undone(qtbot: QtBot, window: MainWindow) -> None:
    item = select_first(qtbot, window)
    qtbot.keyClick(window.browser.grid, Qt.Key.Key_4)

    def rating() -> int | None:
        window.browser.model.row_at(0)
        row = window.browser.model.known_row(item)
        return row.rating if row is not None else None

    qtbot.waitUntil(lambda: rating() == 4, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "Rate" in window.actions_by_name["undo"].text(), timeout=PATIENCE)
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: rating() == 0, timeout=PATIENCE)


def open_menu(qtbot: QtBot, window: MainWindow) -> QMenu:
    window.browser.menu_requested.emit(window.mapToGlobal(QPoint(300, 300)))
    qtbot.waitUntil(lambda: any(menu.isVisible() for menu in window.findChildren(QMenu, "itemMenu")))
    return next(menu for menu in window.findChildren(QMenu, "itemMenu") if menu.isVisible())


def names(menu: QMenu) -> list[str]:
    return [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]


def test_the_menu_of_tracks_has_everything_and_of_photos_no_playlist(qtbot: QtBot, window: MainWindow) -> None:
    select_first(qtbot, window)
    menu = open_menu(qtbot, window)
    assert "Build Playlist…" not in names(menu)
    assert names(menu)[0] == "Find Similar"
    menu.close()
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    select_first(qtbot, window)
    menu = open_menu(qtbot, window)
    for name in (
        "Find Similar", "Build Playlist…", "Add to Playlist", "Play", "Play Next", "Show in File Manager", "Copy Path",
        "Rate", "Tags…", "Move to Trash…",
    ):  # fmt: skip
        assert name in names(menu)
    path = next(action for action in menu.actions() if action.objectName() == "copy_path")
    path.trigger()
    menu.close()
    assert QGuiApplication.clipboard().text().endswith(".wav")


def test_tracks_go_to_a_playlist_that_the_tree_shows(qtbot: QtBot, window: MainWindow) -> None:
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    ids = [int(each) for each in window.browser.model.ids]
    window.requests.expect(window.client.save_playlist("Evening", ids[:1]))
    qtbot.waitUntil(lambda: bool(window.tree.tree and window.tree.tree.playlists), timeout=PATIENCE)
    assert window.tree.tree is not None
    info = window.tree.tree.playlists[0]
    window.tree.tracks_dropped.emit(info.id, ids[1:3])
    qtbot.waitUntil(
        lambda: bool(window.tree.tree and [each.tracks for each in window.tree.tree.playlists] == [3]), timeout=PATIENCE
    )
    assert any("added to “Evening”" in text for text in window.banners.texts)
    window.control.open_scope(Scope(ScopeKind.PLAYLIST, str(info.id), info.name))
    listed(qtbot, window, 3)
    assert window.browser.model.ids.tolist() == ids[:3]


def test_sorting_by_a_column_asks_for_another_order(qtbot: QtBot, window: MainWindow) -> None:
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    before = window.browser.model.ids.tolist()
    window.browser.table.sort_requested.emit(window.browser.model.columns[0].sort)
    listed(qtbot, window, 4)
    window.browser.bar.direction_flipped.emit()
    listed(qtbot, window, 4)
    assert sorted(window.browser.model.ids.tolist()) == sorted(before)
    assert window.browser.table.horizontalHeader().isSortIndicatorShown()


def test_everything_comes_back_after_a_restart(qtbot: QtBot, own_profile: Profile) -> None:
    with opened_window(qtbot, own_profile) as window:
        window.browser.grid.set_side(232)
        window.actions_by_name["detail_panel"].setChecked(False)
        go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
        window.actions_by_name["grid"].trigger()
        listed(qtbot, window, 4)
    with opened_window(qtbot, own_profile) as window:
        assert window.windowTitle().startswith("All tracks")
        assert window.browser.grid.side == 232
        assert not window.detail.isVisible()
        assert not window.browser.as_list
        assert window.control.count == 4


def test_each_action_has_a_name_an_icon_and_a_tooltip(window: MainWindow) -> None:
    for action in window.actions():
        assert action.text() and action.toolTip() and not action.icon().isNull(), action.objectName()


@pytest.mark.parametrize("name", ['12" mix', "back\\slash", "two words"])
def test_a_click_on_a_tag_finds_what_has_it(qtbot: QtBot, window: MainWindow, name: str) -> None:
    item = select_first(qtbot, window)
    window.client.tag([ItemId(item)], add=[name])
    page = window.detail.page
    qtbot.waitUntil(lambda: name in page.tags.tags, timeout=PATIENCE)
    (chip,) = [each for each in page.tags.findChildren(Chip) if each.text() == name]
    chip.click()
    listed(qtbot, window, 1)
    assert window.control.place.text and int(window.browser.model.ids[0]) == item


def test_rows_speak(qtbot: QtBot, window: MainWindow) -> None:
    select_first(qtbot, window)
    index = window.browser.model.index(0, 0)
    spoken = window.browser.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Photo, photo")
    assert window.commands.rows()[0].kind is Kind.PHOTO


def test_dark_and_light_can_be_chosen(window: MainWindow) -> None:
    window.actions_by_name["theme_dark"].trigger()
    assert window.palette().window().color().lightness() < 80
    window.actions_by_name["theme_light"].trigger()
    assert window.palette().window().color().lightness() > 200


def test_a_second_start_hands_its_files_over(qtbot: QtBot, window: MainWindow, indexed: tuple[Path, Path]) -> None:
    window.client.files_received.emit((indexed[0] / "photos" / "photo 1.jpg",))
    qtbot.waitUntil(lambda: window.control.place.similar is not None and bool(window.control.count), timeout=PATIENCE)
    assert window.windowTitle().startswith("Similar to photo 1.jpg")


def test_first_run_invites_and_a_folder_is_indexed(qtbot: QtBot, profile: Profile, indexed: tuple[Path, Path]) -> None:
    with opened_window(qtbot, profile) as window:
        qtbot.waitUntil(lambda: window.browser.stack.currentWidget() is window.welcome, timeout=PATIENCE)
        window.arrivals.add_folders([indexed[0] / "photos"])
        listed(qtbot, window, 6)
        assert window.browser.stack.currentWidget() is window.browser.view
        qtbot.waitUntil(lambda: bool(window.tree.tree and window.tree.tree.photos == 6), timeout=PATIENCE)


def test_only_what_makes_sense_for_the_selection_is_enabled(qtbot: QtBot, window: MainWindow) -> None:
    def enabled(*names: str) -> list[bool]:
        return [window.actions_by_name[name].isEnabled() for name in names]

    tracks_only = ("build", "new_playlist", "play", "play_next")
    assert not any(enabled(*tracks_only, "view", "retry"))
    select_first(qtbot, window)
    qtbot.waitUntil(lambda: not any(enabled(*tracks_only, "retry")), timeout=PATIENCE)
    assert enabled("view", "similar") == [True, True]
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    select_first(qtbot, window)
    qtbot.waitUntil(lambda: not any(enabled("view", "retry")), timeout=PATIENCE)
    assert all(enabled(*tracks_only))


def test_the_page_says_that_samples_are_made_and_where(qtbot: QtBot, window: MainWindow) -> None:
    go(qtbot, window, ScopeKind.PROBLEMS, "Problems", 0)
    window.empty_states.note_progress(Progress(Phase.SAMPLES, 12, 94))
    empty = window.browser.empty
    assert empty.title.text() == "Making the sample library…"
    assert str(window.profile.samples_dir) in empty.sentence.text() and "12 of 94" in empty.sentence.text()
    window.empty_states.note_progress(Progress(Phase.IDLE))
    assert empty.title.text() == "No problems"


def test_undo_names_what_it_does(window: MainWindow) -> None:
    window.actions_by_name.label_undo("Delete Playlist “Rock & Roll”", "Save Playlist “" + "long " * 40 + "”")
    undo, redo = (window.actions_by_name[name].text() for name in ("undo", "redo"))
    assert undo == "&Undo Delete Playlist “Rock && Roll”"
    assert len(redo) < 80 and redo.endswith("…”")


def test_panels_that_are_shown_are_marked_more_quietly_than_the_view(window: MainWindow) -> None:
    buttons = {each.defaultAction().objectName(): each for each in window.header.findChildren(QToolButton)}
    for name, look in (("library_panel", "quiet"), ("detail_panel", "quiet"), ("grid", None), ("list", None)):
        assert buttons[name].property("class") == look


def mnemonics(menu: QMenu | QMenuBar) -> Iterator[list[str]]:
    """The letters that choose an entry, of a menu and of those in it."""
    keys = [QKeySequence.mnemonic(action.text()).toString() for action in menu.actions()]
    yield [key for key in keys if key]
    for action in menu.actions():
        if isinstance(inside := action.menu(), QMenu):
            yield from mnemonics(inside)


def test_each_letter_chooses_one_entry(qtbot: QtBot, window: MainWindow) -> None:
    select_first(qtbot, window)
    menu = open_menu(qtbot, window)
    menus = [*mnemonics(window.menuBar()), *mnemonics(menu)]
    menu.close()
    assert len(menus) >= 9
    for keys in menus:
        assert len(keys) == len(set(keys)), keys


def test_every_button_has_a_name_for_screen_readers(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClicks(window.header.search, "kind:photo")
    listed(qtbot, window, 6)
    select_first(qtbot, window)
    window.banners.say("Done.", actions=[("Undo", lambda: None)])
    buttons = [each for each in window.findChildren(QAbstractButton) if each.isVisible()]
    assert len(buttons) > 15
    for each in buttons:
        spoken = QAccessible.queryAccessibleInterface(each)
        assert spoken is not None and spoken.text(QAccessible.Text.Name), (each, each.toolTip())


def test_tab_goes_through_the_details_before_it_goes_on(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    select_first(qtbot, window)
    page = window.detail.page
    qtbot.waitUntil(lambda: len(page.similar.cells) == 5, timeout=PATIENCE)
    page.rating.setFocus()
    visited: list[QWidget | None] = []
    while window.focusWidget() is not window.player.face.mute and len(visited) < 40:
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        visited.append(window.focusWidget())
    inside = [each for each in visited if each is not None and page.isAncestorOf(each)]
    assert inside == visited[:-1]
    assert inside[-6:-1] == list(page.similar.cells)
    assert inside[-1].accessibleName().startswith("Path: ")


def test_a_list_is_in_the_order_that_its_heading_says(qtbot: QtBot, window: MainWindow) -> None:
    """Without sections to be seen, none may hide behind the order."""
    window.control.open_scope(Scope(ScopeKind.TRACKS, "genres", "Genres"))
    listed(qtbot, window, 4)
    assert window.control.arrangement.sort is SortKey.GENRE and window.browser.model.sections
    window.actions_by_name["list"].trigger()
    qtbot.waitUntil(lambda: window.browser.as_list, timeout=PATIENCE)
    header = window.browser.table.horizontalHeader()
    assert window.browser.model.columns[header.sortIndicatorSection()].title == "Genre"
    window.control.sort_by(SortKey.TITLE)
    assert window.control.place.listing(window.control.arrangement).grouping is Grouping.NONE


def test_a_folder_is_in_the_order_of_the_names_that_are_seen(qtbot: QtBot, window: MainWindow) -> None:
    folder = window.tree.tree.folders[0]  # type: ignore[union-attr]
    window.control.open_scope(Scope(ScopeKind.FOLDER, folder.value, folder.label))
    listed(qtbot, window, 10)
    rows = window.browser.model
    qtbot.waitUntil(lambda: len(rows.known_rows()) >= 10, timeout=PATIENCE)
    shown = [row.title for item in rows.ids.tolist() if (row := rows.known_row(item)) is not None]
    assert shown == sorted(shown, key=str.lower) and "Tune 0" in shown
    assert window.browser.bar._sort.text() == "Sort: Name"
    menu = window.browser.bar._sort.menu()
    assert "File name" in [action.text() for action in menu.actions()]


def cut_off(within: QWidget) -> list[str]:
    """Of the buttons in a widget those that are not whole, sideways."""
    found: list[str] = []
    for button in within.findChildren(QAbstractButton):
        left = button.mapTo(within, QPoint(0, 0)).x()
        fits = left >= 0 and left + button.width() <= within.width()
        if button.isVisible() and not (fits and button.width() >= button.minimumSizeHint().width()):
            found.append(f"{button.accessibleName() or button.text()}: {left}+{button.width()} in {within.width()}")
    return found


def test_in_a_narrow_window_a_panel_gives_way_and_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    library, details = window.actions_by_name["library_panel"], window.actions_by_name["detail_panel"]
    window.resize(760, 600)
    qtbot.waitUntil(lambda: not details.isChecked())
    assert library.isChecked() and window.browser.width() >= LEAST_MIDDLE
    assert window.side_panels.wants(details)
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert details.isChecked() and not library.isChecked() and window.browser.width() >= LEAST_MIDDLE
    assert window.side_panels.wants(library)
    window.resize(1200, 800)
    qtbot.waitUntil(lambda: details.isChecked() and library.isChecked())
    qtbot.keyClick(window, Qt.Key.Key_F8)
    window.resize(760, 600)
    window.resize(1200, 800)
    assert not details.isChecked() and library.isChecked()  # that one was put away


def test_nothing_in_the_middle_is_cut_where_both_panels_stand_beside_it(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(214 + LEAST_MIDDLE + 240 + 4, 700)
    window.splitter.setSizes([400, 100, 400])
    assert window.detail.isVisible() and window.tree.isVisible()
    select_first(qtbot, window)
    window.actions_by_name["similar"].trigger()
    qtbot.waitUntil(lambda: window.query_bar.isVisible() and bool(window.query_bar.chips), timeout=PATIENCE)
    window.palette_search.panel.show()
    qtbot.waitUntil(lambda: not cut_off(window.browser))
    window.palette_search.panel.add(PaletteColour((200, 40, 30)))
    qtbot.waitUntil(lambda: bool(window.palette_search.panel.colours) and window.query_bar.chips[0].text() == "Red")
    qtbot.waitUntil(lambda: not cut_off(window.browser))
    window.browser.say_empty("search", "Nothing", "", [(f"A Button of {n}", lambda: None) for n in range(5)])
    qtbot.waitUntil(lambda: not cut_off(window.browser))


def test_a_page_of_albums_counts_albums(qtbot: QtBot, window: MainWindow) -> None:
    """As its line in the library does; the tracks are called tracks."""
    for value, label, told in (("albums", "Albums", "2"), ("artists", "Artists", "2")):
        window.control.open_scope(Scope(ScopeKind.TRACKS, value, label))
        listed(qtbot, window, 4)
        assert window.browser.bar.count.text().replace("\u00a0", " ") == f" ·  {told} · 4 tracks"
    go(qtbot, window, ScopeKind.TRACKS, "All tracks", 4)
    assert window.browser.bar.count.text() == " ·  4"


def test_a_folder_says_what_its_number_counts(window: MainWindow) -> None:
    root = Root(RootId(1), Path("/x"), True, False, 12, present=12)
    assert held_text(root) == "12"
    held = held_text(replace(root, present=670, missing=8, problems=1))
    assert held.replace("\u00a0", " ") == "670 present · 8 missing · 1 problem"


def test_the_palette_is_closed_by_the_key_that_opened_it_and_by_escape(qtbot: QtBot, window: MainWindow) -> None:
    panel, grid = window.palette_search.panel, window.browser.grid
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for close in (
        lambda: qtbot.keyClick(window, Qt.Key.Key_K, both),
        lambda: qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape),
        lambda: (grid.setFocus(), qtbot.keyClick(grid, Qt.Key.Key_Escape)),
    ):
        qtbot.keyClick(window, Qt.Key.Key_K, both)
        assert panel.isVisible()
        close()
        assert not panel.isVisible()


def test_a_photo_that_is_gone_is_not_offered_in_full_size(qtbot: QtBot, window: MainWindow) -> None:
    item = select_first(qtbot, window)
    view = window.actions_by_name["view"]
    qtbot.waitUntil(view.isEnabled)
    row = window.browser.model.known_row(item)
    assert row is not None
    window.browser.model._rows[item] = replace(row, state=State.MISSING)
    window.selected.enable_by_kind()
    assert not view.isEnabled()
    rows = window.commands.rows()
    menu = item_menu(window.actions_by_name, window.commands, rows, window.tree.tree, window)
    assert view not in menu.actions()
    menu.deleteLater()
