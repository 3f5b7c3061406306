"""Scores of the candidates in all spaces, fused into one order.

What an index holds as a projection gives a first order; the whole vectors, which the catalogue has to read, are
compared only for those at the top of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.search import SpaceScore
from desktop_app.engine.search.candidates import SpaceQuery
from desktop_app.engine.search.fusion import Fusion, raw_scores, shares_of, weighted_mean
from desktop_app.engine.search.less_like import LESS, STRENGTH, Unwanted, likeness_to, lowered
from desktop_app.engine.search.ports import SearchReader
from desktop_app.engine.search.stored import exact_vectors, indexed_vectors

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

NEAR = 0.95  # calibrated: above it the space of near duplicates says "the same picture"
PLAUSIBLE = 0.5  # …which is believed if the other spaces find at least so much (plain areas hash alike)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first: ids (n,), fused scores 0..1, and what each space said (spaces, n), NaN for nothing."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    identical: NDArray[np.bool_]
    spaces: tuple[str, ...]
    similarities: NDArray[np.float64]
    shares: NDArray[np.float64]
    only_near: tuple[bool, ...]  # spaces that are there to tell near duplicates; silent otherwise
    whole: bool = True  # every candidate is in it
    unwanted: NDArray[np.float64] | None = None  # (n,) likeness to what hits are to be less like

    def parts(self, place: int) -> tuple[SpaceScore, ...]:
        """Why the candidate at this place has its score: weights times similarities sum to it."""
        parts = tuple(
            SpaceScore(name, float(self.similarities[at, place]), float(self.shares[at, place]))
            for at, name in enumerate(self.spaces)
            if not np.isnan(self.similarities[at, place]) and not (self.only_near[at] and not self.shares[at, place])
        )
        if self.unwanted is None or self.identical[place]:
            return parts
        likeness = float(self.unwanted[place])
        before = sum(part.similarity * part.weight for part in parts)
        return (*parts, SpaceScore(LESS, likeness, -STRENGTH * before))


def similarities_of(
    reader: SearchReader,
    store: "IndexStore",
    fusion: Fusion,
    query: SpaceQuery,
    ids: NDArray[np.int64],
    *,
    projected: bool = False,
) -> NDArray[np.float32]:
    """(n,) calibrated mean of the items' raw scores with all queries, NaN where an item has no vector there.

    ``projected``: by what the index holds, which for a projection reads a little too high.
    """
    found = np.full(len(ids), np.nan, np.float32)
    queries = query.vectors
    if projected and is_projected(query):
        queries = store.open_space(query.spec).prepared(queries)
        with_vector, vectors = indexed_vectors(reader, store, query.spec, ids)
    else:
        with_vector, vectors = exact_vectors(reader, store, query.spec, ids)
    if len(with_vector):
        each = raw_scores(query.spec, queries, vectors)
        if query.expansion is not None:
            each = np.maximum(each, query.expansion.raw_scores(vectors))
        raw = each.mean(axis=0)
        found[np.searchsorted(ids, with_vector)] = fusion.percent(query.spec.name, raw)
    return found


def is_projected(query: SpaceQuery) -> bool:
    """Whether the index holds less than the space's vectors."""
    return query.spec.dim != query.spec.index_dim


def rank(
    reader: SearchReader,
    store: "IndexStore",
    fusion: Fusion,
    *,
    queries: Sequence[SpaceQuery],
    ids: NDArray[np.int64],
    identical: NDArray[np.int64],
    finalists: int | None = None,
    unwanted: Unwanted = (),
) -> Ranking:
    """Score ascending candidate ids and order them: identical ones first, then by score, then by id.

    What is like an ``unwanted`` example comes later. ``finalists``: so many are enough, where scoring all of them
    exactly takes reads of the catalogue.
    """
    similarities = np.stack([similarities_of(reader, store, fusion, each, ids, projected=True) for each in queries])
    candidates = len(ids)
    likeness = likeness_to(reader, store, fusion, unwanted, ids) if unwanted else None
    rough = [at for at, query in enumerate(queries) if is_projected(query)]
    if rough and finalists is not None and finalists < candidates:
        scores, _, same = _fused(queries, similarities, ids, identical, likeness)
        best = np.sort(np.lexsort((ids, -scores, ~same))[:finalists])
        ids, similarities = ids[best], similarities[:, best]
        likeness = likeness if likeness is None else likeness[best]
    for at in rough:
        similarities[at] = similarities_of(reader, store, fusion, queries[at], ids)
    scores, shares, same = _fused(queries, similarities, ids, identical, likeness)
    order = np.lexsort((ids, -scores, ~same))
    order = order[~np.isnan(scores[order])]
    return Ranking(
        ids[order],
        scores[order],
        same[order],
        tuple(query.spec.name for query in queries),
        similarities.astype(np.float64)[:, order],
        shares[:, order],
        tuple(query.weight == 0.0 for query in queries),
        len(ids) == candidates,
        likeness if likeness is None else likeness[order],
    )


def _fused(
    queries: Sequence[SpaceQuery],
    similarities: NDArray[np.float32],
    ids: NDArray[np.int64],
    identical: NDArray[np.int64],
    likeness: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Fused scores (n,), NaN for nothing, the share of each space in them (spaces, n), and which are identical."""
    weights = [query.weight for query in queries]
    scores = weighted_mean(list(similarities), weights)
    shares = shares_of(list(similarities), weights)
    for at, query in enumerate(queries):
        if query.weight == 0.0:
            near = (similarities[at] >= NEAR) & (scores >= PLAUSIBLE) & (similarities[at] > scores)
            scores = np.where(near, similarities[at], scores)
            shares[:, near] = 0.0
            shares[at, near] = 1.0
    if likeness is not None:
        scores = lowered(scores, likeness)
    same = np.isin(ids, identical)
    return np.clip(np.where(same, 1.0, scores), 0.0, 1.0), shares, same
