"""The bootstrap and the launcher: what they decide, and what they leave on the system."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import bootstrap
import launcher
import pytest
import system_libraries

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, elsewhere."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="desktop entries are Linux's")
def test_launcher_comes_and_goes(data_home: Path) -> None:
    """A desktop entry that starts this environment's Python, its icons, and nothing left after removal."""
    said = launcher.install(ROOT, sys.executable)
    entry = data_home / "applications" / "akin.desktop"
    assert str(entry) in said[0]
    lines = dict(line.split("=", 1) for line in entry.read_text("utf-8").splitlines() if "=" in line)
    assert shlex.split(lines["Exec"].removesuffix(" %F")) == [sys.executable, "-m", "desktop_app"]
    assert lines["Terminal"] == "false"
    assert "image/jpeg" in lines["MimeType"]
    assert "audio/mpeg" in lines["MimeType"]
    assert entry.stat().st_mode & stat.S_IXUSR
    assert (data_home / "icons/hicolor/scalable/apps/akin.svg").read_bytes().lstrip().startswith(b"<")
    assert (data_home / "icons/hicolor/256x256/apps/akin.png").exists()
    launcher.remove()
    assert not entry.exists()
    assert launcher.remove() == ["Akin was not in the applications menu."]


def test_odd_paths_are_quoted_in_the_entry() -> None:
    """Spaces, quotes, dollars and per cents survive the specification's two levels of quoting."""
    entry = launcher.desktop_entry('/home/a b/100%/"$x"/python')
    command = next(line for line in entry.splitlines() if line.startswith("Exec="))
    assert command == 'Exec="/home/a b/100%%/\\\\"\\\\$x\\\\"/python" -m desktop_app %F'


def test_icons_of_every_system_are_there() -> None:
    """The launcher copies them; one that is gone would be a blank icon."""
    assert {path.suffix for path in (ROOT / "resources/icons").glob("akin.*")} == {".svg", ".png", ".ico", ".icns"}


def test_display_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """X11 and Wayland count, Qt's offscreen platform does not."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not bootstrap.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert bootstrap.has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not bootstrap.has_display()


def test_installs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call installs nothing; tests ask for their packages once; without torch it goes on."""
    calls: list[tuple[str, ...]] = []

    def pip(*arguments: str) -> bool:
        calls.append(arguments)
        return arguments != ("torch",)

    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(bootstrap, "_pip", pip)
    python = Path(bootstrap.venv_python())
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert bootstrap.ensure_installed(with_tests=False)
    assert calls == [("torch",), ("--editable", str(ROOT))]
    assert bootstrap.ensure_installed(with_tests=False)
    assert len(calls) == 2
    assert bootstrap.ensure_installed(with_tests=True)
    assert calls[-1] == ("--editable", f"{ROOT}[test]")
    assert json.loads((tmp_path / ".venv" / "stamp.json").read_text("utf-8"))["tests"] is True
    assert bootstrap.ensure_installed(with_tests=False)
    assert len(calls) == 4


def test_missing_libraries_are_named_with_their_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who is not root reads the exact command; what Qt can't start without ends it, sound does not."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(
        system_libraries.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None
    )
    monkeypatch.setattr(system_libraries, "_has_font", lambda: True)
    monkeypatch.setattr(system_libraries, "_loads", lambda name: name not in ("libEGL.so.1", "libpulse.so.0"))
    assert not system_libraries.ensure()
    assert "sudo apt-get install libegl1 libpulse0" in capsys.readouterr().err
    monkeypatch.setattr(system_libraries, "_loads", lambda name: name != "libpulse.so.0")
    assert system_libraries.ensure()
    assert "libpulse0" in capsys.readouterr().err


def test_wrong_command_says_how() -> None:
    """The bootstrap's own usage, without a traceback."""
    command = [sys.executable, str(ROOT / "installer/bootstrap.py"), "dance"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert answer.returncode == 2
    assert "invalid choice" in answer.stderr
