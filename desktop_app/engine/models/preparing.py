"""A photo's pixels in the size that a model sees; runs in the workers that read files, not in the model's."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def prepared(path: Path, thumbnail: Path | None, side: int, crop: bool) -> NDArray[np.uint8]:
    """(side, side, 3) sRGB of a photo, from its thumbnail where that is large enough. Raises UnreadableFileError.

    A scaled decode of a 12-megapixel file costs ten times that of its thumbnail, which loses nothing at 224 pixels.
    """
    from desktop_app.engine.media.long_paths import openable
    from desktop_app.engine.media.photo import decode_photo
    from desktop_app.errors import UnreadableFileError

    if thumbnail is not None:
        try:
            pixels = decode_photo(thumbnail, long_side=None).pixels
        except UnreadableFileError:
            pixels = None  # trimmed from the cache: the file itself is there
        if pixels is not None and min(pixels.shape[:2]) >= side:
            return fitted(pixels, side, crop)
    path = openable(path)
    photo = decode_photo(path)
    if min(photo.pixels.shape[:2]) < side <= min(photo.width, photo.height):
        needed = math.ceil(side * max(photo.width, photo.height) / min(photo.width, photo.height))
        photo = decode_photo(path, long_side=needed)
    return fitted(photo.pixels, side, crop)


def fitted(pixels: NDArray[np.uint8], side: int, crop: bool) -> NDArray[np.uint8]:
    """(h, w, 3) → (side, side, 3): the middle square, or all of it stretched."""
    import cv2

    height, width = pixels.shape[:2]
    if crop:
        square = min(height, width)
        top, left = (height - square) // 2, (width - square) // 2
        pixels = pixels[top : top + square, left : left + square]
    shrinks = min(pixels.shape[:2]) >= side
    found = cv2.resize(
        np.ascontiguousarray(pixels), (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    return np.asarray(found, np.uint8)
