"""Files of an index: written whole or not at all, checked by checksum, numbered, described by a manifest."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from blake3 import blake3

from desktop_app.domain.spaces import SpaceSpec
from desktop_app.errors import KnownError, StorageFullError, is_full
from desktop_app.files import replacing

MANIFEST = "manifest.json"
FORMAT = 1
CHUNK = 8 << 20  # bytes read at a time for a checksum
FULL = "The disk is full: the search index could not be saved. Make room; nothing is lost, the next start makes it up."


class DamagedIndexError(Exception):
    """The files of an index can't be trusted; the text says why. It is rebuilt, nobody is told."""


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment's files: vectors and ids by number, removed rows by number and generation.

    With ``lists`` its vectors are in inverted lists; the rest then says how they are searched (see ``ivf.Tuning``).
    """

    number: int
    rows: int
    vectors_checksum: str
    ids_checksum: str
    dead: int = 0
    dead_generation: int = 0
    dead_checksum: str = ""
    lists: int = 0
    probes: int = 0
    recall: float = 1.0
    queries: int = 0
    trained: int = 0

    @property
    def vectors_name(self) -> str:
        """Of the vectors' file."""
        return f"{self.number:08d}.vectors"

    @property
    def ids_name(self) -> str:
        """Of the ids' file."""
        return f"{self.number:08d}.ids"

    @property
    def dead_name(self) -> str:
        """Of the file with the removed rows; none is written if none is removed."""
        return f"{self.number:08d}-{self.dead_generation:08d}.dead"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the files in an index's folder are."""

    space: str
    version: int
    metric: str
    dim: int  # of the vectors held: floats, or bytes
    generation: int
    sequence: int  # of the catalogue that these vectors are of
    count: int
    segments: tuple[SegmentEntry, ...] = ()

    def names(self) -> set[str]:
        """All files that belong to it."""
        names = {MANIFEST}
        for entry in self.segments:
            names |= {entry.vectors_name, entry.ids_name} | ({entry.dead_name} if entry.dead else set[str]())
        return names

    def check(self, spec: SpaceSpec) -> None:
        """DamagedIndexError unless it is of this very space."""
        if (self.space, self.version, self.metric, self.dim) != (spec.name, spec.version, spec.metric, spec.index_dim):
            raise DamagedIndexError(f"holds {self.space} version {self.version}")

    def write(self, folder: Path) -> None:
        """Replaces the folder's manifest; from then on its files are the index."""
        body = asdict(self)
        text = json.dumps({"format": FORMAT, "checksum": _checksum_of(body), **body}, indent=1)
        write_durably(folder / MANIFEST, lambda path: path.write_text(text, encoding="utf-8"))

    @classmethod
    def read(cls, folder: Path) -> "Manifest | None":
        """The folder's manifest, None if it has none; DamagedIndexError if it makes no sense."""
        try:
            body: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if body.pop("format") != FORMAT or body.pop("checksum") != _checksum_of(body):
                raise DamagedIndexError("the manifest is damaged or of another version")
            segments = tuple(SegmentEntry(**entry) for entry in body.pop("segments"))
            return cls(**body, segments=segments)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedIndexError("the manifest can't be read") from error


def _checksum_of(body: object) -> str:
    return blake3(json.dumps(body, sort_keys=True).encode()).hexdigest()


def checksum_steps(path: Path) -> Iterator[str | None]:
    """The checksum of a file as the last item; None after each chunk before."""
    digest = blake3()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            yield None
    yield digest.hexdigest()


def checksum(path: Path) -> str:
    """BLAKE3 of a file's bytes, in hex."""
    return next(step for step in checksum_steps(path) if step is not None)


def write_durably(path: Path, write: Callable[[Path], object], *, sync_folder: bool = True) -> None:
    """Have ``write`` make a temporary file, force it to disk, then rename it to ``path``.

    Without ``sync_folder`` the name is certain to last only once another file of the folder was written with it.
    StorageFullError or KnownError when that can't be; the old file is then still whole.
    """
    numbered = path.with_name(path.name + ".tmp")  # so that a commit knows whose it is, and leaves it alone
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, part=numbered, private=True, durable_name=sync_folder) as part:
            write(part)
    except OSError as error:
        if is_full(error):
            raise StorageFullError(FULL) from error
        raise KnownError(f"The search index can't be saved: {error}") from error


def remove_quietly(path: Path) -> bool:
    """Whether the file is gone; one that is still mapped stays on Windows and goes another time."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
