"""The search field's language: text to a query, and back.

    sunset "old town"  -blurry          words and phrases; a leading minus leaves out
    rating:>=4  iso:100..800  year:..1980   comparisons, ranges with both ends included, open ranges
    camera:canon  artist:"Miles Davis"  artist:=Can   a text field contains the value; with "=" it is the whole value
    ext:(jpg,png)  tag:beach  kind:photo  key:Am      one of several; labels match as a whole
    taken:2024-06  added:7d  size:>5MB  duration:3:20..4:00

Upper and lower case and accents make no difference. A quote or bracket left open ends with the text, so that a
query can be read while it is typed.
"""

import re
from datetime import datetime
from difflib import get_close_matches

from desktop_app.domain import query_values
from desktop_app.domain.query import (
    ALIASES,
    Comparison,
    Excluded,
    Field,
    FieldChoice,
    FieldRange,
    FieldTerm,
    Query,
    Term,
    Words,
    quoted,
)
from desktop_app.errors import QueryError

_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):")
_COLOUR_WORDS = ("colour", "colours", "color", "colors")
_COMPARISON = re.compile(r"<=|>=|<|>|=")
_SPECIAL = re.compile(r"[\s\"(),]|^[<>=]|\.\.|^\.|\.$")
_BARE_END = {" ": re.compile(r"\s|$"), ",": re.compile(r"[,)]|$"), ".": re.compile(r"\s|\.\.|$")}


def parse(text: str) -> Query:
    """The query that the text stands for; an empty text matches everything. Raises QueryError, and nothing else."""
    return Query(tuple(_Reader(text).terms()))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def terms(self) -> list[Term]:
        """All terms."""
        found: list[Term] = []
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            if self.at == len(self.text):
                return found
            term = self._term()
            if term is not None:
                found.append(term)

    def _term(self) -> Term | None:
        following = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "-" and following and not following.isspace():
            self.at += 1
            inner = self._positive()
            return None if inner is None else Excluded(inner)
        return self._positive()

    def _positive(self) -> Words | FieldTerm | FieldRange | FieldChoice | None:
        if match := _FIELD.match(self.text, self.at):
            return self._field(match)
        value = self._quoted() if self._sees('"') else self._bare(" ")
        return Words(value) if value.strip() else None

    def _field(self, match: re.Match[str]) -> FieldTerm | FieldRange | FieldChoice:
        field = self._named(match)
        self.at = match.end()
        if self._sees("("):
            return FieldChoice(field, self._choices(field))
        if operator := _COMPARISON.match(self.text, self.at):
            comparison = Comparison(operator.group())
            if not field.ordered and comparison is not Comparison.EQUAL:
                raise QueryError(f"{field} can't be compared with {comparison}.", self.at)
            self.at = operator.end()
            return FieldTerm(field, comparison, self._value(field, " "))
        if field.ordered:
            return self._term_or_range(field)
        return FieldTerm(field, Comparison.IS, self._value(field, " "))

    def _named(self, match: re.Match[str]) -> Field:
        name = match.group(1).lower()
        if name in ALIASES:
            return ALIASES[name]
        if name not in list(Field):
            close = get_close_matches(name, [*map(str, Field), *ALIASES], 1)
            meant = f" Did you mean “{close[0]}:”?" if close else ""
            if name in _COLOUR_WORDS:  # asked for with the palette: which photos have how much of it is no yes or no
                meant = " Photos are found by colour with the palette beside the search field, or with “akin colour”."
            word = "To look for the word itself, put it in quotes."
            raise QueryError(f"There is no field “{match.group(1)}”.{meant} {word}", self.at)
        return Field(name)

    def _term_or_range(self, field: Field) -> FieldTerm | FieldRange:
        start = self.at
        low = None if self._sees("..") else self._value(field, ".")
        if not self._sees(".."):
            return FieldTerm(field, Comparison.IS, low or "")
        self.at += 2
        ended = self.at == len(self.text) or self.text[self.at].isspace()
        high = None if ended else self._value(field, " ")
        if low is None and high is None:
            raise QueryError(f"{field} needs a value before or after “..”.", start)
        if low is not None and high is not None:
            try:
                query_values.check_order(field, low, high, datetime.now().date())
            except ValueError as error:
                raise QueryError(str(error), start) from None
        return FieldRange(field, low, high)

    def _choices(self, field: Field) -> tuple[str, ...]:
        self.at += 1
        values: list[str] = []
        while True:
            while self.at < len(self.text) and (self.text[self.at].isspace() or self.text[self.at] == ","):
                self.at += 1
            if self.at == len(self.text) or self._sees(")"):
                break
            values.append(self._value(field, ","))
        if not values:
            raise QueryError(f"{field} needs at least one value between the brackets.", self.at)
        self.at = min(self.at + 1, len(self.text))
        return tuple(values)

    def _value(self, field: Field, end: str) -> str:
        start = self.at
        value = self._quoted() if self._sees('"') else self._bare(end)
        if not value.strip():
            raise QueryError(f"{field} needs a value.", start)
        try:
            query_values.check(field, value)
        except ValueError as error:
            raise QueryError(str(error), start) from None
        return value

    def _sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _bare(self, end: str) -> str:
        match = _BARE_END[end].search(self.text, self.at)
        stop = match.start() if match else len(self.text)
        value, self.at = self.text[self.at : stop], stop
        return value.strip() if end == "," else value

    def _quoted(self) -> str:
        """A quoted text; a backslash keeps a quote or a backslash as it is."""
        self.at += 1
        found: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
            found.append(self.text[self.at])
            self.at += 1
        self.at = min(self.at + 1, len(self.text))
        return "".join(found)


def render(query: Query) -> str:
    """The text of a query: ``parse(render(q)) == q`` for every query that ``parse`` gives."""
    return " ".join(_rendered(term) for term in query.terms)


def _rendered(term: Term) -> str:
    match term:
        case Excluded(inner):
            return "-" + _rendered(inner)
        case Words(text):
            return quoted(text) if _FIELD.match(text) or text.startswith("-") else _spelled(text)
        case FieldTerm(field, comparison, value):
            return f"{field}:{comparison}{_spelled(value)}"
        case FieldRange(field, low, high):
            return f"{field}:{_spelled(low) if low else ''}..{_spelled(high) if high else ''}"
        case FieldChoice(field, values):
            return f"{field}:({','.join(_spelled(value) for value in values)})"


def _spelled(value: str) -> str:
    """The value as it is if that reads back the same in any position, else quoted."""
    return value if value and not _SPECIAL.search(value) else quoted(value)
