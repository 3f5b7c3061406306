"""Showing a file in the system's file manager."""

import sys
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QObject, QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def reveal(path: Path, parent: QObject) -> None:
    """Open the folder with the file selected where the system can do that, else only the folder."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer.exe", explorer_arguments(path))
        return
    if sys.platform == "darwin":
        QProcess.startDetached("/usr/bin/open", ["-R", str(path)])
        return
    process = QProcess(parent)
    process.finished.connect(lambda code, _status: None if code == 0 else _open_folder(path))
    process.errorOccurred.connect(lambda _error: _open_folder(path))
    process.finished.connect(process.deleteLater)
    address = "file://" + quote(str(path), safe="/")  # commas would part the list
    process.start(
        "dbus-send",
        [
            "--session", "--print-reply", "--reply-timeout=2000", "--dest=org.freedesktop.FileManager1",
            "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1.ShowItems",
            f"array:string:{address}", "string:",
        ],
    )  # fmt: skip


def explorer_arguments(path: Path) -> list[str]:
    """What the Explorer wants: it reads no quotation marks around the option and the path together."""
    return ["/select,", str(path)]


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
