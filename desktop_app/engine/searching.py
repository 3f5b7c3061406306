"""Similarity searches and playlists over the catalogue's reader and the worker pool."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.playlists import Playlist, PlaylistRequest
from desktop_app.domain.reading import FileReading
from desktop_app.domain.search import PaletteColour, SearchReply, SimilarRequest
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.search_log import SearchLog
from desktop_app.engine.spaces import MEANING
from desktop_app.errors import KnownError, UsageError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.models.library_models import LibraryModels
    from desktop_app.engine.playlists.builder import PlaylistBuilder
    from desktop_app.engine.search.colour_search import ColourSearch
    from desktop_app.engine.search.similar import SimilarSearch

log = logging.getLogger(__name__)


STARTING = "Compared by look and colours: the model is being loaded, and is asked from the next time on."
NOT_STARTED = "Compared by look and colours; with “--space meaning” the model is asked, which takes seconds to load."


class Searching:
    """Safe from any thread. A search is made for each request, with the spaces that there are at that moment."""

    def __init__(
        self,
        reader: "Callable[[], CatalogReader]",
        store: "IndexStore",
        files: FileReader,
        log: SearchLog,
        models: "Callable[[], LibraryModels]",
    ) -> None:
        self._reader = reader
        self._store = store
        self._files = files
        self._models = models
        self._lock = threading.Lock()
        self._builder: PlaylistBuilder | None = None
        self.log = log
        self.lasts = False
        """Whether this process goes on: then a model that a file was compared without is loaded for the next one."""

    def similar(self, request: SimilarRequest) -> SearchReply:
        """The items most like files or items, the photos that hold a palette, or those that show what words say."""
        if request.text:
            reply = self._by_words(request)
        elif request.colours:
            reply = self._colours().run(request)
        else:
            cold: list[Path] = []
            reply = self._similar().run(request, lambda path: self._described(path, request.space, cold))
            if cold:
                reply = replace(reply, notes=(*reply.notes, STARTING if self.lasts else NOT_STARTED))
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

        return SimilarSearch(self._reader, self._store, fusion=self._store.spaces.fusion())

    def _by_words(self, request: SimilarRequest) -> SearchReply:
        from desktop_app.engine.search.similar import SimilarSearch
        from desktop_app.engine.search.wording import words_and_filter

        started = time.perf_counter()
        words, rest = words_and_filter(request.text)
        if not words:
            raise UsageError("Say in words what is to be seen, such as “dog on a beach”.")
        vector, percent = self._models().word_vector(words)
        request = replace(request, query=f"{request.query} {rest}".strip())
        encoded = time.perf_counter() - started
        fusion = replace(self._store.spaces.fusion(), percent=percent)
        reply = SimilarSearch(self._reader, self._store, fusion=fusion).run_vector(MEANING, vector, request)
        notes = reply.notes
        if not self._store.spaces.whole:
            notes = (*notes, "Not all photos are described by the model yet; those that are, are searched.")
        return replace(reply, seconds=reply.seconds + encoded, timings={"words": encoded, **reply.timings}, notes=notes)

    def _described(self, path: Path, space: str | None, cold: list[Path]) -> FileReading:
        """A file from outside, in the spaces that the search compares in.

        By default not in that of a model which would have to be loaded first; such files are added to ``cold``.
        """
        reading = self._files.describe(path)
        spaces = self._store.spaces
        wanted = space == MEANING or (space in (None, "default") and spaces.whole)
        if reading.kind is not Kind.PHOTO or spaces.meaning is None or not wanted:
            return reading
        if space != MEANING and not self._models().answers_at_once:
            cold.append(path)
            if self.lasts:
                self._models().warm()
            return reading
        try:
            vector = self._models().photo_vector(path)
        except KnownError:
            if space == MEANING:
                raise
            log.warning("a file is compared without the model", exc_info=True)
            return reading
        return reading if vector is None else replace(reading, vectors={**reading.vectors, MEANING: vector})

    def _colours(self) -> "ColourSearch":
        from desktop_app.engine.search.colour_search import ColourSearch

        return ColourSearch(self._reader, self._store)
