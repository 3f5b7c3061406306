"""Where files are, as far as a run knows: tells a lost item from one whose file is still there."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.folder_identity import was_emptied
from desktop_app.engine.indexing.survey import can_be_reached
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.media.sidecars import SIDECAR_PART
from desktop_app.engine.scanner import is_gone, look_at

Looks: TypeAlias = tuple[int, int]
"""Size and time of a file, without what is kept of a sidecar in it."""


def looks(item: KnownItem) -> Looks:
    """Two items of one look are told apart by their content alone."""
    return item.size, item.mtime_ns // SIDECAR_PART


@dataclass(slots=True)
class Whereabouts:
    """Of one run. ``indexed``: the identity that the folder of a root had when it was looked at last, None for none.

    ``is_late``: what was there when the run looked may have gone since; of each that matters it is asked anew.
    ``contents``: what workers found at the places of doubtful items; None where it can't be told.
    """

    roots: dict[RootId, Root]
    indexed: Callable[[RootId], str | None]
    covered: dict[RootId, Callable[[str], bool]] = field(default_factory=dict[RootId, Callable[[str], bool]])
    lost: set[ItemId] = field(default_factory=set[ItemId])
    known_missing: set[ItemId] = field(default_factory=set[ItemId])
    renamed: set[RootId] = field(default_factory=set[RootId])  # roots that are gone, since they have another name now
    contents: dict[ItemId, str | None] = field(default_factory=dict[ItemId, str | None])
    exchanged: set[Looks] = field(default_factory=set[Looks])  # of files that may have changed places
    is_late: bool = False
    _emptied: dict[RootId, bool] = field(default_factory=dict[RootId, bool])
    _reachable: dict[RootId, bool] = field(default_factory=dict[RootId, bool])

    def is_lost(self, item: KnownItem) -> bool:
        """Whether the file of ``item`` is gone. Of a root that can't be reached nothing is gone; in doubt it is not."""
        lost = self._is_lost(item)
        if lost is None:
            content = self.contents.get(item.id)
            return content is not None and content != item.content_hash
        return lost

    def is_doubtful(self, item: KnownItem) -> bool:
        """Whether only the content of the file at the item's place, which was touched, says if it is the item's own.

        Or which looks like a file that may have changed places with it.
        """
        return item.id not in self.contents and self._is_lost(item) is None

    def is_emptied(self, root_id: RootId) -> bool:
        """Whether all files of a root were moved away, or deleted, and perhaps the folder with them.

        Its items are offline, as those of a drive that is away, but may be found elsewhere. Looked at once in a run.
        """
        if root_id not in self._emptied:
            root = self.roots.get(root_id)
            self._emptied[root_id] = root is not None and was_emptied(root.path, self.indexed(root_id) or "")
        return self._emptied[root_id]

    def was_there(self, item: KnownItem) -> bool:
        """Whether an item had its file, or a drive that was away, as far as was known when the run began."""
        if item.state is State.MISSING:
            return False
        return not self.is_emptied(item.root_id) or self.roots[item.root_id].reachable

    def is_taken(self, root_id: RootId, relpath: str) -> bool:
        """Whether there is any file at a place now."""
        root = self.roots.get(root_id)
        return root is not None and not is_gone(root.path / relpath)

    def changed_at(self, root_id: RootId, relpath: str) -> float:
        """When a file got its place or its content (on Windows: when it was made), in seconds since the epoch."""
        try:
            return openable(self.roots[root_id].path / relpath).stat().st_ctime
        except (OSError, ValueError):
            return math.inf

    def is_as_known(self, item: KnownItem) -> bool:
        """Whether the file of an item that is said to be there is, by its size and time; those that the run looked at
        just now are."""
        covered = self.covered.get(item.root_id)
        if covered is not None and covered(item.relpath) and not self.is_late:
            return True
        root = self.roots.get(item.root_id)
        file = None if root is None else look_at(root.path, item.relpath)
        return file is not None and (file.size, file.mtime_ns) == (item.size, item.mtime_ns)

    def _is_lost(self, item: KnownItem) -> bool | None:
        lost = self._looks_lost(item)
        return None if lost is False and looks(item) in self.exchanged else lost

    def _looks_lost(self, item: KnownItem) -> bool | None:
        covered = self.covered.get(item.root_id)
        if covered is not None and covered(item.relpath) and (item.id in self.lost or not self.is_late):
            return item.id in self.lost
        if item.root_id in self.renamed or self.is_emptied(item.root_id):
            return True
        root = self.roots.get(item.root_id)
        if root is None or item.state is State.OFFLINE:
            return False
        if item.root_id not in self._reachable:
            self._reachable[item.root_id] = can_be_reached(root.path, has_items=True)
        if not self._reachable[item.root_id]:
            return False
        return True if item.state is State.MISSING else _is_gone(item, root.path)


def _is_gone(item: KnownItem, root: Path) -> bool | None:
    """Whether the file at the place of an item, which this run has not looked at, is another; None: it may be.

    Two files that changed places are seen one after the other, so one of the same size under a new time has to be read.
    """
    if is_gone(root / item.relpath):
        return True
    file = look_at(root, item.relpath)
    if file is None or (item.size, item.mtime_ns) in ((0, 0), (file.size, file.mtime_ns)):
        return False
    return True if file.size != item.size else None
