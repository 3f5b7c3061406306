"""What a search may go on with at the cursor: names of fields, and after ``tag:`` and the like the library's values."""

import re
import unicodedata
from collections.abc import Iterable

from desktop_app.domain.browsing import Counted, LibraryTree
from desktop_app.domain.kinds import Kind, State

FIELDS = (
    "artist:", "album:", "title:", "genre:", "year:", "bpm:", "key:", "length:", "rating:>=", "taken:", "camera:",
    "lens:", "iso:", "width:", "height:", "size:", "ext:", "tag:", "folder:", "kind:photo", "kind:track",
    "state:missing", "state:problem", "added:",
)  # fmt: skip
MOST = 12
"""Offered at once."""
LEAST_LETTERS = 2
"""Of the name of a field."""

_LAST = re.compile(
    r"""(?:^|[\s(])-?(?P<whole>(?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)|(?P<plain>[^\s"(]*))|[^\s"(:]+)$"""
)
_BARE = re.compile(r"[\w.+&'/-]+")  # any other value is quoted


class SearchCompletion:
    """``offers`` what begins with what was typed, or has a word that does."""

    def __init__(self) -> None:
        self._values: dict[str, list[tuple[str, str]]] = {}  # by field: folded with a blank before, as it is
        self._keep("kind", Kind)
        self._keep("state", State)

    def show(self, tree: LibraryTree) -> None:
        """The values in use, those of most items first."""
        for field, counted in {
            "tag": tree.tags, "genre": tree.genres, "artist": tree.artists, "camera": tree.cameras,
        }.items():  # fmt: skip
            self._keep(field, _by_number(counted))
        self._keep("album", dict.fromkeys(each.partition("\0")[2] for each in _by_number(tree.albums)))

    def offers(self, before: str) -> tuple[int, list[str]]:
        """How many characters before the cursor are gone into what is offered, and that; nothing if it is there."""
        found = _LAST.search(before)
        if found is None:
            return 0, []
        whole, field = found["whole"], (found["field"] or "").lower()
        if not field:
            fits = [name for name in FIELDS if name.startswith(whole.lower())] if len(whole) >= LEAST_LETTERS else []
        else:
            typed = _folded(found["plain"] if found["quoted"] is None else found["quoted"])
            values = self._values.get(field, ())
            begin = [value for folded, value in values if folded.startswith(" " + typed)]
            inside = [value for folded, value in values if not folded.startswith(" " + typed) and " " + typed in folded]
            fits = [f"{field}:{_quoted(value)}" for value in [*begin, *inside][:MOST]]
        return len(whole), [] if fits == [whole] else fits

    def _keep(self, field: str, values: Iterable[str]) -> None:
        self._values[field] = [(" " + _folded(value), value) for value in values if value and '"' not in value]


def _by_number(counted: Iterable[Counted]) -> list[str]:
    return [each.value for each in sorted(counted, key=lambda each: -each.count)]


def _folded(text: str) -> str:
    """As the search compares: without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def _quoted(value: str) -> str:
    return value if _BARE.fullmatch(value) else f'"{value}"'
