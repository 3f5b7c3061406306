"""Whole tables out of a catalogue and into a new one: what backups are made of, and made into catalogues again."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from desktop_app.engine.catalog import migrations, vectors
from desktop_app.engine.catalog.connection import ArrowTable, Database
from desktop_app.errors import UnreadableFileError

BATCH: Final = 8_192
_NEVER: Final = ("schema_version",)  # written by the migrations themselves
_COMPUTED: Final = ("space", "waveform")  # with the vectors: can be computed again from the files
_BY_PAYLOAD: Final = ("analysis", "waveform")
_VECTORS: Final = re.compile(r"vector_([a-z][a-z0-9_]*)_(\d+)")

COUNTS: Final = {
    "items": "SELECT count(*) FROM item",
    "photos": "SELECT count(*) FROM item WHERE kind = 'photo'",
    "tracks": "SELECT count(*) FROM item WHERE kind = 'track'",
    "ratings": "SELECT count(*) FROM item WHERE rating > 0",
    "tags": "SELECT count(*) FROM tag",
    "playlists": "SELECT count(*) FROM playlist",
    "playlist_entries": "SELECT count(*) FROM playlist_entry",
}
"""What a backup says it holds, and what is counted again when it is restored."""


def counted(database: Database) -> dict[str, int]:
    """How much of everything there is, by the names of ``COUNTS``."""
    return {name: int(database.value(sql)) for name, sql in COUNTS.items()}


def tables_to_copy(database: Database, *, full: bool) -> list[str]:
    """Names of the tables that a backup holds, ``space`` before its vectors."""
    names = sorted(str(name) for (name,) in database.rows("SELECT table_name FROM duckdb_tables()"))
    kept = [name for name in names if name not in _NEVER]
    return kept if full else [name for name in kept if name not in _COMPUTED and not _VECTORS.fullmatch(name)]


def row_count(database: Database, table: str) -> int:
    """Of a table that ``tables_to_copy`` named."""
    return int(database.value(f"SELECT count(*) FROM {_quoted(table)}"))


def read_table(database: Database, table: str) -> Iterator[ArrowTable]:
    """All rows of a table that ``tables_to_copy`` named, in Arrow tables of one schema, at least one."""
    return database.batches(f"SELECT * FROM {_quoted(table)}", BATCH)


def create(path: Path, version: int) -> Database:
    """A new catalogue of an older or the present schema, to be filled."""
    database = Database(path)
    try:
        migrations.migrate(database, [step for step in migrations.steps() if step[0] <= version])
    except BaseException:
        database.close()
        raise
    return database


def fill(database: Database, table: str, batches: Iterable[ArrowTable]) -> int:
    """Put rows into a table of a new catalogue, instead of what is there; returns how many. Inside a transaction.

    Raises UnreadableFileError where there is no such table, or its columns are others.
    """
    if (found := _VECTORS.fullmatch(table)) is not None:
        vectors.create_table(database, found[1], int(found[2]))
    rows = 0
    try:
        database.run(f"DELETE FROM {_quoted(table)}")
        for batch in batches:
            with database.given(batch=batch):
                database.run(f"INSERT INTO {_quoted(table)} BY NAME SELECT * FROM batch")
            rows += batch.num_rows
    except (duckdb.Error, pa.ArrowException, ValueError) as error:
        raise UnreadableFileError(f"What is said to be the table {table[:40]} can't be one.") from error
    return rows


def carry_over(present: Database, restored: Database) -> None:
    """Give the restored catalogue what the present one has computed, and counters that never give an id twice.

    Both are of the present schema. Vectors, analyses and waveforms are known by payload hash, so those of files that
    the backup didn't know yet come along, too.
    """
    with restored.writing(counts=True):
        counters = present.table("SELECT name, value FROM counter")
        with restored.given(batch=counters):
            restored.run(
                "UPDATE counter SET value = greatest(counter.value, b.value) FROM batch b WHERE b.name = counter.name"
            )
        for batch in present.batches("SELECT hash FROM payload", BATCH):
            with restored.given(batch=batch):
                restored.run(
                    "INSERT INTO payload (id, hash) SELECT (SELECT value FROM counter WHERE name = 'payload') + "
                    "row_number() OVER (), hash FROM (SELECT hash FROM batch ANTI JOIN payload USING (hash))"
                )
            restored.run(
                "UPDATE counter SET value = greatest(value, (SELECT coalesce(max(id), 0) FROM payload)) "
                "WHERE name = 'payload'"
            )
        for table in _BY_PAYLOAD:
            _carry_rows(present, restored, table)
        for space, version, dtype, dim in present.rows("SELECT name, version, dtype, dim FROM space"):
            shape = restored.row("SELECT dtype, dim FROM space WHERE name = ? AND version = ?", [space, version])
            if shape is None:
                vectors.create_table(restored, space, version)
                restored.run("INSERT INTO space VALUES (?, ?, ?, ?)", [space, version, dtype, dim])
            elif shape != (dtype, dim):
                continue
            _carry_rows(present, restored, vectors.table_name(space, version))


def _carry_rows(present: Database, restored: Database, table: str) -> None:
    sql = f"SELECT p.hash, t.* EXCLUDE (payload_id) FROM {_quoted(table)} t JOIN payload p ON p.id = t.payload_id"
    for batch in present.batches(sql, BATCH):
        with restored.given(batch=batch):
            restored.run(
                f"INSERT INTO {_quoted(table)} BY NAME SELECT p.id AS payload_id, b.* EXCLUDE (hash) FROM batch b "
                f"JOIN payload p USING (hash) WHERE p.id NOT IN (SELECT payload_id FROM {_quoted(table)})"
            )


def skip_ids(database: Database) -> None:
    """Counters far beyond what was ever given: the catalogue that came after this one can't be asked any more."""
    with database.writing(counts=True):
        database.run("UPDATE counter SET value = value + 1000000000")


def _quoted(table: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table):
        raise ValueError(f"not a table: {table!r}")
    return f'"{table}"'
