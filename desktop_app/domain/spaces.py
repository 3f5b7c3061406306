"""Spaces: what a vector is measured in. Vectors of two spaces are never compared."""

from dataclasses import dataclass
from enum import StrEnum

from desktop_app.domain.kinds import Kind

DESCRIBED = "spaces that every item was described in"
"""The catalogue's key for the versions of the spaces; another value there asks for a look at what is lacking."""


class Metric(StrEnum):
    """How two vectors of a space are compared."""

    COSINE = "cosine"  # vectors are L2-normalised float32; inner product
    HAMMING = "hamming"  # packed bits, uint8
    NONE = "none"  # kept, but not searched by nearest neighbour


@dataclass(frozen=True, slots=True)
class SpaceSpec:
    """One descriptor or model, with everything that makes its vectors comparable.

    ``dim`` counts floats, or bytes for packed bits; 0 for a vector of varying length. ``index_dim`` is the
    dimension of the projection that the index holds (equal to ``dim`` where there is none).
    """

    name: str
    version: int
    kind: Kind
    dim: int
    metric: Metric
    index_dim: int
    title: str  # for people: "Look", "Colours", "Sound"
