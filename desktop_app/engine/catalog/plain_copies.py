"""Items of which nobody said anything: as copies they may be where an item went whose file is gone."""

import math
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.engine.catalog.columns import ANALYSIS, METADATA
from desktop_app.engine.catalog.connection import ArrowArray, Database, Ids, id_table
from desktop_app.engine.catalog.encoding import decode_name, encode_name
from desktop_app.engine.catalog.items import take_over_keywords, take_over_ratings, told_of
from desktop_app.engine.catalog.places import (
    KNOWN,
    ItemMove,
    KnownItem,
    known_item,
    move_items,
    remove_items,
)

TOGETHER_SECONDS: Final = 3600.0

_PLAIN: Final = (
    "WITH chosen AS MATERIALIZED "
    "(SELECT id, rating, file_rating, file_keywords FROM item WHERE id IN (SELECT id FROM asked) AND added_at >= ?) "
    "SELECT id FROM chosen WHERE rating IN (0, coalesce(file_rating, 0)) "
    "AND NOT EXISTS (SELECT 1 FROM playlist_entry e WHERE e.item_id = chosen.id) "
    "AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = chosen.id AND NOT list_contains("
    "list_transform(coalesce(chosen.file_keywords, []), lambda word: strip_accents(lower(word))), t.folded)) "
    "ORDER BY id"
)
"""It has no stars, or those that the file came with, no other tags than that, and is in no playlist. Chosen first: else
the keywords of all items are folded, a second and more per million."""

_TAKE_METADATA: Final = (
    "UPDATE item SET state = if(item.state = 'problem', c.state, item.state), reason = NULL, "
    "content_hash = c.content_hash, payload_hash = c.payload_hash, payload_id = c.payload_id, "
    "has_thumbnail = c.has_thumbnail, "
    + ", ".join(f"{name} = {told_of(name, 'c')}" for name in METADATA)
    + "".join(f", {name} = if(item.payload_id = c.payload_id, item.{name}, c.{name})" for name in ANALYSIS)
    + " FROM followers f JOIN item c ON c.id = f.copy_id WHERE item.id = f.item_id"
)
"""The copy's file can be read, and this is what it, or its sidecar, says of itself."""

HOME_SECONDS: Final = 90 * 24 * 3600.0
"""So long it is kept where an item lay before it went to a copy."""


@dataclass(frozen=True, slots=True)
class PlainCopies:
    """Those of the items that were asked for of which there are such copies, or other versions of the same pixels or
    samples; the copies; and the items that have more said of them than their files came with."""

    items: list[KnownItem]
    plain: list[KnownItem]
    said: frozenset[ItemId]


def plain_copies(database: Database, ids: Ids, since: float, written: Collection[ItemId] = ()) -> PlainCopies:
    """Other items, that are there, with the payload of one of these and nothing said of them; all by id.

    ``since``: only those that were added then, in seconds since the epoch, or later, or ``written`` anew just now. Of
    the copies of one file only the newest, with those that came together with it; so of other versions of it.
    """
    if len(ids) == 0:
        return PlainCopies([], [], frozenset())
    with database.given(asked=id_table(ids), written=id_table(list(written))):
        numbers = database.integers(  # alone: with more columns those of all items are read, a second per million
            "SELECT id FROM item WHERE state = 'present' AND id NOT IN (SELECT id FROM asked) "
            f"AND {'(added_at >= ? OR id IN (SELECT id FROM written))' if written else 'added_at >= ?'} "
            "AND payload_id IN (SELECT payload_id FROM item WHERE id IN (SELECT id FROM asked))",
            [since],
        )
        if not len(numbers):
            return PlainCopies([], [], frozenset())
        with database.given(copies=id_table(numbers)):
            found = database.rows(f"SELECT added_at, {KNOWN} FROM item WHERE id IN (SELECT id FROM copies) ORDER BY id")
            rows = database.rows(
                f"SELECT {KNOWN} FROM item WHERE id IN (SELECT id FROM asked) AND payload_id IN "
                "(SELECT payload_id FROM item WHERE id IN (SELECT id FROM copies)) ORDER BY id"
            )
    items = [known_item(row) for row in rows]
    added = {row[1]: math.inf if row[1] in written else row[0] for row in found}
    copies = [known_item(row[1:]) for row in found]
    plain = set(plain_items(database, [*(item.id for item in items), *added]).tolist())
    contents = {item.content_hash for item in items}
    copies = [copy for copy in copies if copy.id in plain]
    alike = {copy.id: copy.content_hash if copy.content_hash in contents else copy.payload_hash for copy in copies}
    newest: dict[str | None, float] = defaultdict(float)
    for copy in copies:
        newest[alike[copy.id]] = max(newest[alike[copy.id]], added[copy.id])
    copies = [copy for copy in copies if added[copy.id] >= newest[alike[copy.id]] - TOGETHER_SECONDS]
    held = {copy.payload_hash for copy in copies}
    items = [item for item in items if item.payload_hash in held]
    return PlainCopies(items, copies, frozenset(item.id for item in items if item.id not in plain))


def missing_beside(database: Database, ids: Ids) -> NDArray[np.int64]:
    """The missing items with the payload of one of these: int64 (n,), sorted."""
    if len(ids) == 0:
        return np.empty(0, np.int64)
    with database.given(asked=id_table(ids)):
        return database.integers(
            "SELECT id FROM item WHERE state = 'missing' AND payload_id IN "
            "(SELECT payload_id FROM item WHERE id IN (SELECT id FROM asked)) ORDER BY id"
        )


def plain_items(database: Database, ids: Ids, since: float = 0.0) -> NDArray[np.int64]:
    """Those of the items of which nobody said anything, and that were added since: int64 (n,)."""
    if len(ids) == 0:
        return np.empty(0, np.int64)
    with database.given(asked=id_table(ids)):
        return database.integers(_PLAIN, [since])


def follow_copies(database: Database, pairs: Sequence[tuple[KnownItem, KnownItem]], *, may_return: bool = True) -> None:
    """Each item (the first) takes the place of its copy, or its edit, which leaves the catalogue.

    With what the copy's file says, which may be another version. ``may_return``: where it lay is kept.
    """
    batch = {
        "item_id": pa.array([item.id for item, _ in pairs], pa.int64()),
        "copy_id": pa.array([copy.id for _, copy in pairs], pa.int64()),
        "root_id": pa.array([item.root_id for item, _ in pairs], pa.int64()),
        "relpath": pa.array([encode_name(item.relpath) for item, _ in pairs], pa.string()),
    }
    now = time.time()
    with database.writing(counts=True), database.given(followers=batch):
        _take_over_said(database)
        database.run(_TAKE_METADATA)
        hand_over(database, {copy.id: item.id for item, copy in pairs})
        database.run("DELETE FROM followed_copy WHERE followed_at < ?", [now - HOME_SECONDS])
        if may_return:
            database.run("INSERT INTO followed_copy SELECT item_id, root_id, relpath, ? FROM followers", [now])
        # after that: an item whose copy lies where its own file lay went nowhere, and that is no longer kept then
        move_items(database, [ItemMove(item.id, to.root_id, to.relpath, to.size, to.mtime_ns) for item, to in pairs])


def hand_over(database: Database, heirs: Mapping[ItemId, ItemId]) -> None:
    """Items that are in no playlist leave the catalogue; undo brings places that they lost to their heirs."""
    batch = {"gone": pa.array(list(heirs), pa.int64()), "heir": pa.array(list(heirs.values()), pa.int64())}
    with database.writing(counts=True):
        with database.given(heirs=batch):
            database.run("UPDATE edit_entry SET item_id = heir FROM heirs WHERE item_id = gone")
        remove_items(database, list(heirs))


def _take_over_said(database: Database) -> None:
    """What the copies' files say, which nobody is to read again: a sidecar may have gone before its photo did."""
    batch = database.table(
        "SELECT f.item_id AS id, false AS is_new, true AS has_metadata, c.file_rating, c.file_keywords "
        "FROM followers f JOIN item c ON c.id = f.copy_id"
    )
    with database.given(batch=batch):
        take_over_keywords(database)
        take_over_ratings(database)


def _places(places: Collection[tuple[RootId, str]]) -> dict[str, ArrowArray]:
    return {
        "root_id": pa.array([root_id for root_id, _ in places], pa.int64()),
        "relpath": pa.array([encode_name(relpath) for _, relpath in places], pa.string()),
    }


def away_from(database: Database, places: Collection[tuple[RootId, str]]) -> list[tuple[KnownItem, tuple[RootId, str]]]:
    """Items that went from one of these places to a copy, as they are now, with the place."""
    if not places or not database.value("SELECT count(*) FROM followed_copy"):
        return []
    columns = ", ".join(f"i.{name}" for name in KNOWN.split(", "))
    with database.given(asked=_places(places)):
        found = database.rows(
            f"SELECT DISTINCT {columns}, a.root_id, a.relpath FROM followed_copy f "
            "JOIN asked a USING (root_id, relpath) JOIN item i ON i.id = f.item_id ORDER BY i.id"
        )
    return [(known_item(row[:-2]), (RootId(row[-2]), decode_name(row[-1]))) for row in found]
