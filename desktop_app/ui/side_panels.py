"""The library and the details beside the items: where there is no room for both, one gives way until there is."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QWidget

LEAST_MIDDLE = 460
"""Px that the items and what stands above them need, so that nothing of it is cut."""


class SidePanels(QObject):
    """Shows and hides the panels by their actions, and keeps the middle wide enough.

    A panel that gave way is still wanted: it comes back by itself once the window is wide enough. Of both, the details
    give way, unless they were asked for: then the library does.
    """

    def __init__(
        self, splitter: QSplitter, library: tuple[QAction, QWidget], middle: QWidget, details: tuple[QAction, QWidget]
    ) -> None:
        super().__init__(splitter)
        self._splitter = splitter
        self._library, self._details = library[0], details[0]
        self._panels = {library[0]: library[1], details[0]: details[1]}
        self._away: QAction | None = None  # whose panel gave way
        self._fitting = False
        middle.setMinimumWidth(LEAST_MIDDLE)
        for action, panel in self._panels.items():
            action.toggled.connect(panel.setVisible)
            action.toggled.connect(lambda shown, action=action: self._on_toggled(action, shown=shown))
        splitter.installEventFilter(self)

    def wants(self, action: QAction) -> bool:
        """Whether its panel is shown where there is room."""
        return action.isChecked() or action is self._away

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._fit(self._details)
        return super().eventFilter(watched, event)

    def _fit(self, gives_way: QAction) -> None:
        if self._fitting or not self._splitter.isVisible():
            return
        self._fitting = True
        if self._has_room():
            away, self._away = self._away, None
            if away is not None:
                away.setChecked(True)
        elif all(action.isChecked() for action in self._panels):
            self._away = gives_way
            gives_way.setChecked(False)
        self._fitting = False

    def _has_room(self) -> bool:
        handles = 2 * self._splitter.handleWidth()
        panels = sum(panel.minimumWidth() for panel in self._panels.values())
        return self._splitter.width() >= panels + LEAST_MIDDLE + handles

    def _on_toggled(self, action: QAction, *, shown: bool) -> None:
        """Somebody's own choice."""
        if self._fitting:
            return
        if action is self._away or not shown:
            self._away = None
        if shown:
            self._fit(self._library if action is self._details else self._details)
