"""One window per library: a lock that its process holds from the very start, before anything answers at its socket."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from desktop_app.errors import LibraryLockedError
from desktop_app.paths import Profile

NAME = "window.lock"
WAIT_SECONDS = 30.0
"""How long a second start waits for a window that is opening or closing."""
LOOK_SECONDS = 0.05


class WindowLock:
    """Freed by the system when its process ends, however that is. Where a file can't be locked, everybody gets it."""

    def __init__(self, profile: Profile) -> None:
        self._path = profile.directory / NAME
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Whether this process now has it."""
        try:
            if self._file is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = self._path.open("ab")
        except OSError:
            return True  # opening the library will say what is wrong with the folder
        return _locked(self._file)

    def release(self) -> None:
        """Let the next window open."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    """Lock an open file without waiting; True also where the file system knows no locks."""
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
    except OSError:
        return True
    return True


def handed_over(profile: Profile, files: Sequence[Path], lock: WindowLock) -> bool:
    """Give ``files`` to the window of this library; False where there is none, and ``lock`` is this process's.

    A window that is just opening is waited for, and one that is just closing, whose place is then free.
    Raises LibraryLockedError where a window neither answers nor ends.
    """
    from desktop_app.engine.request_server import hand_over

    end = time.monotonic() + WAIT_SECONDS
    while not hand_over(profile.address, files):
        if lock.take():
            return False
        if time.monotonic() > end:
            raise LibraryLockedError(
                f"Akin is already open on the library in {profile.directory}, and its window does not answer. "
                "Close it and try again."
            )
        time.sleep(LOOK_SECONDS)
    lock.release()
    return True
