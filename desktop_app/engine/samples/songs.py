"""Short synthesised tracks: six players, each with a timbre of its own, in different tempi and keys."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Samples = NDArray[np.float64]
Voice = Callable[[float, float, np.random.Generator], Samples]  # frequency in Hz, seconds

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (5, 3, 0, 4))  # degrees of the scale


@dataclass(frozen=True, slots=True)
class Song:
    """What is played. ``tonic`` is a pitch class, 0 = C; ``tempo`` in beats a minute."""

    voice: str
    tempo: float
    tonic: int
    minor: bool
    seed: int
    seconds: float = 26.0
    drums: bool = False


def play(song: Song) -> NDArray[np.float32]:
    """The track as float32 (n,) mono samples at 44.1 kHz, peak 0.8; the same song gives the same samples."""
    rng = np.random.default_rng(song.seed)
    beat = 60 / song.tempo
    mix = np.zeros(int(RATE * (song.seconds + 3)))
    chords = PROGRESSIONS[int(rng.integers(0, len(PROGRESSIONS)))]
    played = VOICES[song.voice]
    notes: dict[tuple[float, float], Samples] = {}  # a note sounds the same each time: most of the cost saved

    def voice(frequency: float, seconds: float) -> Samples:
        key = (frequency, seconds)
        if key not in notes:
            notes[key] = played(frequency, seconds, rng)
        return notes[key]

    motif = rng.integers(-1, 5, 8)
    for bar in range(int(song.seconds / (beat * 4))):
        start, degree = bar * beat * 4, chords[bar % 4]
        for third in (0, 2, 4):
            _add(mix, start, 0.32 * voice(_pitch(song, degree + third, 4), beat * 3.8))
        _add(mix, start, 0.5 * voice(_pitch(song, degree, 2), beat * 1.9))
        _add(mix, start + beat * 2, 0.4 * voice(_pitch(song, degree, 2), beat * 1.9))
        for step in range(8):
            if rng.random() < 0.78:
                note = degree + int(motif[(step + 2 * (bar % 2)) % 8])
                _add(mix, start + step * beat / 2, 0.42 * voice(_pitch(song, note, 5), beat * 0.9))
        if song.drums:
            _add_drums(mix, start, beat, rng)
    mix = mix[: int(RATE * song.seconds)]
    fade = np.minimum(1, np.minimum(np.arange(len(mix)), len(mix) - np.arange(len(mix))) / (RATE * 1.2))
    mix = mix * fade
    return (0.8 * mix / np.abs(mix).max()).astype(np.float32)


def _pitch(song: Song, degree: int, octave: int) -> float:
    scale = MINOR if song.minor else MAJOR
    semitone = song.tonic + scale[degree % 7] + 12 * (degree // 7) + 12 * (octave - 4)
    return float(261.6256 * 2 ** (semitone / 12))


def _add(mix: Samples, at: float, note: Samples) -> None:
    start = int(at * RATE)
    length = min(len(note), len(mix) - start)
    if length > 0:
        mix[start : start + length] += note[:length]


def _add_drums(mix: Samples, start: float, beat: float, rng: np.random.Generator) -> None:
    for step in range(4):
        time = np.arange(int(RATE * 0.22)) / RATE
        kick = np.sin(2 * np.pi * (48 * time + 14 * (1 - np.exp(-time * 28)))) * np.exp(-time * 15)
        _add(mix, start + step * beat, 0.9 * kick)
        hat_time = np.arange(int(RATE * 0.06)) / RATE
        hat = np.diff(rng.normal(0, 1, len(hat_time) + 1)) * np.exp(-hat_time * 80)
        _add(mix, start + (step + 0.5) * beat, 0.14 * hat)
        if step % 2:
            snare_time = np.arange(int(RATE * 0.16)) / RATE
            snare = rng.normal(0, 1, len(snare_time)) * np.exp(-snare_time * 26)
            _add(mix, start + step * beat, 0.26 * snare)


# --------------------------------------------------------------------------------------------- voices


def _time(seconds: float) -> Samples:
    return np.arange(int(RATE * seconds)) / RATE


def _harmonics(frequency: float, time: Samples, falloff: float, decay: float, stretch: float = 0.0) -> Samples:
    wave = np.zeros_like(time)
    for number in range(1, 13):
        partial = frequency * number * (1 + stretch * number**2)
        if partial > RATE * 0.45:
            break
        part = np.sin(2 * np.pi * partial * time) * number**-falloff
        wave += part * np.exp(-time * decay * number**0.7) if decay else part
    return wave


def piano(frequency: float, seconds: float, _rng: np.random.Generator) -> Samples:
    """Struck string: slightly stretched partials, quick attack, long decay."""
    time = _time(seconds + 0.6)
    return _harmonics(frequency, time, 1.5, 1.9, 0.00035) * np.minimum(1, time * 300)


def strings(frequency: float, seconds: float, _rng: np.random.Generator) -> Samples:
    """Slow bowed pad: three detuned saws with vibrato, low-passed by their falloff."""
    time = _time(seconds + 0.4)
    vibrato = 1 + 0.003 * np.sin(2 * np.pi * 5.2 * time)
    phase = np.cumsum(vibrato) / RATE
    wave = sum(np.asarray(_harmonics(frequency * detune, phase, 1.25, 0.0)) for detune in (0.997, 1.0, 1.004))
    envelope = np.minimum(1, time / 0.35) * np.minimum(1, (time[-1] - time) / 0.4)
    return np.asarray(wave) / 3 * envelope


def guitar(frequency: float, seconds: float, rng: np.random.Generator) -> Samples:
    """Plucked string (Karplus and Strong, 1983), one period at a time."""
    period = max(2, round(RATE / frequency))
    string = rng.uniform(-1, 1, period)
    periods = [string]
    for _ in range(int((seconds + 0.5) * frequency)):
        string = 0.4985 * (string + np.roll(string, 1))
        periods.append(string)
    return np.concatenate(periods) * 1.2


def synth(frequency: float, seconds: float, _rng: np.random.Generator) -> Samples:
    """Bright saw with a falling filter."""
    time = _time(seconds)
    envelope = np.minimum(1, time * 120) * np.exp(-time * 2.2)
    return (
        _harmonics(frequency, time, 0.8, 0.4) * 0.7 + _harmonics(frequency * 1.006, time, 0.9, 2.5) * 0.5
    ) * envelope


def chip(frequency: float, seconds: float, _rng: np.random.Generator) -> Samples:
    """Pulse wave of an eight-bit console."""
    time = _time(seconds * 0.8)
    pulse = np.where((time * frequency) % 1 < 0.25, 1.0, -1.0) * 0.45
    return pulse * np.exp(-time * 3.2) * np.minimum(1, (time[-1] - time) * 200)


def bells(frequency: float, seconds: float, _rng: np.random.Generator) -> Samples:
    """Inharmonic bars, long ringing."""
    time = _time(seconds + 1.6)
    partials = ((1.0, 1.0, 1.1), (2.76, 0.5, 2.2), (5.4, 0.26, 3.9), (8.93, 0.12, 6.0))
    wave = sum(
        np.sin(2 * np.pi * frequency * ratio * time) * gain * np.exp(-time * decay) for ratio, gain, decay in partials
    )
    return np.asarray(wave) * np.minimum(1, time * 400)


VOICES: dict[str, Voice] = {voice.__name__: voice for voice in (piano, strings, guitar, synth, chip, bells)}
