"""What Python keeps of Qt's objects must not outlive them: what is made at the same place later is taken for it."""

import gc
import subprocess
import sys

from PySide6.QtWidgets import QLayoutItem, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.ui.notifications import Banners

_MANY_BANNERS = """
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from desktop_app.app import make_application
from desktop_app.ui.notifications import Banners

application = make_application()
parent = QWidget()
parent.resize(800, 600)
parent.show()
banners = Banners(parent)
for number in range(1_500):
    banners.say(f"sentence {number % 7}", actions=[("Undo", lambda: None)] if number % 2 else None)
    if number % 3 == 0:
        banners.clear()
    loop = QEventLoop()
    QTimer.singleShot(1, loop.quit)
    loop.exec()
print("alive")
"""


def test_banners_that_come_and_go_leave_nothing_behind(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    banners = Banners(parent)
    before = _layout_items()
    for number in range(20):
        banners.say(f"sentence {number}")
        qtbot.wait(1)
    banners.clear()
    qtbot.waitUntil(lambda: _layout_items() <= before, timeout=5_000)


def test_the_program_outlives_many_banners() -> None:
    """It died of "malloc(): unaligned fastbin chunk detected", or of a segmentation fault."""
    script = [sys.executable, "-X", "faulthandler", "-c", _MANY_BANNERS]
    ran = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "alive"), ran.stderr


def _layout_items() -> int:
    gc.collect()
    return sum(issubclass(type(each), QLayoutItem) for each in gc.get_objects())  # torch warns of being asked its class
