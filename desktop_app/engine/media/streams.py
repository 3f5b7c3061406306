"""Decoding audio from any position: libsndfile where it is the faster one, FFmpeg (PyAV) for the rest."""

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import av
import av.error
import av.logging
import numpy as np
import soundfile
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.border import not_a
from desktop_app.errors import UnreadableFileError

av.logging.set_level(av.logging.PANIC)

# Measured on 75 s out of the middle of 240 s, 44.1 kHz stereo: WAV 18 ms (FFmpeg 29), FLAC 70 (45), Vorbis 100 (70),
# Opus 440 (160). MP3 takes libsndfile 110 (170), but its decoder talks to stderr about damaged files.
_MOST_CHANNELS = 64
_BLOCK_SECONDS = 1.0

Block = NDArray[np.float32]


class NoAudioError(Exception):
    """The file holds no audio stream; never leaves the package."""


class AudioStream(Protocol):
    """One opened track. ``duration`` is what its header says, in seconds; 0 where it says nothing."""

    rate: int
    channels: int
    duration: float

    def blocks(self, start: float) -> Generator[Block, None, None]:
        """float32 (n, channels) blocks from about ``start`` seconds. Raises what the decoder raises."""
        ...

    def close(self) -> None:
        """Frees the file."""
        ...


Opener = Callable[[], AudioStream]
Result = TypeVar("Result")


def first_success(path: Path, signature: str | None, attempt: Callable[[Opener], Result]) -> Result:
    """What ``attempt`` makes of the track with the first decoder that can read it; it may open it more than once.

    Raises UnreadableFileError for what holds no sound, else the first decoder's own error.
    """
    failure: Exception | None = None
    for decoder in _decoders_for(signature):
        try:
            return attempt(partial(decoder, path))
        except MemoryError:
            raise
        # Decoders raise anything (see border.decoding); the other one may fare better.
        except Exception as error:  # noqa: BLE001
            failure = failure or error
    if signature is None:
        raise not_a(Kind.TRACK, path) from failure
    if failure is None or isinstance(failure, NoAudioError):
        raise UnreadableFileError("There is no sound in this file.") from failure
    raise failure


def _decoders_for(signature: str | None) -> tuple[Callable[[Path], AudioStream], ...]:
    """What opens a track of ``signature``, the best first."""
    if signature in ("WAV", "AIFF"):
        return SoundfileStream, FfmpegStream
    return (FfmpegStream, SoundfileStream) if signature in ("FLAC", "OGG") else (FfmpegStream,)


class SoundfileStream:
    """Through libsndfile."""

    def __init__(self, path: Path) -> None:
        self._file = soundfile.SoundFile(str(path))
        self.rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        if not (1 <= self.channels <= _MOST_CHANNELS and self.rate > 0):
            self._file.close()
            raise NoAudioError
        self.duration = max(0, int(self._file.frames)) / self.rate

    def blocks(self, start: float) -> Generator[Block, None, None]:
        if start > 0:
            self._file.seek(int(start * self.rate))
        length = max(1, round(_BLOCK_SECONDS * self.rate))
        while len(block := self._file.read(length, dtype="float32", always_2d=True)):
            yield np.asarray(block, np.float32)

    def close(self) -> None:
        self._file.close()


class FfmpegStream:
    """Through FFmpeg."""

    def __init__(self, path: Path) -> None:
        # A path is never taken for a protocol of FFmpeg's ("concat:", "http:"), nor may a container name other files.
        self._container: Any = av.open(f"file:{path}", mode="r", options={"protocol_whitelist": "file"})
        try:
            self._stream: Any = next((s for s in self._container.streams if s.type == "audio"), None)
            if self._stream is None:
                raise NoAudioError
            self.rate = int(self._stream.codec_context.sample_rate or 0)
            self.channels = int(self._stream.codec_context.channels or 0)
            if not (1 <= self.channels <= _MOST_CHANNELS and self.rate > 0):
                raise NoAudioError
        except BaseException:
            self._container.close()
            raise
        self.duration = self._seconds()
        self._begins = float((self._stream.start_time or 0) * (self._stream.time_base or 0))

    def _seconds(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return max(0.0, float(self._stream.duration * self._stream.time_base))
        return max(0.0, (self._container.duration or 0) / 1e6)

    def blocks(self, start: float) -> Generator[Block, None, None]:
        skip = self._seek(start)
        begins = self._begins
        filled = _Filled(self.channels, self.rate)
        for frame in self._frames():
            if skip is not None:
                if frame.time is not None and frame.time - begins + frame.samples / self.rate <= start:
                    continue
                skip = None
            if frame.sample_rate != self.rate or not filled.add(frame):
                continue  # a damaged header in between
            if filled.count >= _BLOCK_SECONDS * self.rate:
                yield filled.take()
        if filled.count:
            yield filled.take()

    def _seek(self, start: float) -> float | None:
        """Goes to the packet before ``start``; what still lies before it is then skipped by the frames' times."""
        if start <= 0:
            return None
        try:
            self._container.seek(int((start + self._begins) / self._stream.time_base), stream=self._stream)
        except (av.error.FFmpegError, ValueError, OverflowError):
            self._container.seek(0)
        return start

    def _frames(self) -> Generator[Any, None, None]:
        """Decoded frames; damaged packets are passed over, as players do, until only damaged ones come."""
        failures = 0
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except (av.error.InvalidDataError, av.error.ArgumentError):
                failures += 1
                if failures > 100:
                    return
                continue
            yield from frames
            failures = failures if not frames else 0

    def close(self) -> None:
        self._container.close()


class _Filled:
    """One block as its frames come, some forty a second: their samples are copied once, to their place."""

    def __init__(self, channels: int, rate: int) -> None:
        self.count = 0
        self._channels = channels
        self._capacity = round(_BLOCK_SECONDS * rate) + 8192
        self._samples = np.empty((channels, self._capacity), np.float32)

    def add(self, frame: Any) -> bool:
        """False for a frame of another number of channels."""
        end = self.count + frame.samples
        if end > self._samples.shape[1]:
            self._samples = np.concatenate([self._samples, np.empty((self._channels, end), np.float32)], axis=1)
        if frame.format.name == "fltp" and len(planes := frame.planes) == self._channels:
            for row, plane in zip(self._samples, planes, strict=True):
                row[self.count : end] = np.frombuffer(plane, np.float32, frame.samples)
        else:
            block = _frame_samples(frame)
            if block.shape[1] != self._channels or len(block) != frame.samples:
                return False
            self._samples[:, self.count : end] = block.T
        self.count = end
        return True

    def take(self) -> Block:
        """float32 (n, channels); the next block begins."""
        block = self._samples[:, : self.count].T
        self._samples = np.empty((self._channels, self._capacity), np.float32)
        self.count = 0
        return block


def _frame_samples(frame: Any) -> Block:
    """float32 (n, channels) in −1..1 of a frame in any sample format."""
    values = frame.to_ndarray()
    if frame.format.is_planar:
        values = values.T
    else:
        values = values.reshape(frame.samples, -1)
    kind = values.dtype
    if kind.kind == "f":
        return np.ascontiguousarray(values, dtype=np.float32)
    if kind == np.uint8:
        return (values.astype(np.float32) - 128.0) / 128.0
    return values.astype(np.float32) / float(-np.iinfo(kind).min)
