"""What the engine asks of a worker for one file, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata

Vector = NDArray[np.float32] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class KnownHashes:
    """Content and payload hash of a file as long as it has this ``size`` and ``mtime_ns``."""

    size: int
    mtime_ns: int
    content: str
    payload: str


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file to read. Hashes are always computed; the rest as wanted.

    ``thumbnails`` is the folder of the thumbnail cache, None for no thumbnail. With ``want_vectors`` off
    the samples or pixels are not described (a known payload); a photo's thumbnail still is made. ``known``
    spares hashing the file again.
    """

    path: Path
    kind: Kind
    want_metadata: bool = True
    want_vectors: bool = True
    thumbnails: Path | None = None
    known: KnownHashes | None = None


@dataclass(frozen=True, slots=True)
class FileReading:
    """All that one file gave.

    ``size`` in bytes and ``mtime_ns`` are those of the file that was really read (stat of the open file), so that
    a file changing under the reader is noticed. ``vectors`` maps a space's name to its vector: float32 of
    the space's dimension, or packed uint8. A file that could not be read has ``problem``, a sentence for people,
    and no vectors; its hashes are there if its bytes could be read.
    """

    path: Path
    kind: Kind
    size: int
    mtime_ns: int
    content_hash: str | None
    payload_hash: str | None
    metadata: PhotoMetadata | TrackMetadata | None = None
    analysis: TrackAnalysis | None = None
    vectors: Mapping[str, Vector] = field(default_factory=dict[str, Vector])
    has_thumbnail: bool = False
    problem: str | None = None
    seconds: float = 0.0
