"""What DuckDB says of its file, in plain sentences."""

import shutil
from pathlib import Path
from typing import Final

import duckdb

from desktop_app.errors import (
    LibraryDamagedError,
    LibraryLockedError,
    LibraryUnavailableError,
    MemoryFullError,
    StorageFullError,
    is_full,
)

_LOCKED: Final = ("conflicting lock", "could not set lock", "being used by another process", "already open")
_FULL: Final = (
    "no space left",
    "disk full",
    "not enough space",
    "disk quota",
    "out of disk",
    "max_temp_directory_size",
)
_FAULTY: Final = (
    "corrupt",
    "not a valid duckdb",
    "checksum",
    "could not read enough bytes",
    "failed to deserialize",
    "failure while replaying",
    "serialization error",
)
_PREVENTED: Final = ("permission denied", "access is denied", "read-only file system", "read only")

_INVALIDATED: Final = "database has been invalidated"
_WRITING: Final = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException, OSError)
_NO_ROOM: Final = 1024 * 1024  # bytes; DuckDB takes them in blocks of 256 KiB


def translated(error: duckdb.Error | OSError, path: Path) -> Exception:
    """The error as the program speaks of it; a fault of ours stays what it is."""
    text = str(error).lower()
    full = StorageFullError(f"The disk of the library is full ({path.parent}). Make room; nothing saved is lost.")
    if any(sign in text for sign in _FULL) or is_full(error):
        return full
    if isinstance(error, duckdb.OutOfMemoryException):  # also while a log is replayed that is whole
        return MemoryFullError(
            f"That is too much at once for the library in {path.parent}. Do it in smaller parts, or when nothing else "
            "is under way; nothing was changed."
        )
    if any(sign in text for sign in _LOCKED):
        return LibraryLockedError(f"Akin is already open: another program is using the library in {path.parent}.")
    if any(sign in text for sign in _FAULTY):
        if "wal file" in text:
            return LibraryDamagedError(
                f"The last changes of the library can't be read: {path}.wal is damaged. It was left as it is.",
                in_log=True,
            )
        return LibraryDamagedError(f"The library is damaged: {path} can't be read. It was left as it is.")
    if any(sign in text for sign in _PREVENTED):
        return LibraryUnavailableError(f"The library in {path.parent} can't be written: permission denied.")
    if isinstance(error, _WRITING) and _has_no_room(path.parent):  # Windows says it in the user's language
        return full
    if has_stopped(error):
        return LibraryUnavailableError(f"The library in {path.parent} had to stop after a fault and must be reopened.")
    return error


def has_stopped(error: duckdb.Error | OSError) -> bool:
    """Whether DuckDB goes on only when it is opened again."""
    return isinstance(error, duckdb.FatalException) or _INVALIDATED in str(error).lower()


def _has_no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False
