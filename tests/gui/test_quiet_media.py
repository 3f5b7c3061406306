"""Playing a file writes nothing about it to the terminal."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

PLAYS = """
import sys
from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from desktop_app.ui.qt_messages import quiet_codecs, quiet_media
quiet_media()
application = QGuiApplication(sys.argv[:1])
from PySide6.QtMultimedia import QMediaPlayer
player = QMediaPlayer()
quiet_codecs()
player.mediaStatusChanged.connect(lambda s: application.quit() if s.name in ("LoadedMedia", "InvalidMedia") else None)
player.setSource(QUrl.fromLocalFile(sys.argv[1]))
QTimer.singleShot(8000, application.quit)
application.exec()
print("done")
"""


def test_the_terminal_stays_quiet(tmp_path: Path) -> None:
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    track = tmp_path / "a.flac"
    soundfile.write(track, np.zeros(22050, np.float32), 22050)
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    surroundings.pop("QT_LOGGING_RULES", None)
    ended = subprocess.run(
        [sys.executable, "-c", PLAYS, str(track)], capture_output=True, text=True, timeout=60, env=surroundings
    )
    assert ended.stdout.strip() == "done"
    assert "Input #0" not in ended.stderr
    assert "qt.multimedia" not in ended.stderr
