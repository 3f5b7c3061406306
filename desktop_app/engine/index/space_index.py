"""The index of one space: exact search over what the catalogue holds, kept in files that never change."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.health import IndexHealth
from desktop_app.domain.id_sets import ascending
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import merging, segment_files
from desktop_app.engine.index.files import DamagedIndexError, Manifest, SegmentEntry, checksum_steps, remove_quietly
from desktop_app.engine.index.segment_files import read_part, write_dead, write_segment
from desktop_app.engine.index.segments import segment_class
from desktop_app.engine.index.snapshot import Part, Snapshot, Tail

TAIL_ROWS = 8192  # a longer tail becomes a segment in memory
HALF_MAX = float(np.finfo(np.float16).max)

Projection = Callable[[str, NDArray[np.float32]], NDArray[np.float32]]


class SpaceIndex:
    """Nearest neighbours among one space's vectors, by item id.

    Any number of threads may search while one thread writes: a search works on an immutable snapshot, which a write
    replaces by one assignment, so no search waits. Vectors are kept in half precision; COSINE scores are inner
    products of normalised vectors, HAMMING scores 1 − distance / bits. ``sequence`` is the catalogue's when it was last
    saved, −1 for one that must be reconciled; ``damage`` says why a file found could not be used.
    """

    def __init__(self, spec: SpaceSpec, folder: Path, project: Projection) -> None:
        if spec.metric is Metric.NONE:
            raise ValueError(f"{spec.name} is not searched by nearest neighbours")
        self.spec = spec
        self.folder = folder
        self.sequence = -1
        self.damage: str | None = None
        self._project = project
        self._latencies: deque[float] = deque(maxlen=64)  # of the latest searches, in ms
        self._writing = threading.RLock()
        self._dtype: type[Any] = np.uint8 if spec.metric is Metric.HAMMING else np.float32
        self._generation = 0
        self._entries: dict[int, SegmentEntry] = {}
        self._unsaved = True
        self._tail = self._empty_tail()
        self._snapshot = Snapshot((), self._tail)
        self._open()

    # reading

    @property
    def count(self) -> int:
        """How many items it holds."""
        return self._snapshot.count

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
        return segment_class(self.spec).label, snapshot.count, size

    def health(self) -> IndexHealth:
        """Kind, size, measured recall and latency, for the user."""
        kind, count, size = self.describe()
        snapshot, latest = self._snapshot, sorted(self._latencies)
        median = latest[len(latest) // 2] if latest else None
        return IndexHealth(
            self.spec.name, kind, count, size, len(snapshot.parts), 0, 0, 1.0, 0, median, False, self.damage
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
                self._snapshot, self._unsaved = after, True
            return removed

    def clear(self) -> None:
        """Forget everything."""
        with self._writing:
            self._tail = self._empty_tail()
            self._snapshot = Snapshot((), self._tail)
            self._unsaved, self.sequence = True, -1

    def save(self, sequence: int) -> None:
        """Write what is new as files of a new generation; searches go on meanwhile.

        StorageFullError or KnownError if it can't be written: the files of before then still stand.
        """
        with self._writing:
            if not self._unsaved and self.sequence == sequence:
                return
            snapshot = self._snapshot
            seal = merging.sealed(self.spec, snapshot.tail)
            parts = merging.compacted(self.spec, (*snapshot.parts, *([seal] if seal else [])))
            generation = self._generation + 1
            written = [self._written(part, generation) for part in parts]
            entries = tuple(entry for _, entry in written)
            manifest = self._manifest(generation, sequence, entries, sum(part.count for part, _ in written))
            manifest.write(self.folder)
            self._generation, self.sequence, self._unsaved, self.damage = generation, sequence, False, None
            self._entries = {entry.number: entry for entry in entries}
            self._tail = self._empty_tail()
            self._snapshot = Snapshot(tuple(part for part, _ in written), self._tail)
            del snapshot, parts
            self._sweep(manifest)

    def verify(self) -> Iterator[None]:
        """Read through the long files, which opening did not, in small steps; DamagedIndexError if one is damaged."""
        for entry in list(self._entries.values()):
            path = self.folder / entry.vectors_name
            try:
                if path.stat().st_size <= segment_files.CHECK_AT_OPEN:
                    continue
                for step in checksum_steps(path):
                    if step is not None and step != entry.vectors_checksum:
                        raise DamagedIndexError(f"{path.name} is damaged")
                    yield
            except OSError as error:
                raise DamagedIndexError(f"{path.name} can't be read") from error

    def close(self) -> None:
        """Let go of the files; unsaved changes are lost (they are in the catalogue)."""
        with self._writing:
            self._tail = self._empty_tail()
            self._snapshot = Snapshot((), self._tail)

    # inside

    def _open(self) -> None:
        try:
            manifest = Manifest.read(self.folder)
            if manifest is None:
                return
            self._generation = manifest.generation
            manifest.check(self.spec)
            parts = tuple(read_part(self.folder, self.spec, entry) for entry in manifest.segments)
            snapshot = Snapshot(parts, self._tail)
            if snapshot.count != manifest.count or len(ascending(snapshot.ids())) != manifest.count:
                raise DamagedIndexError("the manifest counts other vectors than the files hold")
        except DamagedIndexError as error:
            self.damage = str(error)
            self._generation = max([self._generation, *_numbers(self.folder)])
            return
        self._snapshot, self.sequence, self._unsaved = snapshot, manifest.sequence, False
        self._entries = {entry.number: entry for entry in manifest.segments}

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
        tail, parts = self._snapshot.tail, self._snapshot.parts
        if len(tail.ids) + len(ids) > TAIL_ROWS:
            seal = merging.sealed(self.spec, tail)
            parts = merging.compacted_memory(self.spec, (*parts, *([seal] if seal else [])))
            tail = self._empty_tail()
        start, end = len(tail.ids), len(tail.ids) + len(ids)
        if end > len(self._vector_buffer):
            grown = np.zeros((min(TAIL_ROWS, max(256, 2 * end)), self.spec.index_dim), self._dtype)
            grown[:start] = self._vector_buffer[:start]
            self._vector_buffer = grown  # readers of the old one keep it
        # Rounded as they will be once in a file, so that a save changes no score.
        self._vector_buffer[start:end] = vectors.astype(np.float16) if self._dtype is np.float32 else vectors
        self._ids_buffer[start:end] = ids
        alive = np.concatenate([tail.alive, np.ones(len(ids), np.bool_)])
        self._tail = Tail(self._ids_buffer[:end], self._vector_buffer[:end], alive)
        self._snapshot, self._unsaved = Snapshot(parts, self._tail), True

    def _written(self, part: Part, generation: int) -> tuple[Part, SegmentEntry]:
        """The part as files of its own, opened from them, and their entry in the manifest."""
        if part.number == 0:
            number = max([generation * 100, *(entry + 1 for entry in _numbers(self.folder))])
            part, entry = write_segment(self.folder, self.spec, part, number)
        else:
            entry = self._entries[part.number]
        if part.dead != entry.dead:
            entry = write_dead(self.folder, part, entry, generation)
        return part, entry

    def _manifest(self, generation: int, sequence: int, entries: tuple[SegmentEntry, ...], count: int) -> Manifest:
        spec = self.spec
        return Manifest(
            spec.name, spec.version, spec.metric.value, spec.index_dim, generation, sequence, count, entries
        )

    def _sweep(self, manifest: Manifest) -> None:
        """Remove the files of older generations; on Windows a mapped one goes after a later save."""
        keep = manifest.names()
        for path in self.folder.iterdir():
            if path.name not in keep:
                remove_quietly(path)


def _numbers(folder: Path) -> list[int]:
    """Of all segments with files in a folder."""
    if not folder.is_dir():
        return []
    return [int(path.name[:8]) for path in folder.iterdir() if path.name[:8].isdigit()]
