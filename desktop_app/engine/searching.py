"""Similarity searches and playlists over the catalogue's reader and the worker pool."""

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.playlists import Playlist, PlaylistRequest
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.search_log import SearchLog

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader
    from desktop_app.engine.catalog.places import KnownItem
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.playlists.builder import PlaylistBuilder
    from desktop_app.engine.search.similar import SimilarSearch


class SearchView:
    """The catalogue's reader as a search sees it."""

    def __init__(self, reader: "CatalogReader") -> None:
        self._reader = reader

    def rows(self, ids: Sequence[ItemId]) -> list[ItemRow]:
        """In the order asked; unknown ids are left out."""
        return self._reader.rows(ids)

    def items_by_paths(self, paths: Sequence[Path]) -> dict[Path, ItemId]:
        """Of those paths that are in the library."""
        return {path: row.id for path, row in self._reader.items_by_paths(paths).items()}

    def items_by_content(self, hashes: Collection[str]) -> "list[KnownItem]":
        """All items with these bytes."""
        return self._reader.items_by_content(hashes)

    def matching_ids(self, text: str) -> NDArray[np.int64] | None:
        """Items that match a query; None for an empty one."""
        return self._reader.matching_ids(text)

    def vectors_of_items(
        self, space: str, version: int, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Ids that have a vector in the space, and those vectors, full dimension."""
        return self._reader.vectors_of_items(space, version, ids)


class Searching:
    """Safe from any thread; the search itself is built with the first request."""

    def __init__(
        self, reader: "Callable[[], CatalogReader]", store: "IndexStore", files: FileReader, log: SearchLog
    ) -> None:
        self._reader = reader
        self._store = store
        self._files = files
        self._lock = threading.Lock()
        self._search: SimilarSearch | None = None
        self._builder: PlaylistBuilder | None = None
        self.log = log

    def similar(self, request: SimilarRequest) -> SearchReply:
        """The items most like files or items."""
        reply = self._similar().run(request, self._files.describe)
        self.log.add(reply.seconds)
        return reply

    def similar_to_vector(self, space: str, vector: NDArray[Any], request: SimilarRequest) -> SearchReply:
        """The items nearest to a vector."""
        reply = self._similar().run_vector(space, vector, request)
        self.log.add(reply.seconds)
        return reply

    def build_playlist(self, request: PlaylistRequest) -> Playlist:
        """A playlist from seeds."""
        from desktop_app.engine.playlists.builder import PlaylistBuilder

        with self._lock:
            if self._builder is None:
                self._builder = PlaylistBuilder(self._view, self._store)
        return self._builder.build(request, self._files.describe)

    def _similar(self) -> "SimilarSearch":
        from desktop_app.engine.search.similar import SimilarSearch

        with self._lock:
            if self._search is None:
                self._search = SimilarSearch(self._view, self._store)
        return self._search

    def _view(self) -> SearchView:
        return SearchView(self._reader())
