"""Chroma, and the key and scale that it speaks for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.spectrum import RATE
from desktop_app.engine.descriptors.vectors import Floats

FRAME = 8192
HOP = 2756  # 8 frames a second
LOWEST = 65.0  # Hz
HIGHEST = 2100.0
BINS = int(HIGHEST * FRAME / RATE) + 1  # of the spectrum that are looked at
WIDTH = 0.3  # semitones: how far from its pitch a partial still counts
SILENT_FRAME = 1e-4  # summed amplitude of the partials below which a frame has no chroma
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# How much each scale degree is used: J. Albrecht and D. Shanahan, "The use of large corpora to train a new type of
# key-finding algorithm" (2013).
MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
MINOR_AHEAD = 0.05  # added to the fit of minor keys: their notes vary more, so that they fit a little worse


@dataclass(frozen=True, slots=True)
class Key:
    """``pitch`` is a pitch class in sharps, ``scale`` "major" or "minor", both None where nothing can be said."""

    pitch: str | None
    scale: str | None
    confidence: float


def chroma(power: Floats) -> Floats:
    """Energy per pitch class and frame, float32 (frames, 12) from C, of a power spectrum (frames, BINS or more).

    Partials are folded after the recording's own tuning is found; each frame sums to 1, silent frames to 0.
    """
    first = int(np.ceil(LOWEST * FRAME / RATE))
    last = int(HIGHEST * FRAME / RATE)
    band = np.sqrt(power[:, first : last + 1])
    middle = band[:, 1:-1]
    frames, bins = np.nonzero((middle > band[:, :-2]) & (middle >= band[:, 2:]))
    strengths = middle[frames, bins]
    # A parabola through the logarithms of three bins places a Hann-windowed partial to a few hundredths of a bin.
    before, at, after = (np.log(np.maximum(band[frames, bins + step], 1e-9)) for step in (0, 1, 2))
    curve = before - 2 * at + after
    shift = np.clip(0.5 * (before - after) / np.where(np.abs(curve) < 1e-9, -1e-9, curve), -0.5, 0.5)
    hertz = ((first + 1 + bins).astype(np.float32) + shift) * np.float32(RATE / FRAME)
    semitones = 12.0 * np.log2(hertz / 440.0) + 69.0
    place = semitones - tuning(semitones, strengths)
    nearest = np.round(place)
    shares = strengths * np.exp(-0.5 * np.square((place - nearest) / WIDTH))
    cells = frames * 12 + nearest.astype(np.int64) % 12
    folded = np.bincount(cells, shares, minlength=12 * len(power)).reshape(-1, 12)
    total = folded.sum(axis=1, keepdims=True)
    return np.where(total > SILENT_FRAME, folded / np.maximum(total, 1e-9), 0.0).astype(np.float32)


def tuning(semitones: NDArray[np.floating], strengths: Floats) -> float:
    """How far the recording lies from A = 440 Hz, in semitones −0.5..0.5: the circular mean of all partials."""
    angles = np.float32(2.0 * np.pi) * (semitones - np.floor(semitones))
    return float(np.arctan2(np.dot(strengths, np.sin(angles)), np.dot(strengths, np.cos(angles))) / (2.0 * np.pi))


def find_key(frames: Floats) -> Key:
    """The key whose profile correlates best with the mean chroma (C. Krumhansl's method) of (frames, 12).

    The mean is of square roots, so that a loud note counts for less than one that comes often.
    """
    mean = np.sqrt(frames).mean(axis=0, dtype=np.float64) if len(frames) else np.zeros(12)
    spread = mean / max(1e-9, float(mean.sum())) - 1 / 12
    if np.linalg.norm(spread) < 0.02:
        return Key(None, None, 0.0)
    profiles = np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    fit = profiles @ spread / (np.linalg.norm(profiles, axis=1) * np.linalg.norm(spread))
    fit[12:] += MINOR_AHEAD
    order = np.argsort(-fit)
    best, second = fit[order[0]], fit[order[1]]
    if best < 0.3:
        return Key(None, None, 0.0)
    confidence = float(np.clip(best * (0.5 + 2.5 * (best - second)), 0.0, 1.0))
    return Key(PITCHES[int(order[0]) % 12], "major" if order[0] < 12 else "minor", confidence)
