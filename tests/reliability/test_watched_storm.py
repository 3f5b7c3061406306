"""Files in bursts before the watcher: the catalogue equals the disk soon, what people said follows the content."""

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reliability.forms import SEED, note, rounds
from reliability.library_checks import Inside, asked_of_holder, assert_sound
from reliability.originals import Originals
from reliability.program import Program
from reliability.small_media import write_small_photo, write_small_photos

from desktop_app.domain.kinds import State

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the storm is made for inotify")

QUIET_SECONDS = 10.0
"""So long after the last change the catalogue equals the disk."""
LIKED = 3
"""So many files are rated, and never deleted or replaced."""
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


class Storm:
    """Random changes in two roots; knows which rated content is where."""

    def __init__(self, first: Path, second: Path, seed: int) -> None:
        self.roots = (first, second)
        self.changes = 0
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._seeds = itertools.count(1_000_000)
        self._seconds = itertools.count(1_600_000_000)
        (first / "a" / "b").mkdir(parents=True)
        (second / "c").mkdir(parents=True)
        self._folders = [first, first / "a", first / "a" / "b", second, second / "c"]
        self.files = [write_small_photo(self._free(), seed) for seed in range(rounds(24, 200))]

    def _free(self) -> Path:
        return self._chance.choice(self._folders) / f"photo {next(self._numbers)}.jpg"

    def burst(self, count: int) -> None:
        """So many changes at once."""
        steps = (self.create, self.move, self.move, self.swap, self.case, self.replace, self.touch, self.copy)
        for _ in range(count):
            self._chance.choice((*steps, self.delete, self.retag_and_move))()
            self.changes += 1

    def _pick(self, first: int = 0) -> int:
        return self._chance.randrange(first, len(self.files))

    def create(self) -> None:
        self.files.append(write_small_photo(self._free(), next(self._seeds)))

    def move(self) -> None:
        at = self._pick()
        self.files[at] = self.files[at].rename(self._free())

    def swap(self) -> None:
        one, two = self._pick(), self._pick()
        if one != two:
            aside = self.files[one].with_name("aside.tmp")
            self.files[one].rename(aside)
            self.files[two].rename(self.files[one])
            aside.rename(self.files[two])
            self.files[one], self.files[two] = self.files[two], self.files[one]

    def case(self) -> None:
        at = self._pick()
        self.files[at] = self.files[at].rename(self.files[at].with_name(self.files[at].name.swapcase()))

    def replace(self) -> None:
        """As editors save: a new file in the place of the old one."""
        at = self._pick(LIKED)  # what is edited in its place keeps its rating
        part = write_small_photo(self.files[at].parent / "part.tmp.jpg", next(self._seeds))
        part.replace(self.files[at])

    def touch(self) -> None:
        second = next(self._seconds)
        os.utime(self.files[self._pick()], (second, second))

    def copy(self) -> None:
        target = self._free()
        shutil.copy2(self.files[self._pick(LIKED)], target)  # of two alike nobody knows which one was moved
        self.files.append(target)

    def delete(self) -> None:
        if len(self.files) > 8:
            self.files.pop(self._pick(LIKED)).unlink()

    def retag_and_move(self) -> None:
        """Another comment in the file, under another name, in one step."""
        at = self._pick()
        comment = f"comment {next(self._numbers)}".encode()
        data = self.files[at].read_bytes()
        moved = self._free()
        moved.write_bytes(data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:])
        self.files[at].unlink()
        self.files[at] = moved


def pixels_of(path: Path) -> bytes:
    """What a photo shows, whatever its file says beside it."""
    with Image.open(path) as image:
        return image.tobytes()


@contextmanager
def watched(program: Program, *roots: Path) -> Iterator["subprocess.Popen[str]"]:
    """``akin index --watch`` over the roots, once it has indexed."""
    process = program.start("index", *roots, "--jobs", 2, "--watch")
    try:
        assert process.stdout is not None and "photo" in process.stdout.readline()
        process.stdout.readline()
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def wait_until_equal(program: Program, storm: Storm) -> float:
    """Seconds after now until the catalogue equals the disk."""
    begun, pause = time.monotonic(), threading.Event()
    wanted = sorted(str(path) for path in storm.files)
    there: list[str] = []
    while time.monotonic() - begun < 4 * QUIET_SECONDS:
        listed = asked_of_holder(program, "list", "--json")  # a process for each look would take the time it measures
        assert listed is not None
        items = json.loads(listed)["items"]
        there = sorted(item["path"] for item in items if item["state"] in ("present", "problem"))
        if there == wanted:
            return time.monotonic() - begun
        pause.wait(0.2)
    raise AssertionError(
        f"not equal: {len(set(there) - set(wanted))} too many, {len(set(wanted) - set(there))} lacking"
    )


def test_bursts_while_it_watches(program: Program, roots: Path, originals: Originals) -> None:
    storm = Storm(roots / "first", roots / "second", SEED)
    with watched(program, *storm.roots):
        for path in storm.files[:LIKED]:
            program.answer("rate", 5, path)
        liked = {pixels_of(path) for path in storm.files[:LIKED]}
        worst = 0.0
        while storm.changes < rounds(80, 10_000):
            storm.burst(rounds(80, 500))
            originals.settle()
            worst = max(worst, wait_until_equal(program, storm))
    assert_the_same_as_the_disk(assert_sound(program), storm, liked)
    again = program.answer("index", *storm.roots)
    assert (again["embedded"], again["added"], again["moved"], again["missing"]) == (0, 0, 0, again["missing"])
    note(f"{storm.changes:,} changes while watching, in line at most {worst:.1f} s after the last of a burst")


def assert_the_same_as_the_disk(inside: Inside, storm: Storm, liked: set[bytes]) -> None:
    """Every file is an item; a rated one is where its pixels are, once for each that was rated."""
    there = {path: item for path, item in inside.items.items() if item.state is State.PRESENT}
    assert set(there) == {str(path) for path in storm.files}
    for path, item in there.items():
        if item.rating:
            assert pixels_of(Path(path)) in liked, f"{path} has the rating of another photo"
    kept = sorted(pixels_of(Path(path)) for path, item in there.items() if item.rating)
    assert kept == sorted(liked), "a rating did not follow its photo"


def test_changed_places_and_edited_in_one_moment(program: Program, roots: Path, originals: Originals) -> None:
    """Of two photos that changed places between two folders the one is then edited: the other's stars go with it."""
    liked, other = (write_small_photo(roots / name / "a.jpg", seed) for seed, name in enumerate(("first", "second")))
    edited = write_small_photo(roots / "edited.jpg", 3)  # before, so that all happens within one look at the folders
    originals.settle()
    pause = threading.Event()
    with watched(program, liked.parent, other.parent):
        program.answer("rate", 5, liked)
        aside = liked.with_name("aside.tmp")
        liked.rename(aside)
        other.rename(liked)
        aside.rename(other)
        edited.replace(liked)
        originals.settle()
        end = time.monotonic() + 2 * QUIET_SECONDS
        stars: dict[str, int] = {}
        while stars != {str(liked): 0, str(other): 5} and time.monotonic() < end:
            listed = asked_of_holder(program, "list", "--json")
            assert listed is not None
            stars = {item["path"]: item["rating"] for item in json.loads(listed)["items"] if item["state"] == "present"}
            pause.wait(0.2)
    assert stars == {str(liked): 0, str(other): 5}


def test_moved_to_another_drive(program: Program, roots: Path, originals: Originals) -> None:
    """Which copies everything first, and deletes the originals when that is done."""
    photos = write_small_photos(roots / "here", 4)
    there = roots / "drive"
    there.mkdir()
    originals.settle()
    with watched(program, roots / "here", there):
        program.answer("rate", 5, photos[0])
        program.answer("tag", photos[1], "--add", "beach")
        copies = [Path(shutil.copy2(photo, there)) for photo in photos]
        listed_once(program, {str(path): "present" for path in [*photos, *copies]})
        for photo in photos:
            photo.unlink()
        items = listed_once(program, {str(path): "present" for path in copies})
        originals.settle()
    assert [items[str(path)]["rating"] for path in copies] == [5, 0, 0, 0]
    assert [items[str(path)]["tags"] for path in copies] == [[], ["beach"], [], []]


def listed_once(program: Program, wanted: dict[str, str]) -> dict[str, Any]:
    """What is listed, by path, once these are the items with their states."""
    end, pause = time.monotonic() + 4 * QUIET_SECONDS, threading.Event()
    items: dict[str, Any] = {}
    while time.monotonic() < end:
        listed = asked_of_holder(program, "list", "--json")
        assert listed is not None
        items = {item["path"]: item for item in json.loads(listed)["items"]}
        if {path: item["state"] for path, item in items.items()} == wanted:
            return items
        pause.wait(0.2)
    raise AssertionError(f"listed in the end: {items}")


def test_more_events_than_the_system_keeps(program: Program, roots: Path, originals: Originals) -> None:
    """Lost events are noticed, and the folders are looked through."""
    if os.geteuid() != 0 or not os.access(QUEUE, os.W_OK):
        pytest.skip("only root may shorten the system's queue")
    photos = write_small_photos(roots / "a", 3)
    before = QUEUE.read_text("ascii")
    try:
        QUEUE.write_text("16", "ascii")  # is read when a watch is begun
        with watched(program, roots):
            QUEUE.write_text(before, "ascii")
            for number in range(60):
                (roots / f"folder {number}").mkdir()
            late = [write_small_photo(roots / f"folder {n}" / "late.jpg", 100 + n) for n in range(0, 60, 6)]
            for path in late:
                path.rename(path.with_name("later.jpg"))
            originals.settle()
            wanted = {str(path) for path in [*photos, *(path.with_name("later.jpg") for path in late)]}
            end = time.monotonic() + 4 * QUIET_SECONDS
            while time.monotonic() < end:
                there = {path for path, item in program.items().items() if item["state"] == "present"}
                if there == wanted:
                    break
            assert there == wanted
    finally:
        QUEUE.write_text(before, "ascii")
