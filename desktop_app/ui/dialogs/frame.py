"""The frame that the dialogs share: margins, what is said beside a sign, what scrolls, one row of buttons."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop_app.ui.controls import keep_scroll_lane, make_label, plain
from desktop_app.ui.icons import icon

_MARGINS = (20, 16, 20, 16)
_SPACING = 12


class _Button(QPushButton):
    """Return presses it while it has the focus, and the default one stays the default: only that one is filled."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


def push_button(text: str, tip: str, then: Callable[[], object], *, default: bool = False) -> QPushButton:
    """A button of a dialog. Return presses the one that has the focus; where none has, the one that is ``default``."""
    made = _Button(text)
    made.setToolTip(plain(tip))
    made.setAutoDefault(False)
    made.setDefault(default)
    made.clicked.connect(lambda _checked=False: then())
    return made


def close_button(dialog: QDialog, tip: str = "Close (Esc)") -> QPushButton:
    """The one that ends a dialog in which nothing is decided."""
    return push_button("Close", tip, dialog.accept, default=True)


def button_row(left: Sequence[QWidget], right: Sequence[QWidget]) -> QHBoxLayout:
    """The row at the lower edge; the last one is what the dialog is for."""
    row = QHBoxLayout()
    for each in left:
        row.addWidget(each)
    row.addStretch(1)
    for each in right:
        row.addWidget(each)
    return row


def beside_sign(name: str, token: str, words: Sequence[QWidget], dialog: QDialog) -> QHBoxLayout:
    """Sentences with a large sign before them; ``token`` is its colour."""
    sign = make_label()
    sign.setPixmap(icon(name, token).pixmap(QSize(32, 32), dialog.devicePixelRatioF()))
    column = QVBoxLayout()
    column.setSpacing(8)
    for each in words:
        column.addWidget(each)
    row = QHBoxLayout()
    row.setSpacing(14)
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(column, 1)
    return row


def scrolling(page: QWidget, name: str) -> QScrollArea:
    """``page`` in an area that scrolls up and down and is never narrower than it; ``name`` is for screen readers."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    keep_scroll_lane(area)
    lane = area.verticalScrollBar().sizeHint().width() + 2 * area.frameWidth()
    area.setMinimumWidth(page.minimumSizeHint().width() + lane)
    area.setAccessibleName(name)
    return area


def lay_out(dialog: QDialog, parts: Sequence[QWidget | QLayout], fills: QWidget | QLayout | None = None) -> None:
    """Put the parts into the dialog, one below the other; ``fills`` is the one that takes the room that is left."""
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(*_MARGINS)
    outer.setSpacing(_SPACING)
    for part in parts:
        stretch = 1 if part is fills else 0
        if isinstance(part, QWidget):
            outer.addWidget(part, stretch)
        else:
            outer.addLayout(part, stretch)
