"""Query expansion: what a photo's nearest neighbours have in common says what it shows better than the photo alone.

The query's vector and those of its nearest two, each times its cosine, are looked for together (O. Chum and others,
"Total recall", 2007; weights as F. Radenović and others, "Fine-tuning CNN image retrieval with no human annotation",
2018); an item's score is the better one of the query's own and the expanded one's. A neighbour that was taken in is
compared with what the rest of the expanded query says: else anything that is nearest would seem near.
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
LOOKED_AT = 10  # so many of the nearest: some may be copies


@dataclass(frozen=True, slots=True)
class Expansion:
    """Of q queries: the expanded ones (q, dim), length 1; their neighbours' ids (q, m), −1 for none, and what those
    score (q, m) by the expansion without themselves."""

    vectors: NDArray[np.float32]
    neighbours: NDArray[np.int64]
    scores: NDArray[np.float32]

    def raw_scores(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(q, n) cosines of the expanded queries with the vectors (n, dim) of these ids (n,)."""
        found = self.vectors @ unit_rows(np.asarray(vectors, np.float32)).T
        for row, (neighbours, scores) in enumerate(zip(self.neighbours, self.scores, strict=True)):
            for neighbour, score in zip(neighbours, scores, strict=True):
                found[row, ids == neighbour] = score
        return found


def expansion_of(
    queries: NDArray[np.float32],
    neighbours: NDArray[np.int64],
    vectors: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> Expansion:
    """``queries`` (q, dim) of length 1 with their neighbours' ids (q, m), vectors (q, m, dim) and cosines (q, m).

    Null vectors for what is no neighbour.
    """
    shares = vectors * np.maximum(scores, 0.0)[:, :, None]
    whole = queries + shares.sum(axis=1)
    without = whole[:, None] - shares  # (q, m, dim)
    lengths = np.linalg.norm(without, axis=2)
    own = (without * vectors).sum(axis=2) / np.where(lengths > 0, lengths, 1.0)
    return Expansion(unit_rows(whole), neighbours, own.astype(np.float32))


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
    neighbours = np.full((len(ids), NEIGHBOURS), -1, np.int64)
    for row, (near, nearness) in enumerate(zip(ids, scores, strict=True)):
        others = near[(near >= 0) & (nearness < SAME)][:NEIGHBOURS]
        neighbours[row, : len(others)] = others
    held, stored = index.vectors(np.unique(neighbours[neighbours >= 0]))
    if not len(held):
        return query
    at = np.minimum(np.searchsorted(held, neighbours), len(held) - 1)
    known = held[at] == neighbours
    vectors = np.where(known[:, :, None], unit_rows(np.asarray(stored, np.float32))[at], np.float32(0.0))
    cosines = np.einsum("qd,qmd->qm", query.vectors, vectors).astype(np.float32)
    return replace(query, expansion=expansion_of(query.vectors, np.where(known, neighbours, -1), vectors, cosines))
