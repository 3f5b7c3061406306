"""Which items are worth an exact comparison: the nearest of each space's index."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.id_sets import ascending
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.search.expansion import Expansion
from desktop_app.engine.search.fusion import Weighted, unit_rows
from desktop_app.engine.search.ports import SearchReader
from desktop_app.engine.search.queries import Query

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

FETCH_FACTOR, FETCH_MORE = 4, 50  # of each space so many times k, and some more


@dataclass(frozen=True, slots=True)
class SpaceQuery:
    """The queries' vectors in one space, (q, dim), normalised; ``weight`` 0 for one that only knows near duplicates."""

    spec: SpaceSpec
    weight: float
    vectors: NDArray[Any]
    expansion: Expansion | None = None

    @classmethod
    def of(cls, weighted: Weighted, queries: Sequence[Query]) -> "SpaceQuery":
        """Of those queries that have a vector there."""
        spec = weighted.spec
        found = [np.asarray(query.vectors[spec.name]) for query in queries if spec.name in query.vectors]
        return cls(spec, weighted.weight, as_matrix(spec, found))

    @classmethod
    def near(cls, spec: SpaceSpec, queries: Sequence[Query]) -> "SpaceQuery":
        """Of a space that only tells near duplicates."""
        return cls.of(Weighted(spec, 0.0), queries)

    def searched(self) -> NDArray[Any]:
        """What is looked up in the index: each vector and, of several, their mean (whose inner product is the mean)."""
        vectors = self.vectors
        if len(vectors) > 1 and self.spec.metric is not Metric.HAMMING:
            vectors = np.concatenate([vectors.mean(axis=0, keepdims=True), vectors])
        if self.expansion is None:
            return vectors
        return np.concatenate([vectors, self.expansion.vectors.mean(axis=0, keepdims=True)])


def as_matrix(spec: SpaceSpec, vectors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """(q, dim) uint8 bits or L2-normalised float32."""
    if spec.metric is Metric.HAMMING:
        return np.stack(vectors).astype(np.uint8) if vectors else np.zeros((0, spec.dim), np.uint8)
    return unit_rows(np.stack(vectors).astype(np.float32)) if vectors else np.zeros((0, spec.dim), np.float32)


def candidates(
    store: "IndexStore",
    queries: Sequence[SpaceQuery],
    k: int,
    allow: NDArray[np.int64] | None,
    exclude: NDArray[np.int64],
    spent: dict[str, float] | None = None,
) -> NDArray[np.int64]:
    """Ids, ascending, of the nearest in each space, for each query and for their mean; ``spent``: seconds by space."""
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for query in queries:
        started = time.perf_counter()
        index = store.open_space(query.spec)
        fetch = min(k * FETCH_FACTOR + FETCH_MORE, index.count)
        if fetch:
            _, ids = index.search(query.searched(), fetch, allow, exclude)
            found.append(ids.ravel())
        if spent is not None:
            spent[query.spec.name] = spent.get(query.spec.name, 0.0) + time.perf_counter() - started
    ids = ascending(np.concatenate(found))
    return ids[ids >= 0]


def identical_items(reader: SearchReader, queries: Sequence[Query]) -> NDArray[np.int64]:
    """Ids, ascending, of the items whose bytes are those of a query."""
    inside = [query.id for query in queries if query.id is not None]
    outside = {query.content_hash for query in queries if query.id is None and query.content_hash}
    copies = reader.copies_of(inside) if inside else np.zeros(0, np.int64)
    found = reader.items_by_content(outside) if outside else []
    return ascending([*copies.tolist(), *(item.id for item in found)])
