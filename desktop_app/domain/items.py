"""Items as lists, the grid and the detail panel see them."""

from dataclasses import dataclass
from pathlib import Path

from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata


@dataclass(frozen=True, slots=True)
class Root:
    """A watched folder. ``reachable`` is as of the last look; ``polled`` where native events can't be had.

    ``items`` are all that the catalogue has of it: those ``present`` (photos and tracks), and the others by state.
    """

    id: RootId
    path: Path
    reachable: bool
    paused: bool
    items: int
    polled: bool = False
    present: int = 0
    missing: int = 0
    offline: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What a grid cell or a table row shows. ``title`` is never empty (the file's name where there is none)."""

    id: ItemId
    kind: Kind
    state: State
    path: Path
    title: str
    content_hash: str | None  # names the thumbnail
    rating: int  # 0..5, 0 = none
    has_thumbnail: bool
    width: int | None = None
    height: int | None = None
    taken: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None
    year: int | None = None
    duration: float | None = None  # seconds
    tempo: float | None = None  # beats a minute
    key: str | None = None  # "A minor"
    reason: str | None = None  # why a problem is one
    has_raw: bool = False  # a RAW of the same name stands behind this photo
    is_companion: bool = False  # this is such a RAW
    similarity: float | None = None  # 0..1, in a search's result
    size: int | None = None  # bytes
    tags: tuple[str, ...] | None = None  # None where the row was fetched without them


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item's file is, or was, and what decides whether a search shows it."""

    id: ItemId
    path: Path
    state: State
    is_companion: bool  # a RAW that stands behind a photo


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """Everything known of one item. Times are seconds since the epoch."""

    row: ItemRow
    root_id: RootId
    size: int
    modified: float
    added: float
    payload_hash: str | None
    tags: tuple[str, ...]
    photo: PhotoMetadata | None
    track: TrackMetadata | None
    analysis: TrackAnalysis | None
    loudness: float | None  # LUFS
    spaces: tuple[str, ...]
    playlists: tuple[tuple[PlaylistId, str], ...] = ()
    companion: Path | None = None  # the RAW behind a JPEG
