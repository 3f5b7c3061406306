"""Text as DuckDB can hold it: valid UTF-8, and back."""

import re
from pathlib import Path

# Names on disk may hold what is no Unicode: Python shows such bytes (or lone UTF-16 units) as surrogates. They are
# stored as private characters of the last plane; a real one of that range is marked by the one after it.
_FIRST_SURROGATE = 0xD800
_FIRST_STAND_IN = 0x10F000
_MARK = "\U0010f800"
_TO_ESCAPE = re.compile("[\ud800-\udfff\U0010f000-\U0010f800]")
_ESCAPED = re.compile("\U0010f800(.)|([\U0010f000-\U0010f7ff])", re.DOTALL)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        return chr(ord(character) - _FIRST_SURROGATE + _FIRST_STAND_IN)
    return _MARK + character


def _unescape(match: re.Match[str]) -> str:
    return match.group(1) or chr(ord(match.group(2)) - _FIRST_STAND_IN + _FIRST_SURROGATE)


def encode_name(name: str) -> str:
    """A file name or path as it is stored; ``decode_name`` gives it back exactly."""
    return name if name.isascii() else _TO_ESCAPE.sub(_escape, name)


def decode_name(stored: str) -> str:
    """The file name or path that ``encode_name`` stored."""
    return stored if stored.isascii() else _ESCAPED.sub(_unescape, stored)


def encode_path(path: Path) -> str:
    """An absolute path as it is stored, with '/'."""
    return encode_name(path.as_posix())


def decode_path(stored: str) -> Path:
    """The path that ``encode_path`` stored."""
    return Path(decode_name(stored))


def storable(text: str | None) -> str | None:
    """Text of a file's metadata without what can't be stored (lone surrogates, NUL); None for nothing."""
    if not text:
        return None
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "").strip() or None


def shown(name: str) -> str:
    """A stored file name for people: bytes that are no text show as a replacement character."""
    return decode_name(name).encode("utf-8", "replace").decode("utf-8")
