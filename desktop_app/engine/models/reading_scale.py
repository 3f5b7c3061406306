"""How a model's cosines read to people: found on the user's own photos, since each model has its own scale."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.spaces import MEANING, Knots

ENOUGH = 40  # vectors; below, the scale of CLIP's photos as it is published is assumed
PAIRS = 4000
USUAL: Knots = ((0.35, 0.0), (0.52, 0.1), (0.68, 0.3), (0.84, 0.75), (0.952, 0.95), (1.0, 1.0))
WORDS: Knots = ((-2.0, 0.0), (0.0, 0.08), (1.65, 0.3), (3.0, 0.62), (4.5, 0.85), (6.0, 0.95), (9.0, 1.0))
"""Standard deviations above the mean of all photos → what people read, for words."""

Floats = NDArray[np.float32]


def photo_knots(vectors: Floats, seed: int = 0) -> Knots:
    """Cosine → 0..1 from (n, dim) unit vectors of any photos: their median pair reads 0.1, the 95th percentile 0.3."""
    if len(vectors) < ENOUGH:
        return USUAL
    rng = np.random.default_rng(seed)
    left, right = rng.integers(0, len(vectors), (2, PAIRS))
    apart = left != right
    cosines = np.sum(vectors[left[apart]] * vectors[right[apart]], axis=1)
    low, median, high = (float(value) for value in np.quantile(cosines, (0.01, 0.5, 0.95)))
    high = min(high, 0.995)
    median = min(median, high - 1e-3)
    low = min(low, median - 1e-3)
    rest = 1.0 - high
    return (
        (low, 0.0),
        (median, 0.1),
        (high, 0.3),
        (high + 0.5 * rest, 0.75),
        (high + 0.85 * rest, 0.95),
        (1.0, 1.0),
    )


def word_scale(query: Floats, sample: Floats) -> Callable[[str, NDArray[np.floating]], Floats]:
    """Cosines between words and photos are low and differ by query: a hit counts by how far it stands out.

    ``query`` (dim,) and ``sample`` (n, dim) are unit vectors; gives what ``Fusion.percent`` is.
    """
    cosines = sample @ query
    mean, deviation = (float(cosines.mean()), float(cosines.std())) if len(sample) else (0.2, 0.03)
    deviation = max(deviation, 1e-4)

    def percent(space: str, score: NDArray[np.floating]) -> Floats:
        if space != MEANING:
            raise ValueError(f"words are not compared in {space}")
        outstanding = (np.asarray(score, np.float64) - mean) / deviation
        return np.interp(outstanding, [x for x, _ in WORDS], [y for _, y in WORDS]).astype(np.float32)

    return percent
