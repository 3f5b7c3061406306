"""What names a file's content, and what names its pixels or samples without the tags around them."""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.border import open_media, opening
from desktop_app.engine.media.photo_payload import PHOTO_PAYLOADS
from desktop_app.engine.media.spans import NoPayloadError, Piece
from desktop_app.engine.media.track_payload import TRACK_PAYLOADS

_CHUNK = 1 << 20
_IN_MEMORY = 64 << 20  # files up to this are read once for both hashes


def content_hash(file: BinaryIO) -> str:
    """BLAKE3 of all bytes of ``file`` from its start, 64 hexadecimal digits. Raises OSError as reading does."""
    if isinstance(file, io.BytesIO):
        return blake3(file.getbuffer()).hexdigest()
    file.seek(0)
    hasher = blake3()
    while chunk := file.read(_CHUNK):
        hasher.update(chunk)
    return hasher.hexdigest()


def payload_hash(path: Path, kind: Kind, content: str) -> str:
    """``p:`` and the BLAKE3 of what is seen or heard; ``c:`` and ``content`` for other formats.

    Editing tags, ratings or covers keeps it; editing pixels, samples, orientation or colour profile changes it.
    Raises UnreadableFileError if the file can't be opened or read.
    """
    with open_media(path) as file, opening(path):
        return payload_of(file, kind, content)


def read_whole(path: Path) -> BinaryIO:
    """A file of ordinary size in memory, a larger one opened; from its start. Raises UnreadableFileError."""
    with opening(path), open_media(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > _IN_MEMORY:
            return path.open("rb")
        return io.BytesIO(file.read(size))  # with the true size, not the limit: as much is allocated


def hashes_of(file: BinaryIO, kind: Kind) -> tuple[str, str]:
    """``content_hash`` and ``payload_hash`` of a file from ``read_whole``."""
    content = content_hash(file)
    return content, payload_of(file, kind, content)


def payload_of(file: BinaryIO, kind: Kind, content: str) -> str:
    """As ``payload_hash``, of an open file."""
    readers = PHOTO_PAYLOADS if kind is Kind.PHOTO else TRACK_PAYLOADS
    for name, reader in readers:
        try:
            digest = _digest(file, name, reader)
        except NoPayloadError:
            continue
        return f"p:{digest}"
    return f"c:{content}"


def _digest(file: BinaryIO, name: str, reader: Callable[[BinaryIO], Iterator[Piece]]) -> str:
    """Of the pieces that ``reader`` yields: bytes as they are, spans read from the file."""
    file.seek(0)
    hasher = blake3(name.encode())
    taken = 0
    for piece in reader(file):
        if isinstance(piece, bytes):
            hasher.update(piece)
            continue
        if isinstance(file, io.BytesIO):
            part = file.getbuffer()[piece.start : piece.start + max(0, piece.length)]
            hasher.update(part)
            taken += len(part)
            continue
        position = file.tell()
        file.seek(piece.start)
        left = piece.length
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            hasher.update(chunk)
            left -= len(chunk)
            taken += len(chunk)
        file.seek(position)
    if not taken:
        raise NoPayloadError
    return hasher.hexdigest()
