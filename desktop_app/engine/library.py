"""The library without a screen: plain Python, synchronous, no Qt. A facade; it holds no SQL and no feature code."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.domain.browsing import LibraryTree, Listing, ListingReply, PlaylistInfo
from desktop_app.domain.changes import ChangeSet, FoldersAdded
from desktop_app.domain.health import LibraryHealth
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import ItemDetail, ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.notices import Notice, PreviewImage, Tone
from desktop_app.domain.playlists import Playlist, PlaylistRequest
from desktop_app.domain.progress import Progress
from desktop_app.domain.search import PaletteColour, SearchReply, SimilarRequest
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.backups.library_backups import LibraryBackups
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.index_upkeep import IndexUpkeep
from desktop_app.engine.indexing_runs import IndexingRuns, real_folder
from desktop_app.engine.item_vectors import ItemVector, vectors_of
from desktop_app.engine.library_edits import LibraryEdits
from desktop_app.engine.opening import Parts, open_parts
from desktop_app.engine.outputs import check_output
from desktop_app.engine.runs import RunControl
from desktop_app.engine.search_log import SearchLog
from desktop_app.engine.searching import Searching
from desktop_app.errors import KnownError
from desktop_app.paths import Profile
from desktop_app.settings import Settings

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog, CatalogReader
    from desktop_app.engine.catalog.tree import Counts
    from desktop_app.engine.models.library_models import LibraryModels
    from desktop_app.engine.space_maps import Agreement, SpaceMap

log = logging.getLogger(__name__)

INCOMPLETE = "The search index is being prepared: until that is done, some of what is alike may be missing."


class Library(LibraryEdits):
    """All use cases over one profile. Writes and runs on one thread; everything under "reading" from any.

    A context manager; ``close`` saves the indexes and ends the workers. Errors are ``KnownError``s.
    """

    def __init__(self, profile: Profile, settings: Settings, parts: Parts, files: FileReader | None = None) -> None:
        super().__init__(parts.catalog, parts.store, self._follow_roots)
        self.profile = profile
        self.settings = settings
        self.catalog = parts.catalog
        self.store = parts.store
        self.thumbnails = parts.thumbnails
        self.notices: list[Notice] = [
            *parts.notices,
            *([Notice(settings.notice, Tone.WARNING)] if settings.notice else []),
            *([Notice(lost, Tone.WARNING, stays=True)] if (lost := self._removals.complete_trash()) else []),
        ]
        self._files = files or FileReader(parts.jobs)
        self._upkeep = IndexUpkeep(self.catalog, self.store)
        own = profile.own_folders
        self._runs = IndexingRuns(self.catalog, self.store, self._files, self.thumbnails, settings, self._upkeep, own)
        self._readers = threading.local()
        self._models: LibraryModels | None = None
        self._making_models = threading.Lock()
        self._searches = Searching(
            lambda: self.reader,
            self.store,
            self._files,
            SearchLog(profile.directory / "searches.json"),
            lambda: self.models,
        )
        if profile.models_dir.is_dir():
            self.models.tell_spaces()
        self.backups = LibraryBackups(profile, self.catalog)
        self._closed = False

    @classmethod
    def open(
        cls,
        profile: Profile,
        *,
        settings: Settings | None = None,
        jobs: int | None = None,
        files: FileReader | None = None,
    ) -> "Library":
        """Open or create the library of a profile; ``prepare_indexes`` is for the caller to run.

        Raises LibraryUnavailableError.

        ``jobs``: number of worker processes, None as the settings say. ``files``: a reader whose workers have been
        started already; it is the library's from here on, also if it can't be opened.
        """
        chosen = settings if settings is not None else Settings.load(profile.settings_path)
        with ExitStack() as undone:
            if files is not None:
                undone.callback(files.close)
            parts = open_parts(profile, chosen, jobs)
            undone.callback(_close_quietly, parts.catalog)
            undone.callback(parts.store.close)
            library = cls(profile, chosen, parts, files)  # what is read first may be what is damaged
            undone.pop_all()
        return library

    def close(self) -> None:
        """Save what is a cache, end the workers, close the catalogue. May be called again.

        The catalogue is closed, and free for others, whatever fails before.
        """
        if self._closed:
            return
        self._closed = True
        with ExitStack() as steps:  # the last one first
            steps.callback(self.catalog.close)
            steps.callback(self.store.close)
            steps.callback(self._save)
            steps.callback(self.stop_workers)
            steps.callback(self.backups.close)
            steps.callback(self.stop_watching)

    def _save(self) -> None:
        for cache in (self._searches.log.save, self._upkeep.save):
            try:
                cache()
            except Exception:
                log.warning("what the library keeps beside its catalogue could not be saved", exc_info=True)

    def forget(self, notice: Notice) -> None:
        """The user has closed one of ``notices``, which would else be said again at the next start."""
        if notice.stays and notice in self.notices:
            with suppress(KnownError):  # it is said once more, then
                self._removals.forget_lost()

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def stop_workers(self) -> None:
        """End the worker processes now; whoever waits for one gets an error."""
        with ExitStack() as steps:
            steps.callback(self._files.close)
            if self._models is not None:
                steps.callback(self._models.close)

    def change_settings(self, settings: Settings) -> None:
        """Save and use other settings. Raises OSError."""
        settings.save(self.profile.settings_path)
        self.settings = settings
        self._runs.settings = settings
        self._files.set_jobs(settings.workers or None)

    # the indexes

    def prepare_indexes(self, *, control: RunControl | None = None) -> Iterator[Progress]:
        """Bring the search indexes in line with the catalogue, once after opening; ``control`` can't cancel it.

        Until it is done, ``similar`` answers from what is there. Anything may be written between two steps.
        """
        return self._upkeep.prepare()

    @property
    def prepared(self) -> bool:
        """Whether the indexes are in line."""
        return self._upkeep.prepared

    @property
    def has_model(self) -> bool:
        """Whether a model answers, which knows what is in a photo."""
        return self.store.spaces.meaning is not None

    def spaces(self) -> dict[str, tuple[SpaceSpec, int]]:
        """What items are compared in, by name, with the number of vectors; see ``SpaceRegistry.all_named``."""
        known = self.store.spaces.all_named()
        return {name: (spec, self.reader.vector_count(spec.name, spec.version)) for name, spec in known.items()}

    def space_map(self, spec: SpaceSpec) -> "SpaceMap":
        """A space's items in two dimensions."""
        from desktop_app.engine.space_maps import space_map

        return space_map(self.reader, spec)

    def agreement(self, first: SpaceSpec, second: SpaceSpec, names: tuple[str, str]) -> "Agreement":
        """How far two spaces find the same items alike."""
        from desktop_app.engine.space_maps import agreement

        return agreement(self.reader, first, second, names)

    def when_stopped(self, tell: Callable[[], object]) -> None:
        """Have a fault told, by any thread, after which this library has to be closed and opened again."""
        self.catalog.database.on_stopped = tell

    # roots and indexing

    def roots(self) -> list[Root]:
        """The watched folders."""
        return self.reader.roots()

    def add_root(self, path: Path) -> ChangeSet:
        """Watch a folder; inside a root it is already watched, around roots it absorbs them with their items."""
        return self._runs.add_root(path)

    def add_roots(self, paths: Sequence[Path]) -> tuple[ChangeSet, FoldersAdded]:
        """``add_root`` for each, and which of them were new."""
        before = {root.path for root in self.roots()}
        change = ChangeSet()
        for path in paths:
            change = change.merged(self.add_root(path))
        new = {self.root_of(path).path for path in paths} - before
        known = tuple(path for path in paths if self.root_of(path).path not in new)
        absorbed = any(old.is_relative_to(path) for path in new for old in before)
        return change, FoldersAdded(tuple(sorted(new)), known, absorbed)

    def check_root(self, path: Path) -> None:
        """Raises KnownError where ``path`` is neither a root nor a folder that can be listed."""
        self._runs.check_root(path)

    def root_of(self, path: Path) -> Root:
        """The root that is this folder or holds it. Raises KnownError."""
        return self._runs.root_of(path)

    def remove_root(self, path: Path) -> ChangeSet:
        """Take a root and its items out of the catalogue, never the files."""
        return self._removals.remove_root(self._runs.exact_root(path))

    def relocate_root(self, old: Path, new: Path) -> ChangeSet:
        """The folder has moved elsewhere: everything known of its items stays."""
        return self._removals.relocate_root(self._runs.exact_root(old), real_folder(new))

    def _follow_roots(self) -> None:
        self._runs.follow_roots()

    def set_root_paused(self, root: RootId, paused: bool) -> ChangeSet:
        """Leave a root alone for now."""
        return self._runs.set_root_paused(root, paused)

    def index(self, roots: Sequence[Path] | None = None, *, control: RunControl) -> Iterator[Progress]:
        """Bring the catalogue in line with the disk; ``control.report`` at the end. ``roots`` None: all."""
        return self._runs.index(roots, control)

    def apply_changes(self, paths: Iterable[Path], *, control: RunControl) -> Iterator[Progress]:
        """Look again at what the watcher saw change."""
        return self._runs.apply_changes(paths, control)

    def retry_problems(self, ids: Sequence[ItemId] | None = None, *, control: RunControl) -> Iterator[Progress]:
        """Read problems again, None for all of them."""
        return self._runs.retry(ids, control)

    def refresh_thumbnails(self, ids: Sequence[ItemId], *, control: RunControl) -> Iterator[Progress]:
        """Make lost thumbnails again."""
        return self._runs.refresh_thumbnails(ids, control)

    def idle_work(self, *, control: RunControl) -> Iterator[Progress]:
        """Photos described with the chosen model, waveforms and loudness, while nothing else is to be done."""
        self.backups.start()
        yield from self.describe_photos(control=control)
        yield from self._runs.idle_work(control)

    def stay_open(self) -> None:
        """This process goes on: what is slow to load is kept for the next search."""
        self._searches.lasts = True

    # models

    @property
    def models(self) -> "LibraryModels":
        """The optional models: what there is, using one, searching by words."""
        from desktop_app.engine.models.library_models import LibraryModels

        with self._making_models:
            if self._models is None:
                self._models = LibraryModels(
                    self.profile.models_dir,
                    self.catalog,
                    self.store,
                    self._files,
                    self.thumbnails,
                    lambda: self.reader,
                    self._upkeep.begin,
                )
            return self._models

    def describe_photos(self, *, control: RunControl) -> Iterator[Progress]:
        """Those that lack a vector of the model in use; nothing without one."""
        if self._models is not None:
            yield from self._models.describe(control)

    def watch(
        self,
        on_changes: Callable[[set[Path]], None],
        on_notice: Callable[[Notice], None],
        on_watched: Callable[[], object] = lambda: None,
    ) -> None:
        """Watch all roots, from any thread; callbacks come from others. ``on_watched``: roots are, now or later."""
        self._runs.watch(on_changes, on_notice, on_watched)

    def mark_polled(self) -> ChangeSet:
        """Mark the roots that are looked through from time to time, for want of native events."""
        return self._runs.mark_polled()

    def stop_watching(self) -> None:
        """End the watcher."""
        self._runs.stop_watching()

    def add_samples(self, *, control: RunControl) -> Iterator[Progress]:
        """Generate the sample library in the profile, and index it."""
        return self._runs.add_samples(self.profile.samples_dir, control)

    # reading, from any thread

    @property
    def reader(self) -> "CatalogReader":
        """The calling thread's own reader of the catalogue."""
        reader = getattr(self._readers, "reader", None)
        if reader is None:
            reader = self._readers.reader = self.catalog.reader()
        return reader

    def listing(self, listing: Listing) -> ListingReply:
        """The ids of a listing, in order. Raises QueryError."""
        return self.reader.ids(listing)

    def rows(self, ids: Sequence[ItemId]) -> list[ItemRow]:
        """What cells show, in the order asked; unknown ids are left out."""
        return self.reader.rows(ids)

    def detail(self, item: ItemId) -> ItemDetail:
        """All of one item. Raises KnownError where it is not in the library."""
        found = self.reader.detail(item)
        if found is None:
            raise KnownError("This item is not in the library any more.")
        return found

    def counts(self) -> "Counts":
        """Items by what they are."""
        return self.reader.counts()

    def tree(self) -> LibraryTree:
        """What the left panel shows."""
        return self.reader.tree()

    def find(
        self, query: str, limit: int | None = None, *, kind: Kind | None = None, state: State | None = None
    ) -> tuple[int, list[ItemRow]]:
        """Items by the search language: how many in all, and the first rows. Raises QueryError."""
        return self.reader.find(query, limit=limit, kind=kind, state=state)

    def similar(self, request: SimilarRequest) -> SearchReply:
        """The items most like a file or item, or the photos of a palette. Raises KnownError."""
        return self._noted(self._searches.similar(request))

    def palette_of(self, item: ItemId) -> tuple[PaletteColour, ...]:
        """The main colours of a photo, the largest first. Raises KnownError."""
        return self._searches.palette_of(item)

    def similar_to_vector(self, space: str, vector: Any, request: SimilarRequest) -> SearchReply:
        """The items nearest to a vector (dim,) of a space. Raises UsageError."""
        return self._noted(self._searches.similar_to_vector(space, vector, request))

    def _noted(self, reply: SearchReply) -> SearchReply:
        return replace(reply, notes=(*reply.notes, INCOMPLETE)) if self._upkeep.preparing else reply

    def build_playlist(self, request: PlaylistRequest) -> Playlist:
        """A playlist from seeds; nothing is saved. Raises KnownError."""
        return self._searches.build_playlist(request)

    def ids_of_paths(self, paths: Sequence[Path]) -> dict[Path, ItemId]:
        """The items at these places, also by way of links."""
        real = {path: Path(os.path.realpath(path)) for path in paths}
        rows = self.reader.items_by_paths([*paths, *real.values()])
        found = {path: rows.get(path) or rows.get(real[path]) for path in paths}
        return {path: row.id for path, row in found.items() if row is not None}

    def item_vectors(self, item: ItemId) -> dict[str, ItemVector]:
        """An item's vector in every space that has one."""
        return vectors_of(self.reader, self.detail(item), self.store.spaces.named())

    def waveform(self, item: ItemId) -> Waveform | None:
        """Of a track; made now where it is not known yet. None where there can be none."""
        detail = self.detail(item)
        known = self.reader.waveform(detail.payload_hash) if detail.payload_hash else None
        if known is not None or detail.row.kind is not Kind.TRACK or detail.row.state is not State.PRESENT:
            return known if known is None or known.peaks else None
        return self._files.waveform(detail.row.path)

    def preview(self, item: ItemId | Path, long_side: int) -> PreviewImage:
        """Decoded pixels of an item or any file. Raises KnownError."""
        path = item if isinstance(item, Path) else self.detail(item).row.path
        return self._files.preview(path, long_side)

    def thumbnail_path(self, content_hash: str) -> Path:
        """Where a thumbnail lies if it is made."""
        return self.thumbnails.path_of(content_hash)

    def playlists(self) -> list[PlaylistInfo]:
        """The saved ones, by name."""
        return self.reader.playlists()

    def health(self) -> LibraryHealth:
        """What is there, what covers it, how fast it answers, what would help."""
        from desktop_app.engine.stats import library_health

        return library_health(
            self.reader, self.store, self._searches.log, self.profile, preparing=self._upkeep.preparing
        )

    def stats(self) -> dict[str, Any]:
        """The document of ``akin stats``."""
        from desktop_app.engine.stats import document

        return document(self.health())

    def check_output(self, target: Path, is_ours: Callable[[Path], bool]) -> None:
        """Raises KnownError where a file that people want written would take the place of an original, or of another
        than an earlier one of the same kind, as ``is_ours`` finds."""
        check_output(self.reader, target, is_ours)

    def export(self, target: Path) -> int:
        """The collection with metadata and vectors as .json or .parquet; returns the number of items."""
        return self.collection.export(target)

    # health

    def doctor(
        self,
        *,
        repair: bool,
        control: RunControl | None = None,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
        write: Callable[[Callable[[], Any]], Any] = lambda change: change(),
    ) -> dict[str, Any]:
        """The document of ``akin doctor``; from any thread if ``write`` reaches the writing one."""
        from desktop_app.engine.doctor import Doctor, Patient, document

        patient = Patient(
            self.profile,
            self.catalog,
            self.store,
            self.thumbnails,
            self.backups,
            lambda ids, control: self.refresh_thumbnails([ItemId(item) for item in ids], control=control),
            write,
        )
        return document(Doctor(patient, control or RunControl(), repair=repair).examine(on_progress))


def _close_quietly(catalog: "Catalog") -> None:
    with suppress(KnownError):
        catalog.close()
