"""How a sentence stands above the lower edge, and for how long."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.ui import notifications
from desktop_app.ui.notifications import Banners


@pytest.mark.parametrize("words", [3, 40, 120])
def test_the_whole_of_a_sentence_is_seen(qtbot: QtBot, words: int) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(800, 600)
    parent.show()
    banners = Banners(parent)
    banner = banners.say("sentence " * words)
    banners.say("another")
    label = next(each for each in banner.findChildren(QLabel) if each.text())
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 0, timeout=5_000)
    assert banners.geometry().bottom() < parent.height() and banners.height() <= parent.height()


def test_what_is_longer_stands_longer_and_what_is_said_once_until_it_is_closed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "SHOWN_MS", 1)
    monkeypatch.setattr(notifications, "READ_MS", 1)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.setGeometry(200, 200, 800, 600)
    QCursor.setPos(5, 5)  # a notice under the mouse is being read, and stays
    parent.show()
    banners = Banners(parent)
    long = "Not put back from the trash. " * 1_000
    for text, stays in (("once", True), (long, False), ("short", False)):
        banners.say(text, stays=stays)
    qtbot.waitUntil(lambda: banners.texts == ["once", long], timeout=10_000)
    banners.shown[0].dismiss()
    monkeypatch.setattr(notifications, "READ_MS", 0)
    banners.say(long)
    qtbot.waitUntil(lambda: not banners.texts, timeout=10_000)


def test_what_stays_is_not_pushed_out(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(800, 600)
    banners = Banners(parent)
    banners.say("These files are gone: a.jpg", stays=True)
    for number in range(5):
        banners.say(f"passing {number}")
    assert banners.texts == ["These files are gone: a.jpg", "passing 3", "passing 4"]
    banners.clear()
    assert banners.texts == ["These files are gone: a.jpg"]


def test_the_keyboard_is_not_lost_with_a_banner(qtbot: QtBot) -> None:
    """Else the next key would go to the search field: a star typed as a word."""
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(800, 600)
    other, items = QLineEdit(parent), QListWidget(parent)
    banners = Banners(parent)
    banners.focus_left.connect(items.setFocus)
    parent.show()
    parent.activateWindow()
    items.setFocus()
    other.clearFocus()
    button = banners.say("Rated.", actions=[("Undo", lambda: None)]).buttons[0]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert parent.focusWidget() is items
    banner = banners.say("Rated again.", actions=[("Undo", lambda: None)])
    banner.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert parent.focusWidget() is banner.buttons[0]
    qtbot.keyClick(banner.buttons[0], Qt.Key.Key_Space)
    assert not banners.texts and parent.focusWidget() is items
