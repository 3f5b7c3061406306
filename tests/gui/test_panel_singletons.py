"""On Python 3.11 PySide6 6.12 uses up references to None and True; the program must outlive that."""

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

import desktop_app


class Source(QObject):
    sent = Signal(int)


def test_many_calls_do_not_use_up_none_and_true(qtbot: QtBot) -> None:
    assert desktop_app.__version__
    source, image = Source(), QImage(4, 4, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for number in range(60_000):
        source.sent.emit(number)
        painter.setOpacity(1.0)
    painter.end()
    assert sys.getrefcount(None) > 60_000
    assert sys.getrefcount(True) > 60_000
