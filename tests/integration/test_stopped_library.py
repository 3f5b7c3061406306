"""DuckDB gives up a file after some faults, for good: the library is closed, opened again, and that is said once."""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fixtures.filled_catalog import fill
from pytestqt.qtbot import QtBot

from desktop_app.cli.session import AT_FAULT, Holder
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.runtime import OPENED_ANEW, SLOW_READERS
from desktop_app.errors import LibraryClosedError, LibraryUnavailableError
from desktop_app.paths import Profile

if sys.platform == "win32":
    pytest.skip("no limit for the size of files", allow_module_level=True)
import resource

WAIT = 30_000
ITEM = ItemId(1)


def cut_short(library: Library) -> ChangeSet:
    """A write into the catalogue's file fails in the middle, as of a drive that is torn off: DuckDB gives it up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    library.catalog.put_meta("long", "y" * 100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (library.profile.catalog_path.stat().st_size // 2, hard))
    try:
        library.catalog.checkpoint()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    return ChangeSet()


@pytest.fixture
def filled(profile: Profile, tmp_path: Path) -> Profile:
    with Library.open(profile, jobs=1) as library:
        fill(library.catalog, tmp_path / "media")
        library.rate([ITEM], 4)
    return profile


@pytest.fixture
def client(filled: Profile, qtbot: QtBot) -> Iterator[EngineClient]:
    made = EngineClient(filled, background=False)
    with qtbot.waitSignal(made.opened, timeout=WAIT):
        made.start()
    yield made
    made.shut_down()


def test_the_window_opens_it_again(client: EngineClient, qtbot: QtBot) -> None:
    answers: dict[int, Any] = {}
    said: list[str] = []
    for name in ("done", "failed", "detail_ready"):
        getattr(client, name).connect(lambda request, payload: answers.update({request: payload}))
    client.notified.connect(lambda notice: said.append(notice.text))
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        failing = client._write(cut_short)
    rated, read = client.rate([ITEM], 5), client.fetch_detail(ITEM)
    qtbot.waitUntil(lambda: {failing, rated, read} <= set(answers), timeout=WAIT)
    assert isinstance(answers[failing], JobError) and not answers[failing].is_bug
    assert isinstance(answers[rated], ChangeSet) and answers[read].row.rating in (4, 5)
    assert said.count(OPENED_ANEW) == 1
    again = client._write(cut_short)  # and no second time soon: it would go on like this for ever
    qtbot.waitUntil(lambda: again in answers, timeout=WAIT)
    asked = client.fetch_detail(ITEM)
    qtbot.waitUntil(lambda: asked in answers, timeout=WAIT)
    assert "must be reopened" in answers[asked].text and said.count(OPENED_ANEW) == 1


def test_what_is_asked_meanwhile_is_answered(client: EngineClient, qtbot: QtBot) -> None:
    answers: dict[int, Any] = {}
    for name in ("done", "failed", "detail_ready", "tree_ready"):
        getattr(client, name).connect(lambda request, payload: answers.update({request: payload}))
    asked: list[int] = []
    client._runtime.closing.connect(lambda: asked.extend([client.fetch_detail(ITEM), client.rate([ITEM], 3)]))
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        asked.append(client._write(cut_short))
    qtbot.waitUntil(lambda: len(asked) == 3 and set(asked) <= set(answers), timeout=WAIT)


def test_a_pause_outlasts_it(client: EngineClient, qtbot: QtBot) -> None:
    """And the window says so, with its button to go on."""
    phases: list[Phase] = []
    finished: list[IndexReport] = []
    client.progress_changed.connect(lambda progress: phases.append(progress.phase))
    client.run_finished.connect(finished.append)
    client.pause_indexing()
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client._write(cut_short)
    library = client._runtime.library
    assert library is not None
    qtbot.waitUntil(lambda: library.prepared and phases[-1] is Phase.PAUSED, timeout=WAIT)
    with qtbot.waitSignal(client.done, timeout=WAIT):
        client.rescan()
    with qtbot.waitSignal(client.done, timeout=WAIT):
        client.rate([ITEM], 2)
    assert not finished and phases[-1] is Phase.PAUSED
    client.resume_indexing()
    qtbot.waitUntil(lambda: len(finished) == 1, timeout=WAIT)


def test_reads_that_wait_for_another_are_answered(client: EngineClient, qtbot: QtBot) -> None:
    """The library is let go of before their turn comes."""
    answers: dict[int, Any] = {}
    for name in ("done", "failed", "detail_ready"):
        getattr(client, name).connect(lambda request, payload: answers.update({request: payload}))
    held, free = threading.Semaphore(0), threading.Event()

    def hold(_library: Library) -> str:
        held.release()
        assert free.wait(WAIT / 1000)
        return "done"

    began = [client._read("detail_ready", hold, slow=True) for _ in range(SLOW_READERS)]
    for _ in began:
        assert held.acquire(timeout=WAIT / 1000)
    waiting = [client._read("detail_ready", lambda _library: "done", slow=True) for _ in range(3)]
    client._runtime.closing.connect(lambda: threading.Timer(0.3, free.set).start())
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client._write(cut_short)
    qtbot.waitUntil(lambda: {*began, *waiting} <= set(answers), timeout=WAIT)
    assert [answers[request] for request in began] == ["done"] * SLOW_READERS
    assert {answers[request].text for request in waiting} == {str(LibraryClosedError())}


def test_what_comes_while_the_library_is_let_go_of_is_answered(client: EngineClient, qtbot: QtBot) -> None:
    failed: dict[int, str] = {}
    client.failed.connect(lambda request, error: failed.update({request: error.text}))
    runtime = client._runtime
    assert runtime.loop is not None and runtime._quick is not None
    runtime.loop._closed = True
    runtime._quick.shutdown()
    library, runtime.library = runtime.library, None
    asked = [client.rate([ITEM], 2), client.fetch_detail(ITEM), client.fetch_preview(ITEM, 64), client.back_up()]
    qtbot.waitUntil(lambda: set(asked) <= set(failed), timeout=WAIT)
    runtime.library = library
    assert set(failed.values()) == {str(LibraryClosedError())}


def test_the_command_line_ends(filled: Profile) -> None:
    library = Library.open(filled, jobs=1)
    with Holder(library, filled, lambda _text: None) as holder:
        failed = holder.loop.submit(cut_short)
        with pytest.raises(LibraryUnavailableError, match="start the command again") as raised:
            holder.watch(quiet=True)
        assert isinstance(failed.exception(), LibraryUnavailableError) and raised.value.user_text == AT_FAULT
    library.close()
    with Library.open(filled, jobs=1) as again:
        assert again.rows([ITEM])[0].rating == 4


@pytest.mark.parametrize("at", ["preparing", "describing"])
def test_a_fault_after_the_files_are_read_ends_the_command_with_an_error(
    filled: Profile, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Of what goes on beside or behind the run itself, whose report is there."""
    library = Library.open(filled, jobs=1)

    def fault(*, control: RunControl) -> Iterator[Progress]:
        while holder._run is not None and not holder._run.future.done() and at == "preparing":
            yield Progress(Phase.PREPARING)
        with suppress(LibraryUnavailableError):
            cut_short(library)
        yield Progress(Phase.PREPARING)

    monkeypatch.setattr(library, "prepare_indexes" if at == "preparing" else "describe_photos", fault)
    with Holder(library, filled, lambda _text: None) as holder:
        with pytest.raises(LibraryUnavailableError) as raised:
            if at == "preparing":
                holder.index([], lambda _progress: None)
            else:
                holder.describe_photos(lambda _progress: None)
        assert raised.value.user_text == AT_FAULT and raised.value.exit_code == 4
    library.close()


def test_requests_before_an_opening_that_fails_are_answered(profile: Profile, qtbot: QtBot) -> None:
    def fail(_profile: Profile) -> Library:
        raise LibraryUnavailableError("no")

    client = EngineClient(profile, background=False, open_library=fail)
    failed: dict[int, str] = {}
    client.failed.connect(lambda request, error: failed.update({request: error.text}))
    asked = [client.fetch_tree(), client.rate([ITEM], 3), client.export_collection(profile.directory / "all.json")]
    with qtbot.waitSignal(client.open_failed, timeout=WAIT):
        client.start()
    qtbot.waitUntil(lambda: set(asked) <= set(failed), timeout=WAIT)
    assert set(failed.values()) == {"no"}
    client.shut_down()
