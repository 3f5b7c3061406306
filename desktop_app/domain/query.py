"""The search language's fields and the tree that a query is parsed into. Values stay as they were typed."""

from dataclasses import dataclass
from enum import StrEnum


class FieldType(StrEnum):
    """What a field's values are, and so how they are read and compared."""

    TEXT = "text"  # contains, without case and accents; with "=" the whole value
    WORD = "word"  # one of a few words: the whole value
    NUMBER = "number"
    SIZE = "size"  # bytes: 5MB, 800kB, 1.5GiB
    DURATION = "duration"  # seconds: 200, 3:20, 1:02:03
    DATE = "date"  # 2024, 2024-06, 2024-06-12, 7d, today
    KEY = "key"  # Am, "A minor", F#, Bb major


class Field(StrEnum):
    """What can be asked for by name."""

    RATING = "rating"
    TAKEN = "taken"
    CAMERA = "camera"
    LENS = "lens"
    ISO = "iso"
    APERTURE = "aperture"
    FOCAL = "focal"
    WIDTH = "width"
    HEIGHT = "height"
    SIZE = "size"
    EXT = "ext"
    TAG = "tag"
    FOLDER = "folder"
    KIND = "kind"
    STATE = "state"
    ARTIST = "artist"
    ALBUM = "album"
    GENRE = "genre"
    YEAR = "year"
    BPM = "bpm"
    KEY = "key"
    ADDED = "added"
    DURATION = "duration"
    NAME = "name"
    TITLE = "title"

    @property
    def type(self) -> FieldType:
        """How its values are read."""
        return _TYPES[self]

    @property
    def ordered(self) -> bool:
        """Whether < > and ranges make sense."""
        return self.type in (FieldType.NUMBER, FieldType.SIZE, FieldType.DURATION, FieldType.DATE)


_TYPES = {
    **dict.fromkeys(
        (Field.RATING, Field.ISO, Field.APERTURE, Field.FOCAL, Field.WIDTH, Field.HEIGHT, Field.YEAR, Field.BPM),
        FieldType.NUMBER,
    ),
    **dict.fromkeys((Field.TAKEN, Field.ADDED), FieldType.DATE),
    **dict.fromkeys((Field.EXT, Field.TAG, Field.KIND, Field.STATE), FieldType.WORD),
    Field.SIZE: FieldType.SIZE,
    Field.DURATION: FieldType.DURATION,
    Field.KEY: FieldType.KEY,
    **dict.fromkeys(
        (Field.CAMERA, Field.LENS, Field.FOLDER, Field.ARTIST, Field.ALBUM, Field.GENRE, Field.NAME, Field.TITLE),
        FieldType.TEXT,
    ),
}

# Other words that people use.
ALIASES = {
    "tempo": Field.BPM,
    "date": Field.TAKEN,
    "tags": Field.TAG,
    "length": Field.DURATION,
    "type": Field.KIND,
    "extension": Field.EXT,
    "f": Field.APERTURE,
}


class Comparison(StrEnum):
    """How a field is compared with one value. ``IS`` is the plain ``field:value``."""

    IS = ""
    EQUAL = "="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or a quoted phrase: looked for in name, folder, title, artist, album, genre, camera and tags."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """``field:value`` or ``field:>=value``."""

    field: Field
    comparison: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class FieldRange:
    """``field:low..high``, both included; an open end is None, not both."""

    field: Field
    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """``field:(a,b)``: any of the values."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """``-term``: items that do not match it."""

    term: "Words | FieldTerm | FieldRange | FieldChoice"


Term = Words | FieldTerm | FieldRange | FieldChoice | Excluded


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must match; none matches everything."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.terms)

    def asks(self, field: Field) -> bool:
        """Whether a term speaks of the field."""
        inner = (term.term if isinstance(term, Excluded) else term for term in self.terms)
        return any(not isinstance(term, Words) and term.field is field for term in inner)


def quoted(value: str) -> str:
    """``value`` as the search language reads it back whole, whatever it holds."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
