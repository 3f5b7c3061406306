"""Making few large segments of many small ones, and dropping what is removed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index.segments import exact_class
from desktop_app.engine.index.snapshot import Part, Tail

CHUNK_ROWS = 8192  # copied at a time
WASTE = 0.25  # a segment with more removed rows than this share is written anew
FEW = 4  # so many segments are merged when none is much larger than the others
COMPONENTS = 50_000_000  # rows × dimensions: more are kept in inverted lists; 100,000 rows of 512 take 4 to 8 ms
IVF_ROWS = 50_000  # fewer rows are scanned, however long
BESIDE = 4  # beside a part with lists, so many times fewer rows get lists: they take its centroids


@dataclass(frozen=True, slots=True)
class Rows:
    """The living rows of some parts, by ascending id: whose they are and where."""

    parts: Sequence[Part]
    ids: NDArray[np.int64]
    source: NDArray[np.int16]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "Rows":
        """An id is in one part only."""
        ids = np.concatenate([part.alive_ids() for part in parts])
        order = np.argsort(ids, kind="stable")
        rows = np.concatenate([part.alive_rows() for part in parts])[order]
        source = np.repeat(np.arange(len(parts), dtype=np.int16), [part.count for part in parts])[order]
        return cls(parts, ids[order], source, rows)

    def codes(self, chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(n, bytes) of some of them, by place in ``ids``."""
        source, rows = self.source[chosen], self.rows[chosen]
        codes: NDArray[np.uint8] | None = None
        for at, part in enumerate(self.parts):
            here = source == at
            if here.all():
                return part.segment.codes(rows)
            if here.any():
                found = part.segment.codes(rows[here])
                codes = np.empty((len(chosen), found.shape[1]), np.uint8) if codes is None else codes
                codes[here] = found
        return codes if codes is not None else np.zeros((0, 0), np.uint8)


def merged(spec: SpaceSpec, parts: Sequence[Part]) -> Part | None:
    """The living rows of some parts as one new part in memory, scanned exactly; None if nothing lives."""
    rows = Rows.of(parts)
    if not len(rows.ids):
        return None
    starts = range(0, len(rows.ids), CHUNK_ROWS)
    chunks = (rows.codes(np.arange(start, min(start + CHUNK_ROWS, len(rows.ids)))) for start in starts)
    return Part(exact_class(spec).of_codes(rows.ids, spec.index_dim, chunks))


def sealed(spec: SpaceSpec, tail: Tail) -> Part | None:
    """The tail as a part in memory; None if nothing of it lives."""
    if not tail.alive.any():
        return None
    ids, vectors = tail.ids[tail.alive], tail.vectors[tail.alive]
    order = np.argsort(ids, kind="stable")
    return Part(exact_class(spec).build(ids[order], spec.index_dim, [vectors[order]]))


def wants_lists(spec: SpaceSpec, rows: int, beside: bool) -> bool:
    """Whether so many vectors are better kept in inverted lists than scanned; ``beside`` others that are already."""
    share = BESIDE if beside else 1
    return spec.metric is Metric.COSINE and rows >= IVF_ROWS // share and rows * spec.index_dim >= COMPONENTS // share


def due(spec: SpaceSpec, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts that had better be one, now; none if all is well.

    A log-structured merge: the smallest parts are joined once there are a few, with each larger one that isn't larger
    than all smaller ones together; so a vector is written anew a few times in all, whatever the number of additions. An
    id is in one part only, so the order of parts means nothing.
    """
    for part in parts:
        if part.dead > WASTE * len(part.segment.ids):
            return (part,)
    by_size = sorted(parts, key=lambda part: part.count)
    total, together = 0, 0
    for at, part in enumerate(by_size):
        if at == 0 or part.count <= total:
            together = at + 1
        total += part.count
    if together >= FEW:
        return tuple(by_size[:together])
    exact = tuple(part for part in by_size if part.exact)
    beside = len(exact) < len(parts)
    return exact if wants_lists(spec, sum(part.count for part in exact), beside) else ()
