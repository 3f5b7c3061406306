"""Whether the catalogue keeps its promises: what other databases would enforce by constraints."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from desktop_app.engine.catalog import counters
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.vectors import stored_spaces, table_name
from desktop_app.errors import KnownError, LibraryClosedError, StorageFullError


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``faults`` counts what is wrong."""

    name: str
    faults: int
    detail: str

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return self.faults == 0


# Each counts faulty rows.
_COUNTS: Final = (
    ("item ids", "items share an id", "SELECT count(*) - count(DISTINCT id) FROM item"),
    (
        "places",
        "items share a place",
        "SELECT count(*) - count(DISTINCT (root_id, relpath)) FROM item WHERE state <> 'missing'",
    ),
    ("roots", "items have no root", "SELECT count(*) FROM item ANTI JOIN root ON root.id = item.root_id"),
    ("tags", "tags belong to no item", "SELECT count(*) FROM tag ANTI JOIN item ON item.id = tag.item_id"),
    (
        "playlists",
        "playlist places lead nowhere",
        "SELECT count(*) FROM playlist_entry e WHERE e.item_id NOT IN (SELECT id FROM item) "
        "OR e.playlist_id NOT IN (SELECT id FROM playlist)",
    ),
    ("payloads", "payloads are double", "SELECT count(*) - count(DISTINCT hash) FROM payload"),
    ("counters", "counters lag behind the ids that were given", counters.LAGGING),
    (
        "companions",
        "RAW files stand behind no photo",
        "SELECT count(*) FROM item r WHERE r.companion_of IS NOT NULL AND r.companion_of NOT IN (SELECT id FROM item)",
    ),
    (
        "states",
        "items have an unknown state or rating",
        "SELECT count(*) FROM item WHERE state NOT IN ('present', 'missing', 'offline', 'problem') OR rating > 5",
    ),
)


def check(database: Database) -> list[Finding]:
    """All checks; reading everything also finds a damaged file."""
    found: list[Finding] = []
    for name, fault, sql in _COUNTS:
        count = int(database.value(sql))
        found.append(Finding(name, count, f"{count:,} {fault}" if count else "in order"))
    stored = stored_spaces(database)
    names = Counter(space for space, _version, _count in stored)
    for space, version, count in stored:
        # Until a new version of a space is whole, the old one is there beside it.
        name = f"vectors {space}" if names[space] == 1 else f"vectors {space}, version {version}"
        found.append(_check_vectors(database, name, space, version, count))
    return found


def _check_vectors(database: Database, name: str, space: str, version: int, count: int) -> Finding:
    dtype, dim = database.row("SELECT dtype, dim FROM space WHERE name = ? AND version = ?", [space, version]) or (
        "",
        0,
    )
    width = {"f2": 2, "u1": 1}.get(dtype, 1)
    faults = int(
        database.value(
            f"SELECT count(*) - count(DISTINCT payload_id) + count(*) FILTER (octet_length(data) <> ? AND ? > 0) "
            f"FROM {table_name(space, version)}",
            [dim * width, dim],
        )
    )
    counted = f"{count:,} vectors, one for each different content"  # an index has one for each item, copies too
    return Finding(name, faults, f"{faults:,} of {count:,} vectors are faulty" if faults else counted)


def readable(database: Database) -> str | None:
    """None if every value of every table can be read, else the sentence of why not.

    Raises LibraryClosedError, StorageFullError.
    """
    try:
        for (table,) in database.rows("SELECT table_name FROM duckdb_tables() ORDER BY table_name"):
            database.run(f'SELECT bit_xor(hash(COLUMNS(*))) FROM "{table}"')  # counting would read no values
    except (LibraryClosedError, StorageFullError):
        raise
    except KnownError as error:
        return str(error)
    return None
