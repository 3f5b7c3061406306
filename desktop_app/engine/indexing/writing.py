"""Readings go to the catalogue and the indexes in batches."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileReading, Vector
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.vectors import as_stored
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
        stored: dict[str, dict[str, Vector]] = {}
        with self._catalog.transaction():  # an item that is there never lacks its vectors
            for spec in SPACES.values():
                stored[spec.name] = self._put_vectors(spec, [write.reading for write in writes])
            ids = self._catalog.upsert_readings(list(writes))
        for spec in self._store.spaces.searched():  # a model's too: content has changed, a copy has a vector
            of_kind = [(number, write.reading) for number, write in zip(ids, writes, strict=True)]
            self._fill_index(
                spec,
                [(number, reading) for number, reading in of_kind if reading.kind is spec.kind],
                stored[spec.name] if SPACES.get(spec.name) == spec else {},
            )
        described = {write.reading.payload_hash for write in writes if write.reading.vectors}
        late = described.difference(*stored.values())  # those payloads were known before, maybe of other items, too
        others = self._catalog.items_by_payload({payload for payload in late if payload}) if late else []
        self.fill(np.array([each.id for each in others if each.state is not State.PROBLEM], np.int64))
        return ChangeSet(items=frozenset(ids), membership=True, tags=True)

    def fill(self, items: NDArray[np.int64]) -> None:
        """Put items into the indexes that have vectors in the catalogue already."""
        for spec in self._store.spaces.searched() if len(items) else ():
            have, vectors = self._catalog.vectors_of_items(spec.name, spec.version, items)
            if len(have):
                self._store.open_space(spec).add(have, vectors)

    def _put_vectors(self, spec: SpaceSpec, readings: Sequence[FileReading]) -> dict[str, Vector]:
        """Returns the vectors of those payloads that had surely none before."""
        chosen = [reading for reading in readings if spec.name in reading.vectors and reading.payload_hash]
        if not chosen:
            return {}
        payloads = [str(reading.payload_hash) for reading in chosen]
        vectors = [reading.vectors[spec.name] for reading in chosen]
        sure = self._catalog.put_vectors(spec.name, spec.version, payloads, vectors).tolist()
        return {payload: vector for payload, vector, known in zip(payloads, vectors, sure, strict=True) if known}

    def _fill_index(
        self, spec: SpaceSpec, items: Sequence[tuple[ItemId, FileReading]], stored: Mapping[str, Vector]
    ) -> None:
        """So that the index holds what a rebuild would: vectors as they are ``stored`` now, by payload, the others
        from the catalogue, since copies share one."""
        if spec.metric is Metric.NONE or not items:
            return
        index = self._store.open_space(spec)
        useful = [(number, reading.payload_hash or "") for number, reading in items if reading.problem is None]
        here = [(number, stored[payload]) for number, payload in useful if payload in stored]
        if here:
            index.add(np.array([number for number, _ in here], np.int64), as_stored([vector for _, vector in here]))
        rest = np.array([number for number, payload in useful if payload not in stored], np.int64)
        if len(here) < len(items):
            have, vectors = self._catalog.vectors_of_items(spec.name, spec.version, rest)
            done = [number for number, _ in here]
            index.remove(np.setdiff1d(np.array([number for number, _ in items], np.int64), [*done, *have.tolist()]))
            if len(have):
                index.add(have, vectors)
