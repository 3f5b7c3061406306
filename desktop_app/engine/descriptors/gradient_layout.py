"""Which way edges run in which part of a picture: what ``look`` adds to its network.

Gradient histograms on a grid (N. Dalal and B. Triggs, "Histograms of oriented gradients", 2005), the mean of a
picture's and its mirror image's, so that left and right don't count. The parameters belong to the version of ``look``.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.pixels import lab
from desktop_app.engine.descriptors.vectors import Floats, unit

SIDE = 64  # the picture is squeezed to a square of this side
CELLS = 6  # a side
ORIENTATIONS = 9  # of half a turn, the first along the rows
LENGTH = CELLS * CELLS * ORIENTATIONS


def gradient_layout(picture: NDArray[np.uint8]) -> Floats:
    """float32 (324,), L2 length 1, of sRGB uint8 (h, w, 3); even where a picture has no edges."""
    colours = lab(np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8))
    cells = np.sqrt(_pooled(_orientation_planes(colours)))
    return unit((cells + _mirrored(cells)).ravel())


def _orientation_planes(colours: Floats) -> Floats:
    """Gradient strength by orientation, float32 (orientations, side, side), shared between the two nearest.

    At each pixel the channel with the strongest gradient speaks.
    """
    dx = np.asarray(cv2.Sobel(colours, cv2.CV_32F, 1, 0, ksize=1), dtype=np.float32)
    dy = np.asarray(cv2.Sobel(colours, cv2.CV_32F, 0, 1, ksize=1), dtype=np.float32)
    strongest = (dx * dx + dy * dy).argmax(axis=2).ravel()
    pixel = np.arange(strongest.size)
    across, down = dx.reshape(-1, 3)[pixel, strongest], dy.reshape(-1, 3)[pixel, strongest]
    strength = np.hypot(across, down)
    place = (np.arctan2(down, across) % np.float32(np.pi)) * np.float32(ORIENTATIONS / np.pi)
    lower = place.astype(np.int32)
    share = place - lower
    planes = np.zeros((ORIENTATIONS, strongest.size), dtype=np.float32)
    planes[lower % ORIENTATIONS, pixel] = strength * (1 - share)
    planes[(lower + 1) % ORIENTATIONS, pixel] += strength * share
    return planes.reshape(ORIENTATIONS, *colours.shape[:2])


def _pooled(planes: Floats) -> Floats:
    """Sums over overlapping cells, float32 (orientations, cells, cells)."""
    window = _cell_window()
    return np.maximum(window @ planes @ window.T, 0.0)


@cache
def _cell_window() -> Floats:
    """Each cell's share of each pixel, (cells, side): full at its middle, none beyond its neighbours' middles."""
    centres = (np.arange(CELLS) + 0.5) * SIDE / CELLS
    distance = np.abs(np.arange(SIDE) + 0.5 - centres[:, None]) * CELLS / SIDE
    return np.clip(1.0 - distance, 0.0, 1.0).astype(np.float32)


def _mirrored(cells: Floats) -> Floats:
    """The mirror image's cells: an angle a becomes π − a, columns change sides."""
    return cells[-np.arange(ORIENTATIONS) % ORIENTATIONS][:, :, ::-1]
