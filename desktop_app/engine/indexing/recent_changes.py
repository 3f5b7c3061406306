"""What the last runs saw, for as long as the rest of it may still be to come.

What happens in one moment is told for each folder apart, and on a busy computer late: of two photos that change places,
one of which is edited, a run may see the edit first; and who saves a file may first move the old one away.
"""

import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.moves import Place, real_payload

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT_SECONDS = 60.0
"""After the run that saw it."""

MOST = 10_000
MOST_LOST = 2_000


@dataclass(frozen=True, slots=True)
class Replaced:
    """An item as it was before an edit, and the content that its file has since.

    ``until``: what seemed a move to a copy, then, in seconds since the epoch. A file that came later is one more copy.
    """

    item: KnownItem
    content_hash: str
    until: float | None = None


class _Memory(Generic[K, V]):
    """What is forgotten some time after the run that noted it; of very much, what comes last is not noted."""

    def __init__(self, most: int = MOST) -> None:
        self.kept: dict[K, V] = {}
        self._most = most
        self._until: dict[K, float] = {}  # none for those of a run that is not over

    def note(self, key: K, value: V) -> None:
        if key in self.kept or len(self.kept) < self._most:
            self.kept[key] = value
            self._until.pop(key, None)

    def end_run(self, now: float) -> None:
        for key in list(self.kept):
            if self._until.setdefault(key, now + KEPT_SECONDS) < now:
                del self.kept[key], self._until[key]


class RecentChanges:
    """Edits, by the content they replaced and the item; items whose files are gone, or were written; places that items
    left. Belongs to the writing thread.

    What seemed a move to a copy is found by its pixels or samples as well: it may be tagged where it really went.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._edits = _Memory[tuple[str, ItemId], Replaced]()
        self._lost = _Memory[ItemId, None](MOST_LOST)
        self._written = _Memory[ItemId, None]()
        self._left = _Memory[Place, ItemId]()

    def note_edit(self, before: KnownItem, content_hash: str, until: float | None = None) -> None:
        """The file at an item's place has another content now."""
        for key in (before.content_hash, None if until is None else real_payload(before.payload_hash)):
            if key is not None:
                self._edits.note((key, before.id), Replaced(before, content_hash, until))

    def note_lost(self, ids: Iterable[ItemId]) -> None:
        """The files of these are gone."""
        for each in ids:
            self._lost.note(each, None)

    def note_written(self, ids: Iterable[ItemId]) -> None:
        """The files of these have other bytes now."""
        for each in ids:
            self._written.note(each, None)

    def note_left(self, place: Place, item: ItemId) -> None:
        """An item lay there until now."""
        self._left.note(place, item)

    def edits_of(self, hashes: Collection[str]) -> list[Replaced]:
        """The edits that replaced one of these contents, and the moves to copies of one of these or of a payload."""
        return [edit for (key, _item), edit in self._edits.kept.items() if key in hashes]

    @property
    def lost(self) -> Collection[ItemId]:
        """Items that were lost a moment ago, and may have been found since."""
        return self._lost.kept.keys()

    @property
    def written(self) -> Collection[ItemId]:
        """Items whose files were written anew a moment ago."""
        return self._written.kept.keys()

    @property
    def left(self) -> Mapping[Place, ItemId]:
        """Places that items left a moment ago for others, where they may have gone on."""
        return self._left.kept

    def end_run(self) -> None:
        """From now on the time runs of what this run noted; what is too old is forgotten."""
        now = self._clock()
        for memory in (self._edits, self._lost, self._written, self._left):
            memory.end_run(now)
