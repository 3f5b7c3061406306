"""The shape and the loudness of a whole track, from its blocks as they are decoded."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.metadata import Waveform
from desktop_app.engine.descriptors.loudness import LoudnessMeter
from desktop_app.engine.descriptors.vectors import Floats

_FINEST = 32  # samples in a cell at the start
_CELLS = 1 << 16  # more than these are merged by pairs, so that memory is bounded whatever the length


def waveform(blocks: Iterable[tuple[NDArray[np.float32], int]], bins: int = 1000) -> Waveform:
    """Peaks, root mean squares (``bins`` bytes each) and integrated loudness of (n, channels) blocks and their rate.

    Peaks and root mean squares are of all channels together. No samples at all give zeros and no loudness.
    """
    shape = _Shape()
    meter: LoudnessMeter | None = None
    for block, rate in blocks:
        samples = block if block.ndim == 2 else block[:, None]
        if samples.size == 0:
            continue
        samples = np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0, posinf=0.0, neginf=0.0)
        meter = meter or LoudnessMeter(rate, samples.shape[1])
        meter.add(samples)
        shape.add(samples)
    peaks, means = shape.reduced(bins)
    return Waveform(_bytes(peaks), _bytes(means), meter.integrated() if meter else None)


class _Shape:
    """Peak and mean square of cells of equal length, as many as come."""

    def __init__(self) -> None:
        self._cell = _FINEST
        self._rest: Floats = np.zeros((0, 2), dtype=np.float32)  # (samples, [peak, mean square]) short of a cell
        self._cells: list[Floats] = []
        self._count = 0

    def add(self, samples: Floats) -> None:
        peak = np.abs(samples).max(axis=1)
        square = np.einsum("ij,ij->i", samples, samples) / samples.shape[1]
        rows = np.vstack([self._rest, np.stack([peak, square], axis=1)])
        whole = len(rows) // self._cell
        cells = rows[: whole * self._cell].reshape(whole, self._cell, 2)
        self._rest = rows[whole * self._cell :]
        self._cells.append(_merged(cells))
        self._count += whole
        while self._count > _CELLS:
            self._halve()

    def reduced(self, bins: int) -> tuple[Floats, Floats]:
        """Peaks and root mean squares in ``bins`` equal parts; a short track repeats its cells."""
        cells = list(self._cells)
        if len(self._rest):
            cells.append(_merged(self._rest[None]))
        rows = np.vstack(cells) if cells else np.zeros((0, 2), dtype=np.float32)
        if len(rows) == 0:
            return np.zeros(bins, dtype=np.float32), np.zeros(bins, dtype=np.float32)
        edges = np.arange(bins + 1) * len(rows) // bins
        starts = np.minimum(edges[:-1], len(rows) - 1)
        peaks = np.maximum.reduceat(rows[:, 0], starts)
        sums = np.add.reduceat(rows[:, 1], starts)
        return peaks, np.sqrt(sums / np.maximum(1, np.diff(edges)))

    def _halve(self) -> None:
        rows = np.vstack(self._cells)
        even = len(rows) // 2 * 2
        odd = rows[even:]
        if len(odd):  # the odd cell goes back to the samples that wait for a whole one
            self._rest = np.vstack([np.repeat(odd, self._cell, axis=0), self._rest])
        self._cells = [_merged(rows[:even].reshape(-1, 2, 2))]
        self._count = even // 2
        self._cell *= 2


def _merged(groups: Floats) -> Floats:
    """(cells, members, [peak, mean square]) → (cells, 2)."""
    return np.stack([groups[:, :, 0].max(axis=1), groups[:, :, 1].mean(axis=1)], axis=1).astype(np.float32)


def _bytes(values: Floats) -> bytes:
    return np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8).tobytes()
