"""Every space of a track, its tempo and its key, from one excerpt."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.metadata import TrackAnalysis
from desktop_app.domain.reading import Vector
from desktop_app.engine.descriptors import harmony
from desktop_app.engine.descriptors.fingerprint import describe_fingerprint
from desktop_app.engine.descriptors.sound import describe_sound
from desktop_app.engine.descriptors.sound_network import network_filters
from desktop_app.engine.descriptors.spectrum import (
    FRAME,
    HOP,
    LEVEL_RANGE,
    MEL_BANDS,
    MEL_HIGHEST,
    MEL_LOWEST,
    RATE,
    Spectra,
    band_power,
    decibels,
    mel_filters,
    power_spectrum,
    prepared,
)
from desktop_app.engine.descriptors.tempo import find_tempo, onset_strength
from desktop_app.engine.descriptors.vectors import Floats

SHORTEST = FRAME + 111 * HOP  # samples: a patch of the network; anything shorter is repeated

SHORTEST_MUSIC = 1.0  # seconds under which nothing is said of tempo and key


def describe_track(samples: NDArray[np.float32], rate: int) -> tuple[dict[str, Vector], TrackAnalysis]:
    """``sound`` and ``fingerprint``, and tempo and key, of mono float32 (n,) at ``rate`` Hz (readers give 22,050).

    Silence gives the even vector, an empty fingerprint and no tempo or key. Raises ValueError for anything but mono.
    """
    spectra = analysed(samples, rate)
    vectors: dict[str, Vector] = {
        "sound": describe_sound(spectra),
        "fingerprint": describe_fingerprint(spectra.chroma),
    }
    if spectra.silent or samples.size < SHORTEST_MUSIC * rate:
        return vectors, TrackAnalysis(None, 0.0, None, None, 0.0)
    pulse = find_tempo(spectra.onsets, RATE / HOP)
    key = harmony.find_key(spectra.chroma)
    return vectors, TrackAnalysis(pulse.beats, pulse.confidence, key.pitch, key.scale, key.confidence)


def analysed(samples: NDArray[np.float32], rate: int) -> Spectra:
    """All transforms of one excerpt. Raises ValueError for anything but mono."""
    signal = prepared(samples, rate)
    silent = signal.size == 0
    if signal.size < SHORTEST:
        signal = np.zeros(SHORTEST, dtype=np.float32) if silent else np.resize(signal, SHORTEST)
    bands = band_power(signal, FRAME, HOP, _filters())
    levels = decibels(bands[:, :MEL_BANDS], LEVEL_RANGE)
    chroma = harmony.chroma(power_spectrum(signal, harmony.FRAME, harmony.HOP, harmony.BINS))
    return Spectra(bands[:, MEL_BANDS:], levels, onset_strength(levels, RATE / HOP), chroma, silent)


@cache
def _filters() -> Floats:
    """Those of the statistics, then those of the network: (bins, bands)."""
    return np.hstack([mel_filters(MEL_BANDS, FRAME, MEL_LOWEST, MEL_HIGHEST), network_filters()])
