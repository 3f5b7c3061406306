"""What workers do: the media readers and the descriptors put together, one file at a time.

The audio side is imported with the first track: half of a worker's start, which a dropped photo need not wait for.
"""

import contextlib
import dataclasses
import math
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import TrackMetadata, Waveform
from desktop_app.domain.notices import PreviewImage
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.descriptors.photo import describe_photos
from desktop_app.engine.media.border import opening
from desktop_app.engine.media.file_times import changed_ns
from desktop_app.engine.media.hashing import hashes_of, read_whole
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.media.photo import decode_photo, decode_picture, read_photo
from desktop_app.engine.media.sidecars import time_with_sidecar
from desktop_app.engine.media.thumbnails import NEARLY, ThumbnailCache, fitted
from desktop_app.engine.workers.gathering import Unfinished
from desktop_app.engine.workers.outcomes import FileChangedError, FileGoneError
from desktop_app.errors import StorageFullError, UnreadableFileError

THUMBNAIL_SIDE = 512  # pixels, long side
DAMAGED = "This file is damaged and can't be used."


@dataclass(frozen=True, slots=True)
class HalfRead:
    """A photo that was read and not yet described."""

    reading: FileReading
    picture: NDArray[np.uint8]


def read_file(job: FileJob) -> FileReading:
    """Hashes, and as the job wants metadata, vectors and a thumbnail. What can't be read is a reading with ``problem``.

    Raises FileGoneError if there is no such file, FileChangedError if it was written to meanwhile; neither is a
    problem of the file.
    """
    begun = begin_reading(job)
    return begun.alone() if isinstance(begun, Unfinished) else begun


def begin_reading(job: FileJob) -> "FileReading | Unfinished[FileReading]":
    """As ``read_file``; photos still lack their vectors, which are cheaper for several at once."""
    started = time.perf_counter()
    place, job = job.path, dataclasses.replace(job, path=openable(job.path))
    before = _status(job.path)
    changed = changed_ns(before) if job.kind is Kind.TRACK else time_with_sidecar(job.path, changed_ns(before))
    reading = FileReading(place, job.kind, before.st_size, changed, None, None)
    picture: NDArray[np.uint8] | None = None
    try:
        if job.kind is Kind.PHOTO:
            with read_whole(job.path) as file:
                reading = _known_hashes(job, reading) or _hashed(reading, file)
                reading, picture = _read_photo(job, reading, file)
        else:
            known = _known_hashes(job, reading)
            if known is None:
                with read_whole(job.path) as file:
                    known = _hashed(reading, file)
            reading = known  # also if the rest fails
            reading = _read_track(job, reading)
    except UnreadableFileError as error:
        reading = dataclasses.replace(reading, problem=str(error), vectors={}, analysis=None)
    except ValueError:
        reading = dataclasses.replace(reading, problem=DAMAGED, vectors={})
    after = _status(job.path)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise FileChangedError("This file was changed while it was being read.")
    reading = dataclasses.replace(reading, seconds=time.perf_counter() - started)
    if picture is None or reading.problem is not None:
        return reading
    return Unfinished(HalfRead(reading, picture), picture.nbytes, describe_together)


def describe_together(halves: Sequence[HalfRead]) -> list[FileReading]:
    """The readings with their vectors."""
    started = time.perf_counter()
    try:
        described = describe_photos([half.picture for half in halves])
    except ValueError:
        if len(halves) > 1:
            return [describe_together([half])[0] for half in halves]
        return [dataclasses.replace(half.reading, problem=DAMAGED) for half in halves]
    share = (time.perf_counter() - started) / len(halves)
    return [
        dataclasses.replace(half.reading, vectors=vectors, seconds=half.reading.seconds + share)
        for half, vectors in zip(halves, described, strict=True)
    ]


def _known_hashes(job: FileJob, reading: FileReading) -> FileReading | None:
    """With the hashes that the job knows, if the file is still as it was then."""
    known = job.known
    if known is None or (known.size, known.mtime_ns) != (reading.size, reading.mtime_ns):
        return None
    return dataclasses.replace(reading, content_hash=known.content, payload_hash=known.payload)


def _hashed(reading: FileReading, file: BinaryIO) -> FileReading:
    with opening(reading.path):
        content, payload = hashes_of(file, reading.kind)
    return dataclasses.replace(reading, content_hash=content, payload_hash=payload)


def preview(path: Path, long_side: int) -> PreviewImage:
    """``path`` decoded to a long side of about ``long_side`` pixels, never enlarged. Raises UnreadableFileError."""
    photo = decode_photo(openable(path), long_side=long_side)
    pixels = fitted(photo.pixels, long_side)
    height, width = pixels.shape[:2]
    return PreviewImage(width, height, pixels.tobytes(), photo.width, photo.height)


def waveform_of(path: Path) -> Waveform:
    """Peaks and loudness of the whole track. Raises UnreadableFileError, FileGoneError of one that can't be reached."""
    from desktop_app.engine.descriptors.waveform import waveform
    from desktop_app.engine.media.audio import decode_blocks

    path = openable(path)
    try:
        return waveform(decode_blocks(path))
    except UnreadableFileError as error:
        try:
            path.stat()
        except OSError:  # its drive, as a rule, which may be back in a moment
            raise FileGoneError("This file can't be reached now.") from error
        raise


def _status(path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise FileGoneError("This file is not there any more.") from None
    except (OSError, ValueError) as error:
        raise UnreadableFileError("This file can't be reached.") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFileError("This is not an ordinary file.")
    return status


def _read_photo(job: FileJob, reading: FileReading, file: BinaryIO) -> tuple[FileReading, NDArray[np.uint8] | None]:
    """With metadata and thumbnail, and the picture that is still to be described, if it is."""
    cache = _cache(job)
    has_thumbnail = cache is not None and cache.has(str(reading.content_hash))
    if not (job.want_metadata or job.want_vectors or (cache is not None and not has_thumbnail)):
        return dataclasses.replace(reading, has_thumbnail=has_thumbnail), None
    # An eighth of a camera's 4,032 pixels are 504: what halving a quarter would leave, at nine tenths of the time.
    photo, metadata = read_photo(
        job.path, long_side=THUMBNAIL_SIDE, least=math.ceil(NEARLY * THUMBNAIL_SIDE), file=file
    )
    picture = fitted(photo.pixels, THUMBNAIL_SIDE)
    if cache is not None and not has_thumbnail:
        has_thumbnail = _keep(cache, reading, picture)
    reading = dataclasses.replace(
        reading, metadata=metadata if job.want_metadata else None, has_thumbnail=has_thumbnail
    )
    return reading, picture if job.want_vectors else None


def _read_track(job: FileJob, reading: FileReading) -> FileReading:
    from desktop_app.engine.media.audio import decode_excerpt, read_track_metadata

    cache = _cache(job)
    metadata: TrackMetadata | None = read_track_metadata(job.path) if job.want_metadata else None
    has_thumbnail = cache is not None and cache.has(str(reading.content_hash))
    if job.want_vectors:
        from desktop_app.engine.descriptors.track import describe_track

        excerpt = decode_excerpt(job.path)
        vectors, analysis = describe_track(excerpt.samples, excerpt.rate)
        reading = dataclasses.replace(reading, vectors=vectors, analysis=analysis)
    if cache is not None and not has_thumbnail:
        cover = _cover(job.path)
        has_thumbnail = cover is not None and _keep(cache, reading, cover)
    return dataclasses.replace(reading, metadata=metadata, has_thumbnail=has_thumbnail)


def _cover(path: Path) -> NDArray[np.uint8] | None:
    """The pixels of a track's cover; None if it has none that can be read."""
    from desktop_app.engine.media.audio import read_cover

    with contextlib.suppress(UnreadableFileError):
        data = read_cover(path)
        if data is not None:
            return decode_picture(data, long_side=THUMBNAIL_SIDE).pixels
    return None


def _cache(job: FileJob) -> ThumbnailCache | None:
    return None if job.thumbnails is None else ThumbnailCache(job.thumbnails, 0)


def _keep(cache: ThumbnailCache, reading: FileReading, pixels: NDArray[np.uint8]) -> bool:
    """Thumbnails are a cache: a full disk must not cost the item."""
    try:
        cache.write(str(reading.content_hash), pixels)
    except StorageFullError:
        return False
    return True
