"""Exceptions that nobody caught, on whatever thread: to the log, and to the window on its own thread."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

log = logging.getLogger(__name__)


class FaultHooks(QObject):
    """Signal: ``caught(str)``, the trace. ``on_fault`` is called on the thread that made this."""

    caught = Signal(str)

    def __init__(self, on_fault: Callable[[str], object], on_interrupt: Callable[[], object]) -> None:
        super().__init__()
        self._on_fault = on_fault
        self._on_interrupt = on_interrupt
        self.caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._previous = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable

    def _tell(self, trace: str) -> None:
        self._on_fault(trace)

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._on_interrupt()
            return
        self._note("".join(traceback.format_exception(kind, error, trace)))

    def _in_thread(self, details: threading.ExceptHookArgs) -> None:
        if details.exc_type is not SystemExit:
            text = "".join(traceback.format_exception(details.exc_type, details.exc_value, details.exc_traceback))
            self._note(f"On the thread {details.thread.name if details.thread else '?'}\n{text}")

    def _unraisable(self, details: "sys.UnraisableHookArgs") -> None:
        """What went wrong while something was thrown away: nothing that the user could notice."""
        log.warning("%s %r", details.err_msg or "Ignored in", details.object, exc_info=details.exc_value)

    def _note(self, text: str) -> None:
        log.error("An exception was not caught.\n%s", text)
        self.caught.emit(text)

    def close(self) -> None:
        """Back to what was there before."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._previous
