"""What stands in the way of a library's opening: said in a sentence, waited for, or done without."""

import errno
import itertools
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.app import answer_command
from desktop_app.domain.notices import JobError, Notice
from desktop_app.engine import opening, runtime
from desktop_app.engine.api import EngineClient
from desktop_app.engine.library import Library
from desktop_app.engine.loop import EngineLoop
from desktop_app.engine.request_server import RequestServer
from desktop_app.errors import LibraryLockedError, LibraryUnavailableError, StorageFullError
from desktop_app.paths import Profile

WAIT = 30_000


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profile")


@pytest.fixture
def started(profile: Profile) -> Iterator[EngineClient]:
    """A client as behind the window, not started yet."""
    client = EngineClient(profile, handler=answer_command)
    yield client
    client.shut_down()


def test_a_profile_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryUnavailableError, match="can't be used"):
        Library.open(Profile(tmp_path / "file" / "profile"))


def test_a_library_that_fails_halfway_lets_go_of_its_catalogue(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(opening, "ThumbnailCache", lambda *_: (_ for _ in ()).throw(OSError("no room")))
        with pytest.raises(OSError, match="no room"):
            Library.open(profile)
    Library.open(profile).close()


def test_permissions_that_fail_leave_no_catalogue_open(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = itertools.count()

    def fails_later(_profile: Profile) -> None:
        if next(calls):
            raise OSError("too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Profile, "make_private", fails_later)
        with pytest.raises(OSError, match="too many open files"):
            Library.open(profile)
    Library.open(profile).close()


def test_a_command_that_holds_the_library_for_a_moment_is_waited_for(profile: Profile, qtbot: QtBot) -> None:
    tries: list[Profile] = []

    def held_at_first(wanted: Profile) -> Library:
        tries.append(wanted)
        if len(tries) < 3:
            raise LibraryLockedError("Akin is already open.")
        return Library.open(wanted)

    client = EngineClient(profile, open_library=held_at_first, background=False)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.start()
    client.shut_down()
    assert len(tries) == 3


def test_a_library_put_back_while_it_is_waited_for_is_opened_once(
    profile: Profile, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next look for the lock would find that the window itself has it."""
    monkeypatch.setattr(runtime, "LOCK_POLL_MS", 300)
    tries: list[Profile] = []

    def held_at_first(wanted: Profile) -> Library:
        tries.append(wanted)
        if len(tries) == 1:
            client.start_anew()
            raise LibraryLockedError("Akin is already open.")
        return Library.open(wanted)

    client = EngineClient(profile, open_library=held_at_first, background=False)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.start()
    with qtbot.assertNotEmitted(client.open_failed, wait=900):
        pass
    client.shut_down()
    assert len(tries) == 2


def test_a_library_put_back_soon_after_the_start_is_watched_once(
    started: EngineClient, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "BACKGROUND_MS", 300)
    watched: list[EngineLoop] = []
    monkeypatch.setattr(EngineLoop, "start_watching", lambda loop, **_named: watched.append(loop))
    with qtbot.waitSignal(started.opened, timeout=WAIT):
        started.start()
    with qtbot.waitSignal(started.opened, timeout=WAIT):
        started.start_anew()
    qtbot.waitUntil(lambda: bool(watched), timeout=WAIT)
    with qtbot.assertNotEmitted(started.open_failed, wait=600):
        pass
    assert len(watched) == 1


@pytest.mark.parametrize("is_made", [False, True])
def test_a_first_start_on_a_full_disk_says_so(
    profile: Profile, started: EngineClient, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_made: bool
) -> None:
    """In the window, and not that another program may have the library."""
    if is_made:
        profile.make()
    else:
        profile.directory.parent.mkdir(exist_ok=True)

    def full(real: Callable[..., Any]) -> Callable[..., Any]:
        def make(path: Path, *words: Any, **named: Any) -> Any:
            if profile.directory in (place := Path(path), *place.parents) and not place.exists():
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return real(path, *words, **named)

        return make

    with monkeypatch.context() as patched:
        for name in ("open", "mkdir"):
            patched.setattr(os, name, full(getattr(os, name)))
        with qtbot.waitSignal(started.open_failed, timeout=WAIT) as failed:
            started.start()
        assert failed.args is not None and isinstance(error := failed.args[0], JobError)
        assert not error.is_bug and error.text.startswith("The disk is full")
        with pytest.raises(StorageFullError):
            Library.open(profile)


def test_a_fault_while_opening_is_told_with_its_report(profile: Profile, qtbot: QtBot) -> None:
    def broken(_profile: Profile) -> Library:
        raise ZeroDivisionError("a bug")

    client = EngineClient(profile, open_library=broken, background=False)
    with qtbot.waitSignal(client.open_failed, timeout=WAIT) as failed:
        client.start()
    client.shut_down()
    assert failed.args is not None and isinstance(error := failed.args[0], JobError)
    assert "ZeroDivisionError: a bug" in error.report


def test_without_a_socket_the_window_works_and_says_so(
    started: EngineClient, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_server: RequestServer) -> None:
        raise OSError("no sockets here")

    monkeypatch.setattr(RequestServer, "start", refused)
    notices: list[Notice] = []
    started.notified.connect(notices.append)
    with qtbot.waitSignal(started.run_finished, timeout=WAIT):
        started.start()
    assert any("command line can't reach" in notice.text for notice in notices)


def test_the_engine_goes_on_after_a_fault_of_its_loop(
    started: EngineClient, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    step, faults = EngineLoop.step, iter([ValueError("a bug")])

    def stumbling(loop: EngineLoop) -> float | None:
        for fault in faults:
            raise fault
        return step(loop)

    monkeypatch.setattr(EngineLoop, "step", stumbling)
    notices: list[Notice] = []
    started.notified.connect(notices.append)
    with caplog.at_level(logging.CRITICAL), qtbot.waitSignal(started.run_finished, timeout=WAIT):
        started.start()
    assert any("ValueError: a bug" in notice.report for notice in notices)
