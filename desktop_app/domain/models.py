"""Optional models that see what is in a photo: what there is, and how far a library has come with each."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ModelState(StrEnum):
    """Where a model stands in a library."""

    OFFERED = "offered"  # can be downloaded
    PARTIAL = "partial"  # a download was begun
    DOWNLOADING = "downloading"
    READY = "ready"  # on the disk, not used
    BUILDING = "building"  # photos are being described with it
    IN_USE = "in use"  # answers searches
    KEPT = "kept"  # another one answers; its vectors are kept


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a model is published. ``revision`` is a commit, or "main" where none is known beforehand.

    ``sha256``: (file, checksum) of what has to be in that commit.
    """

    name: str
    revision: str = "main"
    sha256: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A public model. ``repositories`` hold the same weights; the first that has them as safetensors is taken.

    ``text_repository`` holds a text encoder of its own, where words and pictures come from two networks.
    ``bytes`` and ``dim`` are those that its publisher states; what was downloaded is measured.
    """

    name: str
    title: str
    purpose: str
    licence: str
    dim: int
    side: int  # pixels that the network sees
    bytes: int
    cost: float  # of one picture, beside clip-ViT-B-32
    repositories: tuple[Repository, ...]
    text_repository: Repository | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """Measured on this machine: images a second, decoding included, and the seconds that the whole library takes."""

    images_per_second: float
    library_seconds: float
    images: int
    device: str
    dtype: str


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model as the list shows it. ``folder`` None: not on the disk; ``done`` of ``total`` photos are described."""

    name: str
    title: str
    purpose: str
    licence: str
    dim: int
    bytes: int
    state: ModelState
    reads_text: bool = True
    is_local: bool = False
    recommended: str = ""  # why, "" where it is not the one
    folder: Path | None = None
    done: int = 0
    total: int = 0
    speed: Speed | None = None

    @property
    def coverage(self) -> float:
        """0..1 of the photos that are described with it."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class ModelList:
    """All models, those on offer and the user's own. ``unavailable`` says why none can run, "" if they can."""

    models: tuple[ModelInfo, ...]
    unavailable: str = ""

    def named(self, name: str) -> ModelInfo | None:
        """The model of that name, whatever the case."""
        return next((model for model in self.models if model.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download has come, in bytes over all its files; ``file`` is the one at hand."""

    name: str
    done: int
    total: int
    file: str = ""
