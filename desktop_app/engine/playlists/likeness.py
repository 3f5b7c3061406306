"""How alike tracks are: fused, calibrated similarity between any two of a pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.reading import Vector
from desktop_app.engine.search.fusion import Fusion, Weighted, raw_scores, weighted_mean

CACHED_ROWS = 2048
FLAT = 1e-6
"""Spread of a vector's components below which it describes silence, of which there are many."""


@dataclass(slots=True)
class Likeness:
    """Of n tracks given by their vectors; ``row`` computes one track against all, and keeps it."""

    fusion: Fusion
    plan: Sequence[Weighted]
    vectors: Sequence[Mapping[str, Vector]]
    _matrices: list[tuple[NDArray[Any], NDArray[np.bool_]]] = field(init=False)
    _rows: dict[int, NDArray[np.float32]] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {}
        self._matrices = []
        for weighted in self.plan:
            name = weighted.spec.name
            has = np.asarray([name in each for each in self.vectors], np.bool_)
            blank = np.zeros(weighted.spec.dim, np.float32)
            self._matrices.append((np.stack([np.asarray(each.get(name, blank)) for each in self.vectors]), has))

    def row(self, at: int) -> NDArray[np.float32]:
        """(n,) similarity 0..1 of one track to each; 0 where two have no space in common."""
        if at not in self._rows:
            if len(self._rows) >= CACHED_ROWS:
                self._rows.clear()
            scores: list[NDArray[np.float32]] = []
            for weighted, (matrix, has) in zip(self.plan, self._matrices, strict=True):
                raw = raw_scores(weighted.spec, matrix[at : at + 1], matrix)[0]
                known = has & has[at]
                scores.append(np.where(known, self.fusion.percent(weighted.spec.name, raw), np.nan))
            fused = weighted_mean(scores, [weighted.weight for weighted in self.plan])
            self._rows[at] = np.nan_to_num(fused, nan=0.0).clip(0.0, 1.0).astype(np.float32)
        return self._rows[at]

    def alike(self, at: int, threshold: float) -> NDArray[np.bool_]:
        """(n,) which tracks' raw score with one is so high in every space they share; silence is like nothing."""
        same = np.ones(len(self.vectors), np.bool_)
        compared = np.zeros(len(self.vectors), np.bool_)
        for weighted, (matrix, has) in zip(self.plan, self._matrices, strict=True):
            if not has[at] or float(np.ptp(matrix[at])) <= FLAT:
                continue
            raw = raw_scores(weighted.spec, matrix[at : at + 1], matrix)[0]
            same &= ~has | (raw >= threshold)
            compared |= has
        return same & compared

    def between(self, one: int, other: int) -> float:
        """Similarity of two tracks."""
        return float(self.row(one)[other])

    def to_all(self, some: Sequence[int]) -> NDArray[np.float32]:
        """(n,) similarity to a group: the mean of the mean and the best over it; of one track simply that."""
        rows = np.stack([self.row(at) for at in some])
        return ((rows.mean(axis=0) + rows.max(axis=0)) / 2).astype(np.float32)
