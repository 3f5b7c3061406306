"""The index of one space: nearest neighbours among what the catalogue holds, kept in files that never change."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.health import IndexHealth
from desktop_app.domain.id_sets import ascending
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import merging
from desktop_app.engine.index.background import BuildStoppedError
from desktop_app.engine.index.files import DamagedIndexError
from desktop_app.engine.index.folder import SegmentFolder
from desktop_app.engine.index.ivf import IvfSegment, Tuning
from desktop_app.engine.index.ivf_building import sort_into_lists
from desktop_app.engine.index.read_ahead import ReadAhead
from desktop_app.engine.index.segments import exact_class
from desktop_app.engine.index.snapshot import Part, Snapshot, Tail

TAIL_ROWS = 8192  # a longer tail becomes a segment in memory
SMALL_ROWS = 32768  # merged in memory within a save, some 30 ms; longer segments go to files in the background
MEMORY_ROWS = 16384  # so many that no save has written yet go to files at once, some 75 ms at 512 dimensions
HALF_MAX = float(np.finfo(np.float16).max)

Projection = Callable[[str, NDArray[np.float32]], NDArray[np.float32]]


class SpaceIndex:
    """Nearest neighbours among one space's vectors, by item id.

    Any number of threads may search while one thread writes: a search works on an immutable snapshot, which a write
    replaces by one assignment, so no search waits. Vectors are kept in half precision; COSINE scores are inner
    products of normalised vectors, HAMMING scores 1 − distance / bits. ``sequence`` is the catalogue's when it was last
    saved, −1 for one that must be reconciled; ``damage`` says why a file found could not be used.
    """

    def __init__(
        self,
        spec: SpaceSpec,
        folder: Path,
        project: Projection,
        on_due: "Callable[[SpaceIndex], None]" = lambda _index: None,
        reading: ReadAhead | None = None,
    ) -> None:
        if spec.metric is Metric.NONE:
            raise ValueError(f"{spec.name} is not searched by nearest neighbours")
        self.spec = spec
        self.folder = folder
        self.sequence = -1
        self.damage: str | None = None
        self._project = project
        self._on_due = on_due
        self._reading = reading or ReadAhead()
        self._latencies: deque[float] = deque(maxlen=64)  # of the latest searches, in ms
        self._writing = threading.RLock()  # held to replace the snapshot, for milliseconds
        self._tidying = threading.Lock()  # held while segments are merged; taken before the others
        self._filing = threading.RLock()  # held to change the files, for as long as that takes; taken first
        self._dtype: type[Any] = np.uint8 if spec.metric is Metric.HAMMING else np.float32
        self._files = SegmentFolder(folder, spec)
        self._changes, self._saved = 1, 0  # counted; what was saved last
        self._claimed: frozenset[int] = frozenset()  # keys of parts that are being merged
        self._closed = False
        self._cold = True  # its files were not read ahead yet
        self._snapshot = Snapshot((), self._empty_tail())
        self._open()

    # reading

    @property
    def count(self) -> int:
        """How many items it holds."""
        return self._snapshot.count

    @property
    def parts(self) -> tuple[Part, ...]:
        """The segments at this moment; the newest vectors are in none yet."""
        return self._snapshot.parts

    def ids(self) -> NDArray[np.int64]:
        """Of all items held, ascending."""
        return self._snapshot.ids()

    def search(
        self,
        queries: NDArray[Any],
        k: int,
        allow: NDArray[np.int64] | None = None,
        exclude: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest of each query: (q, k) scores, best first, and (q, k) int64 ids, equal scores by id.

        ``queries`` are (q, d), of the space's or of the index's dimension. With ``allow`` only those ids are looked at,
        exactly, however few; ``exclude`` is never answered. Where there are fewer than k: −inf and id −1.
        """
        start = time.perf_counter()
        prepared = self.prepared(queries)
        left_out = ascending([] if exclude is None else exclude)
        found = self._snapshot.search(prepared, max(k, 1), allow, left_out)
        self._latencies.append((time.perf_counter() - start) * 1000)
        return found

    def vectors(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The ids that are held, ascending, and their vectors as the index keeps them (projected, half precision)."""
        return self._snapshot.vectors(ascending(ids))

    def describe(self) -> tuple[str, int, int]:
        """Kind of index in words, count, and bytes of the vectors."""
        snapshot = self._snapshot
        size = sum(part.segment.bytes for part in snapshot.parts) + int(snapshot.tail.vectors.nbytes)
        exact = exact_class(self.spec).label
        lists = _largest_lists(snapshot)
        return lists.label if lists else exact, snapshot.count, size

    def health(self) -> IndexHealth:
        """Kind, size, measured recall and latency, for the user."""
        kind, count, size = self.describe()
        snapshot, latest = self._snapshot, sorted(self._latencies)
        median = latest[len(latest) // 2] if latest else None
        largest = _largest_lists(snapshot)
        tuning = largest.tuning if largest else Tuning(0, 0, 1.0, 0, 0)
        # What is scanned exactly misses nothing.
        missed = sum(
            (1 - part.segment.tuning.recall) * part.count
            for part in snapshot.parts
            if isinstance(part.segment, IvfSegment)
        )
        return IndexHealth(
            space=self.spec.name,
            kind=kind,
            count=count,
            bytes=size,
            segments=len(snapshot.parts),
            lists=tuning.lists,
            probes=tuning.probes,
            recall=round(1 - missed / max(count, 1), 4),
            recall_queries=tuning.queries,
            latency_ms=median,
            building=bool(self._claimed),
            damage=self.damage,
        )

    # writing: one thread

    def add(self, ids: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Hold these (n,) ids with their (n, d) vectors; an id that was there gets the new vector.

        Vectors may have the space's dimension (they are projected here) or the index's.
        """
        given = np.asarray(ids, np.int64)
        prepared = self.prepared(vectors)
        if len(given) != len(prepared) or (len(given) and int(given.min()) < 0):
            raise ValueError("one vector per id, and no negative ids")
        unique, last = np.unique(given[::-1], return_index=True)  # of a repeated id the last vector stands
        rows = len(given) - 1 - last
        with self._writing:
            self.remove(unique)
            for start in range(0, len(unique), TAIL_ROWS):
                self._append(unique[start : start + TAIL_ROWS], prepared[rows[start : start + TAIL_ROWS]])

    def remove(self, ids: NDArray[np.int64]) -> int:
        """Forget these ids; returns how many were there."""
        gone = ascending(ids)
        with self._writing:
            before = self._snapshot
            parts: list[Part] = []
            for part in before.parts:
                rows = part.rows_of(gone)
                parts.append(part.without(rows) if len(rows) else part)
            tail = before.tail
            here = np.isin(tail.ids, gone) & tail.alive
            if here.any():
                tail = Tail(tail.ids, tail.vectors, tail.alive & ~here)
            after = Snapshot(tuple(parts), tail)
            removed = before.count - after.count
            if removed:
                self._snapshot = after
                self._changes += 1
            return removed

    def clear(self) -> None:
        """Forget everything."""
        with self._writing:
            self._files.release(self._snapshot.parts)
            self._snapshot = Snapshot((), self._empty_tail())
            self._changes, self.sequence = self._changes + 1, -1

    def save(self, sequence: int) -> None:
        """Write what is new as files of a new generation.

        Only what is new or small is written, so it takes about as long as writing those bytes; searches, and changes
        from other threads, go on meanwhile. StorageFullError or KnownError if it can't be written: the files of before
        stand.
        """
        with self._filing:
            with self._writing:
                if self._changes == self._saved and self.sequence == sequence:
                    self._tell_if_due()
                    return
                self._seal()
                if self._changes != self._saved:
                    self._merge_small()
                snapshot, changes = self._snapshot, self._changes
            filed = {part.key: part if part.number else self._files.write(part) for part in snapshot.parts}
            self._files.commit(list(filed.values()), sequence)
            with self._writing:
                parts = tuple(_as_filed(part, filed.get(part.key)) for part in self._snapshot.parts)
                self._snapshot = Snapshot(parts, self._snapshot.tail)
                self._saved, self.sequence, self.damage = changes, sequence, None
        self._tell_if_due()

    def verify(self) -> Iterator[None]:
        """Read through the long files, which opening did not, in small steps; DamagedIndexError if one is damaged."""
        return self._files.verify()

    def close(self) -> None:
        """Let go of the files; unsaved changes are lost (they are in the catalogue)."""
        self._closed = True
        with self._writing:
            self._snapshot = Snapshot((), self._empty_tail())

    # improving: any thread

    def read_ahead(self, check: Callable[[], None]) -> None:
        """The first time, have the files read, so that no search waits for the disk. ``check`` raises to give up."""

        def check_both() -> None:
            check()
            self._check_open()

        if self._cold:
            self._cold = False
            self._reading.read(self._files.vectors_files(), check_both)

    def _check_open(self) -> None:
        if self._closed:
            raise BuildStoppedError

    def tidy(self, check: Callable[[], None] = lambda: None) -> bool:
        """Merge the segments that had better be one, into inverted lists where they are many; False if none are due.

        Searches and changes go on: the new segment takes the place of the old ones by one assignment. ``check`` is
        called now and then and raises to give up. StorageFullError or KnownError if there is no room for files.
        """

        def check_both() -> None:
            check()
            self._check_open()

        with self._tidying:
            with self._writing:
                group = merging.due(self.spec, self._snapshot.parts)
                self._claimed = frozenset(part.key for part in group)
            try:
                if group:
                    made = self._merged(group, check_both)
                    with self._filing:
                        self._put_in_place(group, made)
            finally:
                self._claimed = frozenset()
        return bool(group)

    def _merged(self, group: tuple[Part, ...], check: Callable[[], None]) -> Part | None:
        """The group as one part, in files if it is long."""
        count = sum(part.count for part in group)
        if self._lists_for(group):
            beside = [part for part in self._snapshot.parts if not part.exact]
            made = sort_into_lists(merging.Rows.of(group), self.spec.index_dim, beside, check)
            return self._files.write_lists(made, check)
        part = merging.merged(self.spec, group)
        lasting = count > SMALL_ROWS or all(each.number for each in group)
        return self._files.write(part) if part is not None and lasting else part

    def _lists_for(self, group: tuple[Part, ...]) -> bool:
        beside = any(not part.exact for part in self._snapshot.parts)
        return merging.wants_lists(self.spec, sum(part.count for part in group), beside)

    def _put_in_place(self, group: tuple[Part, ...], made: Part | None) -> None:
        """The new part for the group, without what was removed meanwhile; in files if the index was."""
        with self._writing:
            clean = self._changes == self._saved and self.sequence >= 0
            if self._closed or not self._replace(group, made):  # cleared meanwhile
                self._files.release([made] if made else [])
                return
            parts = self._snapshot.parts
        if clean and all(part.number for part in parts):
            self._files.commit(parts, self.sequence)
        else:
            with self._writing:
                self._changes += 1

    def _replace(self, group: tuple[Part, ...], made: Part | None) -> bool:
        current = {part.key: part for part in self._snapshot.parts}
        gone: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for part in group:
            now = current.pop(part.key, None)
            if now is None:
                return False
            if now.dead != part.dead:
                gone.append(np.setdiff1d(part.alive_ids(), now.alive_ids(), assume_unique=True))
        if made is not None:
            removed = np.concatenate(gone)
            made = made.without(made.rows_of(np.sort(removed))) if len(removed) else made
        self._snapshot = Snapshot((*current.values(), *([made] if made else [])), self._snapshot.tail)
        self._files.release(group)
        return True

    def _merge_small(self) -> None:
        """What is quickly done before a save, so that it writes few files."""
        new = self._in_memory()
        if len(new) > 1:
            self._replace(new, merging.merged(self.spec, new))
        while True:
            free = [part for part in self._snapshot.parts if part.key not in self._claimed]
            group = merging.due(self.spec, free)
            if not group or sum(part.count for part in group) > SMALL_ROWS or self._lists_for(group):
                return
            self._replace(group, merging.merged(self.spec, group))

    def _tell_if_due(self) -> None:
        if merging.due(self.spec, self._snapshot.parts):
            self._on_due(self)

    # inside

    def _open(self) -> None:
        try:
            found = self._files.open(self._snapshot.tail)
        except DamagedIndexError as error:
            self.damage = str(error)
            return
        if found is not None:
            self._snapshot, self.sequence = found
            self._saved = self._changes

    def prepared(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """As the index keeps and compares them: (n, index_dim), finite, contiguous."""
        spec = self.spec
        matrix = np.atleast_2d(np.asarray(vectors, self._dtype))
        if matrix.size == 0:
            return np.zeros((0, spec.index_dim), self._dtype)
        if matrix.shape[1] == spec.dim != spec.index_dim:
            matrix = self._project(spec.name, matrix)
        if matrix.shape[1] != spec.index_dim:
            raise ValueError(f"{spec.name} has {spec.dim} dimensions, not {matrix.shape[1]}")
        if self._dtype is np.float32:
            # A vector that is no number would be nobody's neighbour and everybody's: it becomes the null vector.
            matrix = np.clip(np.nan_to_num(matrix, nan=0.0, posinf=0.0, neginf=0.0), -HALF_MAX, HALF_MAX)
        return np.ascontiguousarray(matrix, self._dtype)

    def _empty_tail(self) -> Tail:
        self._ids_buffer = np.zeros(TAIL_ROWS, np.int64)
        self._vector_buffer = np.zeros((0, self.spec.index_dim), self._dtype)
        return Tail(self._ids_buffer[:0], self._vector_buffer[:0], np.zeros(0, np.bool_))

    def _append(self, ids: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        if len(self._snapshot.tail.ids) + len(ids) > TAIL_ROWS:
            self._seal()
            self._spill()
            self._tell_if_due()
        tail = self._snapshot.tail
        start, end = len(tail.ids), len(tail.ids) + len(ids)
        if end > len(self._vector_buffer):
            grown = np.zeros((min(TAIL_ROWS, max(256, 2 * end)), self.spec.index_dim), self._dtype)
            grown[:start] = self._vector_buffer[:start]
            self._vector_buffer = grown  # readers of the old one keep it
        # Rounded as they will be once in a file, so that a save changes no score.
        self._vector_buffer[start:end] = vectors.astype(np.float16) if self._dtype is np.float32 else vectors
        self._ids_buffer[start:end] = ids
        alive = np.concatenate([tail.alive, np.ones(len(ids), np.bool_)])
        tail = Tail(self._ids_buffer[:end], self._vector_buffer[:end], alive)
        self._snapshot = Snapshot(self._snapshot.parts, tail)
        self._changes += 1

    def _seal(self) -> None:
        """Make a segment in memory of the tail."""
        seal = merging.sealed(self.spec, self._snapshot.tail)
        self._snapshot = Snapshot((*self._snapshot.parts, *([seal] if seal else [])), self._empty_tail())

    def _spill(self) -> None:
        """Move the segments in memory to files, where additions outrun saving and the background."""
        waiting = self._in_memory()
        if sum(part.count for part in waiting) < MEMORY_ROWS:
            return
        together = merging.merged(self.spec, waiting)
        self._replace(waiting, None if together is None else self._files.write(together))

    def _in_memory(self) -> tuple[Part, ...]:
        """Parts without files that nobody is merging."""
        return tuple(part for part in self._snapshot.parts if not part.number and part.key not in self._claimed)


def _as_filed(part: Part, filed: Part | None) -> Part:
    """The part with the segment that is mapped from its files."""
    return part if filed is None else replace(part, segment=filed.segment, number=filed.number)


def _largest_lists(snapshot: Snapshot) -> IvfSegment | None:
    found = [part.segment for part in snapshot.parts if isinstance(part.segment, IvfSegment)]
    return max(found, key=lambda segment: len(segment.ids), default=None)
