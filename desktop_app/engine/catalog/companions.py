"""Pairs of a RAW and the photo that was made of it, which lie beside each other under one name.

One of the two is shown for both, so what was said of one is to be seen at the other: who comes into a pair, or is left
alone, with nothing said of it takes over its companion's rating and tags. From then on a RAW of which the same is said
as of its photo goes on with that; of which another thing is said, it keeps that.
"""

from collections.abc import Collection, Sequence
from typing import Final

import pyarrow as pa

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.connection import Database, Ids, id_table

APART_SECONDS: Final = 24 * 3600
"""What was taken further apart is no pair: numbers of cameras start again. Less may be a time zone set right later."""

_PHOTOS: Final = (
    "SELECT id, root_id, folder, lower(left(name, -1 - length(ext))) AS stem, taken FROM item "
    "WHERE kind = 'photo' AND state IN ('present', 'offline')"
)
_CHANGED: Final = (
    f"WITH raw AS ({_PHOTOS} AND ext IN (SELECT ext FROM raws)), "
    f"made AS ({_PHOTOS} AND ext <> '' AND ext NOT IN (SELECT ext FROM raws) AND folder IN (SELECT folder FROM raw)), "
    "now AS (SELECT raw.id, min(made.id) AS photo FROM raw JOIN made USING (root_id, folder, stem) "
    f"WHERE coalesce(abs(epoch(raw.taken) - epoch(made.taken)) <= {APART_SECONDS}, true) GROUP BY raw.id), "
    "before AS (SELECT id, companion_of FROM item WHERE companion_of IS NOT NULL) "
    "SELECT id, companion_of, photo FROM before FULL JOIN now USING (id) "
    "WHERE photo IS DISTINCT FROM companion_of ORDER BY id DESC"
)
"""Each RAW beside which lies another photo than the one that it stands behind, that one, and this one; NULL for none.

Compared here: as Python objects the pairs of a large library take longer than finding them.
"""


SHIFT_SECONDS: Final = 15 * 60
"""By multiples of it time zones differ."""

_SAME_MOMENT: Final = f"(abs(epoch(i.taken) - epoch(g.taken)) + 1) % {SHIFT_SECONDS} <= 2"  # one second more or less
"""Neighbours that stand beside each other while they are renumbered were not; NULL where it is not known."""


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
        changed = database.rows(_CHANGED)
        alone = [(ItemId(before), ItemId(raw)) for raw, before, photo in changed if photo is None]
        paired = [(ItemId(raw), ItemId(photo)) for raw, _before, photo in changed if photo is not None]
        set_companions(database, [*((raw, None) for _before, raw in alone), *paired])
        _take_over(database, alone, "g.state NOT IN ('present', 'offline')")
        _take_over(database, paired, "true")
    return frozenset([*(raw for _before, raw in alone), *(each for pair in paired for each in pair)])


def raws_that_say_the_same(database: Database, ids: Ids, *, tags: bool) -> list[int]:
    """Of RAWs behind these photos those with the same stars, or with the same ``tags``, as their photo; any at all."""
    pairs = "SELECT p.id AS photo, p.companion_id AS raw FROM item p WHERE p.id IN (SELECT id FROM asked) AND raw > 0"
    with database.given(asked=id_table(ids)):
        if not tags:
            same = (
                "SELECT r.id FROM pair JOIN item r ON r.id = raw JOIN item g ON g.id = photo WHERE r.rating = g.rating"
            )
            return database.integers(f"WITH pair AS ({pairs}) {same} AND r.rating > 0 ORDER BY r.id").tolist()
        return database.integers(
            f"WITH pair AS ({pairs}), told AS (SELECT item_id, list(folded ORDER BY folded) AS words FROM tag "
            "WHERE item_id IN (SELECT unnest([photo, raw]) FROM pair) GROUP BY item_id) "
            "SELECT raw FROM pair JOIN told r ON r.item_id = raw JOIN told g ON g.item_id = photo "
            "WHERE r.words = g.words ORDER BY raw"
        ).tolist()


def note_heirs(database: Database, edit: int) -> None:
    """What RAWs take over that photos of the table ``leaving`` leave alone is written down as part of ``edit``."""
    left = (
        "FROM item i JOIN item g ON g.id = i.companion_of WHERE g.id IN (SELECT id FROM leaving) "
        f"AND i.id NOT IN (SELECT id FROM leaving) AND coalesce({_SAME_MOMENT}, true)"
    )
    database.run(
        f"INSERT INTO edit_rating SELECT ?, i.id, i.rating, g.rating {left} AND i.rating = 0 AND g.rating > 0", [edit]
    )
    database.run(
        f"INSERT INTO edit_tag SELECT ?, true, h.id, t.name, t.folded FROM (SELECT i.id, g.id AS photo {left}) h "
        "JOIN tag t ON t.item_id = h.photo WHERE h.id NOT IN (SELECT item_id FROM tag)",
        [edit],
    )


def _take_over(database: Database, pairs: Sequence[tuple[ItemId, ItemId]], unknown: str) -> None:
    """From the first of each to the second, which keeps a rating, or tags, of its own.

    ``unknown``: whether so, where it is not known when they were taken.
    """
    if not pairs:
        return
    batch = {"giver": pa.array([pair[0] for pair in pairs], pa.int64()), "id": pa.array([pair[1] for pair in pairs])}
    with database.given(asked=batch):
        takers = database.table(
            "SELECT i.id, g.id AS giver, g.rating FROM asked JOIN item i USING (id) JOIN item g ON g.id = asked.giver "
            f"WHERE coalesce({_SAME_MOMENT}, {unknown})"
        )
    with database.given(takers=takers):
        database.run(
            "UPDATE item SET rating = t.rating FROM takers t WHERE item.id = t.id AND item.rating = 0 AND t.rating > 0"
        )
        database.run(
            "INSERT INTO tag (item_id, name, folded) SELECT t.id, g.name, g.folded FROM takers t "
            "JOIN tag g ON g.item_id = t.giver WHERE t.id NOT IN (SELECT item_id FROM tag)"
        )
