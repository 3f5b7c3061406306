"""The schema's numbered steps. An existing file is copied before it is migrated; a newer one is left alone."""

import re
import shutil
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from desktop_app.engine.catalog.connection import Database
from desktop_app.errors import LibraryUnavailableError, StorageFullError

Step = tuple[int, str]


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


def open_current(path: Path, backups: Path, connect: Callable[[], Database], wanted: Sequence[Step]) -> Database:
    """The database at ``path`` in the newest schema. Raises LibraryUnavailableError, StorageFullError."""
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
            database.checkpoint()
            database.close()
            _copy(path, backups, version)
            database = connect()
        if version < newest:
            _migrate(database, [step for step in wanted if step[0] > version])
    except BaseException:
        database.close()
        raise
    return database


def _migrate(database: Database, missing: Sequence[Step]) -> None:
    with database.writing():
        database.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, applied_at DOUBLE NOT NULL)")
        for version, sql in missing:
            database.run(sql)
            database.run("INSERT INTO schema_version VALUES (?, ?)", [version, time.time()])


def _copy(path: Path, backups: Path, version: int) -> None:
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / f"{path.stem}-schema{version}-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}"
    try:
        shutil.copy2(path, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise StorageFullError(
            f"The library has to be updated, and could not be copied to {backups} first ({error.strerror})."
        ) from error


def set_aside(path: Path, backups: Path) -> Path:
    """Move a damaged catalogue and its log to ``backups``; returns where it went. Nothing is deleted."""
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / f"{path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}"
    shutil.move(path, target)
    log = path.with_name(path.name + ".wal")
    if log.exists():
        shutil.move(log, target.with_name(target.name + ".wal"))
    return target
