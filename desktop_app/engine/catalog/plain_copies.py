"""Copies of which nobody said anything: they may be where an item went whose file is gone."""

from dataclasses import dataclass
from typing import Final

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.catalog.places import KNOWN, KnownItem, known_item

TOGETHER_SECONDS: Final = 3600.0

_PLAIN: Final = (
    "rating = coalesce(file_rating, 0) "
    "AND NOT EXISTS (SELECT 1 FROM playlist_entry e WHERE e.item_id = item.id) "
    "AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = item.id AND NOT list_contains("
    "list_transform(coalesce(item.file_keywords, []), lambda word: strip_accents(lower(word))), t.folded))"
)
"""The stars and tags are those that the file came with, and it is in no playlist."""


@dataclass(frozen=True, slots=True)
class PlainCopies:
    """Those of the items that were asked for of which there are such copies, the copies, and the items that have more
    said of them than their files came with."""

    items: list[KnownItem]
    plain: list[KnownItem]
    said: frozenset[ItemId]


def plain_copies(database: Database, ids: Ids, since: float) -> PlainCopies:
    """Other items, that are there, with the bytes of one of these and nothing said of them; all by id.

    ``since``: only those that were added then, in seconds since the epoch, or later. Of the copies of one file only the
    newest, with those that came together with it.
    """
    if len(ids) == 0:
        return PlainCopies([], [], frozenset())
    with database.given(asked=id_table(ids)):
        asked = "FROM item WHERE id IN (SELECT id FROM asked)"
        found = database.rows(
            f"SELECT {KNOWN} FROM item WHERE state = 'present' AND id NOT IN (SELECT id FROM asked) "
            f"AND payload_id IN (SELECT payload_id {asked}) AND content_hash IN (SELECT content_hash {asked}) "
            f"AND added_at >= ? AND {_PLAIN} "
            "QUALIFY added_at >= max(added_at) OVER (PARTITION BY content_hash) - ? ORDER BY id",
            [since, TOGETHER_SECONDS],
        )
    plain = [known_item(row) for row in found]
    if not plain:
        return PlainCopies([], [], frozenset())
    with database.given(asked=id_table(ids), copies=id_table([copy.id for copy in plain])):
        copied = (
            "id IN (SELECT id FROM asked) "
            "AND content_hash IN (SELECT content_hash FROM item WHERE id IN (SELECT id FROM copies))"
        )
        rows = database.rows(f"SELECT {KNOWN} FROM item WHERE {copied} ORDER BY id")
        said = database.integers(f"SELECT id FROM item WHERE {copied} AND NOT ({_PLAIN})")
    return PlainCopies([known_item(row) for row in rows], plain, frozenset(ItemId(each) for each in said.tolist()))
