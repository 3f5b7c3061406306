"""Saved playlists: ordered entries; a track may come twice, a missing one keeps its place."""

import time

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.browsing import PlaylistInfo
from desktop_app.domain.ids import PlaylistId
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.catalog.edits import stay_where_they_are
from desktop_app.engine.catalog.encoding import storable
from desktop_app.errors import KnownError


def read_playlists(database: Database) -> list[PlaylistInfo]:
    """All playlists by name."""
    found = database.rows(
        "SELECT p.id, p.name, count(i.id), coalesce(sum(i.duration) FILTER (i.state = 'present'), 0) / 60 "
        "FROM playlist p LEFT JOIN playlist_entry e ON e.playlist_id = p.id LEFT JOIN item i ON i.id = e.item_id "
        "GROUP BY p.id, p.name ORDER BY lower(p.name), p.id"
    )
    return [PlaylistInfo(PlaylistId(number), name, tracks, minutes) for number, name, tracks, minutes in found]


def playlist_items(database: Database, playlist_id: PlaylistId) -> NDArray[np.int64]:
    """The items of a playlist in order, int64 (n,)."""
    return database.integers(
        "SELECT item_id FROM playlist_entry WHERE playlist_id = ? ORDER BY position", [playlist_id]
    )


def playlist_by_name(database: Database, name: str) -> PlaylistInfo | None:
    """The playlist of that name, whatever its case."""
    wanted = (storable(name) or "").lower()
    return next((found for found in read_playlists(database) if found.name.lower() == wanted), None)


def save_playlist(database: Database, name: str, ids: Ids) -> PlaylistId:
    """Save under a name; a playlist of the same name, whatever its case, is replaced. Raises KnownError for no name."""
    cleaned = _checked(name)
    with database.writing():
        existing = playlist_by_name(database, cleaned)
        if existing is not None:
            number = existing.id
            database.run("UPDATE playlist SET name = ? WHERE id = ?", [cleaned, number])
        else:
            number = PlaylistId(database.take_ids("playlist", 1))
            now = time.time()
            database.run("INSERT INTO playlist VALUES (?, ?, ?, ?)", [number, cleaned, now, now])
        replace_playlist(database, number, ids)
    return number


def replace_playlist(database: Database, playlist_id: PlaylistId, ids: Ids) -> None:
    """Give a playlist these items in this order; ids of no item are left out. Raises KnownError if it is gone."""
    with database.writing():
        _touch(database, playlist_id)
        stay_where_they_are(database, np.setdiff1d(ids, playlist_items(database, playlist_id)))
        database.run("DELETE FROM playlist_entry WHERE playlist_id = ?", [playlist_id])
        _append(database, playlist_id, ids, 0)


def append_to_playlist(database: Database, playlist_id: PlaylistId, ids: Ids) -> None:
    """Add items at the end. Raises KnownError if the playlist is gone."""
    with database.writing():
        _touch(database, playlist_id)
        last = database.value(
            "SELECT coalesce(max(position) + 1, 0) FROM playlist_entry WHERE playlist_id = ?", [playlist_id]
        )
        stay_where_they_are(database, ids)
        _append(database, playlist_id, ids, int(last))


def rename_playlist(database: Database, playlist_id: PlaylistId, name: str) -> None:
    """Rename. Raises KnownError if another playlist has the name, or this one is gone."""
    cleaned = _checked(name)
    with database.writing():
        existing = playlist_by_name(database, cleaned)
        if existing is not None and existing.id != playlist_id:
            raise KnownError(f"There is already a playlist called “{existing.name}”.")
        _touch(database, playlist_id)
        database.run("UPDATE playlist SET name = ? WHERE id = ?", [cleaned, playlist_id])


def delete_playlist(database: Database, playlist_id: PlaylistId) -> None:
    """Delete a playlist, never its tracks."""
    with database.writing():
        database.run("DELETE FROM playlist_entry WHERE playlist_id = ?", [playlist_id])
        database.run("DELETE FROM playlist WHERE id = ?", [playlist_id])


def _append(database: Database, playlist_id: PlaylistId, ids: Ids, first: int) -> None:
    with database.given(asked=id_table(ids)):
        database.run(
            "INSERT INTO playlist_entry SELECT ?, position + ?, id FROM asked WHERE id IN (SELECT id FROM item) "
            "ORDER BY position",
            [playlist_id, first],
        )


def _touch(database: Database, playlist_id: PlaylistId) -> None:
    if database.row("SELECT 1 FROM playlist WHERE id = ?", [playlist_id]) is None:
        raise KnownError("That playlist is not there any more.")
    database.run("UPDATE playlist SET updated_at = ? WHERE id = ?", [time.time(), playlist_id])


def _checked(name: str) -> str:
    cleaned = storable(name)
    if cleaned is None:
        raise KnownError("A playlist needs a name.")
    return cleaned
