"""The ``fingerprint`` space: which recording this is, whatever the codec, level or start.

Sub-fingerprints of 32 bits, eight a second, as signs of differences of chroma over time and pitch: the idea of
J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system" (2002), on chroma as in Chromaprint.
"""

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.vectors import Floats

SPAN = 4  # frames on either side that a difference over time looks at

SPEC = SpaceSpec(
    name="fingerprint", version=1, kind=Kind.TRACK, dim=0, metric=Metric.NONE, index_dim=0, title="Recording"
)


def describe_fingerprint(chroma: Floats) -> NDArray[np.uint8]:
    """uint8 (4 · frames,), of chroma (frames, 12); empty for too short or silent excerpts."""
    if len(chroma) <= 2 * SPAN or not bool(chroma.any()):
        return np.zeros(0, dtype=np.uint8)
    total = np.vstack([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    after = total[2 * SPAN :] - total[SPAN:-SPAN]
    before = total[SPAN:-SPAN] - total[: -2 * SPAN]
    both = after + before
    bits = np.hstack(
        [
            after > before,
            both > np.roll(both, 1, axis=1),
            both[:, :8] > np.roll(both, 5, axis=1)[:, :8],
        ]
    )
    return np.packbits(bits, axis=1).ravel()
