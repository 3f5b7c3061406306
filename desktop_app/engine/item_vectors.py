"""The vectors of one item, for those who look closely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.items import ItemDetail
from desktop_app.domain.spaces import Metric, SpaceSpec

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader


@dataclass(frozen=True, slots=True)
class ItemVector:
    """``values`` (dim,) float32 or uint8; ``norm`` is the L2 norm, None for bits."""

    dim: int
    version: int
    norm: float | None
    values: NDArray[Any]


def vectors_of(reader: "CatalogReader", detail: ItemDetail, spaces: Mapping[str, SpaceSpec]) -> dict[str, ItemVector]:
    """By space, in the order of the spaces."""
    found: dict[str, ItemVector] = {}
    for spec in spaces.values():
        if spec.kind is not detail.row.kind or detail.payload_hash is None:
            continue
        values: NDArray[Any] | None = None
        if spec.dim == 0:
            stored = reader.varying_vectors(spec.name, spec.version, [detail.payload_hash]).get(detail.payload_hash)
            values = None if stored is None else np.asarray(stored)
        else:
            ids, matrix = reader.vectors_of_items(spec.name, spec.version, np.asarray([detail.row.id], np.int64))
            values = matrix[0] if len(ids) else None
        if values is not None:
            norm = None if spec.metric is not Metric.COSINE else round(float(np.linalg.norm(values)), 4)
            found[spec.name] = ItemVector(values.size, spec.version, norm, values)
    return found
