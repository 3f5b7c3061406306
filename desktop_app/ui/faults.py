"""Telling people of faults of the program: one calm dialog, whatever goes wrong and however often."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from desktop_app import fault_reports
from desktop_app.domain.notices import JobError, Tone
from desktop_app.ui.file_manager import reveal

if TYPE_CHECKING:
    from desktop_app.ui.dialogs.crash import CrashDialog
    from desktop_app.ui.main_window import MainWindow

QUIET_SECONDS = 60.0
"""A fault that comes again so soon is only counted: who has read of it need not read it again."""


class Faults(QObject):
    """Saves each fault's report, and shows it unless it was just shown."""

    def __init__(self, window: "MainWindow", folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder
        self._dialog: CrashDialog | None = None
        self._told: dict[str, float] = {}

    def tell(self, error: JobError) -> None:
        """Say what broke. While a dialog is open, later faults are counted in it."""
        cause = error.report.strip().rpartition("\n")[2]
        again = time.monotonic() - self._told.get(cause, -QUIET_SECONDS) < QUIET_SECONDS
        self._told[cause] = time.monotonic()
        if self._dialog is not None:
            if again:
                self._dialog.count_one_more("")
            else:
                report = fault_reports.described(error.report)
                fault_reports.save(self._folder, report)
                self._dialog.count_one_more(report)
            return
        if again:
            self._window.banners.say("That went wrong again.", Tone.ERROR)
            return
        report = fault_reports.described(error.report)
        self._open(report, fault_reports.save(self._folder, report))

    def tell_of_crash(self, trace: str, file: Path) -> None:
        """Say quietly that the time before ended in a crash, with its report to read and copy."""
        self._window.banners.say(
            "Akin ended unexpectedly last time.",
            actions=[("Show Report…", lambda: self._open(fault_reports.described(trace), file, crashed=True))],
            stays=True,
        )

    def _open(self, report: str, file: Path | None, *, crashed: bool = False) -> None:
        from desktop_app.ui.dialogs.crash import CrashDialog

        dialog = self._dialog = CrashDialog(report, file, self._window, crashed=crashed)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._on_closed)
        dialog.reveal_requested.connect(lambda path: reveal(path, self._window))
        dialog.open()

    def _on_closed(self) -> None:
        self._dialog = None
