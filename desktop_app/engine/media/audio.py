"""Tracks: an excerpt for describing, and the whole track in blocks."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.border import decoding, not_a, open_media
from desktop_app.engine.media.formats import HEAD_BYTES, TRACK_EXTENSIONS, track_signature
from desktop_app.engine.media.streams import AudioStream, NoAudioError, open_stream
from desktop_app.engine.media.track_metadata import read_cover, read_track_metadata
from desktop_app.errors import UnreadableFileError

__all__ = ["DecodedTrack", "decode_blocks", "decode_excerpt", "read_cover", "read_track_metadata"]

RATE = 22050  # Hz
EXCERPT_SECONDS = 75.0
_LEAST_SECONDS = 1.0

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DecodedTrack:
    """``samples``: float32 (n,) mono at ``rate`` Hz, finite, about −1..1. ``duration``: of the whole track, s."""

    samples: NDArray[np.float32]
    rate: int
    duration: float


def decode_excerpt(path: Path) -> DecodedTrack:
    """75 s from the middle, decoded by seeking; a shorter track whole. Mean of the channels.

    Raises UnreadableFileError, also where less than a second can be decoded.
    """
    with decoding(Kind.TRACK):
        samples, rate, duration = _middle(path)
        if samples.size < _LEAST_SECONDS * rate:
            raise UnreadableFileError(_too_short(samples.size / rate, duration))
        if rate != RATE:
            samples = soxr.resample(samples, rate, RATE, quality="HQ")
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).astype(np.float32, copy=False)
        return DecodedTrack(np.ascontiguousarray(samples), RATE, duration)


def decode_blocks(path: Path) -> Iterator[tuple[Block, int]]:
    """The whole track from its start: float32 (n, channels) blocks of about a second with their rate in Hz.

    Ends quietly where a damaged track can't be read further. Raises UnreadableFileError if nothing can be.
    """
    count = 0
    with decoding(Kind.TRACK), closing(_opened(path)) as stream:
        blocks = stream.blocks(0.0)
        while (block := _next_block(blocks, count)) is not None:
            count += len(block)
            yield np.nan_to_num(block, copy=False), stream.rate
        if not count:
            raise UnreadableFileError("There is no sound in this file.")


def _middle(path: Path) -> tuple[Block, int, float]:
    """Mono samples, their rate, and the track's duration."""
    with closing(_opened(path)) as stream:
        start = max(0.0, (stream.duration - EXCERPT_SECONDS) / 2)
        samples, whole = _mono(stream, start)
        duration = stream.duration
        if samples.size < _LEAST_SECONDS * stream.rate and start > 0:
            # A truncated track whose header promises more: take what there is from its start.
            with closing(_opened(path)) as again:
                samples, whole = _mono(again, 0.0)
            duration = samples.size / stream.rate
        elif start == 0.0 and whole:
            duration = samples.size / stream.rate
        return samples, stream.rate, duration


def _mono(stream: AudioStream, start: float) -> tuple[Block, bool]:
    """Up to 75 s from ``start``, and whether the track ended before that."""
    wanted = round(EXCERPT_SECONDS * stream.rate)
    parts: list[Block] = []
    count = 0
    blocks = stream.blocks(start)
    while count < wanted and (block := _next_block(blocks, count)) is not None:
        parts.append(block @ np.full(block.shape[1], 1 / block.shape[1], np.float32))
        count += len(block)
    samples = np.concatenate(parts)[:wanted] if parts else np.zeros(0, np.float32)
    return samples, count < wanted


def _next_block(blocks: Generator[Block, None, None], count: int) -> Block | None:
    """None at the end, also at one that comes with an error after something was decoded."""
    try:
        return next(blocks, None)
    except MemoryError:
        raise
    except Exception:  # decoders raise anything (see border.decoding); with nothing decoded it goes on
        if not count:
            raise
        return None


def _opened(path: Path) -> AudioStream:
    """Raises UnreadableFileError for what is no track, NoAudioError and decoders' errors for damaged ones."""
    with open_media(path) as file:
        signature = track_signature(file.read(HEAD_BYTES))
    try:
        return open_stream(path, signature)
    except NoAudioError:
        if signature is None:
            raise not_a(Kind.TRACK, path) from None
        raise UnreadableFileError("There is no sound in this file.") from None
    except MemoryError:
        raise
    except Exception:  # as above
        if signature is None and path.suffix.lower() in TRACK_EXTENSIONS:
            raise not_a(Kind.TRACK, path) from None
        raise


def _too_short(seconds: float, duration: float) -> str:
    if duration > 2 * _LEAST_SECONDS:
        return f"This track is damaged: only {seconds:.1f} seconds of it can be read."
    return f"This track is too short to compare: {seconds:.1f} seconds."
