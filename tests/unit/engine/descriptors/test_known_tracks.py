"""Made-up music in eight styles: copies in other formats sound the same; tempo and key are found; odd sounds."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from fixtures.known_tracks import RATE, STYLES, KnownTrack, known_track, known_tracks
from numpy.typing import NDArray

from desktop_app.engine.descriptors.harmony import PITCHES
from desktop_app.engine.descriptors.sound_network import BANDS, FRAMES, OUTPUTS, heard, mel_levels, network_filters
from desktop_app.engine.descriptors.spectrum import FRAME, HOP, band_power, power_spectrum, prepared
from desktop_app.engine.descriptors.track import describe_track
from desktop_app.engine.media.audio import decode_excerpt

FORMATS: dict[str, dict[str, Any]] = {
    "wav": {"format": "WAV", "subtype": "PCM_16"},
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT", "compression_level": 0.5},
}
SECONDS = 15.0
Samples = NDArray[np.float32]


@cache
def short_tracks() -> tuple[KnownTrack, ...]:
    return tuple(known_tracks(2 * len(STYLES), SECONDS, seed=4))


def sound_of(samples: Samples) -> NDArray[np.float32]:
    return np.asarray(describe_track(samples, RATE)[0]["sound"], np.float32)


def bands_of(samples: Samples) -> NDArray[np.float32]:
    return band_power(prepared(samples, RATE), FRAME, HOP, network_filters())


def as_files(folder: Path, samples: Samples) -> Iterator[Path]:
    """Stereo at 44.1 kHz in every format, a little wider than mono."""
    wide = soxr.resample(samples, RATE, 44100)
    stereo = np.clip(np.stack([wide, 0.8 * np.roll(wide, 20)], axis=1), -1, 1)
    for ending, options in FORMATS.items():
        path = folder / f"copy.{ending}"
        soundfile.write(path, stereo, 44100, **options)
        yield path


@pytest.mark.parametrize("style", STYLES)
def test_one_recording_sounds_the_same_in_any_format(tmp_path: Path, style: str) -> None:
    track = known_track(style, 104.0, 3, minor=style == "pop", tuning=0.1, seconds=SECONDS, seed=11)
    rows = {path.suffix: sound_of(decode_excerpt(path).samples) for path in as_files(tmp_path, track.samples)}
    cosines = {(a, b): float(rows[a] @ rows[b]) for a, b in combinations(rows, 2)}
    assert min(cosines.values()) >= 0.995, cosines


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_six_decibels_do_not_matter(gain: float) -> None:
    for track in short_tracks()[::4]:
        assert float(sound_of(track.samples) @ sound_of(track.samples * np.float32(gain))) >= 0.999


def test_tempo_of_eight_styles() -> None:
    """Within 4 %, or else an octave off: which of two tempos is tapped is a matter of taste."""
    right = octave = 0
    for track in short_tracks():
        found = describe_track(track.samples, RATE)[1].tempo
        assert found is not None, track.style
        right += abs(found / track.tempo - 1) < 0.04
        octave += any(abs(found / track.tempo * factor - 1) < 0.04 for factor in (0.5, 2.0, 1 / 3, 3.0))
    assert right >= 0.6 * len(short_tracks())
    assert right + octave >= 0.9 * len(short_tracks())


def mirex(track: KnownTrack, key: str | None, scale: str | None) -> float:
    """1 for the key, 0.5 a fifth off, 0.3 its relative, 0.2 its parallel (MIREX audio key detection)."""
    if key is None:
        return 0.0
    step, minor = (PITCHES.index(key) - track.tonic) % 12, scale == "minor"
    if minor == track.minor:
        return {0: 1.0, 7: 0.5, 5: 0.5}.get(step, 0.0)
    if step == 0:
        return 0.2
    return 0.3 if step == (3 if track.minor else 9) else 0.0


def test_key_of_eight_styles() -> None:
    points = []
    for track in short_tracks():
        analysis = describe_track(track.samples, RATE)[1]
        points.append(mirex(track, analysis.key, analysis.scale))
    assert np.mean(points) >= 0.75


def test_mirex_points() -> None:
    track = KnownTrack("rock", 100.0, 9, True, 0.0, np.zeros(0, np.float32))  # A minor
    told = {("A", "minor"): 1.0, ("E", "minor"): 0.5, ("D", "minor"): 0.5, ("C", "major"): 0.3, ("A", "major"): 0.2}
    assert all(mirex(track, *key) == points for key, points in told.items())
    assert mirex(track, "B", "major") == 0.0 and mirex(track, None, None) == 0.0


def test_the_network_repeats_itself_alone_and_in_a_batch() -> None:
    levels = mel_levels(bands_of(short_tracks()[0].samples))
    assert levels.shape[1] == BANDS and levels.min() >= 0.0
    power = bands_of(short_tracks()[0].samples)
    whole = heard(power)
    assert whole.shape == (OUTPUTS,) and np.array_equal(whole, heard(power))
    patches = len(power) // FRAMES
    starts = np.linspace(0, len(power) - FRAMES, patches).round().astype(int)
    alone = np.mean([heard(power[start : start + FRAMES]) for start in starts], axis=0)
    assert patches > 1 and np.abs(whole - alone).max() < 1e-4


def test_bands_are_those_of_the_whole_spectrum_however_many_frames_there_are() -> None:
    filters = network_filters()
    for seconds in (0.05, 1.7, 9.0):
        signal = prepared(short_tracks()[1].samples[: int(seconds * RATE)], RATE)
        whole = power_spectrum(signal, FRAME, HOP)
        found = band_power(signal, FRAME, HOP, filters)
        assert found.shape == (len(whole), BANDS)
        assert np.allclose(found, whole @ filters, rtol=1e-4, atol=1e-9)
    signal = prepared(short_tracks()[1].samples, RATE)[: 5 * FRAME]
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[::HOP] * np.hanning(FRAME + 1)[:-1]
    expected = np.abs(np.fft.rfft(frames, axis=1) * 2 / np.hanning(FRAME + 1).sum()) ** 2
    assert np.allclose(power_spectrum(signal, FRAME, HOP), expected, rtol=1e-3, atol=1e-9)
    assert np.allclose(power_spectrum(signal, FRAME, HOP, 100), expected[:, :100], rtol=1e-3, atol=1e-9)


def test_the_network_tells_styles_apart() -> None:
    """Two tracks of a style, of other tempo, key and seed, are nearer than those of two styles on the whole."""
    rows = np.stack([sound_of(track.samples) for track in short_tracks()])
    styles = np.array([track.style for track in short_tracks()])
    cosines = rows @ rows.T
    same = styles[:, None] == styles[None]
    apart = ~np.eye(len(rows), dtype=bool)
    assert np.median(cosines[same & apart]) > np.quantile(cosines[~same], 0.75)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(3 * RATE, np.float32),
        np.full(1, 0.3, np.float32),
        known_track("rock", 120.0, 0, seconds=2.0).samples[:300],
        np.random.default_rng(1).normal(size=5 * RATE).astype(np.float32),
        np.sin(np.arange(2 * RATE) * 0.3).astype(np.float32),
    ],
    ids=["silence", "one sample", "very short", "noise", "a tone"],
)
def test_odd_sounds_have_a_place_too(samples: Samples) -> None:
    row = sound_of(samples)
    assert np.isfinite(row).all() and np.linalg.norm(row) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(row, sound_of(samples))
