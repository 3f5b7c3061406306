"""Measurements behind ``look``: gradient histograms on grids, local binary patterns, colour layout.

Their parameters belong to the version of ``look``: changing one means fitting its map again.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.pixels import lab
from desktop_app.engine.descriptors.vectors import Floats, block

FINE_SIDE = 128  # the picture is squeezed to squares of these sides
COARSE_SIDE = 64
FINE_GRIDS = ((3, 16),)  # cells a side, signed orientations
COARSE_GRIDS = ((6, 9), (8, 9))  # cells a side, unsigned orientations
PATTERN_GRID = 2
PATTERN_STEP = 1.0  # lightness by which a neighbour must be brighter
LAYOUT_SIDE = 8
LAYOUT_WEIGHT = 0.5


def measured(picture: NDArray[np.uint8]) -> Floats:
    """All blocks joined, float32 (n,), each of L2 length 1 times its weight (0 where a flat picture has none)."""
    fine = lab(_squeezed(picture, FINE_SIDE))
    coarse = lab(_squeezed(picture, COARSE_SIDE))
    parts: list[Floats] = []
    signed = _orientation_planes(fine, FINE_GRIDS[0][1], 2 * np.pi)
    parts += [block(np.sqrt(_pooled(signed, cells)), 1.0) for cells, _ in FINE_GRIDS]
    unsigned = _orientation_planes(coarse, COARSE_GRIDS[0][1], np.pi)
    parts += [block(np.sqrt(_pooled(unsigned, cells)), 1.0) for cells, _ in COARSE_GRIDS]
    parts.append(block(np.sqrt(_patterns(coarse[:, :, 0], PATTERN_GRID)), 1.0))
    parts.append(block(np.sqrt(_patterns(fine[:, :, 0], 1)), 1.0))
    layout = np.asarray(cv2.resize(coarse, (LAYOUT_SIDE, LAYOUT_SIDE), interpolation=cv2.INTER_AREA), dtype=np.float32)
    parts.append(block(layout - layout.mean(axis=(0, 1)), LAYOUT_WEIGHT))
    return np.concatenate(parts)


def _squeezed(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _orientation_planes(colours: Floats, orientations: int, turn: float) -> Floats:
    """Gradient strength by orientation, float32 (orientations, side, side), shared between the two nearest.

    At each pixel the channel with the strongest gradient speaks (N. Dalal and B. Triggs, 2005).
    """
    dx = np.asarray(cv2.Sobel(colours, cv2.CV_32F, 1, 0, ksize=1), dtype=np.float32)
    dy = np.asarray(cv2.Sobel(colours, cv2.CV_32F, 0, 1, ksize=1), dtype=np.float32)
    strongest = (dx * dx + dy * dy).argmax(axis=2).ravel()
    pixel = np.arange(strongest.size)
    across, down = dx.reshape(-1, 3)[pixel, strongest], dy.reshape(-1, 3)[pixel, strongest]
    strength = np.hypot(across, down)
    place = (np.arctan2(down, across) % turn) * np.float32(orientations / turn)
    lower = place.astype(np.int32)
    share = place - lower
    planes = np.zeros((orientations, strongest.size), dtype=np.float32)
    planes[lower % orientations, pixel] = strength * (1 - share)
    planes[(lower + 1) % orientations, pixel] += strength * share
    return planes.reshape(orientations, *colours.shape[:2])


def _pooled(planes: Floats, cells: int) -> Floats:
    """Sums over overlapping cells of a grid, float32 (orientations, cells, cells)."""
    window = _cell_window(planes.shape[1], cells)
    return np.maximum(window @ planes @ window.T, 0.0)


@cache
def _cell_window(side: int, cells: int) -> Floats:
    """Each cell's share of each pixel, (cells, side): full at its middle, none beyond its neighbours' middles."""
    centres = (np.arange(cells) + 0.5) * side / cells
    distance = np.abs(np.arange(side) + 0.5 - centres[:, None]) * cells / side
    return np.clip(1.0 - distance, 0.0, 1.0).astype(np.float32)


def _patterns(lightness: Floats, grid: int) -> Floats:
    """Histograms of uniform local binary patterns (T. Ojala and others, 2002), float32 (grid · grid · 59,)."""
    middle = lightness[1:-1, 1:-1]
    height, width = middle.shape
    code = np.zeros(middle.shape, dtype=np.uint8)
    for bit, (y, x) in enumerate(((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))):
        brighter = lightness[y : y + height, x : x + width] > middle + PATTERN_STEP
        code |= brighter.astype(np.uint8) << np.uint8(bit)
    rows = np.arange(height)[:, None] * grid // height
    columns = np.arange(width)[None, :] * grid // width
    place = (rows * grid + columns) * 59 + _uniform_patterns()[code]
    return np.bincount(place.ravel(), minlength=grid * grid * 59).astype(np.float32)


@cache
def _uniform_patterns() -> NDArray[np.int64]:
    """The number of each 8-bit pattern: 0..57 for those with at most two changes around the circle, else 58."""
    numbers = np.full(256, 58, dtype=np.int64)
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    uniform = np.flatnonzero(changes <= 2)
    numbers[uniform] = np.arange(len(uniform))
    return numbers
