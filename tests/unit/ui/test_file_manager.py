"""What the system's file manager is asked."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QProcess

from desktop_app.ui.file_manager import reveal


def asked(monkeypatch: pytest.MonkeyPatch, platform: str, path: str) -> tuple[str, list[str]]:
    """Program and arguments with which ``path`` is shown on a system."""
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(QProcess, "startDetached", lambda program, arguments: started.append((program, arguments)))
    reveal(Path(path), QObject())
    (only,) = started
    return only


def test_explorer_gets_the_path_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quoted together with the option, as one argument with blanks is, it would open another folder."""
    program, arguments = asked(monkeypatch, "win32", "My Photos, 2024")
    assert (program, arguments) == ("explorer.exe", ["/select,", "My Photos, 2024"])


def test_finder_selects_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "darwin", "a b")[1] == ["-R", "a b"]
