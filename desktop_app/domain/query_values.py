"""What a typed value of the search language means. Each function raises ValueError with a sentence for people."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.query import Field, FieldType

_SIZE_UNITS = {
    "": 1,
    "b": 1,
    **{unit + end: 1000**power for power, unit in enumerate("kmgt", 1) for end in ("", "b")},
    **{unit + "ib": 1024**power for power, unit in enumerate("kmgt", 1)},
}
_AGE_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_KINDS = {
    **dict.fromkeys(("photo", "photos", "picture", "pictures", "image", "images"), Kind.PHOTO),
    **dict.fromkeys(("track", "tracks", "music", "song", "songs", "audio"), Kind.TRACK),
}
_PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")  # as 15,5 is written in most of Europe; 1,500 may mean either
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


@dataclass(frozen=True, slots=True)
class Interval:
    """A number, and what equals it as it was written: low ≤ x < high; the number alone where those are the same."""

    number: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Span:
    """Days start ≤ day < end that a value stands for. ``since``: by itself it means everything from start on."""

    start: date
    end: date
    since: bool = False


def check(field: Field, value: str) -> None:
    """Raise ValueError, with a sentence, if the value is none for the field."""
    if field.type in (FieldType.NUMBER, FieldType.SIZE, FieldType.DURATION):
        interval(field, value)
    elif field.type is FieldType.DATE:
        span(field, value, date(2024, 6, 12))
    elif field.type is FieldType.KEY:
        musical_key(value)
    elif field.type is FieldType.WORD:
        word(field, value)


def check_order(field: Field, low: str, high: str, today: date) -> None:
    """Raise ValueError, with a sentence, if a range ends before it begins."""
    if field.type is FieldType.DATE:
        backwards = span(field, low, today).start >= span(field, high, today).end
    elif field.type in (FieldType.NUMBER, FieldType.SIZE, FieldType.DURATION):
        first, last = interval(field, low), interval(field, high)
        backwards = first.low > max(last.high, last.number)
    else:
        return
    if backwards:
        raise ValueError(f"The range {low}..{high} of {field} ends before it begins.")


def interval(field: Field, value: str) -> Interval:
    """The number that a value stands for, equal to all that would be written so (bpm 120 is 119.5 to 120.5)."""
    text = _COMMA.sub(".", value.strip().lower())
    if field.type is FieldType.SIZE:
        return _size(value, text)
    if field.type is FieldType.DURATION:
        return _duration(value, text)
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        would = " A rating is 0 to 5, as in rating:>=4." if field is Field.RATING else ""
        raise ValueError(f"“{value}” is no number for {field}.{would}")
    number = float(text)
    if number < 0 and field is not Field.RATING:
        raise ValueError(f"{str(field).capitalize()} is never less than 0.")
    if field is Field.RATING and not 0 <= number <= 5:
        raise ValueError("A rating goes from 0 to 5.")
    if field in (Field.BPM, Field.FOCAL, Field.APERTURE):
        return _around(number, text)
    return Interval(number, number, number)


def _around(number: float, text: str, unit: float = 1.0) -> Interval:
    half = unit * 0.5 * 10.0 ** -len(text.partition(".")[2])
    return Interval(number, number - half, number + half)


def _size(value: str, text: str) -> Interval:
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{0,15})?)\s*([a-z]*)", text)
    if match is None or match.group(2) not in _SIZE_UNITS:
        raise ValueError(f"“{value}” is no size; write it as 800kB or 5MB.")
    unit = _SIZE_UNITS[match.group(2)]
    number = float(match.group(1)) * unit
    return Interval(number, number, number) if unit == 1 else _around(number, match.group(1), unit)


def _duration(value: str, text: str) -> Interval:
    match = re.fullmatch(r"(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{0,9})?)s?", text)
    if match is None:
        raise ValueError(f"“{value}” is no length; write it as 3:20 or 200.")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return _around(hours * 3600 + minutes * 60 + seconds, match.group(3))


def span(field: Field, value: str, today: date) -> Span:
    """The days that a value stands for: a year, month or day, ``today``, ``yesterday``, ``7d`` (also w, m, y) ago."""
    text = value.strip().lower()
    if text in ("today", "yesterday"):
        day = today - timedelta(days=text == "yesterday")
        return Span(day, day + timedelta(days=1))
    try:
        if age := re.fullmatch(r"(\d{1,6})([dwmy])", text):
            day = today - timedelta(days=int(age.group(1)) * _AGE_DAYS[age.group(2)])
            return Span(day, day + timedelta(days=1), since=True)
        if match := re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text):
            year, month, day_number = (int(part) if part else None for part in match.groups())
            return _calendar(year or 0, month, day_number)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"“{value}” is no date for {field}; write it as 2024, 2024-06, 2024-06-12 or 7d.")


def _calendar(year: int, month: int | None, day: int | None) -> Span:
    if month is None:
        return Span(date(year, 1, 1), date(year + 1, 1, 1))
    if day is None:
        return Span(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
    start = date(year, month, day)
    return Span(start, start + timedelta(days=1))


def instant(day: date) -> float:
    """Seconds since the epoch at which a day begins here."""
    try:
        return datetime(day.year, day.month, day.day).timestamp()
    except (OverflowError, OSError, ValueError):  # years that this system can't convert
        return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86400.0


def musical_key(value: str) -> tuple[str, str | None]:
    """(pitch class in sharps, "major", "minor" or None for both)."""
    text = value.strip().replace("♯", "#").replace("♭", "b")
    match = re.fullmatch(r"([A-Ga-g])([#b]?)\s*([A-Za-z]*)", text)
    scales = {"": None, "m": "minor", "min": "minor", "minor": "minor", "maj": "major", "major": "major"}
    # "M" alone is major, as musicians write it
    name = "major" if match and match.group(3) == "M" else match.group(3).lower() if match else "?"
    if match is None or name not in scales:
        raise ValueError(f"“{value}” is no key; write it as Am, F# or “A minor”.")
    shift = {"#": 1, "b": -1, "": 0}[match.group(2)]
    pitch = _PITCHES[(_PITCHES.index(match.group(1).upper()) + shift) % 12]
    return pitch, scales[name]


def word(field: Field, value: str) -> str:
    """The stored word that a value of ``kind``, ``state``, ``ext`` or ``tag`` stands for."""
    text = value.strip().lower()
    if field is Field.KIND:
        if text not in _KINDS:
            raise ValueError(f"“{value}” is no kind; it is photo or track.")
        return str(_KINDS[text])
    if field is Field.STATE:
        if text not in list(State):
            raise ValueError(f"“{value}” is no state; it is {', '.join(State)}.")
        return text
    return text.removeprefix(".") if field is Field.EXT else value.strip()
