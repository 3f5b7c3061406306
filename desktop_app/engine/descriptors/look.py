"""The ``look`` space: what is in the picture, by its shapes, textures and the layout of its colours."""

import numpy as np

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.vectors import Floats, block, unit

GRID = 4
ORIENTATIONS = 9
LAYOUT = 4

SPEC = SpaceSpec(
    name="look",
    version=1,
    kind=Kind.PHOTO,
    dim=GRID * GRID * ORIENTATIONS + LAYOUT * LAYOUT * 3,
    metric=Metric.COSINE,
    index_dim=GRID * GRID * ORIENTATIONS + LAYOUT * LAYOUT * 3,
    title="Look",
)


def describe_look(lab: Floats) -> Floats:
    """float32 (dim,), L2 length 1, of a Lab picture float32 (h, w, 3)."""
    import cv2

    side = 128
    small = cv2.resize(lab, (side, side), interpolation=cv2.INTER_AREA)
    grey = small[:, :, 0]
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength = np.hypot(dx, dy)
    angle = (np.arctan2(dy, dx) % np.pi) / np.pi * ORIENTATIONS
    bins = np.minimum(angle.astype(np.int32), ORIENTATIONS - 1)
    cell = np.arange(side) * GRID // side
    place = (cell[:, None] * GRID + cell[None, :]) * ORIENTATIONS + bins
    histogram = np.bincount(place.ravel(), strength.ravel(), minlength=GRID * GRID * ORIENTATIONS)
    layout = cv2.resize(small, (LAYOUT, LAYOUT), interpolation=cv2.INTER_AREA) - np.array([50, 0, 0])
    return unit(np.concatenate([block(np.sqrt(histogram), 1.0), block(layout, 0.5)]))
