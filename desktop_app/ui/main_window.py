"""The main window: puts the panes together and connects them; each part does its own work."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout, QWidget

from desktop_app.domain.browsing import LibraryTree, Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, ScopeKind, State
from desktop_app.domain.notices import JobError, Notice, Tone
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.paths import Profile
from desktop_app.ui.actions import Actions
from desktop_app.ui.adding_folders import tell_added
from desktop_app.ui.choosing import choose_files, choose_folder
from desktop_app.ui.context_menu import PlaceMenu, item_menu
from desktop_app.ui.drops import DropOverlay, Dropped, DropTarget
from desktop_app.ui.empty_states import EmptyStates
from desktop_app.ui.faults import Faults
from desktop_app.ui.icons import app_icon
from desktop_app.ui.item_commands import ItemCommands
from desktop_app.ui.library_commands import LibraryCommands
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.models.library_nodes import Node
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.navigation import Place
from desktop_app.ui.notifications import Banners, refusal
from desktop_app.ui.palette_search import PaletteSearch
from desktop_app.ui.panels.detail import DetailPanel
from desktop_app.ui.panels.header import Header
from desktop_app.ui.panels.job_line import JobLine
from desktop_app.ui.panels.query_bar import QueryBar
from desktop_app.ui.panels.tree import LibraryPanel
from desktop_app.ui.panels.welcome import WelcomePage
from desktop_app.ui.pasting import files_on_clipboard
from desktop_app.ui.player.player_bar import PlayerBar
from desktop_app.ui.playlist_edits import PlaylistEdits
from desktop_app.ui.refining import Refining
from desktop_app.ui.requests import Requests
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.views.viewer import Viewer
from desktop_app.ui.window_actions import connect_actions
from desktop_app.ui.window_state import restore_window, save_window
from desktop_app.ui.word_search import WordSearch

MOST_FILES = 50  # of one combined query


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
        self._on_selection()
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
        self.commands = ItemCommands(self.client, self.browser, self.banners, self.requests, self)
        self.refining = Refining(self.control, self.commands.ids, self)
        self.playlists = PlaylistEdits(self.client, self.browser, self.control, self.banners, self.requests, self)
        self.place_menu = PlaceMenu(self.client, self.requests, self.playlists, self)
        self.palette_search = PaletteSearch(
            self.client, self.control, self.browser, self.viewer, self.detail.page.preview, self.banners
        )
        self.library_commands = LibraryCommands(self)
        self.word_search = WordSearch(self)
        self.empty_states = EmptyStates(self)

    def _connect_parts(self) -> None:
        control, browser, search = self.control, self.browser, self.header.search
        control.place_changed.connect(self._on_place_changed)
        control.listed.connect(self._on_listed)
        control.query_refused.connect(search.show_problem)
        control.similar_found.connect(self._on_similar)
        control.similar_failed.connect(self._on_similar_failed)
        search.cleared.connect(lambda: control.search(""))
        search.left.connect(lambda: browser.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        search.items_dropped.connect(lambda ids: control.find_similar(SimilarRequest(items=ids)))
        browser.bar.sort_chosen.connect(control.sort_by)
        browser.bar.direction_flipped.connect(control.turn_around)
        browser.bar.grouping_chosen.connect(control.group_by)
        browser.bar.retry_wanted.connect(self.commands.retry_all)
        browser.bar.play_wanted.connect(self.playlists.play_open)
        browser.bar.reach_chosen.connect(control.set_reach)
        browser.table.sort_requested.connect(control.sort_by)
        browser.selection_changed.connect(self._on_selection)
        browser.model.rows_changed.connect(self._enable_by_kind)
        browser.opened.connect(self.open_item)
        browser.looked_into.connect(self.look_into)
        browser.menu_requested.connect(self._on_item_menu)
        browser.drag_started.connect(self.commands.drag)
        browser.rated.connect(self.commands.rate_one)
        browser.viewed.connect(self._prefer)
        self.viewer.closed.connect(self._on_viewer_closed)
        self.tree.place_chosen.connect(control.open_scope)
        self.tree.folder_wanted.connect(self.choose_folder)
        self.tree.menu_requested.connect(self._on_place_menu)
        self.tree.tracks_dropped.connect(self.playlists.add_dropped)
        self.tree.tree_changed.connect(self._on_tree)
        self.tree.delete_wanted.connect(self.playlists.delete)
        self.detail.item_activated.connect(self.show_item)
        self.detail.find_similar_requested.connect(
            lambda ids: control.find_similar(SimilarRequest(items=tuple(ItemId(int(each)) for each in ids)))
        )
        self.detail.play_requested.connect(self.player.play)
        self.detail.seek_requested.connect(self.player.seek)
        self.player.item_changed.connect(browser.table.show_playing)
        self.player.progressed.connect(self.detail.show_progress)
        self.detail.view_requested.connect(self.look_into)
        self.detail.palette_chosen.connect(self.palette_search.take)
        self.detail.tag_clicked.connect(lambda tag: self.search_for(f'tag:"{tag}"'))
        for asking in (self.detail.edit_sent, self.viewer.edit_sent, self.welcome.request_sent):
            asking.connect(self.requests.expect)
        self.query_bar.back_requested.connect(control.back)
        self.query_bar.query_changed.connect(control.find_similar)
        self.query_bar.palette_requested.connect(self.palette_search.open)
        self.query_bar.add_requested.connect(lambda: self.choose_files(add=True))
        self.welcome.folders_chosen.connect(self.add_folders)
        self.welcome.add_folder_requested.connect(self.choose_folder)
        self.commands.similar_wanted.connect(control.find_similar)
        self.refining.query_changed.connect(control.find_similar)
        self.refining.hits_changed.connect(self._show_why)
        self.commands.play_wanted.connect(self.player.play)
        self.commands.add_wanted.connect(self.playlists.add)
        self.commands.playlist_saved.connect(self.playlists.tell_saved)
        self.commands.play_next_wanted.connect(self.player.play_next)
        self.job_line.problems_wanted.connect(lambda: control.open_scope(Scope(ScopeKind.PROBLEMS, "", "Problems")))
        self.drops.dropped.connect(self.take)
        self.drops.dropped_on_playlist.connect(self.playlists.add_files)
        browser.rows_dropped.connect(self.playlists.move_to)
        self.playlists.play_wanted.connect(self.player.play)

    def _connect_engine(self) -> None:
        client = self.client
        client.opened.connect(self._on_opened)
        client.open_failed.connect(self.empty_states.show_open_failed)
        client.notified.connect(self._on_notice)
        client.files_received.connect(self.receive)
        client.undo_changed.connect(self.actions_by_name.label_undo)
        client.folders_added.connect(lambda added: tell_added(self, added))
        client.progress_changed.connect(self.empty_states.note_progress)
        self.requests.refused.connect(self.say_error)
        self.requests.broken.connect(self.show_crash)
        self.thumbnails.lost.connect(self._on_thumbnail_lost)

    # the engine speaks

    def _on_opened(self) -> None:
        self.control.refresh()
        self._on_selection()

    def _on_notice(self, notice: Notice) -> None:
        if notice.report:
            self.show_crash(JobError(notice.text, notice.report))
        elif notice.damaged:
            self.library_commands.offer(JobError(notice.text, damaged=True))
        else:
            self.banners.say(notice.text, notice.tone)

    def _on_tree(self, tree: LibraryTree) -> None:
        self.job_line.show_problems(tree.problems)
        self.playlists.follow(tree.playlists)
        if self.playlists.opened is not None and self.control.count is not None:
            self._show_heading(self.control.place, self.control.count)  # its length may be another
        self.commands.playlist_names = tuple(info.name for info in tree.playlists)
        self.empty_states.note_tree(tree)
        self._enable_by_kind()

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
        self.browser.bar.show_place(place, arrangement, count, as_list=arrangement.as_list, minutes=minutes)

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

    def show_item(self, item: int) -> None:
        """Select an item where it is listed, else show it among all of its kind."""
        ids = np.array([item], dtype=np.int64)
        if len(self.browser.model.positions_of(ids)):
            self.browser.select_ids(ids)
        self.detail.show_items([item])

    # selection

    def _on_selection(self) -> None:
        ids = self.browser.selected_ids()
        self.detail.show_items(ids.tolist())
        self._show_why()
        some = len(ids) > 0
        for name in (
            "copy", "copy_path", "trash", "remove", "tags", "similar", "reveal",
            *(f"rate_{stars}" for stars in range(6)),
        ):  # fmt: skip
            self.actions_by_name[name].setEnabled(some)
        self._enable_by_kind()
        self.actions_by_name.set_in_playlist(some and self.playlists.opened is not None, self.playlists.can_reorder)

    def _show_why(self) -> None:
        """How the selected hit came to be there."""
        ids = self.browser.selected_ids()
        self.detail.page.why.show_hit(self.refining.hit_of(int(ids[0])) if len(ids) == 1 else None)
        for name in ("more_like", "less_like"):
            self.actions_by_name[name].setEnabled(len(ids) > 0 and self.refining.possible)

    def _enable_by_kind(self) -> None:
        """What depends on the selected rows, which may come later than the selection."""
        actions, may_have = self.actions_by_name, self.commands.may_have
        tracks = may_have(lambda row: row.kind is Kind.TRACK)
        for name in ("build", "new_playlist", "play", "play_next"):
            actions[name].setEnabled(tracks)
        photos = may_have(lambda row: row.kind is Kind.PHOTO)
        actions["view"].setEnabled(photos)
        actions["colours_of"].setEnabled(photos and self.browser.selected_count == 1)
        tree = self.tree.tree
        all_problems = not self.browser.selected_count and tree is not None and tree.problems > 0
        actions["retry"].setEnabled(all_problems or may_have(lambda row: row.state is State.PROBLEM))

    def open_item(self, item: int) -> None:
        """Double click or Return: a photo in full size, a track plays and goes on with what is listed."""
        row = self.browser.model.known_row(item)
        if row is not None and row.kind is Kind.TRACK:
            ids, start = self.commands.around(item)
            self.player.play(ids, start)
        else:
            self.look_into(item)

    def look_into(self, item: int) -> None:
        """Space: a photo in full size; a track plays or pauses."""
        row = self.browser.model.known_row(item)
        if row is not None and row.kind is Kind.TRACK:
            if self.player.current == item:
                self.player.toggle()
            else:
                self.open_item(item)
            return
        found = self.browser.model.positions_of(np.array([item]))
        if len(found):
            self.viewer.open(self.browser.model.ids, int(found[0]))
        else:
            self.viewer.open(np.array([item], dtype=np.int64), 0)

    def _on_viewer_closed(self) -> None:
        """Go on where one looked last: that photo is selected and in view."""
        shown = self.viewer.current
        if shown is not None and len(self.browser.model.positions_of(np.array([shown]))):
            self.browser.go_to(shown)
        self.browser.view.setFocus()

    def _on_item_menu(self, where: QPoint) -> None:
        rows = self.commands.rows()
        if rows:
            menu = item_menu(
                self.actions_by_name,
                self.commands,
                rows,
                self.tree.tree,
                self,
                in_playlist=self.playlists.opened is not None,
                among_hits=self.refining.possible,
            )
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(where)

    def _on_place_menu(self, node: Node, where: QPoint) -> None:
        menu = self.place_menu.build(node, self.tree.tree)
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(where)

    # what comes in from outside

    def receive(self, files: Sequence[Path]) -> None:
        """From a second start: come forward, and take its files."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.drops.take(files)

    def take(self, found: Dropped) -> None:
        """What was dropped, pasted or opened: files are searched with, folders offered to be added."""
        if len(found.absent) == 1:
            self.banners.say(f"There is no file {found.absent[0]}.", Tone.WARNING)
        elif found.absent:
            names = [path.name for path in found.absent]
            self.banners.say(refusal(names, "They are not there any more."), Tone.WARNING)
        if found.files:
            self.viewer.leave()
            self.control.find_similar(SimilarRequest(files=found.files[:MOST_FILES]))
        if found.folders:
            self._offer_folders(found.folders)

    def _offer_folders(self, folders: tuple[Path, ...]) -> None:
        what = f"“{folders[0].name or folders[0]}”" if len(folders) == 1 else f"{len(folders)} folders"
        self.banners.say(
            f"Add {what} to the library?", actions=[("Add", lambda: self.add_folders(folders))], stays=True
        )

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Watch and index these."""
        self.empty_states.expect_items()
        self.requests.expect(self.client.add_folders(list(folders)))

    def choose_folder(self) -> None:
        """Ask for a folder to add."""
        chosen = choose_folder(self, "Add Folder")
        if chosen is not None:
            self.add_folders([chosen])

    def choose_files(self, *, add: bool = False) -> None:
        """Ask for files to find similar ones of; ``add``: beside those of the present query."""
        files = choose_files(self, "Find Similar")
        now = self.control.place.similar
        if files and add and now is not None:
            self.control.find_similar(SimilarRequest(files=(*now.files, *files), items=now.items))
        else:
            self.drops.take(files)

    def paste(self) -> None:
        """Find what is like the files or the picture on the clipboard."""
        files_on_clipboard(QGuiApplication.clipboard().mimeData(), self.profile, self.drops, self.banners)

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
