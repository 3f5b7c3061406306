"""How right similar is, on labelled photos and tracks; and what metrics and kinds of index cost and miss."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.labelled import Material, photo_material, searched_scores, track_material
from desktop_app.domain.spaces import Metric
from desktop_app.engine.descriptors.spaces import DEFAULT_WEIGHTS, SPACES, percent
from desktop_app.engine.search.fusion import raw_scores, unit_rows, weighted_mean

DEPTHS = (1, 5, 10)
INDEXED, ASKED, DIM = 50_000, 200, 256  # of the comparison of kinds of index
RECALL_DEPTH = 10
_faiss = cast(Any, faiss)  # annotated with its C++ signatures
Scores = NDArray[np.float32]


@benchmark("quality")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Precision at 1, 5, 10 and mAP per space on AKIN_EVAL's photos and tracks; metrics; kinds of index."""
    folder = Path(os.environ.get("AKIN_EVAL", "") or "-")
    photos = photo_material(folder, sizes.workspace) if folder.is_dir() else None
    tracks = track_material(folder, sizes.workspace) if folder.is_dir() else None
    if photos is None and tracks is None:
        print("  no labelled material: AKIN_EVAL names no folder with photos.csv or tracks.csv; precision is left out")
    for material in (photos, tracks):
        if material is not None:
            yield from precision(material)
            yield from scale(material)
            yield from metrics(material)
    if photos is not None:
        yield from copies_first(photos)
    yield from index_kinds(min(sizes.vectors, INDEXED))


# precision


def precision(material: Material) -> Iterator[Figure]:
    """Each space and the fused default, beside the best handcrafted baseline of the same run."""
    plain = {name: cosine(rows) for name, rows in material.baselines.items()}
    best_name = max(plain, key=lambda name: found_at(plain[name], material.labels, 10))
    best = plain[best_name]
    rivals = {**plain, **{name: space_scores(material, name) for name in material.vectors}}
    rivals["default"] = fused(material)
    for name, scores in rivals.items():
        for depth in DEPTHS:
            reference = None if name in plain else found_at(best, material.labels, depth)
            value = found_at(scores, material.labels, depth)
            title = f"{material.kind.value}s, {name}: precision at {depth}"
            yield Figure(title, value, "", reference, "" if reference is None else best_name)
        reference = None if name in plain else mean_average_precision(best, material.labels)
        value = mean_average_precision(scores, material.labels)
        yield Figure(f"{material.kind.value}s, {name}: mAP", value, "", reference, best_name if reference else "")


def cosine(rows: NDArray[Any]) -> Scores:
    """(n, n) between all rows."""
    unit = unit_rows(np.asarray(rows, np.float32))
    return unit @ unit.T


def space_scores(material: Material, name: str) -> Scores:
    """(n, n) raw scores as searches compare."""
    return raw_scores(SPACES[name], material.vectors[name], material.vectors[name])


def fused(material: Material) -> Scores:
    """(n, n) as the default search: calibrated and weighted."""
    weights = DEFAULT_WEIGHTS[material.kind]
    known = [name for name in weights if name in material.vectors]
    parts = [percent(name, searched_scores(SPACES[name], *[material.vectors[name]] * 2, own=True)) for name in known]
    return weighted_mean(parts, [weights[name] for name in known]).astype(np.float32)


def found_at(scores: Scores, labels: NDArray[np.int64], depth: int) -> float:
    """Mean share of the first ``depth`` that are of the query's class, the query left out."""
    order = ranked(scores)[:, :depth]
    return float((labels[order] == labels[:, None]).mean())


def mean_average_precision(scores: Scores, labels: NDArray[np.int64]) -> float:
    """Over all queries that have another item of their class."""
    right = labels[ranked(scores)] == labels[:, None]
    counts = right.sum(axis=1)
    precisions = np.cumsum(right, axis=1) / np.arange(1, right.shape[1] + 1)
    return float(((precisions * right).sum(axis=1)[counts > 0] / counts[counts > 0]).mean())


def ranked(scores: Scores) -> NDArray[np.int64]:
    """(n, n − 1) others, best first; equal ones by row."""
    own = scores.copy()
    np.fill_diagonal(own, -np.inf)
    return np.argsort(-own, axis=1, kind="stable")[:, :-1]


# the scale


def scale(material: Material) -> Iterator[Figure]:
    """What pairs read, in per cent: unrelated ones, those of a class, near duplicates."""
    upper = np.triu(np.ones((len(material.labels),) * 2, bool), 1)
    same = material.labels[:, None] == material.labels[None]
    for name in DEFAULT_WEIGHTS[material.kind]:
        if name not in material.vectors:
            continue
        shown = percent(name, searched_scores(SPACES[name], *[material.vectors[name]] * 2, own=True))
        title = f"{material.kind.value}s, {name}: "
        below = float(np.mean(shown[upper & ~same] < 0.3) * 100)
        yield Figure(title + "unrelated pairs below 30 %", below, "%", least=90.0)
        yield Figure(title + "median of pairs of one class", float(np.median(shown[upper & same]) * 100), "%")
        near = np.concatenate([percent(name, copy_scores(material, copy, name)) for copy in material.copies])
        yield Figure(title + "near duplicates at 95 % and more", float(np.mean(near >= 0.95) * 100), "%", least=90.0)


def copy_scores(material: Material, copy: str, name: str) -> Scores:
    """(c,) raw scores of each original with its altered copy."""
    originals, altered = material.vectors[name][material.copied], material.copies[copy][name]
    return np.concatenate(
        [raw_scores(SPACES[name], a[None], b[None])[0] for a, b in zip(originals, altered, strict=True)]
    )


def copies_first(material: Material) -> Iterator[Figure]:
    """How often the original is the first hit for its altered copy, among all photos."""
    for copy, vectors in material.copies.items():
        scores = searched_scores(SPACES["look"], vectors["look"], material.vectors["look"], own=False)
        first = float(np.mean(scores.argmax(axis=1) == material.copied) * 100)
        note = f"{len(material.copied)} copies among {len(material.labels):,} photos"
        yield Figure(f"photos, look: the original first for a {copy} copy", first, "%", least=98.0, note=note)


# metrics


def metrics(material: Material) -> Iterator[Figure]:
    """The same vectors compared in four ways; stored vectors have length 1, so three of them order alike."""
    for name, rows in material.vectors.items():
        if SPACES[name].metric is not Metric.COSINE:
            continue
        vectors = np.asarray(rows, np.float32)
        reference = found_at(cosine(vectors), material.labels, 10)
        for metric, scores, seconds in compared(vectors):
            value = found_at(scores, material.labels, 10)
            note = f"{seconds * 1e6 / len(vectors):.0f} µs a query"
            yield Figure(f"{name} by {metric}: precision at 10", value, "", reference, "cosine", note=note)


def compared(vectors: Scores) -> Iterator[tuple[str, Scores, float]]:
    """Name, (n, n) scores, seconds."""
    count = len(vectors)
    yield timed("cosine", lambda: cosine(vectors))
    for metric, code, sign in (
        ("inner product", _faiss.METRIC_INNER_PRODUCT, 1.0),
        ("Euclidean distance", _faiss.METRIC_L2, -1.0),
        ("Manhattan distance", _faiss.METRIC_L1, -1.0),
    ):
        index = _faiss.IndexFlat(vectors.shape[1], code)
        index.add(vectors)
        started = time.perf_counter()
        distances, ids = index.search(vectors, count)
        spent = time.perf_counter() - started
        scores = np.empty((count, count), np.float32)
        np.put_along_axis(scores, ids, distances * sign, axis=1)
        yield metric, scores, spent


def timed(name: str, work: Any) -> tuple[str, Scores, float]:
    """With its seconds."""
    started = time.perf_counter()
    return name, work(), time.perf_counter() - started


# kinds of index


def index_kinds(count: int) -> Iterator[Figure]:
    """Recall, time of one query, memory and time to build of each kind, on clustered vectors as photos make."""
    rng = np.random.default_rng(3)
    themes = rng.normal(size=(max(1, count // 100), DIM))
    vectors = unit_rows(
        (themes[rng.integers(0, len(themes), count)] + 0.7 * rng.normal(size=(count, DIM))).astype("f4")
    )
    asked = unit_rows((vectors[rng.integers(0, count, ASKED)] + 0.02 * rng.normal(size=(ASKED, DIM))).astype("f4"))
    lists = max(16, round(4 * np.sqrt(count)))
    inner = _faiss.METRIC_INNER_PRODUCT
    kinds: dict[str, tuple[str, dict[str, int], str]] = {
        "flat float32": ("Flat", {}, "what is exact; twice the memory"),
        "fp16": ("SQfp16", {}, "used up to half a million vectors"),
        "IVF, fp16": (f"IVF{lists},SQfp16", {"nprobe": 32}, f"{lists} lists, 32 looked into; used above"),
        "HNSW": ("HNSW32,Flat", {"efSearch": 64}, "nothing can be removed from it"),
        "LSH, 1024 bits": ("LSH1024", {}, "signs of random projections"),
    }
    truth: NDArray[np.int64] | None = None
    reference = 0.0
    for name, (recipe, settings, told) in kinds.items():
        started = time.perf_counter()
        index = _faiss.IndexLSH(DIM, 1024) if recipe.startswith("LSH") else _faiss.index_factory(DIM, recipe, inner)
        index.train(vectors)
        index.add(vectors)
        built = time.perf_counter() - started
        for setting, value in settings.items():
            _faiss.ParameterSpace().set_index_parameter(index, setting, value)
        index.search(asked[:5], RECALL_DEPTH)
        started = time.perf_counter()
        answers = [index.search(each[None], RECALL_DEPTH)[1][0] for each in asked]
        milliseconds = (time.perf_counter() - started) * 1000 / ASKED
        ids = np.stack(answers)
        truth = ids if truth is None else truth
        reference = reference or milliseconds
        recall = float(np.mean([len(np.intersect1d(a, b)) for a, b in zip(ids, truth, strict=True)]) / RECALL_DEPTH)
        size = len(_faiss.serialize_index(index)) / 1e6
        title = f"index {name}, {count:,} × {DIM}: "
        note = f"{size:.0f} MB, built in {built:.1f} s; {told}"
        yield Figure(title + f"recall at {RECALL_DEPTH}", recall, "", 1.0, "flat", note=note)
        yield Figure(title + "a query", milliseconds, "ms", reference, "flat")
