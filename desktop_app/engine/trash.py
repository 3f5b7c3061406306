"""Moving originals to a trash: the port that is handed to the engine, and the records that a system's trash keeps."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote_to_bytes

from desktop_app.engine.media.hashing import content_hash
from desktop_app.errors import KnownError


class TrashPort(Protocol):
    """Where originals go that the user throws away; the one thing that ever touches them."""

    def move(self, path: Path) -> Path:
        """Move a file to the trash and say where it lies now. Raises KnownError where that can't be."""
        ...

    def restore(self, trashed: Path, original: Path) -> None:
        """Put it back. Raises KnownError where that can't be; never overwrites."""
        ...


class LastRead(Protocol):
    """What a file was when it was last read (0 or None: unknown)."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    @property
    def mtime_ns(self) -> int:
        """In nanoseconds."""
        ...

    @property
    def content_hash(self) -> str | None:
        """Of all its bytes."""
        ...


def is_file_of(known: LastRead, path: Path) -> bool:
    """Whether the file at ``path`` is the one that was read: by size and time, else by content. Raises OSError."""
    status = path.stat()
    if known.size in (0, status.st_size) and known.mtime_ns in (0, status.st_mtime_ns):
        return True
    if status.st_size != known.size:
        return False
    with path.open("rb") as file:
        return content_hash(file) == known.content_hash


def put_back(trashed: Path, original: Path) -> None:
    """Move a trashed file to where it was. Raises KnownError; never overwrites."""
    if os.path.lexists(original):
        raise KnownError(f"{original} can't be put back: another file has taken its place.")
    if not os.path.lexists(trashed):  # asked first: no folder is made in the empty mount point of a drive that is away
        raise KnownError(f"{original.name} can't be put back from the trash: it does not lie at {trashed} any more.")
    try:
        original.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(trashed, original)
    except OSError as error:
        raise KnownError(f"{original.name} can't be put back from the trash: {error.strerror or error}.") from error


class TrashRecords:
    """What freedesktop.org's trashes say of where files lay: each is read once, when it is first asked.

    Windows and macOS keep no records that could be read.
    """

    def __init__(self) -> None:
        self._read: dict[Path, dict[Path, list[tuple[float, Path]]]] = {}
        self._tops: dict[Path, Path] = {}

    def place_of(self, original: Path) -> Path | None:
        """Where a file lies now that was moved to the trash, the last one of its place; None where none is known."""
        found = [
            (moved_at, trashed)
            for top, trash in self._trashes(original)
            for moved_at, trashed in self._records(top, trash).get(original, ())
            if os.path.lexists(trashed)
        ]
        return max(found, default=(0.0, None))[1]

    def _trashes(self, original: Path) -> Iterator[tuple[Path, Path]]:
        """(what the records' relative paths begin at, the trash): the user's, and those of the file's drive."""
        if not hasattr(os, "getuid"):
            return
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        yield Path("/"), Path(data) / "Trash"
        folder = original.parent
        if folder not in self._tops:
            self._tops[folder] = next(top for top in original.parents if os.path.ismount(top) or top == top.parent)
        top = self._tops[folder]
        yield top, top / ".Trash" / str(os.getuid())
        yield top, top / f".Trash-{os.getuid()}"

    def _records(self, top: Path, trash: Path) -> dict[Path, list[tuple[float, Path]]]:
        if trash not in self._read:
            known: dict[Path, list[tuple[float, Path]]] = {}
            for record in (trash / "info").glob("*.trashinfo"):
                try:
                    original, moved_at = _recorded(record, top), record.stat().st_mtime
                except OSError:
                    continue  # thrown out meanwhile, or another user's
                if original is not None:
                    known.setdefault(original, []).append((moved_at, trash / "files" / record.stem))
            self._read[trash] = known
        return self._read[trash]


def _recorded(record: Path, top: Path) -> Path | None:
    for line in record.read_bytes().splitlines():
        if line.startswith(b"Path="):
            return top / os.fsdecode(unquote_to_bytes(line[5:].strip()))
    return None
