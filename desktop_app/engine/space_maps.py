"""Looking at a whole space: its items laid out in two dimensions, and how far two spaces agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.spaces import Metric, SpaceSpec

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader

MOST = 5000
"""Items of a map; of more, so many are taken evenly."""
PROBES, NEIGHBOURS = 300, 10
CANVAS, PICTURE = 2400, 64  # pixels


@dataclass(frozen=True, slots=True)
class SpaceMap:
    """``places`` (n, 2) in 0..1; ``explained`` is the share of the variance that the two axes hold."""

    ids: NDArray[np.int64]
    paths: tuple[Path, ...]
    hashes: tuple[str | None, ...]
    places: NDArray[np.float64]
    explained: float


def space_map(reader: "CatalogReader", spec: SpaceSpec) -> SpaceMap:
    """By the two principal axes of the vectors; each scaled by ranks halfway, so that crowds don't hide each other."""
    ids, vectors = _sampled(reader, spec, MOST)
    rows = {row.id: row for row in reader.rows([ItemId(int(item)) for item in ids])}
    kept = np.asarray([ItemId(int(item)) in rows for item in ids], bool)
    ids, vectors = ids[kept], vectors[kept]
    found = [rows[ItemId(int(item))] for item in ids]
    if len(ids) < 3:
        places, explained = np.full((len(ids), 2), 0.5), 0.0
    else:
        centred = vectors - vectors.mean(axis=0)
        values, axes = np.linalg.eigh(centred.T @ centred)
        places = np.asarray(centred @ axes[:, -2:][:, ::-1], np.float64)
        explained = float(values[-2:].sum() / max(float(values.sum()), 1e-12))
        spread = (places - places.min(axis=0)) / np.maximum(np.ptp(places, axis=0), 1e-12)
        ranks = np.argsort(np.argsort(places, axis=0), axis=0) / (len(places) - 1)
        places = 0.5 * spread + 0.5 * ranks
    return SpaceMap(ids, tuple(row.path for row in found), tuple(row.content_hash for row in found), places, explained)


def map_picture(laid: SpaceMap, thumbnails: Sequence[Path | None]) -> Any:
    """A PIL picture: thumbnails where they are to be had, dots elsewhere."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (CANVAS, CANVAS), "#1c1d20")
    draw = ImageDraw.Draw(canvas)
    room = CANVAS - 2 * PICTURE
    for (x, y), thumbnail in zip(laid.places, thumbnails, strict=True):
        left, top = round(PICTURE / 2 + x * room), round(PICTURE / 2 + (1 - y) * room)
        small = None
        if thumbnail is not None and thumbnail.is_file():
            try:
                with Image.open(thumbnail, formats=("JPEG",)) as picture:
                    picture.draft("RGB", (PICTURE, PICTURE))
                    small = picture.convert("RGB")
                    small.thumbnail((PICTURE, PICTURE))
            except OSError:
                small = None
        if small is None:
            draw.ellipse((left, top, left + 8, top + 8), fill="#7aa2f7")
        else:
            canvas.paste(small, (left, top))
    return canvas


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two spaces over ``items``: mean share of common neighbours among the nearest 10, and what chance gives."""

    first: str
    second: str
    items: int
    overlap: float
    by_chance: float


def agreement(reader: "CatalogReader", first: SpaceSpec, second: SpaceSpec, names: tuple[str, str]) -> Agreement:
    """Over a sample of the items that both describe."""
    common = np.intersect1d(
        reader.vector_items(first.name, first.version), reader.vector_items(second.name, second.version)
    )
    common = common[:: max(1, -(-len(common) // MOST))]
    if len(common) <= NEIGHBOURS + 1:
        return Agreement(*names, len(common), float("nan"), float("nan"))
    probes = np.linspace(0, len(common) - 1, min(PROBES, len(common))).astype(int)
    nearest = [_nearest(_as_floats(reader, spec, common), probes) for spec in (first, second)]
    shared = [len(np.intersect1d(a, b)) / NEIGHBOURS for a, b in zip(*nearest, strict=True)]
    return Agreement(*names, len(common), float(np.mean(shared)), NEIGHBOURS / (len(common) - 1))


def _nearest(vectors: NDArray[np.float32], probes: NDArray[Any]) -> NDArray[np.int64]:
    scores = vectors[probes] @ vectors.T
    scores[np.arange(len(probes)), probes] = -np.inf
    return np.argpartition(-scores, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


def _sampled(reader: "CatalogReader", spec: SpaceSpec, most: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    ids = reader.vector_items(spec.name, spec.version)
    ids = ids[:: max(1, -(-len(ids) // most))]
    return ids, _as_floats(reader, spec, ids)


def _as_floats(reader: "CatalogReader", spec: SpaceSpec, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n, dim) of L2 length 1; bits as −1 and 1."""
    _ids, found = reader.vectors_of_items(spec.name, spec.version, ids)
    if spec.metric is Metric.HAMMING:
        found = np.unpackbits(np.asarray(found, np.uint8), axis=1).astype(np.float32) * 2 - 1
    floats = np.asarray(found, np.float32)
    if not len(floats):
        return floats.reshape(0, max(spec.dim, 1))
    lengths = np.linalg.norm(floats, axis=1, keepdims=True)
    return (floats / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
