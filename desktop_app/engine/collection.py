"""The collection for other programs: written to a file, and read back into the library."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.collection import Merged
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.reading import Vector
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.index_upkeep import recall_vectors
from desktop_app.engine.indexing.resemblance import COMPARED, UNLIKE, likeness
from desktop_app.engine.outputs import check_output, unwritable
from desktop_app.errors import UnreadableFileError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.collection_files import CollectionFile
    from desktop_app.engine.catalog.merging import Collection, Compare, OtherContent
    from desktop_app.engine.history import History
    from desktop_app.engine.index.store import IndexStore

OnProgress = Callable[[Progress], None]


def nobody(_progress: Progress) -> None:
    """Nobody wants to know how far it is."""


class CollectionExchange:
    """``export`` and ``read`` from any thread, ``merge`` on the writing one."""

    def __init__(self, catalog: "Catalog", store: "IndexStore", history: "History") -> None:
        self._catalog = catalog
        self._store = store
        self._history = history

    def export(self, target: Path, on_progress: OnProgress = nobody) -> int:
        """Items with metadata, vectors, ratings, tags and playlists as .json or .parquet; returns how many.

        Raises KnownError where something else than an earlier export is there, StorageFullError.
        """
        from desktop_app.engine.catalog.exchange import is_export

        reader = self._catalog.reader()
        check_output(reader, target, is_export)
        counts = reader.counts()
        total = sum((counts.photos, counts.tracks, counts.missing, counts.offline, counts.problems))
        spaces = {spec.name: spec.version for spec in self._store.spaces.named().values()}
        try:
            return reader.export(
                target, spaces, lambda done: on_progress(Progress(Phase.EXPORTING, done, max(done, total)))
            )
        except OSError as error:
            raise unwritable(target, error) from error

    def read(self, source: Path, on_progress: OnProgress = nobody) -> "Collection":
        """A file, checked to its end. Raises UnreadableFileError, UsageError."""
        from desktop_app.engine.catalog.merging import read_collection

        if not source.exists():
            raise UnreadableFileError(f"There is no file {source}.")
        return read_collection(source, lambda rows: on_progress(Progress(Phase.IMPORTING, rows)))

    def merge(self, collection: "Collection") -> Merged:
        """Add it to the library; undo takes it back. Raises UnreadableFileError."""
        merged, described = self._catalog.merge(collection, resembling(self._catalog, collection))
        merged = replace(merged, change=self._history.note(merged.change))
        recall_vectors(self._catalog, self._store, described)
        return merged


def resembling(catalog: "Catalog", collection: "Collection") -> "Compare":
    """Tells edits from other photos and tracks as a scan does, by the vectors of the file and of the library."""

    def compare(pairs: "Sequence[OtherContent]") -> list[bool | None]:
        best = np.full(len(pairs), np.nan)
        for spec in chain.from_iterable(COMPARED.values()):
            for at, here, exported in _vectors_of(catalog, collection.file, spec, pairs):
                best[at] = np.fmax(best[at], likeness(spec, here, exported))
        return [None if np.isnan(each) else bool(each >= UNLIKE) for each in best]

    return compare


def _vectors_of(
    catalog: "Catalog", file: "CollectionFile", spec: SpaceSpec, pairs: "Sequence[OtherContent]"
) -> Iterator[tuple[int, Vector, Vector]]:
    """Of each pair of which there are both: its number, the vector here, and that in the file."""
    from desktop_app.engine.catalog.merging import vector_of

    shape = file.record.spaces.get(spec.name)
    asked: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        if pair.kind is spec.kind and pair.here and pair.exported:
            asked[pair.exported].append((at, pair.here))
    if shape is None or shape.version != spec.version:
        return
    for payloads, rows in file.vectors(spec.name, asked):
        there = sorted({here for payload in payloads for _, here in asked[payload]})
        held = dict(zip(*catalog.vectors(spec.name, spec.version, there), strict=True))
        for payload, row in zip(payloads, rows, strict=True):
            exported = vector_of(row, shape)
            for at, here in asked[payload]:
                mine = held.get(here)
                if mine is not None and mine.shape == exported.shape:
                    yield at, mine, exported
