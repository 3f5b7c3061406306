"""Similarity search: what else is there that looks, or sounds, like this?"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.items import ItemPlace
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import Hit, SearchReply, SimilarRequest
from desktop_app.domain.spaces import Metric
from desktop_app.engine.search.candidates import SpaceQuery, as_matrix, candidates, identical_items
from desktop_app.engine.search.expansion import with_neighbours
from desktop_app.engine.search.fusion import Fusion
from desktop_app.engine.search.less_like import MORE_CANDIDATES, Unwanted
from desktop_app.engine.search.ports import Describe, SearchReader
from desktop_app.engine.search.queries import Query, Resolved, resolve
from desktop_app.engine.search.ranking import Ranking, rank
from desktop_app.engine.search.showing import first_shown
from desktop_app.errors import KnownError, UsageError

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

SPARE = 30  # so many more than k are compared exactly: the first order is not quite that of whole vectors
CLOSE = 0.3  # random pairs lie below; if even the best hit does, nothing is close
NEAR_DUPLICATES = "phash"  # the space that recognises the same picture at another size or quality
DEFAULT_SPACE = "default"  # how the fused spaces are called in a reply


class SimilarSearch:
    """Answers similarity requests, from any number of threads.

    ``reader_factory`` gives a reader of the catalogue for the calling thread. Several query files make one query: an
    item's score in a space is the calibrated mean of its scores with each of them, so what resembles all comes first.
    """

    def __init__(
        self,
        reader_factory: Callable[[], SearchReader],
        store: "IndexStore",
        describe: Describe | None = None,
        fusion: Fusion | None = None,
    ) -> None:
        self._reader_factory = reader_factory
        self._store = store
        self._describe = describe
        self._fusion = fusion or Fusion.built_in()

    def run(self, request: SimilarRequest, describe: Describe | None = None) -> SearchReply:
        """The hits, best first; the query itself is never one.

        UsageError for a k below 1, a minimum outside 0..1 or an unknown space; UnreadableFileError when no query can be
        used; KnownError for photos and tracks in one query; QueryError for a filter that makes no sense.
        """
        started = time.perf_counter()
        space = self._checked(request)
        reader = self._reader_factory()
        resolved = resolve(
            reader,
            self._store,
            self._fusion,
            files=request.files,
            items=request.items,
            describe=describe or self._describe,
        )
        kind = resolved.kind()
        queries = self._space_queries(kind, space, resolved)
        looking = time.perf_counter()
        identical = identical_items(reader, resolved.queries)
        resolved.read_seconds += time.perf_counter() - looking
        unwanted, less = self._unwanted(request, reader, kind, space, describe or self._describe)
        asked = [*resolved.queries, *less.queries]
        resolved.unreadable.update(less.unreadable)
        exclude = np.asarray([query.id for query in asked if query.id is not None], np.int64)
        if space is None:
            looking = time.perf_counter()
            queries = with_neighbours(self._store, queries, np.union1d(exclude, identical))
            resolved.read_seconds += time.perf_counter() - looking
        search = _Run(reader, self._store, self._fusion, request, queries=queries, exclude=exclude, unwanted=unwanted)
        hits, notes = search.hits(np.setdiff1d(identical, exclude))
        timings = {"read": resolved.read_seconds, "describe": resolved.describe_seconds, **search.timings}
        return SearchReply(
            request,
            kind,
            space or DEFAULT_SPACE,
            tuple(query.path for query in resolved.queries),
            hits,
            time.perf_counter() - started,
            timings,
            resolved.unreadable,
            notes,
            search.spaces,
        )

    def _unwanted(
        self,
        request: SimilarRequest,
        reader: SearchReader,
        kind: Kind,
        space: str | None,
        describe: Describe | None,
    ) -> tuple[list[list[SpaceQuery]], Resolved]:
        """What the hits are to be less like, by space, and as it was found. KnownError for another kind."""
        if not request.less_files and not request.less_items:
            return [], Resolved()
        less = resolve(
            reader,
            self._store,
            self._fusion,
            files=request.less_files,
            items=request.less_items,
            describe=describe,
        )
        if any(query.kind is not kind for query in less.queries):
            raise KnownError("Photos and tracks can't be compared with each other. Choose files of one kind.")
        plan = list(self._fusion.plan(kind, space))
        examples = [[SpaceQuery.of(weighted, [query]) for weighted in plan] for query in less.queries]
        return [[query for query in example if len(query.vectors)] for example in examples], less

    def run_vector(self, space: str, vector: NDArray[Any], request: SimilarRequest | None = None) -> SearchReply:
        """The same for a vector (dim,) of one space: float of any length, or packed bits.

        UsageError for an unknown space or a vector that is none of it.
        """
        started = time.perf_counter()
        request = request or SimilarRequest(space=space)
        self._checked(request)
        spec = self._fusion.spec(space)
        given = np.asarray(vector)
        numeric = given.dtype.kind in ("u", "i") if spec.metric is Metric.HAMMING else given.dtype.kind in "fiu"
        if given.size != spec.dim or not numeric or not bool(np.isfinite(given).all()):
            raise UsageError(f"A vector of the space “{space}” has {spec.dim} numbers; this is another.")
        plan = self._fusion.plan(spec.kind, space)
        queries = [SpaceQuery(plan[0].spec, plan[0].weight, as_matrix(spec, [given.reshape(-1)]))]
        search = _Run(
            self._reader_factory(), self._store, self._fusion, request, queries=queries, exclude=np.zeros(0, np.int64)
        )
        hits, notes = search.hits(np.zeros(0, np.int64))
        seconds = time.perf_counter() - started
        return SearchReply(request, spec.kind, space, (), hits, seconds, search.timings, {}, notes, search.spaces)

    def _checked(self, request: SimilarRequest) -> str | None:
        """The space asked for, None for the default ones."""
        if request.k < 1:
            raise UsageError("The number of hits must be at least 1.")
        if not 0.0 <= request.minimum <= 1.0:
            raise UsageError("The lowest similarity must lie between 0 and 100 percent.")
        if request.space is None or request.space == DEFAULT_SPACE:
            return None
        return self._fusion.spec(request.space).name

    def _space_queries(self, kind: Kind, space: str | None, resolved: Resolved) -> list[SpaceQuery]:
        """The queries' vectors by space, leaving out queries that have none in any space."""
        plan = list(self._fusion.plan(kind, space))
        names = {weighted.spec.name for weighted in plan}
        usable: list[Query] = []
        for query in resolved.queries:
            if names & set(query.vectors):
                usable.append(query)
            else:
                resolved.unreadable[query.path] = f"“{query.path.name}” has not been described in this way yet."
        resolved.queries[:] = usable
        resolved.kind()
        near = self._fusion.specs.get(NEAR_DUPLICATES)
        queries = [SpaceQuery.of(weighted, usable) for weighted in plan]
        if space is None and near is not None and near.kind is kind and near.name not in names:
            queries.append(SpaceQuery.near(near, usable))
        return [query for query in queries if len(query.vectors)]


class _Run:
    """One search: candidates, their exact scores, the places of the best."""

    def __init__(
        self,
        reader: SearchReader,
        store: "IndexStore",
        fusion: Fusion,
        request: SimilarRequest,
        *,
        queries: Sequence[SpaceQuery],
        exclude: NDArray[np.int64],
        unwanted: Unwanted = (),
    ) -> None:
        self._reader, self._store, self._fusion = reader, store, fusion
        self._request, self._queries, self._exclude = request, queries, exclude
        self._unwanted = unwanted
        self.timings: dict[str, float] = {"filter": 0.0, "search": 0.0, "rank": 0.0, "rows": 0.0}
        self.spaces: dict[str, float] = {}

    def hits(self, identical: NDArray[np.int64]) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        """The request's hits and what is to be said about them."""
        request = self._request
        started = time.perf_counter()
        allow = self._reader.matching_ids(request.query) if request.query.strip() else None
        self.timings["filter"] = time.perf_counter() - started
        ranking, shown, dropped = self._attempt(allow, identical)
        if dropped and len(shown) < request.k:
            # Many of the nearest are not there at present: look again among those that are.
            present = self._reader.matching_ids("state:present")
            if present is not None:
                allow = present if allow is None else np.intersect1d(allow, present, assume_unique=True)
                ranking, shown, _ = self._attempt(allow, identical)
        return self._made(ranking, shown)

    def _attempt(
        self, allow: NDArray[np.int64] | None, identical: NDArray[np.int64]
    ) -> tuple[Ranking, list[tuple[int, ItemPlace]], int]:
        """Ranked candidates, the places of the best with their rank, and how many were passed over for their state."""
        k = self._request.k
        started = time.perf_counter()
        ids = candidates(
            self._store, self._queries, k * MORE_CANDIDATES if self._unwanted else k, allow, self._exclude, self.spaces
        )
        same = identical if allow is None else np.intersect1d(identical, allow, assume_unique=True)
        searched = time.perf_counter()
        ids = np.union1d(ids, same)
        ranking, shown, dropped = self._best(ids, same, k + SPARE, searched)
        if len(shown) < k and not ranking.whole:
            ranking, shown, dropped = self._best(ids, same, None, time.perf_counter())
        self.timings["search"] += searched - started
        return ranking, shown, dropped

    def _best(
        self, ids: NDArray[np.int64], same: NDArray[np.int64], finalists: int | None, started: float
    ) -> tuple[Ranking, list[tuple[int, ItemPlace]], int]:
        """Candidates in order, the places of the first k that may be shown, and how many were passed over."""
        ranking = rank(
            self._reader,
            self._store,
            self._fusion,
            queries=self._queries,
            ids=ids,
            identical=same,
            finalists=finalists,
            unwanted=self._unwanted,
        )
        ranked = time.perf_counter()
        shown, dropped = first_shown(self._reader, self._request, ranking.ids)
        self.timings["rank"] += ranked - started
        self.timings["rows"] += time.perf_counter() - ranked
        return ranking, shown, dropped

    def _made(
        self, ranking: Ranking, shown: Sequence[tuple[int, ItemPlace]]
    ) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        hits = tuple(
            Hit(
                place.id,
                place.path,
                float(ranking.scores[position]),
                ranking.parts(position),
                bool(ranking.identical[position]),
                bool(ranking.scores[position] >= CLOSE),
            )
            for position, place in shown
            if ranking.scores[position] >= self._request.minimum
        )
        notes = ("Nothing in the library comes close.",) if hits and not any(hit.close for hit in hits) else ()
        return hits, notes
