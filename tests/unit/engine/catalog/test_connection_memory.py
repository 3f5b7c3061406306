"""What DuckDB may use: little while it is read, more while it is written."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.engine.catalog.connection import Database, Memory
from desktop_app.errors import LibraryUnavailableError

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


def test_a_write_may_use_more_and_gives_it_back(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(LITTLE, MUCH))
    before = database.value("SELECT current_setting('memory_limit')")
    write_much(database)
    database.checkpoint()
    assert database.value("SELECT count(DISTINCT text) FROM word") == 600_000
    assert database.value("SELECT current_setting('memory_limit')") == before
    assert used(database) <= 32 * MB


def test_what_needs_more_still_changes_nothing_and_says_so(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(LITTLE, LITTLE))
    with pytest.raises(LibraryUnavailableError, match=r"Do it in smaller parts; nothing was changed\.$"):
        write_much(database)
    assert database.value("SELECT count(*) FROM duckdb_tables()") == 0
    with database.writing():
        database.run("CREATE TABLE word (text VARCHAR PRIMARY KEY)")


def test_a_write_that_is_taken_back_gives_it_back(opened: Callable[[Memory], Database]) -> None:
    database = opened(Memory(LITTLE, MUCH))
    before = database.value("SELECT current_setting('memory_limit')")

    def stopped() -> None:
        with database.writing():
            write_much(database)
            assert database.value("SELECT current_setting('memory_limit')") != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert database.value("SELECT current_setting('memory_limit')") == before
    assert used(database) <= 32 * MB
