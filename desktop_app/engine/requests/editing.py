"""Edits of the catalogue: all of them can be undone."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, PlaylistId, RequestId
from desktop_app.domain.playlists import ExportOptions, Imported
from desktop_app.engine.requests.port import RequestPort

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


class EditRequests(RequestPort):
    """``done`` follows with the ChangeSet, or ``failed``."""

    def rate(self, ids: Sequence[ItemId], stars: int) -> RequestId:
        """Give 0..5 stars."""
        chosen = list(ids)
        return self._write(lambda library: library.rate(chosen, stars))

    def tag(self, ids: Sequence[ItemId], add: Sequence[str] = (), remove: Sequence[str] = ()) -> RequestId:
        """Add and remove tags."""
        chosen, added, removed = list(ids), list(add), list(remove)
        return self._write(lambda library: library.tag(chosen, added, removed))

    def remove_items(self, ids: Sequence[ItemId]) -> RequestId:
        """Take items out of the catalogue, never the files."""
        chosen = list(ids)
        return self._write(lambda library: library.remove_items(chosen))

    def trash(self, ids: Sequence[ItemId]) -> RequestId:
        """Move the files to the system's trash."""
        chosen = list(ids)
        return self._write(lambda library: library.trash(chosen))

    def save_playlist(self, name: str, ids: Sequence[ItemId]) -> RequestId:
        """Save a playlist under a new or known name."""
        chosen = list(ids)
        return self._write(lambda library: library.save_playlist(name, chosen))

    def add_to_playlist(self, playlist: PlaylistId, ids: Sequence[ItemId]) -> RequestId:
        """Append tracks."""
        chosen = list(ids)
        return self._write(lambda library: library.append_to_playlist(playlist, chosen))

    def reorder_playlist(
        self, playlist: PlaylistId, ids: Sequence[ItemId], *, label: str = "Reorder Playlist"
    ) -> RequestId:
        """Replace the tracks and their order; ``label`` is what undo says."""
        chosen = list(ids)
        return self._write(lambda library: library.reorder_playlist(playlist, chosen, label))

    def remove_from_playlist(self, playlist: PlaylistId, ids: Sequence[ItemId]) -> RequestId:
        """Take tracks out of a playlist, never out of the library; of one that stands there repeatedly as many as
        ``ids`` names, the last first."""
        wanted = Counter(ids)

        def remove(library: "Library") -> ChangeSet:
            gone, left = wanted.copy(), []
            for item in reversed(library.playlist_items(playlist)):
                if gone[item]:
                    gone[item] -= 1
                else:
                    left.append(item)
            left.reverse()
            return library.reorder_playlist(playlist, left, "Remove from playlist")

        return self._write(remove)

    def rename_playlist(self, playlist: PlaylistId, name: str) -> RequestId:
        """Give a playlist another name."""
        return self._write(lambda library: library.rename_playlist(playlist, name))

    def delete_playlist(self, playlist: PlaylistId) -> RequestId:
        """Delete a playlist, never its tracks."""
        return self._write(lambda library: library.delete_playlist(playlist))

    def export_playlist(self, playlist: PlaylistId, target: Path, options: ExportOptions) -> RequestId:
        """Write a saved playlist as a file; ``done`` with an empty change."""
        return self._read("done", lambda library: library.export_playlist(playlist, target, options), slow=True)

    def export_tracks(self, ids: Sequence[ItemId], target: Path, options: ExportOptions) -> RequestId:
        """Write tracks as a playlist file; ``done`` with an empty change."""
        chosen = list(ids)
        return self._read("done", lambda library: library.export_tracks(chosen, target, options), slow=True)

    def import_playlist(self, source: Path) -> RequestId:
        """Read a playlist file into a saved playlist of the tracks in the library; ``playlist_imported``."""

        def read(library: "Library") -> Imported:
            tracks, found = library.read_playlist(source), list[Imported]()

            def write(library: "Library") -> ChangeSet:
                change, imported = library.save_read_playlist(tracks)
                found.append(imported)
                return change

            self._written(library, write)
            return found[0]

        return self._read_beside("playlist_imported", read)

    def undo(self, expected: int | None = None) -> RequestId:
        """Take back the last edit; ``expected``: only if it is that one (``ChangeSet.edit``)."""
        return self._write(lambda library: self._looked_at(library.undo(expected)))

    def redo(self) -> RequestId:
        """Do again what was taken back."""
        return self._write(lambda library: self._looked_at(library.redo()))

    def _looked_at(self, change: ChangeSet) -> ChangeSet:
        """Folders that came, went or lie elsewhere are looked through: nobody knows what is in them now."""
        if change.roots:
            self._steer(lambda loop: loop.index(None))
        return change
