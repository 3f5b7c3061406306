"""A folder that lies elsewhere now is followed there: by the watcher at once, and by a run unless it is paused."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.engine.api import EngineClient
from desktop_app.engine.library import Library
from desktop_app.engine.loop import EngineLoop
from desktop_app.paths import Profile

PATIENCE = 20.0
WAIT = 30_000


class Told:
    """What the watcher reports."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paths: set[Path] = set()

    def on_changes(self, paths: set[Path]) -> None:
        with self._changed:
            self._paths |= paths
            self._changed.notify_all()

    def wait_for(self, path: Path) -> set[Path]:
        """All that was reported until this was, which is then forgotten."""
        with self._changed:
            assert self._changed.wait_for(lambda: path in self._paths, PATIENCE), (path, self._paths)
            told, self._paths = self._paths, set()
        return told


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the folder lay, and lies now; both are there."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    return old, new


@pytest.fixture
def library(profile: Profile, folders: tuple[Path, Path]) -> Iterator[Library]:
    with Library.open(profile, jobs=1) as opened:
        opened.add_root(folders[0])
        yield opened


def test_the_watcher_follows_a_relocated_folder(library: Library, folders: tuple[Path, Path]) -> None:
    old, new = folders
    told = Told()
    library.watch(told.on_changes, lambda notice: None, lambda: None)
    steps: list[tuple[Callable[[], object], Path, Path]] = [
        (lambda: library.relocate_root(old, new), new, old),
        (library.undo, old, new),
        (library.redo, new, old),
    ]
    for number, (step, watched, left) in enumerate(steps):
        step()
        assert library._runs._watching.settled(PATIENCE)
        for folder in (left, watched):
            (folder / f"{number}.jpg").write_bytes(b"x")
        assert {path.parent for path in told.wait_for(watched / f"{number}.jpg")} == {watched}


@pytest.mark.parametrize("paused", [False, True])
def test_a_paused_folder_is_not_read_where_it_lies_now(
    library: Library,
    profile: Profile,
    folders: tuple[Path, Path],
    paused: bool,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = folders
    library.set_root_paused(library.roots()[0].id, paused)
    library.close()
    indexed: list[object] = []
    index = EngineLoop.index
    monkeypatch.setattr(EngineLoop, "index", lambda loop, roots: (indexed.append(roots), index(loop, roots))[1])
    client = EngineClient(profile, background=False)
    try:
        with qtbot.waitSignal(client.opened, timeout=WAIT):
            client.start()
        with qtbot.waitSignal(client.done, timeout=WAIT):
            client.relocate_folder(old, new)
    finally:
        client.shut_down()
    assert indexed == ([] if paused else [[new]])
