"""How a search index is doing: for ``akin stats`` and Help ▸ Library health."""

from dataclasses import dataclass


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
