"""The collection for other programs: written to a file, and read back into the library."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.collection import Merged
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.index_upkeep import recall_vectors
from desktop_app.engine.outputs import check_output, unwritable
from desktop_app.errors import UnreadableFileError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.merging import Collection
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
        merged, described = self._catalog.merge(collection)
        merged = replace(merged, change=self._history.note(merged.change))
        recall_vectors(self._catalog, self._store, described)
        return merged
