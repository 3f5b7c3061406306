"""The catalogue as the one writer sees it: a thin composition of the table families."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.reading import Vector
from desktop_app.engine.catalog import (
    companions,
    edits,
    hash_filter,
    items,
    learned_payloads,
    library_lock,
    merging,
    migrations,
    places,
    plain_copies,
    playlists,
    replacing,
    roots,
    successors,
    vectors,
    waveforms,
)
from desktop_app.engine.catalog.connection import Database, Ids
from desktop_app.engine.catalog.edit_log import EditLog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.places import ItemMove, ItemTouch, KnownItem
from desktop_app.engine.catalog.reader import CatalogReader
from desktop_app.engine.catalog.vectors import Matrix
from desktop_app.file_lock import FileLock


class Catalog(CatalogReader):
    """The one writer. Each method is one transaction; ``transaction`` makes several into one."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        keep: migrations.Keep = lambda _database: None,
        allow_new: Callable[[], object] = lambda: None,
    ) -> "Catalog":
        """Open, create or migrate the file; ``keep`` backs up an older one first, ``allow_new`` raises where there is
        none but should be.

        Raises LibraryUnavailableError if it is in use, damaged or newer than this program; nothing is deleted.
        """
        path.parent.mkdir(parents=True, exist_ok=True)

        lock = library_lock.take(path)
        try:
            lone_log, backups = None, path.parent / "backups"
            path = replacing.completed(path, backups)
            if not path.exists():
                allow_new()
                lone_log = replacing.set_log_aside(path, backups)
                migrations.create(path, Database)
            database = migrations.open_current(path, keep, lambda: Database(path), migrations.steps())
            try:
                vectors.add_indexes(database)
            except BaseException:
                database.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(database, lock, lone_log)

    def __init__(self, database: Database, lock: FileLock, lone_log: Path | None = None) -> None:
        super().__init__(database)
        self._lock = lock
        self.lone_log = lone_log
        """Where the log of a catalogue that was gone is kept; this one is new then."""

    def close(self) -> None:
        """Close the file and every reader's cursor."""
        try:
            self._database.close()
        finally:
            self._lock.release()

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reader(self) -> CatalogReader:
        """The reading half, for any thread."""
        return CatalogReader(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything written inside is committed together, or not at all."""
        return self._database.writing()

    @property
    def database(self) -> Database:
        """The open file, for what copies it as a whole."""
        return self._database

    def checkpoint(self) -> None:
        """Write the log into the file, so that a copy of it is whole."""
        self._database.checkpoint()

    # -- roots -------------------------------------------------------------------------------------------------------

    def add_root(self, path: Path) -> Root:
        """Watch a folder (absolute, resolved). One inside a root is that root; roots inside it become part of it."""
        return roots.add_root(self._database, path)

    def remove_root(self, root_id: RootId) -> int:
        """Stop watching a folder and take its items out of the catalogue; returns how many."""
        return places.remove_root(self._database, root_id)

    def relocate_root(self, root_id: RootId, new: Path) -> Root:
        """The folder lies elsewhere now. Raises KnownError if it overlaps another root."""
        return roots.relocate_root(self._database, root_id, new)

    def set_root_paused(self, root_id: RootId, paused: bool) -> None:
        """Whether the root is left alone."""
        roots.set_root_flag(self._database, root_id, "paused", paused)

    def set_root_polled(self, root_id: RootId, polled: bool) -> None:
        """Whether the root is looked through from time to time, for want of native events."""
        roots.set_root_flag(self._database, root_id, "polled", polled)

    def set_root_reachable(self, root_id: RootId, reachable: bool) -> int:
        """Present items of a root go offline with it and come back with it; returns how many."""
        return roots.set_root_reachable(self._database, root_id, reachable)

    def set_ignored(self, root_id: RootId, count: int) -> None:
        """How many regular files of the root are no media."""
        roots.set_ignored(self._database, root_id, count)

    # -- indexing ----------------------------------------------------------------------------------------------------

    def possible_contents(self, hashes: Collection[str]) -> list[str]:
        """Those of the content hashes that items may have: of the others it is sure, told without reading all."""
        return hash_filter.possible(self._database, hash_filter.CONTENT, hashes)

    def possible_payloads(self, hashes: Collection[str]) -> list[str]:
        """Those of the payload hashes that items may have."""
        return hash_filter.possible(self._database, hash_filter.PAYLOAD, hashes)

    def learn_payloads(self, payloads: Mapping[str, str]) -> None:
        """Payloads by content hash: items of that content that counted whole are known by them from now on."""
        learned_payloads.learn_payloads(self._database, payloads)

    def upsert_readings(self, writes: Sequence[ItemWrite]) -> list[ItemId]:
        """Add or update items; returns their ids in order. What people said of an existing item stays."""
        return items.upsert_readings(self._database, writes)

    def move_items(self, moves: Sequence[ItemMove]) -> None:
        """Give items new places, swaps included; an item that loses its place to another becomes missing."""
        places.move_items(self._database, moves)

    def follow_copies(self, pairs: Sequence[tuple[KnownItem, KnownItem]], *, may_return: bool = True) -> None:
        """Each item (the first) takes the place of its copy, or its edit, which leaves the catalogue.

        ``may_return``: where it lay is kept.
        """
        plain_copies.follow_copies(self._database, pairs, may_return=may_return)

    def note_successors(self, left: Mapping[tuple[RootId, str], ItemId], since: float) -> None:
        """Keep which items that something was said of left these places to items of which nothing was, added since."""
        successors.note_successors(self._database, left, since)

    def successors(self, ids: Ids, since: float) -> list[tuple[KnownItem, KnownItem]]:
        """Those of the items of which that was noted since, with who lies there, if nothing was said of that yet."""
        return successors.successors(self._database, ids, since)

    def hand_over(self, heirs: Mapping[ItemId, ItemId]) -> None:
        """Items of which nobody said anything leave the catalogue for others, which undo then means."""
        plain_copies.hand_over(self._database, heirs)

    def move_homes(self, old: RootId, new: RootId) -> None:
        """Items that went from a root to copies may come back to another one: it is the same folder."""
        with self._database.writing():
            roots.move_homes(self._database, old, new)

    def touch_items(self, touches: Sequence[ItemTouch]) -> None:
        """Record the new time of unchanged content; a missing or offline item is there again."""
        places.touch_items(self._database, touches)

    def set_states(self, ids: Ids, state: State, reason: str | None = None) -> None:
        """Set the state of items."""
        places.set_states(self._database, ids, state, reason)

    def set_companions(self, pairs: Sequence[tuple[ItemId, ItemId | None]]) -> None:
        """Hide each RAW behind its photo: (RAW, photo); None shows it by itself again."""
        companions.set_companions(self._database, pairs)

    def pair_companions(self, raw_extensions: Collection[str]) -> frozenset[ItemId]:
        """Find afresh each RAW that lies beside a photo of the same name; returns the items whose companion changed."""
        return companions.pair_companions(self._database, raw_extensions)

    def remove_items(self, ids: Ids) -> int:
        """Take items out of the catalogue, with their tags and playlist places; returns how many there were."""
        return places.remove_items(self._database, ids)

    def put_vectors(
        self, space: str, version: int, payload_hashes: Sequence[str], vectors_: Sequence[Vector] | Matrix
    ) -> NDArray[np.bool_]:
        """Keep one vector per payload, float32 (n, dim) or uint8; what is there already stays.

        Says of each (n,) whether it is surely what is stored now, since the payload is new.
        """
        return vectors.put_vectors(self._database, space, version, payload_hashes, vectors_)

    def drop_vectors(self, space: str, version: int) -> None:
        """Give up a space's vectors."""
        vectors.drop_vectors(self._database, space, version)

    def put_waveform(self, payload_hash: str, waveform: Waveform | None) -> None:
        """Keep a track's waveform; None: it was tried and can't be made."""
        waveforms.put_waveform(self._database, payload_hash, waveform)

    def merge(self, collection: merging.Collection, compare: merging.Compare) -> tuple[Merged, NDArray[np.int64]]:
        """Add what a collection says, as one edit; also the ids of items that got vectors."""
        return merging.merge_collection(self._database, self.log, collection, compare)

    def put_meta(self, key: str, value: str) -> None:
        """Keep a fact about the library itself."""
        edits.put_meta(self._database, key, value)

    @property
    def log(self) -> EditLog:
        """Makes the user's edits, with their way back."""
        return EditLog(self._database)

    # -- edits -------------------------------------------------------------------------------------------------------

    def set_rating(self, ids: Ids, stars: int) -> ChangeSet:
        """Rate items 0 to 5; the change names those whose rating was another. Raises UsageError."""
        return edits.set_rating(self._database, ids, stars)

    def add_tags(self, ids: Ids, names: Sequence[str]) -> ChangeSet:
        """Add tags, in the spelling given; an item has a tag once, whatever its case."""
        return edits.add_tags(self._database, ids, names)

    def remove_tags(self, ids: Ids, names: Sequence[str]) -> ChangeSet:
        """Take tags away, whatever their case."""
        return edits.remove_tags(self._database, ids, names)

    # -- playlists ---------------------------------------------------------------------------------------------------

    def save_playlist(self, name: str, item_ids: Ids) -> PlaylistId:
        """Save under a name; a playlist of the same name is replaced. Raises KnownError without a name."""
        return playlists.save_playlist(self._database, name, item_ids)

    def rename_playlist(self, playlist_id: PlaylistId, name: str) -> None:
        """Rename. Raises KnownError if another playlist has the name."""
        playlists.rename_playlist(self._database, playlist_id, name)

    def delete_playlist(self, playlist_id: PlaylistId) -> None:
        """Delete a playlist, never its tracks."""
        playlists.delete_playlist(self._database, playlist_id)

    def append_to_playlist(self, playlist_id: PlaylistId, item_ids: Ids) -> None:
        """Add items at the end."""
        playlists.append_to_playlist(self._database, playlist_id, item_ids)

    def replace_playlist(self, playlist_id: PlaylistId, item_ids: Ids) -> None:
        """Give a playlist these items in this order."""
        playlists.replace_playlist(self._database, playlist_id, item_ids)
