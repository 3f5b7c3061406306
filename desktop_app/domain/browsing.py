"""What the grid shows and what the library tree counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import Grouping, ScopeKind, SortKey


@dataclass(frozen=True, slots=True)
class Scope:
    """A place in the library tree; ``label`` is what the window's title and heading say."""

    kind: ScopeKind
    value: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which items, in which order. ``text`` is a query in the search language, applied within the scope."""

    scope: Scope
    text: str = ""
    sort: SortKey = SortKey.TAKEN
    descending: bool = True
    grouping: Grouping = Grouping.NONE
    ids: tuple[ItemId, ...] = ()  # for ScopeKind.ITEMS


@dataclass(frozen=True, slots=True)
class Section:
    """A run of a listing under one heading; ``hint`` is what the title leaves out, as a folder's whole path."""

    title: str
    start: int
    count: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ListingReply:
    """The listed ids, int64 (n,), in order; sections cover them without gaps (none if not grouped)."""

    listing: Listing
    ids: NDArray[np.int64]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A value with the number of items that have it: a camera, a genre, a year, a folder."""

    value: str
    label: str
    count: int
    children: tuple["Counted", ...] = ()


@dataclass(frozen=True, slots=True)
class PlaylistInfo:
    """A saved playlist; ``minutes`` of its present tracks."""

    id: PlaylistId
    name: str
    tracks: int
    minutes: float


@dataclass(frozen=True, slots=True)
class LibraryTree:
    """All that the left panel shows. ``dates`` nest year, month; ``albums`` are labelled with their artist."""

    photos: int
    tracks: int
    recent_photos: int
    problems: int
    dates: tuple[Counted, ...]
    cameras: tuple[Counted, ...]
    artists: tuple[Counted, ...]
    albums: tuple[Counted, ...]
    genres: tuple[Counted, ...]
    folders: tuple[Counted, ...]  # roots, nesting the folders below them
    playlists: tuple[PlaylistInfo, ...]
    roots: tuple[Root, ...]
    tags: tuple[Counted, ...] = ()  # every tag in use, by name; 0 where only problems have it
    missing: int = 0  # missing and offline items
    offline: int = 0  # those of them that are offline
