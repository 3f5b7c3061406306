"""Items whose files can't be told from those of others by size and time."""

from collections.abc import Mapping

import pyarrow as pa

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.media.sidecars import SIDECAR_PART


def look_alikes(database: Database, ids: Ids) -> Ids:
    """Those of the items of whose size and time (below a millisecond a sidecar's is kept) there is another content."""
    if len(ids) == 0:
        return []
    same = f"other.size = one.size AND other.mtime_ns // {SIDECAR_PART} = one.mtime_ns // {SIDECAR_PART}"
    with database.given(asked=id_table(ids)):
        return database.integers(
            "SELECT DISTINCT one.id FROM (SELECT * FROM item WHERE id IN (SELECT id FROM asked)) AS one "
            f"JOIN item AS other ON {same} AND other.content_hash IS DISTINCT FROM one.content_hash"
        )


def added_before(database: Database, times: Mapping[ItemId, float]) -> Ids:
    """Those of the items that were added before a time of their own, in seconds since the epoch."""
    if not times:
        return []
    asked = {"id": pa.array(list(times), pa.int64()), "at": pa.array(list(times.values()), pa.float64())}
    with database.given(asked=pa.table(asked)):
        return database.integers("SELECT item.id FROM item JOIN asked ON item.id = asked.id WHERE added_at < asked.at")
