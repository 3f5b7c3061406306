"""The ``look`` space: what is in the picture, and how it is laid out.

A small network's features of a picture and its mirror image, joined with the layout of its edges and its colours; each
part brought to its leading axes, then all of them to few dimensions by a linear map that plays down what varies between
pictures of one thing and between copies of one picture (shrunk within-class whitening, then the leading discriminants;
J. Ye and others, "A two-stage linear discriminant analysis", 2005). Network and maps lie under
``resources/descriptors`` beside the scripts that made them and their model card; a change of any is a new ``VERSION``.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.colour import project_colour
from desktop_app.engine.descriptors.vectors import Floats, unit_rows
from desktop_app.paths import resource_path

VERSION = 2
DIM = 256
MAPS = f"descriptors/look-{VERSION}.npz"
PARTS = ("network", "edges", "colour")

SPEC = SpaceSpec(
    name="look", version=VERSION, kind=Kind.PHOTO, dim=DIM, metric=Metric.COSINE, index_dim=DIM, title="Look"
)


def describe_looks(pictures: Sequence[NDArray[np.uint8]], colours: Floats) -> Floats:
    """float32 (n, 256), rows of L2 length 1, of sRGB uint8 (h, w, 3) pictures and their ``colour``, (n, 1152)."""
    maps = _fitted()
    joined = joined_parts(look_parts(pictures, colours), maps)
    return unit_rows(np.asarray((joined - maps["mean"]) @ maps["matrix"], dtype=np.float32))


def look_parts(pictures: Sequence[NDArray[np.uint8]], colours: Floats) -> dict[str, Floats]:
    """What the maps take: a matrix (n, …) for each of PARTS."""
    from desktop_app.engine.descriptors.gradient_layout import gradient_layout
    from desktop_app.engine.descriptors.look_network import network_features

    return {
        "network": network_features(pictures),
        "edges": np.stack([gradient_layout(picture) for picture in pictures]),
        "colour": project_colour(colours),
    }


def joined_parts(parts: Mapping[str, Floats], maps: Mapping[str, Floats]) -> Floats:
    """Each part on its leading axes, at L2 length 1 times its weight, side by side: (n, sum of axes)."""
    return np.concatenate(
        [
            unit_rows(np.asarray((parts[part] - maps[f"{part}_mean"]) @ maps[f"{part}_matrix"], dtype=np.float32))
            * maps[f"{part}_weight"]
            for part in PARTS
        ],
        axis=1,
    )


@cache
def _fitted() -> dict[str, Floats]:
    with np.load(resource_path(MAPS), allow_pickle=False) as stored:
        return {name: np.asarray(stored[name], dtype=np.float32) for name in stored.files}
