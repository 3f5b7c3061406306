"""Adding files to a large library, beside adding as many to an empty one."""

import secrets
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.big_library import big_library
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile

ADDED = 1_000
SIZE = (640, 480)


@benchmark("adding")
def adding(sizes: Sizes) -> Iterator[Figure]:
    """1,000 photos into a large library, from the command until all is saved, beside an empty library"""
    large = big_library(sizes.workspace, sizes.items)
    folder = sizes.workspace / "added"
    spent: dict[str, list[tuple[float, float]]] = {"large": [], "empty": []}
    try:
        for _round in range(sizes.rounds):
            for name, taken in spent.items():
                profile = large.profile if name == "large" else Profile(sizes.workspace / "empty")
                photos = fresh_photos(folder)
                taken.append(seconds_to_add(profile, photos))
                if name == "empty":
                    shutil.rmtree(profile.directory)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(sizes.workspace / "empty", ignore_errors=True)
    for at, (what, most) in enumerate((("", 1.3), (", processor time of the process that writes", None))):
        yield Figure(
            f"{ADDED:,} photos of {SIZE[0]} × {SIZE[1]} into {sizes.items:,} items{what}",
            statistics.median(each[at] for each in spent["large"]),
            "s",
            reference=statistics.median(each[at] for each in spent["empty"]),
            reference_name="an empty library",
            most_ratio=most,
        )


def fresh_photos(folder: Path) -> Path:
    """Photos that no library has seen: what is known is not described again."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / secrets.token_hex(4)
    rng = np.random.default_rng(secrets.randbits(32))
    place.mkdir(parents=True)
    for number in range(ADDED):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        pixels = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(place / f"{number}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return place


def seconds_to_add(profile: Profile, photos: Path) -> tuple[float, float]:
    """Of the run alone, the library being open and its workers not started yet: by the clock, and of this process."""
    with Library.open(profile) as library:
        for _progress in library.prepare_indexes():
            pass
        started, worked = time.perf_counter(), time.process_time()
        library.add_root(photos)
        try:
            control = RunControl()
            for _progress in library.index([photos], control=control):
                pass
            seconds = time.perf_counter() - started, time.process_time() - worked
        finally:  # the next round, and the next benchmark, find the library as it was
            library.remove_root(photos)
    if control.report is None or control.report.added != ADDED:
        raise RuntimeError(f"not all photos were added: {control.report}")
    return seconds
