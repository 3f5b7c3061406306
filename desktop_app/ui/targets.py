"""What the commands act on."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from desktop_app.domain.items import ItemRow
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.views.viewer import Viewer


class Targets(QObject):
    """The photo in the viewer while it is open, for nothing else is in sight; else the selected items.

    Signal: ``changed()``.
    """

    changed = Signal()

    def __init__(self, browser: Browser, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._browser, self._viewer = browser, viewer
        browser.selection_changed.connect(self.changed)
        viewer.current_changed.connect(self.changed)
        viewer.described.connect(self.changed)
        viewer.closed.connect(self.changed)

    @property
    def is_viewed(self) -> bool:
        """Whether it is the photo in the viewer."""
        return not self._viewer.isHidden()

    @property
    def count(self) -> int:
        """How many."""
        return len(self.ids()) if self.is_viewed else self._browser.selected_count

    def ids(self) -> NDArray[np.int64]:
        """In listed order."""
        shown = self._viewer.current
        if not self.is_viewed:
            return self._browser.selected_ids()
        return np.array([] if shown is None else [shown], dtype=np.int64)

    def rows(self, most: int = 2000) -> list[ItemRow]:
        """Those known, at most so many."""
        if not self.is_viewed:
            return self._browser.selected_rows(most)
        shown = self._viewer.current
        row = None if shown is None else self._browser.model.known_row(shown) or self._viewer.row
        return [] if row is None else [row]
