"""Making inverted lists of other segments: fitting centroids, sorting rows into lists, measuring the recall, writing.

All of it works in chunks and calls ``check`` between them, which raises to give up; nothing the size of the vectors is
ever in memory: the file is written list by list from the memory-mapped sources.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.index.ivf import IvfSegment, Tuning
from desktop_app.engine.index.merging import Rows
from desktop_app.engine.index.segments import decoded, half_codec, set_threads
from desktop_app.engine.index.snapshot import Part

CHUNK_ROWS = 8192
SAMPLE_PER_LIST = 64  # rows that the centroids are fitted to
ITERATIONS = 8
QUERIES = 100  # that the recall is measured on
NEIGHBOURS = 50
RECALL = 0.99  # measured here, so that other queries reach 0.98
GROWTH = 3  # centroids are fitted anew when there are so many times more rows, or so much more to look at
MISFIT = 1 / 16  # of all rows: looking at fewer is no reason to fit anew

_faiss = cast(Any, faiss)
Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class InvertedLists:
    """Which list each row goes to; ``write`` makes the file."""

    rows: Rows
    dim: int
    centroids: NDArray[np.float32]
    lists: NDArray[np.int32]
    tuning: Tuning

    def write(self, path: Path, check: Check) -> None:
        """As FAISS writes an ``IndexIVFScalarQuantizer`` with its direct map."""
        count = len(self.centroids)
        order = np.argsort(self.lists, kind="stable")
        sizes = np.bincount(self.lists, minlength=count).astype(np.uint64)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        places = np.empty(len(order), np.int64)
        places[order] = (self.lists[order].astype(np.int64) << 32) | (
            np.arange(len(order)) - np.repeat(starts[:-1], sizes.astype(np.int64))
        )
        with path.open("wb") as file:
            file.write(_head(self.centroids, places))
            file.write(b"ilar" + struct.pack("=QQ", count, self.dim * 2) + b"full" + struct.pack("=Q", count))
            file.write(sizes.tobytes())
            first = 0
            while first < count:
                check()
                last = max(first + 1, int(np.searchsorted(starts, starts[first] + CHUNK_ROWS, "right")) - 1)
                rows = order[starts[first] : starts[last]]
                codes = self.rows.codes(rows)
                for start, end in zip(starts[first:last], starts[first + 1 : last + 1], strict=True):
                    here = slice(start - starts[first], end - starts[first])
                    file.write(codes[here].data)
                    file.write(rows[here].astype(np.int64).data)
                first = last


def _head(centroids: NDArray[np.float32], places: NDArray[np.int64]) -> bytes:
    """What FAISS writes before the lists."""
    count, dim = centroids.shape
    quantizer = _faiss.IndexFlatIP(dim)
    quantizer.add(centroids)
    kind = _faiss.ScalarQuantizer.QT_fp16
    index = _faiss.IndexIVFScalarQuantizer(quantizer, dim, count, kind, _faiss.METRIC_INNER_PRODUCT, False)
    index.train(centroids)
    index.direct_map.type = _faiss.DirectMap.Array
    _faiss.copy_array_to_vector(places, index.direct_map.array)
    index.ntotal = len(places)
    whole = _faiss.serialize_index(index).tobytes()
    end = len(whole) - 32  # four letters, two numbers, four letters, a number: no lists
    if whole[end : end + 4] != b"ilar":
        raise ValueError("FAISS writes inverted lists in another way")
    return whole[:end]


def sort_into_lists(rows: Rows, dim: int, beside: Sequence[Part], check: Check) -> InvertedLists:
    """Send each row to the nearest centroid: of a part of the index, if its centroids fit these rows, else of new ones.

    New ones are fitted to a sample. Old ones save that, and the sorting of rows that are sorted by them already; but
    rows that came later may be of other kinds, among which old centroids tell nothing apart.
    """
    random = np.random.default_rng(len(rows.ids))
    old = _fitting(beside, len(rows.ids))
    if old is not None:
        made, share = _sorted(rows, dim, old.centroids, old.tuning.trained, random, check)
        if share <= max(MISFIT, GROWTH * old.tuning.probes / old.tuning.lists):
            return made
    count = max(1, round(len(rows.ids) ** 0.5))
    sample = np.sort(random.choice(len(rows.ids), min(len(rows.ids), count * SAMPLE_PER_LIST), replace=False))
    centroids = fitted(decoded(half_codec(dim), rows.codes(sample)), count, random, check)
    return _sorted(rows, dim, centroids, len(rows.ids), random, check)[0]


def _sorted(
    rows: Rows, dim: int, centroids: NDArray[np.float32], trained: int, random: np.random.Generator, check: Check
) -> tuple[InvertedLists, float]:
    """Each row in the list of its nearest centroid, and the share of the rows that a search then looks at."""
    codec = half_codec(dim)
    lists = np.full(len(rows.ids), -1, np.int32)
    for at, part in enumerate(rows.parts):
        segment = part.segment
        if isinstance(segment, IvfSegment) and np.array_equal(segment.centroids, centroids):
            here = rows.source == at
            lists[here] = segment.lists_of(rows.rows[here])
    quantizer = _faiss.IndexFlatIP(dim)
    quantizer.add(centroids)
    truth = _Truth(rows, codec, random)
    set_threads(1)
    for start in range(0, len(lists), CHUNK_ROWS):
        check()
        vectors = decoded(codec, rows.codes(np.arange(start, min(start + CHUNK_ROWS, len(lists)))))
        truth.look_at(vectors, start)
        new = np.flatnonzero(lists[start : start + CHUNK_ROWS] < 0)
        if len(new):
            lists[start + new] = quantizer.search(vectors if len(new) == len(vectors) else vectors[new], 1)[1][:, 0]
    probes, recall, share = truth.probes(centroids, lists)
    tuning = Tuning(len(centroids), probes, recall, truth.count, trained)
    return InvertedLists(rows, dim, centroids, lists, tuning), share


def _fitting(parts: Sequence[Part], rows: int) -> IvfSegment | None:
    """The largest part whose centroids were fitted to enough rows."""
    found = [part.segment for part in parts if isinstance(part.segment, IvfSegment)]
    found = [each for each in found if each.tuning.trained * GROWTH >= rows]
    return max(found, key=lambda each: len(each.ids), default=None)


def fitted(
    sample: NDArray[np.float32], count: int, random: np.random.Generator, check: Check, iterations: int = ITERATIONS
) -> NDArray[np.float32]:
    """``count`` unit centroids (count, d) of a sample (n, d): spherical k-means (Dhillon and Modha 2001)."""
    centroids = _unit(sample[random.choice(len(sample), count, replace=len(sample) < count)])
    set_threads(1)  # the other cores are the user's
    for _ in range(iterations):
        quantizer = _faiss.IndexFlatIP(sample.shape[1])
        quantizer.add(centroids)
        nearest = np.empty(len(sample), np.int64)
        for start in range(0, len(sample), CHUNK_ROWS):
            check()
            nearest[start : start + CHUNK_ROWS] = quantizer.search(sample[start : start + CHUNK_ROWS], 1)[1][:, 0]
        order = np.argsort(nearest, kind="stable")
        bounds = np.flatnonzero(np.diff(nearest[order], prepend=-1))
        sums = np.add.reduceat(sample[order], bounds, axis=0)
        centroids[nearest[order][bounds]] = sums
        empty = np.setdiff1d(np.arange(count), nearest)
        if len(empty):  # a list of nobody becomes one beside a large list
            large = np.argsort(-np.bincount(nearest, minlength=count))[: len(empty)]
            large = large[np.arange(len(empty)) % len(large)]
            centroids[empty] = sample[random.choice(len(sample), len(empty))] + _unit(centroids[large])
        centroids = _unit(centroids)
    return centroids


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(length, 1e-12), np.float32)


class _Truth:
    """The true nearest rows of some rows, found on the way through all."""

    def __init__(self, rows: Rows, codec: Any, random: np.random.Generator) -> None:
        total = len(rows.ids)
        self.chosen = np.sort(random.choice(total, min(QUERIES, total), replace=False))
        self.count = len(self.chosen)
        self._queries = decoded(codec, rows.codes(self.chosen))
        self._scores = np.full((self.count, 0), -np.inf, np.float32)
        self._nearest = np.zeros((self.count, 0), np.int64)

    def look_at(self, vectors: NDArray[np.float32], start: int) -> None:
        """(n, d) rows from ``start`` on."""
        most = min(NEIGHBOURS + 1, len(vectors))
        scores, rows = _faiss.knn(self._queries, vectors, most, metric=_faiss.METRIC_INNER_PRODUCT)
        scores[rows + start == self.chosen[:, None]] = -np.inf
        scores, rows = np.hstack([self._scores, scores]), np.hstack([self._nearest, rows + start])
        best = np.argsort(-scores, axis=1, kind="stable")[:, :NEIGHBOURS]
        self._scores, self._nearest = np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)

    def probes(self, centroids: NDArray[np.float32], lists: NDArray[np.int32]) -> tuple[int, float, float]:
        """The fewest lists that hold enough of the true nearest; the share that they hold, and that of all rows."""
        coarse = self._queries @ centroids.T
        of_nearest = np.take_along_axis(coarse, lists[self._nearest].astype(np.int64), axis=1)
        ranks = (coarse[:, None, :] > of_nearest[:, :, None]).sum(axis=2)[np.isfinite(self._scores)]
        if not len(ranks):
            return len(centroids), 1.0, 1.0
        found = np.cumsum(np.bincount(ranks, minlength=len(centroids))) / len(ranks)
        probes = int(np.argmax(found >= RECALL)) + 1
        sizes = np.bincount(lists, minlength=len(centroids))
        looked_at = sizes[np.argpartition(-coarse, probes - 1, axis=1)[:, :probes]].sum(axis=1)
        return probes, float(found[probes - 1]), float(looked_at.mean() / len(lists))
