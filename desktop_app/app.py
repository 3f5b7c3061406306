"""The program with a window: puts engine and window together, and takes both down cleanly."""

import locale
import logging
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import desktop_app
from desktop_app import start_timings
from desktop_app.allocator import share_heaps
from desktop_app.crash_trace import CrashTrace
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import Progress
from desktop_app.engine.api import EngineClient
from desktop_app.errors import FAULT
from desktop_app.fault_hooks import FaultHooks
from desktop_app.gui_collector import GuiCollector
from desktop_app.opened_files import Application
from desktop_app.painted_start import StartAfterPainting
from desktop_app.paths import Profile
from desktop_app.signal_watch import SignalWatch
from desktop_app.ui.icons import app_icon
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.qt_messages import quiet_media
from desktop_app.ui.theme import theme

if TYPE_CHECKING:
    from desktop_app.engine.request_server import Access, CommandReply

log = logging.getLogger(__name__)

HEAPS = 2  # with four, 45 MB more stay free between what is used
SWITCH_INTERVAL = 0.0005  # seconds: a busy engine thread gives way to the window this often


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
    if isinstance(application, Application):
        application.opened_files.hand_to(window.arrivals.receive)
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
        share_heaps(HEAPS)
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, False)
        application = Application(sys.argv[:1])
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
