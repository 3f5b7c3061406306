"""Roots are watched on a thread of their own: nobody waits for a walk through their folders."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.domain.notices import Notice
from desktop_app.engine.root_watching import RootWatching
from desktop_app.engine.watcher import Watcher

PATIENCE = 20.0


class Told:
    """What comes from the watcher's threads."""

    def __init__(self) -> None:
        self.watched = threading.Semaphore(0)
        self.changed = threading.Event()
        self.paths: set[Path] = set()

    def on_changes(self, paths: set[Path]) -> None:
        self.paths |= paths
        self.changed.set()

    def on_notice(self, notice: Notice) -> None:
        raise AssertionError(notice.text)

    def on_watched(self) -> None:
        self.watched.release()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watching() -> Iterator[RootWatching]:
    made = RootWatching()
    yield made
    made.close()


def test_a_root_added_later_is_watched(watching: RootWatching, told: Told, tmp_path: Path) -> None:
    watching.begin(tmp_path)
    assert watching.settled(0.0), "nothing is watched before the start"
    watching.start([], told.on_changes, told.on_notice, told.on_watched)
    assert told.watched.acquire(timeout=PATIENCE)
    watching.begin(tmp_path)
    assert told.watched.acquire(timeout=PATIENCE)
    assert watching.settled(PATIENCE)
    assert not watching.is_polled(tmp_path)
    (tmp_path / "new.jpg").write_bytes(b"x")
    assert told.changed.wait(PATIENCE)
    assert tmp_path / "new.jpg" in told.paths


def test_nobody_waits_for_the_walk(
    watching: RootWatching, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walking, go_on = threading.Event(), threading.Event()
    done: list[tuple[str, Path]] = []

    def watch(_watcher: Watcher, root: Path) -> None:
        walking.set()
        assert go_on.wait(PATIENCE)
        done.append(("watch", root))

    monkeypatch.setattr(Watcher, "watch", watch)
    monkeypatch.setattr(Watcher, "unwatch", lambda _watcher, root: done.append(("unwatch", root)))
    watching.start([], told.on_changes, told.on_notice, told.on_watched)
    watching.begin(tmp_path / "a")
    watching.end(tmp_path / "a")
    watching.begin(tmp_path / "b")
    assert walking.wait(PATIENCE)
    assert not watching.settled(0.001)
    assert done == []
    go_on.set()
    assert watching.settled(PATIENCE)
    assert done == [("watch", tmp_path / "a"), ("unwatch", tmp_path / "a"), ("watch", tmp_path / "b")]


def test_a_fault_of_one_root_is_not_the_next_ones(
    watching: RootWatching, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Path] = []

    def watch(_watcher: Watcher, root: Path) -> None:
        if root.name == "bad":
            raise OSError("no watches left")
        done.append(root)

    monkeypatch.setattr(Watcher, "watch", watch)
    watching.start([], told.on_changes, told.on_notice, told.on_watched)
    watching.begin(tmp_path / "bad")
    watching.begin(tmp_path / "good")
    assert watching.settled(PATIENCE)
    assert done == [tmp_path / "good"]


def test_nothing_is_watched_once_closed(watching: RootWatching, told: Told, tmp_path: Path) -> None:
    watching.start([tmp_path], told.on_changes, told.on_notice, told.on_watched)
    watching.close()
    threads = threading.active_count()
    watching.start([tmp_path], told.on_changes, told.on_notice, told.on_watched)
    watching.begin(tmp_path)
    assert threading.active_count() == threads
    assert not watching.is_polled(tmp_path)


def test_a_folder_that_cannot_be_watched_keeps_no_other_from_it(
    watching: RootWatching, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system gives no thread for one; the next is watched."""
    watching.start([], told.on_changes, told.on_notice, told.on_watched)
    watch = Watcher.watch

    def refused(watcher: Watcher, root: Path) -> None:
        if root.name == "first":
            raise RuntimeError("can't start new thread")
        watch(watcher, root)

    monkeypatch.setattr(Watcher, "watch", refused)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        watching.begin(tmp_path / name)
        assert watching.settled(PATIENCE)
    (tmp_path / "second" / "new.jpg").write_bytes(b"x")
    assert told.changed.wait(PATIENCE)
