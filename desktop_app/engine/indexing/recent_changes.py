"""What the last runs saw, for as long as the rest of it may still be to come.

What happens in one moment is told for each folder apart, and on a busy computer late: of two photos that change places,
one of which is edited, a run may see the edit first; and who saves a file may first move the old one away.
"""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.moves import real_payload

KEPT_SECONDS = 60.0
"""After the run that saw it."""

MOST_EDITS = 10_000
MOST_LOST = 2_000


@dataclass(frozen=True, slots=True)
class Replaced:
    """An item as it was before an edit, and the content that its file has since.

    ``until``: what seemed a move to a copy, then, in seconds since the epoch. A file that came later is one more copy.
    """

    item: KnownItem
    content_hash: str
    until: float | None = None


class RecentChanges:
    """Edits, by the content they replaced and the item, and items whose files are gone. Belongs to the writing thread.

    What seemed a move to a copy is found by its pixels or samples as well: it may be tagged where it really went.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._edits: dict[tuple[str, ItemId], Replaced] = {}
        self._lost: set[ItemId] = set()
        self._written: set[ItemId] = set()
        self._until: dict[tuple[str, ItemId] | ItemId, float] = {}  # none for those of a run that is not over

    def note_edit(self, before: KnownItem, content_hash: str, until: float | None = None) -> None:
        """The file at an item's place has another content now."""
        for key in (before.content_hash, None if until is None else real_payload(before.payload_hash)):
            if key is not None and len(self._edits) < MOST_EDITS:
                self._edits[key, before.id] = Replaced(before, content_hash, until)
                self._until.pop((key, before.id), None)

    def note_lost(self, ids: Iterable[ItemId]) -> None:
        """The files of these are gone."""
        self._lost.update(list(ids)[: max(0, MOST_LOST - len(self._lost))])

    def note_written(self, ids: Iterable[ItemId]) -> None:
        """The files of these have other bytes now."""
        new = list(ids)[: max(0, MOST_EDITS - len(self._written))]
        self._written.update(new)
        for each in new:
            self._until.pop(each, None)

    def edits_of(self, hashes: Collection[str]) -> list[Replaced]:
        """The edits that replaced one of these contents, and the moves to copies of one of these or of a payload."""
        return [edit for (key, _item), edit in self._edits.items() if key in hashes]

    @property
    def lost(self) -> frozenset[ItemId]:
        """Items that were lost a moment ago, and may have been found since."""
        return frozenset(self._lost)

    @property
    def written(self) -> frozenset[ItemId]:
        """Items whose files were written anew a moment ago."""
        return frozenset(self._written)

    def end_run(self) -> None:
        """From now on the time runs of what this run noted; what is too old is forgotten."""
        now = self._clock()
        for each in [*self._edits, *(self._lost | self._written)]:
            if self._until.setdefault(each, now + KEPT_SECONDS) < now:
                del self._until[each]
                if isinstance(each, tuple):
                    del self._edits[each]
                else:
                    self._lost.discard(each)
                    self._written.discard(each)
