"""A catalogue whose log of the last changes is damaged: all that was written before the damaged place is kept."""

import re
import shutil
from pathlib import Path

from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.replacing import dated, log_of
from desktop_app.errors import LibraryDamagedError


def salvage(path: Path, backups: Path) -> Path:
    """Cut the log off where it is damaged, and open what is left; returns where the whole log is kept.

    Raises LibraryDamagedError if that doesn't help; then the log is as it was.
    """
    log = log_of(path)
    backups.mkdir(parents=True, exist_ok=True)
    kept = log_of(dated(backups, "damaged"))
    shutil.copy2(log, kept)
    try:
        while True:
            try:
                Database(path).close()
            except LibraryDamagedError as error:
                # DuckDB names the place. Each time it is an earlier one, at last the log's beginning.
                found = re.search(r"byte position (\d+)", str(error.__cause__))
                place = int(found[1]) if found else 0
                if not error.in_log or not 0 <= place < log.stat().st_size:
                    raise
                with log.open("rb+") as file:
                    file.truncate(place)
            else:
                return kept
    except BaseException:
        shutil.copy2(kept, log)
        kept.unlink()
        raise
