"""Roots and the runs over them: the use cases around the indexer and the watcher."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.notices import Notice
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.reading import FileJob
from desktop_app.engine.battery import Battery, SystemBattery
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.index_upkeep import IndexUpkeep
from desktop_app.engine.root_watching import RootWatching
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.outcomes import FileGoneError, PoolClosedError, WorkersUnavailableError
from desktop_app.errors import KnownError
from desktop_app.settings import Settings

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.indexing import Indexer
    from desktop_app.engine.indexing.recent_changes import RecentChanges
    from desktop_app.engine.media.thumbnails import ThumbnailCache

T = TypeVar("T")

STEP_SECONDS = 0.02
"""What one step of idle work waits for a worker at most."""
IDLE_BATCH = 50
WAVEFORM_SECONDS = 120.0
ROOTS_CHANGED = ChangeSet(membership=True, roots=True)


class IndexingRuns:
    """Everything here belongs to the writing thread."""

    def __init__(
        self,
        catalog: "Catalog",
        store: "IndexStore",
        files: FileReader,
        thumbnails: "ThumbnailCache",
        settings: Settings,
        upkeep: IndexUpkeep,
        own_folders: Sequence[Path] = (),
    ) -> None:
        self.settings = settings
        self._own_folders = tuple(resolved(folder) for folder in own_folders)
        self._upkeep = upkeep
        self._catalog = catalog
        self._store = store
        self._files = files
        self._thumbnails = thumbnails
        self.battery: Battery = SystemBattery()
        self._watching = RootWatching()
        self._recent: RecentChanges | None = None  # that the runs of this process saw

    # roots

    def add_root(self, path: Path) -> ChangeSet:
        """Raises KnownError where it is no folder that can be listed, unless it is one of the library's already."""
        self.check_root(path)
        before = {root.path for root in self._catalog.roots()}
        added = self._catalog.add_root(resolved(path))
        for absorbed in before - {root.path for root in self._catalog.roots()}:
            self._watching.end(absorbed)
        self._watching.begin(added.path)
        return ROOTS_CHANGED

    def check_root(self, path: Path) -> None:
        """Raises KnownError where ``add_root`` would. A root that can't be reached now is still one."""
        folder = resolved(path)
        if all(root.path != folder for root in self._catalog.roots()):
            real_folder(path)
        if any(folder.is_relative_to(own) for own in self._own_folders):
            raise KnownError(f"{path} is a folder of Akin's own: the pictures in it are thumbnails of yours.")

    def root_of(self, path: Path) -> Root:
        """The root that is this folder or holds it. Raises KnownError."""
        wanted = resolved(path)
        for root in self._catalog.roots():
            if wanted == root.path or root.path in wanted.parents:
                return root
        raise KnownError(f"{path} is in none of the library's folders.")

    def exact_root(self, path: Path) -> Root:
        """The root that is this very folder. Raises KnownError."""
        wanted = resolved(path)
        for root in self._catalog.roots():
            if root.path in (wanted, path):
                return root
        raise KnownError(f"{path} is not one of the library's folders.")

    def follow_roots(self) -> None:
        """Watch the folders that are in the library now, and no others, soon."""
        self._watching.follow({root.path for root in self._catalog.roots() if not root.paused})

    def set_root_paused(self, root: RootId, paused: bool) -> ChangeSet:
        """A paused root is neither scanned nor watched."""
        self._catalog.set_root_paused(root, paused)
        for known in self._catalog.roots():
            if known.id == root:
                (self._watching.end if paused else self._watching.begin)(known.path)
        return ChangeSet(roots=True)

    # runs

    def index(self, roots: Sequence[Path] | None, control: RunControl) -> Iterator[Progress]:
        """The named roots, or all that are not paused; saves the indexes now and then, and at the end."""
        ids = None if roots is None else list(dict.fromkeys(self.root_of(path).id for path in roots))
        while not (control.cancelled or self._watching.settled(STEP_SECONDS)):  # before the scan: no gap
            yield Progress(Phase.SCANNING)
        for progress in self._indexer().run(ids, control=control):
            yield progress
            self._upkeep.save_now_and_then()
        yield from self._save()
        if control.report is not None and control.report.embedded:
            self._thumbnails.trim()

    def add_samples(self, folder: Path, control: RunControl) -> Iterator[Progress]:
        """Workers write the files; what is there already is left as it is. Raises KnownError without room."""
        from desktop_app.engine.samples.make import samples, write_sample

        wanted = list(samples())
        yield Progress(Phase.SAMPLES, 0, len(wanted))
        folder.mkdir(parents=True, exist_ok=True)
        pending = [self._files.pool.schedule(write_sample, (sample, folder)) for sample in wanted]
        for done, future in enumerate(pending):
            yield from self._waiting(future, Progress(Phase.SAMPLES, done, len(wanted)))
            if control.cancelled:
                for other in pending:
                    other.cancel()
                return
            try:
                future.result()
            except OSError as error:
                raise KnownError(f"The sample library can't be written: {error.strerror or error}.") from error
        control.changed(self.add_root(folder))
        yield from self.index([folder], control)

    def apply_changes(self, paths: Iterable[Path], control: RunControl) -> Iterator[Progress]:
        """What the watcher saw."""
        yield from self._indexer().apply_changes(paths, control=control)
        self._upkeep.save_now_and_then()  # closing saves; after a kill little is looked at again

    def retry(self, ids: Sequence[ItemId] | None, control: RunControl) -> Iterator[Progress]:
        """Read problems again."""
        yield from self._indexer().retry(ids, control=control)
        yield from self._save()

    def refresh_thumbnails(self, ids: Sequence[ItemId], control: RunControl) -> Iterator[Progress]:
        """Make those again that are lost; the others are left as they are."""
        from desktop_app.engine.workers.calls import read_file

        folder = self._thumbnails.folder
        rows = [
            row for row in self._catalog.rows(ids) if row.content_hash and not self._thumbnails.has(row.content_hash)
        ]
        for done, row in enumerate(rows):
            job = FileJob(row.path, row.kind, want_metadata=False, want_vectors=False, thumbnails=folder)
            future = self._files.pool.schedule(read_file, (job,))
            yield from self._waiting(future, Progress(Phase.IDLE_WORK, done, len(rows), current=row.path))
            if control.cancelled:
                return
            if _result(future) is not None:
                control.changed(ChangeSet(frozenset((row.id,))))

    def idle_work(self, control: RunControl) -> Iterator[Progress]:
        """Waveforms and loudness of the tracks that have none yet, a few at a time.

        A file that can't be had counts as not tried.
        """
        from desktop_app.engine.workers.calls import waveform_of

        after = before = 0
        total = self._catalog.count_without_waveform()
        while wanted := self._catalog.items_without_waveform(IDLE_BATCH, after):
            paths = {row.id: row.path for row in self._catalog.rows([item for item, _payload in wanted])}
            total = max(total, before + len(wanted))  # tracks may have come meanwhile
            for done, (item, payload) in enumerate(wanted, before):
                path, after = paths[item], item
                future = self._files.pool.schedule(waveform_of, (path,), timeout=WAVEFORM_SECONDS)
                yield from self._waiting(future, Progress(Phase.IDLE_WORK, done, total, current=path))
                if control.cancelled:
                    return
                if isinstance(future.exception(), FileGoneError):
                    continue
                self._catalog.put_waveform(payload, _result(future))
                control.changed(ChangeSet(frozenset((item,))))
            before += len(wanted)

    def _waiting(self, future: "Future[T]", progress: Progress) -> Iterator[Progress]:
        """Step until a worker is done."""
        try:
            while not future.done():
                with suppress(NotYet, KnownError):
                    future.exception(STEP_SECONDS)
                yield progress
        finally:
            future.cancel()

    def _indexer(self) -> "Indexer":
        from desktop_app.engine.indexing import Indexer
        from desktop_app.engine.indexing.recent_changes import RecentChanges
        from desktop_app.engine.scanner import ScanRules

        settings = self.settings
        rules = ScanRules(settings.include_hidden, tuple(settings.excluded_folders), self._own_folders)
        folder = self._thumbnails.folder
        recent = self._recent = self._recent or RecentChanges()
        return Indexer(self._catalog, self._store, self._files.pool, folder, rules, recent=recent, spares=self._spares)

    def _spares(self) -> bool:
        """Whether to go easy on the battery now."""
        return not self.settings.full_speed_on_battery and self.battery.discharging()

    def _save(self) -> Iterator[Progress]:
        yield Progress(Phase.SAVING)
        self._upkeep.save()

    # watching

    def watch(
        self,
        on_changes: Callable[[set[Path]], None],
        on_notice: Callable[[Notice], None],
        on_watched: Callable[[], object],
    ) -> None:
        """Watch every root that is not paused. From any thread: it takes as long as walking through all folders.

        ``on_watched`` is called at the end, and when roots that were added later are watched, too, from their thread.
        """
        roots = [root.path for root in self._catalog.roots() if not root.paused]
        self._watching.start(roots, on_changes, on_notice, on_watched)

    def mark_polled(self) -> ChangeSet:
        """Mark the roots that native events can't be had for."""
        change = ChangeSet()
        for root in self._catalog.roots():
            polled = self._watching.is_polled(root.path)
            if polled != root.polled:
                self._catalog.set_root_polled(root.id, polled)
                change = ChangeSet(roots=True)
        return change

    def stop_watching(self) -> None:
        """End the watcher's threads."""
        self._watching.close()


def resolved(path: Path) -> Path:
    """The folder itself: absolute, through links, so that one folder is one root."""
    return Path(os.path.realpath(path))


def real_folder(path: Path) -> Path:
    """``path`` resolved. Raises KnownError where it is no folder that can be listed."""
    folder = resolved(path)
    try:
        if folder.is_file():
            raise KnownError(f"{path} is a file; name its folder.")
        with os.scandir(folder):
            return folder
    except FileNotFoundError as error:
        raise KnownError(f"There is no folder {path}.") from error
    except OSError as error:
        raise KnownError(f"The folder {path} can't be read: {(error.strerror or str(error)).lower()}.") from error


def _result(future: "Future[T]") -> T | None:
    """What a worker made of a file, None where the file is to blame."""
    try:
        return future.result()
    except (PoolClosedError, WorkersUnavailableError):
        raise
    except KnownError:
        return None
