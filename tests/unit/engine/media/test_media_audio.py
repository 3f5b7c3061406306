"""Tracks of every format become an excerpt, blocks, tags and covers."""

import io
import math
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from fixtures.media import picture, tune, write_photo, write_track
from fixtures.track_files import retag
from mutagen import id3
from PIL import Image

from desktop_app.engine.media.audio import RATE, decode_blocks, decode_excerpt, read_cover, read_track_metadata
from desktop_app.errors import UnreadableFileError

FORMATS = ["wav", "aiff", "flac", "ogg", "opus", "mp3", "m4a", "alac.m4a", "wma", "wv", "aac"]
TAGGED = [ending for ending in FORMATS if ending != "aac"]
TAGS = {
    "title": "Tïtle",
    "artist": "Björk",
    "album": "Début",
    "albumartist": "Various",
    "genre": "Electronic",
    "date": "1993-07-05",
    "tracknumber": "3/12",
    "discnumber": "1",
    "composer": "Hooper",
    "comment": "hello",
    "bpm": "123",
}


def make(folder: Path, ending: str, **options: Any) -> Path:
    return write_track(folder / f"a.{ending}", codec="alac" if ending.startswith("alac") else None, **options)


def tone(seconds: float, pitch: float = 440.0, rate: int = 44100) -> np.ndarray[Any, np.dtype[np.float32]]:
    return (0.4 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def loudest_pitch(samples: np.ndarray[Any, np.dtype[np.float32]], rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum)) * rate / samples.size


def jpeg(size: tuple[int, int] = (60, 60)) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(1, size)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_decoded(tmp_path: Path, ending: str) -> None:
    track = decode_excerpt(make(tmp_path, ending, samples=tone(3.0)))
    assert track.rate == RATE == 22050
    assert track.samples.dtype == np.float32 and track.samples.ndim == 1
    assert track.samples.size == pytest.approx(3 * RATE, rel=0.03)
    assert track.duration == pytest.approx(3.0, abs=0.12)
    assert loudest_pitch(track.samples, RATE) == pytest.approx(440, abs=2)
    assert track.samples[RATE : 2 * RATE].std() == pytest.approx(0.4 / 2**0.5, abs=0.02)


@pytest.mark.parametrize("ending", FORMATS)
def test_numbers_of_every_format(tmp_path: Path, ending: str) -> None:
    stereo = np.stack([tone(2.0), tone(2.0, 660)], axis=1)
    found = read_track_metadata(make(tmp_path, ending, samples=stereo))
    assert found.duration == pytest.approx(2.0, abs=0.15)
    assert found.channels == 2
    assert found.sample_rate == (48000 if ending == "opus" else 44100)
    assert 8_000 < found.bit_rate < 3_000_000
    expected = {"wma": "WMA", "m4a": "AAC", "alac.m4a": "ALAC", "ogg": "Ogg Vorbis", "wv": "WavPack"}
    assert found.format == expected.get(ending, ending.upper() if ending != "opus" else "Opus")


@pytest.mark.parametrize("ending", TAGGED)
def test_tags_of_every_format(tmp_path: Path, ending: str) -> None:
    found = read_track_metadata(make(tmp_path, ending, tags=TAGS, samples=tone(1.5)))
    assert (found.title, found.artist, found.album) == ("Tïtle", "Björk", "Début")
    assert (found.album_artist, found.genre, found.year) == ("Various", "Electronic", 1993)
    assert (found.track_number, found.disc_number) == (3, 1)
    assert (found.composer, found.comment, found.tagged_tempo) == ("Hooper", "hello", 123.0)
    assert not found.has_cover


@pytest.mark.parametrize("ending", TAGGED)
def test_embedded_covers(tmp_path: Path, ending: str) -> None:
    cover = jpeg()
    path = make(tmp_path, ending, cover=cover, samples=tone(1.5))
    assert read_cover(path) == cover
    assert read_track_metadata(path).has_cover


@pytest.mark.parametrize("name", ["cover.jpg", "Folder.PNG", "front.webp"])
def test_the_folders_cover(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, "wav", samples=tone(1.2))
    assert read_cover(path) is None
    beside = write_photo(tmp_path / name.lower(), picture(2, (40, 40))).rename(tmp_path / name)
    assert read_cover(path) == beside.read_bytes()
    assert read_track_metadata(path).has_cover


def test_a_cover_that_is_no_picture(tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", cover=b"<html>", samples=tone(1.2))
    (tmp_path / "cover.jpg").write_text("no picture")
    assert read_cover(path) is None


def test_an_old_custom_for_covers_in_ogg(tmp_path: Path) -> None:
    import base64

    cover = jpeg()
    path = make(tmp_path, "ogg", samples=tone(1.2), tags={"coverart": base64.b64encode(cover).decode()})
    assert read_cover(path) == cover
    retag(path, {"metadata_block_picture": "not base64!"})
    assert read_track_metadata(path).title is None


def test_wav_info_chunk(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with soundfile.SoundFile(str(path), "w", 44100, 1, "PCM_16") as file:
        file.title, file.artist, file.album, file.date, file.genre = "Song", "Band", "Disc", "2001", "Jazz"
        file.write(tone(1.5))
    found = read_track_metadata(path)
    assert (found.title, found.artist, found.album, found.year, found.genre) == ("Song", "Band", "Disc", 2001, "Jazz")


@pytest.mark.parametrize(
    ("ending", "tags", "stars"),
    [
        ("mp3", {"rating": "196"}, 4),
        ("mp3", {"rating": "255"}, 5),
        ("mp3", {"rating": "1"}, 1),
        ("flac", {"rating": "3"}, 3),
        ("ogg", {"rating": "80"}, 4),
        ("flac", {"fmps_rating": "0.4"}, 2),
        ("wma", {"WM/SharedUserRating": "99"}, 5),
        ("flac", {"rating": "much"}, None),
    ],
)
def test_ratings(tmp_path: Path, ending: str, tags: dict[str, str], stars: int | None) -> None:
    assert read_track_metadata(make(tmp_path, ending, tags=tags, samples=tone(1.2))).rating == stars


def test_several_artists_and_keywords(tmp_path: Path) -> None:
    path = make(tmp_path, "flac", samples=tone(1.2))
    file: Any = mutagen.File(str(path))
    file["artist"] = ["One", "Two", "One"]
    file["keywords"] = ["calm; piano", "Calm"]
    file["label"] = ["A label"]
    file.save()
    found = read_track_metadata(path)
    assert found.artist == "One, Two"
    assert found.keywords == ("calm", "piano")
    assert found.extra["Label"] == "A label"


def test_numbered_genres_and_comments_of_programs(tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", samples=tone(1.2))
    tags = id3.ID3()
    tags.add(id3.TCON(encoding=3, text=["(17)"]))
    tags.add(id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text=["0000 1111"]))
    tags.add(id3.TYER(encoding=0, text=["abc"]))
    tags.add(id3.TBPM(encoding=0, text=["9999"]))
    tags.save(str(path), v2_version=3)
    found = read_track_metadata(path)
    assert (found.genre, found.comment, found.year, found.tagged_tempo) == ("Rock", None, None, None)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "m4a", "opus"])
def test_the_excerpt_is_the_middle(tmp_path: Path, ending: str) -> None:
    rate = 16000
    samples = np.concatenate([tone(5, 300, rate), tone(80, 600, rate), tone(5, 900, rate)])
    track = decode_excerpt(make(tmp_path, ending, samples=samples, rate=rate))
    assert track.duration == pytest.approx(90, abs=0.3)
    assert track.samples.size == pytest.approx(75 * RATE, rel=0.01)
    for part in (track.samples[: 2 * RATE], track.samples[-2 * RATE :]):
        assert loudest_pitch(part, RATE) == pytest.approx(600, abs=3)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left = tone(2.0, 500)
    mono = decode_excerpt(make(tmp_path, "wav", samples=np.stack([left, np.zeros_like(left)], axis=1)))
    assert np.abs(mono.samples).max() == pytest.approx(0.2, abs=0.01)
    opposite = decode_excerpt(make(tmp_path, "flac", samples=np.stack([left, -left], axis=1)))
    assert np.abs(opposite.samples).max() < 0.001


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_sample_widths(tmp_path: Path, subtype: str) -> None:
    soundfile.write(str(tmp_path / "a.wav"), tone(1.5), 44100, subtype)
    assert np.abs(decode_excerpt(tmp_path / "a.wav").samples).max() == pytest.approx(0.4, abs=0.02)


def test_wrong_floats_become_finite(tmp_path: Path) -> None:
    samples = tone(1.5, rate=22050)
    samples[100:110] = np.nan
    samples[200] = np.inf
    soundfile.write(str(tmp_path / "a.wav"), samples, 22050, "FLOAT")
    assert np.isfinite(decode_excerpt(tmp_path / "a.wav").samples).all()
    assert all(np.isfinite(block).all() for block, _rate in decode_blocks(tmp_path / "a.wav"))


@pytest.mark.parametrize("ending", ["wav", "mp3", "m4a", "flac"])
def test_blocks_are_the_whole_track(tmp_path: Path, ending: str) -> None:
    stereo = np.stack([tone(3.0), tone(3.0, 660)], axis=1)
    blocks = list(decode_blocks(make(tmp_path, ending, samples=stereo)))
    assert all(block.dtype == np.float32 and block.shape[1] == 2 and rate == 44100 for block, rate in blocks)
    assert sum(len(block) for block, _rate in blocks) == pytest.approx(3 * 44100, rel=0.03)


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "wav", "aac"])
def test_a_truncated_track_gives_what_it_has(tmp_path: Path, ending: str) -> None:
    path = make(tmp_path, ending, samples=tune(1, 8.0))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    track = decode_excerpt(path)
    assert 2 < track.samples.size / RATE < 6
    assert sum(len(block) for block, _rate in decode_blocks(path)) > 2 * 44100


def test_a_long_truncated_track_is_read_from_its_start(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 210 * 8000).astype(np.float32)
    path = make(tmp_path, "flac", samples=noise, rate=8000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 20])
    track = decode_excerpt(path)
    assert track.samples.size >= RATE
    assert track.duration < 60


def reason(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        decode_excerpt(path)
    with pytest.raises(UnreadableFileError):
        list(decode_blocks(path))
    return str(caught.value)


def test_what_is_no_track(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    assert reason(tmp_path / "empty.mp3") == "This file is empty."
    (tmp_path / "text.mp3").write_text("Dear diary, " * 500)
    words = "This is not a track that Akin can read, though its name ends in .mp3."
    assert reason(tmp_path / "text.mp3") == words
    with pytest.raises(UnreadableFileError, match="not a track"):
        read_track_metadata(tmp_path / "text.mp3")
    assert reason(tmp_path) == "This is a folder, not a file."
    with pytest.raises(UnreadableFileError):
        read_cover(tmp_path / "gone.mp3")


def test_too_short_tracks_say_so(tmp_path: Path) -> None:
    path = make(tmp_path, "wav", samples=tone(0.4))
    with pytest.raises(UnreadableFileError, match=r"too short to compare: 0\.4 seconds"):
        decode_excerpt(path)
    assert read_track_metadata(path).duration == pytest.approx(0.4)
    cut = make(tmp_path, "mp3", samples=tone(10.0))
    cut.write_bytes(cut.read_bytes()[:1500])
    with pytest.raises(UnreadableFileError):
        decode_excerpt(cut)


def test_headers_without_sound(tmp_path: Path) -> None:
    soundfile.write(str(tmp_path / "a.wav"), np.zeros(0, np.float32), 44100)
    assert reason(tmp_path / "a.wav") == "There is no sound in this file."
    with pytest.raises(UnreadableFileError, match="no sound"):
        read_track_metadata(tmp_path / "a.wav")


def test_content_goes_before_the_name(tmp_path: Path) -> None:
    path = make(tmp_path, "flac", samples=tone(1.5), tags={"title": "Song"}).rename(tmp_path / "a.mp3")
    assert decode_excerpt(path).samples.size > RATE
    assert read_track_metadata(path).title == "Song"


def test_names_that_look_like_protocols(tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", samples=tone(1.5)).rename(tmp_path / "concat:%d 'quoted'\n?.mp3")
    assert decode_excerpt(path).samples.size > RATE


def test_a_playlist_of_other_files_is_not_followed(tmp_path: Path) -> None:
    track = make(tmp_path, "mp3", samples=tone(1.5))
    path = tmp_path / "a.m4a"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{track}\n#EXT-X-ENDLIST\n")
    with pytest.raises(UnreadableFileError):
        decode_excerpt(path)


def test_tags_survive_where_the_sound_does_not(tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", samples=tone(1.5), tags={"title": "Song"}, cover=jpeg())
    size = id3.ID3(str(path)).size
    path.write_bytes(path.read_bytes()[:size] + b"\0" * 300)
    assert read_cover(path) is not None
    with pytest.raises(UnreadableFileError):
        read_track_metadata(path)


def test_silence_and_numbers_are_finite(tmp_path: Path) -> None:
    path = make(tmp_path, "flac", samples=np.zeros(3 * 44100, np.float32))
    assert not decode_excerpt(path).samples.any()
    found = read_track_metadata(path)
    assert math.isfinite(found.duration) and found.bit_rate > 0


def test_nothing_is_written_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make(tmp_path, "mp3", samples=tune(2, 3.0))
    data = bytearray(path.read_bytes())
    data[2000:9000:7] = bytes(len(data[2000:9000:7]))
    path.write_bytes(data)
    decode_excerpt(path)
    assert capfd.readouterr().err == ""
