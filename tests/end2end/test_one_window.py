"""One window per library, with real processes: whoever comes second hands over its files and ends with 0."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.media import picture, write_photo

from desktop_app.engine.request_server import ask
from desktop_app.one_window import NAME
from desktop_app.paths import Profile

PATIENCE = 60.0
REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY), "QT_QPA_PLATFORM": "offscreen", "AKIN_NO_LAUNCHER": "1"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
Window = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def library(profile: Profile) -> Profile:
    """The profile of the windows."""
    return profile


@pytest.fixture
def window(library: Profile) -> Iterator[Window]:
    """Starts a window with files; all that are left end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*files: Path) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "desktop_app", "--profile", str(library.directory), *map(os.fspath, files)]
        process = subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate(timeout=PATIENCE)


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "waited too long"
        pause.wait(0.05)


def searches(profile: Profile) -> int:
    """How many searches the open window has answered; -1 where none is open."""
    reply = ask(profile.address, ["stats", "--json"], Path("/"), lambda _progress: None)
    return json.loads(reply.output)["searches"]["count"] if reply is not None and reply.code == 0 else -1


def answered_by_a_window(profile: Profile) -> bool:
    return searches(profile) >= 0


def photo(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return write_photo(folder / name, picture(len(name)))


def test_two_starts_in_the_same_second(window: Window, library: Profile, tmp_path: Path) -> None:
    """One is the window and is asked for a file; the others end well."""
    pictures = [photo(tmp_path / "p", "one.jpg"), photo(tmp_path / "p", "another.jpg"), photo(tmp_path / "p", "3.jpg")]
    starts = [window(picture) for picture in pictures]
    until(lambda: sum(process.poll() is not None for process in starts) == 2)
    ended = [process for process in starts if process.poll() is not None]
    for process in ended:
        output, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, output, errors) == (0, b"", b"")
    until(lambda: searches(library) >= 1)


def test_the_file_of_a_second_start_is_asked_for_in_the_first(window: Window, library: Profile, tmp_path: Path) -> None:
    """Which has none of its own, and is just opening."""
    first = window()
    until((library.directory / NAME).exists)
    second = window(photo(tmp_path / "p", "a.jpg"))
    assert second.wait(PATIENCE) == 0
    until(lambda: searches(library) == 1)
    assert first.poll() is None


@pytest.mark.skipif(sys.platform == "darwin", reason="names there are always text")
def test_odd_names_and_many_files(window: Window, library: Profile, tmp_path: Path) -> None:
    first = window()
    until(lambda: answered_by_a_window(library))
    odd = tmp_path / "p" / os.fsdecode(b"line\nbreak \xff \xe2\x80\xae%41.jpg")
    odd.parent.mkdir()
    write_photo(odd, picture(1))
    assert window(odd).wait(PATIENCE) == 0
    until(lambda: searches(library) >= 1)
    before = searches(library)
    many = []
    for number in range(500):
        many.append(odd.with_name(f"{'long name ' * 12}{number}.jpg"))
        os.link(odd, many[-1])
    assert window(*many).wait(PATIENCE) == 0
    until(lambda: searches(library) > before)
    assert first.poll() is None


def test_a_killed_window_leaves_nothing_in_the_way(window: Window, library: Profile, tmp_path: Path) -> None:
    """Its socket, address file and lock file lie there still; the next start is the window."""
    first = window()
    until(lambda: answered_by_a_window(library))
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=PATIENCE)
    assert library.address_path.exists() and (library.directory / NAME).exists() and Path(library.address).exists()
    second = window(photo(tmp_path / "p", "a.jpg"))
    until(lambda: searches(library) >= 1)
    assert second.poll() is None


def test_a_start_while_the_window_closes(window: Window, library: Profile) -> None:
    """Whoever comes while the first one saves gets its place."""
    first = window()
    until(lambda: answered_by_a_window(library))
    first.terminate()
    second = window()
    assert first.wait(PATIENCE) == 0
    until(lambda: second.poll() is not None or answered_by_a_window(library))
    assert second.poll() in (None, 0)
