"""Samples without tags: FLAC, Ogg, MPEG-4, RIFF, AIFF and ASF by their containers; MP3, AAC, APE, WavPack and Musepack
by cutting ID3v1, ID3v2 and APEv2 (id3.org, wiki.hydrogenaud.io) off both ends."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from desktop_app.engine.media.spans import NoPayloadError, Piece, Span, exactly, size_of

_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_FRAMED_MAGICS = (b"MAC ", b"wvpk", b"MP+", b"MPCK")
_OGG_HEADER_PACKETS = {b"\x01vorbis": 3, b"OpusHead": 2, b"Speex   ": 2}


def after_id3(file: BinaryIO) -> int:
    """Where the ID3v2 tags at the start end (0 where there is none)."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
            return start
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        start += 10 + length + (10 if head[5] & 0x10 else 0)


def _before_end_tags(file: BinaryIO, start: int) -> int:
    """Where ID3v1 and APEv2 tags at the end begin."""
    end = size_of(file)
    while end - start > 32:
        file.seek(max(start, end - 128))
        tail = file.read(end - file.tell())
        if len(tail) == 128 and tail.startswith(b"TAG"):
            end -= 128
            continue
        footer = tail[-32:]
        if footer[:8] != b"APETAGEX":
            break
        length = int.from_bytes(footer[12:16], "little") + (32 if footer[23] & 0x80 else 0)
        if not 32 <= length <= end - start:
            break
        end -= length
    return end


def flac_payload(file: BinaryIO) -> Iterator[Piece]:
    """The stream's parameters (among them the MD5 of the samples) and the frames."""
    begin = after_id3(file)
    file.seek(begin)
    if file.read(4) != b"fLaC":
        raise NoPayloadError
    while True:
        header = exactly(file, 4)
        length = int.from_bytes(header[1:], "big")
        if header[0] & 0x7F == 0:
            yield exactly(file, length)
        else:
            file.seek(length, 1)
        if header[0] & 0x80:
            break
    start = file.tell()
    yield Span(start, _before_end_tags(file, start) - start)


def ogg_payload(file: BinaryIO) -> Iterator[Piece]:
    """Packets but the comments, with the pages' positions (RFC 3533); page numbers and sums change with any tag."""
    streams: dict[bytes, _OggHeaders] = {}
    while len(header := file.read(27)) == 27 and header.startswith(b"OggS"):
        lacing = exactly(file, header[26])
        start, length = file.tell(), sum(lacing)
        serial = header[14:18]
        if header[5] & 2 or serial not in streams:
            streams[serial] = _OggHeaders()
        headers = streams[serial]
        if headers.complete:
            yield header[6:14]
            yield Span(start, length)
        else:
            yield from headers.take(lacing, exactly(file, length))
        file.seek(start + length)
    if not any(stream.complete for stream in streams.values()):
        raise NoPayloadError


class _OggHeaders:
    """Header packets of one stream until the last is complete; the second one holds the comments."""

    def __init__(self) -> None:
        self.complete = False
        self._count = 0
        self._wanted = 0
        self._part = b""

    def take(self, lacing: bytes, body: bytes) -> Iterator[bytes]:
        """The packets that end on this page and are no comments."""
        position = 0
        for lace in lacing:
            self._part += body[position : position + lace]
            position += lace
            if lace == 255:
                continue
            packet, self._part = self._part, b""
            self._count += 1
            if self._count == 1:
                self._wanted = _ogg_header_packets(packet)
            if self.complete or self._count == 1 or (self._count > 2 and self._wanted == 3):
                yield packet
            self.complete = self._count >= self._wanted


def _ogg_header_packets(first: bytes) -> int:
    if first.startswith(b"\x7fFLAC"):
        return 1 + max(1, int.from_bytes(first[7:9], "big"))
    for magic, count in _OGG_HEADER_PACKETS.items():
        if first.startswith(magic):
            return count
    raise NoPayloadError


def mp4_payload(file: BinaryIO) -> Iterator[Piece]:
    """The media data boxes (ISO/IEC 14496-12)."""
    end = size_of(file)
    if file.read(8)[4:] != b"ftyp":
        raise NoPayloadError
    position = 0
    while position + 8 <= end:
        file.seek(position)
        header = exactly(file, 8)
        length, name, head = int.from_bytes(header[:4], "big"), header[4:], 8
        if length == 1:
            length, head = int.from_bytes(exactly(file, 8), "big"), 16
        elif length == 0:
            length = end - position
        if length < head:
            raise NoPayloadError
        if name == b"mdat":
            yield Span(position + head, min(length, end - position) - head)
        position += length


def riff_payload(file: BinaryIO) -> Iterator[Piece]:
    """``fmt`` and ``data`` of WAV (also RF64, whose data reaches to the end)."""
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        raise NoPayloadError
    yield from _chunks(file, "little", (b"fmt ", b"data"))


def aiff_payload(file: BinaryIO) -> Iterator[Piece]:
    """``COMM`` and ``SSND`` of AIFF and AIFF-C."""
    head = file.read(12)
    if head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC"):
        raise NoPayloadError
    yield from _chunks(file, "big", (b"COMM", b"SSND"))


def _chunks(file: BinaryIO, order: str, wanted: tuple[bytes, ...]) -> Iterator[Piece]:
    end = size_of(file)
    while len(header := file.read(8)) == 8:
        start = file.tell()
        length = int.from_bytes(header[4:], "little" if order == "little" else "big")
        if header[:4] in wanted:
            yield Span(start, min(length, end - start))
        file.seek(start + length + length % 2)


def asf_payload(file: BinaryIO) -> Iterator[Piece]:
    """The packets of the data object, after its own header of 26 bytes (file id, count)."""
    end = size_of(file)
    if file.read(16) != _ASF_HEADER:
        raise NoPayloadError
    position = 0
    while position + 24 <= end:
        file.seek(position)
        name, length = exactly(file, 16), int.from_bytes(exactly(file, 8), "little")
        if length < 24:
            raise NoPayloadError
        if name == _ASF_DATA:
            yield Span(position + 50, max(0, min(length, end - position) - 50))
        position += length


def framed_payload(file: BinaryIO) -> Iterator[Piece]:
    """All between the tags at both ends, of formats that are a mere run of frames."""
    start = after_id3(file)
    file.seek(start)
    head = file.read(4096).lstrip(b"\0")[:4]
    frame = len(head) == 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    if not frame and not head.startswith(_FRAMED_MAGICS):
        raise NoPayloadError
    yield Span(start, _before_end_tags(file, start) - start)


TRACK_PAYLOADS: tuple[tuple[str, Callable[[BinaryIO], Iterator[Piece]]], ...] = (
    ("flac", flac_payload),
    ("ogg", ogg_payload),
    ("mp4", mp4_payload),
    ("riff", riff_payload),
    ("aiff", aiff_payload),
    ("asf", asf_payload),
    ("framed", framed_payload),
)
