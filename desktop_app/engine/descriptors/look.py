"""The ``look`` space: what is in the picture, by its shapes, textures and the layout of its colours.

Measurements of several kinds are joined and brought to few dimensions by a fitted linear map that whitens what
varies between pictures of one thing (within-class whitening, then the leading discriminants; J. Ye and others,
"A two-stage linear discriminant analysis", 2005). The map lies under ``resources/descriptors`` beside the script that
fits it and its model card; a change of either is a new ``VERSION``.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.colour import project_colour
from desktop_app.engine.descriptors.vectors import Floats, unit
from desktop_app.paths import resource_path

VERSION = 1
DIM = 256
MAP = f"descriptors/look-{VERSION}.npz"

SPEC = SpaceSpec(
    name="look", version=VERSION, kind=Kind.PHOTO, dim=DIM, metric=Metric.COSINE, index_dim=DIM, title="Look"
)


def describe_look(picture: NDArray[np.uint8], colour: Floats) -> Floats:
    """float32 (256,), L2 length 1, of sRGB uint8 (h, w, 3) and its ``colour`` vector (1152,)."""
    mean, matrix = _fitted()
    joined = look_input(picture, colour)
    return unit(np.asarray((joined - mean) @ matrix, dtype=np.float32))


def look_input(picture: NDArray[np.uint8], colour: Floats) -> Floats:
    """What the fitted map takes: all measurements of a picture, joined, float32 (n,)."""
    from desktop_app.engine.descriptors.look_measurements import measured

    return np.concatenate([measured(picture), project_colour(colour[None])[0]])


@cache
def _fitted() -> tuple[Floats, Floats]:
    with np.load(resource_path(MAP), allow_pickle=False) as stored:
        return stored["mean"].astype(np.float32), stored["matrix"].astype(np.float32)
