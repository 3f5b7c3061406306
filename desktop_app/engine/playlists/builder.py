"""Builds playlists from seed tracks."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.playlists import Playlist, PlaylistRequest
from desktop_app.engine.playlists.gathering import gathered
from desktop_app.engine.playlists.report import reported
from desktop_app.engine.playlists.selection import Chosen, choose
from desktop_app.engine.search.candidates import SpaceQuery, candidates
from desktop_app.engine.search.fusion import Fusion
from desktop_app.engine.search.ports import Describe, SearchReader
from desktop_app.engine.search.queries import Query, resolve
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore

FIRST_POOL = 256  # candidates looked at first, at least; more if they don't suffice
POOL_FACTOR = 8  # …and so many times the length
WIDEN = 4


class PlaylistBuilder:
    """Builds playlists, from any number of threads; deterministic, the same library and request give the same list.

    ``reader_factory`` gives a reader of the catalogue for the calling thread.
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

    def build(self, request: PlaylistRequest, describe: Describe | None = None) -> Playlist:
        """The playlist, of present tracks, no recording twice where others are left (no file ever).

        The length is exact while the library has tracks enough; by minutes, the whole comes within half a mean track of
        them. UsageError for values that make no sense, KnownError where a seed or the target is no track,
        UnreadableFileError where no seed can be used, QueryError for a bad filter.
        """
        _check(request)
        reader = self._reader_factory()
        describe = describe or self._describe
        resolved = resolve(
            reader, self._store, self._fusion, files=request.seed_files, items=request.seeds, describe=describe
        )
        if resolved.kind() is not Kind.TRACK:
            raise KnownError("A playlist is made of tracks, and this is a photo.")
        target = self._target(reader, request, describe)
        notes = [f"Left out: {sentence}" for sentence in resolved.unreadable.values()]
        seeds = resolved.queries
        if target is not None and target.id in {seed.id for seed in seeds}:
            target = None
            notes.append("The track to end with is one of the seeds, so the list ends where it likes.")
        plan = self._fusion.plan(Kind.TRACK, None)
        queries = [SpaceQuery.of(weighted, [*seeds, *([target] if target else [])]) for weighted in plan]
        queries = [query for query in queries if len(query.vectors)]
        if not queries:
            raise UnreadableFileError("The seeds have not been described yet.")
        exclude = np.asarray([query.id for query in [*seeds, *([target] if target else [])] if query.id], np.int64)
        allow = reader.matching_ids(request.query) if request.query.strip() else None
        everything = max(self._store.open_space(query.spec).count for query in queries)
        size = max(FIRST_POOL, POOL_FACTOR * request.length)
        while True:
            ids = candidates(self._store, queries, size, allow, exclude)
            pool = gathered(reader, self._store, self._fusion, request, plan=plan, seeds=seeds, target=target, ids=ids)
            chosen = choose(pool, request)
            enough = not (chosen.short or chosen.crowded or chosen.clashing or chosen.repeated)
            if enough or size >= everything:
                break
            size *= WIDEN
        notes += _notes(request, chosen, seeds)
        return reported(pool, chosen, notes)

    def _target(self, reader: SearchReader, request: PlaylistRequest, describe: Describe | None) -> Query | None:
        """The track to end with, which must be in the library."""
        if request.target is None and request.target_file is None:
            return None
        files = [request.target_file] if request.target_file is not None and request.target is None else []
        items = [request.target] if request.target is not None else []
        resolved = resolve(reader, self._store, self._fusion, files=files, items=items, describe=describe)
        if resolved.kind() is not Kind.TRACK:
            raise KnownError("A playlist ends with a track, and this is a photo.")
        target = resolved.queries[0]
        if target.row is None or target.row.state is not State.PRESENT:
            raise KnownError(f"The track to end with, “{target.path.name}”, must be in the library.")
        return target


def _check(request: PlaylistRequest) -> None:
    """UsageError for what makes no sense."""
    problems = [
        (not request.seeds and not request.seed_files, "A playlist needs at least one seed track."),
        (request.minutes is None and request.length < 1, "A playlist has at least one track."),
        (request.minutes is not None and not 0 < request.minutes < 1e6, "A playlist lasts more than no minutes."),
        (not 0.0 <= request.variety <= 1.0, "Variety lies between 0 and 1."),
        (not 0.0 <= request.minimum <= 1.0, "The lowest similarity must lie between 0 and 100 percent."),
        (request.artist_gap < 0, "The gap between two tracks of an artist can't be negative."),
        (request.bpm is not None and request.bpm[0] > request.bpm[1], "The tempo range ends before it begins."),
    ]
    for wrong, sentence in problems:
        if wrong:
            raise UsageError(sentence)


def _notes(request: PlaylistRequest, chosen: Chosen, seeds: Sequence[Query]) -> list[str]:
    """What could not be kept, in sentences."""
    notes: list[str] = []
    outside = [seed.path.name for seed in seeds if seed.row is None]
    if outside and request.with_seeds:
        names = ", ".join(f"“{name}”" for name in outside)
        notes.append(f"Not in the library, so it shapes the list without being in it: {names}.")
    absent = [seed.row.title for seed in seeds if seed.row is not None and seed.row.state is not State.PRESENT]
    if absent and request.with_seeds:
        notes.append(f"Its file is not there at present, so it is left out: {', '.join(absent)}.")
    count = len(chosen.order)
    if chosen.short:
        wanted = f"{request.minutes:g} minutes" if request.minutes is not None else f"{request.length} tracks"
        notes.append(f"The library has no more tracks that fit: {count} for the {wanted} asked for.")
    if chosen.repeated:
        notes.append("Some recordings are in the list in two files: the library has nothing else to fill it with.")
    if chosen.crowded:
        notes.append(f"There are too few artists to keep {request.artist_gap} other tracks between two of one artist.")
    if chosen.clashing:
        notes.append("Some neighbours are in keys that don't mix: too few tracks are in fitting keys.")
    return notes
