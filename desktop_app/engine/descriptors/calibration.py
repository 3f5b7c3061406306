"""From raw scores to the one scale that people see: 0..1, comparable between spaces.

Piecewise linear and monotone. Random pairs lie mostly below 0.30, near duplicates above 0.95.
"""

import numpy as np
from numpy.typing import NDArray

KNOTS: dict[str, tuple[tuple[float, float], ...]] = {
    "colour": ((0.0, 0.0), (0.5, 0.25), (0.8, 0.6), (0.97, 0.95), (1.0, 1.0)),
    "look": ((0.0, 0.0), (0.6, 0.25), (0.8, 0.6), (0.97, 0.95), (1.0, 1.0)),
    "phash": ((0.0, 0.0), (0.5, 0.0), (0.65, 0.3), (0.85, 0.95), (1.0, 1.0)),
    "sound": ((-1.0, 0.0), (0.5, 0.25), (0.8, 0.6), (0.99, 0.95), (1.0, 1.0)),
    "fingerprint": ((0.0, 0.0), (0.2, 0.3), (0.6, 0.95), (1.0, 1.0)),
}


def calibrated(space: str, score: NDArray[np.floating]) -> NDArray[np.float32]:
    """Raw scores of any shape → 0..1, float32. A space without measured knots counts its cosine as it is."""
    raw = np.nan_to_num(np.asarray(score, dtype=np.float64), nan=-1.0)
    knots = KNOTS.get(space, ((0.0, 0.0), (1.0, 1.0)))
    return np.interp(raw, [x for x, _ in knots], [y for _, y in knots]).astype(np.float32)
