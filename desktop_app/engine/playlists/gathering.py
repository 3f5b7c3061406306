"""Making the pool: candidates' rows and vectors, filtered, without doubles, the most similar first."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.playlists import Order, PlaylistRequest
from desktop_app.domain.reading import Vector
from desktop_app.engine.playlists.likeness import FLAT, Likeness
from desktop_app.engine.playlists.pool import Pool
from desktop_app.engine.search.fusion import Fusion, Weighted
from desktop_app.engine.search.ports import SearchReader
from desktop_app.engine.search.queries import Query
from desktop_app.engine.search.stored import stored_vectors

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore


def gathered(
    reader: SearchReader,
    store: "IndexStore",
    fusion: Fusion,
    request: PlaylistRequest,
    *,
    plan: Sequence[Weighted],
    seeds: Sequence[Query],
    target: Query | None,
    ids: NDArray[np.int64],
) -> Pool:
    """The pool of these candidate ids, with the seeds and the target."""
    given = [*seeds, *([target] if target is not None else [])]
    target_at = len(seeds) if target is not None else None
    rows = [row for row in reader.rows([ItemId(item) for item in ids.tolist()]) if _may_be_in(row, request)]
    vectors = stored_vectors(reader, store, [weighted.spec for weighted in plan], rows)
    names = [weighted.spec.name for weighted in plan]
    rows = [row for row in rows if any(name in vectors[row.id] for name in names)]
    likeness = Likeness(fusion, plan, [*(query.vectors for query in given), *(vectors[row.id] for row in rows)])
    similarity = likeness.to_all(range(len(seeds)))
    doubles = _doubles(given, rows, vectors, names[0])
    found = [
        at for at, row in enumerate(rows, len(given)) if row.id not in doubles and similarity[at] >= request.minimum
    ]
    found.sort(key=lambda at: (-float(similarity[at]), rows[at - len(given)].id))
    if request.order in (Order.RISING, Order.FALLING):
        found = _known_first(found, [row.tempo is not None for row in rows], len(given), request.length)
    everyone = [*(query.row for query in given), *rows]
    return Pool(
        everyone,
        likeness,
        similarity,
        range(len(seeds)),
        _prefix(request, seeds, target),
        target_at,
        found,
    )


def _may_be_in(row: ItemRow, request: PlaylistRequest) -> bool:
    """Whether a row passes what is asked of single tracks."""
    if row.kind is not Kind.TRACK or row.state is not State.PRESENT:
        return False
    return request.bpm is None or (row.tempo is not None and request.bpm[0] <= row.tempo <= request.bpm[1])


def _prefix(request: PlaylistRequest, seeds: Sequence[Query], target: Query | None) -> list[int]:
    """Positions of the seeds that open the list: present ones, no copies, no more than there is room for."""
    if not request.with_seeds:
        return []
    positions: list[int] = []
    hashes: set[str] = {target.content_hash} if target is not None and target.content_hash else set()
    for at, seed in enumerate(seeds):
        if seed.row is None or seed.row.state is not State.PRESENT or (seed.content_hash or "") in hashes:
            continue
        positions.append(at)
        hashes |= {seed.content_hash} if seed.content_hash else set()
    if request.minutes is not None:
        return positions
    return positions[: max(0, request.length - (1 if target is not None else 0))]


def _doubles(
    given: Sequence[Query], rows: Sequence[ItemRow], vectors: Mapping[ItemId, Mapping[str, Vector]], space: str
) -> set[ItemId]:
    """Ids of rows that repeat a given track or a row with a smaller id: the same bytes, or the same samples.

    Files with the same samples share one stored vector, so an equal vector tells them, whatever their tags.
    """
    marks: set[object] = set()
    for query in given:
        marks |= _marks(query.content_hash, query.vectors.get(space))
    found: set[ItemId] = set()
    for row in sorted(rows, key=lambda each: each.id):
        own = _marks(row.content_hash, vectors[row.id].get(space))
        if own & marks:
            found.add(row.id)
        marks |= own
    return found


def _marks(content_hash: str | None, vector: NDArray[Any] | None) -> set[object]:
    """What two repeats have in common; half precision, as vectors are stored."""
    marks: set[object] = {content_hash} if content_hash else set()
    if vector is not None and vector.size and float(np.ptp(vector)) > FLAT:
        marks.add(np.asarray(vector, np.float16).tobytes())
    return marks


def _known_first(found: list[int], known: Sequence[bool], offset: int, wanted: int) -> list[int]:
    """Leave out tracks of unknown tempo where there are enough others."""
    with_tempo = [at for at in found if known[at - offset]]
    return with_tempo if len(with_tempo) >= 2 * wanted else found
