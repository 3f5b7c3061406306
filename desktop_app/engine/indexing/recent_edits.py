"""What lay at a place before it was edited there, for as long as it may still turn up elsewhere."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from desktop_app.engine.catalog.places import KnownItem

KEPT_SECONDS = 30.0
"""After the run that saw the edit. What happens in one moment is told for each folder apart, and on a busy computer
late: of two photos that change places, one of which is edited, a run may see the edit first."""

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Replaced:
    """An item as it was before an edit, and the content that its file has since."""

    item: KnownItem
    content_hash: str


class RecentEdits:
    """Of the last runs. Belongs to the writing thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._edits: dict[str, Replaced] = {}  # by the content that was replaced
        self._until: dict[str, float] = {}  # none for those of a run that is not over

    def note(self, before: KnownItem, content_hash: str) -> None:
        """The file at an item's place has another content now."""
        if before.content_hash is None or len(self._edits) >= MOST:
            return
        self._edits[before.content_hash] = Replaced(before, content_hash)
        self._until.pop(before.content_hash, None)

    def of(self, contents: Collection[str]) -> list[Replaced]:
        """The edits that replaced one of these contents."""
        return [self._edits[content] for content in contents if content in self._edits]

    def end_run(self) -> None:
        """From now on the time runs of what this run noted; what is too old is forgotten."""
        now = self._clock()
        for content in [
            content for content in self._edits if self._until.setdefault(content, now + KEPT_SECONDS) < now
        ]:
            del self._edits[content], self._until[content]
