"""Files that people name to be written: never in the place of an original, nor of anything else that isn't Akin's."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.engine.media.formats import kind_of_file
from desktop_app.errors import KnownError, StorageFullError, is_full

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader


def check_output(
    reader: "CatalogReader", path: Path, may_go: Callable[[Path], bool], otherwise: str = "Akin did not make"
) -> None:
    """Raises KnownError unless ``path`` is free, empty, or an earlier result of the same kind, as ``may_go`` finds;
    ``otherwise`` says what another file is.

    Never an item of the library, present or not, and never a photo or track in one of its folders, by whatever name or
    link it is reached.
    """
    real = Path(os.path.realpath(path))
    if reader.items_by_paths([path, real]):
        raise KnownError(f"{path} is in your library, and Akin never writes over what is. Choose another name.")
    try:
        status = real.stat()
    except FileNotFoundError:
        if not real.parent.is_dir():
            raise KnownError(f"There is no folder {real.parent}.") from None
        return
    except OSError as error:
        raise unwritable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise KnownError(f"{path} is a folder; name a file.")
    if not stat.S_ISREG(status.st_mode):
        raise KnownError(f"{path} is no file that could be written.")
    try:
        if _is_inside(real, [root.path for root in reader.roots()]) and kind_of_file(real) is not None:
            raise KnownError(
                f"{path} lies in a folder of your library, where Akin never writes over photos and tracks. Choose "
                "another name."
            )
        if status.st_size and not may_go(real):
            raise KnownError(f"There is another file at {path}, which {otherwise}: choose another name.")
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> KnownError:
    """The sentence for a file that people named and that can't be written; it may lie on any disk."""
    if is_full(error):
        return StorageFullError(
            f"The disk is full: {path} could not be written. Make room, or choose another place; nothing in the "
            "library is lost."
        )
    return KnownError(f"{path} can't be written: {(error.strerror or str(error)).lower()}.")


def _is_inside(path: Path, folders: list[Path]) -> bool:
    """Whether one of the folders is above ``path``, under whatever name the system knows it."""
    for folder in folders:
        if path.is_relative_to(folder):
            return True
        for above in path.parents:
            try:
                if above.samefile(folder):
                    return True
            except OSError:  # out of reach: then nothing in it is
                break
    return False
