"""Whose file is it? Files whose bytes are known by now are given to the items whose content they hold.

Identity is content: an item follows its bytes, and where those are nowhere, its pixels or samples without tags.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import product

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.plan import Found

Place = tuple[RootId, str]
"""Of a file or a folder: its root, and its path below that."""

MOST_PAIRS = 2_500
"""So many pairs of a file and an item of one content are compared."""

CHOICE = 50
"""Of more, so many items with each file."""


class Fate(Enum):
    """What became of a place."""

    TOUCHED = auto()  # the same bytes under a new time
    MOVED = auto()  # an item's bytes, at another place than they were
    MOVED_RETAGGED = auto()  # an item's pixels or samples, at another place and with other tags
    RETAGGED = auto()  # the item of this place with other tags
    EDITED = auto()  # the item of this place with another content
    ADDED = auto()  # nobody's yet


@dataclass(slots=True)
class Verdict:
    """A file, its hashes, and whose it is (None for a new item)."""

    found: Found
    reading: FileReading
    fate: Fate
    item: KnownItem | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of items beside their bytes.

    ``is_lost``: its own file is gone or is now another; ``is_fresh``: and that since this run or the one before;
    ``said``: those of which people said something; ``lately``: the item that a place had a moment ago; ``returning``:
    items that are rather where their old content is than where they lie now, as they were with it.
    """

    is_lost: Callable[[KnownItem], bool]
    is_fresh: Callable[[KnownItem], bool]
    said: Callable[[Collection[ItemId]], Collection[ItemId]]
    lately: Mapping[Place, KnownItem]
    returning: Mapping[ItemId, KnownItem] = field(default_factory=dict[ItemId, KnownItem])


def judge(
    suspects: Sequence[tuple[Found, FileReading]], candidates: Sequence[KnownItem], evidence: Evidence
) -> list[Verdict]:
    """Give each file to an item, at most one file to each; the verdicts come in the files' order.

    ``candidates`` are items with the content or payload of any of the files. What was only tagged anew where it lies
    stays what it is; then exact content goes first, then payload; of several, ``_Claims`` says which. Items that could
    return to an old content are given what they have now only where that failed.
    """
    claims = _Claims(suspects, evidence)
    # An item at a place that changed is lost, too, until it turns out that its content was edited there.
    displaced = {found.item.id for found, _ in suspects if found.item is not None}
    for returning in (evidence.returning, {}) if evidence.returning else ({},):
        claims.keep_touched(returning)
        lost = [
            item
            for item in candidates
            if item.id not in claims.taken
            and item is returning.get(item.id, item)
            and (item.id in displaced or evidence.is_lost(item))
        ]
        claims.keep_retagged(lost, returning)
        claims.hand_out(lost, exact=True)
        claims.hand_out(lost, exact=False)
    for at, (found, _reading) in enumerate(suspects):
        if at in claims.fates:
            continue
        item = found.item or evidence.lately.get((found.root_id, found.file.relpath))
        if item is not None and item.id not in claims.taken:
            claims.give(at, Fate.EDITED, item)
        else:
            claims.give(at, Fate.ADDED, None)
    return [Verdict(found, reading, *claims.fates[at]) for at, (found, reading) in enumerate(suspects)]


class _Claims:
    """Which file was given to which item so far."""

    def __init__(self, suspects: Sequence[tuple[Found, FileReading]], evidence: Evidence) -> None:
        self.fates: dict[int, tuple[Fate, KnownItem | None]] = {}
        self.taken: set[ItemId] = set()
        self._suspects = suspects
        self._evidence = evidence
        self._ways: Counter[tuple[Place, Place]] = Counter()  # from folder to folder, of files that leave no choice

    def give(self, at: int, fate: Fate, item: KnownItem | None) -> None:
        self.fates[at] = (fate, item)
        if item is not None:
            self.taken.add(item.id)

    def keep_touched(self, but: Collection[ItemId]) -> None:
        """The same bytes at an item's own place are that item."""
        for at, (found, reading) in enumerate(self._suspects):
            own = found.item
            if at in self.fates or own is None or own.id in self.taken or own.id in but:
                continue
            if reading.content_hash is not None and own.content_hash == reading.content_hash:
                self.give(at, Fate.TOUCHED, own)

    def keep_retagged(self, lost: Sequence[KnownItem], but: Collection[ItemId]) -> None:
        """The same pixels or samples at an item's own place are that item, though a copy was made before it was tagged
        anew: only if they have the very bytes of another lost item, as two versions that changed places, that decides.
        """
        theirs = {item.content_hash for item in lost}
        for at, (found, reading) in enumerate(self._suspects):
            own, payload = found.item, real_payload(reading.payload_hash)
            if at in self.fates or own is None or payload is None or own.id in self.taken or own.id in but:
                continue
            if own.payload_hash == payload and reading.content_hash not in theirs:
                self.give(at, Fate.RETAGGED, own)

    def hand_out(self, lost: Iterable[KnownItem], *, exact: bool) -> None:
        """Give the files that are left to items of the same content, or payload.

        Of several, an item of which something was said comes first at its own place; else one that was lost now before
        one that was missing, one that has the content before one that had it until now, one of which something was said
        before others; then the places decide: the longest common end of both, and where the other files of the folder
        went.
        """
        items: dict[str, list[KnownItem]] = defaultdict(list)
        for item in lost:
            key = item.content_hash if exact else real_payload(item.payload_hash)
            if key is not None and item.id not in self.taken:
                items[key].append(item)
        files: dict[str, list[int]] = defaultdict(list)
        for at, (_found, reading) in enumerate(self._suspects):
            key = reading.content_hash if exact else real_payload(reading.payload_hash)
            if at not in self.fates and key in items:
                files[key].append(at)
        unclear: list[tuple[list[int], list[KnownItem]]] = []
        for key, places in files.items():
            if len(places) == len(items[key]) == 1:
                self._claim(places[0], items[key][0], exact=exact)
            else:
                unclear.append((places, items[key]))
        said = self._evidence.said({item.id for _, of in unclear for item in of}) if unclear else ()
        for places, of in unclear:
            for at, item in self._paired(places, of, said):
                if at not in self.fates and item.id not in self.taken:
                    self._claim(at, item, exact=exact)

    def _claim(self, at: int, item: KnownItem, *, exact: bool) -> None:
        found = self._suspects[at][0]
        if found.item is not None and item.id == found.item.id:
            self.give(at, Fate.RETAGGED, item)
            return
        self.give(at, Fate.MOVED if exact else Fate.MOVED_RETAGGED, item)
        self._ways[_way(item, found)] += 1

    def _paired(
        self, files: Sequence[int], items: Sequence[KnownItem], said: Collection[ItemId]
    ) -> Iterator[tuple[int, KnownItem]]:
        """Pairs of file and item, the likeliest first."""

        def likelihood(pair: tuple[int, KnownItem]) -> tuple[int, ...]:
            at, item = pair
            found = self._suspects[at][0]
            own = found.item is not None and item.id == found.item.id
            told = item.id in said
            back = told and (item.root_id, item.relpath) == (found.root_id, found.file.relpath)
            fresh = self._evidence.is_fresh(item)
            has = item is not self._evidence.returning.get(item.id)
            ending, folder, root = _likeness(item, found.root_id, found.file.relpath)
            return own, back, fresh, has, told, ending, self._ways[_way(item, found)], folder, root, -item.id, -at

        if len(files) * len(items) <= MOST_PAIRS:
            yield from sorted(product(files, items), key=likelihood, reverse=True)
            return
        # Thousands of one content: those that kept their names first, then one after the other.
        evidence = self._evidence
        left = sorted(
            items,
            key=lambda item: (not evidence.is_fresh(item), item.id in evidence.returning, item.id not in said, item.id),
        )
        named: dict[str, list[KnownItem]] = defaultdict(list)
        for item in left:
            named[_name(item.relpath)].append(item)
        for at in files:
            alike = named[_name(self._suspects[at][0].file.relpath)]
            if alike:
                yield at, alike.pop(alike.index(max(alike[:CHOICE], key=lambda item: likelihood((at, item)))))
        rest = [at for at in files if at not in self.fates]
        yield from zip(rest, [item for item in left if item.id not in self.taken], strict=False)


def followed(
    lost: Iterable[KnownItem],
    copies: Iterable[KnownItem],
    said: Collection[ItemId],
    written: Collection[ItemId] = (),
) -> list[tuple[KnownItem, KnownItem]]:
    """Which copy each lost item became: (item, copy), each once.

    A move to another drive copies first, and what it copied was taken in as items of their own before the originals
    went. ``copies`` are those of which nobody said anything; only one that came later than the item counts, or was
    ``written`` over something else just now, of several the one whose place is most alike. Items of which something was
    ``said`` choose first. Where the very bytes are nowhere, it is a copy with the same pixels or samples: it was tagged
    anew before the original went.
    """
    pairs: dict[ItemId, tuple[KnownItem, KnownItem]] = {}
    choosing = sorted(lost, key=lambda item: (item.id not in said, item.id))

    def age(copy: KnownItem) -> tuple[bool, ItemId]:
        return copy.id in written, copy.id

    left = sorted(copies, key=age)
    for key in (_content, _payload):
        groups = _grouped(left, key)
        for item in [item for item in choosing if item.id not in pairs]:
            alike = groups[key(item)]
            first = bisect_right(alike, (False, item.id), key=age)
            later = alike[first:][-CHOICE:]
            if key(item) is not None and later:
                copy = max(later, key=lambda copy: (*_likeness(item, copy.root_id, copy.relpath), copy.id))
                alike.remove(copy)
                pairs[item.id] = (item, copy)
        taken = {copy.id for _item, copy in pairs.values()}
        left = [copy for copy in left if copy.id not in taken]
    return list(pairs.values())


def real_payload(payload: str | None) -> str | None:
    """The payload hash where it says more than the content's, else None."""
    return payload if payload is not None and payload.startswith("p:") else None


def _grouped(items: Iterable[KnownItem], key: Callable[[KnownItem], str | None]) -> dict[str | None, list[KnownItem]]:
    groups: dict[str | None, list[KnownItem]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _content(item: KnownItem) -> str | None:
    return item.content_hash


def _payload(item: KnownItem) -> str | None:
    return real_payload(item.payload_hash)


def _likeness(item: KnownItem, root_id: RootId, relpath: str) -> tuple[int, bool, bool]:
    """How an item's old place is like another: so many parts at the end are the same; so is the folder; the root."""
    old, new = item.relpath.split("/"), relpath.split("/")
    ending = 0
    for one, two in zip(reversed(old), reversed(new), strict=False):
        if one != two:
            break
        ending += 1
    same_root = item.root_id == root_id
    return ending, same_root and old[:-1] == new[:-1], same_root


def _way(item: KnownItem, found: Found) -> tuple[Place, Place]:
    return (item.root_id, item.relpath.rpartition("/")[0]), (found.root_id, found.file.relpath.rpartition("/")[0])


def _name(relpath: str) -> str:
    return relpath.rpartition("/")[2]
