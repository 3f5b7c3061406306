"""The engine starts when the first picture of the window is there."""

from PySide6.QtCore import QEvent, QObject, QTimer

from desktop_app.ui.main_window import MainWindow

PAINTED_MS = 400
"""A window that is never painted, being minimised, starts its engine all the same."""


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
