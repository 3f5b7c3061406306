"""The program with a window: puts engine and window together, and takes both down cleanly."""

import contextlib
import gc
import locale
import logging
import platform
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication

import desktop_app
from desktop_app import start_timings
from desktop_app.crash_trace import CrashTrace
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.errors import FAULT
from desktop_app.fault_hooks import FaultHooks
from desktop_app.paths import Profile
from desktop_app.ui.icons import app_icon
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.qt_messages import quiet_media
from desktop_app.ui.theme import theme

if TYPE_CHECKING:
    from desktop_app.engine.request_server import Access, CommandReply

log = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005  # seconds: a busy engine thread gives way to the window this often
PAINTED_MS = 400  # a window that is never painted, being minimised, starts its engine all the same
COLLECT_MS = 2_000
FULL_PAUSE = 500  # a full collection takes at most one part in so many of the time
BULK = 50_000  # objects: a collection of twice as many took 30 ms


def run(files: Sequence[Path], profile: Profile) -> int:
    """Open the window with ``files`` as its query; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    quiet_media()
    log.info("Akin %s, Python %s, %s", desktop_app.__version__, platform.python_version(), platform.platform())
    crash_trace = CrashTrace(profile.log_dir)
    application = make_application()
    client = EngineClient(profile, handler=answer_command)
    theme().apply(client.settings.theme)
    window = MainWindow(client, profile)
    collector = GuiCollector(application)
    client.progress_changed.connect(lambda progress: collector.end_run() if progress.phase is Phase.IDLE else None)
    hooks = FaultHooks(lambda trace: window.show_crash(JobError(FAULT, trace)), window.close)
    signals = SignalWatch(window)
    if start_timings.wanted():
        start_timings.StartTimings(window)
    starter = StartAfterPainting(window)
    window.show()
    if crash_trace.previous:
        window.faults.tell_of_crash(crash_trace.previous, crash_trace.kept)
    if files:
        window.drops.take(files)
    try:
        return application.exec()
    finally:
        starter.close()
        client.shut_down()
        signals.close()
        collector.close()
        hooks.close()
        crash_trace.close()


def make_application() -> QApplication:
    """The one QApplication, named and styled."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        application = existing
    else:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, False)
        application = QApplication(sys.argv[:1])
        if messages := getattr(locale, "LC_MESSAGES", None):  # Windows has none
            # Qt took over the user's: the sentences of the system and of DuckDB would be in another language than
            # Akin's, which also knows a full disk and a refusal by them.
            locale.setlocale(messages, "C")
    application.setApplicationName("Akin")
    application.setApplicationDisplayName("Akin")
    application.setDesktopFileName("akin")
    application.setStyle("Fusion")
    application.setWindowIcon(app_icon())
    return application


def answer_command(
    argv: list[str], cwd: Path, access: "Access", on_progress: Callable[[Progress], None]
) -> "CommandReply":
    """Answer the command line; what that needs is loaded with the first one."""
    from desktop_app.cli.session import answer_request

    return answer_request(argv, cwd, access, on_progress)


class StartAfterPainting(QObject):
    """Starts the engine once the window is painted, which what it loads would delay; soon in any case."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window: MainWindow | None = window
        window.installEventFilter(self)
        QTimer.singleShot(PAINTED_MS, self._start)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The first picture is being painted: start when that is done."""
        if event.type() is QEvent.Type.Paint:
            QTimer.singleShot(0, self._start)
        return False

    def _start(self) -> None:
        window = self._window
        if window is not None:
            self.close()
            window.client.start()

    def close(self) -> None:
        """Start nothing any more."""
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None


class GuiCollector(QObject):
    """Collects cycles on the GUI thread only: elsewhere it could destroy Qt objects on the wrong thread.

    The window stands still for it, the longer the more objects it goes through. What comes in bulk is the work list of
    a run, some six objects a file, which go by themselves as the files are done: it is set aside until ``end_run``.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what is there by now stays until the end
        self._survivors = 0  # at most so many objects has the middle generation
        self._has_bulk = self._run_ended = False
        self._next_full = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.collect)
        self._timer.start(COLLECT_MS)

    def collect(self) -> None:
        """Run as much of the collector as has come due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        if self._run_ended and self._has_bulk:
            self._has_bulk = False
            gc.unfreeze()
            self._collect_all()
            self._set_aside()
            return
        if self._survivors + counts[0] > BULK:
            self._set_aside()
            self._has_bulk, self._run_ended = True, False
            return
        due = [generation for generation in range(3) if counts[generation] > thresholds[generation] > 0]
        if not due:
            return
        if due[-1] == 2 and time.monotonic() >= self._next_full:
            self._collect_all()
        else:
            gc.collect(min(due[-1], 1))
        self._survivors = self._survivors + counts[0] if due[-1] == 0 else 0

    def end_run(self) -> None:
        """What was set aside for a run has gone, but for cycles, which the next collection takes."""
        self._run_ended = True

    def _collect_all(self) -> None:
        started = time.monotonic()
        gc.collect()
        ended = time.monotonic()
        self._next_full = ended + FULL_PAUSE * (ended - started)

    def _set_aside(self) -> None:
        gc.freeze()
        self._survivors = 0

    def close(self) -> None:
        """Back to Python's own ways."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


class SignalWatch(QObject):
    """Closes the window on SIGINT and SIGTERM: Python's handler runs late in a Qt loop, so a socket wakes it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._write.fileno())
        self._previous = {each: signal.signal(each, self._note) for each in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        """Nothing here: the notifier does the work on the loop."""

    def _on_signal(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._read.recv(64)
        self._window.close()

    def close(self) -> None:
        """Back to what was there before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()
