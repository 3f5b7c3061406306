"""Pixels made ready for the photo descriptors: checked, reduced, in Lab."""

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.vectors import Floats

REDUCED_SIDE = 256  # long side that every photo descriptor starts from
_NEARLY_HALF = 1.8


def reduced(pixels: NDArray[np.uint8], long_side: int = REDUCED_SIDE) -> NDArray[np.uint8]:
    """RGB uint8 (h, w, 3) shrunk to ``long_side`` px at most, each pixel counting about the same; never enlarged.

    Grey (h, w) and RGBA input are accepted. Raises ValueError for an array that is no picture.
    """
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.size == 0:
        raise ValueError(f"not a picture: shape {pixels.shape}")
    picture = np.ascontiguousarray(pixels[:, :, :3], dtype=np.uint8)
    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest <= long_side:
        return picture
    size = (max(1, round(width * long_side / longest)), max(1, round(height * long_side / longest)))
    exact = (width, height) == (2 * size[0], 2 * size[1])  # areas of whole pixels are as quick
    halved = _NEARLY_HALF <= longest / long_side <= 2 and not exact
    # Between two pixels, nearly half way: that is their mean, at a third of the time that areas of broken pixels take.
    by = cv2.INTER_LINEAR if halved else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, size, interpolation=by), dtype=np.uint8)


def lab(picture: NDArray[np.uint8]) -> Floats:
    """CIE Lab (D65) of sRGB uint8 (h, w, 3): float32, L 0..100, a and b about −108..98."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), dtype=np.float32)


def grey(picture: NDArray[np.uint8]) -> Floats:
    """Luma 0..255 of sRGB uint8 (h, w, 3), float32 (h, w)."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.float32)
