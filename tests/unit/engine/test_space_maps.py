"""Maps of spaces and how far spaces agree, over vectors that are known."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.space_maps import CANVAS, SpaceMap, agreement, map_picture, space_map


class Vectors:
    """A catalogue's reader of which only vectors and rows are asked."""

    def __init__(self, **spaces: NDArray[Any]) -> None:
        self._spaces = spaces

    def vector_items(self, space: str, _version: int) -> NDArray[np.int64]:
        return np.arange(1, len(self._spaces[space]) + 1)

    def vectors_of_items(self, space: str, _version: int, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        return ids, self._spaces[space][ids - 1]

    def rows(self, ids: list[int]) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=item, path=Path(f"/{item}.jpg"), content_hash=None) for item in ids if item != 2]


def spec(name: str, dim: int, metric: Metric = Metric.COSINE) -> SpaceSpec:
    return SpaceSpec(name, 1, Kind.PHOTO, dim, metric, dim, name.title())


def laid_out(vectors: NDArray[Any], metric: Metric = Metric.COSINE) -> SpaceMap:
    dim = vectors.shape[1] * (8 if metric is Metric.HAMMING else 1)
    return space_map(cast("Any", Vectors(look=vectors)), spec("look", dim, metric))


def test_two_groups_lie_apart_and_items_that_are_gone_are_left_out() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(0, 0.05, (40, 16)).astype(np.float32)
    vectors[:20, 0] += 1
    vectors[20:, 1] += 1
    laid = laid_out(vectors)
    assert len(laid.ids) == len(laid.paths) == 39 and 2 not in laid.ids
    assert laid.places.min() >= 0 and laid.places.max() <= 1 and laid.explained > 0.5
    first, second = laid.places[laid.ids <= 20, 0], laid.places[laid.ids > 20, 0]
    assert first.max() < second.min() or second.max() < first.min()


def test_few_items_and_bits_have_a_map_too() -> None:
    few = laid_out(np.eye(3, 4, dtype=np.float32)[:2])
    assert few.places.tolist() == [[0.5, 0.5]] and few.explained == 0
    bits = laid_out(np.random.default_rng(1).integers(0, 256, (12, 8), np.uint8), Metric.HAMMING)
    assert len(bits.ids) == 11 and np.isfinite(bits.places).all()
    drawn = map_picture(bits, [None] * 11)
    assert drawn.size == (CANVAS, CANVAS) and len(drawn.getcolors()) == 2


def test_a_space_agrees_with_itself_and_not_with_chance() -> None:
    rng = np.random.default_rng(2)
    one, other = (rng.normal(size=(400, 24)).astype(np.float32) for _ in range(2))
    reader = cast("Any", Vectors(look=one, same=one * 3, meaning=other))
    same = agreement(reader, spec("look", 24), spec("same", 24), ("look", "same"))
    assert same.overlap == pytest.approx(1, abs=0.01) and same.items == 400
    apart = agreement(reader, spec("look", 24), spec("meaning", 24), ("look", "meaning"))
    assert apart.overlap == pytest.approx(apart.by_chance, abs=0.02)
    few = agreement(cast("Any", Vectors(look=one[:9], same=one[:9])), spec("look", 24), spec("same", 24), ("a", "b"))
    assert few.items == 9 and np.isnan(few.overlap)
