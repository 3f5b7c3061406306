"""While another library is put in this one's place, the window takes neither clicks nor keys for it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


class Standstill(QObject):
    """``begin`` when it is asked for; it ends by itself when a library is there, or none can be opened.

    Not before the second click of a double click could have come: it would fall through the dialog that the first
    one closed, onto what lies behind.
    """

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._awaited = False
        self._focus: QWidget | None = None
        self._clicks = QTimer(self)
        self._clicks.setSingleShot(True)
        self._clicks.timeout.connect(self._end_if_back)
        window.client.opened.connect(self._on_back)
        window.client.open_failed.connect(self._on_back)

    def begin(self) -> None:
        """Library, items, details and their commands wait."""
        self._window.viewer.leave()  # it would stand over another library, and what is said would be in it
        if not self._awaited:
            self._focus = self._window.focusWidget()
        self._window.setFocus()  # else the next that is enabled takes the keys
        self._awaited = True
        self._clicks.start(QApplication.doubleClickInterval())
        self._enable(False)

    def _on_back(self) -> None:
        self._awaited = False
        self._end_if_back()

    def _end_if_back(self) -> None:
        if self._awaited or self._clicks.isActive():
            return
        self._enable(True)
        focus, self._focus = self._focus, None
        if focus is not None and isValid(focus):  # details of what was selected have gone
            focus.setFocus()

    def _enable(self, on: bool) -> None:
        window = self._window
        browser = window.browser  # but for its banners, which say what goes on
        for part in (window.header, window.tree, window.query_bar, browser.bar, browser.stack, window.detail):
            part.setEnabled(on)
        window.viewer.setEnabled(on)
        window.actions_by_name.set_library_there(on)
