"""How a search index is doing: for ``akin stats`` and Help ▸ Library health."""

from collections.abc import Mapping
from dataclasses import dataclass

from desktop_app.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """One space's index at one moment.

    ``recall`` is the share of the true 50 nearest that the approximate part finds, measured against the exact scan on
    ``recall_queries`` of its own vectors when it was built; 1.0 where everything is scanned exactly. ``latency_ms`` is
    the median of the latest searches of this process, None before the first.
    """

    space: str
    kind: str  # in words: "exact fp16", "exact bits", "IVF1024, fp16"
    count: int
    bytes: int  # of the vectors, in files (memory-mapped) and in memory
    segments: int
    lists: int  # of the approximate part; 0: there is none
    probes: int  # lists looked at per query
    recall: float
    recall_queries: int  # 0: not measured, because exact
    latency_ms: float | None
    building: bool  # a better index is being made in the background
    damage: str | None  # why the files found could not be used; None once they are rebuilt


@dataclass(frozen=True, slots=True)
class SpaceHealth:
    """One space: how much of the library is described in it, and its index."""

    name: str
    title: str  # for people: "Look", "Colours", "Sound"
    kind: Kind
    version: int
    dim: int  # 0: of varying length
    vectors: int
    wanted: int  # items that could have one
    index: IndexHealth | None  # None: not searched by nearest neighbours

    @property
    def coverage(self) -> float:
        """Share of the items of its kind that have a vector, 0..1."""
        return self.vectors / self.wanted if self.wanted else 1.0


@dataclass(frozen=True, slots=True)
class Durations:
    """Of the latest searches, or of one stage of them, in milliseconds; None before the first."""

    count: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What one check of ``akin doctor`` found, and whether it was mended."""

    name: str
    ok: bool
    detail: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class LibraryHealth:
    """What Help ▸ Library health shows, at one moment."""

    photos: int  # that are there, as tracks
    tracks: int
    missing: int
    offline: int
    problems: int
    spaces: tuple[SpaceHealth, ...]
    searches: Durations
    stages: Mapping[str, Durations]  # by name of the stage, in the order in which they run
    memory_bytes: int  # resident in this process, without files mapped into memory where the system tells them apart
    mapped_bytes: int  # resident pages of mapped files: indexes and libraries; 0 where not told
    catalogue_bytes: int
    index_bytes: int  # of all files of the indexes
    preparing: bool  # the indexes are being brought in line: similarity answers from what is there
    recommendations: tuple[str, ...]

    @property
    def items(self) -> int:
        """All that the library knows."""
        return self.photos + self.tracks + self.missing + self.offline + self.problems
