"""The catalogue as the rest of the engine sees it: a thin composition of the table families."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.browsing import LibraryTree, Listing, ListingReply, PlaylistInfo
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.items import ItemDetail, ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.reading import Vector
from desktop_app.engine.catalog import (
    checks,
    collection_files,
    edits,
    exchange,
    hash_filter,
    items,
    library_lock,
    listing,
    merging,
    migrations,
    payloads,
    places,
    playlists,
    replacing,
    roots,
    rows,
    tree,
    vectors,
    waveforms,
)
from desktop_app.engine.catalog.checks import Finding
from desktop_app.engine.catalog.connection import ArrowTable, Database, Ids
from desktop_app.engine.catalog.edit_log import EditLog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.places import ItemMove, ItemTouch, KnownFiles, KnownItem
from desktop_app.engine.catalog.roots import RootPlace
from desktop_app.engine.catalog.tree import Counts
from desktop_app.engine.catalog.vectors import Matrix
from desktop_app.file_lock import FileLock


class CatalogReader:
    """Reads, from any thread: each thread has a cursor of its own, and no read waits for a write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def sequence(self) -> int:
        """Counts every committed write of items or vectors."""
        return int(self._database.value("SELECT value FROM counter WHERE name = 'sequence'"))

    # -- the indexer's view --------------------------------------------------------------------------------------

    def roots(self) -> list[Root]:
        """All roots with the number of their items, by path."""
        return roots.read_roots(self._database)

    def root_places(self) -> dict[RootId, RootPlace]:
        """Where the roots lie now, and which are paused; without counting their items."""
        return roots.root_places(self._database)

    def known_files(self, root_id: RootId, parts: Sequence[tuple[str, bool]] | None = None) -> KnownFiles:
        """What the catalogue knows of a root, or of folders below it: (folder, with all folders in it)."""
        return places.known_files(self._database, root_id, parts)

    def known_sizes(self) -> NDArray[np.int64]:
        """The sizes that files of items have, in bytes, each once: int64 (n,)."""
        return places.known_sizes(self._database)

    def items_by_content(self, hashes: Collection[str]) -> list[KnownItem]:
        """Items of any state with one of these content hashes, by id."""
        return places.items_by_hash(self._database, "content_hash", hashes)

    def copies_of(self, ids: Ids) -> NDArray[np.int64]:
        """Items of any state with the bytes of one of these, themselves included: int64 (n,), sorted."""
        return places.copies_of(self._database, ids)

    def items_by_payload(self, hashes: Collection[str]) -> list[KnownItem]:
        """Items of any state with one of these payload hashes, by id."""
        return places.items_by_hash(self._database, "payload_hash", hashes)

    def problem_ids(self) -> NDArray[np.int64]:
        """The items whose files could not be read: int64 (n,)."""
        return places.problem_ids(self._database)

    def known_items(self, ids: Ids) -> list[KnownItem]:
        """These items as the indexer needs them, by id."""
        return places.known_items(self._database, ids)

    # -- lists, rows, the tree -------------------------------------------------------------------------------------

    def ids(self, asked: Listing) -> ListingReply:
        """The ids of a listing in order, with its sections. Raises QueryError."""
        return listing.list_ids(self._database, asked)

    def find(
        self, query_text: str, *, limit: int | None = None, kind: Kind | None = None, state: State | None = None
    ) -> tuple[int, list[ItemRow]]:
        """How many items of any state match, and the rows of the first by path. Raises QueryError."""
        return listing.find(self._database, query_text, limit=limit, kind=kind, state=state)

    def matching_ids(self, query_text: str) -> NDArray[np.int64] | None:
        """Ids that match, int64 (n,), sorted; None for an empty query. Raises QueryError."""
        return listing.matching_ids(self._database, query_text)

    def rows(self, ids: Ids) -> list[ItemRow]:
        """The rows of these items in the order asked; unknown ids are left out."""
        return rows.read_rows(self._database, ids)

    def detail(self, item_id: ItemId) -> ItemDetail | None:
        """Everything known of one item."""
        return rows.read_detail(self._database, item_id)

    def path_of(self, item_id: ItemId) -> Path | None:
        """Where an item's file is, or was."""
        return rows.paths_of(self._database, [item_id]).get(item_id)

    def paths_of(self, ids: Ids) -> dict[ItemId, Path]:
        """Where the files of items are, or were."""
        return rows.paths_of(self._database, ids)

    def tags_of(self, ids: Ids) -> dict[ItemId, tuple[str, ...]]:
        """The tags of each item that has some."""
        return rows.tags_of(self._database, ids)

    def item_by_path(self, path: Path) -> ItemRow | None:
        """The item at an absolute path."""
        return self.items_by_paths([path]).get(path)

    def items_by_paths(self, paths: Collection[Path]) -> dict[Path, ItemRow]:
        """The items at absolute paths; where there is none, no entry."""
        found = places.ids_by_path(self._database, paths)
        by_id = {row.id: row for row in rows.read_rows(self._database, list(found.values()))}
        return {path: by_id[number] for path, number in found.items() if number in by_id}

    def tree(self) -> LibraryTree:
        """Everything the library tree shows."""
        return tree.read_tree(self._database)

    def counts(self, root_ids: Sequence[RootId] | None = None) -> Counts:
        """Items by what they are, of the library or of some roots."""
        return tree.read_counts(self._database, root_ids)

    # -- vectors ---------------------------------------------------------------------------------------------------

    def vectors(self, space: str, version: int, payload_hashes: Sequence[str]) -> tuple[list[str], Matrix]:
        """Those of the payloads that have a vector, in the order asked, and the vectors (n, dim)."""
        return vectors.read_vectors(self._database, space, version, payload_hashes)

    def vectors_of_items(self, space: str, version: int, ids: Ids) -> tuple[NDArray[np.int64], Matrix]:
        """Those of the items that have a vector, in the order asked, and the vectors: float32 or uint8 (n, dim)."""
        return vectors.vectors_of_items(self._database, space, version, ids)

    def iterate_vectors(
        self, space: str, version: int, ids: Ids, chunk: int = 20_000
    ) -> Iterator[tuple[NDArray[np.int64], Matrix]]:
        """``vectors_of_items`` in chunks."""
        return vectors.iterate_vectors(self._database, space, version, ids, chunk)

    def varying_vectors(self, space: str, version: int, payload_hashes: Sequence[str]) -> dict[str, Vector]:
        """Vectors of a space of varying length (fingerprints), by payload hash."""
        return vectors.read_varying(self._database, space, version, payload_hashes)

    def vector_items(self, space: str, version: int) -> NDArray[np.int64]:
        """Ids of the items, other than problems, that have a vector: int64 (n,), sorted."""
        return vectors.vector_items(self._database, space, version)

    def item_payloads(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The ids of all items with a payload, ascending, and its number: int64 (n,) each."""
        return payloads.item_payloads(self._database)

    def vector_count(self, space: str, version: int) -> int:
        """How many items, other than problems, have a vector."""
        return vectors.vector_count(self._database, space, version)

    def describable(self) -> dict[Kind, int]:
        """How many items of each kind, other than problems, there are to describe."""
        return vectors.describable(self._database)

    def items_without_vectors(
        self, space: str, version: int, kind: Kind, limit: int | None = None
    ) -> NDArray[np.int64]:
        """Present items of a kind that lack a vector of the space."""
        return vectors.items_without_vectors(self._database, space, version, kind, limit)

    def payloads_with_vectors(self, spaces: Mapping[str, int], hashes: Collection[str]) -> set[str]:
        """Those of the payloads that have a vector in every one of the spaces (name → version)."""
        return vectors.payloads_with_vectors(self._database, spaces, hashes)

    def stored_spaces(self) -> list[tuple[str, int, int]]:
        """(name, version, number of vectors) of every space that has some."""
        return vectors.stored_spaces(self._database)

    def waveform(self, payload_hash: str) -> Waveform | None:
        """The waveform of a track's payload."""
        return waveforms.read_waveform(self._database, payload_hash)

    def items_without_waveform(self, limit: int) -> list[tuple[ItemId, str]]:
        """Present tracks whose waveform was not tried yet: (id, payload hash)."""
        return waveforms.items_without_waveform(self._database, limit)

    # -- what people made ------------------------------------------------------------------------------------------

    def tag_names(self) -> list[tuple[str, int]]:
        """Every tag in use with the number of its items."""
        return edits.tag_names(self._database)

    def meta(self, key: str) -> str | None:
        """A fact that ``put_meta`` kept."""
        return edits.read_meta(self._database, key)

    def playlists(self) -> list[PlaylistInfo]:
        """All playlists by name."""
        return playlists.read_playlists(self._database)

    def playlist_items(self, playlist_id: PlaylistId) -> NDArray[np.int64]:
        """The items of a playlist in order, int64 (n,)."""
        return playlists.playlist_items(self._database, playlist_id)

    def playlist_by_name(self, name: str) -> PlaylistInfo | None:
        """The playlist of that name, whatever its case."""
        return playlists.playlist_by_name(self._database, name)

    # -- health and exchange -----------------------------------------------------------------------------------------

    def check(self) -> list[Finding]:
        """Whether the catalogue is sound."""
        return checks.check(self._database)

    def export_tables(self, spaces: Mapping[str, int], chunk: int = 2_000) -> Iterator[ArrowTable]:
        """One row per item with metadata and vectors, in chunks."""
        return exchange.export_tables(self._database, spaces, chunk)

    def export(self, path: Path, spaces: Mapping[str, int], wrote: Callable[[int], None] = lambda _items: None) -> int:
        """Write all items to a .json or .parquet file; returns how many. Raises UsageError for another ending.

        Raises KnownError where something else than an export lies there.
        """
        collection_files.check_place(path)
        return exchange.export(self._database, path, spaces, wrote)


class Catalog(CatalogReader):
    """The one writer. Each method is one transaction; ``transaction`` makes several into one."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        memory_limit: str = "512MB",
        threads: int = 2,
        keep: migrations.Keep = lambda _database: None,
    ) -> "Catalog":
        """Open, create or migrate the file; ``keep`` backs up an older one first.

        Raises LibraryUnavailableError if it is in use, damaged or newer than this program; nothing is deleted.
        """
        path.parent.mkdir(parents=True, exist_ok=True)

        def connect() -> Database:
            return Database(path, memory_limit=memory_limit, threads=threads)

        lock = library_lock.take(path)
        try:
            replacing.complete(path, path.parent / "backups")
            database = migrations.open_current(path, keep, connect, migrations.steps())
            try:
                vectors.add_indexes(database)
            except BaseException:
                database.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(database, lock)

    def __init__(self, database: Database, lock: FileLock) -> None:
        super().__init__(database)
        self._lock = lock

    def close(self) -> None:
        """Close the file and every reader's cursor."""
        try:
            self._database.close()
        finally:
            self._lock.release()

    def reopen(self) -> None:
        """Open the file again after a fatal error or a full disk; what was committed is there."""
        self._database.reopen()

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

    def upsert_readings(self, writes: Sequence[ItemWrite]) -> list[ItemId]:
        """Add or update items; returns their ids in order. Ratings and tags of an existing item stay."""
        return items.upsert_readings(self._database, writes)

    def move_items(self, moves: Sequence[ItemMove]) -> None:
        """Give items new places, swaps included; an item that loses its place to another becomes missing."""
        places.move_items(self._database, moves)

    def touch_items(self, touches: Sequence[ItemTouch]) -> None:
        """Record the new time of unchanged content; a missing or offline item is there again."""
        places.touch_items(self._database, touches)

    def set_states(self, ids: Ids, state: State, reason: str | None = None) -> None:
        """Set the state of items."""
        places.set_states(self._database, ids, state, reason)

    def set_companions(self, pairs: Sequence[tuple[ItemId, ItemId | None]]) -> None:
        """Hide each RAW behind its photo: (RAW, photo); None shows it by itself again."""
        places.set_companions(self._database, pairs)

    def pair_companions(self, raw_extensions: Collection[str]) -> int:
        """Find afresh each RAW that lies beside a photo of the same name; returns the number of pairs."""
        return places.pair_companions(self._database, raw_extensions)

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

    def merge(self, collection: merging.Collection) -> tuple[Merged, NDArray[np.int64]]:
        """Add what a collection says, as one edit; also the ids of items that got vectors."""
        return merging.merge_collection(self._database, self.log, collection)

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
