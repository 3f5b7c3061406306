"""The catalogue as its readers see it: a thin composition of the table families."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.browsing import LibraryTree, Listing, ListingReply, PlaylistInfo
from desktop_app.domain.ids import ItemId, PlaylistId, RootId
from desktop_app.domain.items import ItemDetail, ItemPlace, ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.reading import Vector
from desktop_app.engine.catalog import (
    checks,
    collection_files,
    edits,
    exchange,
    listing,
    look_alikes,
    payloads,
    places,
    plain_copies,
    playlists,
    roots,
    rows,
    tree,
    vectors,
    waveforms,
)
from desktop_app.engine.catalog.checks import Finding
from desktop_app.engine.catalog.connection import ArrowTable, Database, Ids
from desktop_app.engine.catalog.places import KnownFiles, KnownItem
from desktop_app.engine.catalog.plain_copies import PlainCopies
from desktop_app.engine.catalog.roots import RootPlace
from desktop_app.engine.catalog.tree import Counts
from desktop_app.engine.catalog.vectors import AT_ONCE, Matrix


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

    def look_alikes(self, ids: Ids) -> Ids:
        """Those of the items that can't be told from others by size and time."""
        return look_alikes.look_alikes(self._database, ids)

    def added_before(self, times: Mapping[ItemId, float]) -> Ids:
        """Those of the items that were added before a time of their own."""
        return look_alikes.added_before(self._database, times)

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

    def plain_copies(self, ids: Ids, since: float, written: Collection[ItemId] = ()) -> PlainCopies:
        """Other items, that are there, with the payload of one of these, of which nobody said anything; added since,
        or ``written`` anew."""
        return plain_copies.plain_copies(self._database, ids, since, written)

    def items_of_root(self, root_id: RootId) -> NDArray[np.int64]:
        """The ids of all items of a root: int64 (n,), sorted."""
        return places.items_of_root(self._database, root_id)

    def missing_beside(self, ids: Ids) -> NDArray[np.int64]:
        """The missing items with the payload of one of these: int64 (n,), sorted."""
        return plain_copies.missing_beside(self._database, ids)

    def items_at(self, relpaths: Collection[tuple[RootId, str]], *, missing: bool) -> list[KnownItem]:
        """The items that lie at these places below roots, or else the ``missing`` ones that lay there."""
        return places.items_at(self._database, relpaths, missing=missing)

    def plain_items(self, ids: Ids, since: float = 0.0) -> NDArray[np.int64]:
        """Those of the items of which nobody said anything, and that were added since: int64 (n,)."""
        return plain_copies.plain_items(self._database, ids, since)

    def away_from(self, places: Collection[tuple[RootId, str]]) -> list[tuple[KnownItem, tuple[RootId, str]]]:
        """Items that went from one of these places to a copy, as they are now, with the place."""
        return plain_copies.away_from(self._database, places)

    def sharing_content(self, ids: Ids, others: Ids) -> NDArray[np.int64]:
        """Those of the items whose bytes one of the others has, too: int64 (n,), sorted."""
        return places.sharing_content(self._database, ids, others)

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

    def places(self, ids: Ids) -> dict[ItemId, ItemPlace]:
        """Where the files of these items are, or were, and whether they are shown; unknown ids are left out."""
        return rows.read_places(self._database, ids)

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
        self, space: str, version: int, ids: Ids, chunk: int = AT_ONCE
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

    def older_versions(self, space: str, version: int) -> list[int]:
        """The versions of a space below this one of which vectors are stored."""
        return vectors.older_versions(self._database, space, version)

    def waveform(self, payload_hash: str) -> Waveform | None:
        """The waveform of a track's payload."""
        return waveforms.read_waveform(self._database, payload_hash)

    def items_without_waveform(self, limit: int, after: int = 0) -> list[tuple[ItemId, str]]:
        """Present tracks whose waveform was not tried yet: (id, payload hash)."""
        return waveforms.items_without_waveform(self._database, limit, after)

    def count_without_waveform(self) -> int:
        """How many of these there are, one per payload."""
        return waveforms.count_without_waveform(self._database)

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
