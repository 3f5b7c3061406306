"""Pixels without tags: JPEG (ITU-T T.81), PNG (W3C), WebP (RIFF), GIF, Fujifilm's RAF and Minolta's MRW here, HEIF,
CR3, TIFF and what is made like TIFF beside; of every other format the whole file counts."""

import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.media.heif_payload import cr3_payload, heif_payload
from desktop_app.engine.media.spans import NoPayloadError, Piece, Span, exactly, exif_orientation, size_of
from desktop_app.engine.media.tiff_payload import tiff_payload

_PNG_DROPPED = frozenset((b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"pHYs", b"dSIG"))
_WEBP_DROPPED = frozenset((b"EXIF", b"XMP "))
_WEBP_TAG_FLAGS = 0x08 | 0x04  # VP8X says whether EXIF and XMP follow
_END = re.compile(b"\xff\xd9")  # among so many 0xff, 2.5 times as fast as bytes.find
_SEARCHED = 1 << 17
_MOST_CRUMBS = 1 << 20  # blocks of at most 255 bytes, in a third of a second
_MOST_BLOCKS = 32
_PNG_HEX_EXIF = b"Raw profile type exif"


def jpeg_payload(file: BinaryIO) -> Iterator[Piece]:
    """Tables, frame and scans; with colour profile, Adobe's colour transform and orientation."""
    if file.read(2) != b"\xff\xd8":
        raise NoPayloadError
    orientation = 1
    while True:
        marker = _next_marker(file)
        if marker in (0x01, *range(0xD0, 0xD8)):
            continue
        start = file.tell()
        length = int.from_bytes(exactly(file, 2), "big")
        if length < 2:
            raise NoPayloadError
        if marker == 0xDA:
            yield bytes((orientation,))
            yield Span(start, _end_of_scans(file, start) - start)
            return
        if marker == 0xE1:
            body = exactly(file, length - 2)
            if body.startswith(b"Exif\0\0"):
                orientation = exif_orientation(body)
        elif marker == 0xE2:
            body = exactly(file, length - 2)
            if body.startswith(b"ICC_PROFILE\0"):
                yield body
        elif marker == 0xEE or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield bytes((marker,)) + exactly(file, length - 2)
        file.seek(start + length)


def _next_marker(file: BinaryIO) -> int:
    if exactly(file, 1) != b"\xff":
        raise NoPayloadError
    while (byte := exactly(file, 1)) == b"\xff":
        pass
    if byte == b"\xd9":
        raise NoPayloadError
    return byte[0]


def _end_of_scans(file: BinaryIO, start: int) -> int:
    """Where the picture ends: the end marker can't occur within coded data. What follows it (further frames of a
    multi-picture file, a film, padding) doesn't count; a truncated file ends with its last byte."""
    if isinstance(file, io.BytesIO):
        return _first_end(np.frombuffer(file.getbuffer(), np.uint8), start)
    file.seek(start)
    before = b""
    position = start
    while chunk := file.read(1 << 20):
        if before == b"\xff" and chunk[0] == 0xD9:
            return position - 1
        found = _END.search(chunk)
        if found:
            return position + found.start()
        position += len(chunk)
        before = chunk[-1:]
    return position


def _first_end(data: NDArray[np.uint8], start: int) -> int:
    """As ``_end_of_scans`` in memory, in parts that stay in the processor's cache: twice as fast as a regex."""
    for begin in range(start, len(data), _SEARCHED):
        part = data[begin : begin + _SEARCHED + 1]
        found = (part[:-1] == 0xFF) & (part[1:] == 0xD9)
        if found.any():
            return begin + int(found.argmax())
    return len(data)


def png_payload(file: BinaryIO) -> Iterator[Piece]:
    """Every chunk but text, time, EXIF and resolution; image data without its division into chunks."""
    if file.read(8) != b"\x89PNG\r\n\x1a\n":
        raise NoPayloadError
    orientation = 1
    end = size_of(file)
    while len(header := file.read(8)) == 8:
        length, name, start = int.from_bytes(header[:4], "big"), header[4:], file.tell()
        if name == b"eXIf":
            orientation = exif_orientation(file.read(min(length, 1 << 20)))
        elif name in (b"tEXt", b"zTXt") and file.read(len(_PNG_HEX_EXIF)) == _PNG_HEX_EXIF:
            raise NoPayloadError  # an orientation may hide in it
        elif name not in _PNG_DROPPED:
            if name != b"IDAT":
                yield name
            yield Span(start, min(length, end - start))
        if name == b"IEND":
            break
        file.seek(start + length + 4)
    yield bytes((orientation,))


def webp_payload(file: BinaryIO) -> Iterator[Piece]:
    """Every chunk but EXIF and XMP, whose flags in the header are masked."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise NoPayloadError
    orientation = 1
    end = size_of(file)
    while len(header := file.read(8)) == 8:
        name, length, start = header[:4], int.from_bytes(header[4:], "little"), file.tell()
        if name == b"EXIF":
            orientation = exif_orientation(file.read(min(length, 1 << 20)))
        elif name == b"VP8X":
            # Only what is beyond the flags counts, and the flags without those of the tags; a file without this
            # chunk gains it with its first tag, so a plain one (no flag left) counts as if it were not there.
            flags = exactly(file, 1)[0] & ~_WEBP_TAG_FLAGS
            if flags:
                yield bytes((flags,))
        elif name not in _WEBP_DROPPED:
            yield name
            yield Span(start, min(length, end - start))
        file.seek(start + length + length % 2)
    yield bytes((orientation,))


def gif_payload(file: BinaryIO) -> Iterator[Piece]:
    """Every block but comments and XMP; not the version, which rises with the first of these."""
    if exactly(file, 6) not in (b"GIF87a", b"GIF89a"):
        raise NoPayloadError
    screen, met = exactly(file, 7), 0
    yield screen
    yield _gif_colours(file, screen[4])
    while (mark := file.read(1)) == b"!" or mark == b",":
        start = file.tell() - 1
        if mark == b",":
            yield _gif_colours(file, exactly(file, 9)[8])
            file.seek(1, 1)
            is_tag = False
        else:
            is_tag = exactly(file, 1) == b"\xfe" or file.read(12) == b"\x0bXMP DataXMP"
            file.seek(start + 2)
        length = 1
        while length:
            met += 1
            if met > _MOST_CRUMBS:
                raise NoPayloadError
            length = exactly(file, 1)[0]
            file.seek(length, 1)
        if not is_tag:
            yield Span(start, file.tell() - start)
    if mark not in (b";", b""):
        raise NoPayloadError  # decoders skip stray bytes, and show what follows


def _gif_colours(file: BinaryIO, flags: int) -> bytes:
    return exactly(file, 3 << (flags & 7) + 1) if flags & 0x80 else b""


def raf_payload(file: BinaryIO) -> Iterator[Piece]:
    """What the sensor saw, with how it is to be read, and the orientation, which the preview's EXIF says."""
    head = exactly(file, 108)
    if not head.startswith(b"FUJIFILMCCD-RAW"):
        raise NoPayloadError
    numbers = [int.from_bytes(head[at : at + 4], "big") for at in range(84, 108, 4)]
    end = size_of(file)
    spans = [Span(start, length) for start, length in zip(numbers[::2], numbers[1::2], strict=True)]
    if not spans[2].length or any(span.start + span.length > end for span in spans):
        raise NoPayloadError
    yield from spans[1:]
    file.seek(spans[0].start)
    preview = jpeg_payload(io.BytesIO(file.read(min(spans[0].length, 1 << 18))))
    yield next((piece for piece in preview if isinstance(piece, bytes) and len(piece) == 1), b"\x01")


def mrw_payload(file: BinaryIO) -> Iterator[Piece]:
    """What the sensor saw, its size and depth, and the orientation; not the other blocks before it."""
    if exactly(file, 4) != b"\0MRM":
        raise NoPayloadError
    end, size = 8 + int.from_bytes(exactly(file, 4), "big"), size_of(file)
    orientation, position = 1, 8
    for _block in range(_MOST_BLOCKS):
        if position >= end:
            break
        name, length = exactly(file, 4), int.from_bytes(exactly(file, 4), "big")
        if name == b"\0TTW":
            orientation = exif_orientation(file.read(min(length, 1 << 20)))
        elif name == b"\0PRD":
            yield exactly(file, min(length, 64))
        position += 8 + length
        file.seek(position)
    yield bytes((orientation,))
    yield Span(end, max(0, size - end))


PHOTO_PAYLOADS: tuple[tuple[str, Callable[[BinaryIO], Iterator[Piece]]], ...] = (
    ("jpeg", jpeg_payload),
    ("png", png_payload),
    ("webp", webp_payload),
    ("heif", heif_payload),
    ("cr3", cr3_payload),
    ("tiff", tiff_payload),
    ("raf", raf_payload),
    ("mrw", mrw_payload),
    ("gif", gif_payload),
)
