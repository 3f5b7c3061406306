"""The library's disk runs full, wherever that happens: a plain sentence, nothing acknowledged lost, and on it goes."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.forms import LONG, note, part
from reliability.library_checks import assert_sound
from reliability.originals import Originals
from reliability.program import Program, assert_plain, refused
from reliability.small_media import write_small_photos, write_small_track

DISK = 64 << 20


class SmallDisk:
    """A file system of its own that can be filled up to some bytes, and emptied again."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._filler = place / "filler"

    def leave(self, room: int) -> None:
        """Fill all but so many bytes."""
        self.make_room()
        with self._filler.open("wb") as file:
            while True:
                free = shutil.disk_usage(self.place).free
                try:
                    os.posix_fallocate(file.fileno(), 0, max(1, free - room))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                else:
                    return  # else the program wrote something in between

    def make_room(self) -> None:
        """Everything is as wide as it was."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a small file system; see test_without_root.py")
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], check=False)
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


ROOMS = part([*range(0, 300_000, 10_000), *range(300_000, 2_300_000, 200_000)]) if LONG else (0,)


def test_whatever_is_done_while_the_disk_is_full(
    disk: SmallDisk, roots: Path, originals: Originals, tmp_path: Path
) -> None:
    program = Program(disk.place / "profile")
    photos = write_small_photos(roots, 8)
    write_small_track(roots / "track.wav", 1)
    originals.settle()
    program.answer("index", roots, "--jobs", 1)
    program.answer("rate", 5, photos[0])
    stars = 5
    told: dict[str, int] = {}
    for turn, room in enumerate(ROOMS):
        photos += write_small_photos(roots, 12, first_seed=len(photos))
        originals.settle()
        disk.leave(room)
        for words in (
            ("index", roots, "--jobs", 1),
            ("rate", 1 + turn % 5, photos[0]),
            ("backup", disk.place / "kept.backup"),
            ("find", "photo"),
        ):
            done = program.run(*words, "--quiet")
            if done.returncode:
                sentence = refused(done, 4)
                assert "full" in sentence and "\n" not in sentence, sentence
                told[sentence] = told.get(sentence, 0) + 1
                assert not list(disk.place.glob("kept*")), "half a backup was left"
            elif words[0] == "rate":
                stars = 1 + turn % 5
            (disk.place / "kept.backup").unlink(missing_ok=True)
        disk.make_room()
        inside = assert_sound(program)
        assert inside.items[str(photos[0])].rating == stars
        report = program.answer("index", roots, "--jobs", 1)
        assert (report["photos"], report["tracks"], report["problems"]) == (len(photos), 1, 0)
        assert_sound(program)
    assert told
    note(f"disk full with {len(ROOMS)} different rests of room: {told}")


def test_a_first_start_on_a_full_disk(disk: SmallDisk) -> None:
    """Nobody can have a library that is not there yet; with room it is made."""
    program = Program(disk.place / "profile")
    (disk.place / "profile").mkdir()
    with (disk.place / "inodes").open("wb"):
        subprocess.run(["mount", "-o", "remount,nr_inodes=4", str(disk.place)], check=True)
    sentence = refused(program.run("stats"), 4)
    assert sentence.startswith("The disk is full"), sentence
    subprocess.run(["mount", "-o", "remount,nr_inodes=10000", str(disk.place)], check=True)
    assert program.run("stats").returncode == 0


@pytest.mark.parametrize("until", ["exit", "room"])
def test_full_while_it_watches(disk: SmallDisk, roots: Path, originals: Originals, until: str) -> None:
    """Who holds the library goes on, or ends with a sentence, also at a full disk; with room again all is indexed."""
    program = Program(disk.place / "profile")
    write_small_photos(roots, 4)
    process = program.start("index", roots, "--jobs", 1, "--watch", "--quiet", stdout=subprocess.DEVNULL)
    stars = 0
    try:
        program.wait_until_held(process)
        disk.leave(0)
        write_small_photos(roots, 40, first_seed=10)
        originals.settle()
        for wanted in (3, 4):
            done = program.run("rate", wanted, roots / "photo 1.jpg", "--quiet")
            if done.returncode:
                refused(done, done.returncode)
                assert done.returncode in (3, 4)
            else:
                stars = wanted
        if until == "room":
            disk.make_room()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
    finally:
        process.terminate()
        _out, said = process.communicate(timeout=60)
    assert_sentences(said)
    disk.make_room()
    report = program.answer("index", roots, "--jobs", 1)
    assert (report["photos"], report["problems"]) == (44, 0)
    assert assert_sound(program).items[str(roots / "photo 1.jpg")].rating == stars


def assert_sentences(said: str) -> None:
    """Whatever was said is for people."""
    for line in filter(None, said.splitlines()):
        assert_plain(line)
