"""The vector index at scale: latency, recall, filters, saving, memory, rebuilding."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import faiss
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.big_library import VectorMaker
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.photo import describe_photos
from desktop_app.engine.index import IndexStore, SpaceIndex
from desktop_app.engine.samples.scenes import paint

DIM = 512
K = 50
CHUNK = 20_000
QUERIES = 100
SCENES = ("sunset", "mountains", "forest", "stars", "dunes", "city", "flowers", "aurora", "autumn", "lake")
Make = Callable[[int, int], NDArray[np.float32]]
Vectors = NDArray[np.float32]

_faiss = cast(Any, faiss)


def space(name: str, dim: int) -> SpaceSpec:
    """A space of cosines."""
    return SpaceSpec(name, 1, Kind.PHOTO, dim, Metric.COSINE, dim, name)


def clustered(dim: int) -> Make:
    """(start, count) → vectors in themes and occasions, as a library's photos are."""
    maker = VectorMaker(space("clustered", dim))

    def make(start: int, count: int) -> Vectors:
        made = maker.make(np.arange(start, start + count))
        return np.asarray(made, np.float32)

    return make


def jittered(base: Vectors) -> Make:
    """(start, count) → real descriptors, each moved by a random vector of 0.2 to 0.8 of its length."""

    def make(start: int, count: int) -> Vectors:
        rng = np.random.default_rng([5, start])
        chosen = base[rng.integers(0, len(base), count)]
        noise = rng.standard_normal(chosen.shape, dtype=np.float32) / np.sqrt(base.shape[1])
        moved = chosen + noise * rng.uniform(0.2, 0.8, (count, 1)).astype(np.float32)
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    return make


def descriptors(count: int) -> Vectors:
    """``look`` of painted scenes, (count, dim)."""
    pictures = (paint(SCENES[at % len(SCENES)], at, 256, 192) for at in range(count))
    return np.stack([np.asarray(describe_photos([each])[0]["look"], np.float32) for each in pictures])


def queries_of(make: Make, vectors: int) -> Vectors:
    """Vectors of the same kind that the index doesn't hold, one from each of many places."""
    at = np.linspace(0, vectors - CHUNK, QUERIES).astype(int)
    return np.concatenate([make(int(start) + 7, 1) for start in at])


def filled(folder: Path, spec: SpaceSpec, make: Make, vectors: int) -> tuple[IndexStore, SpaceIndex, float]:
    """An index of so many vectors as the background leaves it, and the seconds that took; an existing one is kept."""
    store = IndexStore(folder)
    index = store.open_space(spec)
    note = folder / "seconds.json"
    if index.count == vectors and note.is_file():
        return store, index, float(json.loads(note.read_text("utf-8")))
    index.clear()
    taken = 0.0
    for start in range(0, vectors, CHUNK):
        made = make(start, min(CHUNK, vectors - start))
        began = time.perf_counter()
        index.add(np.arange(start, start + len(made)), made)
        taken += time.perf_counter() - began
    began = time.perf_counter()
    index.save(1)
    while index.tidy():  # beside the store's own thread
        pass
    taken += time.perf_counter() - began
    index.save(1)
    note.write_text(json.dumps(taken), "utf-8")
    return store, index, taken


def flat(make: Make, dim: int, vectors: int) -> Any:
    """The reference: everything in float32, scanned."""
    reference = _faiss.IndexFlatIP(dim)
    for start in range(0, vectors, CHUNK):
        reference.add(make(start, min(CHUNK, vectors - start)))
    return reference


def milliseconds(call: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def recall(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """The share of the true ids that was found, over all queries."""
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, truth, strict=True)]))


@benchmark("index")
def index_figures(sizes: Sizes) -> Iterator[Figure]:
    """Similar by vector: latency and recall against the float32 scan, with filters, while saving."""
    yield from of_vectors(sizes, "clustered", DIM, clustered(DIM))
    base = descriptors(300)
    yield from of_vectors(sizes, "descriptors", base.shape[1], jittered(base))


def of_vectors(sizes: Sizes, name: str, dim: int, make: Make) -> Iterator[Figure]:
    """All figures of one kind of vectors."""
    vectors = sizes.vectors
    store, index, seconds = filled(sizes.workspace / f"index-{name}-{vectors}", space(name, dim), make, vectors)
    reference = flat(make, dim, vectors)
    queries = queries_of(make, vectors)
    health = index.health()
    _, truth = reference.search(queries, K)
    label = f"{name} {vectors:,} × {dim}"
    yield Figure(f"{label}: adding and making lists", seconds, "s", note=f"in the background; {health.kind}")
    ours, theirs = alternating(
        queries, sizes.rounds, lambda query: index.search(query, K), lambda query: reference.search(query, K)
    )
    about = f"{health.kind}, {health.probes} probes"
    yield Figure(
        f"{label}: p50", median(ours), "ms", median(theirs), "float32 IndexFlatIP", most_ratio=0.05, note=about
    )
    yield Figure(f"{label}: p99", float(np.percentile(ours, 99)), "ms", most=50)
    found = index.search(queries, K)[1]
    yield Figure(f"{label}: recall@50", recall(found, truth), "", least=0.98, note=f"promised {health.recall:.3f}")
    plain = median(theirs)
    for share in (0.1, 0.01, 0.001):
        yield from with_filter(index, reference, queries, vectors, share, plain, label)
    if name == "clustered":
        yield from saving(sizes, index, make, queries, label)
    store.close()


def alternating(
    queries: Vectors, rounds: int, ours: Callable[[Vectors], object], theirs: Callable[[Vectors], object]
) -> tuple[list[float], list[float]]:
    """Milliseconds of every call: ours of every query in each round, theirs of every tenth between."""
    mine: list[float] = []
    other: list[float] = []
    for query in queries[:5]:
        ours(query[None])
    for _ in range(rounds):
        for at, query in enumerate(queries):
            mine.append(milliseconds(lambda query=query: ours(query[None])))
            if at % 10 == 0:
                other.append(milliseconds(lambda query=query: theirs(query[None])))
    return mine, other


def median(values: Sequence[float]) -> float:
    """p50."""
    return float(np.median(values))


def with_filter(
    index: SpaceIndex, reference: Any, queries: Vectors, vectors: int, share: float, plain: float, label: str
) -> Iterator[Figure]:
    """Only some random items may be answered with."""
    mask = np.random.default_rng(3).random(vectors) < share
    allow = np.flatnonzero(mask).astype(np.int64)
    packed = np.packbits(mask, bitorder="little")
    parameters = _faiss.SearchParameters(sel=_faiss.IDSelectorBitmap(packed))
    ours, theirs = alternating(
        queries,
        1,
        lambda query: index.search(query, K, allow),
        lambda query: reference.search(query, K, params=parameters),
    )
    found = np.concatenate([index.search(query[None], K, allow)[1] for query in queries])
    _, truth = reference.search(queries, K, params=parameters)
    wanted = min(K, len(allow))
    hits = int((np.isin(found, allow)).sum(axis=1).min())
    name = f"{label}: filter keeps {share:.1%}"
    note = f"the filtered scan takes {median(theirs):.1f} ms"
    yield Figure(f"{name}, p50", median(ours), "ms", plain, "unfiltered float32 scan", most_ratio=0.3, note=note)
    yield Figure(f"{name}, fewest hits", hits, "", least=wanted)
    yield Figure(f"{name}, recall@50", recall(found[:, :wanted], truth[:, :wanted]), "", least=0.98)


def saving(sizes: Sizes, index: SpaceIndex, make: Make, queries: Vectors, label: str) -> Iterator[Figure]:
    """Searches go on in another thread while twenty thousand new vectors are saved."""
    vectors = sizes.vectors
    index.add(np.arange(vectors, vectors + CHUNK), make(vectors, CHUNK))
    during, seconds = searching_meanwhile(index, queries, lambda: index.save(2))
    quiet, _ = searching_meanwhile(index, queries, lambda: time.sleep(seconds))
    data = make(vectors, CHUNK).astype(np.float16).tobytes()
    written = min(plain_write(sizes.workspace / "bytes", data) for _ in range(3))
    yield Figure(f"{label}: save of {CHUNK:,} new", seconds, "s", written, "writing the same bytes, forced to disk")
    yield Figure(
        f"{label}: longest search during the save", max(during), "ms", max(quiet), "as long without a save", most=20
    )
    index.remove(np.arange(vectors, vectors + CHUNK))
    index.save(1)


def searching_meanwhile(index: SpaceIndex, queries: Vectors, work: Callable[[], object]) -> tuple[list[float], float]:
    """Milliseconds of the searches while ``work`` was done, and its seconds."""
    done = threading.Event()
    taken: list[float] = []

    def search() -> None:
        at = 0
        while not done.is_set():
            query = queries[at % len(queries)][None]
            taken.append(milliseconds(lambda query=query: index.search(query, K)))
            at += 1

    thread = threading.Thread(target=search)
    thread.start()
    try:
        seconds = milliseconds(work) / 1000
    finally:
        done.set()
        thread.join()
    return taken, seconds


def plain_write(path: Path, data: bytes) -> float:
    """Seconds to write bytes that last."""
    start = time.perf_counter()
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    path.unlink()
    return seconds


@benchmark("index-large")
def large_figures(sizes: Sizes) -> Iterator[Figure]:
    """Similar by vector among five million: latency, recall, memory."""
    vectors, make = sizes.most_vectors, clustered(DIM)
    folder = sizes.workspace / f"index-large-{vectors}"
    spec = space("large", DIM)
    store, index, seconds = filled(folder, spec, make, vectors)
    store.close()  # what is measured is a library that was opened, not the making of one
    store = IndexStore(folder)
    start = time.perf_counter()
    index = store.open_space(spec)
    opened = time.perf_counter() - start
    queries = queries_of(make, vectors)
    truth = nearest(make, queries, vectors)
    part = min(vectors, 200_000)
    reference = flat(make, DIM, part)
    ours, theirs = alternating(
        queries, 2, lambda query: index.search(query, K), lambda query: reference.search(query, K)
    )
    reference.reset()  # its memory is not the index's
    health = index.health()
    found = index.search(queries, K)[1]
    label = f"{vectors:,} × {DIM}"
    yield Figure(f"{label}: adding and making lists", seconds, "s", note=f"in the background; {health.kind}")
    yield Figure(f"{label}: opening", opened * 1000, "ms")
    yield Figure(
        f"{label}: p50",
        median(ours),
        "ms",
        median(theirs) * vectors / part,
        f"float32 scan of {part:,}, extrapolated",
        most=30,
        note=f"{health.probes} probes",
    )
    yield Figure(f"{label}: p99", float(np.percentile(ours, 99)), "ms")
    yield Figure(f"{label}: recall@50", recall(found, truth), "", least=0.95)
    memory = psutil.Process().memory_info()
    yield Figure(
        f"{label}: resident memory, mapped pages too", memory.rss / 2**30, "GiB", most=6e9 / 2**30,
        note=f"{(memory.rss - getattr(memory, 'shared', 0)) / 2**30:.2f} GiB without them",
    )  # fmt: skip
    store.close()


def nearest(make: Make, queries: Vectors, vectors: int) -> NDArray[np.int64]:
    """The true nearest, chunk by chunk."""
    scores = np.zeros((len(queries), 0), np.float32)
    ids = np.zeros((len(queries), 0), np.int64)
    for start in range(0, vectors, CHUNK):
        chunk = make(start, min(CHUNK, vectors - start))
        new, rows = _faiss.knn(queries, chunk, min(K, len(chunk)), metric=_faiss.METRIC_INNER_PRODUCT)
        scores, ids = np.hstack([scores, new]), np.hstack([ids, rows + start])
        order = np.argsort(-scores, axis=1)[:, :K]
        scores, ids = np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)
    return ids
