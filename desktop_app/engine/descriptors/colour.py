"""The ``colour`` space: how much of which colour, wherever it lies in the picture.

A CIE Lab (D65) histogram with tri-linear soft assignment, smoothed across neighbouring bins, square-rooted, so that the
inner product of two is the Bhattacharyya (Hellinger) affinity.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.vectors import Floats, unit, unit_rows

BINS = (8, 12, 12)  # of L, a, b
LOWEST = (0.0, -86.0, -108.0)
HIGHEST = (100.0, 98.0, 95.0)
SMOOTHING = (0.1, 0.8, 0.1)  # across neighbouring bins, along each axis in turn
CELL_BITS = 5  # sRGB is counted in 2^5 cells a channel first: exact enough, and the Lab arithmetic becomes a table
PROJECTION = (4, 5, 6)  # lowest cosine frequencies kept of L, a, b

SPEC = SpaceSpec(
    name="colour",
    version=1,
    kind=Kind.PHOTO,
    dim=int(np.prod(BINS)),
    metric=Metric.COSINE,
    index_dim=int(np.prod(PROJECTION)),
    title="Colours",
)


def describe_colour(picture: NDArray[np.uint8]) -> Floats:
    """Hellinger histogram, float32 (1152,), L2 length 1, of sRGB uint8 (h, w, 3)."""
    shift = 8 - CELL_BITS
    cells = (picture >> shift).reshape(-1, 3).astype(np.int32)
    codes = (cells[:, 0] << (2 * CELL_BITS)) | (cells[:, 1] << CELL_BITS) | cells[:, 2]
    counts = np.bincount(codes, minlength=1 << (3 * CELL_BITS))
    used = np.flatnonzero(counts)
    bins, weights = _cell_table()
    shares = (weights[used] * counts[used, None]).ravel().astype(np.float64)
    histogram = np.asarray(np.bincount(bins[used].ravel(), shares, minlength=SPEC.dim), dtype=np.float64).reshape(BINS)
    for axis in range(3):
        histogram = _smoothed(histogram, axis)
    return unit(np.sqrt(histogram.ravel() / histogram.sum()).astype(np.float32))


def project_colour(vectors: Floats) -> Floats:
    """The low cosine frequencies of each histogram: (n, 1152) → (n, 120), float32, L2 length 1 a row."""
    return unit_rows(np.asarray(vectors, dtype=np.float32) @ _projection())


def bin_colours() -> Floats:
    """The Lab colour at the centre of each bin, float32 (1152, 3), in the vector's order."""
    axes = [np.linspace(low, high, n) for low, high, n in zip(LOWEST, HIGHEST, BINS, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float32)


def _smoothed(histogram: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Smoothed along one axis; what would leave at an end stays there, so the sum is kept."""
    left, middle, right = SMOOTHING
    moved = np.moveaxis(histogram, axis, 0)
    result = moved * middle
    result[1:] += moved[:-1] * right
    result[:-1] += moved[1:] * left
    result[0] += moved[0] * left
    result[-1] += moved[-1] * right
    return np.moveaxis(result, 0, axis)


@cache
def _cell_table() -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For every sRGB cell the 8 bins that it falls between, (cells, 8), and its share in each."""
    from desktop_app.engine.descriptors.pixels import lab

    side = 1 << CELL_BITS
    levels = ((np.arange(side) * 255 + (side - 1) // 2) // (side - 1)).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    colours = lab(cube)[:, 0].astype(np.float64)
    low, high, counts = np.array(LOWEST), np.array(HIGHEST), np.array(BINS)
    place = np.clip((colours - low) / (high - low), 0.0, 1.0) * (counts - 1)
    base = np.minimum(place.astype(np.int32), counts - 2)
    share = place - base
    bins = np.zeros((len(colours), 8), dtype=np.int32)
    weights = np.ones((len(colours), 8), dtype=np.float64)
    for corner in range(8):
        offset = np.array([(corner >> 2) & 1, (corner >> 1) & 1, corner & 1])
        at = base + offset
        bins[:, corner] = (at[:, 0] * BINS[1] + at[:, 1]) * BINS[2] + at[:, 2]
        weights[:, corner] = np.prod(np.where(offset == 1, share, 1.0 - share), axis=1)
    return bins, weights.astype(np.float32)


@cache
def _projection() -> Floats:
    """Separable orthonormal DCT-II basis of the lowest frequencies, float32 (1152, 120)."""
    bases: list[NDArray[np.float64]] = []
    for size, kept in zip(BINS, PROJECTION, strict=True):
        angle = np.pi * np.outer(np.arange(size) + 0.5, np.arange(kept)) / size
        basis = np.cos(angle) * np.sqrt(2.0 / size)
        basis[:, 0] /= np.sqrt(2.0)
        bases.append(basis)
    joined = np.einsum("ia,jb,kc->ijkabc", *bases)
    return joined.reshape(SPEC.dim, SPEC.index_dim).astype(np.float32)
