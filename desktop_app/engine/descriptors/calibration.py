"""From raw scores to the one scale that people see: 0..1, comparable between spaces.

Piecewise linear and monotone. Random pairs lie mostly below 0.30, near duplicates above 0.95.
"""

import numpy as np
from numpy.typing import NDArray

# Raw score → what people read. Measured on photos of 51 kinds of object and tracks of four genres: unrelated pairs
# (their median reads about 0.1, their 95th percentile about 0.3), pairs of one class, and near duplicates (resized or
# recompressed photos, tracks through other codecs or cut elsewhere; nearly all of them read 0.95 or more).
KNOTS: dict[str, tuple[tuple[float, float], ...]] = {
    "colour": ((0.0, 0.0), (0.4, 0.05), (0.8, 0.28), (0.89, 0.45), (0.955, 0.75), (0.985, 0.95), (1.0, 1.0)),
    "look": ((-0.15, 0.0), (0.0, 0.1), (0.15, 0.28), (0.3, 0.5), (0.6, 0.75), (0.92, 0.95), (1.0, 1.0)),
    "phash": ((0.5, 0.0), (0.58, 0.2), (0.65, 0.35), (0.8, 0.8), (0.93, 0.95), (1.0, 1.0)),
    "sound": ((-0.3, 0.0), (0.0, 0.14), (0.22, 0.3), (0.4, 0.5), (0.7, 0.75), (0.96, 0.95), (1.0, 1.0)),
    "fingerprint": ((0.0, 0.0), (0.3, 0.2), (0.4, 0.35), (0.6, 0.8), (0.75, 0.95), (1.0, 1.0)),
}


def calibrated(space: str, score: NDArray[np.floating]) -> NDArray[np.float32]:
    """Raw scores of any shape → 0..1, float32. A space without measured knots counts its cosine as it is."""
    raw = np.nan_to_num(np.asarray(score, dtype=np.float64), nan=-1.0)
    knots = KNOTS.get(space, ((0.0, 0.0), (1.0, 1.0)))
    return np.interp(raw, [x for x, _ in knots], [y for _, y in knots]).astype(np.float32)
