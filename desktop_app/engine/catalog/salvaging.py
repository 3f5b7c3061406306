"""A catalogue whose log of the last changes is damaged: all that was written before the damaged place is kept."""

import re
import shutil
from pathlib import Path

from desktop_app.engine.catalog import copying
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.replacing import log_of
from desktop_app.errors import KnownError, LibraryDamagedError


def without_damage(path: Path, folder: Path) -> Path:
    """A copy in ``folder`` of the catalogue and of its log up to where that is damaged; the two are only read.

    Raises LibraryDamagedError where that doesn't help, LibraryLockedError, KnownError where the log is whole, OSError.
    """
    damage = _damage(path)
    fresh = folder / path.name
    shutil.copyfile(path, fresh)
    shutil.copyfile(log_of(path), log_of(fresh))
    database = _opened(fresh, damage)
    try:
        copying.begin_anew(database, None)  # what was cut off had numbers of the sequence that are given again
        database.checkpoint()
    finally:
        database.close()
    return fresh


def _damage(path: Path) -> LibraryDamagedError:
    try:
        Database(path).close()
    except LibraryDamagedError as error:
        if not error.in_log:
            raise
        return error
    raise KnownError("The last changes of the library can be read: there is nothing to keep apart.")


def _opened(fresh: Path, damage: LibraryDamagedError) -> Database:
    """Cut the log where DuckDB says that it can't be read: each time an earlier place, at last the log's beginning."""
    found: LibraryDamagedError = damage
    while True:
        named = re.search(r"byte position (\d+)", str(found.__cause__))
        place = int(named[1]) if named else 0
        log = log_of(fresh)
        if not found.in_log or not log.exists() or place >= log.stat().st_size:
            raise damage
        with log.open("rb+") as file:
            file.truncate(place)
        try:
            return Database(fresh)
        except LibraryDamagedError as error:
            found = error
