"""What a backup costs: its time and size, and whether anybody who searches or rates meanwhile notices."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks.big_library import big_library
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.kinds import ScopeKind
from desktop_app.engine.backups.restoring import restore
from desktop_app.engine.library import Library
from desktop_app.paths import Profile

ROUNDS = 3
MOST_MEANWHILE_MS = 500.0


@benchmark("backup")
def run(sizes: Sizes) -> Iterator[Figure]:
    """Backing up, restoring, and the longest search and edit meanwhile."""
    big = big_library(sizes.workspace, sizes.items)
    profile: Profile = big.copy(sizes.workspace / "backup-profile")
    target = sizes.workspace / "backup.zip"
    size = f"{sizes.items:,} items"
    with Library.open(profile, jobs=1) as library:
        for _ in library.prepare_indexes():
            pass
        times = [_timed(lambda: library.backups.make(target)) for _ in range(ROUNDS)]
        yield Figure(f"backup, {size}", median(times), "s", note=f"{target.stat().st_size / 1e6:.0f} MB, checked")
        for name, act in _acts(library):
            alone = _longest(act, lambda: time.sleep(3.0))
            beside = _longest(act, lambda: library.backups.make(target))
            yield Figure(
                f"longest {name} while one is made", beside * 1000, "ms", alone * 1000, "longest in 3 s without",
                most=MOST_MEANWHILE_MS,
            )  # fmt: skip
        seconds = _timed(lambda: library.backups.make(target, full=True))
        yield Figure(f"full backup, {size}", seconds, "s", note=f"{target.stat().st_size / 1e6:.0f} MB, checked")
    target.unlink()
    with Library.open(profile, jobs=1) as library:
        library.backups.make(target)
    yield Figure(f"restore, vectors of the present library kept, {size}", _timed(lambda: restore(profile, target)), "s")
    shutil.rmtree(profile.directory)
    target.unlink()


def _acts(library: Library) -> Iterator[tuple[str, Callable[[], object]]]:
    listing = Listing(Scope(ScopeKind.PHOTOS, "", ""), "garden best")
    yield "search for words", lambda: library.listing(listing)
    stars = iter(range(10**9))
    yield "rating of an item", lambda: library.rate([1], 1 + next(stars) % 5)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _longest(act: Callable[[], object], meanwhile: Callable[[], object]) -> float:
    """The longest of what is done over and over on this thread, until ``meanwhile`` has ended on another."""
    act()
    longest = 0.0
    with _going_on(meanwhile) as ended:
        while not ended.is_set():
            longest = max(longest, _timed(act))
    return longest


@contextmanager
def _going_on(work: Callable[[], object]) -> Iterator[threading.Event]:
    ended = threading.Event()

    def carry_out() -> None:
        try:
            work()
        finally:
            ended.set()

    thread = threading.Thread(target=carry_out)
    thread.start()
    try:
        yield ended
    finally:
        thread.join()
