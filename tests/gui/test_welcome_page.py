"""The first page invites to three things."""

from pathlib import Path

from gui.panel_engine import PanelEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.ui.panels.welcome import WelcomePage, usual_folders


def test_three_choices(qtbot: QtBot, tmp_path: Path) -> None:
    engine = PanelEngine(tmp_path)
    page = WelcomePage(engine)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    with qtbot.waitSignal(page.folders_chosen) as chosen:
        qtbot.mouseClick(page.usual, Qt.MouseButton.LeftButton)
    assert chosen.args[0] == usual_folders()
    with qtbot.waitSignal(page.add_folder_requested):
        qtbot.keyClick(page.folder, Qt.Key.Key_Return)
    qtbot.keyClick(page.samples, Qt.Key.Key_Space)
    assert engine.asked("add_sample_library") == [()]
    assert not page.samples.isEnabled()
    page.grab()
