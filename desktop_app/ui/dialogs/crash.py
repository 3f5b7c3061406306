"""What a fault of the program looks like: a calm sentence and the report to copy."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_app.ui.controls import make_label
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole


class CrashDialog(QDialog):
    """Shows a report; the program goes on."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something Went Wrong")
        self.setMinimumSize(560, 380)
        mark = QLabel()
        mark.setPixmap(icon("bug", "danger").pixmap(QSize(32, 32), self.devicePixelRatioF()))
        heading = make_label("Akin made a mistake", "", FontRole.HEADING)
        sentence = make_label(
            "Your files and your library are safe, and you can go on working. If it happens again, please send the "
            "report below to the developers. It holds file names of your library, so read it first.",
            "muted", wrap=True,
        )  # fmt: skip
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setAccessibleName("Report")
        self.report.setToolTip("What happened, for the developers")
        self.copy = QPushButton(icon("copy"), "Copy Report")
        self.copy.setToolTip("Put the report on the clipboard")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._on_copy)
        close = QPushButton("Close")
        close.setToolTip("Go on working (Esc)")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(heading)
        words.addWidget(sentence)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(14)
        outer.addLayout(top)
        outer.addWidget(self.report, 1)
        outer.addLayout(buttons)
        close.setFocus()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy.setText("Copied")
        self.copy.setIcon(icon("check"))
