"""Folder dialogs open where one was last."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.ui import choosing


def test_the_next_question_starts_beside_the_last_answer(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_last", [])
    parent = QWidget()
    qtbot.addWidget(parent)
    asked: list[str] = []

    def answer(_parent: QWidget, _title: str, folder: str) -> str:
        asked.append(folder)
        return str(tmp_path / "Photos")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    assert choosing.choose_folder(parent, "Add Folder") == tmp_path / "Photos"
    choosing.choose_folder(parent, "Add Folder")
    assert Path(asked[0]) != Path.cwd()
    assert asked[1] == str(tmp_path)


def test_playlists_are_looked_for_where_one_was_last(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    asked: list[str] = []

    def answer(_parent: QWidget, _title: str, place: str, _kinds: str) -> tuple[str, str]:
        asked.append(place)
        return str(tmp_path / "Evening.m3u8"), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    assert choosing.choose_playlist(parent) == tmp_path / "Evening.m3u8"
    choosing.choose_playlist_target(parent, "Morning.xspf", "")
    assert Path(asked[0]).is_dir() and asked[1] == str(tmp_path / "Morning.xspf")
