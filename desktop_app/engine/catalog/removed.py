"""Taking items and folders out of the catalogue so that they can be put back as they were."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog import hash_filter
from desktop_app.engine.catalog.companions import note_heirs
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.catalog.encoding import decode_path
from desktop_app.engine.catalog.items import WORDS
from desktop_app.engine.catalog.places import KNOWN, KnownItem, items_of_root, known_item, remove_items, set_states
from desktop_app.engine.catalog.plain_copies import plain_items
from desktop_app.engine.catalog.roots import join_roots, move_kept_items, outer_root, relocate_root
from desktop_app.errors import KnownError

PLACE_TAKEN = "Another file has its place."


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a write came to. For the indexes: ids that are there again, and ids that are gone, int64.

    ``missing``: those of the returned ones that have no file; ``displaced``: since another item has their place.
    """

    change: ChangeSet
    returned: NDArray[np.int64] = field(default_factory=_none)
    gone: NDArray[np.int64] = field(default_factory=_none)
    missing: NDArray[np.int64] = field(default_factory=_none)
    displaced: NDArray[np.int64] = field(default_factory=_none)


def moved(ids: NDArray[np.int64]) -> ChangeSet:
    """What changes where items go or come back."""
    if not len(ids):
        return ChangeSet()
    return ChangeSet(frozenset(ItemId(each) for each in ids.tolist()), membership=True, playlists=True, tags=True)


def take_out(database: Database, edit: int, ids: Ids) -> NDArray[np.int64]:
    """Remove items with their tags and playlist places, which are kept under ``edit``; returns who is gone, sorted.

    Vectors stay under their payloads. What their RAWs take over is noted, for the caller to carry out.
    """
    with database.given(leaving=id_table(ids)):
        gone = database.integers("SELECT id FROM item WHERE id IN (SELECT id FROM leaving) ORDER BY id")
        for into, what in (
            ("edit_item", "? AS edit_id, * FROM item WHERE id"),
            ("edit_tag", "? AS edit_id, false AS added, * FROM tag WHERE item_id"),
            ("edit_entry", "? AS edit_id, false AS after, * FROM playlist_entry WHERE item_id"),
        ):
            database.run(f"INSERT INTO {into} BY NAME SELECT {what} IN (SELECT id FROM leaving)", [edit])
        note_heirs(database, edit)
    remove_items(database, gone)
    return gone


def take_out_root(database: Database, edit: int, root_id: RootId) -> NDArray[np.int64]:
    """The same for a folder and its items."""
    database.run(
        "INSERT INTO edit_root BY NAME SELECT ? AS edit_id, false AS after, * FROM root WHERE id = ?", [edit, root_id]
    )
    gone = take_out(database, edit, items_of_root(database, root_id))
    database.run("DELETE FROM root WHERE id = ?", [root_id])
    return gone


def take_out_again(database: Database, edit: int) -> Effect:
    """Repeat what an edit took out or moved, with what was said of the items since."""
    kept = database.integers("SELECT id FROM edit_item WHERE edit_id = ? ORDER BY id", [edit])
    here = database.rows(
        "SELECT b.id, a.path FROM edit_root b "
        "LEFT JOIN edit_root a ON a.edit_id = b.edit_id AND a.id = b.id AND a.after "
        "WHERE b.edit_id = ? AND NOT b.after AND b.id IN (SELECT id FROM root)",
        [edit],
    )
    for root_id, path in here:
        if path is not None:
            relocate_root(database, RootId(root_id), decode_path(path))
            return Effect(ChangeSet(membership=True, roots=True))
    if len(kept) or here:
        for part in ("edit_item", "edit_rating", "edit_tag", "edit_entry", "edit_root"):
            database.run(f"DELETE FROM {part} WHERE edit_id = ?", [edit])
    if here:
        gone = take_out_root(database, edit, RootId(here[0][0]))
        return Effect(moved(gone).merged(ChangeSet(membership=True, roots=True)), gone=gone)
    gone = take_out(database, edit, kept) if len(kept) else kept
    return Effect(moved(gone), gone=gone)


def put_back(database: Database, edit: int, lost: Ids = ()) -> Effect:
    """Bring back what an edit took out: items with ratings, tags and playlist places, and their folder.

    What was only read anew at one of their places meanwhile gives way to the item that was there before; any other item
    stays, and the one that comes back is missing, as those are that were ``lost``. Raises KnownError where there were
    items and none can come back, since their folder is not in the library any more.
    """
    change = _put_root_back(database, edit)
    removed = f"(SELECT * EXCLUDE (edit_id) FROM edit_item WHERE edit_id = {edit})"
    if not database.value(f"SELECT count(*) FROM {removed}"):
        return Effect(change)
    restored = database.integers(
        f"SELECT id FROM {removed} WHERE root_id IN (SELECT id FROM root) AND id NOT IN (SELECT id FROM item) "
        "ORDER BY id"
    )
    if not len(restored):
        raise KnownError("The folder of these items is not in the library any more.")
    replaced, placeless = _at_their_places(database, edit, np.setdiff1d(restored, np.asarray(lost, np.int64)))
    remove_items(database, replaced)
    with database.given(back=id_table(restored)):
        database.run(f"INSERT INTO item BY NAME SELECT * FROM {removed} WHERE id IN (SELECT id FROM back)")
        if change:
            database.run(f"UPDATE item SET words = {WORDS} WHERE id IN (SELECT id FROM back)")
        database.run(
            "INSERT INTO tag BY NAME SELECT * EXCLUDE (edit_id, added) FROM edit_tag "
            "WHERE edit_id = ? AND NOT added AND item_id IN (SELECT id FROM back)",
            [edit],
        )
        database.run(
            "INSERT INTO playlist_entry BY NAME SELECT * EXCLUDE (edit_id, after) FROM edit_entry WHERE edit_id = ? "
            "AND NOT after AND item_id IN (SELECT id FROM back) AND playlist_id IN (SELECT id FROM playlist)",
            [edit],
        )
        _pair_again(database, removed)
    set_states(database, placeless, State.MISSING, PLACE_TAKEN)
    hash_filter.forget(database, hash_filter.CONTENT)
    back = moved(np.concatenate((restored, replaced)))
    return Effect(back.merged(change), restored, replaced, displaced=placeless)


def other_contents(database: Database, edit: int) -> list[tuple[KnownItem, KnownItem]]:
    """Who was taken out, each with who is at that place now and has other bytes."""
    columns = [f"{of}.{name}" for of in "ri" for name in KNOWN.split(", ")]
    found = database.rows(
        f"SELECT {', '.join(columns)} FROM item i JOIN edit_item r USING (root_id, relpath) WHERE r.edit_id = ? "
        "AND i.state <> 'missing' AND r.state <> 'missing' AND i.content_hash <> r.content_hash ORDER BY r.id",
        [edit],
    )
    half = len(columns) // 2
    return [(known_item(row[:half]), known_item(row[half:])) for row in found]


def _at_their_places(
    database: Database, edit: int, ids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of the places that items come back to: who gives way there, sorted, and which of them find theirs taken.

    Who was there already when they were taken out, with other bytes, is another photo or track that lies there now; and
    of whom people said something, nothing could bring that back.
    """
    with database.given(coming=id_table(ids)):
        pairs = database.columns(
            "SELECT i.id AS here, r.id AS back, "
            "i.added_at >= e.made_at OR coalesce(i.content_hash = r.content_hash, false) AS anew "
            "FROM item i JOIN edit_item r USING (root_id, relpath) JOIN edit e ON e.id = r.edit_id "
            "WHERE r.edit_id = ? AND r.id IN (SELECT id FROM coming) AND i.state <> 'missing' AND r.state <> 'missing'",
            [edit],
        )
    replaced = plain_items(database, pairs["here"][pairs["anew"].astype(bool)])
    return replaced, pairs["back"][~np.isin(pairs["here"], replaced)]


def _put_root_back(database: Database, edit: int) -> ChangeSet:
    """The folder that an edit took out or moved: with its id, or, where it is in the library again, as part of that."""
    found = database.row("SELECT id, path FROM edit_root WHERE edit_id = ? AND NOT after", [edit])
    if found is None:
        return ChangeSet()
    root_id, path = RootId(found[0]), decode_path(found[1])
    if database.row("SELECT 1 FROM root WHERE id = ?", [root_id]) is not None:
        relocate_root(database, root_id, path)
    elif (outer := outer_root(database, path)) is not None:
        move_kept_items(database, root_id, *outer)
    elif database.row("SELECT 1 FROM edit_root WHERE edit_id = ? AND after", [edit]) is not None:
        return ChangeSet()  # it lay elsewhere, and is not in the library any more
    else:
        database.run(
            "INSERT INTO root BY NAME SELECT * EXCLUDE (edit_id, after) FROM edit_root WHERE edit_id = ? AND NOT after",
            [edit],
        )
        join_roots(database, root_id, path)
    return ChangeSet(membership=True, roots=True)


def _pair_again(database: Database, removed: str) -> None:
    """RAW and photo name each other again where both are there; who came back alone stands by itself."""
    for mine, theirs in (("companion_of", "companion_id"), ("companion_id", "companion_of")):
        database.run(
            f"UPDATE item SET {theirs} = r.id FROM {removed} r "
            f"WHERE item.id = r.{mine} AND r.id IN (SELECT id FROM back)"
        )
        database.run(
            f"UPDATE item SET {mine} = NULL WHERE id IN (SELECT id FROM back) AND {mine} IS NOT NULL "
            f"AND {mine} NOT IN (SELECT id FROM item)"
        )
