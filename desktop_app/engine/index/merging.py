"""Making few large segments of many small ones, and dropping what is removed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.index.segments import segment_class
from desktop_app.engine.index.snapshot import Part, Tail

CHUNK_ROWS = 32768  # copied at a time
WASTE = 0.25  # a segment with more removed rows than this share is written anew
SIZE_RATIO = 2  # a segment stays apart from a newer one while it is more than so many times larger


def merged(spec: SpaceSpec, parts: Sequence[Part]) -> Part | None:
    """The living rows of some parts as one new part in memory; None if nothing lives."""
    ids = np.concatenate([part.alive_ids() for part in parts])
    if not len(ids):
        return None
    rows = np.concatenate([part.alive_rows() for part in parts])
    source = np.repeat(np.arange(len(parts)), [part.count for part in parts])
    order = np.argsort(ids, kind="stable")

    def chunks() -> Iterator[NDArray[Any]]:
        for start in range(0, len(order), CHUNK_ROWS):
            chosen = order[start : start + CHUNK_ROWS]
            vectors: NDArray[Any] | None = None
            for at, part in enumerate(parts):
                here = source[chosen] == at
                found = part.segment.vectors(rows[chosen[here]])
                if vectors is None:
                    vectors = np.empty((len(chosen), found.shape[1]), found.dtype)
                vectors[here] = found
            assert vectors is not None
            yield vectors

    return Part(segment_class(spec).build(ids[order], spec.index_dim, chunks()))


def sealed(spec: SpaceSpec, tail: Tail) -> Part | None:
    """The tail as a part in memory; None if nothing of it lives."""
    if not tail.alive.any():
        return None
    ids, vectors = tail.ids[tail.alive], tail.vectors[tail.alive]
    order = np.argsort(ids, kind="stable")
    return Part(segment_class(spec).build(ids[order], spec.index_dim, [vectors[order]]))


def compacted(spec: SpaceSpec, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same vectors in a number of parts that grows with the logarithm of the count, with little waste.

    Newer parts are merged while they are about as large as the one before (a log-structured merge): each vector is
    written anew a few times in all, and a save after some additions to a large library writes only those.
    """
    stack: list[Part] = []
    for part in parts:
        kept = part if part.dead <= WASTE * len(part.segment.ids) else merged(spec, [part])
        if kept is None or not kept.count:
            continue
        stack.append(kept)
        while len(stack) > 1 and stack[-2].count <= SIZE_RATIO * stack[-1].count:
            last = [stack.pop(-2), stack.pop()]
            both = merged(spec, last)
            if both is not None:
                stack.append(both)
    return tuple(stack)


def compacted_memory(spec: SpaceSpec, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same for the parts at the end that are not in files yet; written ones wait for the next save."""
    written = sum(1 for part in parts if part.number)
    return (*parts[:written], *compacted(spec, parts[written:]))
