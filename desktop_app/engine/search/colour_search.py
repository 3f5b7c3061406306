"""Photos by palette: candidates from the index of ``colour``, their order by earth mover's distance."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemPlace
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import Hit, PaletteColour, SearchReply, SimilarRequest, SpaceScore
from desktop_app.engine.descriptors.colour import SPEC
from desktop_app.engine.search.colour_palette import MOST_COLOURS, palette_of, palette_scores, palette_target
from desktop_app.engine.search.ports import SearchReader
from desktop_app.engine.search.showing import first_shown
from desktop_app.errors import KnownError, UsageError

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

CLOSE = 0.3  # of the picture and the palette in common; below it is only a trace
LEAST_CANDIDATES, CANDIDATES_FACTOR = 500, 8  # so many of the index are compared exactly, or so many times k


class ColourSearch:
    """Answers requests with ``colours``, from any number of threads."""

    def __init__(self, reader_factory: Callable[[], SearchReader], store: "IndexStore") -> None:
        self._reader_factory = reader_factory
        self._store = store

    def run(self, request: SimilarRequest) -> SearchReply:
        """The photos that hold most of the palette, best first.

        UsageError for more than five colours, colours beside files, another space, a k below 1 or a minimum outside
        0..1; QueryError for a filter that makes no sense.
        """
        started = time.perf_counter()
        palette = checked(request)
        reader = self._reader_factory()
        allow = reader.matching_ids(request.query) if request.query.strip() else None
        filtered = time.perf_counter()
        timings = {"filter": filtered - started, "search": 0.0, "rank": 0.0, "rows": 0.0}
        hits, dropped = self._attempt(reader, request, palette, allow, timings)
        if dropped and len(hits) < request.k:
            # Many of the nearest are not there at present: look again among those that are.
            present = reader.matching_ids("state:present")
            if present is not None:
                allow = present if allow is None else np.intersect1d(allow, present, assume_unique=True)
                hits, _ = self._attempt(reader, request, palette, allow, timings)
        hits = tuple(hit for hit in hits if hit.score >= request.minimum)
        notes = ("No photo has much of these colours.",) if hits and not any(hit.close for hit in hits) else ()
        seconds = time.perf_counter() - started
        return SearchReply(request, Kind.PHOTO, SPEC.name, (), hits, seconds, timings, {}, notes)

    def palette_of(self, item: ItemId) -> tuple[PaletteColour, ...]:
        """The main colours of a photo. KnownError where it has not been described yet."""
        ids, vectors = self._reader_factory().vectors_of_items(SPEC.name, SPEC.version, np.array([item], np.int64))
        if not len(ids):
            raise KnownError("The colours of this photo are not known yet.")
        return palette_of(vectors[0])

    def _attempt(
        self,
        reader: SearchReader,
        request: SimilarRequest,
        palette: tuple[PaletteColour, ...],
        allow: NDArray[np.int64] | None,
        timings: dict[str, float],
    ) -> tuple[tuple[Hit, ...], int]:
        """The hits, and how many were passed over for their state."""
        started = time.perf_counter()
        index = self._store.open_space(SPEC)
        fetch = min(max(LEAST_CANDIDATES, request.k * CANDIDATES_FACTOR), index.count)
        if not fetch:
            return (), 0
        _, found = index.search(palette_target(palette)[None], fetch, allow)
        ids = np.sort(found[found >= 0])
        searched = time.perf_counter()
        ids, vectors = reader.vectors_of_items(SPEC.name, SPEC.version, ids)
        scores = palette_scores(palette, vectors)
        order = np.lexsort((ids, -scores))
        ranked = time.perf_counter()
        shown, dropped = first_shown(reader, request, ids[order])
        timings["search"] += searched - started
        timings["rank"] += ranked - searched
        timings["rows"] += time.perf_counter() - ranked
        return tuple(_hit(place, float(scores[order[position]])) for position, place in shown), dropped


def checked(request: SimilarRequest) -> tuple[PaletteColour, ...]:
    """The palette of a request, or UsageError."""
    if request.k < 1:
        raise UsageError("The number of hits must be at least 1.")
    if not 0.0 <= request.minimum <= 1.0:
        raise UsageError("The lowest similarity must lie between 0 and 100 percent.")
    if request.files or request.items:
        raise UsageError("Search by colours or by files, not by both at once.")
    if request.space not in (None, SPEC.name):
        raise UsageError(f"Colours are compared in the space “{SPEC.name}”.")
    if not 1 <= len(request.colours) <= MOST_COLOURS:
        raise UsageError(f"A palette has one to {MOST_COLOURS} colours.")
    return request.colours


def _hit(place: ItemPlace, score: float) -> Hit:
    return Hit(place.id, place.path, score, (SpaceScore(SPEC.name, score, 1.0),), False, score >= CLOSE)
