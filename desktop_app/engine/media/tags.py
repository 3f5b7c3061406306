"""Tags of tracks in every family (ID3, Vorbis comments, APEv2, MP4, ASF, RIFF INFO), under one set of names."""

import io
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import mutagen
from mutagen.id3 import ID3

from desktop_app.engine.media.sanitise import TAG_ERRORS, number_of, text_of, within

# mutagen is not annotated: Any is what it gives.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("TIT2", "title", "\xa9nam", "INAM"),
    "artist": ("TPE1", "artist", "author", "\xa9ART", "IART"),
    "album": ("TALB", "album", "wm/albumtitle", "\xa9alb", "IPRD"),
    "album_artist": ("TPE2", "albumartist", "album artist", "album_artist", "wm/albumartist", "aART"),
    "genre": ("TCON", "genre", "wm/genre", "\xa9gen", "IGNR"),
    "year": ("TDRC", "TYER", "TDOR", "date", "year", "originaldate", "wm/year", "\xa9day", "ICRD"),
    "track_number": ("TRCK", "tracknumber", "track", "wm/tracknumber", "trkn", "ITRK", "IPRT"),
    "disc_number": ("TPOS", "discnumber", "disc", "wm/partofset", "disk"),
    "composer": ("TCOM", "composer", "wm/composer", "\xa9wrt", "IMUS"),
    "comment": ("COMM", "comment", "description", "\xa9cmt", "ICMT"),
    "tempo": ("TBPM", "bpm", "tempo", "wm/beatsperminute", "tmpo"),
    "keywords": ("TXXX:keywords", "keywords", "tags", "wm/category", "keyw"),
    "label": ("TPUB", "label", "organization", "publisher", "wm/publisher"),
    "copyright": ("TCOP", "copyright", "cprt", "ICOP"),
    "encoder": ("TSSE", "encoder", "encodedby", "wm/encodingsettings", "\xa9too", "ISFT"),
    "isrc": ("TSRC", "isrc", "wm/isrc"),
}
_STARS: tuple[tuple[str, float], ...] = (  # name, full scale
    ("fmps_rating", 1.0),
    ("wm/shareduserrating", 99.0),
    ("rate", 100.0),
    ("rating wmp", 255.0),
)
_POPULARITY = ((224, 5), (160, 4), (96, 3), (32, 2), (1, 1))  # ID3's byte, as Windows and most players read it
_INFO_LIMIT = 1 << 20
_NAMELESS_LIMIT = 128 << 20


class Tags:
    """What one file's tags say. ``file`` is mutagen's reading of it, None where mutagen can't."""

    def __init__(self, file: Any, info: Mapping[str, list[object]]) -> None:
        self.file = file
        self._values: dict[str, list[object]] = {name: list(values) for name, values in info.items()}
        if file is not None and file.tags is not None:
            for name, values in _all_values(file.tags).items():
                self._values[name] = values

    def all(self, name: str) -> list[str]:
        """Every clean value of ``name`` (see the table), in the file's order."""
        for key in _NAMES[name]:
            words = [text_of(value) for value in self._values.get(key, [])]
            found = [word for word in words if word]
            if found:
                return list(dict.fromkeys(found))
        return []

    def first(self, name: str) -> str | None:
        """The first value of ``name``."""
        return next(iter(self.all(name)), None)

    def joined(self, name: str) -> str | None:
        """All values of ``name`` in one line."""
        return ", ".join(self.all(name)) or None

    def stars(self) -> int | None:
        """0..5."""
        popularity = [number_of(value) for value in self._values.get("POPM", [])]
        found = [value for value in popularity if value]
        if found:
            return next((stars for least, stars in _POPULARITY if found[0] >= least), None)
        for name, scale in _STARS:
            value = within(next(iter(self._values.get(name, [])), None), 0, scale)
            if value is not None:
                return round(value / scale * 5)
        value = within(next(iter(self._values.get("rating", [])), None), 0, 100)
        return None if value is None else round(value if value <= 5 else value / 20)


def read_tags(file: BinaryIO) -> Tags:
    """Of an open file. Never raises; a damaged tag says nothing."""
    found: Any = None
    for reading in (_opened, _opened_nameless, _id3_alone):
        found = reading(file)
        if found is not None:  # a reading without tags is false
            break
    try:
        info = riff_info(file)
    except TAG_ERRORS:
        info = {}
    try:
        return Tags(found, info)
    except (*TAG_ERRORS, mutagen.MutagenError):
        return Tags(None, info)


def _opened(file: BinaryIO) -> Any:
    try:
        file.seek(0)
        return mutagen.File(file)
    except (*TAG_ERRORS, mutagen.MutagenError):
        return None


def _opened_nameless(file: BinaryIO) -> Any:
    """mutagen believes a name's ending over the content; without a name it has only the content."""
    file.seek(0)
    data = file.read(_NAMELESS_LIMIT + 1)
    return _opened(io.BytesIO(data)) if len(data) <= _NAMELESS_LIMIT else None


class _Id3Only:
    """Tags of a file whose audio mutagen can't make out."""

    info = None

    def __init__(self, tags: Any) -> None:
        self.tags = tags


def _id3_alone(file: BinaryIO) -> Any:
    try:
        file.seek(0)
        return _Id3Only(ID3(file))
    except (*TAG_ERRORS, mutagen.MutagenError):
        return None


def riff_info(file: BinaryIO) -> dict[str, list[object]]:
    """The LIST INFO chunk of a WAV, by its four-letter names."""
    file.seek(0)
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return {}
    found: dict[str, list[object]] = {}
    while len(header := file.read(8)) == 8:
        length = int.from_bytes(header[4:], "little")
        start = file.tell()
        if header[:4] == b"LIST" and file.read(4) == b"INFO":
            block = file.read(min(length - 4, _INFO_LIMIT))
            at = 0
            while at + 8 <= len(block):
                size = int.from_bytes(block[at + 4 : at + 8], "little")
                found.setdefault(block[at : at + 4].decode("latin-1"), []).append(block[at + 8 : at + 8 + size])
                at += 8 + size + size % 2
        file.seek(start + length + length % 2)
    return found


def _all_values(tags: Any) -> dict[str, list[object]]:
    """Values by key: ID3 and MP4 keep the case of theirs, the others are spelled in any case."""
    found: dict[str, list[object]] = {}
    keyed_by_case = isinstance(tags, ID3) or type(tags).__name__ == "MP4Tags"
    for key in list(tags.keys()):
        try:
            values = _values_of(tags[key])
        except TAG_ERRORS:
            continue
        name = str(key) if keyed_by_case else str(key).lower()
        name = _id3_name(name) if isinstance(tags, ID3) else name.removeprefix("----:com.apple.iTunes:")
        if name in found and name == "COMM":
            continue
        found.setdefault(name, []).extend(values)
        if name.startswith("----") or (keyed_by_case and name.lower() not in found):
            found.setdefault(name.lower(), values)
    return found


def _id3_name(key: str) -> str:
    """ "COMM::eng" is "COMM", "TXXX:Keywords" is "TXXX:keywords"; a comment with a description is a program's own."""
    frame, _colon, rest = key.partition(":")
    if frame == "TXXX":
        return f"TXXX:{rest.lower()}"
    if frame == "COMM" and rest.split(":", 1)[0]:
        return key
    return frame


def _values_of(value: Any) -> list[object]:
    """The plain values in whatever mutagen wraps them."""
    for attribute in ("genres", "rating", "text", "value"):  # TCON, POPM, other text frames, ASF and APE values
        inner = getattr(value, attribute, None)
        if inner is not None and not callable(inner):
            value = inner
            break
    if isinstance(value, (list, tuple)) and not _is_pair(value):
        return [_plain(entry) for entry in value]
    return [_plain(value)]


def _plain(value: Any) -> object:
    inner: Any = getattr(value, "value", value)
    inner = inner if not callable(inner) else value
    if isinstance(inner, tuple):
        return inner[0] if inner else None
    if isinstance(inner, (bytes, int, float, str)):
        return inner
    return str(inner)


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple)


def whole_of(words: str | None) -> int | None:
    """3 of "3", "03" and "3/12"; None of other words and of 0."""
    match = re.match(r"\s*(\d{1,5})", words or "")
    return int(match[1]) or None if match else None


def year_of(words: str | None) -> int | None:
    """The first four-digit year."""
    match = re.search(r"(?<!\d)(1\d{3}|2\d{3})(?!\d)", words or "")
    if match is None:
        match = re.match(r"(1\d{3}|2\d{3})\d{4}$", words or "")  # 20240612
    return int(match[1]) if match else None
