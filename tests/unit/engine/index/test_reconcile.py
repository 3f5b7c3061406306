"""After reconciling, the index holds exactly what the catalogue holds."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import IndexStore, space_index
from desktop_app.engine.index import reconcile as reconciling
from desktop_app.engine.index.reconcile import ReconcileStep, reconcile
from desktop_app.engine.index.space_index import SpaceIndex

LOOK = SpaceSpec("look", 1, Kind.PHOTO, 6, Metric.COSINE, 6, "Look")
BITS = SpaceSpec("phash", 1, Kind.PHOTO, 4, Metric.HAMMING, 4, "Perceptual hash")


class Vectors:
    """A catalogue's vectors of one space."""

    def __init__(self, vectors: dict[int, NDArray[Any]], sequence: int = 5) -> None:
        self.held = vectors
        self.sequence = sequence

    def vector_items(self, space: str, version: int) -> NDArray[np.int64]:
        return np.asarray(sorted(self.held), np.int64)

    def vectors_of_items(
        self, space: str, version: int, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        found = [item for item in ids.tolist() if item in self.held]
        if not found:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
        return np.asarray(found, np.int64), np.stack([self.held[item] for item in found])


def vector_of(spec: SpaceSpec, seed: int) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    if spec.metric is Metric.HAMMING:
        return random.integers(0, 256, spec.dim, dtype=np.uint8)
    vector = random.standard_normal(spec.dim)
    return (vector / np.linalg.norm(vector)).astype(np.float16).astype(np.float32)


def run(index: SpaceIndex, reader: Vectors) -> ReconcileStep:
    steps = list(reconcile(index, reader, index.spec))
    assert steps[-1].done == steps[-1].total
    return steps[-1]


def assert_same(index: SpaceIndex, reader: Vectors) -> None:
    ids, vectors = index.vectors(index.ids())
    assert ids.tolist() == sorted(reader.held)
    for item, vector in zip(ids.tolist(), vectors, strict=True):
        np.testing.assert_allclose(vector, reader.held[item], atol=1e-3)


@pytest.mark.parametrize("spec", [LOOK, BITS])
@given(
    before=st.dictionaries(st.integers(0, 30), st.integers(0, 5), max_size=20),
    after=st.dictionaries(st.integers(0, 30), st.integers(0, 5), max_size=20),
    saved=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_ends_equal_whatever_was_before(
    tmp_path_factory: pytest.TempPathFactory,
    spec: SpaceSpec,
    before: dict[int, int],
    after: dict[int, int],
    saved: bool,
) -> None:
    store = IndexStore(tmp_path_factory.mktemp("index"))
    index = store.open_space(spec)
    if before:
        index.add(np.asarray(list(before)), np.stack([vector_of(spec, seed) for seed in before.values()]))
    if saved:
        index.save(3)
    reader = Vectors({item: vector_of(spec, seed) for item, seed in after.items()})
    last = run(index, reader)
    assert_same(index, reader)
    assert last.added == len(set(after) - set(before))
    assert last.removed == len(set(before) - set(after))
    assert last.replaced == sum(1 for item, seed in after.items() if before.get(item, seed) != seed)
    store.close()


class Change(NamedTuple):
    """What the program does between two steps; ``seed`` None removes the item."""

    item: int
    seed: int | None
    tidies: bool = False


changes = st.builds(Change, st.integers(0, 15), st.none() | st.integers(0, 5), st.booleans())


@pytest.mark.parametrize("spec", [LOOK, BITS])
@given(
    before=st.dictionaries(st.integers(0, 15), st.integers(0, 5)),
    after=st.dictionaries(st.integers(0, 15), st.integers(0, 5), min_size=4),
    meanwhile=st.lists(st.lists(changes, max_size=3), max_size=12),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_meanwhile_stands(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    spec: SpaceSpec,
    before: dict[int, int],
    after: dict[int, int],
    meanwhile: list[list[Change]],
) -> None:
    monkeypatch.setattr(reconciling, "CHUNK_ITEMS", 2)
    monkeypatch.setattr(space_index, "TAIL_ROWS", 4)
    store = IndexStore(tmp_path_factory.mktemp("index"))
    index = store.open_space(spec)
    if before:
        index.add(np.asarray(list(before)), np.stack([vector_of(spec, seed) for seed in before.values()]))
    reader = Vectors({item: vector_of(spec, seed) for item, seed in after.items()})
    written: set[int] = set()
    for at, _step in enumerate(reconcile(index, reader, spec)):
        for change in meanwhile[at] if at < len(meanwhile) else []:
            written.add(change.item)
            if change.seed is None:
                reader.held.pop(change.item, None)
                index.remove(np.asarray([change.item]))
            else:
                reader.held[change.item] = vector_of(spec, change.seed)
                index.add(np.asarray([change.item]), reader.held[change.item][None])
            if change.tidies:
                index.save(-1)
                index.tidy()
        assert set(index.ids().tolist()) <= set(reader.held)  # nothing comes back, not even for a moment
        ids, vectors = index.vectors(np.asarray(sorted(written), np.int64))
        assert ids.tolist() == sorted(written & set(reader.held))
        for item, vector in zip(ids.tolist(), vectors, strict=True):
            np.testing.assert_allclose(vector, reader.held[item], atol=1e-3)
    assert_same(index, reader)
    store.close()


def test_what_was_saved_at_this_very_moment_is_not_compared(tmp_path: Path) -> None:
    index = IndexStore(tmp_path).open_space(LOOK)
    reader = Vectors({item: vector_of(LOOK, item) for item in range(20)})
    assert run(index, reader).added == 20
    index.save(reader.sequence)
    step = run(index, reader)
    assert (step.total, step.added, step.removed, step.rebuilt) == (0, 0, 0, False)


@pytest.mark.parametrize("checked_at_open", [True, False])
def test_a_damaged_index_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checked_at_open: bool) -> None:
    from desktop_app.engine.index import segment_files

    if not checked_at_open:
        monkeypatch.setattr(segment_files, "CHECK_AT_OPEN", 0)
    store = IndexStore(tmp_path)
    index = store.open_space(LOOK)
    reader = Vectors({item: vector_of(LOOK, item) for item in range(20)})
    run(index, reader)
    index.save(reader.sequence)
    store.close()
    path = next(index.folder.glob("*.vectors"))
    data = bytearray(path.read_bytes())
    data[-5] ^= 0x77
    path.write_bytes(bytes(data))
    opened = IndexStore(tmp_path).open_space(LOOK)
    step = run(opened, reader)
    assert step.rebuilt
    assert step.added == 20
    assert_same(opened, reader)
    opened.save(reader.sequence)
    assert not run(IndexStore(tmp_path).open_space(LOOK), reader).rebuilt


def test_an_item_that_goes_meanwhile_is_left_out(tmp_path: Path) -> None:
    class Shrinking(Vectors):
        def vectors_of_items(
            self, space: str, version: int, ids: NDArray[np.int64]
        ) -> tuple[NDArray[np.int64], NDArray[Any]]:
            return super().vectors_of_items(space, version, ids[ids != 3])

    index = IndexStore(tmp_path).open_space(LOOK)
    reader = Shrinking({item: vector_of(LOOK, item) for item in range(6)})
    index.add(np.asarray([3]), vector_of(LOOK, 9)[None])
    run(index, reader)
    assert index.ids().tolist() == [0, 1, 2, 4, 5]
