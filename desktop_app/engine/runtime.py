"""The engine's thread: a worker object on a ``QThread`` that steps the loop, and a small pool of threads that read."""

import contextlib
import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QFile, QObject, QStandardPaths, Qt, QThread, QTimer, Signal, Slot

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import RequestId
from desktop_app.domain.notices import Notice, Tone
from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.loop import EngineLoop, job_error
from desktop_app.engine.trash import put_back
from desktop_app.errors import KnownError, LibraryClosedError, LibraryLockedError
from desktop_app.paths import Profile
from desktop_app.thread_priority import give_way

if TYPE_CHECKING:
    from desktop_app.engine.library import Library
    from desktop_app.engine.request_server import CommandHandler, LoopAccess, RequestServer

log = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005
"""Seconds; a busy Python thread then delays the GUI thread by 4 ms at p99 instead of 8."""
LOCK_SECONDS = 5.0
"""How long to wait for a command that holds the library for a moment."""
LOCK_POLL_MS = 100
BACKGROUND_MS = 800
"""After the library was opened: the first page, the tree and what was asked for at the start go first."""
AFTER_FAULT_SECONDS = 1.0
ANEW_SECONDS = 60.0
"""Between two openings after faults, which else would follow each other without an end while the disk is full."""
OPENED_ANEW = "The library had to stop after a fault and was opened again. What was saved is there; try the rest again."
QUICK_READERS = 2
SLOW_READERS = 2


class QtTrash:
    """The system's trash through Qt, which says where the file went."""

    def move(self, path: Path) -> Path:
        """Move a file to the system's trash. Raises KnownError."""
        data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
        with contextlib.suppress(OSError):
            Path(data).mkdir(parents=True, exist_ok=True)  # Qt makes the trash in it, but not the folder itself
        file = QFile(str(path))
        if not file.moveToTrash() or not file.fileName():
            raise KnownError(f"{path.name} can't be moved to the trash: {file.errorString() or 'there is none here'}.")
        return Path(file.fileName())

    def restore(self, trashed: Path, original: Path) -> None:
        """Move it back, and drop the record that the trash keeps of it."""
        put_back(trashed, original)
        record = trashed.parent.parent / "info" / f"{trashed.name}.trashinfo"
        if trashed.parent.name == "files" and record.is_file():
            record.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked: ``signal`` is the name of the signal that answers."""

    id: RequestId
    signal: str
    function: Callable[[Any], Any]  # of the Library
    is_wanted: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Something to be done with a library that nobody has open; ``signal`` is the name of the one that answers."""

    id: RequestId
    signal: str
    function: Callable[[Profile], Any]

    @property
    def request(self) -> Request:
        """As the answer names it."""
        return Request(self.id, self.signal, lambda _library: None, lambda: True)


class Runtime(QObject):
    """Lives on the engine thread. Signals reach the client queued, on the GUI thread."""

    opened = Signal()
    closing = Signal()  # the library stopped after a fault; ``opened`` or ``open_failed`` follows
    open_failed = Signal(object)  # JobError
    ended = Signal()
    answered = Signal(object, str, object)  # Request, name of the client's signal, payload
    changed = Signal(object)  # ChangeSet
    progressed = Signal(object)  # Progress
    run_finished = Signal(object)  # IndexReport
    notified = Signal(object)  # Notice
    files_received = Signal(object)  # tuple[Path, ...]
    undo_changed = Signal(str, str)
    _woken = Signal()
    _stopping = Signal()
    _replacing = Signal(object)  # Replacement
    _reopening = Signal()
    _stopped = Signal(object)  # Library

    def __init__(
        self,
        profile: Profile,
        *,
        open_library: Callable[[Profile], "Library"],
        handler: "CommandHandler | None" = None,
        background: bool = True,
    ) -> None:
        super().__init__()
        self._profile = profile
        self._open_library = open_library
        self._handler = handler
        self._background = background
        self.library: Library | None = None
        self.loop: EngineLoop | None = None
        self._server: RequestServer | None = None
        self._door: RequestServer | None = None
        self._timer = self._timer_for(self._step)
        self._try_again = self._timer_for(self._open)
        self._settled = self._timer_for(self._begin_background)
        self._quick: ThreadPoolExecutor | None = None
        self._slow: ThreadPoolExecutor | None = None
        self._stop = threading.Event()
        self._labels = ("", "")
        self._held_state: int | None = None
        self._open_until = 0.0
        self._anew_from = 0.0
        self._was_paused = False  # when it was let go of to be opened anew
        self._woken.connect(self._step, Qt.ConnectionType.QueuedConnection)
        self._stopping.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._replacing.connect(self._replace, Qt.ConnectionType.QueuedConnection)
        self._reopening.connect(self._reopen, Qt.ConnectionType.QueuedConnection)
        self._stopped.connect(self._open_anew, Qt.ConnectionType.QueuedConnection)

    def _timer_for(self, function: Callable[[], object]) -> QTimer:
        timer = QTimer(self)  # goes with this to the engine thread
        timer.setSingleShot(True)
        timer.timeout.connect(function)
        return timer

    # called from the GUI thread

    def read(self, request: Request, *, slow: bool = False) -> None:
        """Answer a request on the pool of readers."""
        pool = self._slow if slow else self._quick
        if self._stop.is_set():
            return
        try:
            waiting = None if pool is None else pool.submit(self._answer, request)
        except RuntimeError:  # shut down meanwhile
            waiting = None
        if waiting is None:
            self._tell_closed(request)
        else:
            waiting.add_done_callback(lambda done: self._tell_closed(request) if done.cancelled() else None)

    def read_beside(self, request: Request) -> None:
        """Answer a request on a thread of its own: it takes minutes, and nobody waits for its end at the close."""
        threading.Thread(target=self._answer, args=(request,), name="akin-beside", daemon=True).start()

    def do_beside(self, request: Request) -> None:
        """The same for what needs no library: its function gets none."""
        threading.Thread(target=self._answer_from, args=(None, request), name="akin-beside", daemon=True).start()

    def write(self, request: Request) -> None:
        """Carry out a write on the engine thread; the answer is its ``ChangeSet``."""
        if self._stop.is_set():
            return
        if self.loop is None:
            self._tell_closed(request)
            return
        future = self.loop.submit(request.function)
        future.add_done_callback(lambda done: self._answer_write(request, done))

    def replace(self, replacement: "Replacement") -> None:
        """Let go of the library, if it could be opened, carry this out, and open what is there then."""
        if self.loop is not None:
            self.loop.cancel()
        self._replacing.emit(replacement)

    def open_again(self) -> None:
        """Look once more for a library that could not be opened: its drive may be back."""
        self._reopening.emit()

    def request_stop(self) -> None:
        """Save and end; ``ended`` follows. From any thread."""
        self._stop.set()
        if self.loop is not None:
            self.loop.cancel()
        self._stopping.emit()

    # on the engine thread

    @Slot()
    def begin(self) -> None:
        """Open the library and start what goes on behind the window."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        give_way()
        # Python makes a thread's state, with its thread-local cursors of the catalogue, afresh for each call that comes
        # into a thread which Qt started, unless somebody holds it.
        self._held_state = ctypes.pythonapi.PyGILState_Ensure()
        if (tracer := threading.gettrace()) is not None:
            sys.settrace(tracer)  # debuggers and coverage follow by themselves only the threads that Python starts
        self._open_door()  # opening may take minutes: a slow share, a backup before an update
        self._reopen()

    @Slot()
    def _reopen(self) -> None:
        if self.library is None:
            self._open_until = time.monotonic() + LOCK_SECONDS
            self._open()

    @Slot(object)
    def _open_anew(self, stopped: "Library") -> None:
        """After a fault that the catalogue's file has to be opened anew for; what was saved is in it.

        ``stopped`` may have given way to another one meanwhile.
        """
        if self.library is not stopped or self._stop.is_set() or time.monotonic() < self._anew_from:
            return
        self._anew_from = time.monotonic() + ANEW_SECONDS
        log.warning("the library stopped after a fault and is opened anew")
        self.closing.emit()
        self._was_paused = self.loop is not None and self.loop.paused
        self._let_go()
        self.progressed.emit(Progress(Phase.IDLE))
        self.notified.emit(Notice(OPENED_ANEW, Tone.WARNING))
        self._reopen()

    @Slot()
    def _open(self) -> None:
        if self._stop.is_set():
            return
        try:
            library = self._open_library(self._profile)
        except LibraryLockedError as error:
            # A command may hold the library for a moment.
            if time.monotonic() < self._open_until and not self._stop.is_set():
                self._try_again.start(LOCK_POLL_MS)
            else:
                self.open_failed.emit(job_error(error))
            return
        except Exception as error:  # noqa: BLE001 - told to the window
            self.open_failed.emit(job_error(error))
            return
        if library.trash_port is None:
            library.trash_port = QtTrash()
        self._quick = ThreadPoolExecutor(QUICK_READERS, thread_name_prefix="akin-read")
        self._slow = ThreadPoolExecutor(SLOW_READERS, thread_name_prefix="akin-search")
        self.library = library
        library.stay_open()
        self.loop = EngineLoop(library, self, self._woken.emit)
        library.backups.on_notice = self.loop.note
        library.when_stopped(lambda: self._stopped.emit(library))
        paused, self._was_paused = self._was_paused, False
        if paused:
            self.loop.pause()
        self.opened.emit()
        if paused:
            self.progressed.emit(Progress(Phase.PAUSED))
        self._tell_undo()
        for notice in library.notices:
            self.notified.emit(notice)
        if self._background:
            self._serve()
            self._settled.start(BACKGROUND_MS)
        else:
            self.loop.prepare_indexes()

    @Slot()
    def _begin_background(self) -> None:
        """What goes on behind the window, once the window has had time to show what is there."""
        loop = self.loop
        if loop is not None and not self._stop.is_set():
            loop.prepare_indexes()
            loop.start_watching(then=lambda: loop.index(None))

    @Slot()
    def _step(self) -> None:
        if self.loop is None or self._stop.is_set():
            return
        try:
            delay = self.loop.step()
        except Exception as error:  # noqa: BLE001 - told to the window; the loop must go on
            fault = job_error(error)
            self.notified.emit(Notice(fault.text, Tone.ERROR, fault.report))
            delay = AFTER_FAULT_SECONDS
        if delay is not None:
            self._timer.start(round(delay * 1000))

    @Slot()
    def _end(self) -> None:
        """Stop everything, save, and end the thread."""
        try:
            if self._door is not None:
                try:
                    self._door.close()  # who comes from here on is the next window
                except Exception:  # the library must be saved all the same
                    log.warning("the window's socket could not be closed", exc_info=True)
            self._let_go()
        finally:
            if self._held_state is not None:
                ctypes.pythonapi.PyGILState_Release(self._held_state)
                self._held_state = None
            self.ended.emit()
            QThread.currentThread().quit()

    def _let_go(self) -> None:
        """Stop everything in the order in which it depends on one another, then save; each of it whatever fails."""
        for timer in (self._timer, self._try_again, self._settled):
            timer.stop()
        library, loop, server, pools = self.library, self.loop, self._server, (self._quick, self._slow)
        try:
            with contextlib.ExitStack() as steps:  # the last one first
                if library is not None:
                    steps.callback(library.close)
                for pool in pools:
                    if pool is not None:
                        steps.callback(pool.shutdown, wait=True, cancel_futures=True)
                if library is not None:
                    steps.callback(library.stop_workers)
                if loop is not None:
                    steps.callback(loop.close)
                    steps.callback(loop.carry_out_writes)
                if server is not None:
                    steps.callback(server.close)
        except Exception as error:  # noqa: BLE001 - the window must still close
            fault = job_error(error)
            self.notified.emit(Notice(fault.text, Tone.ERROR, fault.report))
        finally:
            self._server = self._quick = self._slow = self.library = self.loop = None

    @Slot(object)
    def _replace(self, replacement: Replacement) -> None:
        if self._stop.is_set():
            return
        self._let_go()
        self._was_paused = False
        try:
            result = self._replaced(replacement)
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            self.answered.emit(replacement.request, "failed", job_error(error))
        else:
            self.answered.emit(replacement.request, replacement.signal, result)
        self.progressed.emit(Progress(Phase.IDLE))
        self._reopen()

    def _replaced(self, replacement: Replacement) -> object:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return replacement.function(self._profile)
            except LibraryLockedError:  # a command that waited for the library has it for a moment
                if time.monotonic() > end or self._stop.wait(LOCK_POLL_MS / 1000):
                    raise

    def _open_door(self) -> None:
        """Second starts bring the window forward from here on, with a library or without."""
        if self._background and self._handler is not None and not self._stop.is_set():
            self._door = self._listening(self._profile.window_socket, self._profile.window_address_path)

    def _receive(self, files: tuple[Path, ...]) -> None:
        """Of a second start, on a thread of the door. Raises ValueError where the window closes: it is the next one."""
        if self._stop.is_set():
            raise ValueError("the window is closing")
        self.files_received.emit(files)

    def _serve(self) -> None:
        if self._handler is None or self.loop is None:
            return
        from desktop_app.engine.request_server import LoopAccess

        access = LoopAccess(self.loop)
        self._server = self._listening(self._profile.socket_path, self._profile.address_path, access)
        if self._server is None:
            self.notified.emit(
                Notice("The command line can't reach this window: its local socket can't be made.", Tone.WARNING)
            )

    def _listening(self, address: str, note: Path, access: "LoopAccess | None" = None) -> "RequestServer | None":
        """Answers commands with ``access``; without, it is the window's, which second starts bring forward."""
        from desktop_app.engine.request_server import RequestServer

        handler, on_files = (self._handler, None) if access is not None else (None, self._receive)
        server = RequestServer(address, handler, access, on_files=on_files, note=note)
        try:
            server.start()
        except OSError as error:
            log.warning("no requests can be answered at %s: %s", address, error)
            return None
        return server

    # on the readers

    def _answer(self, request: Request) -> None:
        library = self.library
        if library is None:
            self._tell_closed(request)
        elif not self._stop.is_set() and request.is_wanted():
            self._answer_from(library, request)

    def _answer_from(self, library: "Library | None", request: Request) -> None:
        try:
            result = request.function(library)
        except CancelledError:  # a write that it waited for
            self._tell_closed(request)
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            self._tell(request, "failed", job_error(error))
        else:
            self._tell(request, request.signal, result)

    def _tell(self, request: Request, signal: str, payload: object) -> None:
        if not self._stop.is_set():
            self.answered.emit(request, signal, payload)

    def _tell_closed(self, request: Request) -> None:
        self._tell(request, "failed", job_error(LibraryClosedError()))

    def _answer_write(self, request: Request, done: "Future[Any]") -> None:
        try:
            result = done.result()
        except CancelledError:
            self._tell_closed(request)
            return
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            self.answered.emit(request, "failed", job_error(error))
        else:
            self.answered.emit(request, request.signal, result)
        self._tell_undo()

    # what the loop tells

    def on_change(self, change: ChangeSet) -> None:
        """Something was written."""
        self.changed.emit(change)
        self._tell_undo()

    def on_progress(self, progress: Progress) -> None:
        """How a run goes."""
        self.progressed.emit(progress)

    def on_run_finished(self, report: IndexReport) -> None:
        """A run ended."""
        self.run_finished.emit(report)

    def on_notice(self, notice: Notice) -> None:
        """Something to say."""
        self.notified.emit(notice)

    def _tell_undo(self) -> None:
        if self.library is None:
            return
        labels = self.library.undo_labels
        if labels != self._labels:
            self._labels = labels
            self.undo_changed.emit(*labels)
