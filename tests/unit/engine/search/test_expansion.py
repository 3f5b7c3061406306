"""Query expansion: what the nearest of a photo have in common is found with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.catalogue_double import FUSION, SPECS, CatalogueDouble, project
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.index import IndexStore
from desktop_app.engine.search.candidates import SpaceQuery
from desktop_app.engine.search.expansion import NEIGHBOURS, SAME, expansion_of, with_neighbours
from desktop_app.engine.search.fusion import Fusion, unit_rows
from desktop_app.engine.search.similar import SimilarSearch

LOOK = replace(SPECS["look"], dim=64, index_dim=64)
FUSED = Fusion({"look": LOOK}, {Kind.PHOTO: {"look": 1.0}}, FUSION.percent)
NOBODY = np.zeros(0, np.int64)


def unit(vector: NDArray[Any]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CatalogueDouble]:
    """Ten photos (1..10) that share a theme beside much of their own, and fifty of none."""
    store = IndexStore(tmp_path, project)
    made = CatalogueDouble(store)
    chance = np.random.default_rng(4)
    theme = unit(chance.normal(size=LOOK.dim))
    for item in range(1, 61):
        own = unit(chance.normal(size=LOOK.dim))
        add(made, item, unit(own + 0.6 * theme) if item <= 10 else own)
    yield made
    store.close()


def add(library: CatalogueDouble, item: int, vector: NDArray[Any]) -> None:
    library.add(item, Kind.PHOTO, {})
    library.vectors[item] = {"look": vector}
    library.store.open_space(LOOK).add(np.array([item]), vector[None])


def asked(library: CatalogueDouble, *items: int) -> SpaceQuery:
    return SpaceQuery(LOOK, 1.0, np.stack([library.vectors[item]["look"] for item in items]))


def test_the_theme_is_found_better_than_by_the_photo_alone(library: CatalogueDouble) -> None:
    (query,) = with_neighbours(library.store, [asked(library, 1)], np.array([1]))
    assert query.expansion is not None
    others = np.arange(2, 61)
    vectors = np.stack([library.vectors[int(item)]["look"] for item in others])
    plain, expanded = (vectors @ query.vectors[0]), query.expansion.raw_scores(vectors)[0]
    alike = others <= 10
    gap = plain[alike].mean() - plain[~alike].mean()
    assert expanded[alike].mean() - expanded[~alike].mean() > gap + 0.05


def test_a_neighbour_does_not_speak_for_itself(library: CatalogueDouble) -> None:
    """What lies alone stays far, though its nearest are taken in."""
    (query,) = with_neighbours(library.store, [asked(library, 40)], np.array([40]))
    assert query.expansion is not None
    vectors = query.expansion.neighbours[0]
    assert len(vectors) == NEIGHBOURS
    by_itself = unit_rows(query.vectors + (vectors * (vectors @ query.vectors[0])[:, None]).sum(axis=0)) @ vectors.T
    assert (query.expansion.raw_scores(vectors)[0] < by_itself[0] - 0.02).all()


def test_copies_are_no_neighbours(library: CatalogueDouble) -> None:
    for item in range(70, 75):
        add(library, item, unit(library.vectors[1]["look"] + 0.0003 * item))
    (query,) = with_neighbours(library.store, [asked(library, 1)], np.array([1]))
    assert query.expansion is not None
    assert (query.expansion.neighbours[0] @ query.vectors[0] < SAME).all()


def test_copies_among_the_others_change_no_score(library: CatalogueDouble) -> None:
    """Neither do they speak for one another, nor does one of them outvote the photo together with its copy."""
    found = SimilarSearch(lambda: library, library.store, None, FUSED)  # type: ignore[arg-type]

    def scores() -> dict[int, float]:
        return {int(hit.id): hit.score for hit in found.run(SimilarRequest(items=(ItemId(40),), k=60)).hits}

    before = scores()
    nearest = max(before, key=lambda item: before[item])
    add(library, 90, library.vectors[nearest]["look"])
    after = scores()
    assert after.pop(90) == pytest.approx(before[nearest], abs=1e-4)
    assert after == pytest.approx(before, abs=1e-4)


def test_the_default_search_finds_more_of_the_theme(library: CatalogueDouble) -> None:
    found = SimilarSearch(lambda: library, library.store, None, FUSED)  # type: ignore[arg-type]

    def right(space: str | None) -> int:
        replies = [found.run(SimilarRequest(items=(ItemId(item),), k=9, space=space)) for item in range(1, 11)]
        return sum(int(hit.id) <= 10 for reply in replies for hit in reply.hits)

    assert right(None) > right("look") + 3


def test_nothing_to_expand_with(tmp_path: Path) -> None:
    store = IndexStore(tmp_path, project)
    library = CatalogueDouble(store)
    alone = SpaceQuery(LOOK, 1.0, np.ones((1, LOOK.dim), np.float32) / np.sqrt(np.float32(LOOK.dim)))
    assert with_neighbours(store, [alone], NOBODY)[0].expansion is None
    add(library, 1, alone.vectors[0])
    assert with_neighbours(store, [alone], np.array([1]))[0].expansion is None
    store.close()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 40))
def test_scores_are_cosines(seed: int, queries: int, items: int) -> None:
    chance = np.random.default_rng(seed)
    q = unit_rows(chance.normal(size=(queries, 8)).astype(np.float32))
    v = unit_rows(chance.normal(size=(items, 8)).astype(np.float32))
    v[chance.random(items) < 0.1] = 0.0
    chosen = chance.integers(0, items, (queries, NEIGHBOURS))
    cosines = np.einsum("qd,qmd->qm", q, v[chosen])
    expansion = expansion_of(q, v[chosen], cosines)
    found = expansion.raw_scores(v)
    assert found.shape == (queries, items)
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 1 + 1e-5).all()
