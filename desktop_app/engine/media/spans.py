"""Pieces of a file, as the payload readers name them."""

from dataclasses import dataclass
from typing import BinaryIO


class NoPayloadError(Exception):
    """The file is not of the reader's format, or too odd to tell payload from tags; never leaves the package."""


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` bytes of a file from ``start``."""

    start: int
    length: int


Piece = bytes | Span


def size_of(file: BinaryIO) -> int:
    """In bytes; the position is kept."""
    position = file.tell()
    size = file.seek(0, 2)
    file.seek(position)
    return size


def exactly(file: BinaryIO, count: int) -> bytes:
    """``count`` bytes. Raises NoPayloadError at the end of the file."""
    data = file.read(count)
    if len(data) < count:
        raise NoPayloadError
    return data


def exif_orientation(block: bytes) -> int:
    """EXIF orientation 1..8 of a TIFF block (with or without ``Exif\\0\\0`` before it); 1 where it says none."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "little", b"MM": "big"}.get(block[:2])
    if order is None:
        return 1
    little = order == "little"

    def number(start: int, length: int) -> int:
        return int.from_bytes(block[start : start + length], "little" if little else "big")

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * min(number(directory, 2), 512), 12):
        if number(entry, 2) == 0x0112:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1
