"""What becomes of items whose files are gone and were found nowhere: they go to copies, or are missing."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.index_upkeep import forget_vectors
from desktop_app.engine.indexing.identity import SAVING_SECONDS
from desktop_app.engine.indexing.moves import Fate, Place, Verdict, followed
from desktop_app.engine.indexing.recent_changes import KEPT_SECONDS
from desktop_app.engine.indexing.resemblance import may_be_edits
from desktop_app.engine.indexing.states import States
from desktop_app.engine.indexing.tools import Tools
from desktop_app.engine.indexing.whereabouts import Whereabouts

if TYPE_CHECKING:
    from desktop_app.engine.catalog.connection import Ids

MOVING_SECONDS = 7 * 24 * 3600.0
"""So long after the copying an original may go. Of a copy that was there for longer, as in a folder of backups, it is
no move."""

MOVED = (Fate.MOVED, Fate.MOVED_RETAGGED)
REWRITTEN = (Fate.EDITED, Fate.RETAGGED, Fate.MOVED_RETAGGED)


class LostItems:
    """Of one run; ``where`` and ``counts`` are the run's, and kept up to date.

    ``appeared``: items that were away, or changed: missing ones may be found in them now.
    """

    def __init__(self, tools: Tools, where: Whereabouts, counts: Counter[str], states: States) -> None:
        self._catalog = tools.catalog
        self._store = tools.store
        self._recent = tools.recent
        self._where = where
        self._counts = counts
        self._states = states
        self.appeared: list[Ids] = []
        self._rewritten: set[ItemId] = set()  # items whose files have other bytes than the catalogue says, as yet
        self._counted: set[ItemId] = set()  # items whose files are counted as something else than unchanged

    def note_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """These are carried out now."""
        known = [(each.item.id, each.fate) for each in verdicts if each.item is not None]
        self._counted.update(item for item, fate in known if fate is not Fate.TOUCHED)
        self._rewritten.difference_update(item for item, _fate in known)
        self._rewritten.update(item for item, fate in known if fate in REWRITTEN)
        self._recent.note_written(item for item, fate in known if fate in (Fate.EDITED, Fate.RETAGGED))
        self.appeared.append([item for item, fate in known if fate is not Fate.EDITED])
        for each in verdicts:
            if each.item is not None and each.fate in MOVED and each.item.state is not State.MISSING:
                self._recent.note_left((each.item.root_id, each.item.relpath), each.item.id)

    def note_arrivals(self, places: Iterable[Place]) -> None:
        """Something lies there now. Whose place was left a moment ago may have been moved aside by who saves it."""
        left = self._recent.left
        came = {place: left[place] for place in places if place in left} if left else {}
        if came:
            self._catalog.note_successors(came, time.time() - KEPT_SECONDS)

    def note_unread(self, item: ItemId) -> None:
        """The file of this one is written to, and can't be read yet."""
        self._rewritten.add(item)

    def note_read(self, items: Iterable[ItemId | None]) -> None:
        """What is in the files of these is known to the catalogue."""
        self._rewritten.difference_update(items)

    def mark(self, *, at_last: bool = True) -> None:
        """Items whose file is gone, and was found nowhere else, are missing from now on.

        Before the files were read, those wait whose copies are among these. A run that was cancelled did not look
        everywhere: the next one says what became of them. And what was missing may be found in what ``appeared``.
        """
        if self._states.control.cancelled:
            return
        written = self._recent.written  # a move to another drive may put its copies over other files
        waiting = self.follow_copies(sorted(self._where.lost - self._where.known_missing), written)
        appeared = np.concatenate([*self.appeared, []]).astype(np.int64)
        self.follow_copies(self._catalog.missing_beside(appeared))
        unread = np.array(sorted(self._rewritten), np.int64)
        self.appeared = [np.intersect1d(appeared, unread)]  # once they are read; of the others all is known now
        lately = set(self._recent.lost) - waiting  # what has their place may have come after they went
        waiting |= self._leave_to_successors((self._where.lost - self._where.known_missing - waiting) | lately)
        newly = self._where.lost - self._where.known_missing - (set() if at_last else waiting)
        self._states.mark(newly, State.MISSING)
        self._recent.note_lost(newly)
        self._where.known_missing |= newly

    def follow_copies(self, lost: "Ids", written: Collection[ItemId] = ()) -> set[ItemId]:
        """Where the payloads of lost items lie in copies of which nobody said anything, the items go there instead.

        Not where such a copy is another file by now, or gone, too; returns the items whose copies are yet to be read.
        """
        copies = self._catalog.plain_copies(lost, time.time() - MOVING_SECONDS, written)
        there = [copy for copy in copies.plain if copy.id not in self._rewritten and self._where.is_as_known(copy)]
        pairs = followed(copies.items, there, copies.said, written)
        unread = {copy.payload_hash for copy in copies.plain if copy.id in self._rewritten}
        waiting = {item.id for item in copies.items if item.payload_hash in unread}
        self._go(pairs)
        return waiting

    def _leave_to_successors(self, lost: Collection[ItemId]) -> set[ItemId]:
        """What was moved aside is deleted: what was saved in its place has what was said of it from now on.

        Returns the items in whose place lies what is yet to be read.
        """
        noted = self._catalog.successors(sorted(lost), time.time() - SAVING_SECONDS)
        pairs = [(item, to) for item, to in noted if item.id in self._where.lost or item.state is State.MISSING]
        waiting = {item.id for item, to in pairs if to.id in self._rewritten}
        there = [(item, to) for item, to in pairs if item.id not in waiting and self._where.is_as_known(to)]
        alike = may_be_edits(self._catalog, there)
        self._go([pair for pair, may_be in zip(there, alike, strict=True) if may_be], may_return=False)
        return waiting

    def _go(self, pairs: Sequence[tuple[KnownItem, KnownItem]], *, may_return: bool = True) -> None:
        """Each first takes the place of its second; ``may_return``: to where it lay, if its file is there again."""
        if not pairs:
            return
        gone, came = [to.id for _item, to in pairs], [item.id for item, _to in pairs]
        now = time.time()
        with self._states.problems_may_end():
            self._catalog.follow_copies(pairs, may_return=may_return)
        others = [item.id for item, to in pairs if item.payload_hash != to.payload_hash]
        forget_vectors(self._store, np.array([*gone, *others], np.int64))
        self._states.fill(others)
        self._where.lost.difference_update(came)
        for item, to in pairs:
            if to.content_hash is not None:  # where it was a move in two parts, and this one stays
                before = replace(to, id=item.id, content_hash=item.content_hash, payload_hash=item.payload_hash)
                self._recent.note_edit(before, to.content_hash, until=now)
        for to in [to for _item, to in pairs if to.id not in self._counted]:
            self._counts["moved"] += 1
            covers = self._where.covered.get(to.root_id)
            self._counts["unchanged"] -= covers is not None and covers(to.relpath)  # as it was counted before
        self._states.note_change([*gone, *came])
