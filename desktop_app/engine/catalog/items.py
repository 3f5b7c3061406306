"""Items: what the indexer writes when files are read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import pyarrow as pa

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog import hash_filter
from desktop_app.engine.catalog.columns import ANALYSIS, METADATA, metadata_arrays, metadata_values
from desktop_app.engine.catalog.connection import ArrowArray, ArrowTable, Database
from desktop_app.engine.catalog.encoding import encode_name, storable
from desktop_app.engine.catalog.payloads import payload_ids

# What the words of a query are looked for in; the newlines keep a phrase from spanning two fields.
WORDS: Final = "strip_accents(lower(concat_ws(chr(10), name, folder, title, artist, album, genre, camera)))"


@dataclass(frozen=True, slots=True)
class ItemWrite:
    """A file as it was read. Without ``item_id`` it is the item at that place, else a new one.

    ``relpath`` is below the root, with '/', as Python spells the name (surrogates for what is no text).
    """

    item_id: ItemId | None
    root_id: RootId
    relpath: str
    reading: FileReading


def upsert_readings(database: Database, writes: Sequence[ItemWrite]) -> list[ItemId]:
    """Add or update items; returns their ids in order.

    What people said of an existing item stays. Without metadata and with a problem the item becomes a problem and keeps
    what was known. Vectors are written apart, by ``put_vectors``.
    """
    if not writes:
        return []
    with database.writing(counts=True):
        names = [encode_name(write.relpath) for write in writes]
        ids, is_new = _assign_ids(database, writes, names)
        keep = list(dict(zip(ids, range(len(ids)), strict=True)).values())  # of one item written twice, the last
        batch = _batch(
            database, [writes[at] for at in keep], [names[at] for at in keep], [ids[at] for at in keep], is_new
        )
        readings = [writes[at].reading for at in keep]
        known = len(is_new) < len(keep)
        with database.given(batch=batch):
            if any(reading.analysis is not None for reading in readings):
                _store_analyses(database)
            take_over_keywords(database)
            if known:
                take_over_ratings(database)
                _update_known(database)
            if is_new:
                _insert_new(database)
            if any(reading.kind is Kind.TRACK for reading in readings):
                _fill_in_analyses(database)
        hashes = {write.reading.content_hash for write in writes}
        hash_filter.note(database, hash_filter.CONTENT, {text for text in hashes if text})
    return ids


def _assign_ids(
    database: Database, writes: Sequence[ItemWrite], names: Sequence[str]
) -> tuple[list[ItemId], set[ItemId]]:
    """The id of each write, and which of them are new. A missing item's place is free for another content."""
    places = [(write.root_id, name) for write, name in zip(writes, names, strict=True)]
    unknown = [at for at, write in enumerate(writes) if write.item_id is None]
    known: dict[tuple[int, str], ItemId] = {}
    if unknown:
        asked = {
            "root_id": pa.array([writes[at].root_id for at in unknown], pa.int64()),
            "relpath": pa.array([names[at] for at in unknown], pa.string()),
            "content_hash": pa.array([writes[at].reading.content_hash for at in unknown], pa.string()),
        }
        with database.given(asked=asked):
            found = database.rows(
                "SELECT i.root_id, i.relpath, i.id FROM item i JOIN asked a USING (root_id, relpath) "
                "WHERE i.state <> 'missing' OR i.content_hash = a.content_hash ORDER BY i.state <> 'missing', i.id"
            )
        known = {(root_id, relpath): ItemId(number) for root_id, relpath, number in found}
    fresh = dict.fromkeys(places[at] for at in unknown if places[at] not in known)
    first = database.take_ids("item", len(fresh)) if fresh else 0
    for number, place in enumerate(fresh, first):
        known[place] = ItemId(number)
    ids = [write.item_id or known[place] for write, place in zip(writes, places, strict=True)]
    return ids, {known[place] for place in fresh}


def _batch(
    database: Database,
    writes: Sequence[ItemWrite],
    names: Sequence[str],
    ids: Sequence[ItemId],
    is_new: set[ItemId],
) -> ArrowTable:
    readings = [write.reading for write in writes]
    parts = [PurePosixPath(name) for name in names]
    analyses = [reading.analysis for reading in readings]
    columns: dict[str, ArrowArray] = {
        "id": pa.array(ids, pa.int64()),
        "is_new": pa.array([number in is_new for number in ids], pa.bool_()),
        "root_id": pa.array([write.root_id for write in writes], pa.int64()),
        "relpath": pa.array(names, pa.string()),
        "folder": pa.array([_folder_of(name) for name in names], pa.string()),
        "name": pa.array([part.name for part in parts], pa.string()),
        "ext": pa.array([part.suffix[1:].lower() for part in parts], pa.string()),
        "kind": pa.array([str(reading.kind) for reading in readings], pa.string()),
        "state": pa.array([_state_of(reading) for reading in readings], pa.string()),
        "reason": pa.array([storable(reading.problem) for reading in readings], pa.string()),
        "size": pa.array([reading.size for reading in readings], pa.int64()),
        "mtime_ns": pa.array([reading.mtime_ns for reading in readings], pa.int64()),
        "content_hash": pa.array([reading.content_hash for reading in readings], pa.string()),
        "payload_hash": pa.array([reading.payload_hash for reading in readings], pa.string()),
        "payload_id": payload_ids(database, [reading.payload_hash for reading in readings]),
        "has_thumbnail": pa.array([reading.has_thumbnail for reading in readings], pa.bool_()),
        "has_metadata": pa.array([reading.metadata is not None for reading in readings], pa.bool_()),
        "has_analysis": pa.array([analysis is not None for analysis in analyses], pa.bool_()),
        **metadata_arrays([metadata_values(reading.metadata) for reading in readings]),
    }
    for name in ANALYSIS:
        kind = pa.string() if name in ("key", "scale") else pa.float64()
        columns[name] = pa.array([getattr(analysis, name, None) for analysis in analyses], kind)
    return pa.table(columns)


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _state_of(reading: FileReading) -> str:
    return str(State.PROBLEM if reading.problem else State.PRESENT)


def _store_analyses(database: Database) -> None:
    database.run(
        "DELETE FROM analysis WHERE payload_id IN (SELECT payload_id FROM batch WHERE has_analysis AND payload_id > 0)"
    )
    columns = ", ".join(ANALYSIS)
    database.run(
        f"INSERT INTO analysis (payload_id, {columns}) SELECT DISTINCT ON (payload_id) payload_id, {columns} "
        "FROM batch WHERE has_analysis AND payload_id IS NOT NULL"
    )


def _update_known(database: Database) -> None:
    metadata = ", ".join(
        f"{name} = CASE WHEN b.has_metadata THEN {told_of(name, 'b')} ELSE item.{name} END" for name in METADATA
    )
    analysis = ", ".join(
        f"{name} = CASE WHEN coalesce(b.payload_id, item.payload_id) IS NOT DISTINCT FROM item.payload_id "
        f"THEN item.{name} END"
        for name in ANALYSIS
    )
    database.run(
        "UPDATE item SET root_id = b.root_id, relpath = b.relpath, folder = b.folder, name = b.name, ext = b.ext, "
        "kind = b.kind, state = b.state, reason = b.reason, size = b.size, mtime_ns = b.mtime_ns, "
        "has_thumbnail = b.has_thumbnail OR (item.has_thumbnail AND item.content_hash IS NOT DISTINCT FROM "
        "b.content_hash), content_hash = coalesce(b.content_hash, item.content_hash), "
        "payload_hash = coalesce(b.payload_hash, item.payload_hash), "
        "payload_id = coalesce(b.payload_id, item.payload_id), seeded = item.seeded OR b.has_metadata, "
        f"{metadata}, {analysis} "
        "FROM batch b WHERE item.id = b.id AND NOT b.is_new"
    )
    database.run(f"UPDATE item SET words = {WORDS} WHERE id IN (SELECT id FROM batch WHERE NOT is_new)")


def told_of(column: str, source: str) -> str:
    """What an item's column of the metadata is to be by its file's, a column of ``source``.

    Of stars and keywords it stays what the file said last, also when it says nothing, so that what it says next is
    followed: sidecars are renamed apart from their photos, and some programs lose all on saving.
    """
    if column == "file_rating":
        return f"coalesce({source}.file_rating, item.file_rating)"
    if column == "file_keywords":
        return f"if(len({source}.file_keywords) > 0, {source}.file_keywords, item.file_keywords)"
    return f"{source}.{column}"


def _insert_new(database: Database) -> None:
    columns = (
        "id, root_id, relpath, folder, name, ext, kind, state, reason, size, mtime_ns, content_hash, payload_hash, "
        "payload_id, has_thumbnail, " + ", ".join(METADATA)
    )
    database.run(
        f"INSERT INTO item ({columns}, added_at, seeded, rating, words) "
        f"SELECT {columns}, ?, has_metadata, coalesce(file_rating, 0), {WORDS} FROM batch WHERE is_new ORDER BY id",
        [time.time()],
    )


def _fill_in_analyses(database: Database) -> None:
    """Which may be known from another file of the same payload."""
    analysis = ", ".join(f"{name} = a.{name}" for name in ANALYSIS)
    database.run(
        f"UPDATE item SET {analysis} FROM analysis a WHERE a.payload_id = item.payload_id "
        "AND item.id IN (SELECT id FROM batch)"
    )


def take_over_ratings(database: Database) -> None:
    """Who rated nothing in Akin has the rating of the file: as long as the item's is what the file said before.

    A file that says nothing any more takes no stars away: some programs lose them on saving, and sidecars go. As for
    keywords, before ``item`` is told what the files of ``batch`` say now.
    """
    database.run(
        "UPDATE item SET rating = coalesce(b.file_rating, 0) FROM batch b WHERE item.id = b.id AND b.has_metadata "
        "AND NOT b.is_new AND b.file_rating IS NOT NULL AND item.rating = coalesce(item.file_rating, 0)"
    )


def take_over_keywords(database: Database) -> None:
    """The file's keywords are tags, all at first sight, later those that came; those that went are tags no more.

    But where all went, the tags stay, as ratings do. So a tag that was taken away in Akin does not come back, and one
    that was given there stays.
    """
    changed = database.table(
        "WITH had AS (SELECT id, strip_accents(lower(name)) AS folded FROM (SELECT id, unnest(file_keywords) AS name "
        "FROM item WHERE id IN (SELECT id FROM batch WHERE has_metadata AND NOT is_new))), "
        "has AS (SELECT id, name, strip_accents(lower(name)) AS folded FROM "
        "(SELECT id, unnest(file_keywords) AS name FROM batch WHERE has_metadata)) "
        "SELECT id, name, folded FROM has ANTI JOIN had USING (id, folded) "
        "UNION ALL SELECT id, NULL, folded FROM had ANTI JOIN has USING (id, folded) SEMI JOIN has USING (id)"
    )
    if not changed.num_rows:
        return
    with database.given(changed=changed):
        database.run("DELETE FROM tag WHERE (item_id, folded) IN (SELECT (id, folded) FROM changed WHERE name IS NULL)")
        database.run(
            "INSERT INTO tag (item_id, name, folded) SELECT DISTINCT ON (id, folded) id, name, folded FROM changed c "
            "WHERE name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = c.id AND t.folded = c.folded)"
        )
