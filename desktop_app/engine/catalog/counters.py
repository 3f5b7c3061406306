"""The counters that ids come from: none may lag behind an id that was given, or that would be given again."""

from typing import Final

from desktop_app.engine.catalog.connection import Database

# Where the ids of each counter stand. What undo brings back has its old ones.
COUNTED: Final = {
    "root": ("root", "edit_root"),
    "item": ("item", "edit_item"),
    "payload": ("payload",),
    "playlist": ("playlist", "edit_playlist"),
    "edit": ("edit",),
}
_LAST: Final = " UNION ALL ".join(
    f"SELECT '{counter}' AS name, coalesce(max(id), 0) AS last FROM ("
    + " UNION ALL ".join(f"SELECT id FROM {table}" for table in tables)
    + ")"
    for counter, tables in COUNTED.items()
)
LAGGING: Final = f"SELECT count(*) FROM ({_LAST}) LEFT JOIN counter USING (name) WHERE value IS NULL OR value < last"
"""Counts the counters that are behind, or are not there."""


def bring_up(database: Database) -> None:
    """Put each counter that lags behind on the last id that was given."""
    with database.writing():
        database.run(f"UPDATE counter SET value = greatest(value, last) FROM ({_LAST}) l WHERE l.name = counter.name")
        database.run(
            f"INSERT INTO counter (name, value) SELECT name, last FROM ({_LAST}) ANTI JOIN counter USING (name)"
        )
