"""What macOS hands to the running program reaches the window, also what comes before there is one."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop_app.opened_files import OpenedFiles


@pytest.fixture
def opened(qapp: QApplication) -> Iterator[OpenedFiles]:
    parent = QObject()
    yield OpenedFiles(parent)
    parent.deleteLater()


@pytest.fixture
def taken(opened: OpenedFiles) -> list[Sequence[Path]]:
    """What a window that is there was given."""
    given: list[Sequence[Path]] = []
    opened.hand_to(given.append)
    return given


def test_files_of_one_gesture_come_together(
    qapp: QApplication, opened: OpenedFiles, taken: list[Sequence[Path]]
) -> None:
    for name in ("/a b.jpg", "/ä.mp3"):
        opened.note(QFileOpenEvent(name))
    qapp.processEvents()
    assert taken == [(Path("/a b.jpg"), Path("/ä.mp3"))]
    opened.note(QFileOpenEvent("/c.jpg"))
    qapp.processEvents()
    assert taken[1:] == [(Path("/c.jpg"),)]


def test_what_comes_before_the_window_waits_for_it(qapp: QApplication, opened: OpenedFiles) -> None:
    opened.note(QFileOpenEvent("/a.jpg"))
    qapp.processEvents()
    taken: list[Sequence[Path]] = []
    opened.hand_to(taken.append)
    qapp.processEvents()
    assert taken == [(Path("/a.jpg"),)]


def test_an_address_that_is_no_file_is_left_alone(
    qapp: QApplication, opened: OpenedFiles, taken: list[Sequence[Path]]
) -> None:
    opened.note(QFileOpenEvent(QUrl("https://example.org/a.jpg")))
    qapp.processEvents()
    assert taken == []


def test_nothing_is_taken_after_the_end(qapp: QApplication, opened: OpenedFiles, taken: list[Sequence[Path]]) -> None:
    opened.note(QFileOpenEvent("/a.jpg"))
    opened.hand_to(None)
    qapp.processEvents()
    assert taken == []


def test_the_application_takes_them() -> None:
    """In a process of its own, which has an application of ours."""
    code = """
from PySide6.QtGui import QFileOpenEvent
from desktop_app.app import make_application

application = make_application()
application.sendEvent(application, QFileOpenEvent("/a b.jpg"))
application.opened_files.hand_to(lambda files: print(*files))
application.processEvents()
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert Path(answer.stdout.strip()) == Path("/a b.jpg")
