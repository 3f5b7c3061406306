"""The collection for other programs, and to be read again: one row per item, with vectors, as Parquet or JSON.

What belongs to no item (which versions the spaces have, playlists without tracks) is in one record beside the rows: in
Parquet the schema's metadata under ``akin``, in JSON the field ``collection`` of the first row.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from desktop_app import __version__
from desktop_app.engine.catalog.columns import ANALYSIS, METADATA
from desktop_app.engine.catalog.connection import ArrowArray, ArrowTable, Database, id_table
from desktop_app.engine.catalog.encoding import shown
from desktop_app.engine.catalog.vectors import read_varying
from desktop_app.errors import UsageError
from desktop_app.files import replacing

FORMAT: Final = 1
RECORD_KEY: Final = b"akin"
ENDINGS: Final = (".parquet", ".json")
_METADATA = [name for name in METADATA if name not in ("file_rating", "file_keywords", "extra")]


def export_tables(database: Database, spaces: Mapping[str, int], chunk: int = 2_000) -> Iterator[ArrowTable]:
    """Tables of at most ``chunk`` items by id, all of one schema, at least one.

    Columns: id, path, kind, state, reason, rating, tags, playlists (name and position), content_hash, payload_hash,
    size, modified, added, the metadata's, the analysis's, and ``vector_<space>`` (list of float32, NULL where there is
    none) per space.
    """
    ids = database.integers("SELECT id FROM item ORDER BY id")
    for start in range(0, max(1, len(ids)), chunk):
        yield _table(database, ids[start : start + chunk], spaces)


def _table(
    database: Database, ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]], spaces: Mapping[str, int]
) -> ArrowTable:
    columns = ", ".join(f"i.{name}" for name in (*_METADATA, *ANALYSIS))
    with database.given(asked=id_table(ids)):
        table = database.table(
            "SELECT i.id, r.path || '/' || i.relpath AS path, i.kind, i.state, i.reason, i.rating, "
            "coalesce((SELECT list(t.name ORDER BY t.folded) FROM tag t WHERE t.item_id = i.id), []) AS tags, "
            "coalesce((SELECT list({name: p.name, position: e.position} ORDER BY p.id, e.position) "
            "FROM playlist_entry e JOIN playlist p ON p.id = e.playlist_id WHERE e.item_id = i.id), []) AS playlists, "
            f"i.content_hash, i.payload_hash, i.size, i.mtime_ns / 1e9 AS modified, i.added_at AS added, {columns} "
            "FROM item i JOIN asked a USING (id) JOIN root r ON r.id = i.root_id ORDER BY i.id"
        )
    paths = pa.array([shown(path) for path in table["path"].to_pylist()], pa.string())
    table = table.set_column(table.column_names.index("path"), "path", paths)
    for space, version in spaces.items():
        table = table.append_column(f"vector_{space}", _vector_column(database, space, version, table))
    return table


def _vector_column(database: Database, space: str, version: int, table: ArrowTable) -> ArrowArray:
    """A list column in the order of the table's rows; bytes and vectors of varying length as numbers, too."""
    stored = read_varying(database, space, version, [each for each in table["payload_hash"].to_pylist() if each])
    rows = [stored.get(each) for each in table["payload_hash"].to_pylist()]
    offsets = np.concatenate([[0], np.cumsum([0 if row is None else len(row) for row in rows])]).astype(np.int32)
    numbers = [row.astype(np.float32) for row in rows if row is not None]
    values = pa.array(np.concatenate(numbers) if numbers else np.empty(0, np.float32), pa.float32())
    missing = pa.array([row is None for row in rows], pa.bool_())
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=missing)


def collection_record(database: Database, spaces: Mapping[str, int]) -> dict[str, Any]:
    """What belongs to no row: format, program, spaces with version, dtype and dim, playlists in order."""
    shapes = {
        (name, version): {"version": int(version), "dtype": dtype, "dim": int(dim)}
        for name, version, dtype, dim in database.rows("SELECT name, version, dtype, dim FROM space")
    }
    return {
        "format": FORMAT,
        "program": __version__,
        "spaces": {name: shapes[name, version] for name, version in spaces.items() if (name, version) in shapes},
        "playlists": [str(name) for (name,) in database.rows("SELECT name FROM playlist ORDER BY id")],
    }


def export(
    database: Database, path: Path, spaces: Mapping[str, int], wrote: Callable[[int], None] = lambda _items: None
) -> int:
    """Write all items, as they are at one moment, to a .parquet or .json file, whole or not at all; returns how many.

    ``wrote`` is told how many are written so far. Raises OSError, also for another disk than the library's.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError("An export is a .parquet or a .json file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, database.snapshot():
        record = collection_record(database, spaces)
        write = _write_parquet if ending == ".parquet" else _write_json
        return write(part, export_tables(database, spaces), record, wrote)


def is_export(path: Path) -> bool:
    """Whether a file is a collection that was written here, by what it holds. Raises OSError."""
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        try:
            return RECORD_KEY in (pq.read_schema(path).metadata or {})
        except pa.ArrowException:
            return False
    with path.open("rb") as file:
        head = file.read(64)
    return head.startswith(b'[\n{"collection": {"format": ') or head == b"[\n]\n"


def _write_parquet(
    path: Path, tables: Iterator[ArrowTable], record: Mapping[str, Any], wrote: Callable[[int], None]
) -> int:
    import pyarrow.parquet as pq

    count = 0
    first = next(tables)
    schema = first.schema.with_metadata({RECORD_KEY: json.dumps(record).encode()})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in chain((first,), tables):
            writer.write_table(table.cast(schema))
            count += table.num_rows
            wrote(count)
    return count


def _write_json(
    path: Path, tables: Iterator[ArrowTable], record: Mapping[str, Any], wrote: Callable[[int], None]
) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for table in tables:
            rows = table.to_pylist()
            if not count and (rows or record["playlists"]):
                rows = [{"collection": record, **rows[0]}, *rows[1:]] if rows else [{"collection": record}]
            for place, row in enumerate(rows):
                file.write(",\n" if count or place else "\n")
                file.write(json.dumps(row, ensure_ascii=False, default=str))
            count += table.num_rows
            wrote(count)
        file.write("\n]\n")
    return count
