"""Workers killed and suspended at random while they read: no file is lost, and none is called a problem."""

import contextlib
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
from reliability.forms import SEED, note, rounds
from reliability.library_checks import look_inside
from reliability.originals import Originals
from reliability.small_media import write_small_photos, write_small_track

from desktop_app.domain.kinds import State
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.indexing import feed
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

HANG_SECONDS = 5.0
"""What a file may take where workers are suspended, instead of a minute."""


class Chaos:
    """Sends ``number`` to a random worker of this process now and then, until it has done so ``most`` times."""

    def __init__(self, chance: random.Random, number: int, pause: tuple[float, float]) -> None:
        self.hits = 0
        self._chance, self._number, self._pause = chance, number, pause
        self._end = threading.Event()

    def _work(self) -> None:
        while not self._end.wait(self._chance.uniform(*self._pause)):
            workers = [child for child in psutil.Process().children() if _is_worker(child)]
            if workers:
                with contextlib.suppress(psutil.Error):
                    self._chance.choice(workers).send_signal(self._number)
                    self.hits += 1

    @contextlib.contextmanager
    def reigning(self) -> Generator[None, None, None]:
        """At work while inside."""
        thread = threading.Thread(target=self._work)
        self._end.clear()
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()


def _is_worker(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_STOPPED and "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("number", "pause"),
    [("SIGKILL", (0.2, 1.5)), ("SIGSTOP", (0.5, 2.0))],
)
def test_lost_workers_cost_no_file(
    number: str,
    pause: tuple[float, float],
    profile: Profile,
    roots: Path,
    originals: Originals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = rounds(4, 200)
    if number == "SIGSTOP":
        wanted = rounds(2, 100)
        monkeypatch.setattr(feed, "BASE_SECONDS", HANG_SECONDS)
    chaos = Chaos(random.Random(SEED), getattr(signal, number), pause)
    write_small_track(roots / "track.wav", 1)
    photos = 0
    files = FileReader(2)
    if number == "SIGSTOP":
        files._pool = WorkerPool(2, WorkerLimits(start_timeout=4 * HANG_SECONDS))  # a start may be suspended, too
    with Library.open(profile, files=files) as library:
        library.add_root(roots)
        while chaos.hits < wanted:
            photos += len(write_small_photos(roots, 60, first_seed=photos))
            originals.settle()
            with chaos.reigning():
                control = RunControl()
                for _progress in library.index(control=control):
                    pass
            assert control.report is not None
            assert (control.report.photos, control.report.tracks) == (photos, 1), [
                item.reason for item in library.find("", None)[1]
            ]
    inside = look_inside(profile.directory)
    assert Counter(item.state for item in inside.items.values()) == {State.PRESENT: photos + 1}
    assert all(check["ok"] for name, check in inside.checks.items() if name.startswith(("catalogue", "index")))
    note(f"{number} to workers {chaos.hits} times, {photos + 1} files, none lost, none a problem")
