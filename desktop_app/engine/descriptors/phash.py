"""The ``phash`` space: 256 bits that survive resizing and recompression, for near duplicates.

The signs of the lowest cosine frequencies of the small grey picture (C. Zauner, "Implementation and benchmarking of
perceptual image hash functions", 2010), against their median, so that half of the bits are set.
"""

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec

SIDE = 64  # the picture is squeezed to SIDE × SIDE
KEPT = 16  # KEPT × KEPT frequencies, the constant one replaced by the next

SPEC = SpaceSpec(
    name="phash",
    version=1,
    kind=Kind.PHOTO,
    dim=KEPT * KEPT // 8,
    metric=Metric.HAMMING,
    index_dim=KEPT * KEPT // 8,
    title="Near duplicate",
)


def describe_phash(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Packed bits, uint8 (32,), of a grey picture float32 (h, w)."""
    import cv2

    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    frequencies = np.asarray(cv2.dct(small), dtype=np.float32)
    lowest = frequencies[:KEPT, :KEPT].ravel().copy()
    lowest[0] = frequencies[0, KEPT]  # the mean brightness says nothing of the picture
    return np.packbits(lowest > np.median(lowest))
