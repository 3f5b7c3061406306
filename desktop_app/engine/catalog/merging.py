"""Reading an exported collection into the library: its items are found by place and content, what people said of them
is added to what is there, and nothing is taken away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind
from desktop_app.engine.catalog import playlists, vectors
from desktop_app.engine.catalog.collection_files import SAID, CollectionFile, SpaceShape
from desktop_app.engine.catalog.connection import ArrowTable, Database, id_table
from desktop_app.engine.catalog.edit_log import EditLog
from desktop_app.engine.catalog.edits import stay_where_they_are
from desktop_app.errors import UnreadableFileError

LABEL: Final = "Import Collection"

# Whose row is it? First by place and content, then by content, by pixels or samples, at last by place alone, if what
# lies there may be an edit. Of several
# with one content each gets one: that at the same place below its root (a file does not say where roots were), then one
# whose folder and name are called so, one of that name, and then one after the other, those that are there first.
_BY_PLACE: Final = (
    "SELECT a.pos, min(i.id) AS id FROM {left} a JOIN free i ON i.path = a.path {same} GROUP BY a.pos "
    "QUALIFY row_number() OVER (PARTITION BY min(i.id) ORDER BY a.pos) = 1"
)
_BELOW_ROOT: Final = (
    "SELECT pos, id FROM (SELECT a.pos, i.id FROM left_over a JOIN free i ON i.{column} = a.{column} "
    "AND i.named = a.named AND ends_with(a.path, '/' || i.relpath) {wanted} "
    "QUALIFY row_number() OVER (PARTITION BY a.pos ORDER BY length(i.relpath) DESC, i.missing, i.id) = 1) "
    "QUALIFY row_number() OVER (PARTITION BY id ORDER BY pos) = 1"
)
_BY_HASH: Final = (
    "SELECT a.pos, i.id FROM "
    "(SELECT pos, {column}, {key} AS key, row_number() OVER (PARTITION BY {column}, {key} ORDER BY pos) AS n "
    "FROM left_over WHERE {column} IN (SELECT {column} FROM free) {wanted}) a JOIN "
    "(SELECT id, {column}, {key} AS key, row_number() OVER (PARTITION BY {column}, {key} ORDER BY missing, id) AS n "
    "FROM free WHERE {column} IN (SELECT {column} FROM left_over)) i USING ({column}, key, n)"
)
_KEYS: Final = ("named", "split_part(path, '/', -1)", "''")
_NAMED: Final = "split_part(path, '/', -2) || '/' || split_part(path, '/', -1) AS named"


def _by_hash(column: str, wanted: str) -> tuple[str, ...]:
    below = _BELOW_ROOT.format(column=column, wanted=wanted.format(rows="a."))
    return below, *(_BY_HASH.format(column=column, key=key, wanted=wanted.format(rows="")) for key in _KEYS)


_AT_ITS_PLACE: Final = _BY_PLACE.format(left="left_over", same="")
_ROUNDS: Final = (
    _BY_PLACE.format(left="left_over", same="AND i.content_hash IS NOT DISTINCT FROM a.content_hash"),
    *_by_hash("content_hash", ""),
    *_by_hash("payload_hash", "AND {rows}payload_hash LIKE 'p:%'"),
    _AT_ITS_PLACE,
)


@dataclass(frozen=True, slots=True)
class OtherContent:
    """The item at the place of a row of the file has other bytes: its payload hash, and the one that the row says."""

    kind: Kind
    here: str | None
    exported: str | None


Compare = Callable[[Sequence[OtherContent]], Sequence[bool | None]]
"""Whether each may be an edit of what was exported; None where it can't be compared."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A file that was read to its end, but for its vectors: all that it says of items, in a table."""

    file: CollectionFile
    said: ArrowTable


def read_collection(path: Path, read: Callable[[int], None]) -> Collection:
    """Read and check a file, on any thread; ``read`` is told how many rows so far. Raises UnreadableFileError."""
    file, rows, said = CollectionFile(path), 0, [SAID.empty_table()]
    for table in file.said():
        rows += table.num_rows
        said.append(table)
        read(rows)
    return Collection(file, pa.concat_tables(said))


def merge_collection(
    database: Database, log: EditLog, collection: Collection, compare: Compare
) -> tuple[Merged, NDArray[np.int64]]:
    """Add what a collection says, as one edit that can be undone; also the ids of items that got vectors.

    Ratings that are none leave what is there. A playlist whose name another list has gets a number. Vectors that are
    lacking come too. Raises UnreadableFileError; then nothing is changed.
    """
    record, rows = collection.file.record, collection.said.num_rows
    said = collection.said.append_column("pos", pa.array(range(rows), pa.int64()))
    with database.writing():
        matched, replaced, uncompared = _match(database, said, compare)
        with database.given(matched=matched, said=said):
            added = [_add_vectors(database, collection.file, space, shape) for space, shape in record.spaces.items()]
            merged = log.merge(lambda edit: _say(database, edit, record.playlists), LABEL)
        with database.given(described={"hash": pa.array(sorted(set().union(*added)), pa.string())}):
            described = database.integers("SELECT id FROM item WHERE payload_hash IN (SELECT hash FROM described)")
    known = matched.num_rows
    merged = replace(merged, items=known, unknown=rows - known, vectors=sum(map(len, added)))
    return replace(merged, replaced=replaced, uncompared=uncompared), described


def _match(database: Database, said: ArrowTable, compare: Compare) -> tuple[ArrowTable, int, int]:
    """Columns pos and id: which row of the file is which item; how many places have another photo or track now, and
    how many were taken for the same unseen."""
    with database.given(said=said):
        asked = database.table(f"SELECT path, content_hash, payload_hash, pos, {_NAMED} FROM said")
    found = pa.table({"pos": pa.array([], pa.int64()), "id": pa.array([], pa.int64())})
    replaced = uncompared = 0
    items = database.table(
        f"SELECT *, {_NAMED} FROM (SELECT i.id, r.path || '/' || i.relpath AS path, i.relpath, i.content_hash, "
        "i.payload_hash, i.state = 'missing' AS missing FROM item i JOIN root r ON r.id = i.root_id) "
        "ORDER BY missing, id"
    )
    for sql in _ROUNDS:
        with database.given(asked=asked, found=found, items=items):
            left = database.table("SELECT * FROM asked ANTI JOIN found USING (pos)")
            free = database.table("SELECT * FROM items ANTI JOIN found USING (id)")
        if not left.num_rows or not free.num_rows:
            break
        with database.given(left_over=left, free=free):
            more = database.table(sql)
        if sql is _AT_ITS_PLACE:
            more, replaced, uncompared = _compared(database, asked, more, compare)
        found = pa.concat_tables([found, more])
    return found, replaced, uncompared


def _compared(
    database: Database, asked: ArrowTable, at_place: ArrowTable, compare: Compare
) -> tuple[ArrowTable, int, int]:
    """Those that may be the same, and how many are not, and can't be compared. Who says places only means places."""
    with database.given(asked=asked, at_place=at_place):
        rows = database.rows(
            "SELECT pos, i.kind, i.payload_hash, a.payload_hash FROM at_place JOIN asked a USING (pos) "
            "JOIN item i ON i.id = at_place.id WHERE a.content_hash IS NOT NULL ORDER BY pos"
        )
    verdicts = compare([OtherContent(Kind(kind), here, exported) for _, kind, here, exported in rows])
    others = [row[0] for row, may_be in zip(rows, verdicts, strict=True) if may_be is False]
    with database.given(at_place=at_place, others={"pos": pa.array(others, pa.int64())}):
        return database.table("FROM at_place ANTI JOIN others USING (pos)"), len(others), verdicts.count(None)


def _say(database: Database, edit: int, empty: Sequence[str]) -> Merged:
    """Ratings, tags and playlists of the tables ``matched`` and ``said``, written down in the log as ``edit``."""
    rated = database.integers(
        "SELECT i.id FROM matched m JOIN said s USING (pos) JOIN item i ON i.id = m.id "
        "WHERE s.rating > 0 AND s.rating <> i.rating ORDER BY i.id"
    )
    with database.given(rated=id_table(rated)):
        database.run(
            "INSERT INTO edit_rating SELECT ?, i.id, i.rating, s.rating FROM matched m JOIN said s USING (pos) "
            "JOIN item i ON i.id = m.id WHERE i.id IN (SELECT id FROM rated)",
            [edit],
        )
    database.run(
        "UPDATE item SET rating = e.after FROM edit_rating e WHERE e.edit_id = ? AND e.item_id = item.id", [edit]
    )
    database.run(
        "INSERT INTO edit_tag SELECT DISTINCT ON (n.id, n.folded) ?, true, n.id, n.name, n.folded FROM "
        "(SELECT m.id, t.name, strip_accents(lower(t.name)) AS folded FROM matched m JOIN "
        "(SELECT pos, unnest(tags) AS name FROM said) t USING (pos)) n "
        "WHERE NOT EXISTS (SELECT 1 FROM tag t WHERE t.item_id = n.id AND t.folded = n.folded) "
        "ORDER BY n.id, n.folded, n.name",
        [edit],
    )
    tagged = database.integers("SELECT item_id FROM edit_tag WHERE edit_id = ?", [edit])
    database.run("INSERT INTO tag SELECT item_id, name, folded FROM edit_tag WHERE edit_id = ?", [edit])
    stay_where_they_are(database, np.union1d(rated, tagged))
    made, renamed = _make_playlists(database, edit, empty)
    change = ChangeSet(
        items=frozenset(ItemId(each) for each in (*rated.tolist(), *tagged.tolist())),
        tags=bool(len(tagged)),
        playlists=made > 0,
    )
    return Merged(0, 0, len(rated), len(tagged), made, renamed=tuple(renamed), change=change)


def _make_playlists(database: Database, edit: int, names: Sequence[str]) -> tuple[int, list[str]]:
    """Lists that are not there yet: how many, and which of them under another name."""
    filled = {
        name for (name,) in database.rows("SELECT DISTINCT p.name FROM (SELECT unnest(playlists) AS p FROM said)")
    }
    lists: dict[str, list[int]] = {name: [] for name in names if name not in filled}
    for name, item in database.rows(
        "SELECT p.entry.name, m.id FROM (SELECT pos, unnest(playlists) AS entry FROM said) p "
        "JOIN matched m USING (pos) ORDER BY p.entry.position, m.id"
    ):
        lists.setdefault(name, []).append(int(item))
    known = {info.name.lower(): info for info in playlists.read_playlists(database)}
    made, renamed = 0, list[str]()
    for name, items in lists.items():
        same = known.get(name.lower())
        if same is not None and playlists.playlist_items(database, same.id).tolist() == items:
            continue
        free, number = name, 1
        while free.lower() in known:
            number += 1
            free = f"{name} {number}"
        made += 1
        renamed += [free] if free != name else []
        number = playlists.save_playlist(database, free, items)
        database.run("INSERT INTO edit_playlist SELECT ?, true, * FROM playlist WHERE id = ?", [edit, number])
        database.run(
            "INSERT INTO edit_entry SELECT ?, true, * FROM playlist_entry WHERE playlist_id = ?", [edit, number]
        )
        known = {info.name.lower(): info for info in playlists.read_playlists(database)}
    return made, renamed


def _add_vectors(database: Database, file: CollectionFile, space: str, shape: SpaceShape) -> set[str]:
    """The vectors of matched items that have none in this version of the space; returns the payload hashes."""
    present = database.row("SELECT dtype, dim FROM space WHERE name = ? AND version = ?", [space, shape.version])
    if present is not None and present != (shape.dtype, shape.dim):
        return set()  # of another program's making, or damaged: what is there is worth more
    lacking = ""
    if present is not None:
        table = vectors.table_name(space, shape.version)
        lacking = f"AND NOT EXISTS (SELECT 1 FROM {table} v WHERE v.payload_id = i.payload_id)"
    wanted = {
        str(each)
        for (each,) in database.rows(
            "SELECT DISTINCT i.payload_hash FROM matched m JOIN item i ON i.id = m.id JOIN said s USING (pos) "
            f"WHERE i.payload_hash = s.payload_hash {lacking}"
        )
    }
    added: set[str] = set()
    for hashes, rows in file.vectors(space, wanted):
        fresh = {each: vector_of(row, shape) for each, row in zip(hashes, rows, strict=True) if each not in added}
        if fresh:
            vectors.put_vectors(database, space, shape.version, list(fresh), list(fresh.values()))
            added |= fresh.keys()
    return added


def vector_of(row: list[float], shape: SpaceShape) -> NDArray[np.float32] | NDArray[np.uint8]:
    """What the file says is a vector of a space. Raises UnreadableFileError for what can't be one."""
    try:
        numbers = np.asarray(row, dtype=np.float64)
    except (ValueError, TypeError):
        numbers = np.full(1, np.nan)
    low, high = (0, 255) if shape.dtype == "u1" else (-65_504, 65_504)
    if numbers.ndim != 1 or shape.dim not in (0, numbers.size) or not np.all((numbers >= low) & (numbers <= high)):
        raise UnreadableFileError("The collection has vectors that can't be some. Nothing was changed.")
    return numbers.astype(np.uint8) if shape.dtype == "u1" else numbers.astype(np.float32)
