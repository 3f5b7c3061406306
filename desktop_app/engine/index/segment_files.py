"""One segment's files: its vectors as FAISS writes them, its ids and removed rows as NumPy arrays."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.index.files import DamagedIndexError, SegmentEntry, checksum, write_durably
from desktop_app.engine.index.ivf import IvfSegment, Tuning
from desktop_app.engine.index.ivf_building import Check, InvertedLists
from desktop_app.engine.index.segments import ExactSegment, exact_class
from desktop_app.engine.index.snapshot import Part

CHECK_AT_OPEN = 64 << 20  # bytes, some 30 ms; longer files are checked in the background by ``SpaceIndex.verify``


def read_part(folder: Path, spec: SpaceSpec, entry: SegmentEntry) -> Part:
    """A segment from its files, memory-mapped; DamagedIndexError if they are not what the manifest says."""
    path = folder / entry.vectors_name
    try:
        if path.stat().st_size <= CHECK_AT_OPEN and checksum(path) != entry.vectors_checksum:
            raise DamagedIndexError(f"{path.name} is damaged")
        ids = _read_array(folder / entry.ids_name, entry.ids_checksum)
        if len(ids) != entry.rows or bool(np.any(np.diff(ids) <= 0)):
            raise DamagedIndexError(f"{entry.ids_name} is damaged")
        part = Part(_read_segment(path, ids, spec, entry), number=entry.number)
        if entry.dead:
            part = part.without(_read_array(folder / entry.dead_name, entry.dead_checksum))
    except (OSError, ValueError, RuntimeError, IndexError) as error:  # FAISS raises RuntimeError on a foreign file
        raise DamagedIndexError(f"{path.name} can't be read") from error
    if part.dead != entry.dead:
        raise DamagedIndexError(f"{entry.dead_name} is damaged")
    return part


def _read_segment(
    path: Path, ids: NDArray[np.int64], spec: SpaceSpec, entry: SegmentEntry
) -> ExactSegment | IvfSegment:
    if entry.lists:
        tuning = Tuning(entry.lists, entry.probes, entry.recall, entry.queries, entry.trained)
        return IvfSegment.read(path, ids, spec.index_dim, tuning)
    return exact_class(spec).read(path, ids, spec.index_dim)


def write_segment(folder: Path, spec: SpaceSpec, part: Part, number: int) -> tuple[Part, SegmentEntry]:
    """Write a part that is in memory; returns it opened from its files, with all its rows alive or dead as before."""
    assert not isinstance(part.segment, IvfSegment)  # those are files from the beginning
    return _written(folder, spec, SegmentEntry(number, 0, "", ""), part.segment.ids, part.segment.write, part)


def write_lists(
    folder: Path, spec: SpaceSpec, made: InvertedLists, number: int, check: Check
) -> tuple[Part, SegmentEntry]:
    """Write inverted lists; returns them opened from their files."""
    tuning = made.tuning
    entry = SegmentEntry(
        number,
        0,
        "",
        "",
        lists=tuning.lists,
        probes=tuning.probes,
        recall=tuning.recall,
        queries=tuning.queries,
        trained=tuning.trained,
    )
    return _written(folder, spec, entry, made.rows.ids, lambda path: made.write(path, check), None)


def _written(
    folder: Path,
    spec: SpaceSpec,
    entry: SegmentEntry,
    ids: NDArray[np.int64],
    write: Callable[[Path], object],
    before: Part | None,
) -> tuple[Part, SegmentEntry]:
    vectors, identifiers = folder / entry.vectors_name, folder / entry.ids_name
    write_durably(vectors, write, sync_folder=False)  # the manifest is what makes them part of the index
    write_durably(identifiers, _array_writer(ids), sync_folder=False)
    sums = {"vectors_checksum": checksum(vectors), "ids_checksum": checksum(identifiers)}
    entry = replace(entry, rows=len(ids), **sums)
    opened = _read_segment(vectors, ids, spec, entry)
    if before is None:
        return Part(opened, number=entry.number), entry
    return replace(before, segment=opened, number=entry.number), entry


def write_dead(folder: Path, part: Part, entry: SegmentEntry, generation: int) -> SegmentEntry:
    """Write which rows of a part are removed."""
    entry = replace(entry, dead=part.dead, dead_generation=generation)
    rows = np.flatnonzero(~part.alive) if part.alive is not None else np.zeros(0, np.int64)
    path = folder / entry.dead_name
    write_durably(path, _array_writer(rows), sync_folder=False)
    return replace(entry, dead_checksum=checksum(path))


def _array_writer(array: NDArray[np.int64]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)

    return write


def _read_array(path: Path, expected: str) -> NDArray[np.int64]:
    if checksum(path) != expected:
        raise DamagedIndexError(f"{path.name} is damaged")
    with path.open("rb") as file:
        array: NDArray[np.int64] = np.load(file, allow_pickle=False)
    return array
