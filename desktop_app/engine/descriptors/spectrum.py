"""Samples made ready for the track descriptors: checked, at one rate and one loudness, as spectra."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.vectors import Floats

RATE = 22050  # Hz, what every track descriptor works at
FRAME = 2048
HOP = 512  # 43 frames a second
MEL_BANDS = 40
MEL_LOWEST = 40.0  # Hz
MEL_HIGHEST = 10000.0  # Hz: codecs cut what lies above
LEVEL_RANGE = 70.0  # dB under the loudest that count
SILENCE = 1e-4  # root mean square below which there is nothing to describe (−80 dB of full scale)
LOUDNESS = 0.1  # root mean square that everything else is brought to
_LOUDEST = 1e6  # of full scale 1: what is beyond is no sound
_BATCH = 64 * FRAME  # samples of the frames transformed at once: memory stays bounded, and in the processor's cache


@dataclass(frozen=True, slots=True)
class Spectra:
    """One excerpt, transformed once for all descriptors.

    ``bands``: float32 power (frames, 64) as the network hears it; ``levels`` in dB (frames, MEL_BANDS); ``onsets``
    (frames,); ``chroma`` (its own frames, 12). ``silent``: there is nothing in it.
    """

    bands: Floats
    levels: Floats
    onsets: Floats
    chroma: Floats
    silent: bool


def prepared(samples: NDArray[np.float32], rate: int) -> Floats:
    """Mono float32 (n,) at ``RATE``, free of NaN and direct current, at one loudness; empty for silence.

    Raises ValueError unless ``samples`` is one-dimensional and ``rate`` positive.
    """
    if samples.ndim != 1 or rate <= 0:
        raise ValueError(f"not mono samples: shape {samples.shape} at {rate} Hz")
    signal = np.array(samples, dtype=np.float32)
    if signal.size == 0:
        return signal
    if not is_finite(signal):
        np.nan_to_num(signal, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(signal, -_LOUDEST, _LOUDEST, out=signal)
    signal -= np.float32(signal.mean(dtype=np.float64))
    level = float(np.sqrt(np.dot(signal, signal) / signal.size))
    if not level >= SILENCE:
        return np.zeros(0, dtype=np.float32)
    if rate != RATE:
        signal = _resampled(signal, rate)
    signal *= np.float32(LOUDNESS / level)
    return signal


def power_spectrum(signal: Floats, size: int, hop: int, bins: int | None = None) -> Floats:
    """Power of Hann-windowed frames of ``size`` samples, float32 (frames, size // 2 + 1); a shorter signal is padded.

    Only the first ``bins`` (at least 2, not all) where these are wanted. Scaled so that a full-scale sine peaks near 1
    whatever the size.
    """
    kept = bins or size // 2 + 1
    power = np.empty((frame_count(signal, size, hop), kept), dtype=np.float32)
    for start, batch in _power_batches(signal, size, hop, kept):
        power[start : start + len(batch)] = batch
    return power


def band_power(signal: Floats, size: int, hop: int, filters: Floats) -> Floats:
    """Power of the same frames through ``filters`` (bins, bands): float32 (frames, bands).

    The whole spectrum is never in memory: of a minute it is 10 MB, more than a processor's cache.
    """
    found = np.empty((frame_count(signal, size, hop), filters.shape[1]), dtype=np.float32)
    used = 2 + int(np.flatnonzero(filters.any(axis=1))[-1])
    kept = min(len(filters), used)
    filters = np.ascontiguousarray(filters[:kept])
    for start, batch in _power_batches(signal, size, hop, kept):
        np.matmul(batch, filters, out=found[start : start + len(batch)])
    return found


def is_finite(signal: Floats) -> bool:
    """Whether nothing in it is NaN or infinite, or so large that its square is."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.dot(signal, signal)))


def frame_count(signal: Floats, size: int, hop: int) -> int:
    """How many frames of ``size`` samples a signal has, at least one."""
    return 1 + max(0, signal.size - size) // hop


def _power_batches(signal: Floats, size: int, hop: int, kept: int) -> Iterator[tuple[int, Floats]]:
    """Some frames at a time: the number of the first, and (frames, kept) that hold until the next are asked for."""
    import cv2

    if signal.size < size:
        signal = np.pad(signal, (0, size - signal.size))
    frames = np.lib.stride_tricks.sliding_window_view(signal, size)[::hop]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    window *= np.float32(2.0 / window.sum())
    count = min(len(frames), max(1, _BATCH // size))
    windowed, packed = np.empty((count, size), np.float32), np.empty((count, size), np.float32)
    power = np.empty((count, kept), np.float32)
    last = min(kept, size // 2)  # of all bins the last one is real, as the first
    for start in range(0, len(frames), count):
        some = frames[start : start + count]
        rows = len(some)
        np.multiply(some, window, out=windowed[:rows])
        # Packed as Re0, Re1, Im1, …, Re(n/2); ten times as fast here as numpy's transform.
        cv2.dft(windowed[:rows], dst=packed[:rows], flags=cv2.DFT_ROWS)
        squares, batch = packed[:rows, : 2 * kept - 1], power[:rows]
        np.square(squares, out=squares)
        np.add(squares[:, 1 : 2 * last - 1 : 2], squares[:, 2 : 2 * last : 2], out=batch[:, 1:last])
        batch[:, 0] = squares[:, 0]
        if last < kept:
            batch[:, -1] = packed[:rows, -1]
        yield start, batch


@cache
def mel_filters(bands: int, size: int, lowest: float, highest: float) -> Floats:
    """Triangles evenly spaced on Slaney's mel scale (Auditory Toolbox), float32 (bins, bands), each of sum 1."""
    edges = _hertz(np.linspace(_mel(np.array(lowest)), _mel(np.array(highest)), bands + 2))
    bins = np.arange(size // 2 + 1) * RATE / size
    rising = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0.0, np.minimum(rising, falling))
    empty = filters.sum(axis=0) <= 0
    filters[np.argmin(np.abs(bins[:, None] - edges[None, 1:-1]), axis=0)[empty], np.flatnonzero(empty)] = 1.0
    return (filters / filters.sum(axis=0)).astype(np.float32)


def decibels(power: Floats, below_peak: float) -> Floats:
    """10·log10, limited to ``below_peak`` dB under the largest value, so that near-silence says the same everywhere."""
    levels = 10.0 * np.log10(np.maximum(power, 1e-12))
    return np.maximum(levels, levels.max() - below_peak).astype(np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithmic = 15.0 + 27.0 * np.log(np.maximum(hertz, 1000.0) / 1000.0) / np.log(6.4)
    return np.where(hertz < 1000.0, hertz * 3.0 / 200.0, logarithmic)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    exponential = 1000.0 * np.exp(np.log(6.4) * (np.maximum(mel, 15.0) - 15.0) / 27.0)
    return np.where(mel < 15.0, mel * 200.0 / 3.0, exponential)


def _resampled(signal: Floats, rate: int) -> Floats:
    """Band-limited through the spectrum of the whole; readers deliver ``RATE``, so this is the exception."""
    wanted = max(1, round(signal.size * RATE / rate))
    spectrum = np.fft.rfft(signal)
    kept = np.zeros(wanted // 2 + 1, dtype=spectrum.dtype)
    shared = min(kept.size, spectrum.size)
    kept[:shared] = spectrum[:shared]
    return (np.fft.irfft(kept, wanted) * (wanted / signal.size)).astype(np.float32)
