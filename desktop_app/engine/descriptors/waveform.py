"""The shape and the loudness of a whole track, from its blocks as they are decoded."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.metadata import Waveform
from desktop_app.engine.descriptors.loudness import LoudnessMeter
from desktop_app.engine.descriptors.vectors import Floats

_FINEST = 64  # samples in a cell at the start
_CELLS = 1 << 14  # more than these are merged by pairs, so that memory is bounded whatever the length


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
        channels = np.array(samples.T, dtype=np.float32, order="C")  # a row a channel: many times as fast below
        if not np.isfinite(channels.sum()):
            channels = np.nan_to_num(channels, nan=0.0, posinf=0.0, neginf=0.0)
        meter = meter or LoudnessMeter(rate, len(channels))
        meter.add(channels)
        shape.add(channels)
    peaks, means = shape.reduced(bins)
    return Waveform(_bytes(peaks), _bytes(means), meter.integrated() if meter else None)


class _Shape:
    """Peak and mean square of cells of equal length, as many as come."""

    def __init__(self) -> None:
        self._cell = _FINEST
        self._rest: Floats = np.zeros((2, 0), dtype=np.float32)  # ([peak, mean square], samples) short of a cell
        self._cells: list[Floats] = []  # ([peak, mean square], cells) each
        self._count = 0

    def add(self, channels: Floats) -> None:
        """float32 (channels, n)."""
        rows = np.empty((2, channels.shape[1]), dtype=np.float32)
        np.abs(channels[0], out=rows[0])
        np.square(channels[0], out=rows[1])
        for one in channels[1:]:
            np.maximum(rows[0], np.abs(one), out=rows[0])
            rows[1] += np.square(one)
        rows[1] /= len(channels)
        if self._rest.shape[1]:
            rows = np.hstack([self._rest, rows])
        whole = rows.shape[1] // self._cell
        self._rest = rows[:, whole * self._cell :].copy()
        self._cells.append(_merged(rows[:, : whole * self._cell], self._cell))
        self._count += whole
        while self._count > _CELLS:
            self._halve()

    def reduced(self, bins: int) -> tuple[Floats, Floats]:
        """Peaks and root mean squares in ``bins`` equal parts; a short track repeats its cells."""
        rows = np.hstack([*self._cells, np.zeros((2, 0), dtype=np.float32)])
        if self._rest.shape[1] and (self._rest.shape[1] * 2 >= self._cell or rows.shape[1] == 0):
            rows = np.hstack([rows, _merged(self._rest, self._rest.shape[1])])
        count = rows.shape[1]
        if count == 0:
            return np.zeros(bins, dtype=np.float32), np.zeros(bins, dtype=np.float32)
        edges = np.arange(bins + 1) * count // bins
        starts = edges[:-1]
        peaks = np.maximum.reduceat(rows[0], starts)
        sums = np.add.reduceat(rows[1], starts)
        return peaks, np.sqrt(sums / np.maximum(1, np.diff(edges)))

    def _halve(self) -> None:
        rows = np.hstack(self._cells)
        even = rows.shape[1] // 2 * 2
        if even < rows.shape[1]:  # the odd cell goes back to the samples that wait for a whole one
            self._rest = np.hstack([np.repeat(rows[:, even:], self._cell, axis=1), self._rest])
        self._cells = [_merged(rows[:, :even], 2)]
        self._count = even // 2
        self._cell *= 2


def _merged(rows: Floats, members: int) -> Floats:
    """([peak, mean square], n) → ([peak, mean square], n // members)."""
    groups = rows.reshape(2, -1, members)
    return np.stack([groups[0].max(axis=1), groups[1].mean(axis=1)])


def _bytes(values: Floats) -> bytes:
    return np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8).tobytes()
