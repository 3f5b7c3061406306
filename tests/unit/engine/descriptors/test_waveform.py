"""The shape of a whole track and its loudness after ITU-R BS.1770-4."""

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.domain.metadata import Waveform
from desktop_app.engine.descriptors.waveform import waveform

Samples = NDArray[np.float32]


def sine(level: float, rate: int = 48000, seconds: float = 5.0, hertz: float = 997.0) -> Samples:
    return (10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def of(samples: Samples, rate: int = 48000, step: int = 7001) -> Waveform:
    return waveform([(samples[start : start + step], rate) for start in range(0, len(samples), step)])


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_the_standards_reference_sine(rate: int) -> None:
    left = np.stack([sine(0, rate), np.zeros_like(sine(0, rate))], axis=1)
    assert of(left, rate).loudness == pytest.approx(-3.01, abs=0.03)


def test_both_channels_and_level() -> None:
    both = np.repeat(sine(-23)[:, None], 2, axis=1)
    assert of(both).loudness == pytest.approx(-23.0, abs=0.1)  # EBU Tech 3341, case 1
    assert of(both * np.float32(0.1)).loudness == pytest.approx(-43.0, abs=0.1)


def test_quiet_parts_are_gated() -> None:
    parts = [sine(-36, seconds=10), sine(-23, seconds=60), sine(-36, seconds=10)]  # EBU Tech 3341, case 3
    both = np.repeat(np.concatenate(parts)[:, None], 2, axis=1)
    assert of(both, step=48000).loudness == pytest.approx(-23.0, abs=0.1)


def test_surrounds_count_more_and_low_frequency_not() -> None:
    silent = np.zeros_like(sine(0))
    surround = np.stack([silent] * 4 + [sine(-20), silent], axis=1)
    front = np.stack([sine(-20)] + [silent] * 5, axis=1)
    low = np.stack([silent] * 3 + [sine(-20)] + [silent] * 2, axis=1)
    assert of(surround).loudness == pytest.approx(of(front).loudness + 1.49, abs=0.02)
    assert of(low).loudness is None


def test_the_cut_into_blocks_does_not_matter() -> None:
    noise = (np.random.default_rng(0).normal(size=(100_000, 2)) * 0.1).astype(np.float32)
    first, second = of(noise, step=100_000), of(noise, step=997)
    assert first.loudness == pytest.approx(second.loudness, abs=1e-3)
    assert (first.peaks, first.rms) == (second.peaks, second.rms)


def test_the_shape_follows_the_track() -> None:
    rising = (np.linspace(0, 1, 3_000_000) * np.tile([1.0, -1.0], 1_500_000)).astype(np.float32)
    shape = of(rising, 44100, step=65536)
    peaks, means = (np.frombuffer(one, dtype=np.uint8).astype(float) / 255 for one in (shape.peaks, shape.rms))
    assert len(peaks) == len(means) == 1000
    middle = (np.arange(1000) + 0.5) / 1000
    assert np.abs(peaks - middle).max() < 0.01 and np.abs(means - middle).max() < 0.01


@pytest.mark.parametrize("count", [0, 1, 50, 999, 5000])
def test_short_and_silent_tracks(count: int) -> None:
    shape = of(np.full((count, 2), 0.5, dtype=np.float32) * 0)
    assert shape.peaks == shape.rms == bytes(1000)
    assert shape.loudness is None
    loud = of(np.full(count, 0.5, dtype=np.float32))
    assert set(loud.peaks) == ({128} if count else {0})


def test_nothing_at_all_and_broken_samples() -> None:
    assert waveform([]).loudness is None
    assert waveform([(np.zeros((0, 2), dtype=np.float32), 44100)], bins=10).peaks == bytes(10)
    broken = np.array([np.nan, np.inf, 0.5] * 20000, dtype=np.float32)
    assert max(of(broken).peaks) == 128
