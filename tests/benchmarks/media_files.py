"""Photos and tracks of realistic size, written by code once per workspace."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PHOTO_SIZES = ((4032, 3024), (3024, 4032), (4240, 2832))  # of phones, held either way, and of cameras
LEAST_BYTES = 3_000_000
MOST_BYTES = 5_000_000
TRACK_SECONDS = 240
TRACK_RATE = 44_100


def photo_files(workspace: Path, count: int) -> Path:
    """A folder with at least ``count`` JPEGs of 12 megapixels and 3 to 5 MB, with EXIF as cameras write it."""
    folder = workspace / f"photos-{count}"
    names = [folder / f"IMG_{number:04}.jpg" for number in range(count)]
    return _written(folder, names, write_photo)


def track_files(workspace: Path, count: int, seconds: int = TRACK_SECONDS) -> Path:
    """A folder with ``count`` mp3 files with tags, stereo at 44.1 kHz."""
    folder = workspace / f"tracks-{count}-{seconds}"
    names = [folder / f"{number:04} Track.mp3" for number in range(count)]
    return _written(folder, names, lambda path, number: write_track(path, number, seconds))


def small_photos(workspace: Path, count: int, side: int = 320) -> Path:
    """A folder with ``count`` small JPEGs of different content, 100 to a folder below it.

    Each has a size of its own, as a camera's have: files of one size are compared by their hashes before they are read.
    """
    folder = workspace / f"small-photos-of-{count}-sizes-{side}"
    names = [folder / f"{number // 100:04}" / f"{number:06}.jpg" for number in range(count)]

    def write(path: Path, number: int) -> None:
        import cv2

        rng = np.random.default_rng(number)
        pixels = cv2.resize(rng.integers(0, 255, (9, 12, 3), dtype=np.uint8), (side, side * 3 // 4))
        coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        path.write_bytes(coded.ljust(side * side // 5 + number, b"\0"))

    return _written(folder, names, write)


def many_names(workspace: Path, count: int) -> Path:
    """A folder with ``count`` tiny files named as photos, 500 to a folder: something to walk, nothing to decode."""
    folder = workspace / f"names-{count}"
    names = [folder / f"{number // 500:05}" / f"IMG_{number:07}.jpg" for number in range(count)]

    def write(path: Path, number: int) -> None:
        path.write_bytes(b"\xff\xd8\xff%07d" % number)

    return _written(folder, names, write)


def _written(folder: Path, names: list[Path], write: Callable[[Path, int], None]) -> Path:
    done = folder / ".complete"
    if not done.exists():
        for parent in {path.parent for path in names}:
            parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor() as pool:
            list(pool.map(write, names, range(len(names))))
        done.touch()
    return folder


def write_photo(path: Path, number: int) -> None:
    """One JPEG, 4:2:0, of the quality that brings it between 3 and 5 MB."""
    from PIL import Image

    image = Image.fromarray(scene(number, *PHOTO_SIZES[number % len(PHOTO_SIZES)]))
    exif = _exif(number)
    for quality in (90, 87, 92, 84, 94, 80, 96):
        image.save(path, "JPEG", quality=quality, subsampling=2, exif=exif)
        if LEAST_BYTES <= path.stat().st_size <= MOST_BYTES:
            return
    raise AssertionError(f"{path} came out with {path.stat().st_size:,} bytes")


def scene(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """uint8 (h, w, 3): forms with edges over texture whose strength falls with its fineness, as in nature."""
    import cv2

    rng = np.random.default_rng(number)
    picture = np.zeros((1, 1, 3), dtype=np.float32)
    amplitude = 45.0
    for halvings in range(10, -1, -1):
        size = (max(2, width >> halvings), max(2, height >> halvings))
        octave = rng.standard_normal((size[1], size[0], 1), dtype=np.float32)
        if halvings > 1:  # colours vary less finely than brightness
            octave = 0.8 * octave + 0.4 * rng.standard_normal((size[1], size[0], 3), dtype=np.float32)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR) + amplitude * octave
        amplitude *= 0.83
    picture += 120
    for _ in range(16):
        centre = tuple(int(value) for value in rng.integers(0, (width, height)))
        axes = tuple(int(value) for value in rng.integers(40, width // 5, 2))
        colour = tuple(float(value) for value in rng.integers(0, 255, 3))
        form = np.zeros((height, width), dtype=np.uint8)
        cv2.ellipse(form, centre, axes, float(rng.integers(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
        x, y, w, h = cv2.boundingRect(form)
        part = picture[y : y + h, x : x + w]
        share = form[y : y + h, x : x + w, None].astype(np.float32) * (0.55 / 255)
        part += share * (np.array(colour, dtype=np.float32) - part)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _exif(number: int) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lumina", f"L{number % 3 + 1}"
    exif[0x0132] = f"2024:{number % 12 + 1:02}:{number % 28 + 1:02} 12:{number % 60:02}:00"
    exif[0x0112] = 1
    details = exif.get_ifd(0x8769)
    details[0x9003] = exif[0x0132]
    details[0x829A], details[0x829D], details[0x8827], details[0x920A] = 1 / 250, 2.8, 200, 35.0
    details[0xA434] = "35mm F2.8"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (48.0, float(number % 60), 1.5), "E", (11.0, 30.0, 0.0)
    return exif.tobytes()


def write_track(path: Path, number: int, seconds: int) -> None:
    """One mp3 of constant bit rate, with an ID3 tag."""
    import soundfile
    from mutagen.id3 import ID3, TALB, TCON, TDRC, TIT2, TPE1, TRCK

    with soundfile.SoundFile(
        path, "w", TRACK_RATE, 2, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=0.4
    ) as file:
        for part in song(number, seconds):
            file.write(part)
    tags = ID3()
    for frame, words in ((TIT2, f"Track {number}"), (TPE1, f"Artist {number % 5}"), (TALB, f"Album {number % 3}")):
        tags.add(frame(encoding=3, text=words))
    tags.add(TCON(encoding=3, text="Electronic"))
    tags.add(TDRC(encoding=3, text=str(1990 + number % 30)))
    tags.add(TRCK(encoding=3, text=str(number + 1)))
    tags.save(path)


def song(number: int, seconds: int) -> list[NDArray[np.float32]]:
    """float32 (n, 2) parts, together ``seconds``: chords of decaying partials over a drum pattern, by bar."""
    rng = np.random.default_rng(number)
    beat = 60.0 / float(rng.integers(80, 150))
    length = round(4 * beat * TRACK_RATE)
    time = np.arange(length) / TRACK_RATE
    root = 110.0 * 2 ** (float(rng.integers(0, 12)) / 12)
    kick = np.sin(2 * np.pi * 55 * time) * np.exp(-((time / beat) % 1.0) * 8)
    chords = [_chord(rng, root * 2 ** (shift / 12), time, beat) for shift in (0, 5, 7, 9)]
    parts: list[NDArray[np.float32]] = []
    count = -(-seconds * TRACK_RATE // length)
    for bar in range(count):
        tone = chords[bar % 4]
        drum = rng.standard_normal(length, dtype=np.float32) * np.exp(-((time / (beat / 2)) % 1.0) * 12)
        left = 0.10 * tone + 0.08 * drum + 0.3 * kick
        right = 0.09 * np.roll(tone, 200) + 0.07 * drum + 0.3 * kick
        parts.append(np.stack([left, right], axis=1).astype(np.float32).clip(-1, 1))
    surplus = count * length - seconds * TRACK_RATE
    parts[-1] = parts[-1][: length - surplus]
    return parts


def _chord(rng: np.random.Generator, root: float, time: NDArray[np.float64], beat: float) -> NDArray[np.float64]:
    tone = np.zeros(len(time))
    for step in (0, 4, 7):
        pitch = root * 2 ** (step / 12)
        for partial in range(1, 9):
            tone += np.sin(2 * np.pi * pitch * partial * time + rng.random()) / partial**1.3
    return tone * np.exp(-((time / beat) % 1.0) * float(rng.uniform(0.5, 2)))
