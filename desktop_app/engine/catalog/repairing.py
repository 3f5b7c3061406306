"""Mending what the checks find: each repair leaves the rest as it is, and a backup is made before the first."""

from typing import Final

from desktop_app.domain.ids import RootId
from desktop_app.engine.catalog import counters, hash_filter, vectors
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.edits import look_for_lacking
from desktop_app.engine.catalog.encoding import decode_name
from desktop_app.engine.catalog.places import remove_items

# Payloads that no item has, nor one that undo could bring back.
_UNUSED: Final = (
    "FROM payload p WHERE p.id NOT IN (SELECT payload_id FROM item WHERE payload_id IS NOT NULL) "
    "AND p.id NOT IN (SELECT payload_id FROM edit_item WHERE payload_id IS NOT NULL)"
)
_STATEMENTS: Final = {
    "tags": ("DELETE FROM tag WHERE item_id NOT IN (SELECT id FROM item)",),
    "playlists": (
        "DELETE FROM playlist_entry WHERE item_id NOT IN (SELECT id FROM item) "
        "OR playlist_id NOT IN (SELECT id FROM playlist)",
    ),
    "companions": (
        "UPDATE item SET companion_of = NULL WHERE companion_of IS NOT NULL "
        "AND companion_of NOT IN (SELECT id FROM item)",
        "UPDATE item SET companion_id = NULL WHERE companion_id IS NOT NULL "
        "AND companion_id NOT IN (SELECT id FROM item)",
    ),
    "states": (
        "UPDATE item SET state = 'missing' WHERE state NOT IN ('present', 'missing', 'offline', 'problem')",
        "UPDATE item SET rating = 5 WHERE rating > 5",
    ),
    # Of two items at one place the newer one is what the file was last seen as; the other waits for its content.
    "places": (
        "UPDATE item SET state = 'missing' WHERE state <> 'missing' AND id NOT IN "
        "(SELECT max(id) FROM item WHERE state <> 'missing' GROUP BY root_id, relpath)",
    ),
}


def repair(database: Database, name: str) -> bool:
    """Mend what the check of that name found; False where nothing can."""
    with database.writing(counts=True):
        if name in _STATEMENTS:
            for sql in _STATEMENTS[name]:
                database.run(sql)
        elif name == "roots":
            remove_items(database, database.integers("SELECT i.id FROM item i ANTI JOIN root r ON r.id = i.root_id"))
        elif name == "counters":
            counters.bring_up(database)
        elif name == "item ids":
            counters.bring_up(database)  # else the new ids may be taken, too
            _renumber(database)
        elif name.startswith("vectors "):
            space, _, version = name.removeprefix("vectors ").partition(", version ")
            _drop_faulty(database, space, int(version) if version else None)
            look_for_lacking(database)
        elif name == "payloads":
            _merge_payloads(database)
            look_for_lacking(database)
        else:
            return False
        hash_filter.forget(database, hash_filter.CONTENT)
        hash_filter.forget(database, hash_filter.PAYLOAD)
    return True


def _merge_payloads(database: Database) -> None:
    """The first number of a hash stays, and gets what was computed under the others."""
    first = "(SELECT hash, min(id) AS id FROM payload GROUP BY hash)"
    for table in ("item", "edit_item"):  # those that undo brings back, too
        database.run(
            f"UPDATE {table} SET payload_id = f.id FROM {first} f "
            f"WHERE {table}.payload_hash = f.hash AND {table}.payload_id <> f.id"
        )
    database.run(
        "CREATE OR REPLACE TEMP TABLE doubled AS "
        f"SELECT p.id, f.id AS kept FROM payload p JOIN {first} f USING (hash) WHERE p.id <> f.id"
    )
    spaces = database.rows("SELECT name, version FROM space")
    for table in ("analysis", "waveform", *(vectors.table_name(space, version) for space, version in spaces)):
        has_index = table not in ("analysis", "waveform")
        if has_index:
            database.run(f"DROP INDEX IF EXISTS {table}_payload")
        database.run(
            f"INSERT INTO {table} BY NAME SELECT d.kept AS payload_id, t.* EXCLUDE (payload_id) FROM {table} t "
            "JOIN doubled d ON d.id = t.payload_id"
        )
        database.run(f"DELETE FROM {table} WHERE payload_id IN (SELECT id FROM doubled)")
        database.run(f"DELETE FROM {table} WHERE rowid NOT IN (SELECT min(rowid) FROM {table} GROUP BY payload_id)")
        if has_index:
            database.run(f"CREATE INDEX {table}_payload ON {table} (payload_id)")
    database.run("DELETE FROM payload WHERE id IN (SELECT id FROM doubled)")
    database.run("DROP TABLE doubled")


def _renumber(database: Database) -> None:
    """Of items that share an id, all but the first get another; tags and playlists stay with the first."""
    doubles = database.rows(
        "SELECT rowid FROM item QUALIFY row_number() OVER (PARTITION BY id ORDER BY rowid) > 1 ORDER BY rowid"
    )
    if doubles:
        first = database.take_ids("item", len(doubles))
        for number, (row,) in enumerate(doubles):
            database.run("UPDATE item SET id = ? WHERE rowid = ?", [first + number, row])


def _drop_faulty(database: Database, space: str, version: int | None) -> None:
    """Vectors of the wrong length, and second ones of a payload: they are computed again."""
    shapes = database.rows("SELECT version, dtype, dim FROM space WHERE name = ?", [space])
    for found, dtype, dim in shapes:
        if version in (None, found):
            table, width = vectors.table_name(space, found), {"f2": 2}.get(dtype, 1)
            database.run(f"DROP INDEX IF EXISTS {table}_payload")  # rows are not removed from under an index
            if dim:
                database.run(f"DELETE FROM {table} WHERE octet_length(data) <> ?", [dim * width])
            database.run(f"DELETE FROM {table} WHERE rowid NOT IN (SELECT min(rowid) FROM {table} GROUP BY payload_id)")
            database.run(f"CREATE INDEX {table}_payload ON {table} (payload_id)")


def unused_payloads(database: Database) -> tuple[int, int]:
    """How many payloads belong to nothing any more, and how many there are."""
    return int(database.value(f"SELECT count(*) {_UNUSED}")), int(database.value("SELECT count(*) FROM payload"))


def prune_payloads(database: Database) -> int:
    """Forget what was computed for files that are in the library no more; returns of how many."""
    with database.writing(counts=True):
        gone, _all = unused_payloads(database)
        database.run(f"CREATE OR REPLACE TEMP TABLE unused AS SELECT p.id {_UNUSED}")
        for space, version in database.rows("SELECT name, version FROM space"):
            table = vectors.table_name(space, version)
            database.run(f"DROP INDEX IF EXISTS {table}_payload")
            database.run(f"DELETE FROM {table} WHERE payload_id IN (SELECT id FROM unused)")
            database.run(f"CREATE INDEX {table}_payload ON {table} (payload_id)")
        for table in ("analysis", "waveform"):
            database.run(f"DELETE FROM {table} WHERE payload_id IN (SELECT id FROM unused)")
        database.run("DELETE FROM payload WHERE id IN (SELECT id FROM unused)")
        database.run("DROP TABLE unused")
        look_for_lacking(database)  # a run that goes on may have left out files because these were known
        hash_filter.forget(database, hash_filter.PAYLOAD)
    return gone


def thumbnails_wanted(database: Database) -> list[tuple[int, str]]:
    """Present items that should have a thumbnail, by id, and their content hash."""
    return [
        (int(item), str(content))
        for item, content in database.rows(
            "SELECT id, content_hash FROM item WHERE state = 'present' AND has_thumbnail AND content_hash IS NOT NULL "
            "ORDER BY id"
        )
    ]


def known_contents(database: Database) -> set[str]:
    """The content hashes of all items."""
    return {str(content) for (content,) in database.rows("SELECT DISTINCT content_hash FROM item") if content}


def present_places(database: Database, root_id: RootId) -> list[str]:
    """Where below a root files should be, as Python spells the names."""
    found = database.rows("SELECT relpath FROM item WHERE root_id = ? AND state = 'present' ORDER BY id", [root_id])
    return [decode_name(place) for (place,) in found]
