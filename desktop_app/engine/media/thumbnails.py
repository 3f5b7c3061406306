"""The cache of small pictures: one file per content hash, the oldest used go first when it outgrows its limit."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import StorageFullError
from desktop_app.files import replacing

_MANY_FOLDERS = 128  # of 256: with fewer than that there are some hundred files at most
_SAMPLED = 16  # folders of the first level, and
_LOOKED_INTO = 61  # of the second at most, by whose files the size is estimated,
_ENOUGH = 1500  # so many of them
_NEAR = 0.8  # of the limit
LONG_SIDE = 512  # pixels
NEARLY = 0.93  # of a long side that is asked for is enough, where whole pixels give that
_QUALITY = 85
_SUFFIX = ".jpg"
_KEEP = 0.9  # a trim goes down to this part of the limit, so that it isn't needed again at once


def thumbnail_path(directory: Path, content_hash: str) -> Path:
    """Where the thumbnail of ``content_hash`` lies or would lie: ``ab/cd/abcd….jpg``; looks at nothing."""
    return directory / content_hash[:2] / content_hash[2:4] / (content_hash + _SUFFIX)


class ThumbnailCache:
    """Thumbnails in ``directory`` (made when needed), together at most about ``limit_bytes`` after ``trim``.

    Any number of processes may write; each file appears whole or not at all.
    """

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit = limit_bytes

    @property
    def folder(self) -> Path:
        """Where all of them lie."""
        return self._directory

    def path_of(self, content_hash: str) -> Path:
        """Where it lies or would lie."""
        return thumbnail_path(self._directory, content_hash)

    def has(self, content_hash: str) -> bool:
        """Whether it is there."""
        return self.path_of(content_hash).is_file()

    def write(self, content_hash: str, pixels: NDArray[np.uint8]) -> None:
        """Keeps ``pixels`` (h, w, 3) sRGB, made smaller to a long side of 512 if larger. Raises StorageFullError."""
        target = self.path_of(content_hash)
        data = encode(pixels)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target, private=True, durable=False) as part:
                part.write_bytes(data)
        except PermissionError:
            if not target.is_file():  # on Windows, replacing a file that is open fails; the one there is as good
                raise StorageFullError(f"Akin is not allowed to write to {self._directory}.") from None
        except OSError as error:
            raise StorageFullError(f"A thumbnail could not be kept: {error.strerror or error}.") from error

    def size(self) -> int:
        """All bytes in the cache."""
        return sum(size for _path, size, _used in self._files())

    def trim(self) -> int:
        """Removes the longest unused until the limit is kept; returns how many went.

        A large cache is looked through only when a sample of its folders says that it is near its limit.
        """
        if self._estimate() < self._limit * _NEAR:
            return 0
        files = sorted(self._files(), key=lambda entry: entry[2])
        total = sum(size for _path, size, _used in files)
        if total <= self._limit:
            return 0
        removed = 0
        for path, size, _used in files:
            if total <= self._limit * _KEEP:
                break
            with suppress(OSError):  # gone already, or open on Windows: the next trim tries again
                path.unlink()
                total -= size
                removed += 1
        return removed

    def _estimate(self) -> float:
        """All bytes in the cache, more or less: hashes spread files evenly over folders. Of a small cache: infinite."""
        folders = _folders(self._directory)
        if len(folders) < _MANY_FOLDERS:
            return math.inf
        places = [place for folder in folders[:: len(folders) // _SAMPLED] for place in _folders(folder)]
        sampled = places[:: max(1, len(places) // _LOOKED_INTO)]
        if not sampled:
            return math.inf
        found = files = looked = 0
        for place in sampled:
            for _path, size, _used in _files_in(place):
                found, files = found + size, files + 1
            looked += 1
            if files >= _ENOUGH:
                break
        # Of the folders that were listed, and of those that were looked into.
        share = len(folders[:: len(folders) // _SAMPLED]) / len(folders) * looked / len(places)
        return found / share

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        """Path, bytes and time of last use."""
        return _files_in(self._directory)


def _files_in(top: Path) -> Iterator[tuple[Path, int, float]]:
    for folder, _below, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            with suppress(OSError):
                status = path.stat()
                yield path, status.st_size, max(status.st_atime, status.st_mtime)


def _folders(path: Path) -> list[Path]:
    try:
        with os.scandir(path) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


def fitted(pixels: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """``pixels`` (h, w, 3) with a long side of at most ``long_side``; never enlarged.

    Where halving gives ``NEARLY`` as much, they are halved: every pixel counts the same, at a tenth of the time.
    """
    import cv2

    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= long_side:
        return pixels
    if 2 * NEARLY * long_side <= longest <= 2 * long_side and min(height, width) > 1:
        size = (width // 2, height // 2)
        pixels = pixels[: size[1] * 2, : size[0] * 2]
    else:
        size = (max(1, round(width * long_side / longest)), max(1, round(height * long_side / longest)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """JPEG bytes of ``pixels`` (h, w, 3) sRGB with a long side of at most 512."""
    import cv2

    bgr = cv2.cvtColor(fitted(pixels, LONG_SIDE), cv2.COLOR_RGB2BGR)
    _done, data = cv2.imencode(_SUFFIX, bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()
