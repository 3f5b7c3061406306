"""Which program this is."""

import platform

from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

import desktop_app
from desktop_app.ui.controls import make_label
from desktop_app.ui.icons import app_icon
from desktop_app.ui.theme import FontRole


class AboutDialog(QDialog):
    """Name, version, licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Akin")
        mark = make_label()
        mark.setPixmap(app_icon().pixmap(QSize(96, 96), self.devicePixelRatioF()))
        versions = f"Python {platform.python_version()} · Qt {qVersion()}"
        lines = [
            mark,
            make_label("Akin", "", FontRole.TITLE),
            make_label(f"Version {desktop_app.__version__}", "muted"),
            make_label("What else do you have that looks, or sounds, like this?", "", wrap=True),
            make_label("Everything stays on this computer.", "muted"),
            make_label("Free software under the GNU General Public License, version 3 or later.", "faint",
                       FontRole.SMALL, wrap=True),
            make_label(versions, "faint", FontRole.SMALL),
        ]  # fmt: skip
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 24, 32, 20)
        outer.setSpacing(6)
        for line in lines:
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            outer.addWidget(line)
        outer.addSpacing(10)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addStretch(1)
        outer.addLayout(row)
        self.setFixedWidth(440)
