"""The DuckDB file: opening it safely, one writer, a cursor per reading thread, errors in plain sentences."""

import os
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.engine.catalog.database_errors import has_stopped, translated
from desktop_app.engine.catalog.statements import Statements
from desktop_app.errors import (
    BugError,
    KnownError,
    LibraryClosedError,
    LibraryLockedError,
    LibraryUnavailableError,
)

Row = tuple[Any, ...]
ArrowTable = Any  # pyarrow has no annotations: pa.Table
ArrowArray = Any  # pa.Array, pa.ChunkedArray
ArrowType = Any  # pa.DataType
T = TypeVar("T")

NO_ID: Final = 2**63 - 1
"""Greater than any id."""

_FEW_IDS: Final = 4  # beyond, DuckDB is slower with constants than with a table of them

_THREADS: Final = 2
_REST: Final = 0.25  # seconds at least from one look at what DuckDB keeps to the next; a look takes as many ms

_open_files: set[Path] = set()  # DuckDB would let one process open a file twice and share it
_open_files_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Memory:
    """What DuckDB may use, in its own words, and what it keeps of it at rest: else all blocks that it has read, until
    it comes to the limit. Some things need much at once, since not all can go on in files: to bring back a million
    items in one transaction takes 512 MB, several readers of vectors beside each other more than 256."""

    most: str = "768MB"
    kept: str = "256MB"


class Database:
    """An open catalogue file. Writes go through ``writing``; reads are safe from any thread and never wait."""

    def __init__(self, path: Path, memory: Memory = Memory()) -> None:
        self.path: Final = path
        self._memory: Final = memory
        self._config: Final[dict[str, str | bool | int | float | list[str]]] = {
            "memory_limit": memory.most,
            "threads": _THREADS,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_access": False,  # no other file and no network, whatever the SQL says
        }
        self._key: Final = Path(os.path.realpath(path))
        self._lock = threading.RLock()
        self._local = threading.local()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._depth = 0
        self._begun = False
        self._given_back = 0.0  # when, on the monotonic clock
        self._bump = False
        self.on_stopped: Callable[[], object] = lambda: None
        """Called, by whatever thread meets it, after a fault that DuckDB goes on from only when opened again."""
        self._derived: dict[str, tuple[int, object]] = {}
        self._deriving = threading.Lock()
        self.writer_memory: dict[str, object] = {}  # what the writing thread remembers while the file is open
        self.transaction_memory: dict[str, int] = {}  # payloads' numbers that the present transaction has met
        self.transaction_tables: set[str] = set()  # of vectors, that the present transaction has written to
        self._first_taken: dict[str, int] = {}  # by counter, in the present transaction
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._spawner: duckdb.DuckDBPyConnection | None = None  # runs nothing, so making a cursor waits for no write
        self._spawning = threading.Lock()
        self._statements: Final = Statements()
        self._connect()

    def _connect(self) -> None:
        with _open_files_lock:
            if self._key in _open_files:
                raise LibraryLockedError(f"Akin is already open on the library in {self.path.parent}.")
            _open_files.add(self._key)
        try:
            self._connection = duckdb.connect(str(self.path), config=self._config)
        except (duckdb.Error, OSError) as error:
            self._release()
            found = translated(error, self.path)
            if isinstance(found, KnownError):
                raise found from error
            raise LibraryUnavailableError(f"The library can't be opened: {self.path} ({error}).") from error
        self._spawner = self._connection.cursor()
        self._statements.begin()
        self.writer_memory.clear()

    def _release(self) -> None:
        with _open_files_lock:
            _open_files.discard(self._key)

    def close(self) -> None:
        """Close every cursor and the file, once the statements of other threads have given up. Harmless when closed."""
        with self._lock:
            if self._connection is None:
                return
            self._statements.end(self._interrupt)
            with self._spawning:
                spawner, self._spawner = self._spawner, None
                cursors = [*self._cursors, spawner]
            for cursor in cursors:
                if cursor is not None:
                    with suppress(duckdb.Error):
                        cursor.close()
            self._local = threading.local()  # let go of the cursors of all threads
            connection, self._connection = self._connection, None
            self._depth = 0
            try:
                connection.close()
            except duckdb.Error as error:
                raise translated(error, self.path) from error
            finally:
                self._release()

    def _interrupt(self) -> None:
        with self._spawning:
            cursors = list(self._cursors)
        for cursor in cursors:
            with suppress(duckdb.Error):
                cursor.interrupt()

    def _translated(self, error: duckdb.Error | OSError) -> Exception:
        if has_stopped(error):
            self.on_stopped()
        return translated(error, self.path)

    def _own(self) -> duckdb.DuckDBPyConnection:
        """The connection of this thread: the writing one inside its own transaction, else a cursor of its own."""
        if self._depth and getattr(self._local, "writes", False):
            assert self._connection is not None
            return self._connection
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._spawning:
                if self._spawner is None:
                    raise LibraryClosedError
                cursor = self._spawner.cursor()
                self._cursors.add(cursor)
            self._local.cursor = cursor
        return cursor

    def _writer(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise LibraryClosedError
        return self._connection

    @contextmanager
    def _statement(self) -> Generator[duckdb.DuckDBPyConnection]:
        """The connection of this thread, which is not closed under what runs on it; errors as the program speaks."""
        try:
            with self._statements.one():
                yield self._own()
        except (duckdb.Error, OSError) as error:
            if self._statements.ending:  # it was interrupted
                raise LibraryClosedError from error
            raise self._translated(error) from error
        finally:
            self._give_back()

    def _give_back(self) -> None:
        """Let go of what DuckDB keeps beyond its share, where nothing is under way that may need it."""
        now = time.monotonic()
        if self._depth or self._statements.running or now < self._given_back + _REST:
            return
        if not self._lock.acquire(blocking=False):  # somebody writes
            return
        try:
            if self._depth == 0 and self._connection is not None:
                self._given_back = now
                for size in (self._memory.kept, self._memory.most):
                    with suppress(duckdb.Error):  # somebody has begun to read with more: then after that
                        self._connection.execute(f"SET memory_limit = '{size}'")
        finally:
            self._lock.release()

    # -- reading and, inside ``writing``, changing -------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Execute a statement, or several, for its effect."""
        self.rows(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows."""
        with self._statement() as own:
            # Always fetched to the end: a connection with an unfinished result refuses other work.
            return own.execute(sql, list(parameters)).fetchall()

    def row(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        """The first row."""
        return next(iter(self.rows(sql, parameters)), None)

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """The one value of a query that always has a row."""
        row = self.row(sql, parameters)
        if row is None:
            raise BugError(f"No row: {sql}")
        return row[0]

    def integers(self, sql: str, parameters: Sequence[object] = ()) -> NDArray[np.int64]:
        """The first column, int64 (n,); it holds no NULL."""
        return np.asarray(next(iter(self.columns(sql, parameters).values())), dtype=np.int64)

    def columns(self, sql: str, parameters: Sequence[object] = ()) -> dict[str, NDArray[Any]]:
        """Columns of numbers, none of them NULL, by name."""
        with self._statement() as own:
            return own.execute(sql, list(parameters)).fetchnumpy()

    def table(self, sql: str, parameters: Sequence[object] = ()) -> ArrowTable:
        """The result as an Arrow table."""
        with self._statement() as own:
            return own.sql(sql, params=list(parameters)).to_arrow_table()

    def batches(self, sql: str, rows: int) -> Iterator[ArrowTable]:
        """The result in Arrow tables of at most ``rows`` rows, at least one, without holding all of it.

        This thread runs no other statement meanwhile.
        """
        with self._statement() as own, own.sql(sql).to_arrow_reader(rows) as reader:
            found = False
            for batch in reader:
                found = True
                yield pa.Table.from_batches([batch])
                self._statements.check()
            if not found:
                yield reader.schema.empty_table()

    @contextmanager
    def given(self, **tables: ArrowTable | Mapping[str, ArrowArray]) -> Generator[None]:
        """Arrow tables that this thread's statements may select from, by name."""
        with self._statement() as connection:
            for name, table in tables.items():
                connection.register(name, table if isinstance(table, pa.Table) else pa.table(dict(table)))
        try:
            yield
        finally:
            for name in tables:
                with suppress(duckdb.Error):  # the connection may have died of what is being raised
                    connection.unregister(name)

    @contextmanager
    def among(self, ids: "Ids") -> Generator[str]:
        """What stands behind ``column IN`` for these ids, at least one: constants, which prune a scan, where few."""
        if len(ids) <= _FEW_IDS:
            yield f"({', '.join(str(int(each)) for each in ids)})"
        else:
            with self.given(asked=id_table(ids)):
                yield "(SELECT id FROM asked)"

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Several reads of one state."""
        with self._statement() as connection:
            within = connection is self._connection or getattr(self._local, "in_snapshot", False)
            if not within:
                connection.begin()
        if within:
            yield
            return
        self._local.in_snapshot = True
        try:
            yield
        finally:
            self._local.in_snapshot = False
            with suppress(duckdb.Error):
                connection.rollback()

    @contextmanager
    def writing(self, *, counts: bool = False) -> Generator[None]:
        """A transaction, or a part of the one that this thread is in. ``counts``: the sequence goes up by one."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._begin()
            self._depth += 1
            self._bump |= counts
            try:
                yield
            except BaseException:
                if outermost:
                    try:
                        self._roll_back()
                    finally:  # a second Ctrl+C interrupts that
                        self._end()
                else:
                    self._depth -= 1
                raise
            if not outermost:
                self._depth -= 1
                return
            self._commit()

    def _begin(self) -> None:
        if self._begun:  # left open, since its rollback was interrupted
            self._roll_back()
        try:
            self._begun = True
            self._writer().begin()
        except duckdb.Error as error:
            raise self._translated(error) from error
        self._bump = False
        self.transaction_memory.clear()
        self.transaction_tables.clear()
        self._first_taken.clear()
        self._local.writes = True

    def _roll_back(self) -> None:
        with suppress(duckdb.Error, LibraryClosedError):
            self._writer().rollback()
        self._begun = False

    def _end(self) -> None:
        """After a commit or rollback."""
        self._depth = 0
        self._local.writes = False
        self._give_back()

    def _commit(self) -> None:
        try:
            if self._bump:
                self._writer().execute("UPDATE counter SET value = value + 1 WHERE name = 'sequence'")
            self._writer().commit()
            self._begun = False
        except (duckdb.Error, OSError) as error:
            self._roll_back()
            raise self._translated(error) from error
        except BaseException:  # a signal's handler that raises reaches DuckDB in the middle
            self._roll_back()
            raise
        finally:
            self._end()

    # -- what is kept in memory of the items -------------------------------------------------------------------

    def known(self, name: str, kind: type[T]) -> T | None:
        """What ``derived`` has made of the present items; None if it would have to be made."""
        kept = self._derived.get(name)
        return kept[1] if kept is not None and kept[0] == self._edition() and isinstance(kept[1], kind) else None

    def derived(self, name: str, made: Callable[[], T]) -> T:
        """What ``made`` reads of items and roots, kept until they are next written. Inside a snapshot."""
        if getattr(self._local, "writes", False):
            return made()  # of what may never be committed
        edition = self._edition()
        with self._deriving:
            kept = self._derived.get(name)
            if kept is None or kept[0] != edition:
                kept = self._derived[name] = (edition, made())
        return kept[1]  # type: ignore[return-value] - one name, one kind

    def _edition(self) -> int:
        return int(self.value("SELECT value FROM counter WHERE name = 'sequence'"))

    def take_ids(self, counter: str, count: int) -> int:
        """Reserve ``count`` ids inside a transaction; returns the first. Never given twice."""
        last = int(self.value("UPDATE counter SET value = value + ? WHERE name = ? RETURNING value", [count, counter]))
        self._first_taken.setdefault(counter, last - count + 1)
        return last - count + 1

    def first_taken(self, counter: str) -> int:
        """Ids from here on were reserved in the present transaction; beyond any id where none was."""
        return self._first_taken.get(counter, NO_ID)

    def checkpoint(self) -> None:
        """Write the log into the file."""
        with self._lock:
            try:
                self._writer().execute("CHECKPOINT")
            except duckdb.Error as error:
                raise self._translated(error) from error


Ids = Sequence[int] | NDArray[np.int64]


def id_table(ids: Ids) -> ArrowTable:
    """Ids with their position, to join with: columns ``id`` and ``position``."""
    numbers = np.asarray(ids, dtype=np.int64)
    return pa.table({"id": numbers, "position": np.arange(len(numbers), dtype=np.int64)})
