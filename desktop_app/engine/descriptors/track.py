"""Every space of a track, its tempo and its key, from one excerpt."""

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.metadata import TrackAnalysis
from desktop_app.domain.reading import Vector
from desktop_app.engine.descriptors import harmony, sound
from desktop_app.engine.descriptors.fingerprint import describe_fingerprint
from desktop_app.engine.descriptors.harmony import chroma, find_key
from desktop_app.engine.descriptors.spectrum import RATE, decibels, mel_filters, power_spectrum, prepared
from desktop_app.engine.descriptors.tempo import find_tempo, onset_strength


def describe_track(samples: NDArray[np.float32], rate: int) -> tuple[dict[str, Vector], TrackAnalysis]:
    """``sound`` and ``fingerprint``, and tempo and key, of mono float32 (n,) at ``rate`` Hz (readers give 22,050).

    Silence gives the even vector, an empty fingerprint and no tempo or key. Raises ValueError for anything but mono.
    """
    signal = prepared(samples, rate)
    power = power_spectrum(signal, sound.FRAME, sound.HOP)
    pitches = chroma(power_spectrum(signal, harmony.FRAME, harmony.HOP))
    vectors: dict[str, Vector] = {
        "sound": sound.describe_sound(power),
        "fingerprint": describe_fingerprint(pitches),
    }
    levels = decibels(power @ mel_filters(sound.MEL_BANDS, sound.FRAME, 40.0, RATE / 2), 60.0)
    frame_rate = RATE / sound.HOP
    pulse = find_tempo(onset_strength(levels, frame_rate), frame_rate)
    key = find_key(pitches)
    return vectors, TrackAnalysis(pulse.beats, pulse.confidence, key.pitch, key.scale, key.confidence)
