"""Samples made ready for the track descriptors: checked, at one rate and one loudness, as spectra."""

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
_BATCH = 256 * FRAME  # samples of the frames transformed at once: memory stays bounded, and in the processor's cache


@dataclass(frozen=True, slots=True)
class Spectra:
    """One excerpt, transformed once for all descriptors.

    ``signal`` float32 (n,); ``power`` (frames, FRAME // 2 + 1); ``levels`` in dB (frames, MEL_BANDS); ``onsets``
    (frames,); ``chroma`` (its own frames, 12). ``silent``: there is nothing in it.
    """

    signal: Floats
    power: Floats
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
    signal = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    if signal.size == 0:
        return signal
    signal = signal - np.float32(signal.mean(dtype=np.float64))
    level = float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))
    if level < SILENCE:
        return np.zeros(0, dtype=np.float32)
    if rate != RATE:
        signal = _resampled(signal, rate)
    return (signal * (LOUDNESS / level)).astype(np.float32)


def power_spectrum(signal: Floats, size: int, hop: int, bins: int | None = None) -> Floats:
    """Power of Hann-windowed frames of ``size`` samples, float32 (frames, size // 2 + 1); a shorter signal is padded.

    Only the first ``bins`` (at least 2, not all) where these are wanted. Scaled so that a full-scale sine peaks near 1
    whatever the size.
    """
    import cv2

    if signal.size < size:
        signal = np.pad(signal, (0, size - signal.size))
    frames = np.lib.stride_tricks.sliding_window_view(signal, size)[::hop]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    window *= np.float32(2.0 / window.sum())
    kept = bins or size // 2 + 1
    power = np.empty((len(frames), kept), dtype=np.float32)
    count = max(1, _BATCH // size)
    for start in range(0, len(frames), count):
        # Packed as Re0, Re1, Im1, …, Re(n/2); ten times as fast here as numpy's transform.
        packed = np.asarray(cv2.dft(frames[start : start + count] * window, flags=cv2.DFT_ROWS), dtype=np.float32)
        packed = packed[:, : 2 * kept - 1] if bins else packed
        np.square(packed, out=packed)
        batch = power[start : start + count]
        last = kept if bins else kept - 1  # of all bins the last one is real
        np.add(packed[:, 1 : 2 * last - 1 : 2], packed[:, 2 : 2 * last : 2], out=batch[:, 1:last])
        batch[:, 0] = packed[:, 0]
        if not bins:
            batch[:, -1] = packed[:, -1]
    return power


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
