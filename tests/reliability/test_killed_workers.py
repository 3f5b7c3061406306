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
from reliability.forms import LONG, SEED, note, rounds
from reliability.library_checks import look_inside
from reliability.originals import Originals
from reliability.small_media import write_small_photos, write_small_track

from desktop_app.domain.kinds import State
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

PAUSE = (0.2, 1.5) if LONG else (0.1, 0.4)
"""Seconds from one signal to the next, at least and at most."""
SUSPENDED_SECONDS = 0.6
"""Then a suspended worker is replaced here."""


class Chaos:
    """Sends ``number`` to a random worker of this process now and then, ``most`` times."""

    def __init__(self, chance: random.Random, number: int, most: int) -> None:
        self.hits, self.most = 0, most
        self._chance, self._number = chance, number
        self._end = threading.Event()

    def _work(self) -> None:
        while self.hits < self.most and not self._end.wait(self._chance.uniform(*PAUSE)):
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


@pytest.mark.parametrize(("number", "most"), [("SIGKILL", 200), ("SIGSTOP", 100)])
def test_lost_workers_cost_no_file(number: str, most: int, profile: Profile, roots: Path, originals: Originals) -> None:
    chaos = Chaos(random.Random(SEED), getattr(signal, number), rounds(4, most))
    write_small_track(roots / "track.wav", 1)
    photos = 0
    files = FileReader(2)
    files._pool = WorkerPool(2, WorkerLimits(suspended_seconds=SUSPENDED_SECONDS))
    with Library.open(profile, files=files) as library:
        library.add_root(roots)
        while chaos.hits < chaos.most:
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
