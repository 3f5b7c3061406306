"""The built-in spaces, how their raw scores read to people, and what the index holds of them."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.descriptors import colour, fingerprint, look, phash, sound
from desktop_app.engine.descriptors.calibration import calibrated, default_weights
from desktop_app.engine.descriptors.vectors import Floats

SPACES: Mapping[str, SpaceSpec] = MappingProxyType(
    {spec.name: spec for spec in (colour.SPEC, look.SPEC, phash.SPEC, sound.SPEC, fingerprint.SPEC)}
)

# What the default ``similar`` joins: shares of the calibrated score, measured together with the scale.
DEFAULT_WEIGHTS: Mapping[Kind, Mapping[str, float]] = MappingProxyType(
    {Kind(kind): MappingProxyType(shares) for kind, shares in default_weights().items()}
)


def percent(space: str, score: NDArray[np.floating]) -> NDArray[np.float32]:
    """Raw scores (cosine, or 1 − differing bits / bits) of any shape → similarity 0..1, float32, monotone.

    Identical is 1, near duplicates lie above 0.95, random pairs mostly below 0.30.
    """
    return calibrated(space, score)


def project(space: str, vectors: Floats) -> Floats:
    """What the index holds: (n, dim) → (n, index_dim), rows of L2 length 1; the vectors themselves where equal."""
    if space == colour.SPEC.name:
        return colour.project_colour(vectors)
    return vectors
