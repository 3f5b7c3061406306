"""The schema's numbered steps. An existing file is backed up before it is migrated; a newer one is left alone."""

import re
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from importlib.resources import files
from pathlib import Path

from desktop_app.domain.ids import SEQUENCE_BITS
from desktop_app.engine.catalog.connection import Database
from desktop_app.errors import LibraryUnavailableError

Step = tuple[int, str]
Keep = Callable[[Database], object]


def steps() -> list[Step]:
    """The steps in order: (version, SQL)."""
    found: list[Step] = []
    for entry in files("desktop_app.engine.catalog").joinpath("schema").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", entry.name):
            found.append((int(match.group(1)), entry.read_text(encoding="utf-8")))
    return sorted(found)


def schema_version(database: Database) -> int:
    """The version the file was brought to; 0 for an empty one. Raises LibraryUnavailableError for a foreign file."""
    tables = {row[0] for row in database.rows("SELECT table_name FROM duckdb_tables()")}
    if not tables:
        return 0
    if "schema_version" not in tables:
        raise LibraryUnavailableError(f"{database.path} is a database of another program.")
    return int(database.value("SELECT coalesce(max(version), 0) FROM schema_version"))


def create(path: Path, connect: Callable[[Path], Database]) -> None:
    """Make an empty catalogue at ``path``, which is there whole or not at all, whenever this is stopped.

    Raises StorageFullError, LibraryUnavailableError.
    """
    making = path.with_name(f"{path.name}.making")
    for left in (making, Path(f"{making}.wal")):
        left.unlink(missing_ok=True)
    database = connect(making)
    try:
        migrate(database, steps())
    finally:
        database.close()
    making.replace(path)


def open_current(path: Path, keep: Keep, connect: Callable[[], Database], wanted: Sequence[Step]) -> Database:
    """The database at ``path`` in the newest schema; ``keep`` copies an older one before it is changed.

    Raises LibraryUnavailableError, and what ``keep`` raises; then the file is as it was.
    """
    newest = wanted[-1][0]
    database = connect()
    try:
        version = schema_version(database)
        if version > newest:
            raise LibraryUnavailableError(
                f"The library in {path.parent} was made by a newer Akin (its format is {version}, this program knows "
                f"{newest}). Update Akin to open it; nothing was changed."
            )
        if 0 < version < newest:
            keep(database)
        if version < newest:
            migrate(database, [step for step in wanted if step[0] > version])
    except BaseException:
        database.close()
        raise
    return database


def migrate(database: Database, missing: Sequence[Step]) -> None:
    """Carry out these steps in one transaction."""
    with database.writing():
        database.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, applied_at DOUBLE NOT NULL)")
        for version, sql in missing:
            database.run(sql)
            database.run("INSERT INTO schema_version VALUES (?, ?)", [version, time.time()])
            if version == 1:  # so that an index of another library, or of a lost one, is never taken for this one's
                database.run("UPDATE counter SET value = ? WHERE name = 'sequence'", [new_sequence()])


def new_sequence(unlike: Collection[int] = ()) -> int:
    """Where the sequence of a catalogue begins that is none of those with these sequences: its high bits are other."""
    taken = {0, *(sequence >> SEQUENCE_BITS for sequence in unlike)}  # 0: libraries of the first versions
    while (high := secrets.randbelow(1 << 20)) in taken:
        pass
    return high << SEQUENCE_BITS
