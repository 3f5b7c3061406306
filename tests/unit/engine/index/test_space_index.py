"""The index of one space answers exactly what a naive scan answers, through every change and restart."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import IndexStore, SpaceIndex, ivf, merging, segments, snapshot, space_index
from desktop_app.engine.index.files import DamagedIndexError
from desktop_app.errors import KnownError, StorageFullError

LOOK = SpaceSpec("look", 1, Kind.PHOTO, 8, Metric.COSINE, 8, "Look")
BITS = SpaceSpec("phash", 1, Kind.PHOTO, 8, Metric.HAMMING, 8, "Perceptual hash")
PROJECTED = SpaceSpec("colour", 1, Kind.PHOTO, 12, Metric.COSINE, 4, "Colours")


def half_of(_space: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """A projection: the first four components."""
    return np.ascontiguousarray(vectors[:, :4])


def vectors_of(spec: SpaceSpec, seed: int, count: int) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    if spec.metric is Metric.HAMMING:
        return random.integers(0, 256, (count, spec.dim), dtype=np.uint8)
    matrix = random.standard_normal((count, spec.dim)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def naive_scores(spec: SpaceSpec, query: NDArray[Any], vector: NDArray[Any]) -> float:
    if spec.metric is Metric.HAMMING:
        return 1.0 - int(np.bitwise_count(query ^ vector).sum()) / (spec.dim * 8)
    return float(query.astype(np.float64) @ vector.astype(np.float16).astype(np.float64))


def assert_answers(
    index: SpaceIndex,
    model: dict[int, NDArray[Any]],
    query: NDArray[Any],
    k: int,
    allow: NDArray[np.int64] | None = None,
    exclude: NDArray[np.int64] | None = None,
) -> None:
    """The index's answer is the model's: same scores, each id with its own score, nothing twice."""
    wanted = {
        item: naive_scores(index.spec, query, vector)
        for item, vector in model.items()
        if (allow is None or item in allow) and (exclude is None or item not in exclude)
    }
    expected = sorted(wanted.values(), reverse=True)[:k]
    scores, ids = index.search(query[None], k, allow, exclude)
    assert scores.shape == ids.shape == (1, k)
    found = ids[0][ids[0] >= 0].tolist()
    assert len(found) == len(set(found)) == len(expected)
    np.testing.assert_allclose(scores[0][: len(found)], expected, atol=2e-3)
    np.testing.assert_allclose(scores[0][: len(found)], [wanted[item] for item in found], atol=2e-3)
    assert np.isneginf(scores[0][len(found) :]).all()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[IndexStore]:
    made = IndexStore(tmp_path / "index", half_of)
    yield made
    made.close()


class IndexMachine(RuleBasedStateMachine):
    """Adds, removes, saves and reopens at will; compares with a dict."""

    @initialize(spec=st.sampled_from([LOOK, BITS]), count=st.integers(0, 60), tidied=st.booleans())
    def start(self, spec: SpaceSpec, count: int, tidied: bool) -> None:
        self.folder = Path(mkdtemp())
        self.spec = spec
        self.store = IndexStore(self.folder)
        self.index = self.store.open_space(spec)
        self.model: dict[int, NDArray[Any]] = {}
        self.saved: dict[int, NDArray[Any]] = {}
        self.sequence = 0
        self.add(list(range(count)), count)
        if tidied:
            self.save()
            self.tidy()

    @rule(ids=st.lists(st.integers(0, 60), max_size=40), seed=st.integers(0, 1000))
    def add(self, ids: list[int], seed: int) -> None:
        vectors = vectors_of(self.spec, seed, len(ids))
        self.index.add(np.asarray(ids, np.int64), vectors)
        self.model.update(zip(ids, vectors, strict=True))

    @rule(first=st.integers(0, 60), count=st.integers(9, 40), seed=st.integers(0, 1000))
    def add_many(self, first: int, count: int, seed: int) -> None:
        self.add(list(range(first, first + count)), seed)

    @rule(ids=st.lists(st.integers(0, 60), max_size=20))
    def remove(self, ids: list[int]) -> None:
        there = len(set(ids) & set(self.model))
        assert self.index.remove(np.asarray(ids, np.int64)) == there
        for item in ids:
            self.model.pop(item, None)

    @rule()
    def tidy(self) -> None:
        while self.index.tidy():
            pass

    @rule()
    def save(self) -> None:
        self.sequence += 1
        self.index.save(self.sequence)
        self.saved = dict(self.model)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = IndexStore(self.folder)
        self.index = self.store.open_space(self.spec)
        assert self.index.damage is None
        self.model = dict(self.saved)

    @precondition(lambda self: self.model)
    @rule(
        seed=st.integers(0, 1000),
        k=st.integers(1, 70),
        allow=st.none() | st.lists(st.integers(-1, 70), max_size=50),
        exclude=st.lists(st.integers(0, 60), max_size=5),
    )
    def search(self, seed: int, k: int, allow: list[int] | None, exclude: list[int]) -> None:
        allowed = None if allow is None else np.asarray(allow, np.int64)
        query = vectors_of(self.spec, seed, 1)[0]
        assert_answers(self.index, self.model, query, k, allowed, np.asarray(exclude, np.int64))

    @invariant()
    def holds_the_model(self) -> None:
        if hasattr(self, "index"):
            assert self.index.count == len(self.model)
            assert self.index.ids().tolist() == sorted(self.model)
            query = vectors_of(self.spec, len(self.model), 1)[0]
            assert_answers(self.index, self.model, query, 5, None, np.zeros(0, np.int64))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few dozen vectors go through tails, segments, masks and merges."""
    monkeypatch.setattr(space_index, "TAIL_ROWS", 8)
    monkeypatch.setattr(merging, "CHUNK_ROWS", 7)
    monkeypatch.setattr(snapshot, "SPARE_ROWS", 3)
    monkeypatch.setattr(snapshot, "DIRECT_ROWS", 6)
    monkeypatch.setattr(space_index, "MEMORY_ROWS", 24)
    for kind in (segments.HalfSegment, segments.BitSegment, ivf.IvfSegment):
        monkeypatch.setattr(kind, "direct_rows", 4)


IndexMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("listed", [False, True])
def test_equals_a_naive_model(small_steps: None, listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    if listed:  # inverted lists from a few rows on, of which every search looks at all
        monkeypatch.setattr(merging, "COMPONENTS", 8 * 12)
        monkeypatch.setattr(merging, "IVF_ROWS", 4)
        monkeypatch.setattr(merging, "FEW", 3)
        monkeypatch.setattr(ivf, "ROWS_PER_RESULT", 1000)
    run_state_machine_as_test(IndexMachine, settings=IndexMachine.TestCase.settings)


def test_several_queries_at_once(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    vectors = vectors_of(LOOK, 1, 50)
    index.add(np.arange(50), vectors)
    index.save(1)
    scores, ids = index.search(vectors[:3], 1)
    assert ids[:, 0].tolist() == [0, 1, 2]
    np.testing.assert_allclose(scores[:, 0], 1.0, atol=2e-3)


def test_equal_scores_come_by_id(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    same = np.repeat(vectors_of(LOOK, 1, 1), 6, axis=0)
    index.add(np.asarray([5, 3, 9, 1, 7, 2]), same)
    assert index.search(same[:1], 6)[1][0].tolist() == [1, 2, 3, 5, 7, 9]


def test_projects_full_vectors_and_takes_projected_ones(store: IndexStore) -> None:
    index = store.open_space(PROJECTED)
    vectors = vectors_of(PROJECTED, 3, 10)
    index.add(np.arange(10), vectors)
    assert index.vectors(np.arange(10))[1].shape == (10, 4)
    index.add(np.arange(10, 12), vectors[:2, :4])
    assert index.search(vectors[:1], 2)[1].shape == (1, 2)
    with pytest.raises(ValueError, match="dimensions"):
        index.add(np.asarray([1]), np.zeros((1, 5), np.float32))


def test_of_a_repeated_id_the_last_vector_stands(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    vectors = vectors_of(LOOK, 1, 3)
    index.add(np.asarray([4, 4, 4]), vectors)
    assert index.count == 1
    np.testing.assert_allclose(index.vectors(np.asarray([4]))[1][0], vectors[2], atol=1e-3)


def test_a_vector_that_is_no_number_becomes_nobodys_neighbour(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    bad = np.full((1, 8), np.nan, np.float32)
    index.add(np.asarray([1]), bad)
    index.add(np.asarray([2]), np.full((1, 8), np.inf, np.float32))
    scores, _ = index.search(vectors_of(LOOK, 2, 1), 2)
    assert scores[0].tolist() == [0.0, 0.0]


def test_refuses_what_is_not_one_vector_per_id(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    with pytest.raises(ValueError, match="one vector per id"):
        index.add(np.asarray([1, 2]), vectors_of(LOOK, 1, 1))
    with pytest.raises(ValueError, match="one vector per id"):
        index.add(np.asarray([-3]), vectors_of(LOOK, 1, 1))
    index.add(np.asarray([], np.int64), np.zeros((0, 0), np.float32))
    assert index.count == 0


def test_a_space_that_is_not_searched_has_no_index(store: IndexStore) -> None:
    with pytest.raises(ValueError, match="not searched"):
        store.open_space(SpaceSpec("fingerprint", 1, Kind.TRACK, 0, Metric.NONE, 0, "Fingerprint"))


def test_save_writes_only_what_is_new_and_sweeps_old_generations(tmp_path: Path) -> None:
    store = IndexStore(tmp_path)
    index = store.open_space(LOOK)
    index.add(np.arange(400), vectors_of(LOOK, 1, 400))
    index.save(1)
    first = {path.name for path in index.folder.iterdir()}
    index.add(np.arange(400, 404), vectors_of(LOOK, 2, 4))
    index.remove(np.asarray([7]))
    index.save(2)
    second = {path.name for path in index.folder.iterdir()}
    assert first - {"manifest.json"} < second
    assert any(name.endswith(".dead") for name in second)
    index.save(2)
    assert {path.name for path in index.folder.iterdir()} == second
    index.remove(np.arange(300))
    index.save(3)
    third = {path.name for path in index.folder.iterdir()}
    assert not any(name.endswith(".dead") for name in third)
    index.remove(index.ids())
    index.save(4)
    assert [path.name for path in index.folder.iterdir()] == ["manifest.json"]
    store.close()
    assert IndexStore(tmp_path).open_space(LOOK).count == 0


def test_describes_itself(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    index.add(np.arange(20), vectors_of(LOOK, 1, 20))
    index.save(1)
    assert index.describe() == ("exact fp16", 20, 320)
    bits = store.open_space(BITS)
    bits.add(np.arange(20), vectors_of(BITS, 1, 20))
    bits.save(1)
    assert bits.describe() == ("exact bits", 20, 160)


@pytest.mark.parametrize("spec", [LOOK, BITS])
@pytest.mark.parametrize("suffix", [".vectors", ".ids", ".dead", ".json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "foreign"])
def test_damaged_files_are_never_used(tmp_path: Path, spec: SpaceSpec, suffix: str, harm: str) -> None:
    store = IndexStore(tmp_path)
    index = store.open_space(spec)
    index.add(np.arange(60), vectors_of(spec, 1, 60))
    index.save(1)
    index.remove(np.asarray([3]))
    index.save(2)
    store.close()
    path = next(path for path in index.folder.iterdir() if path.suffix == suffix)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"flip": bytes(data), "cut": bytes(data[: len(data) // 3]), "foreign": b"no index"}[harm])
    opened = IndexStore(tmp_path).open_space(spec)
    assert opened.count == 0
    assert opened.sequence == -1
    if not (harm == "gone" and suffix == ".json"):
        assert opened.damage
    opened.add(np.arange(5), vectors_of(spec, 1, 5))
    opened.save(9)
    again = IndexStore(tmp_path).open_space(spec)
    assert (again.count, again.sequence, again.damage) == (5, 9, None)


def test_files_of_another_space_or_version_are_not_used(tmp_path: Path) -> None:
    store = IndexStore(tmp_path)
    index = store.open_space(LOOK)
    index.add(np.arange(6), vectors_of(LOOK, 1, 6))
    index.save(1)
    store.close()
    other = SpaceSpec("look", 2, Kind.PHOTO, 8, Metric.COSINE, 8, "Look")
    shutil.copytree(store.folder_of(LOOK), store.folder_of(other))
    opened = IndexStore(tmp_path).open_space(other)
    assert opened.count == 0
    assert opened.damage


def test_a_large_file_is_checked_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.engine.index import segment_files

    monkeypatch.setattr(segment_files, "CHECK_AT_OPEN", 10)
    store = IndexStore(tmp_path)
    index = store.open_space(LOOK)
    index.add(np.arange(60), vectors_of(LOOK, 1, 60))
    index.save(1)
    assert len(list(index.verify())) > 0
    store.close()
    path = next(index.folder.glob("*.vectors"))
    data = bytearray(path.read_bytes())
    data[-9] ^= 0x55
    path.write_bytes(bytes(data))
    opened = IndexStore(tmp_path).open_space(LOOK)
    with pytest.raises(DamagedIndexError):
        list(opened.verify())
    path.unlink()
    with pytest.raises(DamagedIndexError):
        list(opened.verify())


def test_a_save_that_fails_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IndexStore(tmp_path)
    index = store.open_space(LOOK)
    index.add(np.arange(60), vectors_of(LOOK, 1, 60))
    index.save(1)
    index.add(np.arange(60, 70), vectors_of(LOOK, 2, 10))

    def no_room(_self: object, _path: Path) -> None:
        raise OSError(28, "No space left on device")

    def no_right(_self: object, _path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(segments.HalfSegment, "write", no_room)
        with pytest.raises(StorageFullError):
            index.save(2)
        patched.setattr(segments.HalfSegment, "write", no_right)
        with pytest.raises(KnownError, match="can't be saved"):
            index.save(2)
    assert index.count == 70
    assert IndexStore(tmp_path).open_space(LOOK).count == 60
    index.save(3)
    assert IndexStore(tmp_path).open_space(LOOK).count == 70


def test_many_searches_while_one_writes(store: IndexStore) -> None:
    index = store.open_space(LOOK)
    vectors = vectors_of(LOOK, 1, 400)
    index.add(np.arange(100), vectors[:100])
    failures: list[str] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            _, ids = index.search(vectors[5:6], 1)
            if ids[0, 0] != 5:
                failures.append(f"found {ids[0, 0]}")

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for at in range(100, 400, 3):
        index.add(np.arange(at, at + 3), vectors[at : at + 3] if at + 3 <= 400 else vectors[-3:])
        index.remove(np.asarray([at - 50]))
        if at % 30 == 10:
            index.save(at)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_store_opens_each_space_once_and_drops_older_versions(tmp_path: Path) -> None:
    store = IndexStore(tmp_path)
    old = store.open_space(LOOK)
    assert store.open_space(LOOK) is old
    old.add(np.arange(3), vectors_of(LOOK, 1, 3))
    new_spec = SpaceSpec("look", 2, Kind.PHOTO, 8, Metric.COSINE, 8, "Look")
    new = store.open_space(new_spec)
    new.add(np.arange(4), vectors_of(new_spec, 1, 4))
    for index in store.opened():
        index.save(7)
    assert (old.sequence, new.sequence) == (7, 7)
    store.drop_older_versions(new_spec)
    assert [index.spec.version for index in store.opened()] == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["look-2"]
    assert store.open_space(new_spec).count == 4
    store.close()
