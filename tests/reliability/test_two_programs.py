"""Two programs on one library: one writes; the other is served by it, or refused with a sentence."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from reliability.library_checks import assert_sound
from reliability.originals import Originals
from reliability.program import Program, refused
from reliability.small_media import write_small_photos

SAID_BUSY = ("already open", "another", "holds the library", "stopped answering", "was closed")


@pytest.mark.skipif(sys.platform == "win32", reason="processes that are ended by a signal")
def test_many_commands_at_the_same_moment(program: Program, roots: Path, originals: Originals) -> None:
    """Beside one that watches and without one: each is carried out or says that the library is busy."""
    photos = write_small_photos(roots, 6)
    originals.settle()
    program.answer("index", roots, "--jobs", 1)
    holder = program.start("index", roots, "--watch", "--quiet", "--jobs", 1, stdout=subprocess.DEVNULL)
    try:
        program.wait_until_held(holder)
        served = [program.start("rate", 1 + number % 5, path) for number, path in enumerate(photos[:3])]
        for process in served:
            _out, said = process.communicate(timeout=90)
            assert process.returncode == 0, said
        second = program.run("index", roots, "--watch", "--quiet", patience=60)
        assert second.returncode in (0, 4)
        if second.returncode:
            refused(second, 4)
    finally:
        holder.terminate()
        holder.communicate(timeout=60)
    together = [program.start("tag", path, "--add", "one") for path in photos[:3]]
    done = 0
    for process in together:
        _out, said = process.communicate(timeout=120)
        assert process.returncode in (0, 4), said
        assert process.returncode == 0 or any(words in said for words in SAID_BUSY), said
        done += process.returncode == 0
    inside = assert_sound(program)
    assert done and sum("one" in (item.tags or ()) for item in inside.items.values()) == done
    assert [inside.items[str(path)].rating for path in photos[:3]] == [1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="processes that are ended by a signal")
def test_commands_and_second_starts_beside_a_window(program: Program, roots: Path, originals: Originals) -> None:
    """The window serves them all, also while it indexes; what it acknowledged is there when it is killed then."""
    photos = write_small_photos(roots, 6)
    originals.settle()
    program.answer("index", roots, "--jobs", 1)
    late = write_small_photos(roots, 6, first_seed=6)
    originals.settle()
    with contextlib.ExitStack() as running:

        def begin(*words: object) -> "subprocess.Popen[str]":
            process = program.start(*words)
            running.callback(process.communicate)
            running.callback(process.kill)
            return process

        window = begin()
        program.wait_until_held(window)
        served = [begin("rate", 1 + number % 5, path) for number, path in enumerate(photos)]
        starts = [begin(), begin(photos[0])]
        indexing = begin("index", roots, "--quiet")
        for process in (*served, *starts, indexing):
            _out, said = process.communicate(timeout=90)
            assert (process.returncode, said) == (0, "")
        assert window.poll() is None
        assert len(program.items()) == len(photos) + len(late)
        window.kill()
    inside = assert_sound(program)
    assert [inside.items[str(path)].rating for path in photos] == [1, 2, 3, 4, 5, 1]
