"""Icons in the theme's colours, as fine as the screen; the theme follows the system while it runs."""

import subprocess
import sys

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_app.ui.icons import icon
from desktop_app.ui.theme import theme

_OWN_PICTURES = """
from PySide6.QtGui import QColor, QIcon, QPixmap

from desktop_app.app import make_application
from desktop_app.ui.icons import _CLONES, icon

application = make_application()
for _ in range(200):
    own = QIcon(icon("star"))
    picture = QPixmap(16, 16)
    picture.fill(QColor("red"))
    own.addPixmap(picture)
    assert not own.pixmap(24, 24).isNull()
assert len(_CLONES) < 5, "those that Qt has done away with are not held"
print("alive")
"""


def test_a_changed_copy_of_an_icon_stands_on_its_own() -> None:
    """Qt copies what paints it; Python took that copy away at once, and painting ended the program."""
    script = [sys.executable, "-X", "faulthandler", "-c", _OWN_PICTURES]
    ran = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "alive"), ran.stderr


def test_icons_are_as_fine_as_the_screen(qtbot: QtBot) -> None:
    picture = icon("grid").pixmap(QSize(16, 16), 2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (32, 2.0)


def test_the_theme_follows_the_system_while_it_runs(qtbot: QtBot) -> None:
    shown, hints = theme(), QGuiApplication.styleHints()
    shown.apply("system")
    try:
        with qtbot.waitSignal(shown.changed):
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        shown.apply("light")
        with qtbot.assertNotEmitted(shown.changed):
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert not shown.tokens.dark, "a chosen theme stays"
    finally:
        shown.apply("light")
