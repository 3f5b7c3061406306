"""The edits of a library: what people change by hand, each a step that can be undone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.playlists import ExportOptions, Imported, ReadPlaylist
from desktop_app.engine.collection import CollectionExchange
from desktop_app.engine.edits import Edits
from desktop_app.engine.history import History
from desktop_app.engine.removals import Removals
from desktop_app.engine.saved_playlists import SavedPlaylists
from desktop_app.engine.trash import TrashPort

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index.store import IndexStore


class LibraryEdits:
    """On the writing thread only, but what reads or writes playlist files. Errors are ``KnownError``s."""

    def __init__(self, catalog: "Catalog", store: "IndexStore", roots_changed: Callable[[], object]) -> None:
        self._history = History(catalog, store, roots_changed)
        self._edits = Edits(catalog, self._history)
        self._playlists = SavedPlaylists(catalog, self._history)
        self._removals = Removals(catalog, self._history)
        self.collection = CollectionExchange(catalog, store, self._history)

    @property
    def trash_port(self) -> TrashPort | None:
        """Where files go that are thrown away, and come back from."""
        return self._history.trash_port

    @trash_port.setter
    def trash_port(self, port: TrashPort | None) -> None:
        self._history.trash_port = port

    def playlist_id(self, name: str) -> PlaylistId:
        """Raises KnownError where there is none of that name."""
        return self._playlists.id_of(name)

    def playlist_items(self, playlist: PlaylistId) -> list[ItemId]:
        """In its order."""
        return self._playlists.items(playlist)

    def export_playlist(self, playlist: PlaylistId, target: Path, options: ExportOptions) -> ChangeSet:
        """Write a saved playlist as .m3u8 or .xspf."""
        named = replace(options, name=self._playlists.name(playlist))
        return self.export_tracks(self.playlist_items(playlist), target, named)

    def export_tracks(self, ids: Sequence[ItemId], target: Path, options: ExportOptions) -> ChangeSet:
        """Write tracks as .m3u8 or .xspf; nothing in the library changes."""
        self._playlists.export(ids, target, options)
        return ChangeSet()

    def rate(self, ids: Sequence[ItemId], stars: int) -> ChangeSet:
        """Give 0..5 stars. Raises UsageError."""
        return self._edits.rate(ids, stars)

    def tag(self, ids: Sequence[ItemId], add: Iterable[str] = (), remove: Iterable[str] = ()) -> ChangeSet:
        """Add and remove tags. Raises UsageError."""
        return self._edits.tag(ids, add, remove)

    def remove_items(self, ids: Sequence[ItemId]) -> ChangeSet:
        """Take items out of the catalogue, never the files."""
        return self._removals.remove(ids)

    def trash(self, ids: Sequence[ItemId], port: TrashPort | None = None) -> ChangeSet:
        """Move the files to the trash. Raises KnownError."""
        return self._removals.trash(ids, port or self.trash_port)

    def save_playlist(self, name: str, ids: Sequence[ItemId]) -> ChangeSet:
        """A new playlist, or new tracks for the one of that name."""
        return self._playlists.save(name, ids)

    def free_playlist_name(self, wanted: str) -> str:
        """``wanted``, numbered where it is taken."""
        return self._playlists.free_name(wanted)

    def append_to_playlist(self, playlist: PlaylistId, ids: Sequence[ItemId]) -> ChangeSet:
        """More tracks at the end."""
        return self._playlists.append(playlist, ids)

    def reorder_playlist(
        self, playlist: PlaylistId, ids: Sequence[ItemId], label: str = "Reorder Playlist"
    ) -> ChangeSet:
        """Other tracks, or another order; ``label`` is what undo says."""
        return self._playlists.replace(playlist, ids, label)

    def rename_playlist(self, playlist: PlaylistId, name: str) -> ChangeSet:
        """Raises KnownError where the name is taken."""
        return self._playlists.rename(playlist, name)

    def delete_playlist(self, playlist: PlaylistId) -> ChangeSet:
        """Delete the list, never its tracks."""
        return self._playlists.delete(playlist)

    def import_playlist(self, source: Path) -> ChangeSet:
        """Save the tracks of a playlist file that are in the library. Raises KnownError."""
        return self.save_read_playlist(self.read_playlist(source))[0]

    def read_playlist(self, source: Path) -> ReadPlaylist:
        """Which tracks of the library a playlist file names; nothing is saved. From any thread. Raises KnownError."""
        return self._playlists.read_file(source)

    def save_read_playlist(self, read: ReadPlaylist) -> tuple[ChangeSet, Imported]:
        """Save what was read, and what came of it."""
        return self._playlists.save_read(read)

    @property
    def undo_labels(self) -> tuple[str, str]:
        """What undo and redo would do, "" for nothing."""
        return self._history.labels

    def undo(self, expected: int | None = None) -> ChangeSet:
        """Take back the last edit; ``expected``: only if it is that one (``ChangeSet.edit``). Raises KnownError."""
        return self._history.undo(expected)

    def redo(self) -> ChangeSet:
        """Do again what was taken back. Raises KnownError."""
        return self._history.redo()
