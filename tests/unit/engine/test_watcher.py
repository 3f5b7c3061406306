"""The watcher over real folders, waiting for what it tells."""

import errno
import logging
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.events import (
    DirModifiedEvent,
    FileClosedNoWriteEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
)

from desktop_app.domain.notices import Notice
from desktop_app.engine import native_events, watcher
from desktop_app.engine.native_events import Events, is_on_network, watch_limit_reached
from desktop_app.engine.watcher import Watcher

SOON = 10.0


class Told:
    """What a watcher told, from its thread."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()
        self.notices: list[Notice] = []
        self.seen: set[Path] = set()

    def changes(self, paths: set[Path]) -> None:
        self._told.put(paths)

    def until(self, *paths: Path) -> None:
        """Wait until all of these were told."""
        end = time.monotonic() + SOON
        while not set(paths) <= self.seen:
            try:
                self.seen |= self._told.get(timeout=end - time.monotonic())
            except (queue.Empty, ValueError):
                raise AssertionError(f"only {self.seen} of {paths}") from None

    def nothing_more(self) -> bool:
        return self._told.empty()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watching(told: Told) -> Iterator[Callable[..., Watcher]]:
    """Makes watchers that are closed at the end."""
    made: list[Watcher] = []

    def make(**options: float) -> Watcher:
        made.append(Watcher(told.changes, told.notices.append, **({"quiet": 0.1, "check": 0.1} | options)))
        return made[-1]

    yield make
    for each in made:
        each.close()
        each.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def test_files_and_folders_that_come_and_go(root: Path, told: Told, watching: Callable[..., Watcher]) -> None:
    watching().watch(root)
    (root / "a.jpg").write_bytes(b"x")
    (root / "sub").mkdir()
    (root / "sub" / "b.mp3").write_bytes(b"x")
    told.until(root / "a.jpg", root / "sub" / "b.mp3")
    (root / "sub").rename(root / "new")
    told.until(root / "sub", root / "new")
    (root / "new" / "c.png").write_bytes(b"x")
    told.until(root / "new" / "c.png")
    (root / "a.jpg").unlink()
    told.seen.clear()
    told.until(root / "a.jpg")
    assert told.notices == []


def test_a_root_that_goes_and_comes_back(root: Path, told: Told, watching: Callable[..., Watcher]) -> None:
    watching().watch(root)
    away = root.parent / "away"
    root.rename(away)
    told.until(root)
    told.seen.clear()
    away.rename(root)
    told.until(root)
    (root / "new.jpg").write_bytes(b"x")
    told.until(root / "new.jpg")


def test_a_root_that_is_not_there_yet(root: Path, told: Told, watching: Callable[..., Watcher]) -> None:
    root.rmdir()
    made = watching()
    made.watch(root)
    assert not made.is_polled(root)
    root.mkdir()
    told.until(root)
    (root / "a.jpg").write_bytes(b"x")
    told.until(root / "a.jpg")
    shutil.rmtree(root)


def test_no_word_of_a_root_that_is_not_watched_any_more(
    root: Path, tmp_path: Path, told: Told, watching: Callable[..., Watcher]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    made = watching()
    made.watch(root)
    made.watch(root)
    made.watch(other)
    made.unwatch(root)
    made.unwatch(root)
    (root / "a.jpg").write_bytes(b"x")
    (other / "b.jpg").write_bytes(b"x")
    told.until(other / "b.jpg")
    assert root / "a.jpg" not in told.seen


def test_lost_events_ask_for_a_look_at_everything(root: Path, told: Told, watching: Callable[..., Watcher]) -> None:
    watching(check=60.0).watch(root)
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    told.until(root)


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "limit for watched folders"), (errno.EPERM, "can't be")])
def test_polling_where_the_system_refuses(
    root: Path,
    told: Told,
    watching: Callable[..., Watcher],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
) -> None:
    def refuse(_self: Watcher, _root: Path) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(Watcher, "_observe", refuse)
    made = watching(poll=0.1)
    made.watch(root)
    assert made.is_polled(root)
    assert words in told.notices[0].text
    told.until(root)
    told.seen.clear()
    told.until(root)
    assert len(told.notices) == 1


def test_polling_on_a_network_disk(
    root: Path, told: Told, watching: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "is_on_network", lambda path: True)
    made = watching(poll=0.1)
    made.watch(root)
    assert "network disk" in told.notices[0].text
    told.until(root)
    made.unwatch(root)
    assert not made.is_polled(root)


def test_polling_once_the_limit_is_reached_later(
    root: Path, told: Told, watching: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = watching(poll=60.0)
    made.watch(root)
    assert not made.is_polled(root)
    monkeypatch.setattr(watcher, "watch_limit_reached", lambda: True)
    told.until(root)
    assert made.is_polled(root)
    assert "max_user_watches" in told.notices[0].text


def test_a_closed_watcher_says_nothing(root: Path, told: Told) -> None:
    made = Watcher(told.changes)
    made.watch(root)
    made.close()
    made.watch(root / "more")
    (root / "a.jpg").write_bytes(b"x")
    assert told.nothing_more()
    assert not [thread for thread in threading.enumerate() if thread.name == "akin-watcher"]


def test_which_events_count() -> None:
    told: list[tuple[Path, bool]] = []
    events = Events(lambda path, written: told.append((path, written)))
    events.on_any_event(FileOpenedEvent("/r/a.jpg"))
    events.on_any_event(FileClosedNoWriteEvent("/r/a.jpg"))
    events.on_any_event(DirModifiedEvent("/r"))
    events.on_any_event(FileModifiedEvent("/r/a.txt"))
    assert told == []
    events.on_any_event(FileModifiedEvent("/r/a.jpg"))
    events.on_any_event(FileModifiedEvent("/r/no ending"))
    events.on_any_event(FileMovedEvent("/r/b.part", "/r/b.jpg"))
    events.on_any_event(FileDeletedEvent("/r/c.jpg"))
    written = [(Path("/r/a.jpg"), True), (Path("/r/no ending"), True)]
    assert told == [*written, *((Path(f"/r/{name}"), False) for name in ("b.part", "b.jpg", "c.jpg"))]


class Partition:
    """As psutil tells of one."""

    def __init__(self, mountpoint: str, fstype: str, opts: str = "rw") -> None:
        self.mountpoint, self.fstype, self.opts = mountpoint, fstype, opts


def test_network_disks_are_known_by_their_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    disks = [Partition("/", "ext4"), Partition("/mnt/nas", "nfs4"), Partition("/mnt/nas/local", "ext4")]
    monkeypatch.setattr(native_events.psutil, "disk_partitions", lambda all: disks)
    assert is_on_network(Path("/mnt/nas/photos"))
    assert is_on_network(Path("/mnt/nas"))
    assert not is_on_network(Path("/mnt/nas/local/photos"))
    assert not is_on_network(Path("/home"))
    assert is_on_network(Path("\\\\server\\share"))


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_the_systems_limit_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not watch_limit_reached()
    monkeypatch.setattr(native_events.sys, "platform", "darwin")
    assert not watch_limit_reached()


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_the_system_is_not_asked_to_tell_of_reading(watching: Callable[..., Watcher], root: Path) -> None:
    """A look through a large library would be more events than the system keeps, and a loss asks for another look."""
    from watchdog.observers.inotify_c import InotifyConstants as Mask

    watcher = watching()
    watcher.watch(root)
    (emitter,) = watcher._observer.emitters
    asked = emitter.get_event_mask_from_filter()
    assert not asked & (Mask.IN_OPEN | Mask.IN_CLOSE_NOWRITE | Mask.IN_ACCESS)
    for wanted in (Mask.IN_CREATE, Mask.IN_DELETE, Mask.IN_MOVE, Mask.IN_CLOSE_WRITE, Mask.IN_ATTRIB, Mask.IN_MODIFY):
        assert asked & wanted
