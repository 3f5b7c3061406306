"""Files that look as known and may be others: they may have changed places with files of the same size and time.

Sounds and pictures that are not compressed are all of one size, and cards and archives keep times to two seconds.
"""

import sys
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.places import KnownFiles
from desktop_app.engine.indexing.plan import LOOKED_UP, PIECE, Found
from desktop_app.engine.indexing.survey import Survey
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.media.sidecars import SIDECAR_PART

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

LOOKS = 500
"""So many files are looked at in one step."""

MIXER = np.int64(6_364_136_223_846_793_005)


def exchanged(survey: Survey, known: KnownFiles, catalog: "Catalog") -> Generator[None, None, list[Found]]:
    """Those to look into, of the files that something happened to, in steps of some milliseconds.

    All that was only touched or copied, or whose size or time no other item has, is not read for that.
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
    there = np.flatnonzero(known.there)
    rows = there[(yield from _shared(known.size[there], known.mtime_ns[there] // SIDECAR_PART))]
    rows = rows[np.isin(known.item_id[rows], np.asarray(catalog.look_alikes(known.item_id[rows]), np.int64))]
    yield
    renamed: dict[int, float] = {}
    for start in range(0, len(rows), LOOKS):
        for row in rows[start : start + LOOKS].tolist():
            changed = _changed_at(survey, known.relpath[row])
            if changed > since:
                renamed[row] = changed
        yield
    later = set(catalog.added_before({ItemId(int(known.item_id[row])): at for row, at in renamed.items()}))
    rows_by_place = {known.relpath[row]: row for row in renamed if int(known.item_id[row]) in later}
    told: dict[str, int] = {}
    for start in range(0, len(survey.files) if rows_by_place else 0, PIECE):
        names = enumerate(survey.files.relpath[start : start + PIECE], start)
        told.update((place, at) for at, place in names if place in rows_by_place)
        yield
    return (yield from _as_known(survey, known, catalog, [rows_by_place[place] for place in told], told))


def _as_known(
    survey: Survey, known: KnownFiles, catalog: "Catalog", rows: Sequence[int], told: Mapping[str, int]
) -> Generator[None, None, list[Found]]:
    """Those of the rows whose file, ``told`` by place, has the known size and time, and is not alone in that."""
    files = survey.files
    ids: list[ItemId] = []
    for row in rows:
        at = told[known.relpath[row]]
        if (files.size[at], files.mtime_ns[at]) == (known.size[row], known.mtime_ns[row]):
            ids.append(ItemId(int(known.item_id[row])))
    yield
    doubtful, found = catalog.look_alikes(ids), list[Found]()
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


def _changed_at(survey: Survey, relpath: str) -> float:
    """When a file was last renamed, or anything else of it changed; 0 where that can't be told."""
    if sys.platform == "win32":
        return 0.0
    try:
        return openable(survey.root.path / relpath).stat().st_ctime
    except OSError:
        return 0.0
