"""Whatever goes wrong while a library is closed, it is closed: its lock is free, and what was made is in the file."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.app import answer_command
from desktop_app.domain.notices import Notice
from desktop_app.engine.api import EngineClient
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.library_backups import LibraryBackups
from desktop_app.engine.file_reading import FileReader
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index_upkeep import IndexUpkeep
from desktop_app.engine.indexing_runs import IndexingRuns
from desktop_app.engine.library import Library
from desktop_app.engine.loop import EngineLoop
from desktop_app.engine.models.library_models import LibraryModels
from desktop_app.engine.request_server import RequestServer
from desktop_app.engine.search_log import SearchLog
from desktop_app.errors import KnownError
from desktop_app.paths import Profile

WAIT = 30_000
STEPS: list[tuple[type, str]] = [
    (IndexingRuns, "stop_watching"),
    (LibraryBackups, "close"),
    (FileReader, "close"),
    (LibraryModels, "close"),
    (SearchLog, "save"),
    (IndexUpkeep, "save"),
    (IndexStore, "close"),
]


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profile")


def failing_once(real: Callable[..., object], error: Exception) -> Callable[..., object]:
    """Does what it has to do, and then goes wrong."""
    faults = [error]

    def fail(self: object) -> object:
        done = real(self)
        if faults:
            raise faults.pop()
        return done

    return fail


def patch(patched: pytest.MonkeyPatch, where: type, name: str, error: Exception) -> None:
    patched.setattr(where, name, failing_once(getattr(where, name), error))


def lists(profile: Profile) -> list[str]:
    assert not profile.catalog_path.with_name("catalog.duckdb.wal").exists()
    with Library.open(profile, jobs=1) as library:
        return [info.name for info in library.playlists()]


@pytest.mark.parametrize("error", [RuntimeError("a fault of FAISS"), KnownError("no"), OSError("bad descriptor")])
@pytest.mark.parametrize(("where", "name"), STEPS)
def test_a_step_that_fails_keeps_the_others_from_nothing(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, where: type, name: str, error: Exception
) -> None:
    library = Library.open(profile, jobs=1)
    library.models.listing()
    library.save_playlist("Kept", [])
    closed: list[str] = []
    with monkeypatch.context() as patched:
        for each, step in STEPS:
            real = getattr(each, step)
            if (each, step) == (where, name):
                real = failing_once(real, error)
            patched.setattr(each, step, lambda self, real=real, step=(each, step): (closed.append(step), real(self)))
        try:
            library.close()
        except (RuntimeError, KnownError, OSError) as told:
            assert told is error
        library.close()
    assert set(closed) == set(STEPS)
    assert lists(profile) == ["Kept"]
    assert restoring.start_anew(profile) is not None


def test_indexes_that_cannot_be_saved_are_no_failure(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They are a cache: the fault is in the log, and what people made is in the catalogue."""
    library = Library.open(profile, jobs=1)
    library.save_playlist("Kept", [])
    with monkeypatch.context() as patched:
        patch(patched, IndexUpkeep, "save", RuntimeError("a fault of FAISS"))
        library.close()
    assert "a fault of FAISS" in caplog.text
    assert lists(profile) == ["Kept"]


@pytest.mark.parametrize(
    ("where", "name"),
    [(RequestServer, "close"), (EngineLoop, "close"), (Library, "stop_workers"), (IndexStore, "close")],
)
def test_the_window_lets_go_of_its_library_whatever_fails(
    profile: Profile, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    where: type, name: str,
) -> None:  # fmt: skip
    """Else it would be told, for as long as it runs, that another program had it."""
    client = EngineClient(profile, handler=answer_command)
    notices: list[Notice] = []
    client.notified.connect(notices.append)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.start()
    with monkeypatch.context() as patched, caplog.at_level(logging.CRITICAL):
        patch(patched, where, name, RuntimeError("a fault while closing"))
        with qtbot.waitSignal(client.opened, timeout=WAIT):
            client.start_anew()
    assert any("a fault while closing" in notice.report for notice in notices)
    client.shut_down()
    Library.open(profile, jobs=1).close()


@pytest.mark.parametrize("error", [RuntimeError("a fault"), OSError("no such socket")])
def test_the_last_close_saves_whatever_fails_at_the_door(
    profile: Profile, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = EngineClient(profile, handler=answer_command)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.start()
    with qtbot.waitSignal(client.done, timeout=WAIT):
        client.save_playlist("Kept", [])
    with monkeypatch.context() as patched:
        patch(patched, RequestServer, "close", error)
        client.shut_down()
    assert lists(profile) == ["Kept"]
