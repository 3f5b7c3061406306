"""Where items lie and what has become of their files: moves, states, removal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from desktop_app.domain.id_sets import ascending
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.engine.catalog.connection import ArrowArray, Database, Ids, Row, id_table
from desktop_app.engine.catalog.edits import look_for_lacking
from desktop_app.engine.catalog.encoding import decode_name, encode_name, storable
from desktop_app.engine.catalog.items import WORDS
from desktop_app.engine.catalog.roots import places_of


@dataclass(frozen=True, slots=True)
class ItemMove:
    """An item's file was found at another place; ``relpath`` as in ItemWrite."""

    item_id: ItemId
    root_id: RootId
    relpath: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ItemTouch:
    """The same content with another time (or size, where that is no contradiction)."""

    item_id: ItemId
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """The items of a root as a scan needs them, columns of one length, in no order.

    A relpath is once among those that are not missing. The rest of an item, which few files of a scan ask for, is what
    ``known_items`` tells.
    """

    item_id: NDArray[np.int64]
    size: NDArray[np.int64]
    mtime_ns: NDArray[np.int64]
    there: NDArray[np.bool_]  # the file is there: present, or a problem
    missing: NDArray[np.bool_]
    relpath: list[str]

    def __len__(self) -> int:
        return len(self.item_id)


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item as move detection needs it."""

    id: ItemId
    root_id: RootId
    relpath: str
    size: int
    mtime_ns: int
    state: State
    kind: Kind
    content_hash: str | None
    payload_hash: str | None


_PIECE = 20_000
KNOWN = "id, root_id, relpath, size, mtime_ns, state, kind, content_hash, payload_hash"
"""The columns of a KnownItem."""


def known_files(database: Database, root_id: RootId, parts: Sequence[tuple[str, bool]] | None = None) -> KnownFiles:
    """What the catalogue knows of a root, in one query.

    ``parts``: only of these folders below it ("" is the root), each with all folders in it (True) or without.
    """
    columns = "id, size, mtime_ns, state IN ('present', 'problem') AS there, state = 'missing' AS missing, relpath"
    if parts is None:
        table = database.table(f"SELECT {columns} FROM item WHERE root_id = ?", [root_id])
    else:
        asked = {
            "below": pa.array([encode_name(folder) for folder, _ in parts], pa.string()),
            "deep": pa.array([deep for _, deep in parts], pa.bool_()),
        }
        with database.given(asked=asked):
            table = database.table(
                f"SELECT {columns} FROM item WHERE root_id = ? AND (folder IN (SELECT below FROM asked) OR EXISTS "
                "(SELECT 1 FROM asked WHERE deep AND (below = '' OR starts_with(item.folder, below || '/'))))",
                [root_id],
            )
    return KnownFiles(
        item_id=table["id"].to_numpy(),
        size=table["size"].to_numpy(),
        mtime_ns=table["mtime_ns"].to_numpy(),
        there=table["there"].to_numpy(),
        missing=table["missing"].to_numpy(),
        relpath=_texts(table["relpath"]),
    )


def _texts(column: ArrowArray) -> list[str]:
    """Paths as Python has them, piece by piece: nothing else of the interpreter can run while one is made."""
    found: list[str] = []
    for start in range(0, len(column), _PIECE):
        found += _decoded(column.slice(start, _PIECE).to_numpy().tolist())
    return found


def _decoded(names: list[str]) -> list[str]:
    return names if all(map(str.isascii, names)) else [decode_name(name) for name in names]


_STATES = {str(state): state for state in State}
_KINDS = {str(kind): kind for kind in Kind}


def known_sizes(database: Database) -> NDArray[np.int64]:
    """The sizes that files of items have, in bytes, each once: int64 (n,)."""
    return database.integers("SELECT DISTINCT size FROM item")


def items_of_root(database: Database, root_id: RootId) -> NDArray[np.int64]:
    """The ids of all items of a root: int64 (n,), sorted."""
    return database.integers("SELECT id FROM item WHERE root_id = ? ORDER BY id", [root_id])


def items_by_hash(database: Database, column: str, hashes: Collection[str]) -> list[KnownItem]:
    """Items of any state whose ``content_hash`` or ``payload_hash`` is among these, by id."""
    statement = {
        "content_hash": f"SELECT {KNOWN} FROM item SEMI JOIN asked ON content_hash = hash ORDER BY id",
        "payload_hash": f"SELECT {KNOWN} FROM item SEMI JOIN asked ON payload_hash = hash ORDER BY id",
    }[column]
    if not hashes:
        return []
    with database.given(asked={"hash": pa.array(list(hashes), pa.string())}):
        found = database.rows(statement)
    return [known_item(row) for row in found]


def copies_of(database: Database, ids: Ids) -> NDArray[np.int64]:
    """Items of any state with the bytes of one of these, themselves included: int64 (n,), sorted.

    Found by the numbers of their payloads, which is several times as fast as looking for hashes.
    """
    if len(ids) == 0:
        return np.empty(0, np.int64)
    with database.snapshot(), database.among(ids) as asked:
        known = database.rows(f"SELECT payload_id, content_hash FROM item WHERE id IN {asked}")
        payloads = sorted({payload for payload, _ in known if payload is not None})
        hashes = sorted({text for _, text in known if text})
        found = database.rows(
            f"SELECT id, content_hash FROM item WHERE payload_id IN ({', '.join(map(str, payloads)) or 'NULL'})"
        )
    return ascending([*np.asarray(ids).tolist(), *(number for number, text in found if text in hashes)])


def sharing_content(database: Database, ids: Ids, others: Ids) -> NDArray[np.int64]:
    """Those of the items whose bytes one of the others has, too: int64 (n,), sorted."""
    if not len(ids) or not len(others):
        return np.empty(0, np.int64)
    with database.given(asked=id_table(ids), others=id_table(others)):
        return database.integers(
            "SELECT id FROM item WHERE id IN (SELECT id FROM asked) AND content_hash IN "
            "(SELECT content_hash FROM item WHERE id IN (SELECT id FROM others)) ORDER BY id"
        )


def problem_ids(database: Database) -> NDArray[np.int64]:
    """The items whose files could not be read: int64 (n,)."""
    return database.integers("SELECT id FROM item WHERE state = 'problem' ORDER BY id")


def known_items(database: Database, ids: Ids) -> list[KnownItem]:
    """These items, by id."""
    if len(ids) == 0:
        return []
    with database.given(asked=id_table(ids)):
        found = database.rows(f"SELECT {KNOWN} FROM item WHERE id IN (SELECT id FROM asked) ORDER BY id")
    return [known_item(row) for row in found]


def items_at(database: Database, places: Collection[tuple[RootId, str]], *, missing: bool) -> list[KnownItem]:
    """The items that lie at these places, or else the ``missing`` ones that lay there; the last first.

    Of a million items few are missing: those are found in 2 ms, the others in 60 to 100.
    """
    if not places:
        return []
    asked = {
        "root_id": pa.array([root_id for root_id, _ in places], pa.int64()),
        "relpath": pa.array([encode_name(relpath) for _, relpath in places], pa.string()),
    }
    with database.given(asked=asked):
        found = database.rows(
            f"SELECT {KNOWN} FROM item SEMI JOIN asked USING (root_id, relpath) "
            f"WHERE state {'=' if missing else '<>'} 'missing' ORDER BY id DESC"
        )
    return [known_item(row) for row in found]


def known_item(row: Row) -> KnownItem:
    """Of the columns ``KNOWN``."""
    number, root_id, relpath, size, mtime_ns, state, kind, content_hash, payload_hash = row
    return KnownItem(
        ItemId(number),
        RootId(root_id),
        decode_name(relpath),
        size,
        mtime_ns,
        _STATES[state],
        _KINDS[kind],
        content_hash,
        payload_hash,
    )


def ids_by_path(database: Database, paths: Collection[Path]) -> dict[Path, ItemId]:
    """The item at each absolute path; of a missing one and one that is there, the latter."""
    places = places_of(database, paths)
    if not places:
        return {}
    asked = {
        "at": pa.array(range(len(places)), pa.int64()),
        "root_id": pa.array([root_id for _, root_id, _ in places], pa.int64()),
        "relpath": pa.array([encode_name(relpath) for _, _, relpath in places], pa.string()),
    }
    with database.given(asked=asked):
        found = database.rows(
            "SELECT a.at, i.id FROM item i JOIN asked a USING (root_id, relpath) ORDER BY i.state <> 'missing', i.id"
        )
    return {places[at][0]: ItemId(number) for at, number in found}


def move_items(database: Database, moves: Sequence[ItemMove]) -> None:
    """Give items new places, swaps included. An item that loses its place to another becomes missing."""
    if not moves:
        return
    names = [encode_name(move.relpath) for move in moves]
    parts = [PurePosixPath(name) for name in names]
    batch = {
        "id": pa.array([move.item_id for move in moves], pa.int64()),
        "root_id": pa.array([move.root_id for move in moves], pa.int64()),
        "relpath": pa.array(names, pa.string()),
        "folder": pa.array([name.rpartition("/")[0] for name in names], pa.string()),
        "name": pa.array([part.name for part in parts], pa.string()),
        "ext": pa.array([part.suffix[1:].lower() for part in parts], pa.string()),
        "size": pa.array([move.size for move in moves], pa.int64()),
        "mtime_ns": pa.array([move.mtime_ns for move in moves], pa.int64()),
    }
    with database.writing(counts=True), database.given(batch=batch):
        _note_returning(database, "(SELECT id FROM batch)")
        database.run(
            "UPDATE item SET root_id = b.root_id, relpath = b.relpath, folder = b.folder, name = b.name, ext = b.ext, "
            "size = b.size, mtime_ns = b.mtime_ns, "
            "state = CASE WHEN item.state = 'problem' THEN 'problem' ELSE 'present' END "
            "FROM batch b WHERE item.id = b.id"
        )
        database.run(
            "UPDATE item SET state = 'missing', reason = NULL FROM batch b WHERE item.root_id = b.root_id "
            "AND item.relpath = b.relpath AND item.id NOT IN (SELECT id FROM batch)"
        )
        database.run(f"UPDATE item SET words = {WORDS} WHERE id IN (SELECT id FROM batch)")
        database.run(  # what came back to where it lay is not away from there any more
            "DELETE FROM followed_copy WHERE (item_id, root_id, relpath) IN (SELECT (id, root_id, relpath) FROM batch)"
        )


def touch_items(database: Database, touches: Sequence[ItemTouch]) -> None:
    """Record the new time of unchanged content; a missing or offline item is there again."""
    if not touches:
        return
    batch = {
        "id": pa.array([touch.item_id for touch in touches], pa.int64()),
        "size": pa.array([touch.size for touch in touches], pa.int64()),
        "mtime_ns": pa.array([touch.mtime_ns for touch in touches], pa.int64()),
    }
    with database.writing(counts=True), database.given(batch=batch):
        _note_returning(database, "(SELECT id FROM batch)")
        database.run(
            "UPDATE item SET size = b.size, mtime_ns = b.mtime_ns, "
            "state = CASE WHEN item.state = 'problem' THEN 'problem' ELSE 'present' END "
            "FROM batch b WHERE item.id = b.id"
        )


def set_states(database: Database, ids: Ids, state: State, reason: str | None = None) -> None:
    """Set the state of items; ``reason`` says why a problem is one, or where a missing file went."""
    if len(ids) == 0:
        return
    with database.writing(counts=True), database.given(asked=id_table(ids)):
        if state is State.PRESENT:
            _note_returning(database, "(SELECT id FROM asked)")
        database.run(
            "UPDATE item SET state = ?, reason = ? WHERE id IN (SELECT id FROM asked)",
            [str(state), storable(reason)],
        )


def _note_returning(database: Database, ids: str) -> None:
    """Of these items some may be there again, without vectors: the program may have been updated meanwhile.

    It is written down with what makes them present, so that no kill comes between.
    """
    if database.row(f"SELECT 1 FROM item WHERE id IN {ids} AND state IN ('missing', 'offline') LIMIT 1") is not None:
        look_for_lacking(database)


def remove_items(database: Database, ids: Ids) -> int:
    """Take items out of the catalogue, with their tags and playlist places; returns how many there were."""
    if len(ids) == 0:
        return 0
    with database.writing(counts=True), database.given(asked=id_table(ids)):
        return _remove_asked(database)


def _remove_asked(database: Database) -> int:
    count = int(database.value("SELECT count(*) FROM item WHERE id IN (SELECT id FROM asked)"))
    database.run("DELETE FROM tag WHERE item_id IN (SELECT id FROM asked)")
    database.run("DELETE FROM playlist_entry WHERE item_id IN (SELECT id FROM asked)")
    database.run("UPDATE item SET companion_of = NULL WHERE companion_of IN (SELECT id FROM asked)")
    database.run("UPDATE item SET companion_id = NULL WHERE companion_id IN (SELECT id FROM asked)")
    database.run("DELETE FROM item WHERE id IN (SELECT id FROM asked)")
    return count


def remove_root(database: Database, root_id: RootId) -> int:
    """Stop watching a folder and take its items out of the catalogue; returns how many."""
    with database.writing(counts=True):
        removed = remove_items(database, items_of_root(database, root_id))
        database.run("DELETE FROM root WHERE id = ?", [root_id])
    return removed
