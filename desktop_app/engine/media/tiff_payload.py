"""Pixels without tags of TIFF (TIFF 6.0, BigTIFF) and of the RAW formats that are TIFF with names of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.media.spans import NoPayloadError, Piece, Span, exactly, size_of

_MOST_ENTRIES = 1 << 16  # of all directories
_MOST_DIRECTORIES = 1 << 12
_MOST_NUMBERS = 1 << 21  # bytes of numbers, of all directories; pixels and profiles are none
_BULK = 8  # what is counted has at least this part of a file, else its pixels are somewhere unknown
_SMALL = 1 << 18  # bytes; of a smaller file tags may well be the most

# fmt: off
_PICTURE_TAGS = (
    256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 301, 317, 318, 319, 320, 322, 323, 332, 334, 336, 338, 339,
    340, 341, 342, 347, 512, 515, 517, 518, 529, 530, 531, 532, 32995, 32996, 32997, 34675,
    33421, 33422, 50710, 50711, 50712, 50713, 50714, 50715, 50716, 50717, 50718, 50719, 50720, 50733, 50737, 50738,
    50829, 50830, 50752, 51008, 51009, 51022, 51125,
)
"""Size, depth, compression, colours; of RAWs what the sensor's values mean: mosaic, levels, crop, corrections."""
_FILE_TAGS = (*range(50721, 50730), 50730, 50778, 50779, 50964, 50965)
"""Of a whole DNG, in its first directory: colour matrices, white balance, exposure."""
_PANASONIC_TAGS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x2D)
# fmt: on
_SUB_DIRECTORIES, _KIND, _ORIENTATION = 330, 254, 274
_STRIPS, _TILES, _PANASONIC_DATA = (273, 279), (324, 325), 0x118
_WANTED = frozenset(
    (
        *_PICTURE_TAGS, *_FILE_TAGS, *_PANASONIC_TAGS, *_STRIPS, *_TILES,
        _SUB_DIRECTORIES, _KIND, _ORIENTATION, _PANASONIC_DATA,
    )
)  # fmt: skip
_BYTES = (1, 2, 6, 7)
_TYPES = {
    1: "u1", 2: "u1", 3: "u2", 4: "u4", 5: "u4", 6: "u1", 7: "u1", 8: "i2", 9: "i4", 10: "i4", 11: "f4", 12: "f8",
    13: "u4", 16: "u8", 17: "i8", 18: "u8",
}  # fmt: skip
_PAIRS = (5, 10)
_MAGICS = {42: False, 43: True, 0x4F52: False, 0x5352: False, 0x55: False}  # TIFF, BigTIFF, Olympus, Panasonic


@dataclass(frozen=True, slots=True)
class _Value:
    """A tag's type, how many values of it there are, and where."""

    kind: int
    count: int
    start: int

    @property
    def length(self) -> int:
        """In bytes."""
        return np.dtype(_TYPES[self.kind]).itemsize * self.count * (2 if self.kind in _PAIRS else 1)


@dataclass(slots=True)
class _Directory:
    values: dict[int, _Value] = field(default_factory=dict[int, _Value])
    following: int = 0


class _Tiff:
    """The directories of a file, none of which is read twice."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = size_of(file)
        head = exactly(file, 16)
        if head[:2] not in (b"II", b"MM"):
            raise NoPayloadError
        self.order = "<" if head[:2] == b"II" else ">"
        self.magic = self._number(head[2:4])
        if self.magic not in _MAGICS or head[8:12] in (b"IIII", b"MMMM"):  # Phase One's pixels are in no directory
            raise NoPayloadError
        self._wide = _MAGICS[self.magic]
        self.is_canon = head[8:11] == b"CR\x02"
        self._first = self._number(head[8:16] if self._wide else head[4:8])
        self.raw = self._number(head[12:16])
        self._entries = self._numbers = 0

    def _number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "<" else "big")

    def directories(self) -> Iterator[_Directory]:
        """The first, its sub-directories and theirs, then the next of the chain."""
        waiting, met = [self._first], set[int]()
        while waiting:
            at = waiting.pop()
            if at == 0:
                continue
            if at in met or at >= self.size or len(met) >= _MOST_DIRECTORIES:
                raise NoPayloadError
            met.add(at)
            directory = self.directory(at)
            yield directory
            subs = directory.values.get(_SUB_DIRECTORIES)
            waiting.append(directory.following)
            if subs is not None:
                waiting.extend(reversed(self.integers(subs).tolist()))

    def directory(self, at: int) -> _Directory:
        """The one at a place, with those of its values that are wanted."""
        counted, each, inline = (8, 20, 8) if self._wide else (2, 12, 4)
        self._file.seek(at)
        count = self._number(exactly(self._file, counted))
        self._entries += count
        if self._entries > _MOST_ENTRIES:
            raise NoPayloadError
        data = exactly(self._file, each * count)
        made = _Directory(following=self._number(self._file.read(8 if self._wide else 4)))
        for position in range(0, len(data), each):
            tag = self._number(data[position : position + 2])
            kind = self._number(data[position + 2 : position + 4])
            if tag not in _WANTED or kind not in _TYPES:
                continue
            many = self._number(data[position + 4 : position + each - inline])
            value = _Value(kind, many, at + counted + position + each - inline)
            if value.length > inline:
                value = _Value(kind, many, self._number(data[position + each - inline : position + each]))
            if value.start + value.length > self.size:
                raise NoPayloadError
            made.values.setdefault(tag, value)
        return made

    def integers(self, value: _Value) -> NDArray[np.int64]:
        """A tag's places or lengths. Raises NoPayloadError where they are none of this file, or too many in all."""
        if value.kind not in (3, 4, 13, 16, 18):
            raise NoPayloadError
        numbers = self._read(value).astype(np.uint64)
        if (numbers > self.size).any():
            raise NoPayloadError
        return numbers.astype(np.int64)

    def _read(self, value: _Value) -> NDArray[Any]:
        self._numbers += value.length
        if self._numbers > _MOST_NUMBERS:
            raise NoPayloadError
        self._file.seek(value.start)
        return np.frombuffer(exactly(self._file, value.length), self.order + _TYPES[value.kind])

    def tags(self, values: Mapping[int, _Value], wanted: tuple[int, ...]) -> Iterator[Piece]:
        """Those that are there, with their values, whatever the byte order and however wide the numbers are."""
        for tag in wanted:
            value = values.get(tag)
            if value is None:
                continue
            yield b"%d:%d:" % (tag, value.count)
            if value.kind in _BYTES:
                yield Span(value.start, value.length)
                continue
            yield self._read(value).astype("<f8" if value.kind in (11, 12) else "<i8").tobytes()

    def orientation(self, first: _Directory) -> int:
        """1..8, 1 where the first directory says none."""
        value = first.values.get(_ORIENTATION)
        if value is None or value.count != 1 or value.kind not in (3, 4):
            return 1
        said = int(self.integers(value)[0])
        return said if 1 <= said <= 8 else 1

    def pixels(self, directory: _Directory) -> list[Piece]:
        """Strips or tiles: how long each is, then all of them, neighbours at once; none where there are none."""
        for offsets, lengths in (_TILES, _STRIPS):
            if offsets in directory.values:
                if lengths not in directory.values:
                    raise NoPayloadError
                starts = self.integers(directory.values[offsets])
                counts = self.integers(directory.values[lengths])
                break
        else:
            return []
        if len(starts) != len(counts) or not counts.any():  # decoders work out lengths that are none
            raise NoPayloadError
        ends = starts + counts
        if (ends > self.size).any():
            raise NoPayloadError
        breaks = np.flatnonzero(starts[1:] != ends[:-1]) + 1
        first, last = np.concatenate([[0], breaks]), np.concatenate([breaks - 1, [len(starts) - 1]])
        spans = zip(starts[first].tolist(), ends[last].tolist(), strict=True)
        return [b"%d:" % offsets + counts.astype("<i8").tobytes(), *(Span(start, end - start) for start, end in spans)]


def tiff_payload(file: BinaryIO) -> Iterator[Piece]:
    """The strips and tiles of each full picture with what its decoder needs, and orientation and colours of the whole.

    Not its smaller versions, where the file says that they are such: tools that write tags render previews anew.
    """
    tiff = _Tiff(file)
    found = list(tiff.directories())
    if not found:
        raise NoPayloadError
    first = found[0]
    pieces: list[Piece] = [tiff.order.encode(), bytes((tiff.orientation(first),)), *tiff.tags(first.values, _FILE_TAGS)]
    if tiff.magic == 0x55:
        pieces += _panasonic(tiff, first)
    else:
        # Canon's pictures before that of the sensor are previews, and don't say so.
        for directory in [tiff.directory(tiff.raw)] if tiff.is_canon else found:
            if not _is_preview(tiff, directory) and (pixels := tiff.pixels(directory)):
                pieces += [*tiff.tags(directory.values, _PICTURE_TAGS), *pixels]
    counted = sum(piece.length for piece in pieces if isinstance(piece, Span))
    if counted > 2 * tiff.size or counted * _BULK < tiff.size - _SMALL:
        raise NoPayloadError
    yield from pieces


def _is_preview(tiff: _Tiff, directory: _Directory) -> bool:
    kind = directory.values.get(_KIND)
    return kind is not None and kind.count == 1 and bool(tiff.integers(kind)[0] & 1)


def _panasonic(tiff: _Tiff, first: _Directory) -> Iterator[Piece]:
    """What the sensor saw reaches to the end of the file, behind a preview with the tags of the whole."""
    offset = first.values.get(_PANASONIC_DATA)
    if offset is None:
        raise NoPayloadError
    start = int(tiff.integers(offset)[0]) if offset.count == 1 else tiff.size
    if start >= tiff.size:
        raise NoPayloadError
    yield from tiff.tags(first.values, _PANASONIC_TAGS)
    yield Span(start, tiff.size - start)
