"""The program's log: rotating, in the profile, made with the first line."""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop_app.paths import PRIVATE_FILE, PRIVATE_FOLDER

NAME = "akin.log"
MAX_BYTES = 1_000_000
KEPT = 5
_ours = logging.getLogger("desktop_app")


class LogFile(RotatingFileHandler):
    """Makes its folder when it is first needed; a log that can't be written never stops the program."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            Path(self.baseFilename).parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            super().emit(record)
        except OSError:
            self.handleError(record)

    def _open(self) -> TextIOWrapper:
        """Nobody but the user may read it."""
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_private)

    def handleError(self, record: logging.LogRecord) -> None:
        """There is nowhere left to say it."""

    def close(self) -> None:
        """Close the file; on a full disk its last lines are lost."""
        with suppress(OSError):
            super().close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


def log_to(folder: Path, level: int = logging.INFO) -> Path:
    """Send this process's log to ``folder``; returns the file. Another folder replaces the first."""
    stop_logging()
    path = folder / NAME
    handler = LogFile(path, "a", MAX_BYTES, KEPT, encoding="utf-8", delay=True, errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
    _ours.addHandler(handler)
    _ours.setLevel(level)
    return path


def log_nowhere() -> None:
    """Until there is a file: Python itself would print what nobody takes to standard error."""
    if not any(isinstance(handler, logging.NullHandler) for handler in _ours.handlers):
        _ours.addHandler(logging.NullHandler())


def stop_logging() -> None:
    """Close the log."""
    for handler in [handler for handler in _ours.handlers if isinstance(handler, LogFile)]:
        _ours.removeHandler(handler)
        handler.close()
