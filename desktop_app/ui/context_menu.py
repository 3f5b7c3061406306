"""The right-click menus: of items, and of lines of the library tree."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from desktop_app.domain.browsing import LibraryTree, PlaylistInfo, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.items import ItemRow, Root
from desktop_app.domain.kinds import Kind, ScopeKind, State
from desktop_app.engine.api import EngineClient
from desktop_app.ui.actions import Actions
from desktop_app.ui.choosing import choose_new_place
from desktop_app.ui.controls import literal, plain
from desktop_app.ui.dialogs.question import ask_removal
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.icons import icon
from desktop_app.ui.item_commands import ItemCommands
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.models.library_nodes import Node
from desktop_app.ui.playlist_edits import PlaylistEdits
from desktop_app.ui.requests import Requests
from desktop_app.ui.undoing import Undoing
from desktop_app.ui.wording import held_text

MUSICAL = (ScopeKind.ARTIST, ScopeKind.ALBUM, ScopeKind.GENRE)


def item_menu(
    actions: Actions,
    commands: ItemCommands,
    rows: Sequence[ItemRow],
    tree: LibraryTree | None,
    parent: QWidget,
    *,
    in_playlist: bool = False,
    among_hits: bool = False,
) -> QMenu:
    """The menu of the selected items; what makes no sense for them is left out."""
    menu = QMenu(parent)
    menu.setObjectName("itemMenu")
    tracks = any(row.kind is Kind.TRACK for row in rows)
    photos = any(row.kind is Kind.PHOTO for row in rows)
    states = {row.state for row in rows}
    usable = states - {State.PROBLEM}
    if usable:
        actions.add_to(menu, ("similar", "more_like", "less_like") if among_hits else ("similar",))
    if photos and len(rows) == 1 and usable:
        actions.add_to(menu, ("colours_of",))
    if tracks and usable:
        actions.add_to(menu, ("build",))
        menu.addMenu(_playlists_menu(actions, commands, tree, menu))
    if tracks and State.PRESENT in states:
        actions.add_to(menu, ("-", "play", "play_next"))
    if in_playlist:
        actions.add_to(menu, ("-", "move_up", "move_down", "take_out"))
    if photos and len(rows) == 1 and State.PRESENT in states:
        actions.add_to(menu, ("view",))
    if State.PROBLEM in states:
        actions.add_to(menu, ("-", "retry") if usable else ("retry",))
    actions.add_to(menu, ("-", "reveal", "copy_path", "-"))
    menu.addMenu(_rating_menu(actions, menu))
    actions.add_to(menu, ("tags", "-"))
    if states & {State.MISSING, State.OFFLINE, State.PROBLEM}:
        actions.add_to(menu, ("remove",))
    if states - {State.MISSING, State.OFFLINE}:
        actions.add_to(menu, ("trash",))
    return menu


def _playlists_menu(actions: Actions, commands: ItemCommands, tree: LibraryTree | None, parent: QMenu) -> QMenu:
    menu = QMenu("Add t&o Playlist", parent)
    menu.setIcon(icon("playlist-add"))
    for info in tree.playlists if tree is not None else ():
        entry = menu.addAction(icon("playlist"), literal(info.name))
        entry.setToolTip(plain(info.name))
        entry.triggered.connect(lambda _checked=False, info=info: commands.add_selection_to(info))
    if tree is not None and tree.playlists:
        menu.addSeparator()
    actions.add_to(menu, ("new_playlist",))
    return menu


def _rating_menu(actions: Actions, parent: QMenu) -> QMenu:
    menu = QMenu("&Rate", parent)
    menu.setIcon(icon("star"))
    actions.add_to(menu, ("rate_5", "rate_4", "rate_3", "rate_2", "rate_1", "-", "rate_0"))
    return menu


class PlaceMenu:
    """The menu of a line of the library tree, and what it does."""

    def __init__(
        self,
        client: EngineClient,
        control: ListingControl,
        requests: Requests,
        playlists: PlaylistEdits,
        undoing: Undoing,
        window: QWidget,
    ) -> None:
        self._client = client
        self._control = control
        self._requests = requests
        self._playlists = playlists
        self._undoing = undoing
        self._window = window

    def build(self, node: Node, tree: LibraryTree | None) -> QMenu | None:
        """The menu of a folder, a playlist, an artist, an album or a genre; None for other lines."""
        menu = QMenu(self._window)
        menu.setObjectName("placeMenu")
        if node.playlist is not None:
            self._fill_playlist(menu, node.playlist)
        elif node.is_root:
            root = next((each for each in (tree.roots if tree else ()) if str(each.path) == node.folder), None)
            self._fill_root(menu, node, root)
        elif node.scope is not None and node.scope.kind in MUSICAL and node.scope.value:
            self._fill_music(menu, node.scope)
        else:
            return None
        return menu

    def _fill_music(self, menu: QMenu, scope: Scope) -> None:
        menu.addAction(icon("play"), "Play", lambda: self._playlists.play_place(scope))
        menu.addAction(icon("playlist-build"), "Build Playlist…", lambda: self._playlists.build_from_place(scope))

    def _fill_playlist(self, menu: QMenu, info: PlaylistInfo) -> None:
        lists = self._playlists
        play = menu.addAction(icon("play"), "Play", lambda: lists.play(info))
        play.setEnabled(info.tracks > 0)
        menu.addSeparator()
        menu.addAction(icon("rename"), "Rename…", lambda: lists.rename(info))
        export = menu.addAction(icon("export"), "Export…", lambda: lists.export(info))
        export.setEnabled(info.tracks > 0)
        menu.addSeparator()
        menu.addAction(icon("trash"), "Delete Playlist", lambda: lists.delete(info))

    def _fill_root(self, menu: QMenu, node: Node, root: Root | None) -> None:
        if root is not None and not root.reachable:
            menu.addAction(icon("folder-open"), "Folder Has Moved…", lambda: self._relocate(node))
            menu.addSeparator()
        reachable = root is None or root.reachable
        shown = menu.addAction(icon("reveal"), "Show in File Manager", lambda: reveal(Path(node.folder), self._window))
        shown.setEnabled(reachable)
        menu.addAction(icon("refresh"), "Look for Changes", lambda: self._requests.expect(self._client.rescan()))
        if root is not None:
            text = "Go On Watching" if root.paused else "Pause Watching"
            name = "play" if root.paused else "pause"
            menu.addAction(
                icon(name),
                text,
                lambda: self._requests.expect(self._client.set_folder_paused(root.id, not root.paused)),
            )
        menu.addSeparator()
        if root is not None and root.reachable:
            menu.addAction(icon("folder-open"), "Folder Has Moved…", lambda: self._relocate(node))
        menu.addAction(icon("folder-remove"), "Remove from Library…", lambda: self._remove(node, root))

    def _relocate(self, node: Node) -> None:
        old = Path(node.folder)
        new = choose_new_place(self._window, old)
        if new is not None:
            said = f"“{node.label}” is looked for in {new} now."

            def tell(change: ChangeSet) -> None:
                self._control.follow_folder(old, Path(os.path.realpath(new)))  # as the engine knows it
                self._undoing.offer(said, change)

            self._requests.expect(self._client.relocate_folder(old, new), tell)

    def _remove(self, node: Node, root: Root | None) -> None:
        items = root.items if root is not None else 0
        folder = Path(node.folder)

        def tell(change: ChangeSet) -> None:
            self._undoing.offer(f"“{node.label}” is no longer in the library. Its files stay where they are.", change)

        def remove() -> None:
            self._requests.expect(self._client.remove_folder(folder), tell)

        ask_removal(self._window, node.label, items, remove, held=held_text(root) if root is not None else "")
