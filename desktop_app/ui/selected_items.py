"""The selected items, or the photo in the viewer: what is told of them, which actions they allow, their menu."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt

from desktop_app.domain.kinds import Kind, State
from desktop_app.ui.context_menu import item_menu

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

_NEED_SOME = ("copy", "copy_path", "trash", "remove", "tags", "similar", "reveal", *(f"rate_{n}" for n in range(6)))
"""Actions for items of any kind."""
_OF_THE_LIST = ("select_all", "zoom_in", "zoom_out")
"""Actions that change what the viewer covers."""


class SelectedItems(QObject):
    """Follows the selection of the grid or the list."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._unlisted = np.zeros(0, np.int64)  # gone from the viewer and, since, from the listing
        self._coming = False  # from the search field, to results that are not there yet
        browser = window.browser
        browser.selection_changed.connect(self.follow)
        browser.model.rows_changed.connect(self.enable_by_kind)
        window.targets.changed.connect(self.enable)
        window.client.opened.connect(self.enable)
        browser.opened.connect(self.open_item)
        browser.looked_into.connect(self.look_into)
        browser.menu_requested.connect(self._on_menu)
        window.detail.view_requested.connect(self.look_into)
        window.detail.item_activated.connect(self.show_item)
        window.viewer.opened.connect(self._on_viewer_opened)
        window.viewer.closed.connect(self._on_viewer_closed)
        window.viewer.menu_requested.connect(self._on_menu)
        window.header.search.moved_on.connect(self._on_moved_on)
        window.control.leaving.connect(self._on_leaving)
        window.control.listed.connect(self._on_listed)
        window.commands.taken_away.connect(window.viewer.drop)
        window.commands.taken_away.connect(window.control.note_taken)
        window.refining.hits_changed.connect(self._show_why)
        window.refining.hits_changed.connect(self.enable_by_kind)

    def follow(self) -> None:
        """Another selection: details, actions."""
        self._window.detail.show_items(self._window.browser.selected_ids().tolist())
        self._show_why()

    def enable(self) -> None:
        """Other items to act on."""
        actions, some = self._window.actions_by_name, self._window.targets.count > 0
        for name in _NEED_SOME:
            actions[name].setEnabled(some)
        self.enable_by_kind()
        playlists, viewed = self._window.playlists, self._window.targets.is_viewed
        actions.set_in_playlist(some and not viewed and playlists.opened is not None, playlists.can_reorder)
        for name in _OF_THE_LIST:
            actions[name].setEnabled(not viewed)

    def _show_why(self) -> None:
        """How the selected hit came to be there."""
        window = self._window
        ids = window.browser.selected_ids()
        window.detail.page.why.show_hit(window.refining.hit_of(int(ids[0])) if len(ids) == 1 else None)

    def enable_by_kind(self) -> None:
        """What depends on the selected rows, which may come later than the selection."""
        window = self._window
        actions, may_have, selected = window.actions_by_name, window.commands.may_have, window.targets.count
        for name in ("more_like", "less_like"):
            actions[name].setEnabled(selected > 0 and window.refining.possible)
        tracks = may_have(lambda row: row.kind is Kind.TRACK)
        for name in ("build", "new_playlist", "play", "play_next"):
            actions[name].setEnabled(tracks)
        photos = may_have(lambda row: row.kind is Kind.PHOTO)
        there = may_have(lambda row: row.kind is Kind.PHOTO and row.state is State.PRESENT)
        actions["view"].setEnabled(there and not window.targets.is_viewed)
        actions["colours_of"].setEnabled(photos and selected == 1)
        tree = window.tree.tree
        all_problems = not selected and tree is not None and tree.problems > 0
        actions["retry"].setEnabled(all_problems or may_have(lambda row: row.state is State.PROBLEM))

    def show_item(self, item: int) -> None:
        """Select an item where it is listed, and tell of it in any case."""
        ids = np.array([item], dtype=np.int64)
        if len(self._window.browser.model.positions_of(ids)):
            self._window.browser.select_ids(ids)
        self._window.detail.show_items([item])

    def open_item(self, item: int) -> None:
        """Double click or Return: a photo in full size, a track plays and goes on with what is listed."""
        if self._is_track(item):
            ids, start = self._window.commands.around(item)
            self._window.player.play(ids, start)
        else:
            self.look_into(item)

    def look_into(self, item: int) -> None:
        """Space: a photo in full size; a track plays or pauses."""
        window = self._window
        if self._is_track(item):
            if window.player.current == item:
                window.player.toggle()
            else:
                self.open_item(item)
            return
        found = window.browser.model.positions_of(np.array([item]))
        if len(found):
            window.viewer.open(window.browser.model.ids, int(found[0]))
        else:
            window.viewer.open(np.array([item], dtype=np.int64), 0)

    def _is_track(self, item: int) -> bool:
        row = self._window.browser.model.known_row(item)
        return row is not None and row.kind is Kind.TRACK

    def _on_viewer_opened(self) -> None:
        self._unlisted = np.zeros(0, np.int64)
        self._window.banners.float_over(self._window.viewer)

    def _on_moved_on(self) -> None:
        """From the search field to the results."""
        self._window.browser.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._coming = self._window.control.count is None
        if not self._coming:
            self._select_current()

    def _select_current(self) -> None:
        """The item that the keyboard is at, unless others are selected: the next key is meant for it."""
        browser = self._window.browser
        if len(browser.model.ids) and not browser.selected_count:
            browser.select_positions(max(0, browser.grid.selectionModel().currentIndex().row()))

    def _on_leaving(self) -> None:
        """What is shown next would come up behind the viewer; the eye-dropper goes on there, though."""
        self._coming = False
        if not self._window.palette_search.dropper.is_active:
            self._window.viewer.leave()

    def _on_listed(self) -> None:
        """What went while it was looked at may be back by Undo."""
        if self._coming and self._window.browser.view.hasFocus():
            self._select_current()
        self._coming = False
        viewer = self._window.viewer
        gone = viewer.dropped
        if self._window.targets.is_viewed and len(gone):
            listed = np.isin(gone, self._window.browser.model.ids)
            again = gone[listed & np.isin(gone, self._unlisted)]
            self._unlisted = gone[~listed]  # a listing may come that was read before they went
            viewer.take_back(again)

    def _on_viewer_closed(self) -> None:
        """Go on where one looked last: that photo is selected and in view."""
        browser, shown = self._window.browser, self._window.viewer.current
        if shown is not None and len(browser.model.positions_of(np.array([shown]))):
            browser.go_to(shown)
        self._window.banners.float_over(browser)
        browser.view.setFocus()

    def _on_menu(self, where: QPoint) -> None:
        window = self._window
        rows = window.commands.rows()
        if rows:
            menu = item_menu(
                window.actions_by_name,
                window.commands,
                rows,
                window.tree.tree,
                window,
                in_playlist=window.playlists.opened is not None,
                among_hits=window.refining.possible,
            )
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(where)
