"""What a scan found against what the catalogue knows: pure comparison, no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.places import KnownFiles, KnownItem
from desktop_app.engine.scanner import ScannedFile


@dataclass(slots=True)
class Found:
    """A file to look into. ``item`` is the one at its place, None for a place that is new."""

    root_id: RootId
    file: ScannedFile
    item: KnownItem | None = None


@dataclass(slots=True)
class Comparison:
    """One root, file by file.

    ``unchanged`` counts files whose size and time are as known; ``returned`` items are there again as they were;
    ``found`` files are new or differ; ``gone`` items have no file where they were (``lost`` before: since now).
    """

    unchanged: int = 0
    returned: list[ItemId] = field(default_factory=list[ItemId])
    found: list[Found] = field(default_factory=list[Found])
    gone: list[ItemId] = field(default_factory=list[ItemId])
    lost: list[ItemId] = field(default_factory=list[ItemId])


def compare(
    root_id: RootId,
    known: KnownFiles,
    files: Sequence[ScannedFile],
    covered: Callable[[str], bool] | None = None,
) -> Comparison:
    """Compare by relpath, then by size and time alone: one look per file.

    ``covered`` says of a known relpath whether the scan would have seen its file (None: of all). Of a missing item at a
    place that holds another content nothing is said: the file there is new.
    """
    result = Comparison()
    places = dict(zip(known.relpath, range(len(known)), strict=True))  # of two, the one that is not missing
    sizes, times, states = known.size.tolist(), known.mtime_ns.tolist(), known.state
    seen: set[int] = set()
    for file in files:
        at = places.get(file.relpath)
        if at is None:
            result.found.append(Found(root_id, file))
            continue
        same = sizes[at] == file.size and times[at] == file.mtime_ns
        state = states[at]
        if same and state in _THERE:
            seen.add(at)
            result.unchanged += 1
        elif same:
            seen.add(at)
            result.returned.append(ItemId(int(known.item_id[at])))
        elif state is State.MISSING:
            result.found.append(Found(root_id, file))
        else:
            seen.add(at)
            result.found.append(Found(root_id, file, known_item(root_id, known, at)))
    for at in range(len(known)):
        if at not in seen and (covered is None or covered(known.relpath[at])):
            number = ItemId(int(known.item_id[at]))
            (result.gone if states[at] is State.MISSING else result.lost).append(number)
    return result


_THERE = (State.PRESENT, State.PROBLEM)


def known_item(root_id: RootId, known: KnownFiles, at: int) -> KnownItem:
    """One row of the columns."""
    return KnownItem(
        ItemId(int(known.item_id[at])),
        root_id,
        known.relpath[at],
        int(known.size[at]),
        int(known.mtime_ns[at]),
        known.state[at],
        known.kind[at],
        known.content_hash[at],
        known.payload_hash[at],
    )
