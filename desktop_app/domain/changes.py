"""What a write changed, so that views refresh exactly that."""

from dataclasses import dataclass
from pathlib import Path

from desktop_app.domain.ids import ItemId


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The effect of one write.

    ``items``: rows to fetch again. ``membership``: items came, went or changed state, so listings and counts are
    stale. ``undo`` is a label ("Rate 3 items") where the write can be undone by ``EngineClient.undo``;
    ``undone`` that of the edit that was taken back by it. ``edit`` is the number of the edit that undo would take back.
    """

    items: frozenset[ItemId] = frozenset()
    membership: bool = False
    playlists: bool = False
    roots: bool = False
    tags: bool = False
    undo: str | None = None
    undone: str | None = None
    edit: int | None = None

    def merged(self, other: "ChangeSet") -> "ChangeSet":
        """Both effects as one; the later labels stand."""
        return ChangeSet(
            self.items | other.items,
            self.membership or other.membership,
            self.playlists or other.playlists,
            self.roots or other.roots,
            self.tags or other.tags,
            other.undo or self.undo,
            other.undone or self.undone,
            other.edit or self.edit,
        )

    def __bool__(self) -> bool:
        """Whether anything changed at all."""
        return bool(self.items or self.membership or self.playlists or self.roots or self.tags)


@dataclass(frozen=True, slots=True)
class FoldersAdded:
    """Which of the folders that were added are roots now that were none, and which lay in the library already."""

    new: tuple[Path, ...]
    known: tuple[Path, ...]
    absorbed: bool  # whether roots inside a new one became part of it
