"""Whole vectors of items in the library, from the index where it holds them, else from the catalogue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.reading import Vector
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.search.ports import SearchReader

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore


def exact_vectors(
    reader: SearchReader, store: "IndexStore", spec: SpaceSpec, ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Those of the ids that have a vector in the space, and the whole vectors (n, dim).

    An index without a projection holds what the catalogue holds, bit by bit, and gives it many times faster; only what
    it lacks is read from the catalogue.
    """
    if spec.dim != spec.index_dim:
        return reader.vectors_of_items(spec.name, spec.version, ids)
    return indexed_vectors(reader, store, spec, ids)


def indexed_vectors(
    reader: SearchReader, store: "IndexStore", spec: SpaceSpec, ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Those of the ids that have a vector in the space, and the vectors as an index holds them (n, index_dim)."""
    index = store.open_space(spec)
    held, vectors = index.vectors(ids)
    if len(held) == len(ids):
        return held, vectors
    lacking = np.setdiff1d(ids, held, assume_unique=True)
    others, more = reader.vectors_of_items(spec.name, spec.version, lacking)
    if not len(others):
        return held, vectors
    return np.concatenate([held, others]), np.concatenate([vectors, index.prepared(more)])


def stored_vectors(
    reader: SearchReader, store: "IndexStore", specs: Sequence[SpaceSpec], rows: Sequence[ItemRow]
) -> dict[ItemId, dict[str, Vector]]:
    """Of each row, its vectors of those of the spaces that are of its kind, by the space's name."""
    found: dict[ItemId, dict[str, Vector]] = {row.id: {} for row in rows}
    for spec in specs:
        ids = np.asarray(sorted(row.id for row in rows if row.kind is spec.kind), np.int64)
        if len(ids):
            for item, vector in zip(*exact_vectors(reader, store, spec, ids), strict=True):
                found[ItemId(int(item))][spec.name] = vector
    return found
