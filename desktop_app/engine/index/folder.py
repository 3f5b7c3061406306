"""The folder that a space's index is kept in: which files are its segments, and what a save adds and removes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from desktop_app.domain.id_sets import ascending
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.index import segment_files
from desktop_app.engine.index.files import DamagedIndexError, Manifest, SegmentEntry, checksum_steps, remove_quietly
from desktop_app.engine.index.ivf_building import Check, InvertedLists
from desktop_app.engine.index.segment_files import read_part, write_dead, write_lists, write_segment
from desktop_app.engine.index.snapshot import Part, Snapshot, Tail


class SegmentFolder:
    """Files that never change, by number, and the manifest that says which of them are the index.

    Segments may be written from any thread; ``commit`` is called by one at a time.
    """

    def __init__(self, folder: Path, spec: SpaceSpec) -> None:
        self.path = folder
        self._spec = spec
        self._lock = threading.Lock()
        self._generation = 0
        self._next = 1
        self._entries: dict[int, SegmentEntry] = {}  # of all written segments in use
        self._writing: set[int] = set()  # numbers whose files nobody may sweep yet

    def open(self, tail: Tail) -> tuple[Snapshot, int] | None:
        """What the manifest names, with an empty tail, and the catalogue's sequence; None if there is no manifest.

        DamagedIndexError if any of it can't be trusted.
        """
        self._next = max(_numbers(self.path), default=0) + 1
        manifest = Manifest.read(self.path)
        if manifest is None:
            return None
        self._generation = manifest.generation
        manifest.check(self._spec)
        parts = tuple(read_part(self.path, self._spec, entry) for entry in manifest.segments)
        snapshot = Snapshot(parts, tail)
        if snapshot.count != manifest.count or len(ascending(snapshot.ids())) != manifest.count:
            raise DamagedIndexError("the manifest counts other vectors than the files hold")
        self._entries = {entry.number: entry for entry in manifest.segments}
        return snapshot, manifest.sequence

    def write(self, part: Part) -> Part:
        """A part in memory as files, opened from them. StorageFullError or KnownError."""
        return self._numbered(lambda number: write_segment(self.path, self._spec, part, number))

    def write_lists(self, made: InvertedLists, check: Check) -> Part:
        """Inverted lists as files, opened from them. StorageFullError or KnownError."""
        return self._numbered(lambda number: write_lists(self.path, self._spec, made, number, check))

    def _numbered(self, write: Callable[[int], tuple[Part, SegmentEntry]]) -> Part:
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._writing.add(number)
        try:
            written, entry = write(number)
        except BaseException:
            with self._lock:
                self._writing.discard(number)
            raise
        with self._lock:
            self._entries[number] = entry
        return written

    def release(self, parts: Sequence[Part]) -> None:
        """These parts are no longer of the index: their files go with the next commit that doesn't name them."""
        with self._lock:
            self._writing -= {part.number for part in parts}

    def commit(self, parts: Sequence[Part], sequence: int) -> None:
        """From now on these written parts are the index, as of the catalogue's sequence; other files go.

        StorageFullError or KnownError: then what was committed before still stands.
        """
        spec, generation = self._spec, self._generation + 1
        entries: list[SegmentEntry] = []
        for part in parts:
            entry = self._entries[part.number]
            if part.dead != entry.dead:
                entry = write_dead(self.path, part, entry, generation)
            entries.append(entry)
        count = sum(part.count for part in parts)
        manifest = Manifest(
            spec.name, spec.version, spec.metric.value, spec.index_dim, generation, sequence, count, tuple(entries)
        )
        manifest.write(self.path)
        self._generation = generation
        with self._lock:
            self._writing -= {entry.number for entry in entries}
            self._entries = {
                **{number: entry for number, entry in self._entries.items() if number in self._writing},
                **{entry.number: entry for entry in entries},
            }
            keep = manifest.names()
            for path in self.path.iterdir():  # on Windows a mapped file stays, and goes after a later commit
                if path.name not in keep and _number(path) not in self._writing:
                    remove_quietly(path)

    def verify(self) -> Iterator[None]:
        """Read through the long files, which opening did not, in small steps; DamagedIndexError if one is damaged."""
        with self._lock:
            entries = list(self._entries.values())
        for entry in entries:
            path = self.path / entry.vectors_name
            try:
                if path.stat().st_size <= segment_files.CHECK_AT_OPEN:
                    continue
                for step in checksum_steps(path):
                    if step is not None and step != entry.vectors_checksum:
                        raise DamagedIndexError(f"{path.name} is damaged")
                    yield
            except OSError as error:
                if entry.number in self._entries:  # otherwise it was merged into another meanwhile
                    raise DamagedIndexError(f"{path.name} can't be read") from error

    def vectors_files(self) -> list[Path]:
        """Of all segments, the smallest first."""
        with self._lock:
            entries = sorted(self._entries.values(), key=lambda entry: entry.rows)
        return [self.path / entry.vectors_name for entry in entries]


def _number(path: Path) -> int:
    """Of the segment that a file belongs to; 0: of none."""
    return int(path.name[:8]) if path.name[:8].isdigit() else 0


def _numbers(folder: Path) -> list[int]:
    """Of all segments with files in a folder."""
    return [_number(path) for path in folder.iterdir()] if folder.is_dir() else []
