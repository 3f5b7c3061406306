"""The sample library: enough of it, in clear families, the same each time."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC
from PIL import Image

from desktop_app.engine.samples.make import samples, write_sample
from desktop_app.engine.samples.scenes import FAMILIES, paint
from desktop_app.engine.samples.songs import RATE, VOICES, Song, play


def test_there_is_enough() -> None:
    """At least 60 pictures in families and 24 tracks that differ in tempo, key and player."""
    everything = list(samples())
    pictures = [sample for sample in everything if not sample.is_track]
    tracks = [sample for sample in everything if sample.is_track]
    assert len(pictures) >= 60
    assert len(tracks) >= 24
    assert len({sample.relative for sample in everything}) == len(everything)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_scene_is_a_picture_and_repeats(family: str) -> None:
    """Same seed, same pixels; another seed, others; never a flat or a black one."""
    first, again, other = (paint(family, seed, 120, 80) for seed in (1, 1, 2))
    assert first.shape == (80, 120, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.std() > 5


@pytest.mark.parametrize("voice", sorted(VOICES))
def test_song_sounds(voice: str) -> None:
    """Finite, of the asked length, at the asked peak, the same each time."""
    song = Song(voice, tempo=120, tonic=0, minor=False, seed=3, seconds=3.0, drums=voice == "synth")
    samples_ = play(song)
    assert samples_.dtype == np.float32
    assert len(samples_) == int(3.0 * RATE)
    assert np.isfinite(samples_).all()
    assert np.abs(samples_).max() == pytest.approx(0.8, abs=1e-3)
    assert np.array_equal(samples_, play(song))


def test_files_are_whole(tmp_path: Path) -> None:
    """A picture with its camera, a tagged track with its cover; a second call leaves them alone."""
    everything = list(samples())
    picture = write_sample(everything[0], tmp_path)
    with Image.open(picture) as image:
        assert image.getexif()[0x010F]
    track = write_sample(next(s for s in everything if s.relative.endswith(".flac")), tmp_path)
    assert soundfile.info(track).duration > 20
    assert FLAC(track).pictures
    before = track.stat().st_mtime_ns
    write_sample(next(s for s in everything if s.relative.endswith(".flac")), tmp_path)
    assert track.stat().st_mtime_ns == before
    assert not list(tmp_path.rglob(".*"))
