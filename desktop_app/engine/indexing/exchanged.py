"""Files that look as known and may be others: they may have changed places with files of the same size and time.

Sounds and pictures that are not compressed are all of one size, and cards and archives keep times to two seconds. And
who writes tags into the room that a file has for them, and sets its time back, changes neither.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.places import KnownFiles
from desktop_app.engine.indexing.plan import LOOKED_UP, PIECE, Found
from desktop_app.engine.indexing.survey import Survey
from desktop_app.engine.media.sidecars import SIDECAR_PART

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

FEW = 100
"""So many files that something happened to are read whatever it was; another mode or owner is told the same way, of all
files perhaps, so that of more only those are read that are not alone in their size and time."""

MIXER = np.int64(6_364_136_223_846_793_005)


def exchanged(survey: Survey, known: KnownFiles, catalog: "Catalog") -> Generator[None, None, list[Found]]:
    """Those to look into, of the files that something happened to, in steps of some milliseconds.

    Of many, all that was only touched or copied, or whose size or time no other item has, is not read for that.
    """
    named = frozenset(survey.named)
    folders = tuple(part.folder + "/" for part in survey.parts if part.deep and part.folder)
    if not named and not folders:
        return []
    told: dict[str, int] = {}
    for start in range(0, len(survey.files), PIECE):
        for at, place in enumerate(survey.files.relpath[start : start + PIECE], start):
            if place in named or place.startswith(folders):
                told[place] = at
        yield
    rows: list[int] = []
    for start in range(0, len(known) if told else 0, PIECE):
        rows += [
            row
            for row, place in enumerate(known.relpath[start : start + PIECE], start)
            if place in told and known.there[row]
        ]
        yield
    return (yield from _as_known(survey, known, catalog, rows, told))


def exchanged_since(
    survey: Survey, known: KnownFiles, catalog: "Catalog", since: float
) -> Generator[None, None, list[Found]]:
    """The same for a look at a whole root: those that were renamed ``since``, in seconds since the epoch.

    The system notes when that was beside the file's own time; Windows, and cards in all systems, don't.
    """
    files = survey.files
    later = np.flatnonzero(np.frombuffer(files.renamed_at) > since) if len(files) else np.zeros(0, np.int64)
    if not len(later):
        return []
    survey.renews = True
    yield
    rows = np.flatnonzero(known.there)
    if len(later) > FEW:
        rows = rows[(yield from _shared(known.size[rows], known.mtime_ns[rows] // SIDECAR_PART))]
    renamed: dict[str, int] = {}
    for start in range(0, len(later) if len(rows) else 0, PIECE):
        renamed.update((files.relpath[at], at) for at in later[start : start + PIECE].tolist())
        yield
    row_of: dict[ItemId, int] = {}
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE].tolist()
        row_of.update((ItemId(int(known.item_id[row])), row) for row in piece if known.relpath[row] in renamed)
        yield
    moments = {item: files.renamed_at[renamed[known.relpath[row]]] for item, row in row_of.items()}
    chosen = [row_of[ItemId(int(item))] for item in catalog.added_before(moments)]
    return (yield from _as_known(survey, known, catalog, chosen, renamed))


def _as_known(
    survey: Survey, known: KnownFiles, catalog: "Catalog", rows: Sequence[int], told: Mapping[str, int]
) -> Generator[None, None, list[Found]]:
    """Those of the rows whose file, ``told`` by place, has the known size and time; of many, if others have them."""
    files = survey.files
    ids: list[ItemId] = []
    for row in rows:
        at = told[known.relpath[row]]
        if (files.size[at], files.mtime_ns[at]) == (known.size[row], known.mtime_ns[row]):
            ids.append(ItemId(int(known.item_id[row])))
    yield
    doubtful, found = ids if len(ids) <= FEW else catalog.look_alikes(ids), list[Found]()
    for start in range(0, len(doubtful), LOOKED_UP):
        items = catalog.known_items(doubtful[start : start + LOOKED_UP])
        found += [Found(survey.root.id, files.at(told[item.relpath]), item) for item in items]
        yield
    return found


def _shared(sizes: NDArray[np.int64], times: NDArray[np.int64]) -> Generator[None, None, NDArray[np.bool_]]:
    """Which pairs are there more than once, piece by piece; of millions, one may be among them by chance."""
    keys = (sizes * MIXER + times) * MIXER
    shared = np.zeros(len(keys), dtype=np.bool_)
    pieces = 1 << (len(keys) // PIECE).bit_length()
    for piece in range(pieces):
        rows = np.flatnonzero((keys >> 40) & (pieces - 1) == piece)
        rows = rows[np.argsort(keys[rows])]
        same = keys[rows[1:]] == keys[rows[:-1]]
        shared[rows[1:][same]] = shared[rows[:-1][same]] = True
        yield
    return shared
