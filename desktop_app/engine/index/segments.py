"""Immutable runs of vectors that are scanned exactly, one class per kind of vector.

A segment holds vectors by row and the item id of each row, ids ascending. It never changes once made: FAISS ends
the process when a memory-mapped index is changed, and adding while another thread searches is not safe. What is removed
is left out by masks that the owner keeps.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import Metric, SpaceSpec

# faiss is annotated with its C++ signatures; what its Python layer really takes and gives is stated here.
_faiss = cast(Any, faiss)
_ALL_THREADS: int = _faiss.omp_get_max_threads()

WRITTEN_AT_ONCE = 1 << 18  # bytes


class Segment(Protocol):
    """What the index of a space needs of a run of vectors."""

    direct_rows: ClassVar[int]  # up to so many chosen rows, decoding just those beats a scan with a bitmap (measured)

    @property
    def label(self) -> str:
        """The kind of index, in words."""
        ...

    @property
    def ids(self) -> NDArray[np.int64]:
        """Of the rows, ascending."""
        ...

    def search(
        self, queries: NDArray[Any], k: int, rows: NDArray[np.int64] | None, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best k rows of each query as (q, k') scores and rows, padded with row -1.

        At most one of ``rows`` (the only ones to look at, few) and ``mask`` ((n,), True = look at it) is given.
        """
        ...

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """The vectors of these rows as stored, decoded."""
        ...

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The bytes of these rows' vectors as stored, (n, bytes)."""
        ...

    @property
    def bytes(self) -> int:
        """Size of the vectors."""
        ...


def best_rows(
    scores: NDArray[np.float32], k: int, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The k best columns of (q, n) scores, best first, equal scores by row."""
    if scores.shape[1] > k:
        chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        chosen.sort(axis=1)
        scores = np.take_along_axis(scores, chosen, axis=1)
        found = rows[chosen]
    else:
        found = np.broadcast_to(rows, scores.shape)
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(found, order, axis=1)


def inner_products(queries: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(q, n). One query doesn't go through BLAS, whose threads it would wait for where the processor is busy."""
    if len(queries) == 1:
        return np.einsum("ij,j->i", vectors, queries[0])[None]
    return queries @ vectors.T


def set_threads(queries: int) -> None:
    """One query is scanned on one thread anyway; a team of OpenMP threads would only spin, at three times the time
    where the processor is busy (measured). The setting is the calling thread's own."""
    _faiss.omp_set_num_threads(1 if queries == 1 else _ALL_THREADS)


def bitmap_selector(mask: NDArray[np.bool_]) -> Any:
    """A FAISS selector that keeps the rows of a mask; it holds on to its bitmap."""
    return _faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def bytes_at(pointer: Any, rows: int, width: int) -> NDArray[np.uint8]:
    """A (rows, width) view of memory that FAISS owns or has mapped; valid as long as its owner."""
    if not rows:
        return np.zeros((0, width), np.uint8)
    view: NDArray[np.uint8] = _faiss.rev_swig_ptr(pointer, rows * width)
    return view.reshape(rows, width)


class HalfSegment:
    """Exact scan of half-precision vectors by inner product (FAISS ``IndexScalarQuantizer``, QT_fp16)."""

    label: ClassVar[str] = "exact fp16"
    direct_rows: ClassVar[int] = 512

    def __init__(self, ids: NDArray[np.int64], index: Any) -> None:
        self.ids = ids
        self._index = index

    @classmethod
    def build(cls, ids: NDArray[np.int64], dim: int, chunks: Iterable[NDArray[np.float32]]) -> "HalfSegment":
        """From ascending ids and their (n, d) vectors, given in chunks; in memory."""
        index = half_codec(dim)
        for vectors in chunks:
            index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(ids, index)

    @classmethod
    def of_codes(cls, ids: NDArray[np.int64], dim: int, chunks: Iterable[NDArray[np.uint8]]) -> "HalfSegment":
        """The same from (n, bytes) as another segment has them."""
        index = half_codec(dim)
        for codes in chunks:
            index.add_sa_codes(np.ascontiguousarray(codes))
        return cls(ids, index)

    @classmethod
    def read(cls, path: Path, ids: NDArray[np.int64], dim: int) -> "HalfSegment":
        """Memory-mapped from a file; ValueError if the file holds anything else."""
        index = _faiss.read_index(str(path), _faiss.IO_FLAG_MMAP_IFC)
        whole = isinstance(index, _faiss.IndexScalarQuantizer) and index.codes.size() == index.ntotal * dim * 2
        if not whole or index.d != dim or index.ntotal != len(ids):
            raise ValueError(f"{path.name} does not hold {len(ids)} half-precision vectors of {dim} dimensions")
        return cls(ids, index)

    def search(
        self, queries: NDArray[Any], k: int, rows: NDArray[np.int64] | None, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """See ``Segment``."""
        if rows is not None:
            return best_rows(inner_products(queries, self.vectors(rows)), k, rows)
        set_threads(len(queries))
        parameters = None if mask is None else _faiss.SearchParameters(sel=bitmap_selector(mask))
        scores, found = self._index.search(queries, min(k, len(self.ids)), params=parameters)
        return scores, found

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, d) float32."""
        return decoded(self._index, self.codes(rows))

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(n, 2 d): float16 in the machine's order."""
        # Not by indexing, which holds the interpreter's lock for as long as it copies.
        return np.take(bytes_at(self._index.codes.data(), len(self.ids), self._index.d * 2), rows, axis=0)

    def write(self, path: Path) -> None:
        """In FAISS's own format."""
        _write_file(_faiss.write_index, self._index, path)

    @property
    def bytes(self) -> int:
        """Of the codes."""
        return int(self._index.codes.size())


def half_codec(dim: int) -> Any:
    """An empty FAISS index that keeps, codes and decodes half-precision vectors."""
    return _faiss.IndexScalarQuantizer(dim, _faiss.ScalarQuantizer.QT_fp16, _faiss.METRIC_INNER_PRODUCT)


def decoded(codec: Any, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, d) float32 of (n, 2 d) bytes; several times as fast as NumPy's conversion, on the calling thread."""
    if not len(codes):
        return np.zeros((0, codec.d), np.float32)
    set_threads(1)
    return codec.sa_decode(np.ascontiguousarray(codes))


class BitSegment:
    """Exact Hamming scan of packed bits (FAISS ``IndexBinaryFlat``); the score is 1 − distance / bits."""

    label: ClassVar[str] = "exact bits"
    direct_rows: ClassVar[int] = 512

    def __init__(self, ids: NDArray[np.int64], index: Any) -> None:
        self.ids = ids
        self._index = index

    @classmethod
    def build(cls, ids: NDArray[np.int64], dim: int, chunks: Iterable[NDArray[np.uint8]]) -> "BitSegment":
        """From ascending ids and their (n, dim) packed bits, given in chunks; in memory."""
        index = _faiss.IndexBinaryFlat(dim * 8)
        for vectors in chunks:
            index.add(np.ascontiguousarray(vectors, np.uint8))
        return cls(ids, index)

    of_codes = build

    @classmethod
    def read(cls, path: Path, ids: NDArray[np.int64], dim: int) -> "BitSegment":
        """Memory-mapped from a file; ValueError if the file holds anything else."""
        index = _faiss.read_index_binary(str(path), _faiss.IO_FLAG_MMAP_IFC)
        whole = isinstance(index, _faiss.IndexBinaryFlat) and index.xb.size() == index.ntotal * dim
        if not whole or index.d != dim * 8 or index.ntotal != len(ids):
            raise ValueError(f"{path.name} does not hold {len(ids)} vectors of {dim} bytes")
        return cls(ids, index)

    def search(
        self, queries: NDArray[Any], k: int, rows: NDArray[np.int64] | None, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """See ``Segment``."""
        if rows is not None:
            return best_rows(bit_similarity(queries, self.vectors(rows)), k, rows)
        set_threads(len(queries))
        parameters = None if mask is None else _faiss.SearchParameters(sel=bitmap_selector(mask))
        distances, found = self._index.search(queries, min(k, len(self.ids)), params=parameters)
        return (1.0 - distances / self._index.d).astype(np.float32), found

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(n, bytes) uint8."""
        return np.take(bytes_at(self._index.xb.data(), len(self.ids), self._index.d // 8), rows, axis=0)

    def codes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The same."""
        return self.vectors(rows)

    def write(self, path: Path) -> None:
        """In FAISS's own format."""
        _write_file(_faiss.write_index_binary, self._index, path)

    @property
    def bytes(self) -> int:
        """Of the packed bits."""
        return int(self._index.xb.size())


def _write_file(write: Callable[[Any, Any], None], index: Any, path: Path) -> None:
    """Through a file of ours: of its own FAISS tells stderr that it can't be closed, and nobody that it isn't whole."""
    with path.open("wb") as file:
        write(index, _faiss.PyCallbackIOWriter(file.write, WRITTEN_AT_ONCE))


ExactSegment = HalfSegment | BitSegment


def exact_class(spec: SpaceSpec) -> type[HalfSegment] | type[BitSegment]:
    """The kind of exact segment that a space's vectors are kept in."""
    return BitSegment if spec.metric is Metric.HAMMING else HalfSegment


def bit_similarity(queries: NDArray[np.uint8], vectors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """1 − Hamming distance / bits of (q, b) against (n, b) packed bits, as (q, n)."""
    differing = np.bitwise_count(queries[:, None, :] ^ vectors[None, :, :]).sum(axis=2, dtype=np.int32)
    return (1.0 - differing / (queries.shape[1] * 8)).astype(np.float32)
