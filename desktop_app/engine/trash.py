"""Moving originals to a trash: the port that is handed to the engine, and a plain folder as one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote_to_bytes

from desktop_app.errors import KnownError


class TrashPort(Protocol):
    """Where originals go that the user throws away; the one thing that ever touches them."""

    def move(self, path: Path) -> Path:
        """Move a file to the trash and say where it lies now. Raises KnownError where that can't be."""
        ...

    def restore(self, trashed: Path, original: Path) -> None:
        """Put it back. Raises KnownError where that can't be; never overwrites."""
        ...


def put_back(trashed: Path, original: Path) -> None:
    """Move a trashed file to where it was. Raises KnownError; never overwrites."""
    if original.exists():
        raise KnownError(f"{original} can't be put back: another file has taken its place.")
    try:
        original.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(trashed, original)
    except OSError as error:
        raise KnownError(f"{original.name} can't be put back from the trash: {error.strerror or error}.") from error


def found_in_trash(original: Path) -> Path | None:
    """Where a file lies now that was moved to the trash, the last of its place, by freedesktop.org's records.

    None where there is no record; Windows and macOS keep none that could be read.
    """
    found: list[tuple[float, Path]] = []
    for top, trash in _trashes(original):
        for record in (trash / "info").glob("*.trashinfo"):
            trashed = trash / "files" / record.stem
            try:
                if _recorded(record, top) == original and os.path.lexists(trashed):
                    found.append((record.stat().st_mtime, trashed))
            except OSError:
                continue  # thrown out meanwhile, or another user's
    return max(found, default=(0.0, None))[1]


def _trashes(original: Path) -> Iterator[tuple[Path, Path]]:
    """(what the records' relative paths begin at, the trash): the user's, and those of the file's drive."""
    if not hasattr(os, "getuid"):
        return
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    yield Path("/"), Path(data) / "Trash"
    for top in original.parents:
        if top.is_mount():
            yield top, top / ".Trash" / str(os.getuid())
            yield top, top / f".Trash-{os.getuid()}"
            return


def _recorded(record: Path, top: Path) -> Path | None:
    for line in record.read_bytes().splitlines():
        if line.startswith(b"Path="):
            return top / os.fsdecode(unquote_to_bytes(line[5:].strip()))
    return None


class FolderTrash:
    """A folder as the trash, for where the system has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def move(self, path: Path) -> Path:
        """Move a file into the folder under a free name."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            target = self._free_name(path.name)
            shutil.move(path, target)
        except OSError as error:
            raise KnownError(f"{path.name} can't be moved to the trash: {error.strerror or error}.") from error
        return target

    def restore(self, trashed: Path, original: Path) -> None:
        """Move it back."""
        put_back(trashed, original)

    def _free_name(self, name: str) -> Path:
        target, number = self._folder / name, 1
        while target.exists():
            number += 1
            target = self._folder / f"{Path(name).stem} {number}{Path(name).suffix}"
        return target
