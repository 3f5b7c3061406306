"""Icons in the theme's colours, as fine as the screen; the theme follows the system while it runs."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_app.ui.icons import icon
from desktop_app.ui.theme import theme


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
