"""The first page invites to three things."""

from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.ui.panels.welcome import WelcomePage


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found = [tmp_path / "Pictures", tmp_path / "Music"]
    monkeypatch.setattr("desktop_app.ui.panels.welcome.usual_folders", lambda: list(found))
    return found


def test_only_folders_that_are_there_are_offered(qtbot: QtBot, tmp_path: Path, folders: list[Path]) -> None:
    page = WelcomePage(PanelEngine(tmp_path))
    qtbot.addWidget(page)
    assert not page.usual.isEnabled()
    folders[0].mkdir()
    page.show()
    qtbot.waitUntil(page.usual.isEnabled)
    assert page.usual.accessibleDescription() == str(folders[0])
    assert page.usual.text() == "Add Pictures"
    with qtbot.waitSignal(page.folders_chosen) as chosen:
        page.usual.click()
    assert chosen.args[0] == folders[:1]
    page.shut_down()


def test_three_choices(qtbot: QtBot, tmp_path: Path, folders: list[Path]) -> None:
    for folder in folders:
        folder.mkdir()
    engine = PanelEngine(tmp_path)
    page = WelcomePage(engine)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    qtbot.waitUntil(page.usual.isEnabled)
    with qtbot.waitSignal(page.folders_chosen) as chosen:
        qtbot.mouseClick(page.usual, Qt.MouseButton.LeftButton)
    assert chosen.args[0] == folders
    with qtbot.waitSignal(page.add_folder_requested):
        qtbot.keyClick(page.folder, Qt.Key.Key_Return)
    qtbot.keyClick(page.samples, Qt.Key.Key_Space)
    assert engine.asked("add_sample_library") == [()]
    assert not page.samples.isEnabled()
    page.grab()
    page.shut_down()
