"""Files that change, vanish, never end, or have no name that is text: passed over or told, and nothing hangs."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from reliability.forms import SEED, note, rounds
from reliability.library_checks import assert_sound
from reliability.originals import Originals
from reliability.program import Program, assert_plain
from reliability.small_media import write_small_photo, write_small_photos, write_small_track

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="such files are of Unix")


@posix_only
def test_what_is_no_file(program: Program, roots: Path, originals: Originals, tmp_path: Path) -> None:
    """Pipes, sockets, devices, links in a ring, links to nothing: not opened, not counted."""
    write_small_photos(roots, 3)
    os.mkfifo(roots / "pipe.jpg")
    os.mkfifo(roots / "pipe without an ending")
    with contextlib.suppress(PermissionError):
        os.mknod(roots / "zero.png", 0o600 | 0o020000, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(roots)  # the path of a socket has to be short
        try:
            listener.bind("socket.mp3")
        finally:
            os.chdir(here)
        (roots / "ring.jpg").symlink_to(roots / "ring.jpg")
        (roots / "nowhere.flac").symlink_to(roots / "nothing.flac")
        (roots / "loop").symlink_to(roots, target_is_directory=True)
        (roots / "above").symlink_to(tmp_path, target_is_directory=True)
        (roots / "linked.jpg").symlink_to(roots / "photo 1.jpg")
        (roots / "folder.jpg").mkdir()
        originals.settle()
        report = program.answer("index", roots, "--jobs", 1, patience=60)
    assert (report["photos"], report["problems"], report["ignored"]) == (4, 0, 0)
    assert_sound(program)


@posix_only
def test_names_that_are_no_text_and_folders_without_end(program: Program, roots: Path, originals: Originals) -> None:
    name = os.fsencode(roots) + b"/caf\xe9 \xff.jpg"
    write_small_photo(roots / "plain.jpg", 1).rename(os.fsdecode(name))
    levels = deepen(roots, rounds(1_500, 10_000))
    try:
        report = program.answer("index", roots, "--jobs", 1, patience=120)
        assert report["photos"] == 1 + 1, "the photo above the depth that a path can say is found"
        assert report["problems"] == 0
        for sentence in report["notes"]:
            assert_plain(sentence)
        again = program.answer("index", roots, "--jobs", 1, patience=120)
        assert (again["unchanged"], again["missing"]) == (2, 0)
        note(f"{levels:,} folders in one another: {again['seconds']} s, notes {len(again['notes'])}")
    finally:
        subprocess.run(["rm", "-rf", str(roots / "d")], check=False)
        if (roots / "d").exists():
            subprocess.run(["find", str(roots / "d"), "-delete"], check=False)
    originals.settle()


def deepen(top: Path, levels: int) -> int:
    """Folders ``d/d/d…`` with a photo on the 100th level and one where no path can say where it is."""
    photo = write_small_photo(top / "seed.jpg", 7).read_bytes()
    (top / "seed.jpg").unlink()
    here = os.open(top, os.O_RDONLY)
    try:
        for level in range(levels):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
            if level in (99, levels - 1) and (level == 99 or levels > 4_000):
                file = os.open("deep.jpg", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
                os.write(file, photo)
                os.close(file)
    finally:
        os.close(here)
    return levels


class Restless:
    """Writes, cuts, moves and removes files of a folder until it is told to stop."""

    def __init__(self, folder: Path, contents: list[bytes]) -> None:
        self._folder, self._contents = folder, contents
        self._chance = random.Random(SEED)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Restless":
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._end.wait(0.002):
            path = self._folder / f"restless {self._chance.randrange(30)}.jpg"
            data = self._chance.choice(self._contents)
            match self._chance.randrange(5):
                case 0:
                    path.write_bytes(data)
                case 1:
                    path.write_bytes(data[: self._chance.randrange(len(data))])
                case 2:
                    path.unlink(missing_ok=True)
                case 3:
                    with contextlib.suppress(OSError):
                        path.rename(path.with_name(f"restless {self._chance.randrange(30)}.jpg"))
                case _:
                    with path.open("ab") as file:
                        file.write(data)


def test_files_that_change_while_they_are_read(program: Program, roots: Path, originals: Originals) -> None:
    """Half-copied, rewritten, gone: a run ends, and the one after the storm equals the disk."""
    contents = [path.read_bytes() for path in write_small_photos(roots / "still", 8)]
    still = roots / "restless"
    still.mkdir()
    with Restless(still, contents):
        end = time.monotonic() + rounds(2, 120)
        runs = 0
        while time.monotonic() < end:
            report = program.answer("index", roots, "--jobs", 2, patience=120)
            assert report["photos"] >= 8
            runs += 1
    for path in still.iterdir():
        path.write_bytes(contents[0])
    originals.settle()
    report = program.answer("index", roots, "--jobs", 2)
    there = len(list(still.iterdir()))
    assert (report["photos"], report["problems"]) == (8 + there, 0)
    inside = assert_sound(program)
    present = {path for path, item in inside.items.items() if item.state.value == "present"}
    assert present == {str(path) for path in roots.rglob("*.jpg")}
    note(f"{runs} runs over {rounds(2, 120)} s of files that change")


@posix_only
def test_a_file_that_is_still_being_copied(program: Program, roots: Path, originals: Originals) -> None:
    """While watching: it is read once it is whole, no problem is left of its first half, and a pipe stops nothing."""
    whole = write_small_track(roots / "whole.wav", 3).read_bytes()
    process = program.start("index", roots, "--jobs", 1, "--watch", "--quiet", stdout=subprocess.DEVNULL)
    try:
        program.wait_until_held(process)
        os.mkfifo(roots / "pipe.jpg")
        with (roots / "slow.wav").open("wb") as file:
            for start in range(0, len(whole), len(whole) // 8):
                file.write(whole[start : start + len(whole) // 8])
                file.flush()
                threading.Event().wait(0.15)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            items = program.items()
            item = items.get(str(roots / "slow.wav"))
            if item is not None and item["state"] == "present":
                break
        else:
            pytest.fail("the copied file was not picked up")
        assert len(items) == 2
    finally:
        process.terminate()
        process.communicate(timeout=60)
    originals.settle()
    assert_sound(program)
