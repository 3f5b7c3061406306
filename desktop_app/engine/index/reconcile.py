"""Bringing an index in line with the catalogue, which is the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index.files import DamagedIndexError
from desktop_app.engine.index.space_index import SpaceIndex

CHUNK_ITEMS = 2048  # one step: some 20 ms
TOLERANCE = 2e-3  # of one component: what half precision and a projection computed anew may differ by


class VectorReader(Protocol):
    """What reconciling needs of the catalogue."""

    @property
    def sequence(self) -> int:
        """Counts every committed write of items and vectors."""
        ...

    def vector_items(self, space: str, version: int) -> NDArray[np.int64]:
        """Ids of all items that have a vector in the space, ascending."""
        ...

    def vectors_of_items(
        self, space: str, version: int, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Ids that have a vector, and the vectors in that order."""
        ...


@dataclass(frozen=True, slots=True)
class ReconcileStep:
    """How far it has come, in items looked at; the counts are of the whole run so far."""

    done: int
    total: int
    added: int = 0
    removed: int = 0
    replaced: int = 0
    rebuilt: bool = False


def reconcile(
    index: SpaceIndex,
    reader: VectorReader,
    spec: SpaceSpec,
    doubtful: NDArray[np.int64] | None = None,
    *,
    verify: bool = True,
) -> Iterator[ReconcileStep]:
    """Make the index hold exactly the catalogue's vectors, in small steps; the last step has the final counts.

    What is extra is removed, what is missing is added from stored vectors. Those in ``doubtful`` are compared, since
    their content may have changed (ascending; None: all, if the index was saved at another moment than the catalogue's
    present one). A damaged index is built anew; ``verify`` reads through its long files first. Searches go on
    meanwhile, and other writes between two steps. The caller saves afterwards.
    """
    rebuilt = index.damage is not None
    trusted = index.sequence == reader.sequence
    try:
        for _ in index.verify() if verify else ():
            yield ReconcileStep(0, 0)
    except DamagedIndexError:
        index.clear()
        rebuilt, trusted, doubtful = True, False, None
    wanted = np.asarray(reader.vector_items(spec.name, spec.version), np.int64)
    held = index.ids()
    extra = np.setdiff1d(held, wanted, assume_unique=True)
    index.remove(extra)
    missing = np.setdiff1d(wanted, held, assume_unique=True)
    if doubtful is None:
        doubtful = np.zeros(0, np.int64) if trusted else wanted
    doubtful = doubtful[np.isin(doubtful, wanted) & np.isin(doubtful, held)]
    total, done, added, replaced = len(missing) + len(doubtful), 0, 0, 0
    yield ReconcileStep(0, total, 0, len(extra), 0, rebuilt)
    for start in range(0, len(missing), CHUNK_ITEMS):
        chunk = missing[start : start + CHUNK_ITEMS]
        ids, vectors = reader.vectors_of_items(spec.name, spec.version, chunk)
        index.add(ids, vectors)
        added, done = added + len(ids), done + len(chunk)
        yield ReconcileStep(done, total, added, len(extra), replaced, rebuilt)
    for start in range(0, len(doubtful), CHUNK_ITEMS):
        chunk = doubtful[start : start + CHUNK_ITEMS]
        replaced += _replace_differing(index, reader, spec, chunk)
        done += len(chunk)
        yield ReconcileStep(done, total, added, len(extra), replaced, rebuilt)


def _replace_differing(index: SpaceIndex, reader: VectorReader, spec: SpaceSpec, chunk: NDArray[np.int64]) -> int:
    ids, vectors = reader.vectors_of_items(spec.name, spec.version, chunk)
    order = np.argsort(ids)
    ids = np.asarray(ids, np.int64)[order]
    truth = index.prepared(np.asarray(vectors)[order]) if len(ids) else np.zeros((0, spec.index_dim))
    held_ids, held = index.vectors(ids)
    same = np.isin(ids, held_ids)
    rows = np.searchsorted(held_ids, ids[same])
    if spec.metric is Metric.HAMMING:
        same[same] = (held[rows] == truth[same]).all(axis=1)
    else:
        same[same] = np.abs(held[rows] - truth[same]).max(axis=1, initial=0.0) <= TOLERANCE
    index.add(ids[~same], truth[~same])
    gone = np.setdiff1d(chunk, ids)
    index.remove(gone)
    return int(np.count_nonzero(~same))
