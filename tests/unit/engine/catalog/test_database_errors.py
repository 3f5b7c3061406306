"""What DuckDB says of its file, as people are told it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from desktop_app.engine.catalog.database_errors import translated
from desktop_app.errors import (
    LibraryDamagedError,
    LibraryLockedError,
    LibraryUnavailableError,
    MemoryFullError,
    StorageFullError,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (duckdb.IOException("Could not write file: No space left on device"), StorageFullError),
        (OSError(28, "whatever"), StorageFullError),
        (duckdb.IOException("Cannot open file: Permission denied"), LibraryUnavailableError),
        (duckdb.FatalException("database has been invalidated"), LibraryUnavailableError),
        (duckdb.BinderException("no such column"), duckdb.BinderException),
    ],
)
def test_errors_in_plain_words(error, kind):
    assert isinstance(translated(error, Path("/x/catalog.duckdb")), kind)


@pytest.mark.parametrize("free", [0, 200_000, 10**9])
@pytest.mark.parametrize("kind", [duckdb.IOException, duckdb.TransactionException, duckdb.FatalException, OSError])
def test_a_full_disk_is_known_by_its_room_where_it_is_said_in_another_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, kind: type[duckdb.Error | OSError]
) -> None:
    """DuckDB takes room in blocks of 256 KiB."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    said = translated(kind("Could not write file: Es steht nicht genug Speicher"), tmp_path / "catalog")
    assert isinstance(said, StorageFullError) is (free < 10**9)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('Could not set lock on file "x": Conflicting lock is held', LibraryLockedError),
        ('The file "x" exists, but it is not a valid DuckDB database file!', LibraryDamagedError),
        ("Corrupt database file: computed checksum 1 does not match stored checksum 2", LibraryDamagedError),
        ('Cannot open file "x": Permission denied', LibraryUnavailableError),
        ("Could not write file: No space left on device", StorageFullError),
    ],
)
def test_what_is_said_clearly_is_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: type[Exception]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=0))
    assert type(translated(duckdb.IOException(text), tmp_path / "catalog")) is kind


def test_a_log_that_takes_more_to_read_is_not_called_damaged(tmp_path: Path) -> None:
    """Who keeps what was written before the damaged place would throw good changes away."""
    error = duckdb.OutOfMemoryException(
        'Out of Memory Error: Failure while replaying WAL file "x.wal": failed to pin block of size 256.0 KiB'
    )
    assert type(translated(error, tmp_path / "catalog")) is MemoryFullError
