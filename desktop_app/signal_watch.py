"""Ctrl-C and the system's wish that the program end, as a click on the window's cross."""

import contextlib
import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QWidget


class SignalWatch(QObject):
    """Closes the window on SIGINT and SIGTERM: Python's handler runs late in a Qt loop, so a socket wakes it."""

    def __init__(self, window: QWidget) -> None:
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
