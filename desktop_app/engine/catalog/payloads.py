"""Payloads: numbers for payload hashes, so that vectors are joined by integers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.engine.catalog import hash_filter
from desktop_app.engine.catalog.connection import ArrowArray, Database


def payload_ids(database: Database, hashes: Sequence[str | None]) -> ArrowArray:
    """The number of each hash, int64 with NULL for None, in order; new hashes get one. Inside a transaction."""
    distinct = list(dict.fromkeys(text for text in hashes if text))
    known = database.transaction_memory
    asked = [text for text in distinct if text not in known]
    if asked:
        if sought := hash_filter.possible(database, hash_filter.PAYLOAD, asked):
            with database.given(asked={"hash": pa.array(sought, pa.string())}):
                known.update(database.rows("SELECT hash, id FROM payload SEMI JOIN asked USING (hash)"))
        fresh = [text for text in distinct if text not in known]
        if fresh:
            first = database.take_ids("payload", len(fresh))
            numbers = list(range(first, first + len(fresh)))
            columns = {"id": pa.array(numbers, pa.int64()), "hash": pa.array(fresh, pa.string())}
            with database.given(fresh=columns):
                database.run("INSERT INTO payload (id, hash) SELECT id, hash FROM fresh")
            hash_filter.note(database, hash_filter.PAYLOAD, fresh)
            known.update(zip(fresh, numbers, strict=True))
    return pa.array([known[text] if text else None for text in hashes], pa.int64())


def item_payloads(database: Database) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids of all items with a payload, ascending, and its number: int64 (n,) each."""
    table = database.table("SELECT id, payload_id FROM item WHERE payload_id IS NOT NULL")
    ids, numbers = table["id"].to_numpy(), table["payload_id"].to_numpy()
    if (ids[1:] > ids[:-1]).all():
        return ids, numbers  # as they were written, mostly
    order = np.argsort(ids)  # DuckDB takes three times as long to sort the pairs
    return ids[order], numbers[order]
