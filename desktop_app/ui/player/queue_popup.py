"""The list of what plays next."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.items import ItemRow
from desktop_app.ui.controls import link_button, make_label
from desktop_app.ui.panels.track_list import TrackLine, TrackList
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import count_text, minutes_text


class QueuePopup(QFrame):
    """Opens above a button; drag or Alt+Up and Alt+Down reorder, Delete removes, Return plays.

    Signals: ``jumped(int)``, ``moved(int, int)``, ``removed(int)`` with places; ``cleared()``.
    """

    jumped = Signal(int)
    moved = Signal(int, int)
    removed = Signal(int)
    cleared = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("class", "card")
        self.setAccessibleName("What plays next")
        self._heading = make_label("Queue", "", FontRole.STRONG)
        self._sum = make_label("", "faint", FontRole.SMALL)
        clear = link_button("Clear", "Empty the queue and stop")
        clear.clicked.connect(self._on_clear)
        self._place = -1
        self.list = TrackList()
        self.list.setAccessibleName("Queue")
        self.list.activated_place.connect(self.jumped)
        self.list.moved.connect(self.moved)
        self.list.removed.connect(self.removed)
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addWidget(self._sum)
        head.addStretch(1)
        head.addWidget(clear)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 12)
        outer.setSpacing(8)
        outer.addLayout(head)
        outer.addWidget(self.list)
        self.resize(380, 360)

    def show_rows(self, rows: Sequence[ItemRow], place: int) -> None:
        """The queue, and which place is playing."""
        self._place = place
        self.list.show_lines(
            [TrackLine(row.id, row.title, row.artist or "", row.duration or 0.0, mark="play" if n == place else "")
             for n, row in enumerate(rows)]
        )  # fmt: skip
        minutes = sum(row.duration or 0.0 for row in rows) / 60
        self._sum.setText(f"{count_text(len(rows), 'track')} · {minutes_text(minutes)}" if rows else "")

    def open_above(self, button: QWidget) -> None:
        """Show it with its right edge at the button's, and with what is playing chosen and in view."""
        corner = button.mapToGlobal(QPoint(button.width(), 0))
        self.move(corner - QPoint(self.width(), self.height() + 6))
        self.show()
        self.list.go_to(self._place)
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _on_clear(self) -> None:
        self.hide()
        self.cleared.emit()
