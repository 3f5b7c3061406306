"""How long a start takes, for diagnosis: with ``AKIN_TIMINGS=1`` each step is a line on standard error.

A line is ``akin: 0.412 s window painted``, in seconds since the program's own code began.
"""

import os
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

VARIABLE = "AKIN_TIMINGS"
_BEGAN = time.monotonic()


class StartTimings(QObject):
    """Tells each step once: window painted, library opened, items painted, similar answered."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._told: set[str] = set()
        self._has_rows = False
        self._grid = window.browser.view.viewport()
        self._window = window
        window.installEventFilter(self)
        self._grid.installEventFilter(self)
        client = window.client
        client.opened.connect(lambda: self.tell("library opened"))
        client.rows_ready.connect(self._note_rows)
        client.similar_ready.connect(lambda *_reply: self.tell("similar answered"))

    def tell(self, step: str) -> None:
        """Say that a step is done, the first time that it is."""
        if step not in self._told:
            self._told.add(step)
            sys.stderr.write(f"akin: {time.monotonic() - _BEGAN:.3f} s {step}\n")
            sys.stderr.flush()

    def _note_rows(self, _request: int, rows: list[object]) -> None:
        self._has_rows = self._has_rows or bool(rows)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look on."""
        if event.type() is QEvent.Type.Paint:
            if watched is self._window:
                self.tell("window painted")
            elif self._has_rows:
                self.tell("items painted")
        return False


def wanted() -> bool:
    """Whether the user asked for it."""
    return bool(os.environ.get(VARIABLE))
