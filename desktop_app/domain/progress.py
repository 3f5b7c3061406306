"""How indexing goes, and what it came to."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """What the engine is busy with."""

    IDLE = "idle"
    PREPARING = "preparing"  # indexes are brought in line; similarity answers from what is there
    SAMPLES = "samples"  # writing the sample library's files
    SCANNING = "scanning"
    READING = "reading"
    SAVING = "saving"
    DOWNLOADING = "downloading"  # a model, in megabytes
    DESCRIBING = "describing"  # photos, with a model
    IDLE_WORK = "idle_work"  # waveforms, loudness
    BACKING_UP = "backing_up"
    RESTORING = "restoring"
    EXPORTING = "exporting"
    IMPORTING = "importing"
    CHECKING = "checking"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run. ``rate`` in files a second over the last seconds; ``seconds_left`` None if unknown."""

    phase: Phase
    done: int = 0
    total: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    current: Path | None = None
    problems: int = 0


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run came to, over the named roots; the counts of CLI ``index``.

    ``seen = photos + tracks + problems + ignored`` counts what is there now; ``added``, ``updated``, ``moved``,
    ``unchanged``, ``embedded`` are of this run.
    """

    roots: tuple[Path, ...] = ()
    seen: int = 0
    added: int = 0
    updated: int = 0
    moved: int = 0
    missing: int = 0
    offline: int = 0
    unchanged: int = 0
    embedded: int = 0
    problems: int = 0
    ignored: int = 0
    photos: int = 0
    tracks: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    notes: tuple[str, ...] = field(default=())
    closed: tuple[str, ...] = ()  # those notes that are about folders which could not be looked into
