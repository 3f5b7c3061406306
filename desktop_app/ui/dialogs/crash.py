"""What a fault of the program looks like: a calm sentence and the report to read, copy and find."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from desktop_app.ui.controls import make_label
from desktop_app.ui.dialogs.frame import beside_sign, button_row, close_button, lay_out, push_button
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole

WENT_WRONG = (
    "Something went wrong inside Akin",
    "What you were doing may not have worked; try it again. Your files and everything saved in the library are safe, "
    "and you can go on working.",
)
CRASHED = (
    "Akin ended unexpectedly last time",
    "Your files and everything that was saved in the library are safe.",
)
PLEASE = "If it happens again, please send this report to the developers. It can name files of yours, so read it first."


class CrashDialog(QDialog):
    """Shows a report; the program goes on. Signal: ``reveal_requested(Path)`` the report's file is to be shown."""

    reveal_requested = Signal(object)

    def __init__(
        self, report: str, file: Path | None = None, parent: QWidget | None = None, *, crashed: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName("crashDialog")
        self.setWindowTitle("Something Went Wrong")
        self.setMinimumSize(600, 420)
        self._more = 0
        title, sentence = CRASHED if crashed else WENT_WRONG
        self.count = make_label("", "", wrap=True)
        self.count.hide()
        words = [
            make_label(title, "", FontRole.HEADING),
            make_label(sentence, "", wrap=True),
            self.count,
            make_label(PLEASE, "muted", wrap=True),
        ]
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setAccessibleName("Report")
        self.report.setToolTip("What happened, for the developers")
        self.copy = push_button("Copy Report", "Put the report on the clipboard", self._on_copy)
        self.copy.setIcon(icon("copy"))
        where = f"Show the report in the file manager: {file}" if file else ""
        self.reveal = push_button("Show File", where, lambda: self.reveal_requested.emit(file))
        self.reveal.setIcon(icon("reveal"))
        self.reveal.setVisible(file is not None)
        close = close_button(self, "Go on working (Esc)")
        top = beside_sign("bug", "danger", words, self)
        lay_out(self, [top, self.report, button_row([self.copy, self.reveal], [close])], fills=self.report)
        close.setFocus()

    def count_one_more(self, report: str) -> None:
        """Something went wrong again, while this is open; ``report`` "" where it was the same."""
        self._more += 1
        self.count.setText(
            "It has happened once more since." if self._more == 1 else f"It has happened {self._more} more times since."
        )
        self.count.show()
        if report:
            self.report.appendPlainText(f"\n{'─' * 40}\n{report}")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy.setText("Copied")
        self.copy.setIcon(icon("check"))
