"""One similarity of several spaces: the weighted mean of calibrated scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.errors import UsageError

Percent = Callable[[str, NDArray[np.floating]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Weighted:
    """A space and its weight in a fused score."""

    spec: SpaceSpec
    weight: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """The known spaces, the weights of the default search, and the calibration."""

    specs: Mapping[str, SpaceSpec]
    weights: Mapping[Kind, Mapping[str, float]]
    percent: Percent

    @classmethod
    def built_in(cls) -> "Fusion":
        """Of the descriptors that Akin brings along."""
        from desktop_app.engine.descriptors.spaces import DEFAULT_WEIGHTS, SPACES, percent

        return cls(SPACES, DEFAULT_WEIGHTS, percent)

    def spec(self, name: str) -> SpaceSpec:
        """The space of that name; UsageError, naming the known ones, where it can't be searched."""
        found = self.specs.get(name)
        if found is None or found.metric is Metric.NONE:
            known = ", ".join(sorted(each.name for each in self.specs.values() if each.metric is not Metric.NONE))
            raise UsageError(f"There is no space “{name}” to search in. Known: {known}.")
        return found

    def plan(self, kind: Kind, space: str | None) -> tuple[Weighted, ...]:
        """The spaces to compare in: one that was named, or the default ones of the kind."""
        if space is not None:
            spec = self.spec(space)
            if spec.kind is not kind:
                raise UsageError(f"The space “{space}” compares {spec.kind}s, not {kind}s.")
            return (Weighted(spec, 1.0),)
        weights = self.weights.get(kind, {})
        return tuple(Weighted(self.specs[name], weight) for name, weight in weights.items() if weight > 0)


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row at L2 length 1; null rows stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return (matrix / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def raw_scores(spec: SpaceSpec, queries: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float32]:
    """(q, n) scores of (q, dim) queries against (n, dim) vectors: cosine, or 1 − Hamming distance / bits."""
    if spec.metric is Metric.HAMMING:
        bits = np.asarray(queries, np.uint8)[:, None, :] ^ np.asarray(vectors, np.uint8)[None, :, :]
        return (1.0 - np.bitwise_count(bits).sum(axis=2, dtype=np.int32) / (spec.dim * 8)).astype(np.float32)
    return unit_rows(np.asarray(queries, np.float32)) @ unit_rows(np.asarray(vectors, np.float32)).T


def weighted_mean(scores: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Over spaces, of arrays of one shape; NaN (no vector in that space) is left out and the rest weighted up.

    NaN where no space has a score.
    """
    stacked = np.stack([np.asarray(each, np.float64) for each in scores])
    shares = shares_of(scores, weights)
    return np.where(shares.sum(axis=0) > 0, np.nansum(stacked * shares, axis=0), np.nan)


def shares_of(scores: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> NDArray[np.float64]:
    """(spaces, …) weight that each score has in its mean; they sum to 1 where there is any score."""
    given = ~np.isnan(np.stack(scores))
    shares = given * np.asarray(weights, np.float64).reshape((-1,) + (1,) * (given.ndim - 1))
    total = shares.sum(axis=0)
    return shares / np.where(total > 0, total, 1.0)
