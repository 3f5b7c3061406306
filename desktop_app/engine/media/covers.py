"""Covers: the picture within a track's tags, else one in its folder."""

import base64
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from desktop_app.engine.media.formats import HEAD_BYTES, photo_signature
from desktop_app.engine.media.sanitise import TAG_ERRORS

_NAMES = ("cover", "folder", "front", "albumart", "album", "artwork", "albumartsmall")
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
_LIMIT = 64 << 20
_FRONT = 3  # the picture type of ID3, FLAC and ASF


def embedded_cover(file: Any) -> bytes | None:
    """The front cover in mutagen's ``file``, else any picture in it; bytes of a picture file. Never raises."""
    if file is None:
        return None
    try:
        pictures = sorted(_pictures(file), key=lambda picture: picture[0] != _FRONT)
    except TAG_ERRORS:
        return None
    return next((data for _kind, data in pictures if _is_picture(data)), None)


def folder_cover(path: Path) -> Path | None:
    """The cover that lies beside the track at ``path``: ``cover.jpg``, ``Folder.png``, ``front.jpeg``, …"""
    folder = path.parent
    try:
        name = _cover_name(folder, folder.stat().st_mtime_ns)
    except OSError:
        return None
    return folder / name if name else None


def read_cover_file(path: Path) -> bytes | None:
    """The bytes of a cover file if it is a picture of a reasonable size."""
    try:
        if path.stat().st_size > _LIMIT:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return data if _is_picture(data) else None


@lru_cache(maxsize=256)
def _cover_name(folder: Path, _changed: int) -> str | None:
    """Listed once per state of the folder: an album's tracks all ask."""
    ranked: list[tuple[int, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            stem, ending = os.path.splitext(entry.name.lower())  # noqa: PTH122  # names of a large folder
            if stem in _NAMES and ending in _ENDINGS:
                ranked.append((_NAMES.index(stem), _ENDINGS.index(ending), entry.name))
    return min(ranked)[2] if ranked else None


def _is_picture(data: bytes) -> bool:
    return 0 < len(data) <= _LIMIT and photo_signature(data[:HEAD_BYTES]) is not None


def _pictures(file: Any) -> Iterator[tuple[int, bytes]]:
    """Type and bytes of every embedded picture, by tag family."""
    from mutagen.flac import Picture

    for picture in getattr(file, "pictures", None) or []:  # FLAC
        yield int(picture.type), bytes(picture.data)
    tags = file.tags
    if tags is None:
        return
    if hasattr(tags, "getall"):  # ID3
        for frame in tags.getall("APIC"):
            yield int(frame.type), bytes(frame.data)
        return
    for key in list(tags.keys()):
        name = str(key).lower()
        if name == "covr":  # MP4
            yield from ((_FRONT, bytes(data)) for data in tags[key])
        elif name == "metadata_block_picture":  # Vorbis comments
            for words in tags[key]:
                picture = Picture(base64.b64decode(words))
                yield int(picture.type), bytes(picture.data)
        elif name == "coverart":  # an older custom in Vorbis comments
            yield from ((_FRONT, base64.b64decode(words)) for words in tags[key])
        elif name.startswith("cover art"):  # APEv2: a name, a NUL, the picture
            yield _FRONT if "front" in name else 0, bytes(tags[key].value).partition(b"\0")[2]
        elif name == "wm/picture":  # ASF
            for attribute in tags[key]:
                yield _asf_picture(bytes(attribute.value))


def _asf_picture(block: bytes) -> tuple[int, bytes]:
    """WM_PICTURE: type (1), length (4), MIME type and description in NUL-ended UTF-16, the picture."""
    length = int.from_bytes(block[1:5], "little")
    return block[0], block[len(block) - length :]
