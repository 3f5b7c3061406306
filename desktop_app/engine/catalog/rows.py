"""Items as lists and the detail panel show them."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.items import ItemDetail, ItemPlace, ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata
from desktop_app.engine.catalog.columns import joined_taken
from desktop_app.engine.catalog.connection import Database, Ids, Row
from desktop_app.engine.catalog.encoding import decode_name, shown
from desktop_app.engine.catalog.roots import root_paths
from desktop_app.engine.catalog.vectors import spaces_of_payload

_ROW: Final = (
    "i.id, i.kind, i.state, i.root_id, i.relpath, i.name, i.title, i.content_hash, i.rating, i.has_thumbnail, i.width, "
    "i.height, i.taken, i.taken_offset, i.artist, i.album, i.genre, i.year, i.duration, i.tempo, i.key, i.scale, "
    "i.reason, i.companion_id IS NOT NULL, i.companion_of IS NOT NULL, i.size"
)
_STATES: Final = {str(state): state for state in State}
_KINDS: Final = {str(kind): kind for kind in Kind}


def read_rows(database: Database, ids: Ids) -> list[ItemRow]:
    """The rows of these items in the order asked; an id may come twice, unknown ones are left out.

    So are items of a root that is not there: a fault that ``akin doctor`` finds and mends.
    """
    if len(ids) == 0:
        return []
    with database.snapshot():
        roots = root_paths(database)
        with database.among(ids) as asked:
            found = database.rows(f"SELECT {_ROW} FROM item i WHERE i.id IN {asked}")
            tags = _tags_of(database, asked)
    by_id = {row[0]: _item_row(row, roots, tags) for row in found if row[3] in roots}
    return [by_id[number] for number in np.asarray(ids).tolist() if number in by_id]


def _item_row(row: Row, roots: dict[RootId, Path], tags: dict[ItemId, tuple[str, ...]]) -> ItemRow:
    number, kind, state, root_id, relpath, name, title, content_hash, rating, has_thumbnail, width, height = row[:12]
    taken, offset, artist, album, genre, year, duration, tempo, key, scale = row[12:22]
    reason, has_raw, is_companion, size = row[22:]
    return ItemRow(
        id=ItemId(number),
        kind=_KINDS[kind],
        state=_STATES[state],
        path=roots[root_id] / decode_name(relpath),
        title=title or shown(name),
        content_hash=content_hash,
        rating=rating,
        has_thumbnail=has_thumbnail,
        width=width,
        height=height,
        taken=joined_taken(taken, offset),
        artist=artist,
        album=album,
        genre=genre,
        year=year,
        duration=duration,
        tempo=tempo,
        key=f"{key} {scale}" if key and scale else key,
        reason=reason,
        has_raw=has_raw,
        is_companion=is_companion,
        size=size,
        tags=tags.get(ItemId(number), ()),
    )


def read_places(database: Database, ids: Ids) -> dict[ItemId, ItemPlace]:
    """Of these items; unknown ones are left out. A few columns take a quarter of the time of whole rows."""
    if len(ids) == 0:
        return {}
    with database.snapshot():
        roots = root_paths(database)
        with database.among(ids) as asked:
            found = database.rows(
                f"SELECT id, root_id, relpath, state, companion_of IS NOT NULL FROM item WHERE id IN {asked}"
            )
    return {
        ItemId(number): ItemPlace(ItemId(number), roots[root_id] / decode_name(relpath), _STATES[state], is_companion)
        for number, root_id, relpath, state, is_companion in found
        if root_id in roots
    }


def paths_of(database: Database, ids: Ids) -> dict[ItemId, Path]:
    """Where the files of items are, or were; unknown ids are left out."""
    return {number: place.path for number, place in read_places(database, ids).items()}


def tags_of(database: Database, ids: Ids) -> dict[ItemId, tuple[str, ...]]:
    """The tags of each item that has some, in alphabetical order."""
    if len(ids) == 0:
        return {}
    with database.among(ids) as asked:
        return _tags_of(database, asked)


def _tags_of(database: Database, asked: str) -> dict[ItemId, tuple[str, ...]]:
    # Put in order here: DuckDB's ordered lists take as long again as finding the tags.
    found: dict[ItemId, list[tuple[str, str]]] = {}
    for number, folded, name in database.rows(f"SELECT item_id, folded, name FROM tag WHERE item_id IN {asked}"):
        found.setdefault(ItemId(number), []).append((folded, name))
    return {number: tuple(name for _, name in sorted(tags)) for number, tags in found.items()}


def read_detail(database: Database, item_id: ItemId) -> ItemDetail | None:
    """Everything known of one item, None if there is none."""
    with database.snapshot():
        rows = read_rows(database, [item_id])
        if not rows:
            return None
        item: dict[str, Any] = database.table("SELECT * FROM item WHERE id = ?", [item_id]).to_pylist()[0]
        loudness = database.row("SELECT loudness FROM waveform WHERE payload_id = ?", [item["payload_id"]])
        playlists = database.rows(
            "SELECT DISTINCT p.id, p.name FROM playlist p JOIN playlist_entry e ON e.playlist_id = p.id "
            "WHERE e.item_id = ? ORDER BY p.name",
            [item_id],
        )
        companion = (
            None
            if item["companion_id"] is None
            else paths_of(database, [item["companion_id"]]).get(item["companion_id"])
        )
        return ItemDetail(
            row=rows[0],
            root_id=RootId(item["root_id"]),
            size=item["size"],
            modified=item["mtime_ns"] / 1e9,
            added=item["added_at"],
            payload_hash=item["payload_hash"],
            tags=rows[0].tags or (),
            photo=_photo(item) if rows[0].kind is Kind.PHOTO else None,
            track=_track(item) if rows[0].kind is Kind.TRACK else None,
            analysis=_analysis(item),
            loudness=loudness[0] if loudness else None,
            spaces=spaces_of_payload(database, item["payload_id"]),
            playlists=tuple((PlaylistId(number), name) for number, name in playlists),
            companion=companion,
        )


def _extra(item: dict[str, Any]) -> dict[str, str]:
    return dict(json.loads(item["extra"])) if item["extra"] else {}


def _photo(item: dict[str, Any]) -> PhotoMetadata | None:
    if item["format"] is None:
        return None
    return PhotoMetadata(
        width=item["width"] or 0,
        height=item["height"] or 0,
        format=item["format"],
        taken=joined_taken(item["taken"], item["taken_offset"]),
        camera=item["camera"],
        lens=item["lens"],
        exposure_seconds=item["exposure_seconds"],
        aperture=item["aperture"],
        iso=item["iso"],
        focal_length_mm=item["focal_length_mm"],
        latitude=item["latitude"],
        longitude=item["longitude"],
        altitude_m=item["altitude_m"],
        orientation=item["orientation"] or 1,
        rating=item["file_rating"],
        keywords=tuple(item["file_keywords"] or ()),
        title=item["title"],
        extra=_extra(item),
    )


def _track(item: dict[str, Any]) -> TrackMetadata | None:
    if item["format"] is None:
        return None
    return TrackMetadata(
        duration=item["duration"] or 0.0,
        sample_rate=item["sample_rate"] or 0,
        channels=item["channels"] or 0,
        bit_rate=item["bit_rate"] or 0,
        format=item["format"],
        title=item["title"],
        artist=item["artist"],
        album=item["album"],
        album_artist=item["album_artist"],
        genre=item["genre"],
        year=item["year"],
        track_number=item["track_number"],
        disc_number=item["disc_number"],
        composer=item["composer"],
        comment=item["comment"],
        tagged_tempo=item["tagged_tempo"],
        rating=item["file_rating"],
        keywords=tuple(item["file_keywords"] or ()),
        has_cover=bool(item["has_cover"]),
        extra=_extra(item),
    )


def _analysis(item: dict[str, Any]) -> TrackAnalysis | None:
    if item["tempo_confidence"] is None:
        return None
    return TrackAnalysis(
        tempo=item["tempo"],
        tempo_confidence=item["tempo_confidence"],
        key=item["key"],
        scale=item["scale"],
        key_confidence=item["key_confidence"] or 0.0,
    )
