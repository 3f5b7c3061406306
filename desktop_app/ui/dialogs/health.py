"""Help ▸ Library Health: what the library has, how its indexes and searches do, and what could be better."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop_app.domain.health import HealthCheck, LibraryHealth
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import make_label
from desktop_app.ui.dialogs.frame import button_row, close_button, lay_out, push_button, scrolling
from desktop_app.ui.dialogs.health_sections import FINE, UNCHECKED, Part, as_text, parts, summary
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole

REPAIRABLE = ("index:", "thumbnails", "catalogue:", "vectors", "backups")
"""Beginnings of names of what can be mended, or made again from the rest."""


class HealthDialog(QDialog):
    """Asks the engine when it opens; the checks run when they are asked for, since they look at every table."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._health: LibraryHealth | None = None
        self._checks: tuple[HealthCheck, ...] = ()
        self._asked = 0
        self._examined = 0
        self._running = False
        self._pressed: QWidget | None = None
        self.setWindowTitle("Library Health")
        self.resize(QSize(720, 640).boundedTo(self.screen().availableGeometry().size() - QSize(40, 60)))
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 12, 0)
        self._column.setSpacing(4)
        page = QWidget()
        page.setLayout(self._column)
        area = scrolling(page, "Library health")
        self._head = make_label("Looking…", "", FontRole.HEADING, wrap=True)
        looks = "Look through the catalogue, the indexes and the files"
        self.check = push_button("Check Now", looks, lambda: self._examine(False))
        mends = "Mend what can be mended; what people made is backed up first"
        self.repair = push_button("Repair", mends, lambda: self._examine(True))
        self.repair.hide()
        self.stop = push_button("Stop", "End after what is being looked at", self._on_stop)
        self.stop.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(3)
        self.progress.setAccessibleName("Progress of the checks")
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.progress.hide()
        self.copy = push_button("Copy as Text", "Copy all of it, for a report", self._copy)
        self.copy.setEnabled(False)
        self.copy.setMinimumWidth(self.copy.sizeHint().width())  # “Copied” is shorter, and nothing should jump
        close = close_button(self)
        row = button_row([self.check, self.stop, self.repair, self.copy], [close])
        lay_out(self, [self._head, self.progress, area, row], fills=area)
        close.setFocus()
        client.health_ready.connect(self._on_health)
        client.examined.connect(self._on_examined)
        client.failed.connect(self._on_failed)
        client.progress_changed.connect(self._on_progress)
        self._asked = client.fetch_health()

    @property
    def text(self) -> str:
        """What is copied."""
        return as_text(self._health, self._checks) if self._health is not None else ""

    def _examine(self, repair: bool) -> None:
        self._pressed = self.check if self.check.hasFocus() else None
        self.check.setEnabled(False)
        self.repair.setEnabled(False)
        self.check.setText("Repairing…" if repair else "Checking…")
        self._running = True
        self.stop.setEnabled(True)
        self.stop.show()
        self.progress.setRange(0, 0)
        self.progress.show()
        self._examined = self._client.examine(repair=repair)

    def _on_progress(self, progress: Progress) -> None:
        if self._running and progress.phase is Phase.CHECKING:
            self.progress.setRange(0, progress.total)
            self.progress.setValue(progress.done)

    def _on_stop(self) -> None:
        self.stop.setEnabled(False)
        self._client.stop_examining()

    def done(self, result: int) -> None:
        """Nobody waits for the checks any more."""
        if self._running:
            self._client.stop_examining()
        super().done(result)

    def _on_health(self, request: int, health: LibraryHealth) -> None:
        if request == self._asked:
            self._health = health
            self._show()

    def _on_examined(self, request: int, checks: Sequence[HealthCheck]) -> None:
        if request == self._examined:
            self._checks = tuple(checks)
            self._end_examination()
            self._asked = self._client.fetch_health()
            self._show()

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._examined:
            self._end_examination()
            self._head.setText(error.text)
        elif request == self._asked:
            self._head.setText(error.text)

    def _end_examination(self) -> None:
        self._running = False
        self.stop.hide()
        self.progress.hide()
        self.check.setText("Check Again")
        self.check.setEnabled(True)
        if self._pressed is not None:
            self._pressed.setFocus()  # a button that can't be pressed for a while loses the focus to the next
        self.repair.setEnabled(True)
        broken = [each for each in self._checks if not each.ok and not each.repaired]
        self.repair.setVisible(any(each.name.startswith(REPAIRABLE) for each in broken))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.copy.setText("Copied")

    def _show(self) -> None:
        health = self._health
        if health is None:
            return
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._head.setText(summary(health))
        self.copy.setEnabled(True)
        self.copy.setText("Copy as Text")
        for sentence in health.recommendations:
            self._add_line("info", "link", sentence)
        broken = [check for check in self._checks if not (check.ok or check.repaired)]
        for check in broken:  # first: they are what one looks for
            self._add_line("problem", "warning", _said(check))
        if not self._checks:
            self._add_line("info", "link", UNCHECKED)
        elif not broken:
            self._add_line("check", "success", FINE)
        for part in parts(health):
            self._add_part(part)
        fine = [check for check in self._checks if check.ok or check.repaired]
        if fine:
            self._add_heading("Checks")
        for check in fine:
            self._add_line("check", "success", _said(check))
        self._column.addStretch(1)

    def _add_heading(self, text: str) -> None:
        heading = make_label(text, "muted", FontRole.CAPTION)
        heading.setContentsMargins(0, 14, 0, 2)
        self._column.addWidget(heading)

    def _add_line(self, name: str, token: str, text: str) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        sign = make_label()
        sign.setPixmap(icon(name, token).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(make_label(text, wrap=True), 1)
        self._column.addWidget(line)

    def _add_part(self, part: Part) -> None:
        self._add_heading(part.title)
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for row, cells in enumerate([part.columns, *part.rows]):
            for column, text in enumerate(cells):
                heading = row == 0
                look = "faint" if heading else "" if column == 0 else "muted"
                label = make_label(text, look, FontRole.SMALL if heading else FontRole.BODY)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                grid.addWidget(label, row, column, side | Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(0, 1)
        self._column.addWidget(table)
        if part.note:
            self._column.addWidget(make_label(part.note, "muted", FontRole.SMALL, wrap=True))


def _said(check: HealthCheck) -> str:
    title = check.name[:1].upper() + check.name[1:]
    return f"{title}: {check.detail} (repaired)" if check.repaired else f"{title}: {check.detail}"
