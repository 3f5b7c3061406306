"""Watched folders, and which of them a path lies in."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from desktop_app.domain.ids import RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.edits import look_for_lacking
from desktop_app.engine.catalog.encoding import decode_path, encode_name, encode_path
from desktop_app.engine.catalog.items import WORDS
from desktop_app.errors import KnownError


def read_roots(database: Database) -> list[Root]:
    """All roots with the numbers of their items, by path."""
    with database.snapshot():
        counts = database.derived("items of roots", lambda: _counts(database))
        found = database.rows("SELECT id, path, reachable, paused, polled FROM root ORDER BY path")
    roots: list[Root] = []
    for number, path, reachable, paused, polled in found:
        of_root = counts.get(number, {})
        by_state = (of_root.get(state, 0) for state in (State.PRESENT, State.MISSING, State.OFFLINE, State.PROBLEM))
        total = sum(of_root.values())
        roots.append(Root(RootId(number), decode_path(path), reachable, paused, total, polled, *by_state))
    return roots


def _counts(database: Database) -> dict[int, dict[str, int]]:
    """Number of items by root and state."""
    counts: dict[int, dict[str, int]] = {}
    for number, state, count in database.rows("SELECT root_id, state, count(*) FROM item GROUP BY ALL"):
        counts.setdefault(number, {})[state] = count
    return counts


class RootPlace(NamedTuple):
    """What may change of a root while a run goes on."""

    path: Path
    paused: bool


def root_places(database: Database) -> dict[RootId, RootPlace]:
    """Of each root."""
    found = database.rows("SELECT id, path, paused FROM root")
    return {RootId(number): RootPlace(decode_path(path), paused) for number, path, paused in found}


def root_paths(database: Database) -> dict[RootId, Path]:
    """Where each root lies."""
    return {RootId(number): decode_path(path) for number, path in database.rows("SELECT id, path FROM root")}


def places_of(database: Database, paths: Iterable[Path]) -> list[tuple[Path, RootId, str]]:
    """Those of the paths that lie below a root: path, root, path below the root with '/' (not encoded)."""
    roots = root_paths(database)
    found: list[tuple[Path, RootId, str]] = []
    for path in paths:
        for root_id, root in roots.items():
            if path.is_relative_to(root):
                found.append((path, root_id, path.relative_to(root).as_posix()))
                break
    return found


def add_root(database: Database, path: Path) -> Root:
    """Watch a folder. One inside a root is that root; roots inside it become part of it, with all their items."""
    outer = outer_root(database, path)
    if outer is not None:
        return root_by_id(database, outer[0])
    with database.writing(counts=True):
        number = RootId(database.take_ids("root", 1))
        database.run("INSERT INTO root (id, path) VALUES (?, ?)", [number, encode_path(path)])
        join_roots(database, number, path)
    return root_by_id(database, number)


def outer_root(database: Database, path: Path) -> tuple[RootId, str] | None:
    """The root that is this folder or holds it, and the folder's place in it (encoded, "" for the root itself)."""
    for number, root in root_paths(database).items():
        if path.is_relative_to(root):
            place = path.relative_to(root).as_posix()
            return number, "" if place == "." else encode_name(place)
    return None


def join_roots(database: Database, outer: RootId, path: Path) -> None:
    """Make the roots that lie inside ``path`` part of the root ``outer``, which is there. Inside a transaction."""
    for inner, root in root_paths(database).items():
        if inner != outer and root.is_relative_to(path):
            look_for_lacking(database)  # it may have been paused
            prefix = encode_name(root.relative_to(path).as_posix())
            _move_items(database, "item", inner, outer, prefix)
            database.run(f"UPDATE item SET words = {WORDS} WHERE root_id = ?", [outer])
            move_kept_items(database, inner, outer, prefix)
            move_homes(database, inner, outer, prefix)
            database.run("DELETE FROM root WHERE id = ?", [inner])


def move_homes(database: Database, inner: RootId, outer: RootId, prefix: str = "") -> None:
    """Items that went to copies, and may come back to a root, come back to another one from now on."""
    database.run(
        "UPDATE followed_copy SET root_id = ?, relpath = ltrim(? || '/' || relpath, '/') WHERE root_id = ?",
        [outer, prefix, inner],
    )


def move_kept_items(database: Database, inner: RootId, outer: RootId, prefix: str) -> None:
    """Items that undo can bring back belong to another root from now on."""
    _move_items(database, "edit_item", inner, outer, prefix)


def _move_items(database: Database, table: str, inner: RootId, outer: RootId, prefix: str) -> None:
    if not prefix:
        database.run(f"UPDATE {table} SET root_id = ? WHERE root_id = ?", [outer, inner])
        return
    database.run(
        f"UPDATE {table} SET root_id = ?, relpath = ? || '/' || relpath, "
        "folder = CASE WHEN folder = '' THEN ? ELSE ? || '/' || folder END WHERE root_id = ?",
        [outer, prefix, prefix, prefix, inner],
    )


def root_by_id(database: Database, root_id: RootId) -> Root:
    """One root. Raises KnownError if there is none."""
    for root in read_roots(database):
        if root.id == root_id:
            return root
    raise KnownError("That folder is not in the library any more.")


def relocate_root(database: Database, root_id: RootId, new: Path) -> Root:
    """The folder lies elsewhere now; its items keep everything. Raises KnownError if it overlaps another root."""
    for number, path in root_paths(database).items():
        if number != root_id and (path.is_relative_to(new) or new.is_relative_to(path)):
            raise KnownError(f"{new} overlaps the folder {path}, which is in the library already.")
    with database.writing(counts=True):
        database.run("UPDATE root SET path = ? WHERE id = ?", [encode_path(new), root_id])
    return root_by_id(database, root_id)


def set_root_flag(database: Database, root_id: RootId, flag: str, value: bool) -> None:
    """Set ``paused`` or ``polled``."""
    statement = {
        "paused": "UPDATE root SET paused = ? WHERE id = ?",
        "polled": "UPDATE root SET polled = ? WHERE id = ?",
    }[flag]
    with database.writing():
        database.run(statement, [value, root_id])
        if flag == "paused" and not value:
            look_for_lacking(database)  # nothing was read of it meanwhile


def set_root_reachable(database: Database, root_id: RootId, reachable: bool) -> int:
    """Whether the root can be reached; its present items go offline, or come back. Returns how many changed."""
    before, after = (State.OFFLINE, State.PRESENT) if reachable else (State.PRESENT, State.OFFLINE)
    with database.writing(counts=True):
        database.run("UPDATE root SET reachable = ? WHERE id = ?", [reachable, root_id])
        changed = database.row(
            "UPDATE item SET state = ? WHERE root_id = ? AND state = ?", [str(after), root_id, str(before)]
        )
        count = int(changed[0]) if changed else 0
        if reachable and count:  # the program may have been updated while they were out of reach
            look_for_lacking(database)
    return count


def set_ignored(database: Database, root_id: RootId, count: int) -> None:
    """How many regular files of the root are no media."""
    with database.writing():
        database.run("UPDATE root SET ignored = ? WHERE id = ?", [count, root_id])
