"""Values as files hold them, made into values that may be kept: no NULs, no control characters, no inf, no nan."""

import math
import re
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime

# What parsing a damaged tag may raise, in our code and in Pillow's and mutagen's: such a tag is left out, and the
# picture or track is kept. (RuntimeError: recursion; MemoryError: a length of billions in a broken header.)
TAG_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)

_TEXT_LIMIT = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_DATE = re.compile(
    r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?\s*(Z|[+-]\d{1,2}:?\d{2})?)?"
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")


def text_of(value: object, limit: int = _TEXT_LIMIT) -> str | None:
    """One clean line or paragraph; None if nothing is left. Bytes are taken as UTF-8, else Latin-1."""
    if isinstance(value, (tuple, list)):
        value = next(iter(value), None) if value else None  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            value = value.decode("latin-1")
    if value is None or isinstance(value, (bytearray, memoryview, dict)):
        return None
    words = str(value)
    words = words.split("\0", 1)[0] if words.strip("\0") and words[0] != "\0" else words.replace("\0", "")
    return _CONTROL.sub("", words).strip()[:limit].rstrip() or None


def number_of(value: object) -> float | None:
    """A finite float of a number, a rational (also as a pair) or digits; None of anything else."""
    try:
        if isinstance(value, (tuple, list)):
            parts: Sequence[object] = value
            if len(parts) == 2 and all(isinstance(part, int) for part in parts):
                found = float(parts[0]) / float(parts[1])  # pyright: ignore[reportArgumentType]
            else:
                return number_of(parts[0]) if parts else None
        elif isinstance(value, str) and "/" in value:
            upper, _slash, lower = value.partition("/")
            found = float(upper) / float(lower)
        else:
            found = float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return found if math.isfinite(found) else None


def within(value: object, low: float, high: float) -> float | None:
    """The number if it lies in ``low..high``, else None."""
    found = number_of(value)
    return found if found is not None and low <= found <= high else None


def whole_within(value: object, low: int, high: int) -> int | None:
    """The number, rounded, if it lies in ``low..high``, else None."""
    found = within(value, low, high)
    return None if found is None else round(found)


def time_of(value: object, offset: object = None, fraction: object = None) -> str | None:
    """ISO 8601 local time of an EXIF, IPTC or XMP date; with zone offset and milliseconds where there are some."""
    match = _DATE.match(text_of(value) or "")
    if match is None:
        return None
    year, month, day, hour, minute, second, decimals, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59))
    except ValueError:
        return None
    if not 1800 <= moment.year <= 2200:
        return None
    decimals = decimals or text_of(fraction) or ""
    millis = int((decimals + "000")[:3]) if decimals.isascii() and decimals.isdigit() else 0
    words = moment.isoformat() + (f".{millis:03d}" if millis else "")
    return words + (_zone_words(zone) or _zone_words(text_of(offset)) or "")


def _zone_words(zone: str | None) -> str | None:
    if zone == "Z":
        return "+00:00"
    match = _OFFSET.fullmatch(zone or "")
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    return f"{match[1]}{int(match[2]):02d}:{match[3]}"


def keywords_of(values: Iterable[object]) -> tuple[str, ...]:
    """Clean words in their order, each once (regardless of case)."""
    found: dict[str, str] = {}
    for value in values:
        word = text_of(value, 200)
        if word:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())[:500]
