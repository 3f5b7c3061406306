"""What can be done with saved playlists: play, change the order, take tracks out, add files, delete."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.domain.browsing import Listing, ListingReply, PlaylistInfo, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey
from desktop_app.domain.notices import JobError, Tone
from desktop_app.domain.playlists import Imported
from desktop_app.engine.api import EngineClient
from desktop_app.ui.choosing import choose_playlist
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.item_commands import MOST_QUERIES
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.models.selection import positions_in
from desktop_app.ui.notifications import Banners
from desktop_app.ui.requests import Requests
from desktop_app.ui.undoing import Undoing
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.wording import count_text

MUSIC = Scope(ScopeKind.TRACKS, "", "All tracks")


def moved_block(ids: NDArray[np.int64], positions: NDArray[np.int64], target: int) -> NDArray[np.int64]:
    """``ids`` int64 (n,) with those at ``positions`` together before what stood at ``target`` (0..n)."""
    before = target - int(np.count_nonzero(positions < target))
    return np.insert(np.delete(ids, positions), before, ids[positions])


def imported_text(imported: Imported) -> tuple[str, Tone]:
    """What an import came to, with the name that the playlist got, and what of the file is not in the library."""
    said = f"“{imported.name}” is saved under Playlists, with {count_text(imported.tracks, 'track')}."
    if not imported.missing:
        return said, Tone.INFO
    lacking = len(imported.missing)
    verb, folders = ("is", "its folder") if lacking == 1 else ("are", "their folders")
    return f"{said} {lacking:,} more {verb} not in the library: add {folders}, then import it again.", Tone.WARNING


class PlaylistEdits(QObject):
    """Acts on the playlist that is open, or on one of the library tree.

    Signals: ``play_wanted(ids, start)``.
    """

    play_wanted = Signal(object, int)

    def __init__(
        self,
        client: EngineClient,
        browser: Browser,
        control: ListingControl,
        banners: Banners,
        requests: Requests,
        undoing: Undoing,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._client = client
        self._browser = browser
        self._control = control
        self._banners = banners
        self._requests = requests
        self._undoing = undoing
        self._window = window
        self._infos: dict[PlaylistId, PlaylistInfo] = {}
        self._to_play: dict[int, PlaylistInfo] = {}
        self._to_use: dict[int, Callable[[list[ItemId]], object]] = {}
        self._to_add: dict[int, tuple[PlaylistInfo, int]] = {}
        self._imports: set[int] = set()
        self._dropped: dict[int, PlaylistInfo] = {}  # rows that are asked for: which of them are tracks
        client.playlist_imported.connect(self._on_imported)
        client.listing_ready.connect(self._on_listing)
        client.rows_ready.connect(self._on_rows)
        client.failed.connect(self._on_failed)

    # playlists that are made

    def tell_saved(self, name: str, change: ChangeSet) -> None:
        """A playlist was made: the way there, and back."""
        self._tell_made(f"“{name}” is saved under Playlists.", name, change)

    def _tell_made(self, said: str, name: str, change: ChangeSet, tone: Tone = Tone.INFO) -> None:
        def show() -> None:
            info = next((each for each in self._infos.values() if each.name == name), None)
            if info is not None:
                self._control.open_scope(Scope(ScopeKind.PLAYLIST, str(info.id), info.name))

        self._undoing.offer(said, change, tone, [("Show", show)])

    def import_file(self) -> None:
        """Ask for a playlist file, and save those of its tracks that are in the library."""
        chosen = choose_playlist(self._window)
        if chosen is not None:
            self._imports.add(self._client.import_playlist(chosen))

    def _on_imported(self, request: int, imported: Imported) -> None:
        if request in self._imports:
            self._imports.discard(request)
            said, tone = imported_text(imported)
            self._tell_made(said, imported.name, imported.change, tone)

    # the playlist that is open

    @property
    def opened(self) -> PlaylistId | None:
        """The playlist that the middle lists, however it is sorted; None for another place."""
        place = self._control.place
        if place.similar is not None or place.searched_scope.kind is not ScopeKind.PLAYLIST:
            return None
        return PlaylistId(int(place.scope.value)) if place.scope.value.isdecimal() else None

    @property
    def open_list(self) -> PlaylistInfo | None:
        """What is known of it."""
        return None if self.opened is None else self._infos.get(self.opened)

    def play_open(self) -> None:
        """Play the open playlist from the start."""
        if (info := self.open_list) is not None:
            self.play(info)

    @property
    def can_reorder(self) -> bool:
        """Whether all of a playlist is listed in its own order."""
        place = self._control.place
        if self.opened is None or place.text:
            return False
        listing = place.listing(self._control.arrangement)
        return listing.sort is SortKey.MANUAL and not listing.descending

    def move(self, step: int) -> None:
        """Move the selected tracks one line up (-1) or down (1)."""
        positions = self._positions()
        if not len(positions):
            return
        target = int(positions[0]) - 1 if step < 0 else int(positions[-1]) + 2
        if 0 <= target <= len(self._browser.model.ids):
            self.move_to(target)

    def move_to(self, target: int) -> None:
        """Move the selected tracks together before the one at position ``target``; 0..n."""
        playlist, positions = self.opened, self._positions()
        if playlist is None or not len(positions) or not self._allowed():
            return
        ids = self._browser.model.ids
        after = moved_block(ids, positions, target)
        changed = not np.array_equal(after, ids)
        if changed:
            self._browser.relist(after)
        # also where it passed a copy of itself, which changes nothing: the next step goes on from there
        self._browser.select_positions(target - int(np.count_nonzero(positions < target)), len(positions))
        current = self._browser.grid.selectionModel().currentIndex()
        if current.isValid():
            self._browser.view.scrollTo(current)
        if changed:
            self._requests.expect(self._client.reorder_playlist(playlist, _listed(after)))

    def remove_selected(self) -> None:
        """Take the selected tracks out of the open playlist; they stay in the library."""
        playlist, positions = self.opened, self._positions()
        if playlist is None or not len(positions):
            return
        said = f"{count_text(len(positions), 'track')} removed from “{self._control.place.scope.label}”."

        def say(change: ChangeSet) -> None:
            self._undoing.offer(said, change)

        if not self.can_reorder:
            gone = self._browser.selected_ids().tolist()
            self._requests.expect(self._client.remove_from_playlist(playlist, [ItemId(each) for each in gone]), say)
            return
        left = np.delete(self._browser.model.ids, positions)
        self._browser.relist(left)
        if len(left):
            self._browser.select_positions(min(int(positions[0]), len(left) - 1))
        self._requests.expect(self._client.reorder_playlist(playlist, _listed(left), label="Remove from Playlist"), say)

    def _positions(self) -> NDArray[np.int64]:
        return positions_in(self._browser.selected_ranges)

    def _allowed(self) -> bool:
        if not self.can_reorder:
            self._banners.say("To change the order, sort by “Playlist order” first.")
        return self.can_reorder

    # any playlist

    def play(self, info: PlaylistInfo) -> None:
        """Play all of it from the start."""
        scope = Scope(ScopeKind.PLAYLIST, str(info.id), info.name)
        listing = Listing(scope, "", SortKey.MANUAL, False, Grouping.NONE)
        self._to_play[self._client.list_items(listing, channel="playlist")] = info

    def play_place(self, scope: Scope) -> None:
        """Play what a line of the library tree lists: an artist, an album, a genre."""
        self._list_tracks(scope, lambda ids: self.play_wanted.emit(ids, 0))

    def build_from_place(self, scope: Scope) -> None:
        """Open the builder with the tracks of an artist, an album or a genre as seeds."""
        self._list_tracks(scope, self._build)

    def _build(self, ids: list[ItemId]) -> None:
        from desktop_app.ui.dialogs.playlist import PlaylistDialog

        dialog = PlaylistDialog(self._client, ids[:MOST_QUERIES], self._window)
        dialog.play_requested.connect(lambda built: self.play_wanted.emit(built, 0))
        dialog.saved.connect(self.tell_saved)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _list_tracks(self, scope: Scope, then: Callable[[list[ItemId]], object]) -> None:
        listing = Listing(scope, "", SortKey.ALBUM, False, Grouping.NONE)
        self._to_use[self._client.list_items(listing, channel="place")] = then

    def add_files(self, info: PlaylistInfo, files: Sequence[Path]) -> None:
        """Append the tracks among these files that are in the library."""
        self._to_add[self._client.fetch_rows_of_files(files)] = (info, len(files))

    def add(self, info: PlaylistInfo, ids: Sequence[ItemId]) -> None:
        """Append tracks."""
        said = f"{count_text(len(ids), 'track')} added to “{info.name}”."
        self._requests.expect(
            self._client.add_to_playlist(PlaylistId(info.id), list(ids)),
            lambda change: self._undoing.offer(said, change),
        )

    def add_dropped(self, playlist: PlaylistId, ids: Sequence[ItemId]) -> None:
        """Items of our own were dropped on its line; photos among them are left out."""
        info = self._infos.get(playlist)
        if info is not None:
            self._dropped[self._client.fetch_rows(ids)] = info

    def rename(self, info: PlaylistInfo) -> None:
        """Ask for another name."""
        from desktop_app.ui.dialogs.name import ask_name

        def rename(name: str) -> None:
            if name != info.name:
                self._requests.expect(self._client.rename_playlist(PlaylistId(info.id), name))

        ask_name(self._window, "Rename Playlist", "Rename", rename, text=info.name)

    def export(self, info: PlaylistInfo) -> None:
        """Open the export dialog."""
        from desktop_app.ui.dialogs.export_playlist import ExportPlaylistDialog

        dialog = ExportPlaylistDialog(self._client, info.name, playlist=PlaylistId(info.id), parent=self._window)
        dialog.exported.connect(self._tell_exported)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _tell_exported(self, target: Path) -> None:
        self._banners.say(
            f"Exported to {target.name}.", actions=[("Show in File Manager", lambda: reveal(target, self))]
        )

    def delete(self, info: PlaylistInfo) -> None:
        """Delete it at once, with a way back."""

        def say(change: ChangeSet) -> None:
            if self.opened == info.id:
                self._control.open_scope(MUSIC)
            self._undoing.offer(f"Playlist “{info.name}” deleted.", change)

        self._requests.expect(self._client.delete_playlist(PlaylistId(info.id)), say)

    def follow(self, infos: Sequence[PlaylistInfo]) -> None:
        """The saved playlists as they are now: the open one may have another name, or be gone."""
        self._infos = {each.id: each for each in infos}
        scope = self._control.place.scope
        if scope.kind is not ScopeKind.PLAYLIST:
            return
        info = next((each for each in infos if str(each.id) == scope.value), None)
        if info is None:
            self._control.open_scope(MUSIC)
        elif info.name != scope.label:
            self._control.relabel(Scope(scope.kind, scope.value, info.name))

    # answers

    def _on_listing(self, request: int, reply: ListingReply) -> None:
        then = self._to_use.pop(request, None)
        if then is not None and len(reply.ids):
            then(_listed(reply.ids))
        info = self._to_play.pop(request, None)
        if info is not None and len(reply.ids):
            self.play_wanted.emit(_listed(reply.ids), 0)
        elif info is not None:
            self._banners.say(f"“{info.name}” is empty.")

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if (dropped := self._dropped.pop(request, None)) is not None:
            own = [row.id for row in rows if row.kind is Kind.TRACK]
            self.add(dropped, own) if own else self._banners.say("Playlists hold tracks, not photos.")
        info, asked = self._to_add.pop(request, (None, 0))
        if info is None:
            return
        tracks = [row.id for row in rows if row.kind is Kind.TRACK]
        if tracks:
            self.add(info, tracks)
        if len(tracks) < asked:
            left = asked - len(tracks)
            what = "This file is" if asked == 1 else f"{left} of these files {'is' if left == 1 else 'are'}"
            self._banners.say(f"{what} not a track of the library; add its folder first.", Tone.WARNING)

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in self._imports and not error.is_bug:
            self._banners.say(error.text, Tone.ERROR)
        self._imports.discard(request)
        self._to_play.pop(request, None)
        self._to_use.pop(request, None)
        self._to_add.pop(request, None)
        self._dropped.pop(request, None)


def _listed(ids: NDArray[np.int64]) -> list[ItemId]:
    return [ItemId(each) for each in ids.tolist()]
