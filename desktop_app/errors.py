"""The two families of errors: the environment's, with a sentence for the user, and our own."""

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.domain.changes import ChangeSet

FAULT = "This went wrong because of a fault in Akin; it is in the log (Help ▸ Show Log)."
"""What people read where a fault of ours stood in their way."""


class KnownError(Exception):
    """Something the user or the system can mend; ``str(error)`` is the sentence they read.

    ``exit_code`` is what the command line ends with (see its contract): 3 the input can't be used, 4 the library is
    busy, locked, damaged or newer than this program.
    """

    exit_code = 3

    @property
    def user_text(self) -> str:
        """The plain sentence."""
        return str(self)


class UsageError(KnownError):
    """Wrong options or a malformed query."""

    exit_code = 2


class QueryError(UsageError):
    """The search text can't be understood; ``position`` is the offending character's offset in it."""

    def __init__(self, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.position = position


class UnreadableFileError(KnownError):
    """A file that can't be used; the text says why."""


class PartlyDoneError(KnownError):
    """Not all of an edit could be done, or taken back; ``change`` is what was."""

    def __init__(self, text: str, change: "ChangeSet") -> None:
        super().__init__(text)
        self.change = change


class LibraryUnavailableError(KnownError):
    """The library is busy, locked, damaged or newer than this program."""

    exit_code = 4


class LibraryLockedError(LibraryUnavailableError):
    """Another process holds the library; it may be done in a moment."""


class LibraryClosedError(LibraryUnavailableError):
    """It was closed, or another put in its place, while something went on."""

    def __init__(self, text: str = "The library was closed before this was done. Try again.") -> None:
        super().__init__(text)


class LibraryDamagedError(LibraryUnavailableError):
    """What the catalogue's file holds is not what was written; a backup can be brought back.

    ``in_log``: only in the log of the last changes, and what was written before them can be kept.
    """

    def __init__(self, text: str, *, in_log: bool = False) -> None:
        super().__init__(text)
        self.in_log = in_log


class StorageFullError(KnownError):
    """No room to write; nothing acknowledged is lost."""

    exit_code = 4


class MemoryFullError(StorageFullError):
    """The catalogue may not use as much memory as that takes; nobody's data is at fault."""


_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # Windows has no quotas of this kind
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENAMETOOLONG)


def is_full(error: BaseException) -> bool:
    """Whether the system has no room left: on the disk, or for this user."""
    return isinstance(error, OSError) and error.errno in _FULL


def refused_by_system(error: BaseException) -> KnownError | None:
    """What the system refused as the user's sentence; None for any other error, which is a fault of ours."""
    if not isinstance(error, OSError) or error.errno not in (*_FULL, *_REFUSED):
        return None
    where = f" ({error.filename})" if error.filename else ""
    if is_full(error):
        return StorageFullError(f"The disk is full{where}. Make room; nothing saved is lost.")
    return KnownError(f"The system refuses this: {(error.strerror or str(error)).lower()}{where}.")


class BugError(Exception):
    """A promise of our own was broken; shown in the crash dialog, never swallowed."""
