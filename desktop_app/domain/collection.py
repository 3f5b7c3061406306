"""What reading an exported collection into the library came to."""

from dataclasses import dataclass, field

from desktop_app.domain.changes import ChangeSet


@dataclass(frozen=True, slots=True)
class Merged:
    """``items`` of the file are in the library, ``unknown`` are not; the others count what was changed.

    ``replaced``: the unknown ones at whose place another photo or track lies; ``uncompared``: those of the items that
    have another content than in the file, and were known by their place alone.
    """

    items: int
    unknown: int
    ratings: int = 0
    tags: int = 0
    playlists: int = 0
    vectors: int = 0
    replaced: int = 0
    uncompared: int = 0
    renamed: tuple[str, ...] = ()  # playlists that got another name, since theirs was taken by another list
    change: ChangeSet = field(default_factory=ChangeSet)
