"""Every space of a photo from one set of pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.reading import Vector
from desktop_app.engine.descriptors.colour import describe_colour
from desktop_app.engine.descriptors.look import describe_looks
from desktop_app.engine.descriptors.phash import describe_phash
from desktop_app.engine.descriptors.pixels import grey, reduced


def describe_photos(pixels: Sequence[NDArray[np.uint8]]) -> list[dict[str, Vector]]:
    """``colour``, ``look`` and ``phash`` of each sRGB uint8 (h, w, 3) of any size, in their order.

    Raises ValueError if any of them is no picture.
    """
    pictures = [reduced(one) for one in pixels]
    colours = [describe_colour(picture) for picture in pictures]
    looks = describe_looks(pictures, np.stack(colours)) if pictures else np.zeros((0, 0), np.float32)
    return [
        {"colour": colour, "look": look, "phash": describe_phash(grey(picture))}
        for picture, colour, look in zip(pictures, colours, looks, strict=True)
    ]
