"""The few main colours of a photo, from its stored histogram.

A histogram that was assigned tri-linearly keeps the exact mean of every colour: the bins around one colour, taken
together again, give it back between the bins' centres (signatures, as Rubner and others compare them).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.colour import BINS, SMOOTHING, bin_colours

CLUSTERS = 8
REACH = 28.0  # in Lab: the bins that share one colour are no farther apart
UNUSED = 1e-4  # a share of a bin too small to be looked at: most bins lie outside what a screen can show


def signatures(
    vectors: NDArray[np.floating], clusters: int = CLUSTERS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares (n, clusters + 1) and Lab colours (n, clusters + 1, 3) of ``colour`` vectors (n, 1152).

    The largest share comes first; the last place holds what is scattered over the rest, at its mean. Shares sum to 1.
    """
    left = unsmoothed(np.asarray(vectors, np.float32) ** 2)
    used = np.flatnonzero(left.max(axis=0, initial=0.0) > UNUSED)
    left, near, colours = left[:, used], _near()[np.ix_(used, used)], bin_colours()[used]
    count = len(left)
    shares = np.zeros((count, clusters + 1))
    centres = np.zeros((count, clusters + 1, 3))
    rows = np.arange(count)
    for at in range(clusters):
        taken = left * near[left.argmax(axis=1)]
        left = left - taken
        shares[rows, at] = taken.sum(axis=1)
        centres[rows, at] = taken @ colours
    shares[:, clusters] = left.sum(axis=1)
    centres[:, clusters] = left @ colours
    centres /= np.maximum(shares, 1e-12)[..., None]
    return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12), centres


def unsmoothed(histograms: NDArray[np.float32]) -> NDArray[np.float32]:
    """Histograms (n, 1152) as they were before neighbouring bins were blurred: float32, not negative, of sum 1."""
    shaped = histograms.reshape(-1, *BINS)
    for axis, back in enumerate(_sharpening()):
        shaped = np.moveaxis(np.moveaxis(shaped, axis + 1, -1) @ back, -1, axis + 1)
    flat = np.maximum(shaped.reshape(len(histograms), -1), 0.0)
    return (flat / np.maximum(flat.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)


@cache
def _sharpening() -> tuple[NDArray[np.float32], ...]:
    """For each axis the inverse of the blur, transposed, (size, size)."""
    left, middle, right = SMOOTHING
    found: list[NDArray[np.float32]] = []
    for size in BINS:
        blur = (
            np.diag(np.full(size, middle)) + np.diag(np.full(size - 1, left), 1) + np.diag(np.full(size - 1, right), -1)
        )
        blur[0, 0] += left
        blur[-1, -1] += right
        found.append(np.linalg.inv(blur).T.astype(np.float32))
    return tuple(found)


@cache
def _near() -> NDArray[np.bool_]:
    """Which bins lie within reach of which, bool (1152, 1152)."""
    colours = bin_colours()
    squared = (colours**2).sum(axis=1)
    return squared[:, None] + squared[None] - 2 * colours @ colours.T <= REACH**2
