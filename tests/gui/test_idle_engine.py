"""An engine that nothing happens in sleeps: none of its threads, nor a worker, wakes more than twice a second."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library
from pytestqt.qtbot import QtBot

from desktop_app.app import answer_command
from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import ScopeKind
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.api import EngineClient

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how often a thread woke")

SECONDS = 4
MOST = 2 * SECONDS


def wake_ups(process: int) -> dict[str, int]:
    """How often each thread of a process has gone to sleep of its own accord, by name and number."""
    found: dict[str, int] = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            status = (task / "status").read_text("utf-8")
        except OSError:
            continue  # ended meanwhile
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        found[f"{fields['Name']} {task.name} of {process}"] = int(fields["voluntary_ctxt_switches"])
    return found


def woken(qtbot: QtBot, ours: set[str]) -> dict[str, int]:
    """How often threads that are not ``ours`` wake while nobody does anything, the busy ones only."""
    processes = [os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))]
    before = {name: count for each in processes for name, count in wake_ups(each).items()}
    qtbot.wait(1000 * SECONDS)
    after = {name: count for each in processes for name, count in wake_ups(each).items()}
    counts = {name: count - before.get(name, 0) for name, count in after.items() if name not in ours}
    return {name: count for name, count in counts.items() if count > MOST}


@pytest.fixture
def ours() -> set[str]:
    """The threads that were there before the engine: those of the test run, and the one that it waits in."""
    return set(wake_ups(os.getpid()))


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_small_library(tmp_path_factory.mktemp("idle-engine"))[1]


@pytest.fixture
def client(qtbot: QtBot, ours: set[str], indexed: Path, tmp_path: Path) -> Iterator[EngineClient]:
    """An engine as behind the window: with a watcher, a request server, and all that goes on in the background."""
    made = EngineClient(copied_profile(indexed, tmp_path / "copy"), handler=answer_command)
    phases: list[Phase] = []

    def note(progress: Progress) -> None:
        phases.append(progress.phase)

    made.progress_changed.connect(note)
    with qtbot.waitSignal(made.run_finished, timeout=PATIENCE):
        made.start()
    qtbot.waitUntil(lambda: phases[-1:] == [Phase.IDLE], timeout=PATIENCE)
    yield made
    made.shut_down()


def test_a_busy_thread_would_be_found(qtbot: QtBot, ours: set[str]) -> None:
    ending = threading.Event()

    def poll() -> None:
        while not ending.wait(0.05):
            pass

    busy = threading.Thread(target=poll)
    busy.start()
    try:
        assert woken(qtbot, ours)
    finally:
        ending.set()
        busy.join()


def test_the_engine_sleeps_when_nothing_happens(qtbot: QtBot, ours: set[str], client: EngineClient) -> None:
    with qtbot.waitSignal(client.listing_ready, timeout=PATIENCE) as listed:
        client.list_items(Listing(Scope(ScopeKind.PHOTOS, "", "All")))
    assert listed.args is not None
    with qtbot.waitSignal(client.similar_ready, timeout=PATIENCE):
        client.find_similar(SimilarRequest(items=(ItemId(int(listed.args[1].ids[0])),)))
    with qtbot.waitSignal(client.preview_ready, timeout=PATIENCE):  # by a worker, which stays for a while
        client.fetch_preview(ItemId(int(listed.args[1].ids[0])), 256)
    qtbot.wait(2500)  # what follows, and the processors' threads that stay awake a little for more
    assert not woken(qtbot, ours)
