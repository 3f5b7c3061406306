"""What DuckDB may use, and what of it it keeps at rest."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from desktop_app.engine.catalog import checks, connection
from desktop_app.engine.catalog.connection import Database, Memory
from desktop_app.engine.catalog.database_errors import translated
from desktop_app.errors import MemoryFullError

MB = 1_000_000
LITTLE, MUCH = "32MB", "400MB"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[Memory], Database]]:
    databases: list[Database] = []

    def new(memory: Memory) -> Database:
        databases.append(Database(tmp_path / f"{len(databases)}.duckdb", memory))
        return databases[-1]

    yield new
    for database in databases:
        database.close()


def write_much(database: Database) -> None:
    """An index of so many texts is held in memory until it is committed."""
    with database.writing():
        database.run("CREATE TABLE word (text VARCHAR PRIMARY KEY)")
        database.run("INSERT INTO word SELECT md5(range::VARCHAR) FROM range(600_000)")


def used(database: Database) -> int:
    return int(database.value("SELECT sum(memory_usage_bytes) FROM duckdb_memory()"))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rest is long enough."""
    monkeypatch.setattr(connection, "_REST", 0.0)


def write_noise(database: Database) -> None:
    """Numbers that can't be packed, 48 MB."""
    with database.writing():
        database.run("CREATE TABLE noise AS SELECT random() a, random() b FROM range(3_000_000)")
    database.checkpoint()


def read_noise(database: Database) -> None:
    database.rows("SELECT sum(a), sum(b) FROM noise")


@pytest.mark.parametrize("kept", [LITTLE, MUCH])
def test_what_was_read_is_given_back(opened: Callable[[Memory], Database], kept: str) -> None:
    database = opened(Memory(MUCH, kept))
    before = database.value("SELECT current_setting('memory_limit')")
    write_noise(database)
    read_noise(database)
    assert database.value("SELECT current_setting('memory_limit')") == before
    assert (used(database) <= 32 * MB) is (kept == LITTLE)


def test_nothing_is_taken_from_who_still_reads(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(MUCH, LITTLE))
    write_noise(database)
    reading = database.batches("SELECT * FROM range(100_000)", 1_000)
    next(reading)
    with ThreadPoolExecutor(1) as other:
        other.submit(read_noise, database).result()
        assert other.submit(used, database).result() > 32 * MB
        reading.close()
        assert other.submit(used, database).result() <= 32 * MB


def test_what_needs_more_still_changes_nothing_and_says_so(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(LITTLE, LITTLE))
    with pytest.raises(MemoryFullError, match=r"Do it in smaller parts, .*; nothing was changed\.$"):
        write_much(database)
    assert database.value("SELECT count(*) FROM duckdb_tables()") == 0
    with database.writing():
        database.run("CREATE TABLE word (text VARCHAR PRIMARY KEY)")


def test_what_a_write_that_is_taken_back_filled_is_given_back(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(MUCH, LITTLE))

    def stopped() -> None:
        with database.writing():
            write_much(database)
            assert used(database) > 32 * MB
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert used(database) <= 32 * MB


def test_a_catalogue_that_takes_more_to_read_is_not_called_damaged(
    opened: Callable[[Memory], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(Memory())

    def run(_sql: str) -> None:
        raise translated(duckdb.OutOfMemoryException("could not allocate block"), database.path)

    with database.writing():
        database.run("CREATE TABLE word (text VARCHAR)")
    monkeypatch.setattr(database, "run", run)
    with pytest.raises(MemoryFullError):
        checks.readable(database)


def test_a_write_whose_end_is_interrupted_too_is_over(
    opened: Callable[[Memory], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a second Ctrl+C: else all that is written after it would never be committed."""
    database = opened(Memory())
    with database.writing():
        database.run("CREATE TABLE word (text VARCHAR)")

    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    def stopped() -> None:
        with database.writing():
            database.run("INSERT INTO word VALUES ('taken back')")
            patched.setattr(database, "_roll_back", interrupted)
            raise ValueError

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        stopped()
    with database.writing():
        database.run("INSERT INTO word VALUES ('kept')")
    database.close()
    again = Database(database.path)
    kept = again.rows("SELECT text FROM word")
    again.close()
    assert kept == [("kept",)]
