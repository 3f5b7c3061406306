"""Measurements behind ``sound``: timbre, dynamics, rhythm and harmony statistics of an excerpt.

Nothing here depends on level or key. Their parameters belong to the version of ``sound``: changing one means fitting
its map again.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.spectrum import FRAME, HOP, MEL_BANDS, RATE, Spectra, decibels, mel_filters
from desktop_app.engine.descriptors.vectors import Floats

CEPSTRA = 20
PATTERN_BANDS = 24
PATTERN_RANGE = 80.0  # dB
STRIDE = 4  # the shape of the spectrum is taken from every fourth frame
AUDIBLE = 50.0  # dB under the loudest frame: quieter ones say nothing of the music
FLOOR = 1e-8  # of the strongest bin: what lies below differs from codec to codec
HIGHEST = 10000.0  # Hz: codecs cut what lies above
CONTRAST_EDGES = (60.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, HIGHEST)
MODULATION_FRAMES = 256  # 6 s
MODULATION_GROUPS = 8
MODULATION_EDGES = (0.3, 0.8, 1.5, 2.5, 4.0, 6.0, 9.0, 14.0, 21.0)  # Hz
DELTA_FRAMES = 4


def measured(spectra: Spectra) -> dict[str, Floats]:
    """Blocks by name, float32, always of the same lengths and finite."""
    cepstra = spectra.levels @ _cosines()
    energy = 10.0 * np.log10(spectra.power.sum(axis=1) + 1e-9)
    audible = energy > energy.max() - AUDIBLE
    spread = cepstra.std(axis=0)
    blocks = {
        "cepstra": cepstra.mean(axis=0)[1:],
        "cepstra_spread": np.log(spread + 1.0),
        "cepstra_change": np.log((cepstra[2:] - cepstra[:-2]).std(axis=0) + 1.0),
        "cepstra_skew": np.mean((cepstra - cepstra.mean(axis=0)) ** 3, axis=0) / (spread + 1.0) ** 3,
        "spectrum": _spectral_shape(spectra.power[::STRIDE], audible[::STRIDE]),
        "crossings": _zero_crossings(spectra.signal, len(energy)),
        "contrast": _contrast(spectra.power[::STRIDE], audible[::STRIDE]),
        "dynamics": _dynamics(energy, audible),
        "onsets": _onsets(spectra.onsets),
        "modulation": _modulation(spectra.levels),
        "harmony": _harmony(spectra.chroma),
        **_patterns(spectra.power),
    }
    return {name: np.nan_to_num(values).astype(np.float32) for name, values in blocks.items()}


def _spectral_shape(power: Floats, audible: NDArray[np.bool_]) -> Floats:
    """Mean and deviation of centroid, two rolloffs, bandwidth (logarithms of Hz) and flatness."""
    hertz = (np.arange(power.shape[1]) * (RATE / FRAME)).astype(np.float32)
    kept = hertz <= HIGHEST
    power, hertz = power[:, kept], hertz[kept]
    amplitude = np.sqrt(power)
    total = amplitude.sum(axis=1) + np.float32(1e-9)
    centroid = amplitude @ hertz / total
    width = np.sqrt(np.maximum(0.0, amplitude @ np.square(hertz) / total - np.square(centroid)))
    summed = np.cumsum(power, axis=1)
    rolloffs = [hertz[np.minimum((summed < part * summed[:, -1:]).sum(axis=1), len(hertz) - 1)] for part in (0.85, 0.5)]
    floored = np.maximum(power[:, STRIDE:], FLOOR * power.max() + 1e-12)
    flatness = np.log(floored).mean(axis=1) - np.log(floored.mean(axis=1))
    courses = [np.log(centroid + 50), *(np.log(one + 50) for one in rolloffs), np.log(width + 50), flatness]
    return np.array([value for one in courses for value in (one[audible].mean(), one[audible].std())])


def _zero_crossings(signal: Floats, frames: int) -> Floats:
    crossings = np.diff(np.signbit(signal))
    whole = max(1, min(frames, crossings.size // HOP))
    rate = np.log(crossings[: whole * HOP].reshape(whole, -1).mean(axis=1) + 0.005)
    return np.array([rate.mean(), rate.std()])


def _contrast(power: Floats, audible: NDArray[np.bool_]) -> Floats:
    """Peaks over valleys of seven bands in dB, mean and deviation (D.-N. Jiang and others, 2002)."""
    hertz = np.arange(power.shape[1]) * (RATE / FRAME)
    floor = FLOOR * power.max() + 1e-12
    values: list[float] = []
    for low, high in pairwise(CONTRAST_EDGES):
        ordered = np.sort(power[:, (hertz >= low) & (hertz < high)], axis=1)
        tenth = max(2, ordered.shape[1] // 10 + 1)
        peak, valley = ordered[:, -tenth:].mean(axis=1), ordered[:, :tenth].mean(axis=1)
        contrast = 10.0 * np.log10((peak + floor) / (valley + floor))[audible]
        values += [float(contrast.mean()), float(contrast.std())]
    return np.array(values, dtype=np.float32)


def _dynamics(energy: Floats, audible: NDArray[np.bool_]) -> Floats:
    low, middle, high = np.percentile(energy, [10, 50, 95])
    steps = np.abs(np.diff(energy))[audible[1:]]
    low = max(low, energy.max() - 2 * AUDIBLE)
    return np.array([energy[audible].std(), high - low, high - middle, steps.mean() if steps.size else 0.0])


def _onsets(onsets: Floats) -> Floats:
    """Onsets a second and their strength (logarithms), and how unevenly they come."""
    middle = onsets[1:-1]
    mean, spread = float(onsets.mean()), float(onsets.std())
    peaks = (middle > onsets[:-2]) & (middle >= onsets[2:]) & (middle > mean + 0.5 * spread)
    seconds = len(onsets) * HOP / RATE
    return np.array([np.log(peaks.sum() / seconds + 0.1), np.log(mean + 0.05), spread / (mean + 0.05)])


def _modulation(levels: Floats) -> Floats:
    """How strongly the level of eight groups of bands moves at eight rates: (64,) logarithms.

    After E. Pampalk's fluctuation patterns, "Computational models of music similarity" (2006).
    """
    groups = levels.reshape(len(levels), MODULATION_GROUPS, -1).mean(axis=2)
    groups = groups - groups.mean(axis=0)
    size = MODULATION_FRAMES
    if len(groups) < size:
        groups = np.pad(groups, ((0, size - len(groups)), (0, 0)))
    parts = np.lib.stride_tricks.sliding_window_view(groups, size, axis=0)[:: size // 2]
    power = (np.abs(np.fft.rfft(parts * np.hanning(size).astype(np.float32), axis=2)) ** 2).mean(axis=0)
    hertz = np.arange(size // 2 + 1) * (RATE / HOP / size)
    edges = pairwise(MODULATION_EDGES)
    return np.log(np.stack([power[:, (hertz >= a) & (hertz < b)].mean(axis=1) for a, b in edges]) + 1.0).ravel()


def _harmony(chroma: Floats) -> Floats:
    """Interval content of the chroma, whatever the key: sizes of its cosine frequencies, and how it moves."""
    intervals = np.abs(np.fft.rfft(chroma, axis=1))[:, 1:]
    change = np.abs(np.diff(chroma, axis=0)).sum(axis=1)
    disorder = -(chroma * np.log(chroma + 1e-6)).sum(axis=1).mean()
    evenness = np.log(chroma.mean(axis=0) + 1e-3).mean()
    moving = change.mean() if change.size else 0.0
    return np.concatenate([intervals.mean(axis=0), intervals.std(axis=0), [moving, evenness, disorder]])


def _patterns(power: Floats) -> dict[str, Floats]:
    """Spectral, delta and correlation patterns (K. Seyerlehner and others, "Block-level features", 2010)."""
    levels = decibels(power @ mel_filters(PATTERN_BANDS, FRAME, 40.0, HIGHEST), PATTERN_RANGE)
    levels = levels - levels.mean()
    delta = levels[DELTA_FRAMES:] - levels[:-DELTA_FRAMES]
    halved = levels[:, ::2] - levels[:, ::2].mean(axis=0)
    scatter = halved.T @ halved / len(halved)
    deviation = np.sqrt(np.diag(scatter) + 0.1)  # a band that stays as it is goes with no other
    pairs = np.triu_indices(PATTERN_BANDS // 2, 1)
    return {
        "pattern": np.percentile(levels, [10, 50, 90], axis=0).ravel(),
        "delta": np.percentile(delta, [75, 90, 98], axis=0).ravel(),
        "correlation": (scatter / np.outer(deviation, deviation))[pairs],
    }


@cache
def _cosines() -> Floats:
    """Orthonormal DCT-II, (MEL_BANDS, CEPSTRA)."""
    angle = np.pi * np.outer(np.arange(MEL_BANDS) + 0.5, np.arange(CEPSTRA)) / MEL_BANDS
    basis = np.cos(angle) * np.sqrt(2.0 / MEL_BANDS)
    basis[:, 0] /= np.sqrt(2.0)
    return basis.astype(np.float32)
