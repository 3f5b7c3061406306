"""Similarity requests and their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """What to compare with. ``files`` may be in the library or not; ``items`` are in it.

    Several make one combined query. ``space`` None fuses the default spaces of the kind. ``query`` filters in the
    search language. ``minimum`` is a similarity in 0..1; only it cuts.
    """

    files: tuple[Path, ...] = ()
    items: tuple[ItemId, ...] = ()
    k: int = 20
    space: str | None = None
    query: str = ""
    minimum: float = 0.0
    hide_companions: bool = False  # leave out a RAW that stands behind its JPEG


@dataclass(frozen=True, slots=True)
class SpaceScore:
    """One space's part in a hit: similarity 0..1 and the weight it had in the fused score."""

    space: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A similar item. ``score`` 0..1 is the similarity shown to people as a percentage."""

    id: ItemId
    path: Path
    score: float
    parts: tuple[SpaceScore, ...] = ()
    identical: bool = False  # the same bytes as the query
    close: bool = True  # False: no nearer than items that have nothing in common; a label and never a cut


@dataclass(frozen=True, slots=True)
class SearchReply:
    """The hits, best first. ``queries`` are the files that were compared with; ``timings`` in seconds by stage.

    ``unreadable`` maps a dropped file that could not be used to its sentence (the rest still answers).
    """

    request: SimilarRequest
    kind: Kind
    space: str
    queries: tuple[Path, ...]
    hits: tuple[Hit, ...]
    seconds: float
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    unreadable: Mapping[Path, str] = field(default_factory=dict[Path, str])
    notes: tuple[str, ...] = ()
