"""One window per library: a lock that its process holds from the very start, before anything answers at its socket."""

import time
from collections.abc import Sequence
from pathlib import Path

from desktop_app.errors import LibraryLockedError, StorageFullError
from desktop_app.file_lock import FileLock
from desktop_app.paths import Profile

NAME = "window.lock"
WAIT_SECONDS = 30.0
"""How long a second start waits for a window that is opening or closing."""
LOOK_SECONDS = 0.05


class WindowLock(FileLock):
    """Where it can't be had for want of a folder or of room, opening the library says in the window what is wrong."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile.directory / NAME)

    def take(self) -> bool:
        """Whether this process is the window. Raises LibraryUnavailableError where that can't be found out."""
        try:
            return super().take()
        except StorageFullError:
            return True


def handed_over(profile: Profile, files: Sequence[Path], lock: WindowLock) -> bool:
    """Give ``files`` to the window of this library; False where there is none, and ``lock`` is this process's.

    A window that is just opening is waited for, and one that is just closing, whose place is then free.
    Raises LibraryLockedError where a window neither answers nor ends.
    """
    from desktop_app.engine.request_server import hand_over

    end = time.monotonic() + WAIT_SECONDS
    while not hand_over(profile.window_address, files):
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
