"""Vectors by space and payload: float16 (or bytes) in, float32 matrices out, without a Python loop per vector.

Each space and version has a table of its own; its name is built from a checked word and a number. Vectors are only ever
added, so an index by payload is safe there, and some hundred of a million are read in a fraction of the time. An index
of ``item``, whose rows change and go, would save less, and DuckDB has had faults with removing rows from indexes.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.domain.id_sets import ascending
from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import Vector
from desktop_app.engine.catalog.connection import NO_ID, ArrowArray, ArrowTable, Database, Ids
from desktop_app.engine.catalog.payloads import payload_ids
from desktop_app.errors import BugError

Matrix = NDArray[np.float32] | NDArray[np.uint8]
MOST_POINTS = 1000  # so many vectors are looked up one by one rather than found in a scan of them all
_SPARSE = 8  # …unless they lie closer together than one in so many
AT_ONCE = 4096  # items whose vectors of 1152 dimensions are 20 MB
_SHOWN = "i.state IN ('present', 'missing', 'offline')"


def table_name(space: str, version: int) -> str:
    """The table of a space's vectors."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", space):
        raise BugError(f"Not the name of a space: {space!r}")
    return f"vector_{space}_{int(version)}"


def _shape(database: Database, space: str, version: int) -> tuple[str, int] | None:
    """(dtype, dim) of a space that has vectors."""
    found = database.row("SELECT dtype, dim FROM space WHERE name = ? AND version = ?", [space, version])
    return None if found is None else (str(found[0]), int(found[1]))


def put_vectors(
    database: Database, space: str, version: int, payload_hashes: Sequence[str], vectors: Sequence[Vector] | Matrix
) -> NDArray[np.bool_]:
    """Keep one vector per payload: float32 (n, dim), stored as float16, or uint8; what is there already stays.

    A sequence of vectors that differ in length makes a space of varying length. Says of each (n,) whether it is surely
    what is stored now, since the payload is new: of the others it is not looked for.
    """
    if len(payload_hashes) != len(vectors):
        raise BugError(f"{len(payload_hashes)} payloads for {len(vectors)} vectors")
    if not payload_hashes:
        return np.zeros(0, np.bool_)
    rows = [np.asarray(vector) for vector in vectors]
    dtype = "u1" if rows[0].dtype == np.uint8 else "f2"
    table = table_name(space, version)
    with database.writing(counts=True):
        _make_table(database, space, version, dtype, rows)
        ids = payload_ids(database, payload_hashes)
        numbers = ids.to_numpy()
        sure = numbers >= (NO_ID if table in database.transaction_tables else database.first_taken("payload"))
        if len(set(payload_hashes)) < len(payload_hashes):
            _, which, times = np.unique(numbers, return_inverse=True, return_counts=True)
            sure &= times[which] == 1
        database.transaction_tables.add(table)
        with database.given(batch={"payload_id": ids, "data": _blobs(rows, dtype)}):
            database.run(
                f"INSERT INTO {table} (payload_id, data) SELECT payload_id, data FROM batch ORDER BY payload_id"
                if sure.all()
                else f"INSERT INTO {table} (payload_id, data) SELECT DISTINCT ON (payload_id) payload_id, data "
                f"FROM batch b ANTI JOIN {table} USING (payload_id) ORDER BY payload_id"
            )
        return sure


def as_stored(vectors: Sequence[Vector]) -> Matrix:
    """Vectors of one length as they are read again: float32 (n, dim), rounded to half precision, or uint8."""
    if vectors[0].dtype == np.uint8:
        return np.stack(vectors).astype(np.uint8, copy=False)
    return np.stack(vectors).astype(np.float16).astype(np.float32)


def _make_table(database: Database, space: str, version: int, dtype: str, rows: Sequence[NDArray[np.generic]]) -> None:
    lengths = {row.size for row in rows}
    dim = lengths.pop() if len(lengths) == 1 else 0
    table = table_name(space, version)
    if database.writer_memory.get(table) == (dtype, dim):
        return
    shape = _shape(database, space, version)
    if shape == (dtype, dim) and table not in database.transaction_tables:
        database.writer_memory[table] = shape
    if shape is None:
        create_table(database, space, version)
        database.run("INSERT INTO space VALUES (?, ?, ?, ?)", [space, version, dtype, dim])
        _add_index(database, space, version)
    elif shape[0] != dtype:
        raise BugError(f"{space} {version} holds {shape[0]}, not {dtype}")
    elif shape[1] not in (0, dim):
        # A fixed space never gets a vector of another length; one of varying length began with equal ones.
        database.run("UPDATE space SET dim = 0 WHERE name = ? AND version = ?", [space, version])
        database.writer_memory.pop(table, None)


def create_table(database: Database, space: str, version: int) -> None:
    """The empty table of a space's vectors, where there is none."""
    database.run(
        f"CREATE TABLE IF NOT EXISTS {table_name(space, version)} (payload_id BIGINT NOT NULL, data BLOB NOT NULL)"
    )


def add_indexes(database: Database) -> None:
    """Give the spaces of older catalogues the index by payload that new ones are made with."""
    known = {name for (name,) in database.rows("SELECT index_name FROM duckdb_indexes()")}
    for space, version in database.rows("SELECT name, version FROM space"):
        if f"{table_name(space, version)}_payload" not in known:
            with database.writing():
                _add_index(database, space, version)


def _add_index(database: Database, space: str, version: int) -> None:
    table = table_name(space, version)
    database.run(f"CREATE INDEX IF NOT EXISTS {table}_payload ON {table} (payload_id)")


def _blobs(rows: Sequence[NDArray[np.generic]], dtype: str) -> ArrowArray:
    """Rows as an Arrow array of binaries over one buffer."""
    flat = np.ascontiguousarray(np.concatenate([row.ravel() for row in rows]).astype(f"<{dtype}"))
    sizes = np.array([row.size for row in rows], dtype=np.int64) * flat.itemsize
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
    return pa.Array.from_buffers(pa.large_binary(), len(rows), buffers)


_OFFSETS = {pa.binary(): np.int32, pa.large_binary(): np.int64}
"""Arrow's types of byte strings, and of what their offsets are."""


def _flat(column: ArrowArray, dtype: str) -> NDArray[np.generic]:
    """All bytes of a column of binaries, one after the other, as numbers."""
    parts: list[NDArray[np.generic]] = []
    for chunk in column.chunks:
        if len(chunk) == 0:
            continue
        if chunk.type not in _OFFSETS:
            chunk = chunk.cast(pa.large_binary())  # noqa: PLW2901 - loads pyarrow.compute, 30 ms
        _, offsets, data = chunk.buffers()
        bounds = np.frombuffer(offsets, dtype=_OFFSETS[chunk.type])[chunk.offset : chunk.offset + len(chunk) + 1]
        if data is not None:
            parts.append(np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]])
    joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint8)
    return joined.view(f"<{dtype}")


def _matrix(table: ArrowTable, shape: tuple[str, int]) -> Matrix:
    """Column ``data`` as float32 (n, dim), or uint8 (n, dim)."""
    dtype, dim = shape
    flat = _flat(table["data"], dtype).reshape(table.num_rows, dim)
    return flat.astype(np.uint8) if dtype == "u1" else flat.astype(np.float32)


def read_vectors(
    database: Database, space: str, version: int, payload_hashes: Sequence[str]
) -> tuple[list[str], Matrix]:
    """Those of the payloads that have a vector, in the order asked, and their vectors (n, dim)."""
    distinct = list(dict.fromkeys(payload_hashes))
    shape = _shape(database, space, version)
    if shape is None or shape[1] == 0 or not distinct:
        return [], np.empty((0, shape[1] if shape else 0), dtype=np.float32)
    asked = {"hash": pa.array(distinct, pa.string()), "position": pa.array(range(len(distinct)), pa.int64())}
    with database.given(asked=asked):
        table = database.table(
            f"SELECT a.position, v.data FROM asked a JOIN payload p USING (hash) "
            f"JOIN {table_name(space, version)} v ON v.payload_id = p.id ORDER BY a.position"
        )
    return [distinct[at] for at in table["position"].to_pylist()], _matrix(table, shape)


def read_varying(database: Database, space: str, version: int, payload_hashes: Sequence[str]) -> dict[str, Vector]:
    """Vectors of any space, also of varying length, by payload hash."""
    shape = _shape(database, space, version)
    if shape is None or not payload_hashes:
        return {}
    with database.given(asked={"hash": pa.array(list(dict.fromkeys(payload_hashes)), pa.string())}):
        found = database.rows(
            f"SELECT hash, data FROM asked JOIN payload p USING (hash) "
            f"JOIN {table_name(space, version)} v ON v.payload_id = p.id"
        )
    numbers = {text: np.frombuffer(data, dtype=f"<{shape[0]}") for text, data in found}
    if shape[0] == "u1":
        return {text: row.astype(np.uint8) for text, row in numbers.items()}
    return {text: row.astype(np.float32) for text, row in numbers.items()}


def vectors_of_items(database: Database, space: str, version: int, ids: Ids) -> tuple[NDArray[np.int64], Matrix]:
    """Those of the items that have a vector, in the order asked, int64 (n,), and their vectors (n, dim)."""
    shape = _shape(database, space, version)
    if shape is None or shape[1] == 0 or len(ids) == 0:
        return np.empty(0, dtype=np.int64), np.empty((0, shape[1] if shape else 0), dtype=np.float32)
    given = np.asarray(ids, np.int64)
    with database.among(given) as asked:
        found = database.columns(f"SELECT id, payload_id FROM item WHERE payload_id IS NOT NULL AND id IN {asked}")
    order = np.argsort(found["id"])  # DuckDB would take a millisecond for it
    held = found["id"][order]
    known = given[np.isin(given, held)]
    wanted = found["payload_id"][order][np.searchsorted(held, known)]
    payloads = ascending(wanted)
    if len(payloads) <= MOST_POINTS and len(payloads) * _SPARSE < payloads.max(initial=0) - payloads.min(initial=0):
        # DuckDB uses its index for a list of constants, and for no join.
        chosen = f"WHERE payload_id IN ({', '.join(map(str, payloads.tolist()))})"
        table = database.table(f"SELECT payload_id, data FROM {table_name(space, version)} {chosen}")
    else:
        # The least and greatest payload of those asked for prune the scan of the vectors.
        with database.given(wanted={"payload_id": pa.array(payloads)}):
            table = database.table(
                f"SELECT payload_id, data FROM {table_name(space, version)} SEMI JOIN wanted USING (payload_id)"
            )
    return _by_item(known, wanted, table["payload_id"].to_numpy(), _matrix(table, shape))


def _by_item(
    ids: NDArray[np.int64], payloads: NDArray[np.int64], held: NDArray[np.int64], vectors: Matrix
) -> tuple[NDArray[np.int64], Matrix]:
    """Those of the items (n,) whose payload is held, and the vector of each."""
    order = np.argsort(held, kind="stable")
    at = np.searchsorted(held, payloads, sorter=order)
    at[at == len(held)] = 0
    rows = order[at] if len(held) else at
    there = held[rows] == payloads if len(held) else np.zeros(len(ids), np.bool_)
    chosen = rows[there]
    return ids[there], vectors if np.array_equal(chosen, np.arange(len(vectors))) else vectors[chosen]


def iterate_vectors(
    database: Database, space: str, version: int, ids: Ids, chunk: int = AT_ONCE
) -> Iterator[tuple[NDArray[np.int64], Matrix]]:
    """``vectors_of_items`` in chunks of at most ``chunk`` items, so that a million don't come to memory at once."""
    numbers = np.asarray(ids, dtype=np.int64)
    for start in range(0, len(numbers), chunk):
        yield vectors_of_items(database, space, version, numbers[start : start + chunk])


def vector_items(database: Database, space: str, version: int) -> NDArray[np.int64]:
    """Ids of the items, other than problems, that have a vector: int64 (n,), sorted."""
    if _shape(database, space, version) is None:
        return np.empty(0, dtype=np.int64)
    with database.snapshot():  # joined here, by a table of flags: three times as fast as DuckDB's join of a million
        described = database.table(f"SELECT payload_id FROM {table_name(space, version)}")["payload_id"].to_numpy()
        items = database.table(f"SELECT id, payload_id FROM item i WHERE {_SHOWN} AND payload_id IS NOT NULL")
    ids, payloads = items["id"].to_numpy(), items["payload_id"].to_numpy()
    flags = np.zeros(max(described.max(initial=0), payloads.max(initial=0)) + 1, np.bool_)
    flags[described] = True
    found = ids[flags[payloads]]
    return found if (found[1:] > found[:-1]).all() else ascending(found)  # mostly in order, as they were written


def vector_count(database: Database, space: str, version: int) -> int:
    """How many items, other than problems, have a vector."""
    if _shape(database, space, version) is None:
        return 0
    return int(
        database.value(
            f"SELECT count(*) FROM item i SEMI JOIN {table_name(space, version)} v USING (payload_id) WHERE {_SHOWN}"
        )
    )


def describable(database: Database) -> dict[Kind, int]:
    """How many items of each kind, other than problems, there are to describe."""
    return {Kind(kind): n for kind, n in database.rows(f"SELECT kind, count(*) FROM item i WHERE {_SHOWN} GROUP BY 1")}


def items_without_vectors(
    database: Database, space: str, version: int, kind: Kind, limit: int | None = None
) -> NDArray[np.int64]:
    """Present items of a kind that lack a vector of the space: int64 (n,), sorted."""
    lacking = ""
    if _shape(database, space, version) is not None:
        lacking = f"ANTI JOIN {table_name(space, version)} v USING (payload_id) "
    return database.integers(
        f"SELECT i.id FROM item i {lacking}WHERE i.state = 'present' AND i.kind = ? ORDER BY i.id LIMIT ?",
        [str(kind), 2**62 if limit is None else limit],
    )


def payloads_with_vectors(database: Database, spaces: Mapping[str, int], hashes: Collection[str]) -> set[str]:
    """Those of the payloads that have a vector in every one of the spaces (name → version)."""
    found = set(hashes)
    for space, version in spaces.items():
        if not found or _shape(database, space, version) is None:
            return set()
        with database.given(asked={"hash": pa.array(list(found), pa.string())}):
            found = {
                row[0]
                for row in database.rows(
                    "SELECT hash FROM asked JOIN payload p USING (hash) "
                    f"SEMI JOIN {table_name(space, version)} v ON v.payload_id = p.id"
                )
            }
    return found


def spaces_of_payload(database: Database, payload_id: int | None) -> tuple[str, ...]:
    """The spaces, by name, in which a payload has a vector."""
    names = database.rows("SELECT name, version FROM space ORDER BY name, version")
    return tuple(
        dict.fromkeys(
            name
            for name, version in names
            if database.row(f"SELECT 1 FROM {table_name(name, version)} WHERE payload_id = ?", [payload_id])
        )
    )


def stored_spaces(database: Database) -> list[tuple[str, int, int]]:
    """(name, version, number of vectors) of every space that has a table."""
    names = database.rows("SELECT name, version FROM space ORDER BY name, version")
    return [
        (name, version, int(database.value(f"SELECT count(*) FROM {table_name(name, version)}")))
        for name, version in names
    ]


def older_versions(database: Database, space: str, version: int) -> list[int]:
    """The versions below this one of which vectors are stored."""
    return [
        int(older)
        for (older,) in database.rows("SELECT version FROM space WHERE name = ? AND version < ?", [space, version])
    ]


def drop_vectors(database: Database, space: str, version: int) -> None:
    """Give up a space's vectors (a model that is no longer used, an older version)."""
    with database.writing(counts=True):
        database.run("DELETE FROM space WHERE name = ? AND version = ?", [space, version])
        database.run(f"DROP TABLE IF EXISTS {table_name(space, version)}")
    database.writer_memory.pop(table_name(space, version), None)
