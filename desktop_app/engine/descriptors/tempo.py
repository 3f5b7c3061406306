"""Tempo from the periodicity of the onset strength."""

from dataclasses import dataclass

import numpy as np

from desktop_app.engine.descriptors.vectors import Floats

SLOWEST = 40.0  # beats a minute
FASTEST = 220.0
PREFERRED = 120.0
PREFERENCE_OCTAVES = 0.9  # width of the log-normal preference
SHORTEST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Tempo:
    """``beats`` a minute, None where there is no pulse; ``confidence`` 0..1."""

    beats: float | None
    confidence: float


def onset_strength(levels: Floats, frame_rate: float) -> Floats:
    """Mean rise of the mel bands in dB, float32 (frames,), of levels (frames, bands), its slow course removed."""
    if len(levels) < 3:
        return np.zeros(len(levels), dtype=np.float32)
    rise = np.maximum(0.0, np.diff(levels, axis=0, prepend=levels[:1])).mean(axis=1)
    span = max(3, round(frame_rate) | 1)
    padded = np.pad(rise, span // 2, mode="edge")
    course = np.convolve(padded, np.full(span, 1.0 / span), mode="valid")
    return np.maximum(0.0, rise - course).astype(np.float32)


def find_tempo(onsets: Floats, frame_rate: float) -> Tempo:
    """The tempo whose beat, and its multiples, the onset strength repeats best."""
    count = len(onsets)
    if count < SHORTEST_SECONDS * frame_rate or float(onsets.std()) < 1e-3:
        return Tempo(None, 0.0)
    centred = onsets - onsets.mean()
    size = 1 << int(np.ceil(np.log2(2 * count)))
    spectrum = np.fft.rfft(centred, size)
    repeat = np.fft.irfft(np.abs(spectrum) ** 2, size)[:count] / np.arange(count, 0, -1)
    repeat = repeat / repeat[0]
    beats = np.exp(np.linspace(np.log(SLOWEST), np.log(FASTEST), 1200))
    lags = 60.0 * frame_rate / beats
    strength = np.zeros_like(beats)
    for multiple, weight in ((1, 1.0), (2, 0.8), (3, 0.4), (4, 0.6)):
        strength += weight * np.interp(lags * multiple, np.arange(count), repeat, right=0.0) / 2.8
    preferred = np.exp(-0.5 * np.square(np.log2(beats / PREFERRED) / PREFERENCE_OCTAVES))
    best = int(np.argmax(np.maximum(strength, 0.0) * preferred))
    confidence = float(np.clip(strength[best], 0.0, 1.0))
    if confidence < 0.05:
        return Tempo(None, 0.0)
    return Tempo(float(beats[best]), confidence)
