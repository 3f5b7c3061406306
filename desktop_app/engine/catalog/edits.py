"""What people say of their items: ratings and tags."""

import secrets
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.spaces import DESCRIBED
from desktop_app.engine.catalog.connection import ArrowTable, Database, Ids, id_table
from desktop_app.engine.catalog.encoding import storable
from desktop_app.errors import UsageError


def set_rating(database: Database, ids: Ids, stars: int) -> ChangeSet:
    """Rate items 0 to 5; the change names those whose rating was another. Raises UsageError."""
    if not 0 <= stars <= 5:
        raise UsageError("A rating goes from 0 to 5 stars.")
    with database.writing(), database.given(asked=id_table(ids)):
        changed = database.integers(
            "SELECT id FROM item WHERE id IN (SELECT id FROM asked) AND rating <> ? ORDER BY id", [stars]
        )
        if len(changed):
            database.run("UPDATE item SET rating = ? WHERE id IN (SELECT id FROM asked)", [stars])
        return _said(database, changed)


def add_tags(database: Database, ids: Ids, names: Sequence[str], edit: int | None = None) -> ChangeSet:
    """Add tags, each in the spelling given; an item has a tag once, whatever its case and accents.

    ``edit``: of the log, which keeps what was added.
    """
    with database.writing(), database.given(asked=id_table(ids), names=_names(names)):
        lacking = (
            "FROM item i CROSS JOIN (SELECT DISTINCT ON (folded) name, folded FROM "
            "(SELECT name, strip_accents(lower(name)) AS folded FROM names)) n "
            "WHERE i.id IN (SELECT id FROM asked) "
            "AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = i.id AND t.folded = n.folded)"
        )
        changed = database.integers(f"SELECT DISTINCT i.id {lacking} ORDER BY i.id")
        if len(changed):
            if edit is not None:
                database.run(f"INSERT INTO edit_tag SELECT ?, true, i.id, n.name, n.folded {lacking}", [edit])
            database.run(f"INSERT INTO tag (item_id, name, folded) SELECT i.id, n.name, n.folded {lacking}")
        return _said(database, changed, tags=True)


def remove_tags(database: Database, ids: Ids, names: Sequence[str], edit: int | None = None) -> ChangeSet:
    """Take tags away, whatever their case and accents; ``edit`` as above."""
    with database.writing(), database.given(asked=id_table(ids), names=_names(names)):
        having = (
            "FROM tag WHERE item_id IN (SELECT id FROM asked) "
            "AND folded IN (SELECT strip_accents(lower(name)) FROM names)"
        )
        changed = database.integers(f"SELECT DISTINCT item_id {having} ORDER BY item_id")
        if len(changed):
            if edit is not None:
                database.run(f"INSERT INTO edit_tag SELECT ?, false, item_id, name, folded {having}", [edit])
            database.run(f"DELETE {having}")
        return _said(database, changed, tags=True)


def restore_ratings(database: Database, edit: int, *, back: bool) -> ChangeSet:
    """Bring ratings to what they were before an edit of the log, or after, where their items are still there."""
    there = database.integers(
        "SELECT id FROM item WHERE id IN (SELECT item_id FROM edit_rating WHERE edit_id = ?) ORDER BY id", [edit]
    )
    if len(there):
        database.run(
            f"UPDATE item SET rating = e.{'before' if back else 'after'} FROM edit_rating e "
            "WHERE e.edit_id = ? AND e.item_id = item.id",
            [edit],
        )
    return _said(database, there)


def restore_tags(database: Database, edit: int, *, back: bool) -> ChangeSet:
    """Take the tags away that an edit of the log added, and bring back those it took; or the reverse.

    Tags that went with their items are none of its business.
    """
    there = database.integers(
        "SELECT DISTINCT item_id FROM edit_tag WHERE edit_id = ? AND item_id IN (SELECT id FROM item) "
        "AND item_id NOT IN (SELECT id FROM edit_item WHERE edit_id = ?) ORDER BY item_id",
        [edit, edit],
    )
    if not len(there):
        return ChangeSet()
    with database.given(there=id_table(there)):
        database.run(
            "DELETE FROM tag USING edit_tag e WHERE e.edit_id = ? AND e.added = ? AND tag.item_id = e.item_id "
            "AND tag.folded = e.folded AND e.item_id IN (SELECT id FROM there)",
            [edit, back],
        )
        database.run(
            "INSERT INTO tag BY NAME SELECT * EXCLUDE (edit_id, added) FROM edit_tag e WHERE edit_id = ? AND added = ? "
            "AND item_id IN (SELECT id FROM there) "
            "AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = e.item_id AND t.folded = e.folded)",
            [edit, not back],
        )
    return _said(database, there, tags=True)


def stay_where_they_are(database: Database, ids: Ids) -> None:
    """Something is said of these: where they followed copies, they leave those no more for what comes back, and what
    was said goes to no successor."""
    kept = [each for each in ("followed_copy", "successor") if database.value(f"SELECT count(*) FROM {each}")]
    if len(ids) and kept:
        with database.given(staying=id_table(ids)):
            for table in kept:
                database.run(f"DELETE FROM {table} WHERE item_id IN (SELECT id FROM staying)")


def tag_names(database: Database) -> list[tuple[str, int]]:
    """Every tag in use with the number of its items, by name; of several spellings the most used."""
    return [
        (str(name), int(count))
        for name, count in database.rows(
            "SELECT mode(name ORDER BY name), count(*) FROM tag GROUP BY folded ORDER BY folded"
        )
    ]


def put_meta(database: Database, key: str, value: str) -> None:
    """Keep a fact about the library itself."""
    with database.writing():
        database.run("DELETE FROM meta WHERE key = ?", [key])
        database.run("INSERT INTO meta VALUES (?, ?)", [key, value])


def look_for_lacking(database: Database) -> None:
    """The next run looks for what lacks vectors, and so does one that goes on: no two calls leave the same."""
    put_meta(database, DESCRIBED, f"not since {secrets.token_hex(8)}")


def read_meta(database: Database, key: str) -> str | None:
    """A fact that ``put_meta`` kept."""
    found = database.row("SELECT value FROM meta WHERE key = ?", [key])
    return None if found is None else str(found[0])


def _names(names: Sequence[str]) -> ArrowTable:
    cleaned = [name for name in (storable(name) for name in names) if name]
    return pa.table({"name": pa.array(cleaned, pa.string())})


def _said(database: Database, ids: NDArray[np.int64], *, tags: bool = False) -> ChangeSet:
    stay_where_they_are(database, ids)
    numbers = frozenset(ItemId(number) for number in ids.tolist())
    return ChangeSet(items=numbers, tags=tags and bool(numbers))
