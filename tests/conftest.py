"""Fixtures that every test may use, and the one that fails a test which leaves something running."""

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("AKIN_NO_LAUNCHER", "1")

from desktop_app.paths import Profile

PATIENCE_SECONDS = 5.0


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """An empty profile of its own."""
    made = Profile.at(tmp_path / "profile")
    made.make()
    return made


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail the test that leaves a thread, a child process or a window alive: found where it is made."""
    threads, children = set(threading.enumerate()), _children()
    yield
    left = [t for t in threading.enumerate() if t not in threads and not isinstance(t, threading._DummyThread)]
    for thread in left:
        thread.join(PATIENCE_SECONDS)
    left = [thread for thread in left if thread.is_alive()]
    _, alive = psutil.wait_procs(_children() - children, timeout=PATIENCE_SECONDS)
    processes = [_described(process) for process in alive]
    windows = _windows()
    assert not left, f"threads left running: {left}"
    assert not [p for p in processes if p], f"processes left running: {processes}"
    assert not windows, f"windows left open: {windows}"


def _children() -> set[psutil.Process]:
    return {child for child in psutil.Process().children() if not _is_tracker(child)}


def _is_tracker(process: psutil.Process) -> bool:
    """Whether this is multiprocessing's own resource tracker, which lives as long as the interpreter."""
    return "resource_tracker" in _described(process)


def _described(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _windows() -> list[str]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    visible = [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()]
    if visible:
        gc.collect()
        widgets.QApplication.processEvents()
        visible = [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()]
    return [repr(widget) for widget in visible]
