"""The log of edits: each is written with its way back and forth, in one transaction. It outlives the program."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog import edits, places, removed, roots
from desktop_app.engine.catalog.companions import raws_that_say_the_same
from desktop_app.engine.catalog.connection import Database, Ids, id_table
from desktop_app.engine.catalog.encoding import decode_name, decode_path, encode_path
from desktop_app.engine.catalog.playlists import playlist_items
from desktop_app.engine.catalog.removed import Effect
from desktop_app.errors import KnownError

KEPT: Final = 100
"""How many edits can be taken back."""
SLACK: Final = 20
"""So many more are kept until the oldest are dropped together."""
HEAVIEST: Final = 6_000_000
"""Of all together: beyond, the oldest are dropped, but never the newest. A rating weighs 1, an item 10."""
ITEM_WEIGHT: Final = 10

TRASHING: Final = "trashing"
"""The fact that names the items whose files are just being moved to the trash, by number."""

PARTS: Final = ("edit_rating", "edit_tag", "edit_playlist", "edit_entry", "edit_root", "edit_item", "edit_file")


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """One edit of the log. ``trashed``: its files as (item, where it lay, where it lies now); ``made_at``: in seconds
    since the epoch, the last time that it was done."""

    id: int
    label: str
    trashed: tuple[tuple[ItemId, Path, Path], ...] = ()
    made_at: float = 0.0


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Where the file of an item that was taken out belongs, and what it was when last read (0 or None: unknown)."""

    path: Path
    size: int
    mtime_ns: int
    content_hash: str | None


class EditLog:
    """Makes the edits and takes them back. On the writing thread, but ``last`` and ``next``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # what can be taken back

    def last(self) -> LoggedEdit | None:
        """The one that undo takes back."""
        return self._edit("SELECT id, label, made_at FROM edit WHERE NOT undone ORDER BY id DESC LIMIT 1")

    def next(self) -> LoggedEdit | None:
        """The one that redo does again."""
        return self._edit("SELECT id, label, made_at FROM edit WHERE undone ORDER BY id LIMIT 1")

    def _edit(self, sql: str) -> LoggedEdit | None:
        found = self._database.row(sql)
        if found is None:
            return None
        files = self._database.rows("SELECT item_id, path, trashed FROM edit_file WHERE edit_id = ?", [found[0]])
        trashed = tuple((ItemId(item), decode_path(path), decode_path(now)) for item, path, now in files)
        return LoggedEdit(int(found[0]), str(found[1]), trashed, found[2])

    def files_of(self, edit: LoggedEdit) -> dict[ItemId, KeptFile]:
        """The files of the items that an edit took out, of those whose folders are in the library."""
        found = self._database.rows(
            "SELECT i.id, r.path, i.relpath, i.size, i.mtime_ns, i.content_hash "
            "FROM edit_item i JOIN root r ON r.id = i.root_id WHERE i.edit_id = ?",
            [edit.id],
        )
        return {
            ItemId(item): KeptFile(decode_path(root) / decode_name(relpath), size, mtime_ns, content_hash)
            for item, root, relpath, size, mtime_ns, content_hash in found
        }

    # making edits

    def rate(self, ids: Ids, stars: int) -> ChangeSet:
        """Rate items 0 to 5; the change names those whose rating was another. Raises UsageError."""
        with self._database.writing():
            edit = self._new_id()
            ids = [*ids, *raws_that_say_the_same(self._database, ids, tags=False)]
            with self._database.given(chosen=id_table(ids)):
                self._database.run(
                    "INSERT INTO edit_rating SELECT ?, id, rating, ? FROM item "
                    "WHERE id IN (SELECT id FROM chosen) AND rating <> ?",
                    [edit, stars, stars],
                )
            changed = edits.set_rating(self._database, ids, stars)
            return self._noted(edit, changed, self._label_said("Rate" if stars else "Unrate", "edit_rating", edit))

    def tag(self, ids: Ids, add: Sequence[str], remove: Sequence[str]) -> ChangeSet:
        """Take tags away and add tags."""
        with self._database.writing():
            edit = self._new_id()
            ids = [*ids, *raws_that_say_the_same(self._database, ids, tags=True)]
            change = edits.remove_tags(self._database, ids, remove, edit) if remove else ChangeSet()
            if add:
                change = change.merged(edits.add_tags(self._database, ids, add, edit))
            return self._noted(edit, change, self._label_said("Tag" if add else "Untag", "edit_tag", edit))

    def change_playlist(
        self, label: str, write: Callable[[], PlaylistId], playlist: PlaylistId | None = None
    ) -> ChangeSet:
        """Carry out a write of one playlist, ``playlist`` or a new one; ``write`` says which it was."""
        with self._database.writing():
            edit = self._new_id()
            if playlist is not None:
                self._keep_playlist(edit, playlist, after=False)
            self._keep_playlist(edit, write(), after=True)
            return self._noted(edit, ChangeSet(playlists=True), label)

    def remove(
        self, ids: Ids, verb: str = "Remove", trashed: Mapping[ItemId, tuple[Path, Path]] | None = None
    ) -> Effect:
        """Take items out with all that was said of them; ``trashed``: where their files lay, and lie now."""
        with self._database.writing(counts=True):
            edit = self._new_id()
            gone = removed.take_out(self._database, edit, ids)
            if trashed:
                self._keep_files(edit, trashed)
            edits.restore_ratings(self._database, edit, back=False)  # of RAWs, which were not shown
            edits.restore_tags(self._database, edit, back=False)
            change = removed.moved(gone)
            label = self._label(verb, f"FROM edit_item WHERE edit_id = {edit}")
            return Effect(self._noted(edit, change, label), gone=gone)

    def remove_root(self, root_id: RootId, label: str) -> Effect:
        """Take a folder and its items out."""
        with self._database.writing(counts=True):
            edit = self._new_id()
            gone = removed.take_out_root(self._database, edit, root_id)
            change = ChangeSet(membership=True, roots=True, playlists=True, tags=True)
            return Effect(self._noted(edit, change, label), gone=gone)

    def relocate_root(self, root_id: RootId, new: Path, label: str) -> Effect:
        """The folder lies elsewhere now. Raises KnownError if it overlaps another one."""
        with self._database.writing(counts=True):
            edit = self._new_id()
            self._keep_root(edit, root_id, after=False)
            roots.relocate_root(self._database, root_id, new)
            self._keep_root(edit, root_id, after=True)
            return Effect(self._noted(edit, ChangeSet(membership=True, roots=True), label))

    def merge(self, write: Callable[[int], Merged], label: str) -> Merged:
        """Carry out an import; ``write`` is given the edit's number, under which it writes down what it changes."""
        with self._database.writing():
            edit = self._new_id()
            merged = write(edit)
            return replace(merged, change=self._noted(edit, merged.change, label))

    # taking them back

    def other_contents(self, edit: LoggedEdit) -> list[tuple[places.KnownItem, places.KnownItem]]:
        """Items that an edit took out, each with who is at its place now and has other bytes."""
        return removed.other_contents(self._database, edit.id)

    def undo(self, edit: LoggedEdit, lost: Mapping[ItemId, str] | None = None) -> Effect:
        """Take an edit back; ``lost``: its items whose files did not come back from the trash, and why.

        What touched files is not done again by redo, so it is forgotten. Raises KnownError where it can't be taken
        back any more.
        """
        with self._database.writing(counts=True):
            effect = self._way(edit.id, back=True, lost=list(lost or ()))
            for item, reason in (lost or {}).items():
                places.set_states(self._database, [item], State.MISSING, reason)
            if edit.trashed:
                self._drop("= ?", edit.id)
            else:
                self._database.run("UPDATE edit SET undone = true WHERE id = ?", [edit.id])
            with self._database.given(back=id_table(effect.returned)):
                missing = self._database.integers(
                    "SELECT id FROM item WHERE id IN (SELECT id FROM back) AND state = 'missing'"
                )
        return replace(effect, missing=missing)

    def redo(self, edit: LoggedEdit) -> Effect:
        """Do an edit again that was taken back. Raises KnownError where it can't be done any more."""
        with self._database.writing(counts=True):
            effect = self._way(edit.id, back=False)
            self._database.run("UPDATE edit SET undone = false, made_at = ? WHERE id = ?", [time.time(), edit.id])
        return effect

    def forget(self, edit: LoggedEdit) -> None:
        """It can't be taken back, or done again."""
        with self._database.writing():
            self._drop("= ?", edit.id)

    def _way(self, edit: int, *, back: bool, lost: Ids = ()) -> Effect:
        database = self._database
        effect = removed.put_back(database, edit, lost) if back else removed.take_out_again(database, edit)
        change = effect.change
        change = change.merged(edits.restore_ratings(database, edit, back=back))
        change = change.merged(edits.restore_tags(database, edit, back=back))
        if self._restore_playlists(edit, back=back):
            change = change.merged(ChangeSet(playlists=True))
        if not change:
            raise KnownError("What this was about is not in the library any more.")
        if len(effect.returned):  # the program may have been updated while they were out of the library
            edits.look_for_lacking(database)
        return replace(effect, change=change)

    # what belongs to an edit

    def _new_id(self) -> int:
        return self._database.take_ids("edit", 1)

    def _noted(self, edit: int, change: ChangeSet, label: str) -> ChangeSet:
        """Write the edit down, if it changed anything; what was undone before it can't be done again any more."""
        if not change:
            return change
        database = self._database
        if database.row("SELECT 1 FROM edit WHERE undone LIMIT 1") is not None:
            self._drop("IN (SELECT id FROM edit WHERE undone)")
        weights = " + ".join(
            f"(SELECT count(*) FROM {part} WHERE edit_id = {edit}){f' * {ITEM_WEIGHT}' if part == 'edit_item' else ''}"
            for part in PARTS
        )
        database.run(f"INSERT INTO edit VALUES (?, ?, ?, {weights}, false)", [edit, label, time.time()])
        self._prune()
        return ChangeSet(change.items, change.membership, change.playlists, change.roots, change.tags, undo=label)

    def _prune(self) -> None:
        count, weight = self._database.rows("SELECT count(*), coalesce(sum(weight), 0) FROM edit")[0]
        if count <= KEPT + SLACK and weight <= HEAVIEST:
            return
        newest = self._database.rows("SELECT id, weight FROM edit ORDER BY id DESC")
        total, oldest = 0, newest[0][0]
        for number, each in newest[:KEPT]:
            total += each
            if total > HEAVIEST and number != newest[0][0]:
                break
            oldest = number
        self._drop("< ?", oldest)

    def _drop(self, which: str, *parameters: object) -> None:
        for part in PARTS:
            self._database.run(f"DELETE FROM {part} WHERE edit_id {which}", parameters)
        self._database.run(f"DELETE FROM edit WHERE id {which}", parameters)

    def _label_said(self, verb: str, table: str, edit: int) -> str:
        """Of the items of an edit; a RAW and its photo are one."""
        said = f"(SELECT item_id FROM {table} WHERE edit_id = {edit})"
        return self._label(verb, f"FROM item WHERE id IN {said} AND coalesce(companion_of NOT IN {said}, true)")

    def _label(self, verb: str, items: str) -> str:
        """``Rate 3 Photos``; ``items``: what selects their kinds."""
        found = self._database.rows(f"SELECT kind, count(*) {items} GROUP BY kind")
        count = sum(number for _kind, number in found)
        noun = {"photo": "Photo", "track": "Track"}.get(found[0][0], "Item") if len(found) == 1 else "Item"
        return f"{verb} {count:,} {noun}{'s' if count != 1 else ''}"

    def _keep_root(self, edit: int, root_id: RootId, *, after: bool) -> None:
        self._database.run(
            "INSERT INTO edit_root BY NAME SELECT ? AS edit_id, ? AS after, * FROM root WHERE id = ?",
            [edit, after, root_id],
        )

    def _keep_files(self, edit: int, trashed: Mapping[ItemId, tuple[Path, Path]]) -> None:
        files = pa.table(
            {
                "item": pa.array(list(trashed), pa.int64()),
                "path": pa.array([encode_path(path) for path, _now in trashed.values()], pa.string()),
                "trashed": pa.array([encode_path(now) for _path, now in trashed.values()], pa.string()),
            }
        )
        with self._database.given(files=files):
            self._database.run("INSERT INTO edit_file SELECT ?, item, path, trashed FROM files", [edit])

    def _keep_playlist(self, edit: int, playlist: PlaylistId, *, after: bool) -> None:
        self._database.run(
            "INSERT INTO edit_playlist SELECT ?, ?, * FROM playlist WHERE id = ?", [edit, after, playlist]
        )
        self._database.run(
            "INSERT INTO edit_entry SELECT ?, ?, * FROM playlist_entry WHERE playlist_id = ?", [edit, after, playlist]
        )

    def _restore_playlists(self, edit: int, *, back: bool) -> bool:
        """Bring the playlists of an edit to their state before it, or after; returns whether it has some."""
        database, now = self._database, not back
        found = [
            int(row[0]) for row in database.rows("SELECT DISTINCT id FROM edit_playlist WHERE edit_id = ?", [edit])
        ]
        for number in found:
            listed = database.integers(
                "SELECT item_id FROM edit_entry WHERE edit_id = ? AND after = ? AND playlist_id = ?",
                [edit, now, number],
            )
            edits.stay_where_they_are(database, np.setdiff1d(listed, playlist_items(database, PlaylistId(number))))
            database.run("DELETE FROM playlist_entry WHERE playlist_id = ?", [number])
            database.run("DELETE FROM playlist WHERE id = ?", [number])
            database.run(
                "INSERT INTO playlist BY NAME SELECT * EXCLUDE (edit_id, after) FROM edit_playlist "
                "WHERE edit_id = ? AND after = ? AND id = ?",
                [edit, now, number],
            )
            database.run(
                "INSERT INTO playlist_entry BY NAME SELECT * EXCLUDE (edit_id, after) FROM edit_entry "
                "WHERE edit_id = ? AND after = ? AND playlist_id = ? AND item_id IN (SELECT id FROM item)",
                [edit, now, number],
            )
        return bool(found)


def forget_trashed(database: Database) -> None:
    """Drop the edits that moved files: of a catalogue that comes from elsewhere, undo must not move any."""
    with database.writing():
        moving = "IN (SELECT edit_id FROM edit_file)"
        database.run(f"DELETE FROM edit WHERE id {moving}")
        for part in PARTS:  # edit_file is the last
            database.run(f"DELETE FROM {part} WHERE edit_id {moving}")
        edits.put_meta(database, TRASHING, "")
