"""Faults of the program in the window: told once, kept as reports, on the right thread."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import copied_profile, index_small_library, opened_window
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from desktop_app import fault_reports
from desktop_app.domain.notices import JobError, Notice, Tone
from desktop_app.fault_hooks import FaultHooks
from desktop_app.ui import faults
from desktop_app.ui.dialogs.crash import CrashDialog
from desktop_app.ui.main_window import MainWindow


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return index_small_library(tmp_path_factory.mktemp("window"))


@pytest.fixture
def window(qtbot: QtBot, indexed: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed[1], tmp_path / "copy")) as made:
        yield made


def crash_dialogs(window: MainWindow) -> list[CrashDialog]:
    return [dialog for dialog in window.findChildren(CrashDialog) if dialog.isVisible()]


def test_a_crash_of_the_time_before_is_told_with_its_report(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(faults, "reveal", lambda path, _window: shown.append(path))
    window.faults.tell_of_crash("Fatal Python error: Aborted", tmp_path / "crash-last.log")
    assert "ended unexpectedly" in window.banners.texts[0]
    window.banners.shown[0].buttons[0].click()
    (dialog,) = crash_dialogs(window)
    assert "Fatal Python error: Aborted" in dialog.report.toPlainText()
    dialog.reveal.click()
    assert shown == [tmp_path / "crash-last.log"]
    dialog.accept()


def test_faults_in_a_row_are_one_dialog(window: MainWindow, qtbot: QtBot) -> None:
    """Each is in the report and in a file of its own; what was just shown is not shown again."""
    home = Path.home() / "Pictures" / "a.jpg"
    for number in range(5):
        window.show_crash(JobError("x", f"Traceback {home}\nKeyError: {number}"))
        window.show_crash(JobError("x", f"Traceback {home}\nKeyError: {number}"))
    (dialog,) = crash_dialogs(window)
    text = dialog.report.toPlainText()
    assert [text.count(f"KeyError: {number}") for number in range(5)] == [1] * 5
    assert "9 more times" in dialog.count.text() and str(home) not in text and "~" in text
    reports = sorted(window.profile.log_dir.glob("fault-*.txt"))
    assert len(reports) == 5
    dialog.accept()
    qtbot.waitUntil(lambda: not crash_dialogs(window))
    window.show_crash(JobError("x", "Traceback\nKeyError: 4"))
    assert crash_dialogs(window) == [] and window.banners.texts == ["That went wrong again."]
    window.show_crash(JobError("x", "Traceback\nKeyError: 5"))
    (dialog,) = crash_dialogs(window)
    dialog.accept()


def test_a_fault_of_a_run_is_shown_like_any_other(window: MainWindow) -> None:
    window.client.notified.emit(Notice("It went wrong.", Tone.ERROR, "Traceback\nValueError: x"))
    (dialog,) = crash_dialogs(window)
    dialog.accept()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_faults_of_any_thread_reach_the_windows_own(qtbot: QtBot) -> None:
    seen: list[tuple[str, bool]] = []
    main = QThread.currentThread()
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    hooks = FaultHooks(lambda trace: seen.append((trace, QThread.currentThread() is main)), lambda: None)

    def fail() -> None:
        raise ValueError("on another thread")

    try:
        thread = threading.Thread(target=fail, name="akin-watch")
        thread.start()
        thread.join()
        try:
            raise KeyError("in a slot")
        except KeyError:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        qtbot.waitUntil(lambda: len(seen) == 2)
    finally:
        hooks.close()
    assert [own for _trace, own in seen] == [True, True]
    assert "akin-watch" in seen[0][0] and "on another thread" in seen[0][0] and "in a slot" in seen[1][0]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_an_interrupt_is_no_fault(qtbot: QtBot) -> None:
    seen: list[str] = []
    hooks = FaultHooks(seen.append, lambda: seen.append("interrupt"))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    hooks.close()
    assert seen == ["interrupt"]


def test_only_the_last_reports_are_kept(tmp_path: Path) -> None:
    for number in range(fault_reports.KEPT + 5):
        assert fault_reports.save(tmp_path / "logs", f"{number} \udcff") is not None
    kept = list((tmp_path / "logs").iterdir())
    assert len(kept) == fault_reports.KEPT
    (tmp_path / "file").write_text("")
    assert fault_reports.save(tmp_path / "file", "x") is None
