"""What a scan found against what the catalogue knows: pure comparison, no files."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.engine.catalog.places import KnownFiles, KnownItem
from desktop_app.engine.scanner import ScannedFile, ScannedFiles

PIECE = 20_000
"""So many files are compared in one step, some 10 ms."""

LOOKED_UP = 2_000
"""So many items whose files differ are looked up in one."""


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
    found_again: list[ItemId] = field(default_factory=list[ItemId])  # those of the returned that were missing
    found: list[Found] = field(default_factory=list[Found])
    gone: list[ItemId] = field(default_factory=list[ItemId])
    lost: list[ItemId] = field(default_factory=list[ItemId])


def comparing(
    root_id: RootId,
    known: KnownFiles,
    files: ScannedFiles,
    items: Callable[[Sequence[ItemId]], Sequence[KnownItem]],
    covered: Callable[[str], bool] | None = None,
) -> Generator[None, None, Comparison]:
    """Compare by relpath, then by size and time alone: one look per file, in steps of some milliseconds.

    ``items`` looks up those whose files differ; one that is not there any more is left out, with its file.
    ``covered`` says of a known relpath whether the scan would have seen its file (None: of all). Of a missing item at a
    place that holds another content nothing is said: the file there is new.
    """
    result = Comparison()
    places: dict[str, int] = {}
    yield from _enter(places, known, known.missing)
    yield from _enter(places, known, ~known.missing)  # of two at one place, the one that is not missing
    seen = np.zeros(len(known), dtype=np.bool_)
    differing: dict[ItemId, ScannedFile] = {}
    for start in range(0, len(files), PIECE):
        _compare_piece(
            result, differing, root_id, known, files, range(start, min(start + PIECE, len(files))), places, seen
        )
        yield
    asked = list(differing)
    for start in range(0, len(asked), LOOKED_UP):
        looked_up = items(asked[start : start + LOOKED_UP])
        result.found += [Found(root_id, differing[item.id], item) for item in looked_up]
        yield
    for at in np.flatnonzero(~seen).tolist():
        if covered is None or covered(known.relpath[at]):
            (result.gone if known.missing[at] else result.lost).append(ItemId(int(known.item_id[at])))
    return result


def _enter(places: dict[str, int], known: KnownFiles, chosen: NDArray[np.bool_]) -> Iterator[None]:
    """Adds the rows of the chosen ones by relpath."""
    if not chosen.any():
        return
    every = bool(chosen.all())
    for start in range(0, len(known), PIECE):
        rows = range(start, min(start + PIECE, len(known)))
        piece = zip(known.relpath[start : rows.stop], rows, strict=True)
        places.update(piece if every else compress(piece, chosen[start : rows.stop].tolist()))
        yield


def _compare_piece(
    result: Comparison,
    differing: dict[ItemId, ScannedFile],
    root_id: RootId,
    known: KnownFiles,
    files: ScannedFiles,
    piece: range,
    places: Mapping[str, int],
    seen: NDArray[np.bool_],
) -> None:
    """Adds what is to be said of a piece of the files, and marks the rows of ``known`` whose file is there."""
    rows, same = _rows_of(files, piece, known, places)
    unchanged = same & known.there[rows] if len(known) else same
    result.unchanged += int(unchanged.sum())
    seen[rows[unchanged]] = True
    for number in np.flatnonzero(~unchanged).tolist():
        file, at = files.at(piece.start + number), int(rows[number])
        if at < 0:
            result.found.append(Found(root_id, file))
        elif same[number]:
            seen[at] = True
            result.returned.append(ItemId(int(known.item_id[at])))
            if known.missing[at]:
                result.found_again.append(result.returned[-1])
        elif known.missing[at]:
            result.found.append(Found(root_id, file))
        else:
            seen[at] = True
            differing[ItemId(int(known.item_id[at]))] = file


def _rows_of(
    files: ScannedFiles, piece: range, known: KnownFiles, places: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The row of each file's place (-1: none), and whether size and time are as known. No step of Python a file."""
    count = len(piece)
    if not count or not len(known):
        return np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    start, stop = piece.start, piece.stop
    rows = np.fromiter(map(places.get, files.relpath[start:stop], repeat(-1)), np.int64, count)
    same = (known.size[rows] == np.array(files.size[start:stop], np.int64)) & (rows >= 0)
    return rows, same & (known.mtime_ns[rows] == np.array(files.mtime_ns[start:stop], np.int64))
