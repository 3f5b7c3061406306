"""Selections as ranges of positions: a million selected items are one range."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractItemModel, QItemSelection, QItemSelectionModel, QItemSelectionRange

Ranges = list[tuple[int, int]]


def ranges_of(positions: NDArray[np.int64]) -> Ranges:
    """Inclusive runs of ascending positions."""
    if not len(positions):
        return []
    breaks = np.flatnonzero(np.diff(positions) != 1)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(positions) - 1]))
    return list(zip(positions[firsts].tolist(), positions[lasts].tolist(), strict=True))


def positions_in(ranges: Ranges) -> NDArray[np.int64]:
    """Every position of ascending ranges."""
    runs = [np.arange(first, last + 1) for first, last in ranges]
    return np.concatenate(runs) if runs else np.zeros(0, np.int64)


def copy_numbers(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) for each place of (n,) ids how often its id stands before it: 0 for the first of each."""
    order = np.argsort(ids, kind="stable")
    first = np.concatenate(([True], np.diff(ids[order]) != 0)) if len(ids) else np.zeros(0, bool)
    begun = np.maximum.accumulate(np.where(first, np.arange(len(ids)), 0))
    numbers = np.empty(len(ids), np.int64)
    numbers[order] = np.arange(len(ids)) - begun
    return numbers


def selection_of(model: QAbstractItemModel, ranges: Iterable[tuple[int, int]]) -> QItemSelection:
    """Whole rows of a table model."""
    made = QItemSelection()
    last_column = model.columnCount() - 1
    for first, last in ranges:
        made.append(QItemSelectionRange(model.index(first, 0), model.index(last, last_column)))
    return made


def selected_ranges(selection: QItemSelectionModel) -> Ranges:
    """Inclusive, ascending, without overlaps."""
    chosen = selection.selection()
    ranges = [chosen.at(place) for place in range(chosen.count())]
    found = sorted((each.top(), each.bottom()) for each in ranges if each.isValid())
    merged: Ranges = []
    for first, last in found:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def count(ranges: Ranges) -> int:
    """How many positions."""
    return sum(last - first + 1 for first, last in ranges)
