"""Playlists: what is asked of the builder and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId


class Order(StrEnum):
    """How the chosen tracks follow one another."""

    SMOOTH = "smooth"  # small steps between neighbours
    CLOSEST = "closest"  # best match first
    RISING = "rising"  # tempo rises
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class PlaylistRequest:
    """Exactly one of ``length`` (tracks) and ``minutes`` counts; minutes win if both are given.

    ``variety`` 0..1: 0 takes the nearest, 1 spreads far. ``artist_gap``: at least that many other tracks between two
    of one artist (unknown artists never conflict). ``bpm``: inclusive range. ``minimum``: similarity 0..1 to
    the seeds.
    """

    seeds: tuple[ItemId, ...] = ()
    seed_files: tuple[Path, ...] = ()
    length: int = 20
    minutes: float | None = None
    variety: float = 0.2
    artist_gap: int = 2
    bpm: tuple[float, float] | None = None
    harmonic: bool = False
    order: Order = Order.SMOOTH
    target: ItemId | None = None
    target_file: Path | None = None
    query: str = ""
    minimum: float = 0.0
    with_seeds: bool = True


@dataclass(frozen=True, slots=True)
class PlaylistTrack:
    """One place in a playlist. ``similarity`` 0..1 to the seeds (1 for a seed)."""

    id: ItemId
    path: Path
    title: str
    artist: str | None
    album: str | None
    seconds: float
    bpm: float | None
    key: str | None
    similarity: float
    is_seed: bool = False


@dataclass(frozen=True, slots=True)
class PlaylistStatistics:
    """Similarities to the seeds of the tracks that are no seeds; ``mean_step`` is the mean of 1 − similarity
    between neighbours. All 0..1."""

    average_similarity: float
    min_similarity: float
    max_similarity: float
    similarity_range: float
    mean_step: float


@dataclass(frozen=True, slots=True)
class Playlist:
    """A built or saved list; ``notes`` say what could not be kept, in plain sentences."""

    tracks: tuple[PlaylistTrack, ...]
    seeds: tuple[ItemId, ...]
    statistics: PlaylistStatistics
    minutes: float
    name: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """A playlist file as it was taken over; ``missing`` are its files and addresses that are not in the library."""

    name: str
    tracks: int
    missing: tuple[Path | str, ...]
    change: ChangeSet


@dataclass(frozen=True, slots=True)
class ReadPlaylist:
    """What a playlist file names: the tracks of the library in its order, and what is not in it."""

    name: str
    ids: tuple[ItemId, ...]
    missing: tuple[Path | str, ...]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a playlist is written; the format goes by the file's ending (.m3u8, .m3u, .xspf)."""

    relative: bool = False
    name: str = ""  # the playlist's own, which players show
    replace: bool = False  # whoever made the playlist that lies there: the user was asked
