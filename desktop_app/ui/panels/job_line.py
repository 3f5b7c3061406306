"""The job line at the lower right: what the engine is busy with, pause and cancel, a way to the problems."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import ElidedLabel, plain
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import SPACE_1, SPACE_3, SPACE_4, FontRole, font
from desktop_app.ui.wording import count_text

_COUNTED = {
    Phase.BACKING_UP: "Backing up",
    Phase.RESTORING: "Restoring the backup",
    Phase.EXPORTING: "Exporting the collection",
    Phase.IMPORTING: "Importing",
    Phase.CHECKING: "Checking the library",
}
WIDTH = 300  # px, whatever it says: the player beside it stands still


def time_left(seconds: float | None) -> str:
    """``45 s left``, ``12 min left``; empty where nothing can be said."""
    if seconds is None or seconds < 0:
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    if seconds < 5400:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"


def sentence(progress: Progress) -> str:
    """What the job line says of a moment."""
    if progress.phase is Phase.SAMPLES:
        return f"Making the sample library · {progress.done:,} of {progress.total:,}"
    if progress.phase is Phase.PREPARING:
        return f"Preparing the search index · {progress.done * 100 // progress.total} %" if progress.total else ""
    if progress.phase is Phase.SCANNING:
        return f"Looking for photos and music · {progress.done:,} found" if progress.done else "Looking for changes"
    if progress.phase in (Phase.READING, Phase.SAVING) and not progress.total:
        return "Looking for changes"
    if progress.phase in (Phase.READING, Phase.SAVING):
        parts = [f"Indexing {progress.done:,} of {progress.total:,}", time_left(progress.seconds_left)]
        return " · ".join(part for part in parts if part)
    if progress.phase is Phase.PAUSED:
        return f"Paused at {progress.done:,} of {progress.total:,}" if progress.total else "Paused"
    if progress.phase is Phase.DESCRIBING:
        parts = [
            f"Describing photos by meaning {progress.done:,} of {progress.total:,}",
            time_left(progress.seconds_left),
        ]
        return " · ".join(part for part in parts if part)
    if progress.phase in _COUNTED:
        part = f" · {progress.done * 100 // progress.total} %" if progress.total else ""
        return _COUNTED[progress.phase] + part
    if progress.phase is Phase.IDLE_WORK:
        return f"Preparing waveforms · {progress.done:,} of {progress.total:,}" if progress.total else ""
    return ""


class JobLine(QWidget):
    """Signals: ``problems_wanted()``."""

    problems_wanted = Signal()

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._paused = self._busy = False
        self._count = 0
        self.setObjectName("jobLine")
        self.setAccessibleName("Indexing")
        self.text = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.text.setFont(font(FontRole.SMALL))
        self.text.setProperty("class", "muted")
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(3)
        self.bar.setAccessibleName("Progress of indexing")
        self.problems = QPushButton()
        self.problems.setProperty("class", "link")
        self.problems.setFont(font(FontRole.SMALL))
        self.problems.setToolTip("Show the files that could not be read")
        self.problems.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.problems.clicked.connect(self.problems_wanted)
        self.pause = self._button("pause", "Pause indexing")
        self.pause.clicked.connect(self._on_pause)
        self.cancel = self._button("close", "Stop indexing")
        self.cancel.clicked.connect(client.cancel_indexing)
        self._lines = QWidget()
        lines = QVBoxLayout(self._lines)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(SPACE_1)
        lines.addStretch(1)
        lines.addWidget(self.text)
        lines.addWidget(self.bar)
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_3, 0, SPACE_4, 0)
        row.setSpacing(SPACE_1)
        row.addStretch(1)
        row.addWidget(self.problems)
        row.addWidget(self._lines, 100)
        row.addWidget(self.pause)
        row.addWidget(self.cancel)
        self.setFixedWidth(WIDTH)
        client.progress_changed.connect(self.show_progress)
        client.run_finished.connect(self._on_finished)
        self.show_progress(Progress(Phase.IDLE))
        self.show_problems(0)

    def show_progress(self, progress: Progress) -> None:
        """Take over a moment of a run."""
        text = sentence(progress)
        self._paused = progress.phase is Phase.PAUSED
        self.text.set_whole(text)
        self._lines.setVisible(bool(text))  # without it the problems stand at the edge
        self.text.setToolTip(plain(str(progress.current) if progress.current else ""))
        counted = progress.total > 0 and progress.phase not in (Phase.IDLE, Phase.SCANNING, Phase.IDLE_WORK)
        self.bar.setVisible(bool(text) and (counted or progress.phase is Phase.SCANNING))
        self.bar.setRange(0, progress.total if counted else 0)
        self.bar.setValue(progress.done if counted else 0)
        busy = progress.phase in (Phase.SAMPLES, Phase.SCANNING, Phase.READING, Phase.SAVING, Phase.PAUSED)
        self._busy = bool(text)
        self.problems.setVisible(self._count > 0 and not self._busy)
        self.pause.setVisible(busy)
        self.cancel.setVisible(busy)
        self.pause.setIcon(icon("play" if self._paused else "pause", "muted"))
        name = "Go on indexing" if self._paused else "Pause indexing"
        self.pause.setToolTip(plain(name))
        self.pause.setAccessibleName(name)

    @property
    def is_busy(self) -> bool:
        """Whether files are being read."""
        return not self.pause.isHidden()

    def show_problems(self, count: int) -> None:
        """How many files could not be read."""
        self._count = count
        self.problems.setVisible(count > 0 and not self._busy)
        self.problems.setText(count_text(count, "problem"))

    def _on_finished(self, _report: IndexReport) -> None:
        self.show_progress(Progress(Phase.IDLE))

    def _on_pause(self) -> None:
        if self._paused:
            self._client.resume_indexing()
        else:
            self._client.pause_indexing()

    def _button(self, name: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(plain(tooltip))
        button.setAccessibleName(tooltip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
