"""Valid small files of every format, and their mutations: each is made from a number and can be made again."""

import random
from collections.abc import Callable
from pathlib import Path

from fixtures.dng import write_dng
from fixtures.media import iptc_block, picture, write_photo, xmp_packet
from fixtures.track_files import tune, write_track

PHOTO_FORMATS = ("jpg", "png", "webp", "gif", "bmp", "tif", "heic", "avif", "dng")
TRACK_FORMATS = ("mp3", "flac", "ogg", "opus", "wav", "aiff", "m4a", "wma", "wv", "aac")
FORMATS = PHOTO_FORMATS + TRACK_FORMATS

_ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def valid_file(folder: Path, ending: str) -> bytes:
    """A small file with tags, EXIF, a cover and so on, as far as its format has such."""
    path = folder / f"a.{ending}"
    if ending == "dng":
        write_dng(path, picture(1, (96, 64)), preview_size=(96, 64))
    elif ending in PHOTO_FORMATS:
        fields = {} if ending in ("gif", "bmp") else {"make": "Canon", "gps": (1.0, 2.0), "iso": 100}
        iptc = iptc_block(keywords=("a",)) if ending == "jpg" else None
        write_photo(path, picture(1, (96, 64)), xmp=xmp_packet(rating=2, keywords=("b",)), iptc=iptc, **fields)
    else:
        cover = write_photo(folder / "cover.jpg", picture(1, (30, 30))).read_bytes()
        tags = {"title": "Song", "artist": "Band", "comment": "c" * 50} if ending != "aac" else None
        write_track(path, tune(1, 1.6, rate=22050), 22050, tags=tags, cover=cover if tags else None)
        (folder / "cover.jpg").unlink()
    data = path.read_bytes()
    path.unlink()
    return data


def mutated(data: bytes, seed: int) -> bytes:
    """``data`` with one to six faults, always the same for a seed; headers are hit more often than the rest."""
    chance = random.Random(seed)
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if not result:
            break
        chance.choice(_FAULTS)(result, chance)
    return bytes(result)


def _place(data: bytearray, chance: random.Random) -> int:
    most = min(len(data), 512) if chance.random() < 0.6 else len(data)
    return chance.randrange(most)


def _flip_bit(data: bytearray, chance: random.Random) -> None:
    data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _put_bytes(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    data[at : at + chance.randint(1, 16)] = chance.randbytes(chance.randint(1, 16))


def _put_number(data: bytearray, chance: random.Random) -> None:
    """What a length, a count or an offset should not be."""
    at, width = _place(data, chance), chance.choice((1, 2, 4, 8))
    number = chance.choice(_ODD_NUMBERS) & ((1 << 8 * width) - 1)
    data[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _drop(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.randint(1, 64)]


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    piece = bytes(data[at : at + chance.choice((4, 16, 256, 4096))])
    data[at:at] = piece * chance.choice((1, 2, 20))


def _exchange(data: bytearray, chance: random.Random) -> None:
    one, two, length = _place(data, chance), _place(data, chance), chance.randint(1, 64)
    piece = bytes(data[one : one + length])
    data[two : two + length] = piece


def _blank(data: bytearray, chance: random.Random) -> None:
    at, length = _place(data, chance), chance.choice((4, 64, 1024))
    data[at : at + length] = bytes([chance.choice((0, 255))]) * len(data[at : at + length])


_FAULTS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip_bit,
    _put_bytes,
    _put_number,
    _put_number,
    _cut,
    _drop,
    _repeat,
    _exchange,
    _blank,
)
