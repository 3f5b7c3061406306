"""Whole tables out of a catalogue and into a new one: what backups are made of, and made into catalogues again."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from desktop_app.engine.catalog import counters, migrations, vectors
from desktop_app.engine.catalog.connection import ArrowTable, Database
from desktop_app.errors import UnreadableFileError

BATCH: Final = 8_192
MOST_ID: Final = 200_000_000
"""No library has given so many numbers; arrays are as long as the highest, and the window takes 31 bits."""
SKIPPED: Final = 1_000_000
"""More than is given between two backups, as a rule; nothing that is kept outside the catalogue goes by older ones."""
_NEVER: Final = ("schema_version",)  # written by the migrations themselves
_COMPUTED: Final = ("space", "waveform")  # with the vectors: can be computed again from the files
_BY_PAYLOAD: Final = ("analysis", "waveform")
_VECTORS: Final = re.compile(r"vector_([a-z][a-z0-9_]*)_(\d+)")

_COLUMNS: Final = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND NOT internal"

COUNTS: Final = {
    "items": "SELECT count(*) FROM item",
    "photos": "SELECT count(*) FROM item WHERE kind = 'photo'",
    "tracks": "SELECT count(*) FROM item WHERE kind = 'track'",
    "ratings": "SELECT count(*) FROM item WHERE rating > 0",
    "tags": "SELECT count(*) FROM tag",  # of one on three photos, three
    "tag_names": "SELECT count(DISTINCT strip_accents(lower(name))) FROM tag",
    "tagged": "SELECT count(DISTINCT item_id) FROM tag",
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
        columns = [str(name) for (name,) in database.rows(_COLUMNS, [table])]
        for batch in batches:
            if sorted(batch.schema.names) != sorted(columns):  # DuckDB would fill in what is not there
                raise ValueError(f"columns {batch.schema.names}, not {columns}")
            with database.given(batch=batch):
                database.run(f"INSERT INTO {_quoted(table)} BY NAME SELECT * FROM batch")
            rows += batch.num_rows
    except (duckdb.Error, pa.ArrowException, ValueError) as error:
        raise UnreadableFileError(f"What is said to be the table {table[:40]} can't be one.") from error
    return rows


def check_numbers(database: Database, source: Path) -> None:
    """Whether every number may be one that a library gave. A counter that lags behind is brought up to its table.

    Raises UnreadableFileError.
    """
    found = database.rows("SELECT name, value FROM counter")
    values = {str(name): int(value) for name, value in found}
    sound = len(found) == len(values) and {*counters.COUNTED, "sequence"} <= set(values)
    sound = sound and all(0 <= value <= MOST_ID for name, value in values.items() if name != "sequence")
    columns = database.rows(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'BIGINT' AND NOT internal "
        "AND (column_name IN ('id', 'companion_of') OR ends_with(column_name, '_id'))"
    )
    for table, column in columns if sound else ():
        name = _quoted(column)
        sql = f"SELECT coalesce(min({name}) >= 0 AND max({name}) <= {MOST_ID}, true) FROM {_quoted(table)}"
        sound = sound and bool(database.value(sql))
    if not sound:
        raise UnreadableFileError(f"{source.name} holds numbers that no library has. Nothing was changed.")
    counters.bring_up(database)


def begin_anew(database: Database, present: Database | None) -> None:
    """A restored catalogue is none of which there are indexes: neither the one backed up nor the present one."""
    sql = "SELECT value FROM counter WHERE name = 'sequence'"
    known = [int(each.value(sql)) for each in (database, present) if each is not None]
    with database.writing():
        database.run("UPDATE counter SET value = ? WHERE name = 'sequence'", [migrations.new_sequence(known)])


def carry_over(present: Database, restored: Database) -> None:
    """Give the restored catalogue what the present one has computed, and counters that never give an id twice.

    Both are of the present schema. Vectors, analyses and waveforms are known by payload hash, so those of files that
    the backup didn't know yet come along, too.
    """
    with restored.writing(counts=True):
        with restored.given(batch=present.table("SELECT name, value FROM counter")):
            restored.run(
                "UPDATE counter SET value = greatest(counter.value, b.value) FROM batch b "
                "WHERE b.name = counter.name AND b.name <> 'sequence'"
            )
        with restored.given(theirs=present.table("SELECT id, hash FROM payload")):
            restored.run(
                "INSERT INTO payload (id, hash) SELECT (SELECT value FROM counter WHERE name = 'payload') + "
                "row_number() OVER (), hash FROM (SELECT DISTINCT hash FROM theirs ANTI JOIN payload USING (hash))"
            )
            restored.run(
                "UPDATE counter SET value = greatest(value, (SELECT coalesce(max(id), 0) FROM payload)) "
                "WHERE name = 'payload'"
            )
            restored.run(
                "CREATE TEMP TABLE numbers AS SELECT min(t.id) AS id, p.id AS now FROM theirs t "
                "JOIN payload p USING (hash) GROUP BY p.id"
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
        restored.run("DROP TABLE numbers")
        restored.run("DROP TABLE IF EXISTS lacking")


def _carry_rows(present: Database, restored: Database, table: str) -> None:
    """Of the payloads that have none yet; by the present one's numbers, which ``numbers`` translates."""
    name = _quoted(table)
    restored.run(
        f"CREATE OR REPLACE TEMP TABLE lacking AS FROM numbers WHERE now NOT IN (SELECT payload_id FROM {name})"
    )
    for batch in read_table(present, table):
        with restored.given(batch=batch):
            restored.run(
                f"INSERT INTO {name} BY NAME SELECT l.now AS payload_id, b.* EXCLUDE (payload_id) FROM batch b "
                "JOIN lacking l ON l.id = b.payload_id"
            )


def skip_ids(database: Database) -> None:
    """Counters beyond what was given since: the catalogue that came after this one can't be asked any more."""
    with database.writing(counts=True):
        database.run("UPDATE counter SET value = value + ? WHERE name <> 'sequence'", [SKIPPED])


def _quoted(table: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table):
        raise ValueError(f"not a table: {table!r}")
    return f'"{table}"'
