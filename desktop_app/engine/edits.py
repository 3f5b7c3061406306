"""The user's edits of items, each with its way back."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.history import Edit, History
from desktop_app.errors import UsageError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

MAX_STARS = 5


def counted(verb: str, count: int) -> str:
    """``Rate 3 items``: a label for the menu."""
    return f"{verb} {count} item{'s' if count != 1 else ''}"


class Edits:
    """Ratings and tags, on the writing thread."""

    def __init__(self, catalog: "Catalog", history: History) -> None:
        self._catalog = catalog
        self._history = history

    def rate(self, ids: Sequence[ItemId], stars: int) -> ChangeSet:
        """Give 0..5 stars. Raises UsageError for any other number."""
        if not 0 <= stars <= MAX_STARS:
            raise UsageError(f"A rating is a number from 0 to {MAX_STARS}.")
        chosen = list(dict.fromkeys(ids))
        return self._edit("Rate", chosen, lambda: self._catalog.set_rating(chosen, stars))

    def tag(self, ids: Sequence[ItemId], add: Iterable[str], remove: Iterable[str]) -> ChangeSet:
        """Add and remove tags. Raises UsageError for an empty name, or one that is to come and to go."""
        chosen, added, removed = list(dict.fromkeys(ids)), _names(add), _names(remove)
        if both := {name.casefold() for name in added} & {name.casefold() for name in removed}:
            raise UsageError(f"The tag {min(both)} can't be added and removed at once.")

        def write() -> ChangeSet:
            change = self._catalog.remove_tags(chosen, removed) if removed else ChangeSet()
            return change.merged(self._catalog.add_tags(chosen, added)) if added else change

        return self._edit("Tag", chosen, write)

    def _edit(self, verb: str, ids: list[ItemId], write: Callable[[], ChangeSet]) -> ChangeSet:
        before = self._catalog.edits_before(ids)
        change = write()
        edit = Edit(counted(verb, len(change.items)), lambda: self._catalog.restore_edits(before), write)
        return self._history.record(edit, change)


def _names(names: Iterable[str]) -> list[str]:
    cleaned = list(dict.fromkeys(name.strip() for name in names))
    if any(not name for name in cleaned):
        raise UsageError("A tag needs a name.")
    return cleaned
