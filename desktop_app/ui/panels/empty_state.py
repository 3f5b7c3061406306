"""What stands where there is nothing to show: why, and what to do next."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.ui.controls import make_label
from desktop_app.ui.icons import icon
from desktop_app.ui.panels.flow_layout import FlowLayout
from desktop_app.ui.theme import SPACE_2, SPACE_3, SPACE_6, FontRole, theme


class EmptyState(QWidget):
    """An icon, a heading, a sentence, and buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setProperty("class", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = "info"
        self._mark = make_label()
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = make_label("", "", FontRole.HEADING, wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence = make_label("", "muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMaximumWidth(460)
        self._row = FlowLayout(spacing=SPACE_2, centred=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6 * 2)
        column.addStretch(2)
        column.addWidget(self._mark)
        column.addSpacing(SPACE_3)
        column.addWidget(self.title)
        column.addSpacing(SPACE_2)
        middle = QHBoxLayout()  # not an alignment, with which its height would be that of one line
        middle.addStretch(1)
        middle.addWidget(self.sentence, 1000)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(SPACE_6 - SPACE_2)
        column.addLayout(self._row)
        column.addStretch(3)
        theme().changed.connect(self._paint_mark)

    def say(
        self, name: str, title: str, sentence: str, buttons: list[tuple[str, Callable[[], object]]] | None = None
    ) -> None:
        """Show another state; the first button is the main one."""
        self._name = name
        self._paint_mark()
        self.title.setText(title)
        self.sentence.setText(sentence)
        while self._row.count():
            old = self._row.takeAt(0)
            widget = old.widget() if old is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, (label, action) in enumerate(buttons or []):
            button = QPushButton(label)
            if place == 0:
                button.setProperty("class", "primary")
            button.clicked.connect(action)
            self._row.addWidget(button)

    def _paint_mark(self) -> None:
        self._mark.setPixmap(icon(self._name, "faint").pixmap(48, 48))
