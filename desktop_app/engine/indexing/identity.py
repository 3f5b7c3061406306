"""What follows for items from whose files were found: which move, which were only touched, which are to be read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog.places import ItemMove, ItemTouch, KnownItem
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing.moves import Fate, Verdict, judge, real_payload
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.indexing.recent_edits import RecentEdits
from desktop_app.engine.indexing.whereabouts import Whereabouts
from desktop_app.engine.media.sidecars import only_sidecar_differs, sidecar_of

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

SHUT = 0
"""The time kept of a file that could not even be opened: each run tries again, as permissions leave no other trace."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """Of some verdicts; nothing of it is written yet."""

    moves: list[ItemMove]
    touches: list[ItemTouch]
    to_read: list[Verdict]


class Identity:
    """Of one run: asks the catalogue, writes nothing; ``where`` and ``counts`` are the run's, and kept up to date."""

    def __init__(self, catalog: "Catalog", where: Whereabouts, counts: Counter[str], edits: RecentEdits) -> None:
        self._catalog = catalog
        self._where = where
        self._counts = counts
        self._edits = edits
        self.left_behind: list[tuple[RootId, str]] = []
        """Places whose items turned out to be elsewhere after all: the files there are to be looked at anew."""

    def judged(self, suspects: Sequence[tuple[Found, FileReading]]) -> list[Verdict]:
        """Whose files these are."""
        before = self._before_edits(suspects)

        def is_lost(item: KnownItem) -> bool:
            return item is before.get(item.id) or self._where.is_lost(item)

        verdicts = judge(suspects, [*self.candidates(suspects), *before.values()], is_lost)
        looked_at = {(found.root_id, found.file.relpath) for found, _reading in suspects}
        for at, verdict in enumerate(verdicts):
            item = verdict.item
            if verdict.fate is Fate.EDITED and item is not None and verdict.reading.content_hash is not None:
                self._edits.note(item, verdict.reading.content_hash)
            elif verdict.fate is Fate.MOVED and item is not None and item is before.get(item.id):
                verdicts[at] = replace(verdict, fate=Fate.MOVED_RETAGGED)  # it is known as what lies there now
                if (item.root_id, item.relpath) not in looked_at:
                    self.left_behind.append((item.root_id, item.relpath))
        return verdicts

    def _before_edits(self, suspects: Sequence[tuple[Found, FileReading]]) -> dict[ItemId, KnownItem]:
        """Items as they were before they seemed to be edited a moment ago, whose content turns up now."""
        replaced = self._edits.of({reading.content_hash for _, reading in suspects if reading.content_hash})
        if not replaced:
            return {}
        now = {item.id: item for item in self._catalog.known_items([each.item.id for each in replaced])}
        return {
            item.id: each.item
            for each in replaced
            if (item := now.get(each.item.id)) is not None
            and (item.root_id, item.relpath, item.content_hash)
            == (each.item.root_id, each.item.relpath, each.content_hash)
        }

    def candidates(self, suspects: Sequence[tuple[Found, FileReading]]) -> list[KnownItem]:
        """Items that have the content or the payload of one of these files."""
        contents = {reading.content_hash for _, reading in suspects if reading.content_hash}
        payloads = {payload for _, reading in suspects if (payload := real_payload(reading.payload_hash))}
        catalog = self._catalog
        candidates = {item.id: item for item in catalog.items_by_content(catalog.possible_contents(contents))}
        candidates |= {item.id: item for item in catalog.items_by_payload(catalog.possible_payloads(payloads))}
        return list(candidates.values())

    def described(self, payloads: Iterable[str | None]) -> set[str]:
        """Those of which there are vectors."""
        asked = self._catalog.possible_payloads({payload for payload in payloads if payload})
        known: set[str] = set()
        for kind in Kind:
            spaces = {spec.name: spec.version for spec in SPACES.values() if spec.kind is kind}
            known |= self._catalog.payloads_with_vectors(spaces, asked)
        return known

    def consequences(self, verdicts: Sequence[Verdict]) -> Consequences:
        """What to do with the items of these files, and which of the files to read."""
        moves: list[ItemMove] = []
        touches: list[ItemTouch] = []
        where = self._where
        mended, retold = self._mended(verdicts), self._retold(verdicts)
        verdicts = [verdict for verdict in verdicts if not self._is_still_shut(verdict)]
        for verdict in verdicts:
            file, item = verdict.found.file, verdict.item
            if item is None or verdict.fate in (Fate.EDITED, Fate.RETAGGED):
                continue
            where.lost.discard(item.id)
            if item.id in retold:
                continue
            stayed = (item.root_id, item.relpath) == (verdict.found.root_id, file.relpath)
            size, mtime_ns = verdict.reading.size, verdict.reading.mtime_ns
            if verdict.fate is Fate.TOUCHED or (stayed and verdict.fate is Fate.MOVED):
                self._counts["unchanged"] += item.id not in mended
                if item.id in mended:
                    size = mtime_ns = 0  # until it is read: a run that is killed before that looks at it again
                touches.append(ItemTouch(item.id, size, mtime_ns))
                continue
            if verdict.fate is Fate.MOVED and item.id not in mended:
                self._counts["moved"] += 1
            else:
                size = mtime_ns = 0  # the same
            moves.append(ItemMove(item.id, verdict.found.root_id, file.relpath, size, mtime_ns))
            displaced = verdict.found.item
            if displaced is not None and displaced.id != item.id:
                where.lost.add(displaced.id)
        where.lost -= {move.item_id for move in moves}
        known, again = (Fate.TOUCHED, Fate.MOVED), mended | retold
        to_read = [
            each for each in verdicts if each.fate not in known or (each.item is not None and each.item.id in again)
        ]
        return Consequences(moves, touches, to_read)

    def _retold(self, verdicts: Sequence[Verdict]) -> set[ItemId]:
        """Photos that are as they were, and whose sidecar may say something else now."""
        return {
            each.item.id
            for each in verdicts
            if each.item is not None
            and each.fate is Fate.TOUCHED
            and each.found.file.kind is Kind.PHOTO
            and each.item.state is not State.PROBLEM
            and (
                only_sidecar_differs(each.item.mtime_ns, each.reading.mtime_ns)
                or sidecar_of(self._where.roots[each.found.root_id].path / each.found.file.relpath) is not None
            )
        }

    def _mended(self, verdicts: Sequence[Verdict]) -> set[ItemId]:
        """Problems whose content was described once: it was out of reach or spoilt for a while, and is there again.

        And what comes back of which nothing is known: it was lost while it was a problem.
        """
        known = [each for each in verdicts if each.item is not None and each.fate in (Fate.TOUCHED, Fate.MOVED)]
        asked = [each for each in known if each.item and each.item.state is not State.PRESENT]
        described = self.described(each.reading.payload_hash for each in asked)
        return {
            each.item.id
            for each in asked
            if each.item is not None and (each.reading.payload_hash in described) == (each.item.state is State.PROBLEM)
        }

    def _is_still_shut(self, verdict: Verdict) -> bool:
        """A file that could not be opened, and still can't be, counts as unchanged."""
        item = verdict.item
        shut = item is not None and item.state is State.PROBLEM and item.mtime_ns == SHUT
        shut = shut and verdict.reading.problem is not None and verdict.reading.content_hash is None
        self._counts["unchanged"] += shut
        return shut
