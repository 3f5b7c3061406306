"""Pairs of a RAW and the photo that was made of it, which lie beside each other under one name.

One of the two is shown for both, so what was said of one is to be seen at the other: who comes into a pair, or is left
alone, with nothing said of it takes over its companion's rating and tags.
"""

from collections.abc import Collection, Sequence

import pyarrow as pa

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.connection import Database


def set_companions(database: Database, pairs: Sequence[tuple[ItemId, ItemId | None]]) -> None:
    """Hide each RAW behind its photo: pairs (RAW, photo); None shows the RAW by itself again."""
    if not pairs:
        return
    batch = {
        "raw": pa.array([raw for raw, _ in pairs], pa.int64()),
        "photo": pa.array([photo for _, photo in pairs], pa.int64()),
    }
    with database.writing(counts=True), database.given(pairs=batch):
        database.run("UPDATE item SET companion_id = NULL WHERE companion_id IN (SELECT raw FROM pairs)")
        database.run("UPDATE item SET companion_of = p.photo FROM pairs p WHERE item.id = p.raw")
        database.run("UPDATE item SET companion_id = p.raw FROM pairs p WHERE item.id = p.photo")


def pair_companions(database: Database, raw_extensions: Collection[str]) -> frozenset[ItemId]:
    """Find afresh, in the whole library, each RAW that lies beside a photo of the same name.

    ``raw_extensions`` with or without dot. Only files that are there are paired. Returns the items that are in a pair
    now and were in none, or in another, and those that are alone now.
    """
    raws = {"ext": pa.array([ext.lstrip(".").lower() for ext in raw_extensions], pa.string())}
    with database.writing(), database.given(raws=raws):
        there = "SELECT 1 FROM item WHERE companion_of IS NOT NULL OR ext IN (SELECT ext FROM raws) LIMIT 1"
        if database.row(there) is None:
            return frozenset()  # as in most libraries: joining a million photos with themselves takes a while
        wanted = database.rows(
            "WITH photo AS (SELECT id, root_id, folder, lower(left(name, -1 - length(ext))) AS stem, "
            "ext IN (SELECT ext FROM raws) AS raw FROM item "
            "WHERE kind = 'photo' AND state IN ('present', 'offline') AND ext <> '') "
            "SELECT r.id, min(p.id) FROM photo r JOIN photo p ON p.root_id = r.root_id AND p.folder = r.folder "
            "AND p.stem = r.stem AND NOT p.raw WHERE r.raw GROUP BY r.id ORDER BY r.id DESC"
        )
        now = dict(wanted)
        before = dict(database.rows("SELECT id, companion_of FROM item WHERE companion_of IS NOT NULL"))
        alone = [(ItemId(raw), None) for raw in before if raw not in now]
        paired = [(ItemId(raw), ItemId(photo)) for raw, photo in now.items() if before.get(raw) != photo]
        set_companions(database, [*alone, *paired])
        _take_over(database, [*((ItemId(before[raw]), raw) for raw, _ in alone), *paired])
    return frozenset([*(raw for raw, _ in alone), *(each for pair in paired for each in pair)])


def note_heirs(database: Database, edit: int) -> None:
    """What RAWs take over that photos of the table ``leaving`` leave alone is written down as part of ``edit``."""
    left = "r.companion_of IN (SELECT id FROM leaving) AND r.id NOT IN (SELECT id FROM leaving)"
    database.run(
        "INSERT INTO edit_rating SELECT ?, r.id, r.rating, g.rating FROM item r JOIN item g ON g.id = r.companion_of "
        f"WHERE {left} AND r.rating = 0 AND g.rating > 0",
        [edit],
    )
    database.run(
        "INSERT INTO edit_tag SELECT ?, true, r.id, t.name, t.folded "
        f"FROM item r JOIN tag t ON t.item_id = r.companion_of WHERE {left} AND r.id NOT IN (SELECT item_id FROM tag)",
        [edit],
    )


def _take_over(database: Database, pairs: Sequence[tuple[ItemId, ItemId]]) -> None:
    """From the first of each to the second, which keeps a rating, or tags, of its own."""
    if not pairs:
        return
    batch = {"giver": pa.array([pair[0] for pair in pairs], pa.int64()), "id": pa.array([pair[1] for pair in pairs])}
    with database.given(takers=batch):
        database.run(
            "UPDATE item SET rating = g.rating FROM takers t JOIN item g ON g.id = t.giver "
            "WHERE item.id = t.id AND item.rating = 0 AND g.rating > 0"
        )
        database.run(
            "INSERT INTO tag (item_id, name, folded) SELECT t.id, g.name, g.folded FROM takers t "
            "JOIN tag g ON g.item_id = t.giver WHERE t.id NOT IN (SELECT item_id FROM tag)"
        )
