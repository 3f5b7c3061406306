"""Readings go to the catalogue and the indexes in batches."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.reading import FileReading
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore

BATCH_FILES = 200
BATCH_SECONDS = 1.0
"""So much work at most is lost when the program is killed, and so late at most a result appears."""


class BatchWriter:
    """Collects readings and writes them together: vectors, items, indexes, in this order.

    The indexes are reconciled with the catalogue at the next start, so being killed in between does no harm.
    """

    def __init__(self, catalog: "Catalog", store: "IndexStore") -> None:
        self._catalog = catalog
        self._store = store
        self._writes: list[ItemWrite] = []
        self._oldest = 0.0

    def add(self, write: ItemWrite) -> None:
        """Collect one."""
        if not self._writes:
            self._oldest = time.monotonic()
        self._writes.append(write)

    @property
    def due(self) -> bool:
        """Whether it is time to write."""
        return len(self._writes) >= BATCH_FILES or (
            bool(self._writes) and time.monotonic() - self._oldest >= BATCH_SECONDS
        )

    def take(self) -> list[ItemWrite]:
        """What was collected, for the caller to look through and hand to ``write``."""
        taken, self._writes = self._writes, []
        return taken

    def write(self, writes: Sequence[ItemWrite]) -> ChangeSet:
        """Write to the catalogue and the indexes."""
        if not writes:
            return ChangeSet()
        with self._catalog.transaction():  # an item that is there never lacks its vectors
            for spec in SPACES.values():
                self._put_vectors(spec, [write.reading for write in writes])
            ids = self._catalog.upsert_readings(list(writes))
        for spec in self._store.spaces.searched():  # a model's too: content has changed, a copy has a vector
            of_kind = [(number, write.reading) for number, write in zip(ids, writes, strict=True)]
            self._fill_index(spec, [(number, reading) for number, reading in of_kind if reading.kind is spec.kind])
        return ChangeSet(items=frozenset(ids), membership=True, tags=True)

    def _put_vectors(self, spec: SpaceSpec, readings: Sequence[FileReading]) -> None:
        chosen = [reading for reading in readings if spec.name in reading.vectors and reading.payload_hash]
        if chosen:
            payloads = [str(reading.payload_hash) for reading in chosen]
            vectors = [reading.vectors[spec.name] for reading in chosen]
            self._catalog.put_vectors(spec.name, spec.version, payloads, vectors)

    def _fill_index(self, spec: SpaceSpec, items: Sequence[tuple[ItemId, FileReading]]) -> None:
        """From the catalogue, so that the index holds what a rebuild would: copies share a vector, rounded once."""
        if spec.metric is Metric.NONE or not items:
            return
        index = self._store.open_space(spec)
        ids = np.array([number for number, _ in items], dtype=np.int64)
        useful = np.array([number for number, reading in items if reading.problem is None], dtype=np.int64)
        have, vectors = self._catalog.vectors_of_items(spec.name, spec.version, useful)
        index.remove(np.setdiff1d(ids, have))
        if len(have):
            index.add(have, vectors)
