"""Saved playlists: edits with their way back, files in and out."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.playlists import ExportOptions, Imported, PlaylistTrack, ReadPlaylist
from desktop_app.engine.history import History
from desktop_app.engine.outputs import check_output
from desktop_app.errors import KnownError, UsageError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog


class SavedPlaylists:
    """Every edit keeps the playlist's tracks and name as they were."""

    def __init__(self, catalog: "Catalog", history: History) -> None:
        self._catalog = catalog
        self._history = history

    def id_of(self, name: str) -> PlaylistId:
        """Raises KnownError where there is no such playlist."""
        found = self._catalog.playlist_by_name(name)
        if found is None:
            raise KnownError(f"There is no playlist called {name}.")
        return found.id

    def save(self, name: str, ids: Sequence[ItemId], verb: str = "Save") -> ChangeSet:
        """A new playlist, or new tracks for the one of that name."""
        name = _checked(name)
        known = self._catalog.playlist_by_name(name)
        if known is not None:
            return self.replace(known.id, ids, label=f"Save Playlist “{name}”")
        change = self._catalog.log.change_playlist(
            f"{verb} Playlist “{name}”", lambda: self._catalog.save_playlist(name, ids)
        )
        return self._history.note(change)

    def replace(self, playlist: PlaylistId, ids: Sequence[ItemId], label: str = "Reorder Playlist") -> ChangeSet:
        """Other tracks, or another order."""
        return self._write(label, playlist, lambda: self._catalog.replace_playlist(playlist, ids))

    def append(self, playlist: PlaylistId, ids: Sequence[ItemId]) -> ChangeSet:
        """More tracks at the end."""
        return self._write("Add to Playlist", playlist, lambda: self._catalog.append_to_playlist(playlist, ids))

    def rename(self, playlist: PlaylistId, name: str) -> ChangeSet:
        """Another name. Raises UsageError where it is taken."""
        name = _checked(name)
        other = self._catalog.playlist_by_name(name)
        if other is not None and other.id != playlist:
            raise UsageError(f"There is a playlist called {name} already.")
        return self._write("Rename Playlist", playlist, lambda: self._catalog.rename_playlist(playlist, name))

    def delete(self, playlist: PlaylistId) -> ChangeSet:
        """Delete the list, never its tracks."""
        label = f"Delete Playlist “{self.name(playlist)}”"
        return self._write(label, playlist, lambda: self._catalog.delete_playlist(playlist))

    def _write(self, label: str, playlist: PlaylistId, write: Callable[[], None]) -> ChangeSet:
        def written() -> PlaylistId:
            write()
            return playlist

        return self._history.note(self._catalog.log.change_playlist(label, written, playlist))

    def name(self, playlist: PlaylistId) -> str:
        """Raises KnownError where there is no such playlist."""
        for info in self._catalog.playlists():
            if info.id == playlist:
                return info.name
        raise KnownError("This playlist does not exist any more.")

    def items(self, playlist: PlaylistId) -> list[ItemId]:
        """In the playlist's order."""
        return [ItemId(int(item)) for item in self._catalog.playlist_items(playlist)]

    def export(self, ids: Sequence[ItemId], target: Path, options: ExportOptions) -> int:
        """Write tracks as M3U8 or XSPF; returns how many. Raises KnownError where something is that may not go."""
        from desktop_app.engine.playlists.files import check_ending, is_ours, is_playlist, write_playlist

        check_ending(target)
        if options.replace:
            check_output(self._catalog, target, is_playlist, "is not a playlist")
        else:
            check_output(self._catalog, target, is_ours)
        tracks = [_track(row) for row in self._catalog.rows(list(ids)) if row.kind is Kind.TRACK]
        write_playlist(target, tracks, options)
        return len(tracks)

    def read_file(self, source: Path) -> ReadPlaylist:
        """The tracks of a playlist file that are in the library; from any thread, since a long one takes half a minute.

        Raises UnreadableFileError, and KnownError where none of its tracks is in the library.
        """
        from desktop_app.engine.playlists.entries import is_near
        from desktop_app.engine.playlists.files import read_entries

        entries = read_entries(source)
        paths = [entry for entry in entries if isinstance(entry, Path)]
        rows = self._catalog.items_by_paths(paths)
        real = {path: _real(path) for path in paths if path not in rows and is_near(path)}
        by_real = self._catalog.items_by_paths(list(real.values()))
        rows |= {path: by_real[place] for path, place in real.items() if place in by_real}
        found = [rows.get(entry) if isinstance(entry, Path) else None for entry in entries]
        ids = tuple(row.id for row in found if row is not None and row.kind is Kind.TRACK)
        if not ids:
            raise KnownError(f"None of the tracks of {source.name} is in the library.")
        missing = tuple(entry for entry, row in zip(entries, found, strict=True) if row is None)
        return ReadPlaylist(source.stem, ids, missing)

    def save_read(self, read: ReadPlaylist) -> tuple[ChangeSet, Imported]:
        """Save what was read from a file, under the file's name or one like it."""
        name = self.free_name(read.name)
        change = self.save(name, read.ids, "Import")
        return change, Imported(name, len(read.ids), read.missing, change)

    def free_name(self, wanted: str) -> str:
        """``wanted``, numbered where it is taken."""
        taken = {info.name.casefold() for info in self._catalog.playlists()}
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted} {number}"
        return name


def _checked(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise UsageError("A playlist needs a name.")
    return cleaned


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _track(row: ItemRow) -> PlaylistTrack:
    return PlaylistTrack(
        id=row.id,
        path=row.path,
        title=row.title,
        artist=row.artist,
        album=row.album,
        seconds=row.duration or 0.0,
        bpm=row.tempo,
        key=row.key,
        similarity=row.similarity or 0.0,
    )
