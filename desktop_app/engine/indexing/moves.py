"""Whose file is it? Files whose bytes are known by now are given to the items whose content they hold.

Identity is content: an item follows its bytes, and where those are nowhere, its pixels or samples without tags.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.plan import Found

CHOICE = 50
"""So many copies of one file are compared by their places."""


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


def judge(
    suspects: Sequence[tuple[Found, FileReading]],
    candidates: Iterable[KnownItem],
    is_lost: Callable[[KnownItem], bool],
) -> list[Verdict]:
    """Give each file to an item, at most one file to each; the verdicts come in the files' order.

    ``candidates`` are items with the content or payload of any of the files; ``is_lost`` says of one whether its own
    file is gone or is now another. Exact content goes first, then payload; of several, the one whose place is
    most alike.
    """
    fates: dict[int, tuple[Fate, KnownItem | None]] = {}
    taken: set[ItemId] = set()

    def give(at: int, fate: Fate, item: KnownItem | None) -> None:
        fates[at] = (fate, item)
        if item is not None:
            taken.add(item.id)

    for at, (found, reading) in enumerate(suspects):
        own = found.item
        if own is not None and reading.content_hash is not None and own.content_hash == reading.content_hash:
            give(at, Fate.TOUCHED, own)
    # An item at a place that changed is lost, too, until it turns out that its content was edited there.
    displaced = {found.item.id for found, _ in suspects if found.item is not None}
    lost = [item for item in candidates if item.id not in taken and (item.id in displaced or is_lost(item))]
    by_content = _grouped(lost, _content)
    by_payload = _grouped(lost, lambda item: real_payload(item.payload_hash))

    for exact in (True, False):
        for at, (found, reading) in enumerate(suspects):
            if at in fates:
                continue
            key = reading.content_hash if exact else real_payload(reading.payload_hash)
            claimable = [item for item in (by_content if exact else by_payload)[key] if item.id not in taken]
            if key is None or not claimable:
                continue
            own = None if found.item is None else found.item.id
            item = max(claimable, key=lambda item: (item.id == own, _likeness(item, found.root_id, found.file.relpath)))
            if found.item is not None and item.id == found.item.id:
                give(at, Fate.RETAGGED, item)
            else:
                give(at, Fate.MOVED if exact else Fate.MOVED_RETAGGED, item)

    for at, (found, _reading) in enumerate(suspects):
        if at not in fates and found.item is not None and found.item.id not in taken:
            give(at, Fate.EDITED, found.item)
        elif at not in fates:
            give(at, Fate.ADDED, None)
    return [Verdict(found, reading, *fates[at]) for at, (found, reading) in enumerate(suspects)]


def followed(
    lost: Iterable[KnownItem], copies: Iterable[KnownItem], said: Collection[ItemId]
) -> list[tuple[KnownItem, KnownItem]]:
    """Which copy each lost item became: (item, copy), each once.

    A move to another drive copies first, and what it copied was taken in as items of their own before the originals
    went. ``copies`` are those of which nobody said anything; only one that came later than the item counts, of several
    the one whose place is most alike. Items of which something was ``said`` choose first.
    """
    left: dict[str | None, list[KnownItem]] = _grouped(sorted(copies, key=lambda copy: copy.id), _content)
    pairs: list[tuple[KnownItem, KnownItem]] = []
    for item in sorted(lost, key=lambda item: (item.id not in said, item.id)):
        alike = left[item.content_hash]
        first = bisect_right(alike, item.id, key=lambda copy: copy.id)
        later = alike[first:][-CHOICE:]
        if item.content_hash is not None and later:
            copy = max(later, key=lambda copy: (_likeness(item, copy.root_id, copy.relpath), copy.id))
            alike.remove(copy)
            pairs.append((item, copy))
    return pairs


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


def _likeness(item: KnownItem, root_id: RootId, relpath: str) -> tuple[bool, bool, bool, int]:
    """How much an item's old place is like another: its name, its folder, its root; last, its age."""
    folder, _, name = item.relpath.rpartition("/")
    new_folder, _, new_name = relpath.rpartition("/")
    return name == new_name, folder == new_folder, item.root_id == root_id, -item.id
