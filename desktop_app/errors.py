"""The two families of errors: the environment's, with a sentence for the user, and our own."""


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


class LibraryUnavailableError(KnownError):
    """The library is busy, locked, damaged or newer than this program."""

    exit_code = 4


class LibraryLockedError(LibraryUnavailableError):
    """Another process holds the library; it may be done in a moment."""


class StorageFullError(KnownError):
    """No room to write; nothing acknowledged is lost."""

    exit_code = 4


class BugError(Exception):
    """A promise of our own was broken; shown in the crash dialog, never swallowed."""
