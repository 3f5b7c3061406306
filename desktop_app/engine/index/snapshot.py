"""What a search sees: an immutable view of all segments, what is removed of them, and the newest vectors."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.id_sets import ascending
from desktop_app.engine.index.ivf import IvfSegment
from desktop_app.engine.index.segments import ExactSegment, bit_similarity, inner_products

DIRECT_ROWS = 2048  # up to so many chosen ids are looked up one by one, more in a table
_KEYS = count(1)
SPARE_ROWS = 256  # so many unwanted rows are cheaper fetched and dropped than masked in a scan


@dataclass(frozen=True, slots=True)
class Selection:
    """Which ids a search may answer with: ``allow`` (None: all) without ``exclude``, both ascending and unique."""

    allow: NDArray[np.int64] | None
    exclude: NDArray[np.int64]
    flags: NDArray[np.bool_] | None = None  # allow as a table by id, where it is long

    @classmethod
    def of(cls, allow: NDArray[np.int64] | None, exclude: NDArray[np.int64], highest: int) -> "Selection":
        """Made once a search; ``highest`` is the highest id that any segment holds."""
        if allow is None:
            return cls(None, exclude)
        chosen = ascending(allow)
        if len(exclude):
            chosen = np.setdiff1d(chosen, exclude, assume_unique=True)
        first, last = np.searchsorted(chosen, (0, highest + 1))
        chosen = chosen[first:last]
        if len(chosen) <= DIRECT_ROWS:
            return cls(chosen, exclude)
        flags = np.zeros(highest + 1, np.bool_)
        flags[chosen] = True
        return cls(chosen, exclude, flags)

    def mask(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these ids are wanted; not for a selection of everything."""
        if self.flags is not None:
            return self.flags[ids]
        return np.isin(ids, self.allow if self.allow is not None else ids)


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and which of its rows still count (``alive`` None: all)."""

    segment: ExactSegment | IvfSegment
    alive: NDArray[np.bool_] | None = None
    number: int = 0  # of its files; 0: not written yet
    dead: int = 0
    key: int = field(default_factory=_KEYS.__next__)  # the same for as long as its rows are: written, or fewer alive

    @property
    def count(self) -> int:
        """Rows that count."""
        return len(self.segment.ids) - self.dead

    @property
    def exact(self) -> bool:
        """Whether every row is looked at."""
        return not isinstance(self.segment, IvfSegment)

    def alive_ids(self) -> NDArray[np.int64]:
        """Ascending."""
        return self.segment.ids if self.alive is None else self.segment.ids[self.alive]

    def alive_rows(self) -> NDArray[np.int64]:
        """Ascending, as ``alive_ids``."""
        return np.arange(len(self.segment.ids)) if self.alive is None else np.flatnonzero(self.alive)

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The living rows of those of the ids that are here."""
        rows = np.searchsorted(self.segment.ids, ids)
        rows[rows == len(self.segment.ids)] = 0
        rows = rows[self.segment.ids[rows] == ids] if len(self.segment.ids) else rows[:0]
        return rows if self.alive is None else rows[self.alive[rows]]

    def without(self, rows: NDArray[np.int64]) -> "Part":
        """The same with these living rows removed."""
        alive = np.ones(len(self.segment.ids), np.bool_) if self.alive is None else self.alive.copy()
        alive[rows] = False
        return replace(self, alive=alive, dead=int(len(alive) - np.count_nonzero(alive)))

    def search(
        self, queries: NDArray[Any], k: int, selection: Selection
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best (q, k') scores and ids, padded with id −1."""
        scores, rows = self._search_rows(queries, k, selection)
        ids = np.where(rows >= 0, self.segment.ids[rows], -1)
        return scores, ids

    def _search_rows(
        self, queries: NDArray[Any], k: int, selection: Selection
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        if selection.allow is not None:
            if selection.flags is None:
                rows = self.rows_of(selection.allow)
                if len(rows) <= self.segment.direct_rows:
                    return self.segment.search(queries, k, rows, None)
                mask = np.zeros(len(self.segment.ids), np.bool_)
                mask[rows] = True
            else:
                mask = selection.mask(self.segment.ids)
                if self.alive is not None:
                    mask &= self.alive
            wanted = int(np.count_nonzero(mask))
            if wanted <= self.segment.direct_rows:
                return self.segment.search(queries, k, np.flatnonzero(mask), None)
            return self.segment.search(queries, k, None, None if wanted == len(mask) else mask)
        unwanted = self.dead + len(selection.exclude)
        if unwanted <= SPARE_ROWS:
            scores, rows = self.segment.search(queries, k + unwanted, None, None)
            drop = np.isin(self.segment.ids[rows], selection.exclude)
            if self.alive is not None:
                drop |= ~self.alive[rows]
            return scores, np.where(drop, -1, rows)
        mask = np.ones(len(self.segment.ids), np.bool_) if self.alive is None else self.alive.copy()
        mask[self.rows_of(selection.exclude)] = False
        return self.segment.search(queries, k, None, mask)


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest vectors, in the order they came; the writer appends behind what a reader's view shows."""

    ids: NDArray[np.int64]
    vectors: NDArray[Any]
    alive: NDArray[np.bool_]

    def search(
        self, queries: NDArray[Any], k: int, selection: Selection
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """All scores (q, n) and ids, −1 where unwanted; not yet cut to k."""
        wanted = self.alive
        if selection.allow is not None:
            wanted = wanted & selection.mask(self.ids)
        elif len(selection.exclude):
            wanted = wanted & ~np.isin(self.ids, selection.exclude)
        if self.vectors.dtype == np.uint8:
            scores = bit_similarity(queries, self.vectors)
        else:
            scores = inner_products(queries, self.vectors)
        return scores, np.broadcast_to(np.where(wanted, self.ids, -1), scores.shape)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a space's index holds at one moment."""

    parts: tuple[Part, ...]
    tail: Tail

    @property
    def count(self) -> int:
        """Living vectors."""
        return sum(part.count for part in self.parts) + int(np.count_nonzero(self.tail.alive))

    def ids(self) -> NDArray[np.int64]:
        """Ascending."""
        return np.sort(np.concatenate([*(part.alive_ids() for part in self.parts), self.tail.ids[self.tail.alive]]))

    def highest_id(self) -> int:
        """Over everything, also what is removed; −1 if empty."""
        highest = [int(part.segment.ids[-1]) for part in self.parts if len(part.segment.ids)]
        return max([*highest, int(self.tail.ids.max(initial=-1)), -1])

    def search(
        self, queries: NDArray[Any], k: int, allow: NDArray[np.int64] | None, exclude: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """See ``SpaceIndex.search``."""
        selection = Selection.of(allow, exclude, self.highest_id())
        found = [part.search(queries, k, selection) for part in self.parts if part.count]
        found.append(self.tail.search(queries, k, selection))
        scores = np.concatenate([each[0] for each in found], axis=1)
        ids = np.concatenate([each[1] for each in found], axis=1)
        scores = np.where(ids >= 0, scores, -np.inf).astype(np.float32)
        if scores.shape[1] > 4 * k + 64:
            chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            scores, ids = np.take_along_axis(scores, chosen, axis=1), np.take_along_axis(ids, chosen, axis=1)
        order = np.lexsort((ids, -scores), axis=1)[:, :k]
        scores, ids = np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)
        missing = k - scores.shape[1]
        if missing > 0:
            scores = np.pad(scores, ((0, 0), (0, missing)), constant_values=-np.inf)
            ids = np.pad(ids, ((0, 0), (0, missing)), constant_values=-1)
        return scores, ids

    def vectors(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Those of the ids that are held, ascending, with their vectors as stored."""
        found_ids: list[NDArray[np.int64]] = []
        found: list[NDArray[Any]] = []
        for part in self.parts:
            rows = part.rows_of(ids)
            found_ids.append(part.segment.ids[rows])
            found.append(part.segment.vectors(rows))
        wanted = self.tail.alive & np.isin(self.tail.ids, ids)
        found_ids.append(self.tail.ids[wanted])
        found.append(self.tail.vectors[wanted])
        together = np.concatenate(found_ids)
        order = np.argsort(together, kind="stable")
        return together[order], np.concatenate(found)[order]
