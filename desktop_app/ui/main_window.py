"""The main window: puts the panes together and connects them; each part does its own work."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop_app.domain.browsing import LibraryTree, Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import ScopeKind
from desktop_app.domain.notices import JobError, Notice, Tone
from desktop_app.domain.query import quoted
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.paths import Profile
from desktop_app.ui.actions import Actions
from desktop_app.ui.arrivals import Arrivals
from desktop_app.ui.context_menu import PlaceMenu
from desktop_app.ui.drops import DropOverlay, DropTarget
from desktop_app.ui.empty_states import EmptyStates
from desktop_app.ui.faults import Faults
from desktop_app.ui.icons import app_icon
from desktop_app.ui.item_commands import ItemCommands
from desktop_app.ui.library_commands import LibraryCommands
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.models.library_nodes import Node
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.navigation import Place, values_of
from desktop_app.ui.notifications import Banners, refusal
from desktop_app.ui.palette_search import PaletteSearch
from desktop_app.ui.panels.detail import DetailPanel
from desktop_app.ui.panels.header import Header
from desktop_app.ui.panels.job_line import JobLine
from desktop_app.ui.panels.query_bar import QueryBar
from desktop_app.ui.panels.tree import LibraryPanel
from desktop_app.ui.panels.welcome import WelcomePage
from desktop_app.ui.player.player_bar import PlayerBar
from desktop_app.ui.playlist_edits import PlaylistEdits
from desktop_app.ui.refining import Refining
from desktop_app.ui.requests import Requests
from desktop_app.ui.selected_items import SelectedItems
from desktop_app.ui.side_panels import SidePanels
from desktop_app.ui.targets import Targets
from desktop_app.ui.undoing import Undoing
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.views.viewer import Viewer
from desktop_app.ui.window_actions import connect_actions
from desktop_app.ui.window_state import restore_window, save_window
from desktop_app.ui.word_search import WordSearch


class MainWindow(QMainWindow):
    """Library, items, details; player and job line below."""

    def __init__(self, client: EngineClient, profile: Profile) -> None:
        super().__init__()
        self.client = client
        self.profile = profile
        self.thumbnails = Thumbnails(client.thumbnail_path, parent=self)
        self.actions_by_name = Actions(self)
        self.requests = Requests(client, self)
        self._make_parts()
        self._lay_out()
        self._connect_parts()
        self._connect_engine()
        connect_actions(self)
        settings = QSettings(str(profile.geometry_path), QSettings.Format.IniFormat)
        restore_window(self, settings)
        self._on_place_changed(self.control.place)
        self.selected.follow()
        self.browser.view.setFocus()

    # building

    def _make_parts(self) -> None:
        client, thumbnails = self.client, self.thumbnails
        self.browser = Browser(client, thumbnails)
        self.control = ListingControl(client, self.browser, self)
        self.tree = LibraryPanel(client)
        self.detail = DetailPanel(client, thumbnails)
        self.query_bar = QueryBar(client, thumbnails)
        self.player = PlayerBar(client, thumbnails)
        self.job_line = JobLine(client)
        self.welcome = WelcomePage(client)
        actions = self.actions_by_name
        gap = QAction(self)
        gap.setSeparator(True)
        views, panels = ("grid", "list"), ("library_panel", "detail_panel")
        right = [actions["colours"], gap, *(actions[name] for name in views), gap, *(actions[name] for name in panels)]
        self.header = Header([actions["back"], actions["forward"]], right)

    def _lay_out(self) -> None:
        self.setObjectName("mainWindow")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(760, 480)
        self.actions_by_name.fill(self.menuBar())
        self.browser.slot.addWidget(self.query_bar)
        self.query_bar.hide()
        self.browser.stack.addWidget(self.welcome)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        for pane in (self.tree, self.browser, self.detail):
            self.splitter.addWidget(pane)
        self.splitter.setCollapsible(1, False)
        for place, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(place, stretch)
        self.splitter.setSizes([220, 900, 300])
        self.tree.setMinimumWidth(214)
        library, details = self.actions_by_name["library_panel"], self.actions_by_name["detail_panel"]
        self.side_panels = SidePanels(self.splitter, (library, self.tree), self.browser, (details, self.detail))
        bottom = QHBoxLayout()
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.addWidget(self.player, 1)
        bottom.addWidget(self.job_line)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(_line())
        column.addWidget(self.splitter, 1)
        column.addWidget(_line())
        column.addLayout(bottom)
        self.setCentralWidget(middle)
        self.viewer = Viewer(self.client, self.thumbnails, middle)
        self.banners = Banners(self.browser)
        self.faults = Faults(self, self.profile.log_dir)
        self.overlay = DropOverlay(middle)
        self.drops = DropTarget(self, self.overlay, self.tree.aim)
        self.banners.focus_left.connect(self._on_banner_left)
        self.undoing = Undoing(self)
        self.targets = Targets(self.browser, self.viewer, self)
        self.commands = ItemCommands(
            self.client, self.browser, self.targets, self.banners, self.requests, self.undoing, self
        )
        self.refining = Refining(self.control, self.commands.ids, self)
        self.playlists = PlaylistEdits(
            self.client, self.browser, self.control, self.banners, self.requests, self.undoing, self
        )
        self.place_menu = PlaceMenu(self.client, self.control, self.requests, self.playlists, self.undoing, self)
        self.palette_search = PaletteSearch(
            self.client, self.control, self.browser, self.viewer, self.detail.page.preview, self.banners
        )
        self.library_commands = LibraryCommands(self)
        self.word_search = WordSearch(self)
        self.empty_states = EmptyStates(self)
        self.arrivals = Arrivals(self)
        self.selected = SelectedItems(self)

    def _connect_parts(self) -> None:
        control, browser, search = self.control, self.browser, self.header.search
        control.place_changed.connect(self._on_place_changed)
        control.listed.connect(self._on_listed)
        control.query_refused.connect(search.show_problem)
        control.still_looking.connect(self.query_bar.show_waiting)
        control.similar_found.connect(self._on_similar)
        control.similar_failed.connect(self._on_similar_failed)
        search.cleared.connect(lambda: control.search(""))
        self.client.tree_ready.connect(lambda _request, tree: search.completion.show(tree))
        search.left.connect(lambda: browser.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        search.items_dropped.connect(lambda ids: control.find_similar(SimilarRequest(items=ids)))
        browser.bar.sort_chosen.connect(control.sort_by)
        browser.bar.direction_flipped.connect(control.turn_around)
        browser.bar.grouping_chosen.connect(control.group_by)
        browser.bar.retry_wanted.connect(self.commands.retry_all)
        browser.bar.play_wanted.connect(self.playlists.play_open)
        browser.bar.reach_chosen.connect(control.set_reach)
        browser.table.sort_requested.connect(control.sort_by)
        browser.drag_started.connect(self.commands.drag)
        browser.rated.connect(self.commands.rate_one)
        browser.viewed.connect(self._prefer)
        self.tree.place_chosen.connect(control.open_scope)
        self.tree.folder_wanted.connect(self.arrivals.choose_folder)
        self.tree.menu_requested.connect(self._on_place_menu)
        self.tree.tracks_dropped.connect(self.playlists.add_dropped)
        self.tree.tree_changed.connect(self._on_tree)
        self.tree.delete_wanted.connect(self.playlists.delete)
        self.tree.rename_wanted.connect(self.playlists.rename)
        self.detail.find_similar_requested.connect(
            lambda ids: control.find_similar(SimilarRequest(items=tuple(ItemId(int(each)) for each in ids)))
        )
        self.detail.play_requested.connect(self.player.play_or_hold)
        self.player.sounding_changed.connect(self.detail.show_sounding)
        self.detail.seek_requested.connect(self.player.seek)
        self.player.item_changed.connect(browser.table.show_playing)
        self.player.progressed.connect(self.detail.show_progress)
        self.detail.palette_chosen.connect(self.palette_search.take)
        self.detail.tag_clicked.connect(lambda tag: self.search_for(f"tag:{quoted(tag)}"))
        for change in (self.viewer.opened, self.viewer.closed):
            change.connect(self._show_menus)
        for asking in (self.detail.edit_sent, self.viewer.edit_sent, self.welcome.request_sent):
            asking.connect(self.requests.expect)
        self.query_bar.back_requested.connect(control.back)
        self.query_bar.query_changed.connect(control.find_similar)
        self.query_bar.palette_requested.connect(self.palette_search.open)
        self.query_bar.add_requested.connect(lambda: self.arrivals.choose_files(add=True))
        self.welcome.folders_chosen.connect(self.arrivals.add_folders)
        self.welcome.add_folder_requested.connect(self.arrivals.choose_folder)
        self.commands.similar_wanted.connect(control.find_similar)
        self.refining.query_changed.connect(control.find_similar)
        self.commands.play_wanted.connect(self.player.play)
        self.commands.add_wanted.connect(self.playlists.add)
        self.commands.playlist_saved.connect(self.playlists.tell_saved)
        self.commands.play_next_wanted.connect(self.player.play_next)
        self.job_line.problems_wanted.connect(lambda: control.open_scope(Scope(ScopeKind.PROBLEMS, "", "Problems")))
        self.drops.dropped_on_playlist.connect(self.playlists.add_files)
        browser.rows_dropped.connect(self.playlists.move_to)
        self.playlists.play_wanted.connect(self.player.play)

    def _connect_engine(self) -> None:
        client = self.client
        client.opened.connect(self._on_opened)
        client.open_failed.connect(self.empty_states.show_open_failed)
        client.notified.connect(self._on_notice)
        client.undo_changed.connect(self.actions_by_name.label_undo)
        client.progress_changed.connect(self.empty_states.note_progress)
        self.requests.refused.connect(self.say_error)
        self.requests.broken.connect(self.show_crash)
        self.thumbnails.lost.connect(self._on_thumbnail_lost)

    # the engine speaks

    def _on_opened(self) -> None:
        self.empty_states.note_opened()
        self.control.refresh()
        self.selected.follow()

    def _on_notice(self, notice: Notice) -> None:
        if notice.report:
            self.show_crash(JobError(notice.text, notice.report))
        elif notice.damaged:
            self.library_commands.offer(JobError(notice.text, damaged=True, in_log=notice.in_log))
        else:
            banner = self.banners.say(notice.text, notice.tone, stays=notice.stays)
            banner.closed.connect(lambda: self.client.forget(notice))

    def _on_tree(self, tree: LibraryTree) -> None:
        self.job_line.show_problems(tree.problems)
        self.playlists.follow(tree.playlists)
        told = self.playlists.opened is not None or values_of(self.control.place, tree) is not None
        if told and self.control.count is not None:
            self._show_heading(self.control.place, self.control.count)  # its length may be another, or how many albums
        self.commands.playlist_names = tuple(info.name for info in tree.playlists)
        self.empty_states.note_tree(tree)
        self.selected.enable_by_kind()

    def _on_thumbnail_lost(self, content_hash: str) -> None:
        ids = [row.id for row in self.browser.model.known_rows() if row.content_hash == content_hash]
        if ids:
            self.client.refresh_thumbnails(ids)

    def _prefer(self, ids: NDArray[np.int64]) -> None:
        if self.job_line.is_busy and len(ids):
            self.client.prefer([ItemId(each) for each in ids.tolist()])

    def say_error(self, error: JobError) -> None:
        """A banner for what people can mend, the crash dialog for a fault of ours."""
        if error.is_bug:
            self.show_crash(error)
        else:
            self.banners.say(error.text, Tone.ERROR)

    def show_crash(self, error: JobError) -> None:
        """Say what broke, with the report to read and copy."""
        self.faults.tell(error)

    # places

    def _on_place_changed(self, place: Place) -> None:
        as_list = self.control.arrangement.as_list
        if not place.text or place.similar is not None:  # a search has its heading once it is understood
            self._show_heading(place, None)
        self.header.search.show_query(place.words)
        self.tree.show_place(None if place.text or place.similar is not None else place.scope)
        self.actions_by_name["back"].setEnabled(self.control.history.can_go_back)
        self.actions_by_name["forward"].setEnabled(self.control.history.can_go_forward)
        self.actions_by_name["list" if as_list else "grid"].setChecked(True)
        if place.similar is not None:
            self.query_bar.show_request(place.similar)
        self.query_bar.setVisible(place.similar is not None)
        self.browser.table.takes_order = self.playlists.can_reorder

    def _on_listed(self, place: Place, count: int) -> None:
        self.header.search.show_problem("")
        self._show_heading(place, count)
        self.empty_states.show_if_empty(place, count)

    def _show_heading(self, place: Place, count: int | None) -> None:
        self.setWindowTitle(f"{place.title} — Akin")
        arrangement = self.control.arrangement
        listed = self.playlists.open_list if place.similar is None and not place.text else None
        minutes = listed.minutes if listed is not None else None
        values = values_of(place, self.tree.tree)
        as_list = arrangement.as_list
        self.browser.bar.show_place(place, arrangement, count, as_list=as_list, minutes=minutes, values=values)

    def _on_similar(self, reply: SearchReply) -> None:
        self.query_bar.show_reply(reply)  # also what could not be used, and why
        self.query_bar.show()
        if reply.hits and not self.browser.selected_count:  # the details tell of the best one, and why it is
            self.browser.select_ids(np.array([reply.hits[0].id], dtype=np.int64))

    def _on_similar_failed(self, error: JobError) -> None:
        request = self.control.place.similar
        if error.is_bug or request is None or not request.files:
            self.say_error(error)
        else:
            self.banners.say(refusal([path.name for path in request.files], error.text), Tone.ERROR)

    def search_for(self, text: str) -> None:
        """Put a query into the search field and run it."""
        self.header.search.show_query(text)
        self.control.search(text)

    def _on_place_menu(self, node: Node, where: QPoint) -> None:
        menu = self.place_menu.build(node, self.tree.tree)
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(where)

    def _on_banner_left(self) -> None:
        (self.browser.view if self.viewer.isHidden() else self.viewer).setFocus()

    def _show_menus(self) -> None:
        """Not beside a photo on the full screen; the actions are the window's, their keys go on working."""
        self.menuBar().setVisible(self.viewer.isHidden() or not self.isFullScreen())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._show_menus()
            self.actions_by_name["full_screen"].setChecked(self.isFullScreen())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What nobody else took: Escape closes the palette."""
        if event.key() == Qt.Key.Key_Escape and self.palette_search.panel.isVisible():
            self.palette_search.panel.close_panel()
        else:
            super().keyPressEvent(event)

    # closing

    def closeEvent(self, event: QCloseEvent) -> None:
        settings = QSettings(str(self.profile.geometry_path), QSettings.Format.IniFormat)
        save_window(self, settings)
        self.viewer.leave()
        self.viewer.shut_down()
        self.player.shut_down()
        self.drops.shut_down()
        self.welcome.shut_down()
        self.thumbnails.shut_down()
        event.accept()
        super().closeEvent(event)


def _line() -> QWidget:
    line = QWidget()
    line.setProperty("class", "hairline")
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedHeight(1)
    return line
