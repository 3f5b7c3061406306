"""Taking items out of the catalogue so that they can be put back as they were."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.catalog import hash_filter
from desktop_app.engine.catalog.connection import ArrowTable, Database, Ids, id_table
from desktop_app.engine.catalog.places import remove_items


@dataclass(frozen=True, slots=True)
class RemovedItems:
    """What ``take_out`` took: rows of the tables item, tag and playlist_entry. Vectors stay under their payloads."""

    items: ArrowTable
    tags: ArrowTable
    entries: ArrowTable


@dataclass(frozen=True, slots=True)
class PutBack:
    """Ids that are there again, and ids of items that had taken their places and are gone: int64, sorted."""

    restored: NDArray[np.int64]
    replaced: NDArray[np.int64]


def take_out(database: Database, ids: Ids) -> RemovedItems:
    """Remove items with their tags and playlist places; what is returned brings them back."""
    with database.writing(counts=True):
        with database.given(leaving=id_table(ids)):
            taken = RemovedItems(
                *(
                    database.table(f"SELECT * FROM {table} WHERE {column} IN (SELECT id FROM leaving)")
                    for table, column in (("item", "id"), ("tag", "item_id"), ("playlist_entry", "item_id"))
                )
            )
        remove_items(database, ids)
    return taken


def put_back(database: Database, removed: RemovedItems) -> PutBack:
    """Bring items back with ratings, tags and playlist places, those whose root and playlists are still there.

    An item that was made at one of their places meanwhile gives way to the one that was there before.
    """
    with database.writing(counts=True):
        with database.given(removed=removed.items):
            restored = database.integers(
                "SELECT id FROM removed WHERE root_id IN (SELECT id FROM root) AND id NOT IN (SELECT id FROM item) "
                "ORDER BY id"
            )
            replaced = database.integers(
                "SELECT i.id FROM item i JOIN removed r USING (root_id, relpath) "
                "WHERE i.state <> 'missing' AND r.state <> 'missing' AND i.id <> r.id ORDER BY i.id"
            )
        remove_items(database, replaced)
        tables = {"removed": removed.items, "removed_tags": removed.tags, "removed_entries": removed.entries}
        with database.given(back=id_table(restored), **tables):
            database.run("INSERT INTO item BY NAME SELECT * FROM removed WHERE id IN (SELECT id FROM back)")
            database.run("INSERT INTO tag BY NAME SELECT * FROM removed_tags WHERE item_id IN (SELECT id FROM back)")
            database.run(
                "INSERT INTO playlist_entry BY NAME SELECT * FROM removed_entries "
                "WHERE item_id IN (SELECT id FROM back) AND playlist_id IN (SELECT id FROM playlist)"
            )
            _pair_again(database)
        hash_filter.forget(database, hash_filter.CONTENT)
    return PutBack(restored, replaced)


def _pair_again(database: Database) -> None:
    """RAW and photo name each other again where both are there; who came back alone stands by itself."""
    for mine, theirs in (("companion_of", "companion_id"), ("companion_id", "companion_of")):
        database.run(
            f"UPDATE item SET {theirs} = r.id FROM removed r WHERE item.id = r.{mine} AND r.id IN (SELECT id FROM back)"
        )
        database.run(
            f"UPDATE item SET {mine} = NULL WHERE id IN (SELECT id FROM back) AND {mine} IS NOT NULL "
            f"AND {mine} NOT IN (SELECT id FROM item)"
        )
