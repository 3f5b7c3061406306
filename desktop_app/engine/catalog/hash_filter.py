"""Which hashes are surely new, told without looking: eight bytes of each hash of the catalogue are kept in memory.

Most files that are added are new, and to look for their hashes is to read those of all items: 40 ms per million for
each of the tables and batches. Who asks here first reads them once. Everything here belongs to the writing thread.
"""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.engine.catalog.connection import Database

CONTENT: Final = "content"
"""The content hashes of items."""
PAYLOAD: Final = "payload"
"""Payload hashes, of which no item has another."""

_REMEMBERED: Final = 20_000
_ALL: Final = {
    CONTENT: "SELECT hash(content_hash) FROM item WHERE content_hash IS NOT NULL",
    PAYLOAD: "SELECT hash(hash) FROM payload",
}


class _HashFilter:
    """Keys that may be there; never lacks one, but may hold such as were rolled back or removed."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self._sorted = np.sort(keys)
        self._later: set[int] = set()

    def add(self, keys: NDArray[np.int64]) -> None:
        self._later.update(keys.tolist())

    def holds(self, keys: NDArray[np.int64]) -> list[bool]:
        if not len(self._sorted):
            return [key in self._later for key in keys.tolist()]
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        first = (self._sorted[at] == keys).tolist()
        return [found or key in self._later for found, key in zip(first, keys.tolist(), strict=True)]


def possible(database: Database, name: str, hashes: Collection[str]) -> list[str]:
    """Those of the hashes that may be known; the others surely are not."""
    asked = list(hashes)
    if not asked:
        return []
    kept = database.writer_memory.get(name)
    if not isinstance(kept, _HashFilter):
        kept = database.writer_memory[name] = _HashFilter(database.integers(_ALL[name]))
    held = kept.holds(_keys(database, asked))
    return [text for text, there in zip(asked, held, strict=True) if there]


def note(database: Database, name: str, hashes: Collection[str]) -> None:
    """These are written: inside their transaction, whether or not it will be committed."""
    kept = database.writer_memory.get(name)
    if isinstance(kept, _HashFilter) and hashes:
        kept.add(_keys(database, list(hashes)))


def forget(database: Database, name: str) -> None:
    """Something was written that is not worth noting hash by hash."""
    database.writer_memory.pop(name, None)


def _keys(database: Database, hashes: Sequence[str]) -> NDArray[np.int64]:
    """DuckDB's own hash of each, in order; good for as long as the program runs.

    Of a batch each is asked for several times, and a statement costs more than the hashes.
    """
    lately: dict[str, int] = database.writer_memory.setdefault("keys", {})  # type: ignore[assignment] - one name, one kind
    fresh = [text for text in dict.fromkeys(hashes) if text not in lately]
    if fresh:
        if len(lately) + len(fresh) > _REMEMBERED:
            lately.clear()
            fresh = list(dict.fromkeys(hashes))
        asked = {"text": pa.array(fresh, pa.string()), "position": pa.array(range(len(fresh)), pa.int64())}
        with database.given(hashed=asked):
            keys = database.integers("SELECT hash(text) FROM hashed ORDER BY position").tolist()
        lately.update(zip(fresh, keys, strict=True))
    return np.array([lately[text] for text in hashes], np.int64)
