"""What follows for items from whose files were found: which move, which were only touched, which are to be read."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog.places import ItemMove, ItemTouch, KnownItem
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing.moves import Evidence, Fate, Place, Verdict, judge, real_payload
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.indexing.recent_changes import RecentChanges, Replaced
from desktop_app.engine.indexing.resemblance import ALIKE, UNLIKE, may_be_edits, resemblances
from desktop_app.engine.indexing.whereabouts import Whereabouts
from desktop_app.engine.media.sidecars import only_sidecar_differs, sidecar_of

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

SHUT = 0
"""The time kept of a file that could not even be opened: each run tries again, as permissions leave no other trace."""


SAVING_SECONDS = 3600.0
"""So long after it was made a file that takes the place of another, and resembles it, is a new version of that; a file
of longer ago is itself."""


@dataclass(frozen=True, slots=True)
class _Returning:
    """An item as it is to be claimed, as it is now, and whether it is known as something else now."""

    claimed: KnownItem
    now: KnownItem
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """Of some verdicts; nothing of it is written yet."""

    moves: list[ItemMove]
    touches: list[ItemTouch]
    to_read: list[Verdict]


class Identity:
    """Of one run: asks the catalogue, writes nothing but payloads that it lacked; ``where`` and ``counts`` are the
    run's, and kept up to date.

    What its verdicts leave to be done is in ``left_behind``, places whose items turned out to be elsewhere after all,
    so that the files there are to be looked at anew, in ``passing``, items that were but a step of saving others, each
    with the other, and in ``written_over``, items in whose places copies of others lie now.
    """

    def __init__(self, catalog: "Catalog", where: Whereabouts, counts: Counter[str], recent: RecentChanges) -> None:
        self._catalog = catalog
        self._where = where
        self._counts = counts
        self._recent = recent
        self.left_behind: list[Place] = []
        self.passing: dict[ItemId, ItemId] = {}
        self.written_over: list[ItemId] = []

    def judged(self, suspects: Sequence[tuple[Found, FileReading]]) -> list[Verdict]:
        """Whose files these are."""
        self._catalog.learn_payloads(
            {each.content_hash: each.payload_hash for _, each in suspects if each.content_hash and each.payload_hash}
        )
        returning = self._before_edits(suspects) | self._homecoming(suspects)
        recent = self._recent.lost

        def is_lost(item: KnownItem) -> bool:
            back = returning.get(item.id)
            return (back is not None and item is back.claimed) or self._where.is_lost(item)

        def said(ids: Collection[ItemId]) -> Collection[ItemId]:
            return set(ids).difference(self._catalog.plain_items(sorted(ids)).tolist())

        evidence = Evidence(
            is_lost,
            lambda item: item.id in recent or self._where.was_there(item),
            said,
            self._lately(suspects),
            {number: each.claimed for number, each in returning.items()},
        )
        candidates = self.candidates(suspects)
        verdicts = judge(suspects, [*candidates, *(each.claimed for each in returning.values())], evidence)
        self._see_to_places(suspects, verdicts, returning)
        self._pass_over(verdicts, returning)
        self._part_from_copies(verdicts, candidates)
        for verdict in verdicts:
            if verdict.fate is Fate.EDITED and verdict.item is not None:
                self._where.lost.discard(verdict.item.id)
                if verdict.reading.content_hash is not None:
                    root_id, relpath = _place(verdict.found)
                    before = replace(verdict.item, root_id=root_id, relpath=relpath)
                    self._recent.note_edit(before, verdict.reading.content_hash)
        return verdicts

    def _see_to_places(
        self,
        suspects: Sequence[tuple[Found, FileReading]],
        verdicts: list[Verdict],
        returning: Mapping[ItemId, "_Returning"],
    ) -> None:
        looked_at = {(found.root_id, found.file.relpath) for found, _reading in suspects}
        for at, verdict in enumerate(verdicts):
            back = None if verdict.item is None else returning.get(verdict.item.id)
            if back is None or verdict.item is not back.claimed:
                continue
            fate = Fate.MOVED_RETAGGED if back.is_stale and verdict.fate is Fate.MOVED else verdict.fate
            verdicts[at] = replace(verdict, item=back.now, fate=fate)
            if (back.now.root_id, back.now.relpath) not in looked_at:
                self.left_behind.append((back.now.root_id, back.now.relpath))

    def _pass_over(self, verdicts: list[Verdict], returning: Mapping[ItemId, "_Returning"]) -> None:
        """What of which nobody said anything was put in the place of another item may be a new version of that.

        Who saves a file may write a new one beside it and rename that: it was an item for a moment, and no move. And of
        two versions of long ago the one of which something was said may have been deleted, now or before.
        """
        claimed = {verdict.item.id for verdict in verdicts if verdict.item is not None}
        new = {_place(verdict.found) for verdict in verdicts if verdict.fate is Fate.ADDED}
        over = {
            verdict.item.id: at
            for at, verdict in enumerate(verdicts)
            if verdict.fate in (Fate.MOVED, Fate.MOVED_RETAGGED)
            and verdict.item is not None
            and verdict.item.id not in returning
            and (verdict.found.item is None or verdict.found.item.id not in claimed)
            and (
                (verdict.item.root_id, verdict.item.relpath) in new  # the next one that is saved the same way
                or not self._where.is_taken(verdict.item.root_id, verdict.item.relpath)
            )
        }
        plain = [over[ItemId(number)] for number in self._catalog.plain_items(sorted(over)).tolist()] if over else []
        bare = {_place(verdicts[at].found): at for at in plain if verdicts[at].found.item is None}
        lost = [(bare[_place_of(item)], item) for item in self._catalog.items_at(bare, missing=True)]
        pairs = [(at, item) for at in plain if (item := verdicts[at].found.item)] + [
            (at, item) for at, item in lost if item.id not in claimed
        ]
        for mover, before in self._new_versions(
            [(mover, before) for at, before in pairs if (mover := verdicts[at].item)]
        ):
            at = over[mover.id]
            same = real_payload(mover.payload_hash) is not None and mover.payload_hash == before.payload_hash
            verdicts[at] = replace(verdicts[at], fate=Fate.RETAGGED if same else Fate.EDITED, item=before)
            self._where.lost -= {mover.id, before.id}
            self._recent.note_left((mover.root_id, mover.relpath), before.id)
            self.passing[mover.id] = before.id

    def _new_versions(self, pairs: Sequence[tuple[KnownItem, KnownItem]]) -> list[tuple[KnownItem, KnownItem]]:
        """Those whose first, of which nobody said anything, is a new version of the second; each first once."""
        if not pairs:
            return []
        young = set(self._catalog.plain_items([mover.id for mover, _ in pairs], time.time() - SAVING_SECONDS).tolist())
        plain = set(self._catalog.plain_items([before.id for _, before in pairs]).tolist())
        found: dict[ItemId, tuple[KnownItem, KnownItem]] = {}
        for (mover, before), alike in zip(pairs, resemblances(self._catalog, pairs), strict=True):
            if mover.id in young and before.state is not State.MISSING:
                is_version = alike is None or alike >= UNLIKE
            else:
                is_version = before.id not in plain and alike is not None and alike >= ALIKE
            if is_version:
                found.setdefault(mover.id, (mover, before))
        return list(found.values())

    def _part_from_copies(self, verdicts: list[Verdict], candidates: Sequence[KnownItem]) -> None:
        """A copy of another photo or track that is still there was written over this one: that is no edit of it."""
        contents: dict[str, KnownItem] = {
            item.content_hash: item for item in candidates if item.content_hash and not self._where.is_lost(item)
        }
        pairs = [
            (at, verdict.item, other)
            for at, verdict in enumerate(verdicts)
            if verdict.fate is Fate.EDITED
            and verdict.item is not None
            and (other := contents.get(verdict.reading.content_hash or "")) is not None
            and other.id != verdict.item.id
        ]
        may_be = may_be_edits(self._catalog, [(item, other) for _, item, other in pairs])
        for at, item, _other in [pair for pair, edited in zip(pairs, may_be, strict=True) if not edited]:
            verdicts[at] = replace(verdicts[at], fate=Fate.ADDED, item=None)
            self.written_over.append(item.id)

    def _before_edits(self, suspects: Sequence[tuple[Found, FileReading]]) -> dict[ItemId, "_Returning"]:
        """Items as they were before they seemed to be edited a moment ago, whose content turns up now."""
        hashes = {reading.content_hash for _, reading in suspects}
        hashes |= {real_payload(reading.payload_hash) for _, reading in suspects}
        replaced = [
            each
            for each in self._recent.edits_of({text for text in hashes if text})
            if each.until is None or self._came_before(each.until, each.item, suspects)
        ]
        if not replaced:
            return {}
        now = {item.id: item for item in self._catalog.known_items([each.item.id for each in replaced])}
        return {
            item.id: _Returning(each.item, item, True)
            for each in reversed(replaced)  # of several contents that turn up the original
            if (item := now.get(each.item.id)) is not None and _is_since(item, each)
        }

    def _came_before(self, moment: float, item: KnownItem, suspects: Sequence[tuple[Found, FileReading]]) -> bool:
        """Whether one of the files with what an item had got its place, or was made, before."""
        return any(
            self._where.changed_at(found.root_id, found.file.relpath) <= moment
            for found, reading in suspects
            if _has_content_of(reading, item)
        )

    def _homecoming(self, suspects: Sequence[tuple[Found, FileReading]]) -> dict[ItemId, "_Returning"]:
        """Items that went to a copy when their files were gone, which are back now, as if they were there."""
        new = {(found.root_id, found.file.relpath): reading for found, reading in suspects if found.item is None}
        return {
            item.id: _Returning(replace(item, root_id=home[0], relpath=home[1]), item, False)
            for item, home in self._catalog.away_from(new)
            if home != (item.root_id, item.relpath) and _has_content_of(new[home], item)
        }

    def _lately(self, suspects: Sequence[tuple[Found, FileReading]]) -> dict[Place, KnownItem]:
        """The items that were lost a moment ago at places where there are files again."""
        lost = self._recent.lost
        if not lost or all(found.item is not None for found, _ in suspects):
            return {}
        items = self._catalog.known_items(sorted(lost))
        return {(item.root_id, item.relpath): item for item in items if item.state is State.MISSING}

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
            stayed = (item.root_id, item.relpath) == (verdict.found.root_id, file.relpath)
            if stayed and item.id in retold:
                continue
            size, mtime_ns = verdict.reading.size, verdict.reading.mtime_ns
            if verdict.fate is Fate.TOUCHED or (stayed and verdict.fate is Fate.MOVED):
                self._counts["unchanged"] += item.id not in mended
                if item.id in mended:
                    size = mtime_ns = 0  # until it is read: a run that is killed before that looks at it again
                if (size, mtime_ns, State.PRESENT) != (item.size, item.mtime_ns, item.state):
                    touches.append(ItemTouch(item.id, size, mtime_ns))
                continue
            if verdict.fate is Fate.MOVED and item.id not in mended | retold:
                self._counts["moved"] += 1
            else:
                size = mtime_ns = 0  # the same
            moves.append(ItemMove(item.id, verdict.found.root_id, file.relpath, size, mtime_ns))
        given = {each.item.id for each in verdicts if each.item is not None}
        displaced = {each.found.item.id for each in verdicts if each.item is not None and each.found.item is not None}
        where.lost |= displaced - given  # also by who came back to where it lay before
        known, again = (Fate.TOUCHED, Fate.MOVED), mended | retold
        to_read = [
            each for each in verdicts if each.fate not in known or (each.item is not None and each.item.id in again)
        ]
        return Consequences(moves, touches, to_read)

    def _retold(self, verdicts: Sequence[Verdict]) -> set[ItemId]:
        """Photos that are as they were, and whose sidecar may say something else: it may have been renamed first."""

        def may_be(photo: KnownItem, each: Verdict) -> bool:
            if only_sidecar_differs(photo.mtime_ns, each.reading.mtime_ns):
                return True
            path = self._where.roots[each.found.root_id].path / each.found.file.relpath
            return each.fate is Fate.TOUCHED and sidecar_of(path) is not None

        return {
            each.item.id
            for each in verdicts
            if each.item is not None
            and each.fate in (Fate.TOUCHED, Fate.MOVED)
            and each.found.file.kind is Kind.PHOTO
            and each.item.state is not State.PROBLEM
            and may_be(each.item, each)
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


def _place(found: Found) -> Place:
    return found.root_id, found.file.relpath


def _is_since(item: KnownItem, edit: Replaced) -> bool:
    """Whether an item is still what became of it then, perhaps edited once more; not where its content came back."""
    if edit.until is None:
        return not _has_content_of(item, edit.item)
    return _place_of(item) == _place_of(edit.item) and item.content_hash == edit.content_hash


def _place_of(item: KnownItem) -> Place:
    return item.root_id, item.relpath


def _has_content_of(reading: FileReading | KnownItem, item: KnownItem) -> bool:
    """The very bytes, or the same pixels or samples."""
    payload = real_payload(item.payload_hash)
    return reading.content_hash == item.content_hash or (payload is not None and reading.payload_hash == payload)
