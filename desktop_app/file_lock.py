"""A file as a lock between programs: one holds it at a time, and the system frees it when that one ends, however."""

import errno
import os
import sys
from pathlib import Path
from typing import IO, Final

from desktop_app.errors import LibraryUnavailableError, StorageFullError, refused_by_system
from desktop_app.paths import PRIVATE_FILE

_NO_FILE_THERE: Final = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP,
    errno.ENAMETOOLONG, errno.EINVAL,
)  # fmt: skip
_NO_LOCKS_THERE: Final = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)


class FileLock:
    """Nothing is written to the file, and it is never removed: whoever came in between would lock another one.

    Where no file can be made, or the file system knows no locks, everybody gets it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Whether this one now has it, without waiting. Not for one that has it already.

        Raises LibraryUnavailableError where that can't be found out: somebody else may have it; StorageFullError where
        there is no file, so that nobody has it, and no room to make one.
        """
        try:
            if self._file is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+b")
        except OSError as error:
            if error.errno in _NO_FILE_THERE:
                return True  # a folder that can't be written: whoever then writes there says what is wrong with it
            full = refused_by_system(error)
            if isinstance(full, StorageFullError) and self._is_missing():
                raise full from error
            raise self._unknown(error) from error
        try:
            return _locked(self._file)
        except OSError as error:
            if error.errno in _NO_LOCKS_THERE:
                return True
            self.release()
            raise self._unknown(error) from error

    def release(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_missing(self) -> bool:
        try:
            self._path.lstat()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return False

    def _unknown(self, error: OSError) -> LibraryUnavailableError:
        reason = (error.strerror or str(error)).lower()
        return LibraryUnavailableError(
            f"Akin can't find out whether another program uses the library in {self._path.parent}: {reason}. "
            "Try again in a moment."
        )


def _locked(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
