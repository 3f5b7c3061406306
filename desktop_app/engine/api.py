"""The window's only door to the engine: typed requests in, Qt signals out."""

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from desktop_app.domain.browsing import Listing
from desktop_app.domain.changes import ChangeSet, FoldersAdded
from desktop_app.domain.ids import ItemId, RequestId
from desktop_app.domain.notices import JobError, Notice, Tone
from desktop_app.domain.playlists import PlaylistRequest
from desktop_app.domain.progress import Progress
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.requests.backups import BackupRequests
from desktop_app.engine.requests.editing import EditRequests
from desktop_app.engine.requests.health import HealthRequests
from desktop_app.engine.requests.indexing import IndexingRequests
from desktop_app.engine.requests.models import ModelRequests
from desktop_app.engine.runtime import Replacement, Request, Runtime
from desktop_app.errors import LibraryClosedError
from desktop_app.paths import Profile
from desktop_app.settings import Settings

if TYPE_CHECKING:
    from desktop_app.domain.models import DownloadProgress
    from desktop_app.engine.library import Library
    from desktop_app.engine.loop import EngineLoop
    from desktop_app.engine.request_server import CommandHandler

SHUT_DOWN_SECONDS = 15.0
BEING_RESTORED = "The library is being restored: nothing was changed. Try again when it is back."
RESTORED_MEANWHILE = "Another library was restored meanwhile: nothing was changed. Try again."


def open_for_window(profile: Profile) -> "Library":
    """Open the library on the engine thread; the heavy imports happen there too."""
    from desktop_app.engine.library import Library

    return Library.open(profile)


class EngineClient(QObject, IndexingRequests, EditRequests, ModelRequests, BackupRequests, HealthRequests):
    """Requests return at once with an id; the answer comes as a signal with that id, or as ``failed``.

    Reads run on a small pool, writes on the engine thread, user edits before indexing. Requests of one ``channel``
    supersede each other: a late reply to an old one is dropped. ``handler`` answers the command line beside the window.
    """

    opened = Signal()  # the library is ready; requests before that wait
    open_failed = Signal(object)  # JobError
    closed = Signal()

    listing_ready = Signal(int, object)  # RequestId, ListingReply
    rows_ready = Signal(int, object)  # RequestId, list[ItemRow]
    detail_ready = Signal(int, object)  # RequestId, ItemDetail
    tree_ready = Signal(int, object)  # RequestId, LibraryTree
    similar_ready = Signal(int, object)  # RequestId, SearchReply
    palette_ready = Signal(int, object)  # RequestId, tuple[PaletteColour, ...]
    playlist_ready = Signal(int, object)  # RequestId, Playlist
    waveform_ready = Signal(int, object)  # RequestId, Waveform | None
    preview_ready = Signal(int, object)  # RequestId, PreviewImage
    health_ready = Signal(int, object)  # RequestId, LibraryHealth
    examined = Signal(int, object)  # RequestId, tuple[HealthCheck, ...]
    models_ready = Signal(int, object)  # RequestId, ModelList; also after a model was fetched, used, measured, removed
    backed_up = Signal(int, object)  # RequestId, Backup
    backups_ready = Signal(int, object)  # RequestId, tuple[Backup, ...]
    replaced = Signal(int, object)  # RequestId, Restored, Path (what was salvaged is kept there) or None (a new one)
    exported = Signal(int, int)  # RequestId, number of items
    imported = Signal(int, object)  # RequestId, Merged
    playlist_imported = Signal(int, object)  # RequestId, Imported
    done = Signal(int, object)  # RequestId, ChangeSet: a write was carried out
    failed = Signal(int, object)  # RequestId, JobError (known: a sentence; else a bug with its report)

    items_changed = Signal(object)  # ChangeSet of any write, whoever asked (also indexing and the command line)
    folders_added = Signal(object)  # FoldersAdded
    download_progressed = Signal(object)  # DownloadProgress of a model, at most 10 a second
    progress_changed = Signal(object)  # Progress, at most 15 a second
    run_finished = Signal(object)  # IndexReport
    notified = Signal(object)  # Notice: something to tell the user that no request asked for
    files_received = Signal(object)  # tuple[Path, ...] handed over by a second start; empty: come forward
    undo_changed = Signal(str, str)  # labels of what undo and redo would do, "" for none

    def __init__(
        self,
        profile: Profile,
        parent: QObject | None = None,
        *,
        handler: "CommandHandler | None" = None,
        open_library: Callable[[Profile], "Library"] = open_for_window,
        background: bool = True,
    ) -> None:
        super().__init__(parent)
        self._profile = profile
        self._settings = Settings.load(profile.settings_path)
        self._ids = itertools.count(1)
        self._latest: dict[str, RequestId] = {}
        self._waiting: list[tuple[Request, Callable[[], None]]] = []
        self._is_open = self._was_open = False
        self._is_replaced = False  # a backup, as a rule, is being put in the library's place
        self._replacement: RequestId | None = None  # that is not carried out yet
        self._error: JobError | None = None
        self._thread = QThread()
        self._thread.setObjectName("akin-engine")
        self._runtime = Runtime(profile, open_library=open_library, handler=handler, background=background)
        self._connect()

    def _connect(self) -> None:
        runtime, queued = self._runtime, Qt.ConnectionType.QueuedConnection
        runtime.moveToThread(self._thread)
        self._thread.started.connect(runtime.begin)
        runtime.opened.connect(self._on_opened, queued)
        runtime.closing.connect(self._on_closing, queued)
        runtime.open_failed.connect(self._on_open_failed, queued)
        runtime.answered.connect(self._on_answered, queued)
        runtime.changed.connect(self.items_changed, queued)
        runtime.progressed.connect(self.progress_changed, queued)
        runtime.run_finished.connect(self.run_finished, queued)
        runtime.notified.connect(self.notified, queued)
        runtime.files_received.connect(self.files_received, queued)
        runtime.undo_changed.connect(self.undo_changed, queued)

    def start(self) -> None:
        """Start the engine thread and open the library; ``opened`` or ``open_failed`` follows."""
        self._thread.start()

    def open_again(self) -> None:
        """Try what failed once more; ``opened`` or ``open_failed`` follows."""
        if self._error is not None:
            self._error = None
            self._runtime.open_again()

    def shut_down(self) -> None:
        """Wait until the engine has saved and ended, at most ``SHUT_DOWN_SECONDS``."""
        if not self._thread.isRunning():
            return
        self._waiting.clear()
        self._runtime.request_stop()
        if not self._thread.wait(round(SHUT_DOWN_SECONDS * 1000)):
            self.notified.emit(Notice("The engine did not end in time; it is left behind.", Tone.ERROR))
        self._is_open = False
        self.closed.emit()

    # reads

    def list_items(self, listing: Listing, *, channel: str = "grid") -> RequestId:
        """Ids in order; ``listing_ready``."""
        return self._read("listing_ready", lambda library: library.listing(listing), channel=f"list {channel}")

    def fetch_rows(self, ids: Sequence[ItemId]) -> RequestId:
        """What cells show; ``rows_ready``."""
        wanted = list(ids)
        return self._read("rows_ready", lambda library: library.rows(wanted))

    def fetch_rows_of_files(self, files: Sequence[Path]) -> RequestId:
        """The items at these places, in their order, of those that are in the library; ``rows_ready``."""
        wanted = list(files)
        return self._read("rows_ready", lambda library: library.rows(list(library.ids_of_paths(wanted).values())))

    def fetch_detail(self, item: ItemId, *, channel: str = "detail") -> RequestId:
        """All of one item; ``detail_ready``."""
        return self._read("detail_ready", lambda library: library.detail(item), channel=f"detail {channel}")

    def fetch_tree(self) -> RequestId:
        """The left panel; ``tree_ready``."""
        return self._read("tree_ready", lambda library: library.tree(), channel="tree")

    def find_similar(self, request: SimilarRequest, *, channel: str = "similar") -> RequestId:
        """Most alike; ``similar_ready``."""
        asked = replace(request, asked=time.perf_counter())
        return self._read(
            "similar_ready", lambda library: library.similar(asked), channel=f"similar {channel}", slow=True
        )

    def fetch_palette(self, item: ItemId, *, channel: str = "detail") -> RequestId:
        """The main colours of a photo; ``palette_ready``."""
        return self._read("palette_ready", lambda library: library.palette_of(item), channel=f"palette {channel}")

    def build_playlist(self, request: PlaylistRequest) -> RequestId:
        """A playlist that is not saved yet; ``playlist_ready``."""
        return self._read(
            "playlist_ready", lambda library: library.build_playlist(request), channel="playlist", slow=True
        )

    def fetch_waveform(self, item: ItemId) -> RequestId:
        """Of a track, computed if need be; ``waveform_ready``."""
        return self._read("waveform_ready", lambda library: library.waveform(item), channel="waveform", slow=True)

    def fetch_preview(self, item_or_path: ItemId | Path, long_side: int) -> RequestId:
        """Decoded by a worker; ``preview_ready``."""
        return self._read("preview_ready", lambda library: library.preview(item_or_path, long_side), slow=True)

    def thumbnail_path(self, content_hash: str) -> Path:
        """Where the thumbnail lies, if it is made. Pure, no I/O; decode it off the GUI thread."""
        from desktop_app.engine.media.thumbnails import thumbnail_path

        return thumbnail_path(self._profile.thumbnail_dir, content_hash)

    # settings

    @property
    def settings(self) -> Settings:
        """A snapshot."""
        return self._settings

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """Apply and save; the engine takes them over at once."""
        self._settings = changed = change(self._settings)

        def apply(library: "Library") -> ChangeSet:
            library.change_settings(changed)
            return ChangeSet()

        self._write(apply)

    def forget(self, notice: Notice) -> None:
        """The user has closed a notice that stays: it is not said again."""

        def forget(library: "Library") -> ChangeSet:
            library.forget(notice)
            return ChangeSet()

        self._write(forget)

    # inner

    def _next_id(self) -> RequestId:
        return RequestId(next(self._ids))

    def _read(
        self, signal: str, function: Callable[["Library"], Any], *, channel: str | None = None, slow: bool = False
    ) -> RequestId:
        identity, latest = self._next_id(), self._latest
        if channel is not None:
            latest[channel] = identity

        def is_wanted() -> bool:
            return channel is None or latest.get(channel) == identity

        request = Request(identity, signal, function, is_wanted)
        self._when_open(request, lambda: self._runtime.read(request, slow=slow))
        return identity

    def _write(self, function: Callable[["Library"], object], *, signal: str = "done") -> RequestId:
        identity = self._next_id()
        request = Request(identity, signal, function, lambda: True)
        self._unless_replaced(request, lambda: self._runtime.write(request))
        return identity

    def _read_beside(self, signal: str, function: Callable[["Library"], Any]) -> RequestId:
        identity = self._next_id()
        request = Request(identity, signal, function, lambda: True)
        self._unless_replaced(request, lambda: self._runtime.read_beside(request))
        return identity

    def _replace(self, signal: str, function: Callable[[Profile], Any]) -> RequestId:
        replacement = Replacement(self._next_id(), signal, function)
        if self._is_replaced:
            self._refuse(replacement.request)
            return replacement.id
        self._is_open, self._is_replaced, self._error = False, True, None
        self._replacement = replacement.id
        self._runtime.replace(replacement)
        return replacement.id

    def _without_library(self, signal: str, function: Callable[[Profile], Any]) -> RequestId:
        identity = self._next_id()
        request = Request(identity, signal, lambda _library: function(self._profile), lambda: True)
        self._runtime.do_beside(request)
        return identity

    def _written(self, asked: "Library", function: Callable[["Library"], Any]) -> Any:
        def carry_out(library: "Library") -> Any:
            if library is not asked:
                raise LibraryClosedError(RESTORED_MEANWHILE)
            return function(library)

        loop = self._runtime.loop
        if loop is None:
            raise LibraryClosedError
        try:
            return loop.submit(carry_out).result()
        except CancelledError as error:
            raise LibraryClosedError from error

    def _tell_progress(self, progress: Progress) -> None:
        self._runtime.progressed.emit(progress)

    def _open_library(self) -> "Library | None":
        return self._runtime.library

    def _tell_added(self, added: FoldersAdded) -> None:
        self.folders_added.emit(added)

    def _tell_download(self, progress: "DownloadProgress") -> None:
        self.download_progressed.emit(progress)

    def _steer(self, action: Callable[["EngineLoop"], object]) -> None:
        loop = self._runtime.loop
        if loop is not None:
            action(loop)

    def _when_open(self, request: Request, action: Callable[[], None]) -> None:
        if self._is_open:
            action()
        elif self._error is not None:
            self._runtime.answered.emit(request, "failed", self._error)
        else:
            self._waiting.append((request, action))

    def _unless_replaced(self, request: Request, action: Callable[[], None]) -> None:
        """What changes a library, or takes minutes, is for the one that was there when it was asked for."""
        if self._is_replaced:
            self._refuse(request)
        else:
            self._when_open(request, action)

    def _refuse(self, request: Request) -> None:
        self._runtime.answered.emit(request, "failed", JobError(BEING_RESTORED))

    @Slot()
    def _on_opened(self) -> None:
        if self._replacement is not None:
            return  # the one that is to be replaced
        self._is_open, self._is_replaced = True, False
        if (library := self._runtime.library) is not None:
            self._settings = library.settings  # a backup may have brought others
        waiting, self._waiting = self._waiting, []
        self.opened.emit()
        for _request, action in waiting:
            action()
        if self._was_open:  # it is another library now
            self.items_changed.emit(ChangeSet(membership=True, playlists=True, roots=True, tags=True))
        self._was_open = True

    @Slot()
    def _on_closing(self) -> None:
        self._is_open = False  # what is asked from here on waits

    @Slot(object)
    def _on_open_failed(self, error: JobError) -> None:
        if self._replacement is not None:
            return
        self._error, self._is_replaced = error, False
        waiting, self._waiting = self._waiting, []
        self.open_failed.emit(error)
        for request, _action in waiting:
            self._runtime.answered.emit(request, "failed", error)

    @Slot(object, str, object)
    def _on_answered(self, request: Request, signal: str, payload: object) -> None:
        if request.id == self._replacement:
            self._replacement = None  # what is opened from here on is what it left
        if request.is_wanted():
            getattr(self, signal).emit(request.id, payload)
