"""What a scan found against what the catalogue knows: pure comparison, no I/O."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.places import KnownFiles, KnownItem
from desktop_app.engine.scanner import ScannedFile

PIECE = 20_000
"""So many files are compared in one step, some 10 ms."""


@dataclass(slots=True)
class Found:
    """A file to look into. ``item`` is the one at its place, None for a place that is new."""

    root_id: RootId
    file: ScannedFile
    item: KnownItem | None = None


@dataclass(slots=True)
class Comparison:
    """One root, file by file.

    ``unchanged`` counts files whose size and time are as known; ``returned`` items are there again as they were;
    ``found`` files are new or differ; ``gone`` items have no file where they were (``lost`` before: since now).
    """

    unchanged: int = 0
    returned: list[ItemId] = field(default_factory=list[ItemId])
    found: list[Found] = field(default_factory=list[Found])
    gone: list[ItemId] = field(default_factory=list[ItemId])
    lost: list[ItemId] = field(default_factory=list[ItemId])


def compare(
    root_id: RootId,
    known: KnownFiles,
    files: Sequence[ScannedFile],
    covered: Callable[[str], bool] | None = None,
) -> Comparison:
    """Compare by relpath, then by size and time alone: one look per file.

    ``covered`` says of a known relpath whether the scan would have seen its file (None: of all). Of a missing item at a
    place that holds another content nothing is said: the file there is new.
    """
    steps = comparing(root_id, known, files, covered)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] - a generator's value


def comparing(
    root_id: RootId,
    known: KnownFiles,
    files: Sequence[ScannedFile],
    covered: Callable[[str], bool] | None = None,
) -> Generator[None, None, Comparison]:
    """``compare`` in steps of some milliseconds: nothing else of the interpreter could run in one over a million."""
    result = Comparison()
    places: dict[str, int] = {}  # of two, the one that is not missing
    for start in range(0, len(known), PIECE):
        piece = known.relpath[start : start + PIECE]
        places.update(zip(piece, range(start, start + len(piece)), strict=True))
        yield
    seen = np.zeros(len(known), dtype=np.bool_)
    for start in range(0, len(files), PIECE):
        _compare_piece(result, root_id, known, files[start : start + PIECE], places, seen)
        yield
    for at in np.flatnonzero(~seen).tolist():
        if covered is None or covered(known.relpath[at]):
            number = ItemId(int(known.item_id[at]))
            (result.gone if known.state[at] is State.MISSING else result.lost).append(number)
    return result


def _compare_piece(
    result: Comparison,
    root_id: RootId,
    known: KnownFiles,
    files: Sequence[ScannedFile],
    places: Mapping[str, int],
    seen: NDArray[np.bool_],
) -> None:
    """Adds what is to be said of these files, and marks the rows of ``known`` whose file is there."""
    rows, same = _rows_of(files, known, places)
    unchanged = same & known.there[rows] if len(known) else same
    result.unchanged += int(unchanged.sum())
    seen[rows[unchanged]] = True
    for number in np.flatnonzero(~unchanged).tolist():
        file, at = files[number], int(rows[number])
        if at < 0:
            result.found.append(Found(root_id, file))
        elif same[number]:
            seen[at] = True
            result.returned.append(ItemId(int(known.item_id[at])))
        elif known.state[at] is State.MISSING:
            result.found.append(Found(root_id, file))
        else:
            seen[at] = True
            result.found.append(Found(root_id, file, known_item(root_id, known, at)))


def _rows_of(
    files: Sequence[ScannedFile], known: KnownFiles, places: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The row of each file's place (-1: none), and whether size and time are as known. No step of Python a file."""
    count = len(files)
    if not count or not len(known):
        return np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    relpaths, sizes, times, _kinds = zip(*files, strict=True)
    rows = np.fromiter(map(places.get, relpaths, repeat(-1)), np.int64, count)
    same = (known.size[rows] == np.fromiter(sizes, np.int64, count)) & (rows >= 0)
    return rows, same & (known.mtime_ns[rows] == np.fromiter(times, np.int64, count))


def known_item(root_id: RootId, known: KnownFiles, at: int) -> KnownItem:
    """One row of the columns."""
    return KnownItem(
        ItemId(int(known.item_id[at])),
        root_id,
        known.relpath[at],
        int(known.size[at]),
        int(known.mtime_ns[at]),
        known.state[at],
        known.kind[at],
        known.content_hash[at],
        known.payload_hash[at],
    )
