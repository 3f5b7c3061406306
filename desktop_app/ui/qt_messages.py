"""Keeps the media part of Qt, and the FFmpeg in it, from talking to the terminal that the program was started from."""

import contextlib
import ctypes
from pathlib import Path

import PySide6
from PySide6.QtCore import QLibraryInfo, QLoggingCategory

_FATAL_ONLY = 8  # AV_LOG_FATAL


def quiet_media() -> None:
    """Leave out what Qt says of codecs and devices; QT_LOGGING_RULES brings it back.

    By rules, not by a message handler: that would be Python, and a decoding thread that has something to say would
    wait for the interpreter while the window may be waiting for that thread.
    """
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")


def quiet_codecs() -> None:
    """Keep the FFmpeg that comes with Qt from describing each file on standard error, which Qt has no switch for."""
    places = [Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.LibrariesPath)), Path(PySide6.__file__).parent]
    for found in sorted({path.resolve() for place in places for path in place.glob("*avutil*")}):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(str(found)).av_log_set_level(_FATAL_ONLY)
