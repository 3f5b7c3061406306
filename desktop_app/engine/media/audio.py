"""Tracks: an excerpt for describing, and the whole track in blocks."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.border import decoding, open_media
from desktop_app.engine.media.formats import HEAD_BYTES, track_signature
from desktop_app.engine.media.streams import AudioStream, Block, NoAudioError, Opener, Result, first_success
from desktop_app.engine.media.track_metadata import read_cover, read_track_metadata
from desktop_app.errors import UnreadableFileError

__all__ = ["DecodedTrack", "decode_blocks", "decode_excerpt", "read_cover", "read_track_metadata"]

RATE = 22050  # Hz
EXCERPT_SECONDS = 75.0
_LEAST_SECONDS = 1.0


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
        samples, rate, duration = _first_success(path, _middle)
        if samples.size < _LEAST_SECONDS * rate:
            raise UnreadableFileError(_too_short(samples.size / rate, duration))
        if rate != RATE:
            samples = soxr.resample(samples, rate, RATE, quality="HQ")
        with np.errstate(all="ignore"):
            finite = bool(np.isfinite(np.dot(samples, samples)))  # a tenth of the time that nan_to_num takes
        if not finite:
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        return DecodedTrack(np.ascontiguousarray(samples), RATE, duration)


def decode_blocks(path: Path) -> Iterator[tuple[Block, int]]:
    """The whole track from its start: float32 (n, channels) blocks of about a second with their rate in Hz.

    Ends quietly where a damaged track can't be read further. Raises UnreadableFileError if nothing can be.
    """
    with decoding(Kind.TRACK):
        stream, blocks, first = _first_success(path, _begun)
        with closing(stream):
            block: Block | None = first
            while block is not None:
                yield np.nan_to_num(block, posinf=1.0, neginf=-1.0), stream.rate
                block = _next_block(blocks, 1)


def _first_success(path: Path, attempt: Callable[[Opener], Result]) -> Result:
    with open_media(path) as file:
        signature = track_signature(file.read(HEAD_BYTES))
    return first_success(path, signature, attempt)


def _begun(opened: Opener) -> tuple[AudioStream, Generator[Block, None, None], Block]:
    """The opened stream, its blocks after the first, and the first. Raises NoAudioError if there is none."""
    stream = opened()
    try:
        blocks = stream.blocks(0.0)
        first = _next_block(blocks, 0)
        if first is None:
            raise NoAudioError
    except BaseException:
        stream.close()
        raise
    return stream, blocks, first


def _middle(opened: Opener) -> tuple[Block, int, float]:
    """Mono samples, their rate, and the track's duration. Raises NoAudioError if there are none."""
    with closing(opened()) as stream:
        start = max(0.0, (stream.duration - EXCERPT_SECONDS) / 2)
        samples, ended = _mono(stream, start)
        duration = stream.duration
        if samples.size < _LEAST_SECONDS * stream.rate and start > 0:
            # A truncated track whose header promises more: take what there is from its start.
            with closing(opened()) as again:
                samples, ended = _mono(again, 0.0)
            duration = samples.size / stream.rate
        elif start == 0.0 and ended:
            duration = samples.size / stream.rate
        if not samples.size:
            raise NoAudioError
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


def _too_short(seconds: float, duration: float) -> str:
    """Why nothing can be said about the track."""
    if duration > 2 * _LEAST_SECONDS:
        return f"This track is damaged: only {seconds:.1f} seconds of it can be read."
    return f"This track is too short to compare: {seconds:.1f} seconds."
