"""The one lock of a library: whoever opens, restores, salvages or sets aside its catalogue takes it first.

DuckDB locks the file that it has open, which is no help while another file takes its place.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from desktop_app.errors import LibraryLockedError
from desktop_app.file_lock import FileLock


def lock_of(path: Path) -> Path:
    """The file beside a catalogue that is locked."""
    return path.with_name(path.name + ".lock")


def take(path: Path) -> FileLock:
    """The lock of the catalogue at ``path``, to be released. Raises LibraryLockedError where somebody has it.

    Raises LibraryUnavailableError where that can't be found out.
    """
    lock = FileLock(lock_of(path))
    if not lock.take():
        lock.release()
        raise LibraryLockedError(f"Akin is already open: another program is using the library in {path.parent}.")
    return lock


@contextmanager
def held(path: Path) -> Generator[None]:
    """While inside, nobody else opens the catalogue or puts another in its place. Raises LibraryLockedError."""
    lock = take(path)
    try:
        yield
    finally:
        lock.release()
