"""Whether two contents may be one photo or track, edited."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import Vector
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.descriptors.spaces import SPACES, percent

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

UNLIKE = 0.3
"""Below it in every space two things have nothing in common: 93 % of random pairs of photos are, but of photos and
their edits (cropped to a half, turned, without colour, far brighter or darker, mirrored, framed) next to none."""

ALIKE = 0.9
"""From it in one space two things are likely versions of one: near duplicates lie above 0.95."""

COMPARED = {
    kind: [spec for spec in SPACES.values() if spec.kind is kind and spec.metric is Metric.COSINE] for kind in Kind
}


def may_be_edits(catalog: "Catalog", pairs: Sequence[tuple[KnownItem, KnownItem]]) -> list[bool]:
    """Of each pair; True where one of the two is not described."""
    return [each is None or each >= UNLIKE for each in resemblances(catalog, pairs)]


def resemblances(catalog: "Catalog", pairs: Sequence[tuple[KnownItem, KnownItem]]) -> list[float | None]:
    """Of each pair, 0 to 1 in the space in which it is most alike; None where one of the two is not described."""
    best = [-1.0] * len(pairs)  # stays so where nothing can be compared
    for kind, specs in COMPARED.items():
        of_kind = [at for at, (one, other) in enumerate(pairs) if one.kind is kind and other.kind is kind]
        payloads = sorted({each.payload_hash for at in of_kind for each in pairs[at] if each.payload_hash})
        for spec in specs if payloads else ():
            held, matrix = catalog.vectors(spec.name, spec.version, payloads)
            row = {payload: number for number, payload in enumerate(held)}
            for at in of_kind:
                one, other = (row.get(each.payload_hash or "") for each in pairs[at])
                if one is not None and other is not None:
                    best[at] = max(best[at], likeness(spec, matrix[one], matrix[other]))
    return [each if each >= 0.0 else None for each in best]


def likeness(spec: SpaceSpec, one: Vector, other: Vector) -> float:
    """Of two vectors of one of the spaces ``COMPARED``, 0 to 1."""
    lengths = max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9)
    return float(percent(spec.name, np.asarray(one @ other / lengths)))
