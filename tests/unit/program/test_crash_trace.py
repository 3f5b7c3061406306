"""A crash in native code leaves a trace that the next start finds once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.crash_trace import LAST, NAME, CrashTrace

ABORTS = """
import os, sys
from pathlib import Path
from desktop_app.crash_trace import CrashTrace
trace = CrashTrace(Path(sys.argv[1]))
def fall() -> None:
    os.abort()
fall()
"""


@pytest.fixture(autouse=True)
def pytest_keeps_its_own() -> Iterator[None]:
    import faulthandler

    was = faulthandler.is_enabled()
    yield
    if was:
        faulthandler.enable(sys.__stderr__)


def test_an_abort_is_found_at_the_next_start_and_only_then(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    done = subprocess.run([sys.executable, "-c", ABORTS, str(folder)], check=False, capture_output=True, timeout=60)
    assert done.returncode != 0 and (folder / NAME).stat().st_size
    os.utime(folder / NAME, (86_400 * 365, 86_400 * 365))
    trace = CrashTrace(folder)
    assert trace.previous.startswith("Ended at 1971-01-01"), "when it ended, not when it was found"
    assert "fall" in trace.previous and trace.kept == folder / LAST
    trace.close()
    assert (folder / LAST).is_file() and not (folder / NAME).exists()
    again = CrashTrace(folder)
    assert not again.previous
    again.close()


def test_without_a_place_for_it_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    trace = CrashTrace(tmp_path / "logs")
    assert not trace.previous
    trace.close()
