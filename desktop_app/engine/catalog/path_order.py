"""The order of items by path, which is what ties of every other order go by.

Sorting a million paths takes many times as long as sorting a million numbers, so each item's rank is kept in memory
until items are next written. What is sorted by something else is compared by path only where that something is equal.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.catalog.connection import Database, id_table

# Roots rank by path, with a separator at the end, so that rank and relpath together order as whole paths do.
FROM: Final = (
    "item i JOIN (SELECT id, path, row_number() OVER (ORDER BY path || '/') AS place FROM root) r ON r.id = i.root_id"
)
BY_PATH: Final = "r.place, i.relpath, i.id"

_FEW: Final = 150_000  # so many paths are sorted by themselves rather than with all of the library


@dataclass(frozen=True, slots=True)
class PathOrder:
    """``ranks`` (highest id + 1,) int32: of each item by its id, 0 for an id that there is not."""

    ranks: NDArray[np.int32]


def settled(
    database: Database, ids: NDArray[np.int64], equal: NDArray[np.bool_], *, descending: bool = False
) -> NDArray[np.int64]:
    """Sorted ids (n,) with every run of equal ones in the order of their paths; ``equal`` (n - 1,): like the next.

    Inside a snapshot.
    """
    if not equal.any():
        return ids
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    runs = np.cumsum(np.append(True, ~equal))[tied]
    ranks = path_ranks(database, ids[tied])
    key = (runs << 32) | (np.int64(2**31) - ranks if descending else ranks)
    found = ids.copy()
    found[tied] = ids[tied][np.argsort(key, kind="stable")]
    return found


def path_ranks(database: Database, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers (n,) that order these items by path. Inside a snapshot."""
    order = database.known("path order", PathOrder)
    if order is None and len(ids) <= _FEW:
        with database.given(tied=id_table(ids)):
            sorted_ids = database.integers(
                f"SELECT t.position FROM {FROM} JOIN tied t ON t.id = i.id ORDER BY {BY_PATH}"
            )
        ranks = np.empty(len(ids), np.int64)
        ranks[sorted_ids] = np.arange(len(ids))
        return ranks
    return (order or keep(database)).ranks[ids].astype(np.int64)


def keep(database: Database) -> PathOrder:
    """The order of all items, read now if it is not known. Inside a snapshot."""
    return database.derived("path order", lambda: _path_order(database))


def first_by_path(database: Database, ids: NDArray[np.int64], limit: int | None) -> NDArray[np.int64]:
    """The first of these items by path, None for all of them. Inside a snapshot."""
    if limit is None or limit >= len(ids) or database.known("path order", PathOrder) is not None:
        return ids[np.argsort(path_ranks(database, ids), kind="stable")][:limit]
    with database.given(found=id_table(ids)):
        return database.integers(
            f"SELECT i.id FROM {FROM} WHERE i.id IN (SELECT id FROM found) ORDER BY {BY_PATH} LIMIT ?", [limit]
        )


def _path_order(database: Database) -> PathOrder:
    ids = database.integers(f"SELECT i.id FROM {FROM} ORDER BY {BY_PATH}")
    ranks = np.zeros(int(ids.max(initial=0)) + 1, np.int32)
    ranks[ids] = np.arange(len(ids), dtype=np.int32)
    return PathOrder(ranks)
