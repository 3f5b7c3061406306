"""A catalogue whose log of the last changes is damaged: all that was written before the damaged place is kept."""

import re
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.replacing import dated, log_of
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryLockedError


def salvage(path: Path, backups: Path) -> Path:
    """Cut the log off where it is damaged, and open what is left; returns where the whole log is kept.

    The log is touched only after an opening has failed because of it, and while no other program can have the
    library open. Raises LibraryDamagedError if that doesn't help; then the log is as it was. Raises LibraryLockedError,
    and KnownError where the log is whole.
    """
    log = log_of(path)
    kept: Path | None = None
    seen = _stamp(log)
    try:
        while True:
            try:
                Database(path).close()
            except LibraryDamagedError as error:
                # DuckDB names the place. Each time it is an earlier one, at last the log's beginning.
                found = re.search(r"byte position (\d+)", str(error.__cause__))
                place = int(found[1]) if found else 0
                if not error.in_log:
                    raise
                with _held(path):
                    if seen is None or _stamp(log) != seen:
                        raise _in_use(path) from error  # somebody else has mended it, and may have gone on with it
                    if not 0 <= place < seen[0]:
                        raise
                    if kept is None:
                        backups.mkdir(parents=True, exist_ok=True)
                        kept = log_of(dated(backups, "damaged"))
                        shutil.copy2(log, kept)
                    with log.open("rb+") as file:
                        file.truncate(place)
                    seen = _stamp(log)
            else:
                break
    except BaseException:
        if kept is not None:
            with suppress(LibraryLockedError), _held(path):
                if _stamp(log) == seen:
                    shutil.copy2(kept, log)
                    kept.unlink()
        raise
    if kept is None:
        raise KnownError("The last changes of the library can be read: there is nothing to keep apart.")
    return kept


@contextmanager
def _held(path: Path) -> Generator[None]:
    """The lock that DuckDB takes on an open catalogue. Raises LibraryLockedError where another program has it.

    On Windows DuckDB shares its file with nobody, so having it open is enough.
    """
    try:
        file = path.open("rb+")
    except PermissionError as error:
        if sys.platform == "win32":
            raise _in_use(path) from error
        raise
    with file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError) as error:
                raise _in_use(path) from error
        yield


def _in_use(path: Path) -> LibraryLockedError:
    return LibraryLockedError(f"Akin is already open: another program is using the library in {path.parent}.")


def _stamp(log: Path) -> tuple[int, int] | None:
    """Size in bytes and time in ns; None where there is no log."""
    try:
        found = log.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns
