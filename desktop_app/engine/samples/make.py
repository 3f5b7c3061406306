"""Writes the sample library: 70 pictures in ten families and 24 tracks of six players, about 25 MB.

Each file is one plain, picklable ``Sample``, so that the worker pool can write them side by side.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mutagen
import numpy as np
import soundfile
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3
from PIL import ExifTags, Image

from desktop_app.engine.samples.scenes import FAMILIES, paint
from desktop_app.engine.samples.songs import RATE, Song, play

PICTURES_PER_FAMILY = 7
CAMERAS = (("Fujifilm", "X-T5", "XF23mmF2 R WR"), ("Canon", "EOS R6", "RF24-105mm F4 L"), ("Apple", "iPhone 15", ""))
PLACES = {"sunset": (38.7, -9.5), "mountains": (46.6, 8.0), "lake": (46.4, 11.7), "dunes": (24.7, -14.8)}
TITLES = {
    "sunset": "Evening on the coast",
    "mountains": "Morning haze",
    "forest": "Beech wood",
    "stars": "Milky Way",
    "dunes": "Great sand sea",
    "city": "Harbour by night",
    "flowers": "Garden",
    "aurora": "Northern lights",
    "autumn": "Fallen leaves",
    "lake": "Still water",
}

ARTISTS: dict[str, tuple[str, str, str, tuple[str, str, str, str]]] = {  # voice: artist, album, genre, titles
    "piano": ("Ada Lindqvist", "Rooms", "Classical", ("Snow Light", "Letters", "The Small Hours", "Waltz for Nobody")),
    "strings": ("Halden Quartet", "Fjord", "Ambient", ("Tidewater", "Slow Ferry", "Grey Gulls", "Midnight Sun")),
    "guitar": ("Tomás Rey", "Patio", "Folk", ("Lemon Tree", "Tin Roof", "Two Roads", "Siesta")),
    "synth": ("Neon Arcade", "Overpass", "Electronic", ("Tail Lights", "Carbon", "Skyline", "Last Exit")),
    "chip": ("8 Bit Orchard", "Cartridge", "Chiptune", ("Level One", "Pixel Rain", "Boss Fight", "Save Point")),
    "bells": ("Mira Ono", "Glass Garden", "Ambient", ("Dew", "Paper Lantern", "Koi", "First Frost")),
}
SONGS: dict[str, tuple[tuple[float, int, bool], ...]] = {  # voice: tempo, tonic, minor
    "piano": ((72, 9, True), (88, 0, False), (66, 2, True), (96, 5, False)),
    "strings": ((60, 2, True), (68, 7, False), (64, 4, True), (76, 0, False)),
    "guitar": ((104, 7, False), (116, 2, False), (92, 4, True), (84, 9, False)),
    "synth": ((124, 9, True), (128, 4, True), (120, 5, False), (132, 0, True)),
    "chip": ((140, 0, False), (132, 9, True), (160, 4, True), (148, 7, False)),
    "bells": ((80, 6, False), (70, 1, False), (90, 11, True), (62, 8, False)),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the sample library; ``number`` counts within its family or player, from 0."""

    relative: str
    family: str
    number: int
    is_track: bool


def samples() -> Iterator[Sample]:
    """All files of the library, in the order in which they are best made."""
    for number in range(PICTURES_PER_FAMILY):
        for family in FAMILIES:
            yield Sample(f"Pictures/{TITLES[family]}/{family}-{number + 1}.jpg", family, number, is_track=False)
    for number in range(4):
        for voice, (artist, album, _, titles) in ARTISTS.items():
            ending = ".flac" if voice in ("piano", "strings", "bells") else ".mp3"
            yield Sample(
                f"Music/{artist}/{album}/{number + 1:02} {titles[number]}{ending}", voice, number, is_track=True
            )


def write_sample(sample: Sample, folder: Path) -> Path:
    """Write one file unless it is there already; returns its path. Raises OSError where there is no room."""
    target = folder / sample.relative
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        (_write_track if sample.is_track else _write_picture)(sample, temporary)
        temporary.replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    return target


def _write_picture(sample: Sample, target: Path) -> None:
    seed = sample.number + 1
    upright = sample.number % 5 == 4
    width, height = (640, 960) if upright else (960, 640)
    make, model, lens = CAMERAS[(seed + len(sample.family)) % len(CAMERAS)]
    month, day = 1 + (len(sample.family) * 5 + sample.number * 3) % 12, 3 + sample.number * 3
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = make
    exif[ExifTags.Base.Model] = model
    exif[ExifTags.Base.ImageDescription] = f"{TITLES[sample.family]} {seed}"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = f"{2023 + sample.number % 3}:{month:02}:{day:02} 1{seed}:2{seed}:0{seed}"
    details[ExifTags.Base.OffsetTimeOriginal] = "+01:00"
    details[ExifTags.Base.ExposureTime] = 1 / (60 * seed)
    details[ExifTags.Base.FNumber] = 2.8 + sample.number * 0.4
    details[ExifTags.Base.ISOSpeedRatings] = 100 * seed
    details[ExifTags.Base.FocalLength] = 23.0 + 4 * seed
    if lens:
        details[ExifTags.Base.LensModel] = lens
    if sample.family in PLACES:
        latitude, longitude = PLACES[sample.family]
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", _degrees(latitude)
        place[ExifTags.GPS.GPSLongitudeRef] = "E" if longitude > 0 else "W"
        place[ExifTags.GPS.GPSLongitude] = _degrees(abs(longitude))
    Image.fromarray(paint(sample.family, seed, width, height)).save(target, "JPEG", quality=90, exif=exif)


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = (value % 1) * 60
    return float(int(value)), float(int(minutes)), round((minutes % 1) * 60, 2)


def _write_track(sample: Sample, target: Path) -> None:
    tempo, tonic, minor = SONGS[sample.family][sample.number]
    seed = 100 + sample.number * 10 + sorted(SONGS).index(sample.family)
    mono = play(Song(sample.family, tempo, tonic, minor, seed, drums=sample.family in ("synth", "chip")))
    late = np.roll(mono, int(RATE * 0.011))
    stereo = np.stack([0.85 * mono + 0.15 * late, 0.85 * mono - 0.15 * late], axis=1)
    soundfile.write(target, stereo, RATE, format="FLAC" if target.suffix == ".flac" else "MP3")
    artist, album, genre, titles = ARTISTS[sample.family]
    tags = {
        "title": titles[sample.number],
        "artist": artist,
        "album": album,
        "genre": genre,
        "date": str(2019 + sorted(ARTISTS).index(sample.family)),
        "tracknumber": str(sample.number + 1),
    }
    file = mutagen.File(target, easy=True)  # pyright: ignore[reportPrivateImportUsage]
    assert file is not None
    if file.tags is None:
        file.add_tags()
    for name, value in tags.items():
        file[name] = value
    file.save()
    _embed_cover(target, _cover(sample.family))


@cache
def _cover(voice: str) -> bytes:
    scene = {
        "piano": "stars",
        "strings": "lake",
        "guitar": "dunes",
        "synth": "city",
        "chip": "autumn",
        "bells": "flowers",
    }
    picture = Image.fromarray(paint(scene[voice], 41, 600, 600))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _embed_cover(target: Path, data: bytes) -> None:
    if target.suffix == ".flac":
        flac = FLAC(target)
        picture = Picture()
        picture.type, picture.mime, picture.data = 3, "image/jpeg", data
        flac.add_picture(picture)
        flac.save()
    else:
        tags = ID3(target)
        tags.add(APIC(encoding=3, mime="image/jpeg", type=3, desc="Cover", data=data))
        tags.save(target)
