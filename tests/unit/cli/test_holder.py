"""What ``akin index`` does when it is told to end, at whatever moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from desktop_app.cli.main import _stopping
from desktop_app.cli.session import Holder
from desktop_app.domain.progress import IndexReport
from desktop_app.engine.library import Library
from desktop_app.paths import Profile


@pytest.fixture
def holder(profile: Profile) -> Iterator[Holder]:
    with Library.open(profile, jobs=1) as library, Holder(library, profile, lambda _text: None) as made:
        yield made


@pytest.mark.parametrize("held", ["loop", "wakeup"])
def test_a_signal_waits_for_no_lock(holder: Holder, held: str) -> None:
    """Its handler runs in the middle of whatever the main thread does, also where that has a lock."""
    lock: AbstractContextManager[object] = holder.loop._lock if held == "loop" else holder._wakeup._cond
    asking = threading.Thread(target=holder.stop, daemon=True)
    with lock:
        asking.start()
        asking.join(5.0)
        assert not asking.is_alive()
    holder.watch(quiet=True)
    assert holder.stopped


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_watching_and_a_run(holder: Holder, tmp_path: Path, name: str) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with _stopping(holder.stop):
        threading.Timer(0.05, lambda: signal.raise_signal(getattr(signal, name))).start()
        holder.watch(quiet=True)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    (tmp_path / "media").mkdir()
    holder.loop.library.add_root(tmp_path / "media")
    report = holder.index(None, lambda _progress: None)  # one that begins after the signal
    assert isinstance(report, IndexReport) and report.cancelled


def test_nothing_is_left_when_nobody_signals(holder: Holder) -> None:
    """The fixtures look for threads that go on."""
    assert not holder.stopped
