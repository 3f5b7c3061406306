"""Inverted lists: a large run of vectors sorted by nearest centroid, of which a search scans a few lists.

FAISS's ``IndexIVFScalarQuantizer`` in half precision without residuals, so that a vector's bytes and scores are exactly
those of the exact scan; only which rows are looked at is approximate. The file is FAISS's own format, with a direct map
from row to list, and is mapped, never read whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.index.read_ahead import will_need
from desktop_app.engine.index.segments import (
    best_rows,
    bitmap_selector,
    bytes_at,
    inner_products,
    set_threads,
)

EXACT_SHARE = 0.05  # of all rows: what a filter keeps is scanned exactly up to so many, and never more is looked at
READ_AHEAD_LISTS = 64  # more are looked at only under a filter, which touches little of each
ROWS_PER_RESULT = 16  # scanned at least, so that a long answer is as good as the fifty that were measured

_faiss = cast(Any, faiss)
_OFFSET_BITS = 32  # FAISS's direct map keeps list << 32 | offset


@dataclass(frozen=True, slots=True)
class Tuning:
    """How many lists a search looks at, and what that gave."""

    lists: int
    probes: int
    recall: float  # share of the true nearest found with these probes
    queries: int  # that it was measured on
    trained: int  # rows there were when the centroids were fitted


class IvfSegment:
    """Approximate inner-product search, exact under selective filters; rows as in the exact segments."""

    direct_rows: ClassVar[int] = 2048

    def __init__(self, ids: NDArray[np.int64], index: Any, tuning: Tuning) -> None:
        self.ids = ids
        self.tuning = tuning
        self._index = index
        lists = index.nlist
        self.centroids: NDArray[np.float32] = index.quantizer.reconstruct_n(0, lists)
        self._sizes = np.fromiter((index.invlists.list_size(at) for at in range(lists)), np.int64, lists)
        self.places: NDArray[np.int64] = _faiss.rev_swig_ptr(index.direct_map.array.data(), len(ids))

    @classmethod
    def read(cls, path: Path, ids: NDArray[np.int64], dim: int, tuning: Tuning) -> "IvfSegment":
        """Memory-mapped from a file; ValueError if the file holds anything else."""
        index = _faiss.read_index(str(path), _faiss.IO_FLAG_MMAP_IFC)
        fits = isinstance(index, _faiss.IndexIVFScalarQuantizer) and index.d == dim and index.code_size == dim * 2
        if not fits or index.ntotal != len(ids) or index.nlist != tuning.lists or index.by_residual:
            raise ValueError(f"{path.name} does not hold {len(ids)} vectors of {dim} in {tuning.lists} lists")
        if index.direct_map.array.size() != len(ids) or index.quantizer.ntotal != tuning.lists:
            raise ValueError(f"{path.name} lacks its map of rows or its centroids")
        segment = cls(ids, index, tuning)
        lists, offsets = segment.lists_of(slice(None)), segment.offsets_of(slice(None))
        inside = bool((lists >= 0).all() and (lists < tuning.lists).all())
        if segment._sizes.sum() != len(ids) or not inside or not (offsets < segment._sizes[lists]).all():
            raise ValueError(f"{path.name} maps rows to places that are not there")
        return segment

    def lists_of(self, rows: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """The list that each row is in."""
        return self.places[rows] >> _OFFSET_BITS

    def offsets_of(self, rows: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """The place of each row in its list."""
        return self.places[rows] & ((1 << _OFFSET_BITS) - 1)

    def search(
        self, queries: NDArray[Any], k: int, rows: NDArray[np.int64] | None, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """See ``Segment``."""
        if rows is not None:
            return best_rows(inner_products(queries, self.vectors(rows)), k, rows)
        k = min(k, len(self.ids))
        set_threads(1)
        selector = None if mask is None else bitmap_selector(mask)
        wanted = self._sizes if mask is None else self._wanted(mask)
        found = [self._search_one(query[None], k, wanted, selector) for query in queries]
        return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])

    def _wanted(self, mask: NDArray[np.bool_]) -> NDArray[Any]:
        """How many rows of each list a mask keeps; estimated where it keeps most."""
        kept = int(np.count_nonzero(mask))
        if kept > len(mask) // 2:
            return self._sizes * (kept / len(mask))
        return np.bincount(self.lists_of(np.flatnonzero(mask)), minlength=self.tuning.lists)

    def _search_one(
        self, query: NDArray[np.float32], k: int, wanted: NDArray[Any], selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        coarse = inner_products(query, self.centroids)[0]
        order = np.argsort(-coarse)
        reached = np.cumsum(wanted[order])
        kept, most = reached[-1], EXACT_SHARE * len(self.ids)
        if kept <= most:
            chosen = order[wanted[order] > 0]
        else:
            # Wanted rows are counted: an even filter multiplies the lists, one that goes with the query (a folder of
            # the same scene) does not. The fewer a filter keeps, the deeper among all rows lie the best that it
            # keeps, the more lists they are spread over, and the less the nearest list tells.
            enough = max(self.tuning.probes * len(self.ids) / self.tuning.lists, ROWS_PER_RESULT * k)
            enough = max(enough, min(enough * (len(self.ids) / kept) ** 2, most))
            probes = max(int(np.searchsorted(reached, enough)) + 1, self.tuning.probes)
            chosen = order[:probes]
            chosen = chosen[wanted[chosen] > 0]
        return self._scan(query, k, chosen, coarse[chosen], selector)

    def _scan(
        self, query: NDArray[np.float32], k: int, lists: NDArray[np.int64], coarse: NDArray[np.float32], selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best rows of some lists."""
        query = np.ascontiguousarray(query, np.float32)
        lists, coarse = np.ascontiguousarray(lists, np.int64), np.ascontiguousarray(coarse, np.float32)
        scores, rows = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
        if not len(lists):
            return np.full((1, k), -np.inf, np.float32), np.full((1, k), -1, np.int64)
        if len(lists) <= READ_AHEAD_LISTS:
            self._read_ahead(lists)
        # The Python layer's search_preassigned takes no parameters; this is what it calls.
        pointer = _faiss.swig_ptr
        parameters = _faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)
        self._index.search_preassigned_c(
            1, pointer(query), k, pointer(lists), pointer(coarse), pointer(scores), pointer(rows), False, parameters
        )
        return scores, rows

    def _read_ahead(self, lists: NDArray[np.int64]) -> None:
        """Of each list the vectors and, right behind them in the file, their rows."""
        held, width = self._index.invlists, self._index.d * 2 + 8
        will_need((int(held.get_codes(one)), int(self._sizes[one]) * width) for one in lists.tolist())

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, d) float32."""
        if not len(rows):
            return np.zeros((0, self._index.d), np.float32)
        set_threads(1)
        # By FAISS's map of rows, without the interpreter's lock: several times as fast as list after list.
        return self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(n, 2 d): float16 in the machine's order."""
        width = self._index.d * 2
        codes = np.empty((len(rows), width), np.uint8)
        lists, offsets = self.lists_of(rows), self.offsets_of(rows)
        order = np.argsort(lists, kind="stable")
        bounds = np.flatnonzero(np.diff(lists[order], prepend=-1, append=-1))
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            here = order[start:end]
            one = int(lists[here[0]])
            held = bytes_at(self._index.invlists.get_codes(one), int(self._sizes[one]), width)
            codes[here] = np.take(held, offsets[here], axis=0)
        return codes

    @property
    def label(self) -> str:
        """See ``Segment``."""
        return f"IVF{self.tuning.lists}, fp16"

    @property
    def bytes(self) -> int:
        """Of the codes."""
        return len(self.ids) * self._index.d * 2
