"""Files that count whole until the program learns to tell their pixels or samples from their tags."""

from collections.abc import Mapping

import pyarrow as pa

from desktop_app.engine.catalog import hash_filter
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.payloads import payload_ids
from desktop_app.engine.catalog.vectors import table_name

_WHOLE = "c:"


def learn_payloads(database: Database, payloads: Mapping[str, str]) -> None:
    """Items with these content hashes that counted whole get the payload, and that the vectors that they had."""
    whole = {_WHOLE + content: payload for content, payload in payloads.items() if not payload.startswith(_WHOLE)}
    possible = hash_filter.possible(database, hash_filter.PAYLOAD, whole)
    if not possible:
        return
    with database.given(asked={"hash": pa.array(possible, pa.string())}):
        before = database.rows(
            "SELECT hash, id FROM payload SEMI JOIN asked USING (hash) "
            "WHERE id IN (SELECT payload_id FROM item UNION ALL SELECT payload_id FROM edit_item)"
        )
    if not before:
        return
    with database.writing():
        hashes = [whole[text] for text, _number in before]
        learned = {
            "old": pa.array([number for _text, number in before], pa.int64()),
            "id": payload_ids(database, hashes),
            "hash": pa.array(hashes, pa.string()),
        }
        with database.given(learned=learned):
            for name, version in database.rows("SELECT name, version FROM space"):
                table = table_name(name, version)
                database.run(
                    f"INSERT INTO {table} (payload_id, data) SELECT DISTINCT ON (l.id) l.id, v.data FROM learned l "
                    f"JOIN {table} v ON v.payload_id = l.old ANTI JOIN {table} h ON h.payload_id = l.id"
                )
                database.transaction_tables.add(table)
            for table in ("item", "edit_item"):  # those that undo brings back, too
                database.run(
                    f"UPDATE {table} SET payload_id = l.id, payload_hash = l.hash FROM learned l "
                    f"WHERE {table}.payload_id = l.old"
                )
