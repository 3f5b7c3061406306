"""Memory of the program and of its workers stays flat while thousands of files are indexed."""

import gc
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.resources import give_back_memory
from desktop_app.paths import Profile

MEGABYTE = 1_000_000


def write_photos(folder: Path, first: int, count: int) -> None:
    """Small JPEGs of different content."""
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        tile = np.random.default_rng(number).integers(0, 255, (9, 12, 3), dtype=np.uint8)
        done, data = cv2.imencode(".jpg", cv2.resize(tile, (320, 240)))
        assert done
        (folder / f"{number:05}.jpg").write_bytes(data.tobytes())


def resident() -> tuple[int, int]:
    """Bytes of this process, and of its largest worker."""
    gc.collect()
    give_back_memory()
    workers = [child.memory_info().rss for child in psutil.Process().children() if "spawn_main" in str(child.cmdline())]
    return psutil.Process().memory_info().rss, max(workers)


def growth(profile: Profile, folder: Path, rounds: int, count: int) -> Iterator[tuple[int, int]]:
    """Resident memory after each round of ``count`` new files."""
    with Library.open(profile, jobs=2) as library:
        for number in range(rounds):
            write_photos(folder / str(number), number * count, count)
            if number == 0:
                library.add_root(folder)
            control = RunControl()
            for _ in library.index(control=control):
                pass
            assert control.report is not None
            assert control.report.added == count
            yield resident()


@pytest.mark.slow
@pytest.mark.reliability
@pytest.mark.timeout(900)
def test_five_thousand_files_leave_no_memory_behind(profile: Profile, tmp_path: Path) -> None:
    sizes = list(growth(profile, tmp_path / "photos", rounds=10, count=500))
    (ours, worker), (ours_at_end, worker_at_end) = sizes[3], sizes[-1]
    assert worker_at_end - worker < 16 * MEGABYTE, sizes
    # The catalogue's buffers and the tails of the indexes grow with the library: some 10 kB a photo are its own.
    assert ours_at_end - ours < 60 * MEGABYTE, sizes


def test_some_hundred_files_leave_no_memory_behind(profile: Profile, tmp_path: Path) -> None:
    sizes = list(growth(profile, tmp_path / "photos", rounds=4, count=60))
    assert sizes[-1][1] - sizes[1][1] < 16 * MEGABYTE, sizes
    assert sizes[-1][0] - sizes[1][0] < 40 * MEGABYTE, sizes
