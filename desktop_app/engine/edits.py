"""The user's edits of items: ratings and tags."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.history import History
from desktop_app.errors import UsageError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

MAX_STARS = 5


class Edits:
    """Ratings and tags, on the writing thread."""

    def __init__(self, catalog: "Catalog", history: History) -> None:
        self._catalog = catalog
        self._history = history

    def rate(self, ids: Sequence[ItemId], stars: int) -> ChangeSet:
        """Give 0..5 stars. Raises UsageError for any other number."""
        if not 0 <= stars <= MAX_STARS:
            raise UsageError(f"A rating is a number from 0 to {MAX_STARS}.")
        return self._history.note(self._catalog.log.rate(list(dict.fromkeys(ids)), stars))

    def tag(self, ids: Sequence[ItemId], add: Iterable[str], remove: Iterable[str]) -> ChangeSet:
        """Add and remove tags. Raises UsageError for an empty name, or one that is to come and to go."""
        added, removed = _names(add), _names(remove)
        if both := {name.casefold() for name in added} & {name.casefold() for name in removed}:
            raise UsageError(f"The tag {min(both)} can't be added and removed at once.")
        return self._history.note(self._catalog.log.tag(list(dict.fromkeys(ids)), added, removed))


def _names(names: Iterable[str]) -> list[str]:
    cleaned = list(dict.fromkeys(name.strip() for name in names))
    if any(not name for name in cleaned):
        raise UsageError("A tag needs a name.")
    return cleaned
