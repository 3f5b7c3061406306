"""More like this, less like that: what resembles an unwanted example comes later.

A score is lowered by a share of its likeness to the nearest unwanted example. By measurement on photos of 51 kinds of
object, each with the first wrong hit as the example: of the first ten hits, those of that wrong kind fall from 8.3 % to
some 3.7 % while right ones rise from 39 % to 40 %. Rocchio's difference of vectors does the same at its best weight,
0.2, but costs right hits at once where the weight is a little too high.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.search.candidates import SpaceQuery
from desktop_app.engine.search.fusion import Fusion, raw_scores, weighted_mean
from desktop_app.engine.search.ports import SearchReader
from desktop_app.engine.search.stored import indexed_vectors

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

LESS = "less"  # how it is called in the reasons of a hit
STRENGTH = 0.4  # of a score that full likeness to an unwanted example takes away
MORE_CANDIDATES = 3  # times as many, since some of the nearest move down

Unwanted = Sequence[Sequence[SpaceQuery]]  # of each unwanted example, its vectors by space


def likeness_to(
    reader: SearchReader, store: "IndexStore", fusion: Fusion, unwanted: Unwanted, ids: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n,) fused similarity 0..1 of ascending ids to the nearest unwanted example, by what the indexes hold."""
    nearest = np.zeros(len(ids))
    for example in unwanted:
        compared = [query for query in example if query.weight > 0]
        similarities: list[NDArray[np.float32]] = []
        for query in compared:
            found = np.full(len(ids), np.nan, np.float32)
            with_vector, vectors = indexed_vectors(reader, store, query.spec, ids)
            if len(with_vector):
                raw = raw_scores(query.spec, store.open_space(query.spec).prepared(query.vectors), vectors).mean(axis=0)
                found[np.searchsorted(ids, with_vector)] = fusion.percent(query.spec.name, raw)
            similarities.append(found)
        if similarities:
            fused = weighted_mean(similarities, [query.weight for query in compared])
            nearest = np.maximum(nearest, np.nan_to_num(fused, nan=0.0))
    return nearest


def lowered(scores: NDArray[np.float64], likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores after what is unwanted has been taken off, 0..1."""
    return scores * (1 - STRENGTH * likeness)
