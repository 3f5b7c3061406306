"""The frame of dialogs that are there to be read: a line above, a page that scrolls, Close below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop_app.ui.controls import keep_scroll_lane


def lay_out(dialog: QDialog, above: QWidget, page: QWidget, name: str) -> QPushButton:
    """Put them into the dialog; ``name`` is the page's for screen readers. Returns the button that closes."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    keep_scroll_lane(area)
    lane = area.verticalScrollBar().sizeHint().width() + 2 * area.frameWidth()
    area.setMinimumWidth(page.minimumSizeHint().width() + lane)
    area.setAccessibleName(name)
    close = QPushButton("Close")
    close.setToolTip("Close (Esc)")
    close.setDefault(True)
    close.clicked.connect(dialog.accept)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(close)
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(20, 16, 20, 16)
    outer.setSpacing(12)
    outer.addWidget(above)
    outer.addWidget(area, 1)
    outer.addLayout(row)
    return close
