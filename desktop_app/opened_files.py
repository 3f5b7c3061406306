"""Files that the system hands to the running program: macOS does so for "Open With" and for drops on the Dock."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

Take = Callable[[Sequence[Path]], object]


class OpenedFiles(QObject):
    """Each file comes as an event of its own; those of one gesture are taken together.

    What comes before there is a window waits for it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[Path] = []
        self._take: Take | None = None

    def hand_to(self, take: Take | None) -> None:
        """Give what has come, and all that comes, to the window; None: it is closed."""
        self._take = take
        self._soon()

    def note(self, event: QFileOpenEvent) -> None:
        """One file; an address that is no file's is left alone."""
        if event.file():
            self._waiting.append(Path(event.file()))
            self._soon()

    def _soon(self) -> None:
        QTimer.singleShot(0, self, self._give)

    def _give(self) -> None:
        if self._take is not None and self._waiting:
            files, self._waiting = tuple(self._waiting), []
            self._take(files)


class Application(QApplication):
    """Keeps what the system hands to it; an event filter would see every event of every widget."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self.opened_files = OpenedFiles(self)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.opened_files.note(event)
            return True
        return super().event(event)
