"""Whose file is it? Files whose bytes are known by now are given to the items whose content they hold.

Identity is content: an item follows its bytes, and where those are nowhere, its pixels or samples without tags.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from desktop_app.domain.ids import ItemId
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.plan import Found


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
    by_content = _grouped(lost, lambda item: item.content_hash)
    by_payload = _grouped(lost, lambda item: real_payload(item.payload_hash))

    for exact in (True, False):
        for at, (found, reading) in enumerate(suspects):
            if at in fates:
                continue
            key = reading.content_hash if exact else real_payload(reading.payload_hash)
            claimable = [item for item in (by_content if exact else by_payload)[key] if item.id not in taken]
            if key is None or not claimable:
                continue
            item = max(claimable, key=lambda item: _likeness(item, found))
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


def real_payload(payload: str | None) -> str | None:
    """The payload hash where it says more than the content's, else None."""
    return payload if payload is not None and payload.startswith("p:") else None


def _grouped(items: Iterable[KnownItem], key: Callable[[KnownItem], str | None]) -> dict[str | None, list[KnownItem]]:
    groups: dict[str | None, list[KnownItem]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _likeness(item: KnownItem, found: Found) -> tuple[bool, bool, bool, bool, int]:
    """How much an item's old place is like the file's: its own, then its name, its folder, its root; last, its age."""
    own = found.item is not None and found.item.id == item.id
    folder, _, name = item.relpath.rpartition("/")
    new_folder, _, new_name = found.file.relpath.rpartition("/")
    return own, name == new_name, folder == new_folder, item.root_id == found.root_id, -item.id
