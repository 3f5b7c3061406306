"""Query expansion: what a photo's nearest neighbours have in common says what it shows better than the photo alone.

The query's vector and those of its nearest two, each times its cosine, are looked for together (O. Chum and others,
"Total recall", 2007; weights as F. Radenović and others, "Fine-tuning CNN image retrieval with no human annotation",
2018); an item's score is the better one of the query's own and the expanded one's. A neighbour that was taken in, and
each copy of it, is compared with what the rest of the expanded query says: else anything that is nearest would seem
near.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.search.fusion import unit_rows

if TYPE_CHECKING:
    from desktop_app.engine.index.store import IndexStore
    from desktop_app.engine.search.candidates import SpaceQuery

EXPANDED = frozenset({"look"})  # where it was measured to help
NEIGHBOURS = 2
SAME = 0.97  # cosine: a copy of the query says nothing new
LOOKED_AT = 10  # so many of the nearest: some may be copies, of the query or of one another


@dataclass(frozen=True, slots=True)
class Expansion:
    """Of q queries: the expanded ones (q, dim), length 1; their neighbours' vectors (q, m, dim), length 1 or null for
    none, and what those score (q, m) by the expansion without themselves."""

    vectors: NDArray[np.float32]
    neighbours: NDArray[np.float32]
    scores: NDArray[np.float32]

    def raw_scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(q, n) cosines of the expanded queries with these vectors (n, dim); copies of a neighbour have its score."""
        unit = unit_rows(np.asarray(vectors, np.float32))
        found = self.vectors @ unit.T
        likeness = self.neighbours @ unit.T  # (q, m, n)
        return np.where(likeness >= SAME, self.scores[:, :, None], found[:, None]).min(axis=1)


def expansion_of(queries: NDArray[np.float32], vectors: NDArray[np.float32], scores: NDArray[np.float32]) -> Expansion:
    """``queries`` (q, dim) of length 1 with their neighbours' vectors (q, m, dim) and cosines (q, m).

    Null vectors for what is no neighbour.
    """
    shares = vectors * np.maximum(scores, 0.0)[:, :, None]
    whole = queries + shares.sum(axis=1)
    without = whole[:, None] - shares  # (q, m, dim)
    lengths = np.linalg.norm(without, axis=2)
    own = (without * vectors).sum(axis=2) / np.where(lengths > 0, lengths, 1.0)
    return Expansion(unit_rows(whole), vectors, own.astype(np.float32))


def with_neighbours(
    store: "IndexStore", queries: Sequence["SpaceQuery"], exclude: NDArray[np.int64]
) -> list["SpaceQuery"]:
    """The same queries, expanded in the spaces where that helps; ``exclude``: what can't be a neighbour, ascending."""
    return [_expanded(store, query, exclude) if query.spec.name in EXPANDED else query for query in queries]


def _expanded(store: "IndexStore", query: "SpaceQuery", exclude: NDArray[np.int64]) -> "SpaceQuery":
    index = store.open_space(query.spec)
    if not index.count:
        return query
    scores, ids = index.search(query.vectors, LOOKED_AT, None, exclude)
    near = np.where(scores < SAME, ids, -1)
    held, stored = index.vectors(np.unique(near[near >= 0]))
    if not len(held):
        return query
    units = unit_rows(np.asarray(stored, np.float32))
    vectors = np.zeros((len(ids), NEIGHBOURS, units.shape[1]), np.float32)
    for row, nearest in enumerate(near):
        taken = 0
        for vector in units[np.searchsorted(held, nearest[np.isin(nearest, held)])]:
            if taken < NEIGHBOURS and (vectors[row] @ vector < SAME).all():  # two copies of one would outvote the query
                vectors[row, taken] = vector
                taken += 1
    cosines = np.einsum("qd,qmd->qm", query.vectors, vectors).astype(np.float32)
    return replace(query, expansion=expansion_of(query.vectors, vectors, cosines))
