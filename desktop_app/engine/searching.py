"""Similarity searches and playlists over the catalogue's reader and the worker pool."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.playlists import Playlist, PlaylistRequest
from desktop_app.domain.search import PaletteColour, SearchReply, SimilarRequest
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.search_log import SearchLog

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.playlists.builder import PlaylistBuilder
    from desktop_app.engine.search.colour_search import ColourSearch
    from desktop_app.engine.search.similar import SimilarSearch


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
        """The items most like files or items, or the photos that hold a palette."""
        reply = self._colours().run(request) if request.colours else self._similar().run(request, self._files.describe)
        return self._logged(reply)

    def similar_to_vector(self, space: str, vector: NDArray[Any], request: SimilarRequest) -> SearchReply:
        """The items nearest to a vector."""
        reply = self._similar().run_vector(space, vector, request)
        return self._logged(reply)

    def _logged(self, reply: SearchReply) -> SearchReply:
        """With the time that the request waited to be taken up, noted in the log."""
        if reply.request.asked is not None:
            waited = max(0.0, time.perf_counter() - reply.request.asked - reply.seconds)
            reply = replace(reply, seconds=reply.seconds + waited, timings={"wait": waited, **reply.timings})
        self.log.add(reply.seconds, reply.timings, reply.spaces)
        return reply

    def palette_of(self, item: ItemId) -> tuple[PaletteColour, ...]:
        """The main colours of a photo. Raises KnownError."""
        return self._colours().palette_of(item)

    def build_playlist(self, request: PlaylistRequest) -> Playlist:
        """A playlist from seeds."""
        from desktop_app.engine.playlists.builder import PlaylistBuilder

        with self._lock:
            if self._builder is None:
                self._builder = PlaylistBuilder(self._reader, self._store)
        return self._builder.build(request, self._files.describe)

    def _similar(self) -> "SimilarSearch":
        from desktop_app.engine.search.similar import SimilarSearch

        with self._lock:
            if self._search is None:
                self._search = SimilarSearch(self._reader, self._store)
        return self._search

    def _colours(self) -> "ColourSearch":
        from desktop_app.engine.search.colour_search import ColourSearch

        return ColourSearch(self._reader, self._store)
