"""A query as an SQL condition over ``item i JOIN root r``: fixed fragments, every value a bound parameter."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from desktop_app.domain import query_values
from desktop_app.domain.query import (
    Comparison,
    Excluded,
    Field,
    FieldChoice,
    FieldRange,
    FieldTerm,
    FieldType,
    Query,
    Term,
    Words,
)
from desktop_app.errors import BugError

_COLUMNS: Final = {
    Field.RATING: "i.rating",
    Field.ISO: "i.iso",
    Field.APERTURE: "i.aperture",
    Field.FOCAL: "i.focal_length_mm",
    Field.WIDTH: "i.width",
    Field.HEIGHT: "i.height",
    Field.YEAR: "coalesce(i.year, year(i.taken))",
    Field.BPM: "i.tempo",
    Field.SIZE: "i.size",
    Field.DURATION: "i.duration",
    Field.TAKEN: "i.taken",
    Field.ADDED: "i.added_at",
    Field.CAMERA: "i.camera",
    Field.LENS: "i.lens",
    Field.FOLDER: "(r.path || '/' || i.folder)",
    Field.ARTIST: "concat_ws(chr(10), i.artist, i.album_artist)",
    Field.ALBUM: "i.album",
    Field.GENRE: "i.genre",
    Field.NAME: "i.name",
    Field.TITLE: "i.title",
    Field.EXT: "i.ext",
    Field.KIND: "i.kind",
    Field.STATE: "i.state",
}
_ASKED: Final = "replace(strip_accents(lower(?)), 'ß', 'ss')"


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition (never empty) and the values of its question marks."""

    sql: str
    parameters: tuple[object, ...] = ()

    def __and__(self, other: "Condition") -> "Condition":
        if self is EVERYTHING or other is EVERYTHING:
            return other if self is EVERYTHING else self
        return Condition(f"{self.sql} AND {other.sql}", self.parameters + other.parameters)


EVERYTHING: Final = Condition("true")


def condition_of(query: Query, today: date | None = None) -> Condition:
    """The condition that an item meets if it matches every term."""
    found = EVERYTHING
    for term in query.terms:
        found = found & _term(term, today or date.today())
    return found


def _term(term: Term, today: date) -> Condition:
    match term:
        case Excluded(inner):
            positive = _term(inner, today)
            return Condition(f"NOT coalesce({positive.sql}, false)", positive.parameters)
        case Words(text):
            wanted = storable_text(text)
            words, tag = _alike("i.words", wanted), _alike("folded", wanted)
            return Condition(
                f"(contains({words}, {_ASKED}) OR i.id IN (SELECT item_id FROM tag WHERE contains({tag}, {_ASKED})))",
                (wanted, wanted),
            )
        case FieldTerm(field, comparison, value):
            return _single(field, comparison, value, today)
        case FieldRange(field, low, high):
            return _range(field, low, high, today)
        case FieldChoice(field, values):
            any_of = [_single(field, Comparison.IS, value, today) for value in values]
            return Condition(
                "(" + " OR ".join(one.sql for one in any_of) + ")",
                tuple(value for one in any_of for value in one.parameters),
            )


def storable_text(text: str) -> str:
    """Text that DuckDB takes as a parameter."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _single(field: Field, comparison: Comparison, value: str, today: date) -> Condition:
    match field.type:
        case FieldType.TEXT:
            return _text(field, comparison, storable_text(value))
        case FieldType.WORD:
            return _word(field, storable_text(value))
        case FieldType.KEY:
            pitch, scale = query_values.musical_key(value)
            return Condition("(i.key = ? AND coalesce(i.scale = ?, true))", (pitch, scale))
        case FieldType.DATE:
            return _date(field, comparison, value, today)
        case _:
            return _number(_COLUMNS[field], comparison, query_values.interval(field, value))


def _alike(folded: str, wanted: str) -> str:
    """SQL of folded text where ß is as ss, as in ``_ASKED``, if what is wanted may meet either; else as it is."""
    plain = wanted.casefold()
    if "ss" in plain or plain.startswith("s") or plain.endswith("s"):  # half of one: “Stras” on the way to “Strasse”
        return f"CASE WHEN contains({folded}, 'ß') THEN replace({folded}, 'ß', 'ss') ELSE {folded} END"
    return folded


def _text(field: Field, comparison: Comparison, value: str) -> Condition:
    def folded(column: str) -> str:
        return _alike(f"strip_accents(lower({column}))", value)

    column = folded(_COLUMNS[field])
    if field is Field.FOLDER:
        value = value.replace("\\", "/").rstrip("/") or "/"
    if comparison is Comparison.EQUAL:
        if field is Field.ARTIST:
            either = f"({folded('i.artist')} = {_ASKED} OR {folded('i.album_artist')} = {_ASKED})"
            return Condition(either, (value, value))
        if field is Field.FOLDER:
            column = f"rtrim({column}, '/')"
        return Condition(f"({column} = {_ASKED})", (value,))
    return Condition(f"contains({column}, {_ASKED})", (value,))


def _word(field: Field, value: str) -> Condition:
    wanted = query_values.word(field, value)
    if field is Field.TAG:
        same = f"{_alike('folded', wanted)} = {_ASKED}"
        return Condition(f"i.id IN (SELECT item_id FROM tag WHERE {same})", (wanted,))
    return Condition(f"({_COLUMNS[field]} = ?)", (wanted,))


def _date(field: Field, comparison: Comparison, value: str, today: date) -> Condition:
    span = query_values.span(field, value, today)
    low, high = _moment(field, span.start), _moment(field, span.end)
    if comparison is Comparison.IS and span.since:
        comparison = Comparison.GREATER_EQUAL
    return _compared(_COLUMNS[field], comparison, low, high)


def _moment(field: Field, day: date) -> object:
    """The first moment of a day as the field's column has it."""
    return query_values.instant(day) if field is Field.ADDED else day.isoformat()


def _number(column: str, comparison: Comparison, value: query_values.Interval) -> Condition:
    """Equality is as exact as the number was written; < and > are against the number itself."""
    if comparison in (Comparison.IS, Comparison.EQUAL) and value.low < value.high:
        return Condition(f"({column} >= ? AND {column} < ?)", (value.low, value.high))
    return Condition(f"({column} {comparison or Comparison.EQUAL} ?)", (value.number,))


def _compared(column: str, comparison: Comparison, low: object, high: object) -> Condition:
    """A time against the moments low ≤ x < high of a day, month or year."""
    mark = "CAST(? AS TIMESTAMP)" if column == "i.taken" else "?"
    below, above = f"{column} < {mark}", f"{column} >= {mark}"
    match comparison:
        case Comparison.IS | Comparison.EQUAL:
            return Condition(f"({above} AND {below})", (low, high))
        case Comparison.LESS:
            return Condition(f"({below})", (low,))
        case Comparison.LESS_EQUAL:
            return Condition(f"({below})", (high,))
        case Comparison.GREATER:
            return Condition(f"({above})", (high,))
        case Comparison.GREATER_EQUAL:
            return Condition(f"({above})", (low,))


def _range(field: Field, low: str | None, high: str | None, today: date) -> Condition:
    parts: list[Condition] = []
    ends: list[tuple[str | None, Comparison]] = [(low, Comparison.GREATER_EQUAL), (high, Comparison.LESS_EQUAL)]
    for value, comparison in ends:
        if value is not None:
            parts.append(_single(field, comparison, value, today))
    if not parts:
        raise BugError("A range without ends")
    return Condition(
        "(" + " AND ".join(part.sql for part in parts) + ")",
        tuple(value for part in parts for value in part.parameters),
    )
