"""From raw scores to the one scale that people see: 0..1, comparable between spaces.

Piecewise linear and monotone. Where its bends lie is measured, space by space, by ``resources/descriptors/
fit_calibration.py`` on pairs of items: unrelated ones (nearly all read below 0.30), those of one class (typically
0.60–0.85), and near duplicates (0.95 and more).
"""

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.paths import resource_path

FILE = "descriptors/calibration.json"
Knots = tuple[tuple[float, float], ...]  # raw score → what people read, both ascending


@cache
def fitted() -> dict[str, tuple[int, Knots]]:
    """By space: the version that was measured, and its knots."""
    stored = json.loads(resource_path(FILE).read_text("utf-8"))["spaces"]
    return {name: (each["version"], tuple((raw, read) for raw, read in each["knots"])) for name, each in stored.items()}


def calibrated(space: str, score: NDArray[np.floating]) -> NDArray[np.float32]:
    """Raw scores of any shape → 0..1, float32. A space without measured knots counts its cosine as it is."""
    raw = np.nan_to_num(np.asarray(score, dtype=np.float64), nan=-1.0)
    knots = fitted()[space][1] if space in fitted() else ((0.0, 0.0), (1.0, 1.0))
    return np.interp(raw, [x for x, _ in knots], [y for _, y in knots]).astype(np.float32)


def default_weights() -> dict[str, dict[str, float]]:
    """By kind of item, the share of each space in the default search."""
    return json.loads(resource_path(FILE).read_text("utf-8"))["weights"]
