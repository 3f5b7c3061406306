"""Inverted lists: as good as promised, exact under filters, made while the index changes, not trusted when damaged."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import IndexStore, SpaceIndex, ivf, ivf_building, merging, space_index
from desktop_app.engine.index.background import BackgroundTidying, BuildStoppedError
from desktop_app.errors import StorageFullError

DIM = 16
LOOK = SpaceSpec("look", 1, Kind.PHOTO, DIM, Metric.COSINE, DIM, "Look")
Vectors = NDArray[np.float32]


def clustered(count: int, seed: int = 1, *, clusters: int = 30, spread: float = 0.5) -> Vectors:
    """Clusters, (n, 16), of length 1; the same clusters whatever the seed."""
    centres = np.random.default_rng(0).standard_normal((clusters, DIM))
    random = np.random.default_rng(seed)
    made = centres[random.integers(0, clusters, count)] + spread * random.standard_normal((count, DIM))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def brute(vectors: Vectors, query: Vectors, k: int, allow: NDArray[np.int64]) -> NDArray[np.float32]:
    """The best scores among the allowed rows."""
    return np.sort(vectors[allow] @ query)[::-1][:k]


def lower(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists from 1,000 vectors on; nothing happens in the background unless a test wants it."""
    monkeypatch.setattr(merging, "COMPONENTS", 1000 * DIM)
    monkeypatch.setattr(merging, "IVF_ROWS", 1000)
    monkeypatch.setattr(space_index, "TAIL_ROWS", 256)
    monkeypatch.setattr(ivf_building, "CHUNK_ROWS", 300)
    monkeypatch.setattr(BackgroundTidying, "wake", lambda _self, _index: None)


@pytest.fixture(autouse=True)
def low_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every test."""
    lower(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[IndexStore]:
    made = IndexStore(tmp_path / "index")
    yield made
    made.close()


def tidied(index: SpaceIndex) -> SpaceIndex:
    while index.tidy():
        pass
    return index


def listed(store: IndexStore, vectors: Vectors) -> SpaceIndex:
    """An index of these vectors in one run of inverted lists."""
    index = store.open_space(LOOK)
    index.add(np.arange(len(vectors)), vectors)
    index.save(1)
    return tidied(index)


def test_finds_what_it_promises_with_a_few_lists(store: IndexStore) -> None:
    vectors, queries = clustered(20_000), clustered(50, seed=2)
    index = listed(store, vectors)
    health = index.health()
    assert health.kind == "IVF141, fp16"
    assert (health.count, health.segments, health.lists, health.recall_queries) == (20_000, 1, 141, 100)
    assert 1 <= health.probes < 60
    assert health.recall >= ivf_building.RECALL
    truth = np.argsort(-(queries @ vectors.T), axis=1)[:, :50]
    _, found = index.search(queries, 50)
    assert np.mean([len(set(a) & set(b)) / 50 for a, b in zip(found, truth, strict=True)]) >= 0.98


def test_scores_are_those_of_the_exact_scan(store: IndexStore) -> None:
    vectors = clustered(2000)
    index = listed(store, vectors)
    scores, ids = index.search(vectors[5:6], 10)
    np.testing.assert_allclose(scores[0], vectors[ids[0]] @ vectors[5], atol=2e-3)
    assert ids[0, 0] == 5


@given(share=st.sampled_from([0.0, 0.0005, 0.004, 0.04, 0.06, 0.3, 0.9]), k=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_filter_leaves_as_many_hits_as_there_are(
    listed_once: tuple[SpaceIndex, Vectors], share: float, k: int, seed: int
) -> None:
    index, vectors = listed_once
    random = np.random.default_rng(seed)
    allow = np.flatnonzero(random.random(len(vectors)) < share)
    query = clustered(1, seed + 1000)
    scores, ids = index.search(query, k, allow)
    found = ids[0][ids[0] >= 0]
    assert len(found) == min(k, len(allow))
    assert np.isin(found, allow).all()
    if share <= ivf.EXACT_SHARE:
        np.testing.assert_allclose(scores[0][: len(found)], brute(vectors, query[0], k, allow), atol=2e-3)


@pytest.fixture(scope="module")
def listed_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SpaceIndex, Vectors]]:
    """6,000 vectors, some added anew and some removed since, so that filters meet masks."""
    vectors, store = clustered(6000), IndexStore(tmp_path_factory.mktemp("listed"))
    with pytest.MonkeyPatch.context() as patched:
        lower(patched)
        index = listed(store, vectors)
        index.remove(np.arange(700))
        index.add(np.arange(700), vectors[:700])
        index.save(2)
    yield index, vectors
    store.close()


def test_as_much_is_found_under_a_filter(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivf, "ROWS_PER_RESULT", 4)
    vectors, queries = clustered(20_000, clusters=140, spread=0.3), clustered(50, 2, clusters=140, spread=0.3)
    index = listed(store, vectors)
    assert index.health().probes <= 2  # what is near is nearly in one list, unless a filter takes that away
    any_of_them = np.random.default_rng(3).permutation(len(vectors))
    other_scenes = np.argsort(vectors @ vectors[0])
    for filtered in (any_of_them[:10_000], any_of_them[:2000], any_of_them[:1200], other_scenes[:4000]):
        allow = np.sort(filtered)
        truth = allow[np.argsort(-(queries @ vectors[allow].T), axis=1)[:, :50]]
        _, found = index.search(queries, 50, allow)
        assert np.mean([len(set(a) & set(b)) / 50 for a, b in zip(found, truth, strict=True)]) >= 0.98


def test_a_filter_far_from_the_query_is_answered_too(store: IndexStore) -> None:
    vectors = clustered(6000)
    index = listed(store, vectors)
    allow = np.argsort(vectors @ vectors[0])[:1500]  # the quarter least like the query
    scores, ids = index.search(vectors[:1], 50, allow)
    assert np.isin(ids[0], allow).all()
    np.testing.assert_allclose(scores[0][0], brute(vectors, vectors[0], 1, allow)[0], atol=0.05)


def test_asking_for_everything_gives_everything(store: IndexStore) -> None:
    index = listed(store, clustered(1500))
    _, ids = index.search(clustered(1, seed=3), 1500)
    assert sorted(ids[0].tolist()) == list(range(1500))


def test_additions_and_removals_while_lists_are_made(store: IndexStore) -> None:
    vectors, other = clustered(3000), clustered(3000, seed=9)
    index = store.open_space(LOOK)
    index.add(np.arange(3000), vectors)
    steps = iter(range(1_000_000))

    def meddle() -> None:
        step = next(steps)
        if step == 1:
            index.remove(np.arange(100))
        if step == 2:
            index.add(np.arange(200, 300), other[200:300])
        if step == 3:
            index.save(4)
        if step == 4:
            index.add(np.arange(5000, 5010), other[:10])

    assert index.tidy(meddle)
    assert next(steps) > 4
    assert index.health().lists > 0
    assert index.ids().tolist() == [*range(100, 3000), *range(5000, 5010)]
    _, held = index.vectors(np.arange(200, 300))
    np.testing.assert_array_equal(held, other[200:300])
    index.save(5)
    store.close()
    opened = IndexStore(store.directory).open_space(LOOK)
    assert opened.damage is None
    np.testing.assert_array_equal(opened.vectors(np.arange(200, 300))[1], other[200:300])
    assert opened.search(vectors[50:51], 5, np.arange(100))[1].max() == -1


def test_clearing_while_lists_are_made(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    index.add(np.arange(2000), clustered(2000))
    assert index.tidy(index.clear)
    assert index.count == 0
    index.save(2)
    assert [path.name for path in index.folder.iterdir()] == ["manifest.json"]


def test_giving_up_leaves_everything_as_it_was(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    vectors = clustered(2000)
    index.add(np.arange(2000), vectors)
    index.save(1)
    steps = iter(range(1_000_000))

    def stop() -> None:
        if next(steps) == 25:  # while the file is written
            raise BuildStoppedError

    with pytest.raises(BuildStoppedError):
        index.tidy(stop)
    assert not index.health().building
    assert not list(index.folder.glob("*.tmp"))
    assert index.search(vectors[7:8], 1)[1][0, 0] == 7
    assert tidied(index).health().lists > 0


def test_no_room_for_the_lists_leaves_the_exact_scan(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    index = store.open_space(LOOK)
    index.add(np.arange(2000), clustered(2000))
    index.save(1)

    def full(_self: object, _path: Path, _check: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ivf_building.InvertedLists, "write", full)
    with pytest.raises(StorageFullError):
        index.tidy()
    assert index.count == 2000
    index.save(2)
    assert IndexStore(store.directory).open_space(LOOK).count == 2000


def test_later_lists_take_the_centroids_until_there_are_many_more(store: IndexStore) -> None:
    index = listed(store, clustered(2000))
    first = lists_of(index)[0]
    index.add(np.arange(2000, 4000), clustered(2000, seed=4))
    tidied(index)
    assert {segment.tuning.trained for segment in lists_of(index)} == {2000}
    assert np.array_equal(lists_of(index)[-1].centroids, first.centroids)
    index.add(np.arange(4000, 12_000), clustered(8000, seed=5))
    tidied(index)
    assert max(segment.tuning.trained for segment in lists_of(index)) > 6000
    assert index.count == 12_000


def test_rows_of_another_kind_get_centroids_of_their_own(store: IndexStore) -> None:
    index = listed(store, clustered(2000))
    random = np.random.default_rng(8)
    # Thirty other clusters within a narrow cone: one old list or two would get them all.
    centres = random.standard_normal(DIM) + 0.3 * random.standard_normal((30, DIM))
    other = centres[random.integers(0, 30, 2000)] + 0.05 * random.standard_normal((2000, DIM))
    other = (other / np.linalg.norm(other, axis=1, keepdims=True)).astype(np.float32)
    index.add(np.arange(2000, 4000), other)
    tidied(index)
    first, second = lists_of(index)
    assert not np.array_equal(first.centroids, second.centroids)
    assert np.bincount(second.lists_of(slice(None))).max() < 400
    assert second.tuning.probes <= 16


def lists_of(index: SpaceIndex) -> list[ivf.IvfSegment]:
    return [part.segment for part in index.parts if isinstance(part.segment, ivf.IvfSegment)]


def test_the_file_is_faiss_own(store: IndexStore) -> None:
    vectors = clustered(2000)
    index = listed(store, vectors)
    read = cast(Any, faiss).read_index(str(next(index.folder.glob("*.vectors"))))
    assert read.ntotal == 2000
    scores, rows = cast(Any, faiss).clone_index(read).search(vectors[:5], 1)
    assert rows[:, 0].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(scores[:, 0], 1.0, atol=2e-3)


@pytest.mark.parametrize("checked_at_open", [True, False])
@pytest.mark.parametrize("harm", ["flip", "cut", "foreign", "exact"])
def test_damaged_lists_are_never_used(
    store: IndexStore, monkeypatch: pytest.MonkeyPatch, harm: str, checked_at_open: bool
) -> None:
    from desktop_app.engine.index import segment_files
    from desktop_app.engine.index.files import DamagedIndexError

    index = listed(store, clustered(2000))
    store.close()
    path = next(index.folder.glob("*.vectors"))
    data = bytearray(path.read_bytes())
    if harm == "exact":
        exact = cast(Any, faiss).IndexScalarQuantizer(DIM, cast(Any, faiss).ScalarQuantizer.QT_fp16)
        exact.add(clustered(2000))
        cast(Any, faiss).write_index(exact, str(path))
    else:
        data[len(data) // 2] ^= 0x55
        path.write_bytes({"flip": bytes(data), "cut": bytes(data[: len(data) // 3]), "foreign": b"no index"}[harm])
    if not checked_at_open:
        monkeypatch.setattr(segment_files, "CHECK_AT_OPEN", 0)
    opened = IndexStore(store.directory).open_space(LOOK)
    if opened.damage is None:
        assert not checked_at_open
        with pytest.raises(DamagedIndexError):
            list(opened.verify())
        opened.clear()
    assert opened.count == 0
    opened.add(np.arange(5), clustered(5))
    opened.save(9)
    again = IndexStore(store.directory).open_space(LOOK)
    assert (again.count, again.sequence, again.damage) == (5, 9, None)


def test_a_map_that_points_nowhere_is_found_at_opening(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.engine.index import segment_files

    monkeypatch.setattr(segment_files, "CHECK_AT_OPEN", 0)
    index = listed(store, clustered(2000))
    place = int(lists_of(index)[0].places[1234])
    store.close()
    path = next(index.folder.glob("*.vectors"))
    data = path.read_bytes()
    path.write_bytes(data.replace(place.to_bytes(8, "little"), (place | 1 << 50).to_bytes(8, "little")))
    assert IndexStore(store.directory).open_space(LOOK).damage


def test_what_no_save_has_written_goes_to_files(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space_index, "MEMORY_ROWS", 600)
    monkeypatch.setattr(merging, "COMPONENTS", 10**9)
    index = store.open_space(LOOK)
    vectors = clustered(2000)
    for start in range(0, 2000, 50):
        index.add(np.arange(start, start + 50), vectors[start : start + 50])
    assert len(list(index.folder.glob("*.vectors"))) >= 2
    assert sum(part.count for part in index.parts if not part.number) < 900
    np.testing.assert_array_equal(index.vectors(np.arange(2000))[1], vectors)
    assert IndexStore(store.directory).open_space(LOOK).count == 0  # no manifest names them yet
    index.save(1)
    assert IndexStore(store.directory).open_space(LOOK).count == 2000


def test_changes_during_a_save_are_kept_and_saved_next(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.engine.index.folder import SegmentFolder

    index = store.open_space(LOOK)
    vectors = clustered(500)
    index.add(np.arange(400), vectors[:400])
    commit = SegmentFolder.commit

    def meanwhile(self: SegmentFolder, *given: Any) -> None:
        thread = threading.Thread(target=change)  # as another thread would: the lock of writers is free
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        commit(self, *given)

    def change() -> None:
        index.remove(np.arange(10))
        index.add(np.arange(400, 500), vectors[400:])

    with monkeypatch.context() as patched:
        patched.setattr(SegmentFolder, "commit", meanwhile)
        index.save(3)
    assert index.ids().tolist() == list(range(10, 500))
    assert IndexStore(store.directory).open_space(LOOK).count == 400
    index.save(3)
    assert IndexStore(store.directory).open_space(LOOK).ids().tolist() == list(range(10, 500))


class _Work:
    """Something to tidy, in so many steps."""

    def __init__(self, steps: int, error: Exception | None = None) -> None:
        self.left, self.error = steps, error
        self.done, self.stopped = threading.Event(), threading.Event()

    def read_ahead(self, check: Any) -> None:
        check()

    def tidy(self, check: Any) -> bool:
        if self.error:
            self.done.set()
            raise self.error
        self.left -= 1
        if self.left == 0:
            self.done.set()
        while self.left < 0:  # goes on until it is told to stop
            try:
                check()
            except BuildStoppedError:
                self.stopped.set()
                raise
        return True


def test_the_background_tidies_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    tidying = BackgroundTidying(pause=0.0)
    failing, working = _Work(1, StorageFullError("no room")), _Work(3)
    tidying.wake(failing)
    tidying.wake(working)
    assert failing.done.wait(30)
    assert working.done.wait(30)
    tidying.close()
    assert working.stopped.is_set()
    late = _Work(1)
    tidying.wake(late)
    assert not late.done.is_set()


def test_a_large_index_gets_its_lists_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(merging, "COMPONENTS", 1000 * DIM)
    monkeypatch.setattr(merging, "IVF_ROWS", 1000)
    tidying = BackgroundTidying(pause=0.0)
    store = IndexStore(tmp_path, tidying=tidying)
    index = store.open_space(LOOK)
    index.add(np.arange(2000), clustered(2000))
    index.save(1)
    assert tidying.settle(120)
    assert index.health().lists > 0
    store.close()
    opened = IndexStore(tmp_path).open_space(LOOK)
    assert (opened.sequence, opened.health().lists, opened.count) == (1, 45, 2000)
