"""Pixels without tags of HEIC, HEIF and AVIF (ISO/IEC 23008-12) and of Canon's CR3, all in boxes (ISO/IEC 14496-12)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Self

from desktop_app.engine.media.spans import NoPayloadError, Piece, Span, exactly, exif_orientation, size_of

_MOST_LISTED = 1 << 18  # bytes of all lists of items, their places and their properties
_MOST_BOXES = 1 << 14
_MOST_PLACES = 1 << 16  # of all items; numbers may have no bytes, so the length of their list is no limit
_MOST_DEPTH = 16
_TRANSFORMS = frozenset((b"clap", b"irot", b"imir"))
_DESCRIBING = frozenset((b"udes", b"altt", b"crtt", b"mdft", b"rref", b"free", b"skip"))
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


class _Fields:
    """Numbers of a box, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, length: int) -> int:
        """Of ``length`` bytes. Raises NoPayloadError where the box ends before."""
        return int.from_bytes(self.take(length), "big")

    def take(self, length: int) -> bytes:
        """The next bytes. Raises NoPayloadError where the box ends before."""
        data = self._data[self._at : self._at + length]
        if len(data) < length:
            raise NoPayloadError
        self._at += length
        return data

    def versioned(self) -> int:
        """The version of a full box, whose flags are kept."""
        version = self.number(1)
        self.flags = self.number(3)
        return version

    @property
    def left(self) -> int:
        """How many bytes."""
        return len(self._data) - self._at


class _Boxes:
    """Those of a file, by their places; of one with more than so many, or too long lists, nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._met = self._listed = 0
        self.size = size_of(file)

    def within(self, outer: Span) -> Iterator[tuple[bytes, Span]]:
        """Name and body of each; what is cut off ends where ``outer`` does."""
        position, end = outer.start, outer.start + outer.length
        while position + 8 <= end:
            self._met += 1
            if self._met > _MOST_BOXES:
                raise NoPayloadError
            self._file.seek(position)
            header = exactly(self._file, 8)
            length, head = int.from_bytes(header[:4], "big"), 8
            if length == 1:
                length, head = int.from_bytes(exactly(self._file, 8), "big"), 16
            elif length == 0:
                length = end - position
            if length < head:
                raise NoPayloadError
            length = min(length, end - position)
            yield header[4:], Span(position + head, length - head)
            position += length

    def first(self, outer: Span, name: bytes) -> Span:
        """The first of a name. Raises NoPayloadError where there is none."""
        for found, body in self.within(outer):
            if found == name:
                return body
        raise NoPayloadError

    @property
    def all(self) -> Span:
        """The file."""
        return Span(0, self.size)

    def read(self, body: Span) -> bytes:
        """A box's bytes. Raises NoPayloadError of a long one."""
        self._listed += body.length
        if self._listed > _MOST_LISTED:
            raise NoPayloadError
        self._file.seek(body.start)
        return exactly(self._file, body.length)

    def fields(self, body: Span) -> _Fields:
        """To take numbers from."""
        return _Fields(self.read(body))


def after(body: Span, count: int) -> Span:
    """A box's body without its first bytes."""
    if body.length < count:
        raise NoPayloadError
    return Span(body.start + count, body.length - count)


@dataclass(slots=True)
class _Item:
    kind: bytes = b""
    data: list[Span] = field(default_factory=list[Span])
    properties: list[tuple[bytes, Span]] = field(default_factory=list[tuple[bytes, Span]])
    made_of: list[int] = field(default_factory=list[int])
    beside: list[int] = field(default_factory=list[int])


class _Items:
    """What a ``meta`` box says."""

    def __init__(self, boxes: _Boxes, meta: Span) -> None:
        self.items: defaultdict[int, _Item] = defaultdict(_Item)
        self._boxes = boxes
        inner = {}
        for name, body in boxes.within(after(meta, 4)):
            inner.setdefault(name, body)
        try:
            pitm = boxes.fields(inner[b"pitm"])
            self.primary = pitm.number(2 if pitm.versioned() == 0 else 4)
            self._note_kinds(inner[b"iinf"])
            self._note_places(boxes.fields(inner[b"iloc"]), inner.get(b"idat"))
            self._note_properties(inner[b"iprp"])
        except KeyError:
            raise NoPayloadError from None
        if b"iref" in inner:
            self._note_references(inner[b"iref"])

    @classmethod
    def of(cls, file: BinaryIO) -> Self:
        """Of a file that is a picture, and no series of them."""
        boxes = _Boxes(file)
        if exactly(file, 8)[4:] != b"ftyp":
            raise NoPayloadError
        outer = {}
        for name, body in boxes.within(boxes.all):
            outer.setdefault(name, body)
        if b"meta" not in outer or b"moov" in outer:
            raise NoPayloadError
        return cls(boxes, outer[b"meta"])

    def _note_kinds(self, body: Span) -> None:
        head = _Fields(self._boxes.read(Span(body.start, min(body.length, 8))))
        counted = 2 if head.versioned() == 0 else 4
        for name, entry in self._boxes.within(after(body, 4 + counted)):
            fields = _Fields(self._boxes.read(Span(entry.start, min(entry.length, 14))))
            version = fields.versioned()
            if name != b"infe" or version < 2:
                raise NoPayloadError
            number = fields.number(2 if version == 2 else 4)
            if fields.number(2):  # encrypted
                raise NoPayloadError
            self.items[number].kind = fields.take(4)

    def _note_places(self, fields: _Fields, idat: Span | None) -> None:
        version = fields.versioned()
        sizes = fields.number(2)
        of_offset, of_length, of_base, of_index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
        wide, met = 2 if version < 2 else 4, 0
        for _ in range(fields.number(wide)):
            item = self.items[fields.number(wide)]
            method = fields.number(2) & 15 if version else 0
            elsewhere = fields.number(2)
            base = fields.number(of_base)
            room = self._boxes.all if method == 0 else idat
            count = fields.number(2)
            met += count
            if met > _MOST_PLACES:
                raise NoPayloadError
            for _ in range(count):
                fields.take(of_index if version else 0)
                start, length = base + fields.number(of_offset), fields.number(of_length)
                if elsewhere or method > 1 or room is None:
                    item.data.append(Span(-1, 0))  # not to be had, which matters only if it is of the picture
                    continue
                length = length or max(0, room.length - start)
                known = start + length <= room.length
                item.data.append(Span(room.start + start, length) if known else Span(-1, 0))

    def _note_properties(self, body: Span) -> None:
        known: list[tuple[bytes, Span]] = []
        for name, part in self._boxes.within(body):
            if name == b"ipco":
                known.extend(self._boxes.within(part))
            elif name == b"ipma":
                self._note_associations(self._boxes.fields(part), known)

    def _note_associations(self, fields: _Fields, known: list[tuple[bytes, Span]]) -> None:
        wide = 2 if fields.versioned() == 0 else 4
        length, mask = (2, 0x7FFF) if fields.flags & 1 else (1, 0x7F)
        for _ in range(fields.number(4)):
            properties = self.items[fields.number(wide)].properties
            for _ in range(fields.number(1)):
                index = fields.number(length) & mask
                if index > len(known):
                    raise NoPayloadError
                if index:
                    properties.append(known[index - 1])

    def _note_references(self, body: Span) -> None:
        wide = 2 if self._boxes.fields(Span(body.start, min(body.length, 4))).versioned() == 0 else 4
        for name, entry in self._boxes.within(after(body, 4)):
            if name not in (b"dimg", b"auxl"):
                continue
            fields = self._boxes.fields(entry)
            number = fields.number(wide)
            others = [fields.number(wide) for _ in range(fields.number(2))]
            if name == b"dimg":
                self.items[number].made_of.extend(others)
            else:
                for other in others:
                    self.items[other].beside.append(number)

    def auxiliary_of(self, item: _Item) -> list[int]:
        """Alpha, depth and the like, in the order of what they are; numbers are whatever their writer likes."""

        def what(number: int) -> list[bytes]:
            return [self._boxes.read(body) for name, body in self.items[number].properties if name == b"auxC"]

        return sorted(item.beside, key=what)


def heif_payload(file: BinaryIO) -> Iterator[Piece]:
    """The primary item, with its tiles, what lies beside it (alpha), and the properties of each that change how it
    looks; EXIF's orientation doesn't. Where in the file these are, and how they are numbered, doesn't count."""
    found = _Items.of(file)
    places: dict[int, int] = {}
    pieces: list[Piece] = []
    _add(found, found.primary, places, pieces, 0)
    if sum(piece.length for piece in pieces if isinstance(piece, Span)) > 2 * size_of(file):
        raise NoPayloadError
    yield from pieces


def _add(found: _Items, number: int, places: dict[int, int], pieces: list[Piece], depth: int) -> None:
    """An item and what belongs to it, each once, to ``pieces``."""
    if number in places:
        pieces.append(b"again" + places[number].to_bytes(4, "big"))
        return
    if number not in found.items or depth > _MOST_DEPTH:
        raise NoPayloadError
    places[number] = len(places)
    item = found.items[number]
    if not item.kind or any(span.start < 0 for span in item.data):
        raise NoPayloadError
    auxiliary = found.auxiliary_of(item)
    for name, body in _seen(item.properties):
        pieces += [name + body.length.to_bytes(8, "big"), body]
    length = sum(span.length for span in item.data)
    if not length and not item.made_of:  # properties alone are many pictures'
        raise NoPayloadError
    counts = (length, len(item.made_of), len(auxiliary))
    pieces += [item.kind + b"".join(count.to_bytes(8, "big") for count in counts), *item.data]
    for other in (*item.made_of, *auxiliary):
        _add(found, other, places, pieces, depth + 1)


def _seen(properties: list[tuple[bytes, Span]]) -> list[tuple[bytes, Span]]:
    """Those that change the picture: what turns and cuts it last, in its order, the others by what they are."""
    describing = [each for each in properties if each[0] not in _TRANSFORMS and each[0] not in _DESCRIBING]
    describing.sort(key=lambda each: (each[0], each[1].length))
    return [*describing, *(each for each in properties if each[0] in _TRANSFORMS)]


def cr3_payload(file: BinaryIO) -> Iterator[Piece]:
    """The sensor's tracks with what their decoder is told, and the orientation; not Canon's tags and small previews."""
    boxes = _Boxes(file)
    if exactly(file, 12)[4:11] != b"ftypcrx":
        raise NoPayloadError
    pieces: list[Piece] = []
    orientation = 1
    for name, body in boxes.within(boxes.first(boxes.all, b"moov")):
        if name == b"uuid" and boxes.read(Span(body.start, min(body.length, 16))) == _CANON:
            for inner, tags in boxes.within(after(body, 16)):
                if inner == b"CMT1":
                    orientation = exif_orientation(boxes.read(tags))
        elif name == b"trak":
            pieces += _samples(boxes, body)
    if sum(piece.length for piece in pieces if isinstance(piece, Span)) > 2 * boxes.size:
        raise NoPayloadError
    yield bytes((orientation,))
    yield from pieces


def _samples(boxes: _Boxes, track: Span) -> list[Piece]:
    """Of a track of pictures; of another, as of Canon's timed tags, none."""
    table = boxes.first(boxes.first(boxes.first(track, b"mdia"), b"minf"), b"stbl")
    inner = dict(boxes.within(table))
    try:
        described = boxes.read(inner[b"stsd"])
        sizes = boxes.fields(inner[b"stsz"])
        chunks = boxes.fields(inner[b"co64"] if b"co64" in inner else inner[b"stco"])
    except KeyError:
        raise NoPayloadError from None
    if described[12:16] != b"CRAW":
        return []
    sizes.take(4)
    each, count = sizes.number(4), sizes.number(4)
    chunks.take(4)
    if chunks.number(4) != count:
        raise NoPayloadError
    wide = 8 if b"co64" in inner else 4
    pieces: list[Piece] = [described]
    for _ in range(count):
        length, start = each or sizes.number(4), chunks.number(wide)
        if start + length > boxes.size:
            raise NoPayloadError
        pieces += [length.to_bytes(8, "big"), Span(start, length)]
    return pieces
