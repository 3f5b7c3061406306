"""Where the window stands and stood: places, their order and view, back and forward. Plain Python."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.browsing import LibraryTree, Listing, Scope
from desktop_app.domain.colours import name_of_colour
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey
from desktop_app.domain.search import SimilarRequest
from desktop_app.ui.models.columns import (
    GENRE_COLUMNS,
    MIXED_COLUMNS,
    PHOTO_COLUMNS,
    PROBLEM_COLUMNS,
    TRACK_COLUMNS,
    Column,
)
from desktop_app.ui.wording import count_text, listed

PHOTOS, TRACKS, MIXED, PROBLEMS = "photos", "tracks", "mixed", "problems"
DATES, CAMERAS, ARTISTS, ALBUMS, GENRES = "dates", "cameras", "artists", "albums", "genres"
PLAYLIST = "playlist"
OVERVIEWS = {DATES: PHOTOS, CAMERAS: PHOTOS, ARTISTS: TRACKS, ALBUMS: TRACKS, GENRES: TRACKS}
"""Everything of a kind in sections by one of its properties: a place of its own whose scope's value names it."""
_KINDS = {**OVERVIEWS, PLAYLIST: TRACKS}

_FAMILIES = {
    ScopeKind.PHOTOS: PHOTOS,
    ScopeKind.RECENT_PHOTOS: PHOTOS,
    ScopeKind.DATE: PHOTOS,
    ScopeKind.CAMERA: PHOTOS,
    ScopeKind.TRACKS: TRACKS,
    ScopeKind.ARTIST: TRACKS,
    ScopeKind.ALBUM: TRACKS,
    ScopeKind.GENRE: TRACKS,
    ScopeKind.PLAYLIST: PLAYLIST,
    ScopeKind.MISSING: PROBLEMS,
    ScopeKind.PROBLEMS: PROBLEMS,
}

COLUMNS: dict[str, tuple[Column, ...]] = {
    PHOTOS: PHOTO_COLUMNS,
    TRACKS: TRACK_COLUMNS,
    MIXED: MIXED_COLUMNS,
    PROBLEMS: PROBLEM_COLUMNS,
    **{name: PHOTO_COLUMNS if kind == PHOTOS else TRACK_COLUMNS for name, kind in _KINDS.items()},
    GENRES: GENRE_COLUMNS,
}

_PHOTO_SORTS = {
    SortKey.TAKEN: "Date taken", SortKey.ADDED: "Date added", SortKey.NAME: "Name", SortKey.RATING: "Rating",
    SortKey.SIZE: "File size", SortKey.PATH: "Folder",
}  # fmt: skip
_TRACK_SORTS = {
    SortKey.ARTIST: "Artist", SortKey.ALBUM: "Album", SortKey.TITLE: "Title", SortKey.GENRE: "Genre",
    SortKey.DURATION: "Length", SortKey.TEMPO: "Tempo", SortKey.KEY: "Key", SortKey.RATING: "Rating",
    SortKey.ADDED: "Date added", SortKey.PATH: "Folder",
}  # fmt: skip
_OTHER_SORTS = {SortKey.NAME: "Name", SortKey.PATH: "Folder", SortKey.ADDED: "Date added", SortKey.RATING: "Rating"}
_MORE_SORTS = {SortKey.TAKEN: "Date taken", SortKey.SIZE: "File size"}
SORTS: dict[str, dict[SortKey, str]] = {
    PHOTOS: _PHOTO_SORTS,
    TRACKS: _TRACK_SORTS,
    MIXED: {SortKey.TITLE: "Name", **_OTHER_SORTS, SortKey.NAME: "File name", **_MORE_SORTS},
    PROBLEMS: _OTHER_SORTS,
    **{name: _PHOTO_SORTS if kind == PHOTOS else _TRACK_SORTS for name, kind in _KINDS.items()},
    PLAYLIST: {SortKey.MANUAL: "Playlist order", **_TRACK_SORTS},
}
_PHOTO_GROUPINGS = {
    Grouping.NONE: "No sections", Grouping.MONTH: "Month", Grouping.CAMERA: "Camera", Grouping.FOLDER: "Folder",
}  # fmt: skip
_TRACK_GROUPINGS = {
    Grouping.NONE: "No sections", Grouping.ALBUM: "Album", Grouping.ARTIST: "Artist", Grouping.GENRE: "Genre",
    Grouping.FOLDER: "Folder",
}  # fmt: skip
GROUPINGS: dict[str, dict[Grouping, str]] = {
    PHOTOS: _PHOTO_GROUPINGS,
    TRACKS: _TRACK_GROUPINGS,
    MIXED: {Grouping.NONE: "No sections", Grouping.FOLDER: "Folder"},
    PROBLEMS: {Grouping.NONE: "No sections", Grouping.FOLDER: "Folder"},
    **{name: _PHOTO_GROUPINGS if kind == PHOTOS else _TRACK_GROUPINGS for name, kind in _KINDS.items()},
}
DESCENDING_FIRST = {SortKey.TAKEN, SortKey.ADDED, SortKey.RATING, SortKey.SIZE}


def family_of(scope: Scope) -> str:
    """Which sort orders, columns and view a place has."""
    if scope.kind in (ScopeKind.PHOTOS, ScopeKind.TRACKS) and scope.value in OVERVIEWS:
        return scope.value
    return _FAMILIES.get(scope.kind, MIXED)


def values_of(place: "Place", tree: LibraryTree | None) -> int | None:
    """How many albums, artists, genres or cameras an overview of them has; None elsewhere, and in a search."""
    if tree is None or place.text or place.similar is not None:
        return None
    values = {ARTISTS: tree.artists, ALBUMS: tree.albums, GENRES: tree.genres, CAMERAS: tree.cameras}
    found = values.get(place.family)
    return len(found) if found is not None else None


def holds_tracks(family: str) -> bool:
    """Whether its places list tracks only."""
    return _KINDS.get(family, family) == TRACKS


def holds_photos(family: str) -> bool:
    """Whether its places list photos only."""
    return _KINDS.get(family, family) == PHOTOS


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a family of places is shown; remembered per family."""

    sort: SortKey
    descending: bool
    grouping: Grouping
    as_list: bool


DEFAULTS: dict[str, Arrangement] = {
    PHOTOS: Arrangement(SortKey.TAKEN, True, Grouping.MONTH, False),
    TRACKS: Arrangement(SortKey.ALBUM, False, Grouping.NONE, True),
    MIXED: Arrangement(SortKey.TITLE, False, Grouping.NONE, False),
    PROBLEMS: Arrangement(SortKey.PATH, False, Grouping.NONE, True),
    DATES: Arrangement(SortKey.TAKEN, True, Grouping.MONTH, False),
    CAMERAS: Arrangement(SortKey.TAKEN, True, Grouping.CAMERA, False),
    ARTISTS: Arrangement(SortKey.ARTIST, False, Grouping.ARTIST, False),
    ALBUMS: Arrangement(SortKey.ALBUM, False, Grouping.ALBUM, False),
    GENRES: Arrangement(SortKey.GENRE, False, Grouping.GENRE, False),
    PLAYLIST: Arrangement(SortKey.MANUAL, False, Grouping.NONE, True),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What the middle shows: a listing, or the items similar to a request. ``title`` is its heading."""

    scope: Scope
    text: str = ""
    everywhere: bool = True  # a search over the whole library rather than within ``scope``
    similar: SimilarRequest | None = None
    subject: str = ""  # the title of the one item that the similar ones are like
    left_out: frozenset[Path] = frozenset()  # files of ``similar`` that could not be used
    kind: Kind | None = field(default=None, compare=False)  # of what ``similar`` compares with, where it is known

    @property
    def words(self) -> str:
        """What the search field holds there."""
        return self.similar.text if self.similar is not None else self.text

    @property
    def in_pictures(self) -> bool:
        """Whether words are looked for in the pictures themselves."""
        return self.similar is not None and bool(self.similar.text)

    @property
    def searched_scope(self) -> Scope:
        """Where the words are looked for."""
        return Scope(ScopeKind.ALL, "", "Library") if self.text and self.everywhere else self.scope

    @property
    def family(self) -> str:
        """Which arrangement it has."""
        return family_of(self.searched_scope)

    @property
    def title(self) -> str:
        """For the heading and the window's title."""
        if self.similar is not None and self.similar.colours:
            return f"Photos in {listed(dict.fromkeys(name_of_colour(colour.rgb) for colour in self.similar.colours))}"
        if self.similar is not None and self.similar.text:
            return f"Photos that show “{self.similar.text}”"
        if self.similar is not None:
            files = [path.name for path in self.similar.files if path not in self.left_out]
            names = files or [self.subject]
            count = len(files) + len(self.similar.items)
            if count == 1 and names[0]:
                return f"Similar to {names[0]}"
            return (
                f"Similar to {count_text(count, {Kind.PHOTO: 'photo', Kind.TRACK: 'track', None: 'item'}[self.kind])}"
            )
        if self.text:
            return f"“{self.text}”" if self.everywhere else f"“{self.text}” in {self.scope.label}"
        return self.scope.label

    def listing(self, arrangement: Arrangement) -> Listing:
        """The request for it."""
        scope = self.searched_scope
        grouping, sort, descending = arrangement.grouping, arrangement.sort, arrangement.descending
        if arrangement.as_list:  # it has no sections, so its order is the one that its heading says
            grouping = Grouping.NONE
        if sort is SortKey.MANUAL:
            descending, grouping = False, Grouping.NONE
        if scope.kind is ScopeKind.RECENT_PHOTOS and sort is SortKey.TAKEN:
            sort, descending, grouping = SortKey.ADDED, True, Grouping.NONE
        if grouping is Grouping.MONTH and sort is not SortKey.TAKEN:
            grouping = Grouping.NONE
        return Listing(scope, self.text, sort, descending, grouping)


@dataclass(slots=True)
class Visit:
    """A place with how it was left, so that coming back finds it so."""

    place: Place
    scroll: int = 0
    selected: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    copies: NDArray[np.int64] | None = None  # which of an id’s places each is, where ids repeat
    current: int | None = None
    current_copy: int = 0


class History:
    """Back and forward over visits."""

    def __init__(self, start: Place) -> None:
        self._visits = [Visit(start)]
        self._at = 0

    @property
    def visit(self) -> Visit:
        """Where the window stands."""
        return self._visits[self._at]

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place before."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether one was gone back from."""
        return self._at < len(self._visits) - 1

    def go(self, place: Place) -> Visit:
        """To a new place; what lay ahead is forgotten. The same search going on replaces itself."""
        now = self.visit.place
        if place == now:
            return self.visit
        typing = bool(place.words) and bool(now.words) and place.in_pictures == now.in_pictures
        reshaped = place.similar is not None and now.similar is not None and _same_query(place.similar, now.similar)
        if typing or reshaped:
            self._visits[self._at] = Visit(place)
        else:
            self._visits = [*self._visits[max(0, self._at - 98) : self._at + 1], Visit(place)]
            self._at = len(self._visits) - 1
        return self.visit

    def forget(self) -> Visit:
        """Leave the present visit out, and stand where one came from; the first one stays."""
        if self.can_go_back:
            del self._visits[self._at]
            self._at -= 1
        return self.visit

    def back(self) -> Visit:
        """To the place before."""
        self._at = max(0, self._at - 1)
        return self.visit

    def forward(self) -> Visit:
        """To the place after."""
        self._at = min(len(self._visits) - 1, self._at + 1)
        return self.visit


def _same_query(first: SimilarRequest, second: SimilarRequest) -> bool:
    if first.colours and second.colours:
        return True  # a palette that is being worked on
    return replace(first, k=0, space=None, query="", minimum=0.0) == replace(
        second, k=0, space=None, query="", minimum=0.0
    )
