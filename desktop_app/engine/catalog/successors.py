"""Who left a place to whom: an original that is moved aside may be deleted once its edit is saved under its name."""

import time
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.catalog.encoding import encode_name
from desktop_app.engine.catalog.places import KnownItem, known_items
from desktop_app.engine.catalog.plain_copies import plain_items

NOTED_SECONDS: Final = 24 * 3600.0
"""Longer it is not kept."""


def note_successors(database: Database, left: Mapping[tuple[RootId, str], ItemId], since: float) -> None:
    """Keep which of these items, if something was said of them, left their places to items of which nothing was.

    ``since``: only those count that were added then, in seconds since the epoch, or later.
    """
    asked = {
        "root_id": pa.array([root_id for root_id, _ in left], pa.int64()),
        "relpath": pa.array([encode_name(relpath) for _, relpath in left], pa.string()),
        "item_id": pa.array(left.values(), pa.int64()),
    }
    with database.writing():
        with database.given(asked=asked):
            found = database.rows(
                "SELECT a.item_id, i.id FROM item i JOIN asked a USING (root_id, relpath) "
                "WHERE i.id <> a.item_id AND i.state = 'present' AND i.added_at >= ?",
                [since],
            )
        new = set(plain_items(database, [by for _item, by in found], since).tolist())
        plain = set(plain_items(database, [item for item, _by in found]).tolist())
        pairs = [(item, by) for item, by in found if by in new and item not in plain]
        if not pairs:
            return
        now = time.time()
        database.run("DELETE FROM successor WHERE noted_at < ?", [now - NOTED_SECONDS])
        noted = {
            "item": pa.array([item for item, _by in pairs], pa.int64()),
            "by": pa.array([by for _item, by in pairs], pa.int64()),
        }
        with database.given(noted=noted):
            database.run(
                "INSERT INTO successor SELECT n.item, i.id, i.root_id, i.relpath, ? FROM noted n "
                "JOIN item i ON i.id = n.by",
                [now],
            )


def successors(database: Database, ids: Ids, since: float) -> list[tuple[KnownItem, KnownItem]]:
    """Those of the items of which that was noted since, with who lies there still, if nothing was said of that yet.

    Each item once, with the last one, and each of these once.
    """
    if not len(ids) or not database.value("SELECT count(*) FROM successor WHERE noted_at >= ?", [since]):
        return []
    with database.given(asked=id_table(ids)):
        noted = database.rows(
            "SELECT s.item_id, i.id FROM successor s JOIN item i ON i.id = s.by_id AND i.root_id = s.root_id "
            "AND i.relpath = s.relpath JOIN item ON item.id = s.item_id "  # which may be gone by now
            "WHERE s.item_id IN (SELECT id FROM asked) AND s.noted_at >= ? AND i.state = 'present' ORDER BY s.noted_at",
            [since],
        )
    items = {item.id: item for item in known_items(database, [each for pair in noted for each in pair])}
    plain = set(plain_items(database, [by for _item, by in noted]).tolist())
    last = {item: by for item, by in noted if by in plain and items[by].kind is items[item].kind}
    heirs = {by: item for item, by in last.items()}
    return [(items[item], items[by]) for by, item in heirs.items()]
