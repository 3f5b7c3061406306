"""What people say of their items: ratings and tags. The snapshot taken before an edit undoes it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.connection import ArrowTable, Database, Ids, id_table
from desktop_app.engine.catalog.encoding import storable
from desktop_app.errors import UsageError


@dataclass(frozen=True, slots=True)
class EditSnapshot:
    """Ratings and tags of some items at one moment: columns id, rating and item_id, name."""

    ratings: ArrowTable
    tags: ArrowTable


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
    return _changed(changed)


def add_tags(database: Database, ids: Ids, names: Sequence[str]) -> ChangeSet:
    """Add tags, each in the spelling given; an item has a tag once, whatever its case and accents."""
    with database.writing(), database.given(asked=id_table(ids), names=_names(names)):
        lacking = (
            "FROM item i CROSS JOIN (SELECT DISTINCT ON (folded) name, folded FROM "
            "(SELECT name, strip_accents(lower(name)) AS folded FROM names)) n "
            "WHERE i.id IN (SELECT id FROM asked) "
            "AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = i.id AND t.folded = n.folded)"
        )
        changed = database.integers(f"SELECT DISTINCT i.id {lacking} ORDER BY i.id")
        if len(changed):
            database.run(f"INSERT INTO tag (item_id, name, folded) SELECT i.id, n.name, n.folded {lacking}")
    return _changed(changed, tags=True)


def remove_tags(database: Database, ids: Ids, names: Sequence[str]) -> ChangeSet:
    """Take tags away, whatever their case and accents."""
    with database.writing(), database.given(asked=id_table(ids), names=_names(names)):
        having = (
            "FROM tag WHERE item_id IN (SELECT id FROM asked) "
            "AND folded IN (SELECT strip_accents(lower(name)) FROM names)"
        )
        changed = database.integers(f"SELECT DISTINCT item_id {having} ORDER BY item_id")
        if len(changed):
            database.run(f"DELETE {having}")
    return _changed(changed, tags=True)


def edits_before(database: Database, ids: Ids) -> EditSnapshot:
    """Ratings and tags as they are now, for ``restore_edits``."""
    with database.snapshot(), database.given(asked=id_table(ids)):
        return EditSnapshot(
            database.table("SELECT id, rating FROM item WHERE id IN (SELECT id FROM asked)"),
            database.table("SELECT item_id, name, folded FROM tag WHERE item_id IN (SELECT id FROM asked)"),
        )


def restore_edits(database: Database, snapshot: EditSnapshot) -> ChangeSet:
    """Bring back the ratings and tags of a snapshot, for those of its items that are still there."""
    with database.writing(), database.given(ratings=snapshot.ratings, tags=snapshot.tags):
        there = database.integers("SELECT id FROM item WHERE id IN (SELECT id FROM ratings) ORDER BY id")
        database.run("UPDATE item SET rating = b.rating FROM ratings b WHERE item.id = b.id")
        database.run("DELETE FROM tag WHERE item_id IN (SELECT id FROM ratings)")
        database.run(
            "INSERT INTO tag (item_id, name, folded) SELECT item_id, name, folded FROM tags "
            "WHERE item_id IN (SELECT id FROM item)"
        )
    return _changed(there, tags=True)


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


def read_meta(database: Database, key: str) -> str | None:
    """A fact that ``put_meta`` kept."""
    found = database.row("SELECT value FROM meta WHERE key = ?", [key])
    return None if found is None else str(found[0])


def _names(names: Sequence[str]) -> ArrowTable:
    cleaned = [name for name in (storable(name) for name in names) if name]
    return pa.table({"name": pa.array(cleaned, pa.string())})


def _changed(ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]], *, tags: bool = False) -> ChangeSet:
    numbers = frozenset(ItemId(number) for number in ids.tolist())
    return ChangeSet(items=numbers, tags=tags and bool(numbers))
