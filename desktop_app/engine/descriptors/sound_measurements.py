"""Measurements behind ``sound``: statistics of timbre, rhythm and harmony of an excerpt.

Nothing here depends on level or key. Their parameters belong to the version of ``sound``: changing one means fitting
its scale again. Spectral shape and contrast, dynamics, onset statistics and block patterns were measured as well:
beside the network they added nothing to precision.
"""

from functools import cache
from itertools import pairwise

import numpy as np

from desktop_app.engine.descriptors.spectrum import HOP, MEL_BANDS, RATE, Spectra
from desktop_app.engine.descriptors.vectors import Floats

CEPSTRA = 20
MODULATION_FRAMES = 256  # 6 s
MODULATION_GROUPS = 8
MODULATION_EDGES = (0.3, 0.8, 1.5, 2.5, 4.0, 6.0, 9.0, 14.0, 21.0)  # Hz


def measured(spectra: Spectra) -> dict[str, Floats]:
    """Blocks by name, float32, always of the same lengths and finite."""
    cepstra = spectra.levels @ _cosines()
    blocks = {
        "cepstra": cepstra.mean(axis=0)[1:],
        "cepstra_spread": np.log(cepstra.std(axis=0) + 1.0),
        "modulation": _modulation(spectra.levels),
        "harmony": _harmony(spectra.chroma),
    }
    return {name: np.nan_to_num(values).astype(np.float32) for name, values in blocks.items()}


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


@cache
def _cosines() -> Floats:
    """Orthonormal DCT-II, (MEL_BANDS, CEPSTRA)."""
    angle = np.pi * np.outer(np.arange(MEL_BANDS) + 0.5, np.arange(CEPSTRA)) / MEL_BANDS
    basis = np.cos(angle) * np.sqrt(2.0 / MEL_BANDS)
    basis[:, 0] /= np.sqrt(2.0)
    return basis.astype(np.float32)
