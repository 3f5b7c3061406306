"""Moving originals to a trash: the port that is handed to the engine, and a plain folder as one."""

import shutil
from pathlib import Path
from typing import Protocol

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
