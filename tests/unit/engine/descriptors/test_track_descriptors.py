"""Sound, tempo, key and fingerprint on synthesised music, and that no samples break them."""

import io

import numpy as np
import pytest
import soundfile
import soxr
from fixtures.fingerprints import fingerprint_similarity
from fixtures.signals import RATE, song
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.engine.descriptors.harmony import PITCHES, find_key
from desktop_app.engine.descriptors.spaces import SPACES, percent
from desktop_app.engine.descriptors.tempo import find_tempo, onset_strength
from desktop_app.engine.descriptors.track import describe_track

Samples = NDArray[np.float32]


def coded(samples: Samples, kind: str, subtype: str) -> Samples:
    stereo = np.repeat(soxr.resample(samples, RATE, 44100)[:, None], 2, axis=1)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(stereo, -1, 1), 44100, format=kind, subtype=subtype)
    buffer.seek(0)
    return soxr.resample(soundfile.read(buffer, dtype="float32")[0].mean(axis=1), 44100, RATE).astype(np.float32)


def assert_whole(samples: Samples, rate: int = RATE) -> None:
    vectors, analysis = describe_track(samples, rate)
    assert vectors["sound"].shape == (SPACES["sound"].dim,) and vectors["sound"].dtype == np.float32
    assert np.linalg.norm(vectors["sound"]) == pytest.approx(1.0, abs=1e-4)
    assert vectors["fingerprint"].dtype == np.uint8 and vectors["fingerprint"].size % 4 == 0
    assert 0 <= analysis.tempo_confidence <= 1 and 0 <= analysis.key_confidence <= 1
    assert analysis.tempo is None or 40 <= analysis.tempo <= 220


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(5), np.zeros(RATE * 5), np.full(RATE * 2, 0.7)])
def test_silence_and_direct_current_say_nothing(samples: NDArray[np.float64]) -> None:
    assert_whole(samples.astype(np.float32))
    vectors, analysis = describe_track(samples.astype(np.float32), RATE)
    assert (analysis.tempo, analysis.key, analysis.scale) == (None, None, None)
    assert vectors["fingerprint"].size == 0


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 30000), seed=st.integers(0, 5), gain=st.sampled_from([1e-3, 0.3, 50.0]))
def test_noise_of_any_length(count: int, seed: int, gain: float) -> None:
    assert_whole((np.random.default_rng(seed).normal(size=count) * gain).astype(np.float32))


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_other_rates_are_resampled(rate: int) -> None:
    samples = song(120, seconds=8)
    other = soxr.resample(samples, RATE, rate).astype(np.float32)
    assert_whole(other, rate)
    if rate > RATE:
        first, second = describe_track(samples, RATE)[0]["sound"], describe_track(other, rate)[0]["sound"]
        assert float(first @ second) > 0.98


def test_broken_samples() -> None:
    clipped = np.clip(song(100, seconds=4) * 20, -1, 1)
    assert_whole(clipped)
    clipped[100:200] = np.nan
    clipped[300] = np.inf
    assert_whole(clipped)
    impulse = np.zeros(RATE * 2, dtype=np.float32)
    impulse[RATE] = 1.0
    assert_whole(impulse)


@pytest.mark.parametrize(("shape", "rate"), [((10, 2), RATE), ((10,), 0)])
def test_what_is_not_mono_is_refused(shape: tuple[int, ...], rate: int) -> None:
    with pytest.raises(ValueError, match="not mono"):
        describe_track(np.zeros(shape, dtype=np.float32), rate)


def test_noise_has_no_key() -> None:
    noise = np.random.default_rng(0).normal(size=RATE * 20).astype(np.float32)
    assert describe_track(noise, RATE)[1].key is None


def test_level_does_not_matter() -> None:
    samples = song(110, 3)
    plain = describe_track(samples, RATE)[0]
    for gain in (0.5, 2.0, 0.05):
        other = describe_track(samples * np.float32(gain), RATE)[0]
        assert float(plain["sound"] @ other["sound"]) > 0.999
        assert fingerprint_similarity(plain["fingerprint"], other["fingerprint"]) > 0.99


@pytest.mark.parametrize("codec", [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("FLAC", "PCM_16")])
def test_the_codec_does_not_matter(codec: tuple[str, str]) -> None:
    samples = song(128, 5, minor=True)
    plain, other = describe_track(samples, RATE)[0], describe_track(coded(samples, *codec), RATE)[0]
    assert float(plain["sound"] @ other["sound"]) > 0.99
    same = fingerprint_similarity(plain["fingerprint"], other["fingerprint"])
    assert percent("fingerprint", np.array(same)) > 0.9


def test_one_timbre_in_other_keys_stays_nearer_than_another_timbre() -> None:
    piano = describe_track(song(120, 0, seed=1), RATE)[0]["sound"]
    higher = describe_track(song(120, 4, seed=2), RATE)[0]["sound"]
    flute = describe_track(song(70, 0, seed=3, drums=0.0, partials=1), RATE)[0]["sound"]
    assert float(piano @ higher) > float(piano @ flute) + 0.2


def test_tempo_over_the_whole_range() -> None:
    tempos = np.linspace(60, 180, 17)
    right = octaves = 0
    for number, tempo in enumerate(tempos):
        analysis = describe_track(song(tempo, number % 12, seed=number, drums=(1.0, 0.4)[number % 2]), RATE)[1]
        assert analysis.tempo is not None
        ratio = analysis.tempo / tempo
        right += abs(ratio - 1) < 0.04
        octaves += any(abs(ratio * factor - 1) < 0.04 for factor in (2, 0.5))
    assert right + octaves >= 0.9 * len(tempos)
    assert right >= 0.7 * len(tempos)


def test_key_whatever_the_tuning() -> None:
    right = 0
    for tonic in range(12):
        minor = tonic % 2 == 0
        analysis = describe_track(song(100, tonic, minor, seed=tonic, tuning=(tonic - 6) / 16), RATE)[1]
        right += (analysis.key, analysis.scale) == (PITCHES[tonic], "minor" if minor else "major")
    assert right >= 10


def test_no_chroma_and_too_few_onsets() -> None:
    assert find_key(np.zeros((0, 12), dtype=np.float32)).pitch is None
    assert find_key(np.ones((5, 12), dtype=np.float32) / 12).pitch is None
    assert find_tempo(np.zeros(10, dtype=np.float32), 43.0).beats is None
    assert onset_strength(np.zeros((2, 40), dtype=np.float32), 43.0).tolist() == [0.0, 0.0]


def test_fingerprint_finds_the_recording_at_another_start() -> None:
    samples = song(105, 2, seconds=25, seed=4)
    whole = describe_track(samples, RATE)[0]["fingerprint"]
    later = describe_track(samples[4 * RATE + 321 :], RATE)[0]["fingerprint"]
    other = describe_track(song(105, 2, seconds=25, seed=9), RATE)[0]["fingerprint"]
    assert fingerprint_similarity(whole, whole) == pytest.approx(1.0, abs=1e-4)
    assert fingerprint_similarity(whole, later) > 0.7
    assert fingerprint_similarity(later, whole) == pytest.approx(fingerprint_similarity(whole, later), abs=1e-4)
    assert fingerprint_similarity(whole, other) < fingerprint_similarity(whole, later)
    assert fingerprint_similarity(whole, whole[:8]) == 0.0
    assert fingerprint_similarity(np.zeros(0, np.uint8), np.zeros(0, np.uint8)) == 0.0
