"""The engine's loop: edits before runs, errors land, nothing waits for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import Notice
from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.loop import EngineLoop, job_error
from desktop_app.engine.request_server import LoopAccess
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError, LibraryUnavailableError


class Double:
    """A library whose runs take as many steps as they are told."""

    def __init__(self) -> None:
        self.steps = 3
        self.preparing = 3
        self.prepared = False
        self.error: Exception | None = None
        self.watched: Callable[[set[Path]], None] | None = None
        self.changed: set[Path] = set()

    def index(self, roots: object, *, control: RunControl) -> Iterator[Progress]:
        for done in range(self.steps):
            if control.cancelled:
                break
            control.changed(ChangeSet(frozenset((ItemId(done),)), membership=True))
            yield Progress(Phase.READING, done, self.steps)
            if self.error is not None:
                raise self.error
        control.report = IndexReport(seen=self.steps, cancelled=control.cancelled)

    def retry_problems(self, ids: object, *, control: RunControl) -> Iterator[Progress]:
        return self.index(ids, control=control)

    def apply_changes(self, paths: set[Path], *, control: RunControl) -> Iterator[Progress]:
        self.changed |= paths
        return self.index(paths, control=control)

    def idle_work(self, *, control: RunControl) -> Iterator[Progress]:
        yield Progress(Phase.IDLE_WORK)

    def prepare_indexes(self, *, control: RunControl) -> Iterator[Progress]:
        for done in range(self.preparing):
            yield Progress(Phase.PREPARING, done, self.preparing)
        self.prepared = True

    def watch(
        self, on_changes: Callable[[set[Path]], None], on_notice: object, on_watched: Callable[[], object]
    ) -> None:
        if self.error is not None:
            raise self.error
        self.watched = on_changes
        on_watched()

    def mark_polled(self) -> ChangeSet:
        return ChangeSet(roots=True)

    def stop_watching(self) -> None:
        self.watched = None


class Heard:
    def __init__(self) -> None:
        self.changes: list[ChangeSet] = []
        self.progress: list[Progress] = []
        self.reports: list[IndexReport] = []
        self.notices: list[Notice] = []
        self.on_change = self.changes.append
        self.on_progress = self.progress.append
        self.on_run_finished = self.reports.append
        self.on_notice = self.notices.append


@pytest.fixture
def library() -> Double:
    return Double()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def loop(library: Double, heard: Heard) -> EngineLoop:
    return EngineLoop(library, heard, lambda: None)  # type: ignore[arg-type]


def finish(loop: EngineLoop) -> None:
    while loop.step() is not None:
        pass


def test_a_run_goes_to_its_end_and_tells_merged_changes(loop: EngineLoop, heard: Heard) -> None:
    run = loop.index(None)
    assert loop.busy
    finish(loop)
    assert run.future.result().seen == 3
    assert heard.reports == [run.future.result()]
    assert heard.changes[-1].items | heard.changes[0].items == {0, 1, 2}
    assert {progress.phase for progress in heard.progress} == {Phase.READING, Phase.IDLE, Phase.IDLE_WORK}
    assert not loop.busy


def test_edits_go_before_runs(loop: EngineLoop, library: Double, heard: Heard) -> None:
    library.steps = 1000
    run = loop.index(None)
    loop.step(0)
    order: list[str] = []
    future = loop.submit(lambda _library: (order.append("edit"), ChangeSet(tags=True))[1])
    loop.step(0)
    assert (order, future.result(), run.future.done()) == (["edit"], ChangeSet(tags=True), False)
    loop.cancel()
    finish(loop)
    assert run.future.result().cancelled


def test_paused_runs_wait(loop: EngineLoop, heard: Heard) -> None:
    loop.pause()
    run = loop.index(None)
    assert loop.step() is None and not run.future.done() and run.control.paused
    loop.resume()
    finish(loop)
    assert run.future.done()


def test_errors_of_runs_land(loop: EngineLoop, library: Double, heard: Heard) -> None:
    library.error = KnownError("No room.")
    run = loop.retry(None)
    finish(loop)
    with pytest.raises(KnownError):
        run.future.result()
    assert [notice.text for notice in heard.notices] == ["No room."]
    library.error = ValueError("a bug")
    loop.index(None)
    finish(loop)
    assert "ValueError: a bug" in heard.notices[-1].report and "ValueError" not in heard.notices[-1].text


def test_errors_of_writes_land(loop: EngineLoop) -> None:
    def fail(_library: object) -> None:
        raise KnownError("Not so.")

    future = loop.submit(fail)
    cancelled = loop.submit(fail)
    cancelled.cancel()
    finish(loop)
    assert isinstance(future.exception(), KnownError)


def test_known_and_unknown_errors(caplog: pytest.LogCaptureFixture) -> None:
    assert job_error(KnownError("Text.")).report == ""
    bug = job_error(ValueError("x"))
    assert bug.is_bug and "ValueError: x" in bug.report


def test_a_pause_is_said_again_once_the_indexes_are_prepared(loop: EngineLoop, heard: Heard) -> None:
    """Preparing goes on meanwhile, and is what was said last."""
    loop.pause()
    run = loop.index(None)
    preparing = loop.prepare_indexes()
    finish(loop)
    assert preparing.future.done() and not run.future.done()
    assert [progress.phase for progress in heard.progress][-2:] == [Phase.PREPARING, Phase.PAUSED]
    loop.resume()
    finish(loop)
    assert run.future.done() and Phase.IDLE in {progress.phase for progress in heard.progress}


def test_watched_paths_are_gathered(loop: EngineLoop, library: Double, heard: Heard) -> None:
    loop.start_watching(lambda: loop.index(None)).join()
    assert loop.busy  # the scan that was to come after
    loop.cancel()
    finish(loop)
    assert library.watched is not None and heard.changes[0] == ChangeSet(roots=True)
    library.watched({Path("/a")})
    library.watched({Path("/b")})
    finish(loop)
    assert library.changed == {Path("/a"), Path("/b")}
    loop.note(Notice("polled"))
    finish(loop)
    assert heard.notices == [Notice("polled")]


def test_what_a_run_failed_over_is_looked_at_with_what_changes_next(loop: EngineLoop, library: Double) -> None:
    asked: list[set[Path]] = []
    for name, error in (("a", ValueError("a bug")), ("b", None), ("c", None)):
        library.error, library.changed = error, set()
        loop.note_changed_paths({Path(name)})
        finish(loop)
        asked.append(library.changed)
    assert asked == [{Path("a")}, {Path("a"), Path("b")}, {Path("c")}]


def test_what_cannot_be_watched_is_said(loop: EngineLoop, library: Double, heard: Heard) -> None:
    library.error = OSError("no watches left")
    loop.start_watching().join()
    finish(loop)
    assert "no watches left" in heard.notices[0].text


def test_preparing_goes_on_beside_indexing_and_edits(loop: EngineLoop, library: Double, heard: Heard) -> None:
    library.steps = library.preparing = 5
    preparing, indexing = loop.prepare_indexes(), loop.index(None)
    assert loop.prepare_indexes() is preparing
    for _turn in range(4):  # one step each
        loop.step(0)
    edit = loop.submit(lambda _library: ChangeSet(tags=True))
    loop.step(0)
    assert edit.done() and not preparing.future.done() and not indexing.future.done()
    finish(loop)
    assert library.prepared and indexing.future.result().seen == 5
    phases = [progress.phase for progress in heard.progress]
    assert phases[0] is Phase.READING, "the job line speaks of indexing while both go on"


def test_a_pause_is_not_for_preparing(loop: EngineLoop, library: Double, heard: Heard) -> None:
    loop.pause()
    indexing = loop.index(None)
    loop.prepare_indexes()
    finish(loop)
    assert library.prepared and not indexing.future.done()
    assert Phase.PREPARING in {progress.phase for progress in heard.progress}
    loop.resume()
    finish(loop)
    assert indexing.future.done()


def test_preparing_that_fails_is_told_and_over(loop: EngineLoop, library: Double, heard: Heard) -> None:
    def fail(*, control: RunControl) -> Iterator[Progress]:
        yield Progress(Phase.PREPARING)
        raise KnownError("The index can't be read.")

    library.prepare_indexes = fail  # type: ignore[method-assign]
    run = loop.prepare_indexes()
    finish(loop)
    assert heard.notices[0].text == "The index can't be read." and not loop.busy
    assert isinstance(run.future.exception(), KnownError)


def test_a_command_waits_for_the_indexes(loop: EngineLoop, library: Double) -> None:
    seen: list[Progress] = []
    library.preparing = 3
    thread = threading.Thread(target=lambda: LoopAccess(loop).prepare_indexes(seen.append))
    thread.start()
    while thread.is_alive():
        loop.step()
        thread.join(0.01)
    assert library.prepared and seen and seen[0].total == 3
    LoopAccess(loop).prepare_indexes(seen.append)  # at once: nothing is stepped any more


def test_closing_cancels_what_waits(loop: EngineLoop, library: Double) -> None:
    running, waiting = loop.index(None), loop.index(None)
    loop.step(0)
    write = loop.submit(lambda _library: None)
    loop.close()
    assert running.future.cancelled() and waiting.future.cancelled() and write.cancelled()
    assert loop.submit(lambda _library: None).cancelled()
    assert loop.index(None).future.cancelled()
    assert loop.step() is None


def test_access_from_another_thread(loop: EngineLoop, library: Double) -> None:
    access, seen = LoopAccess(loop), list[Any]()
    assert access.library is library

    def ask() -> None:
        seen.append(access.write(lambda _library: 5))
        seen.append(access.index(None, seen.append))

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive():
        loop.step()
        thread.join(0.01)
    assert seen[0] == 5 and seen[-1].seen == 3 and isinstance(seen[1], Progress)


def test_access_to_a_loop_that_ends(loop: EngineLoop) -> None:
    access = LoopAccess(loop)
    loop.close()
    with pytest.raises(LibraryUnavailableError):
        access.write(lambda _library: 5)
    with pytest.raises(LibraryUnavailableError):
        access.index(None, lambda _: None)
    assert issubclass(CancelledError, Exception)


def test_who_is_gone_cancels_the_run(loop: EngineLoop, library: Double) -> None:
    library.steps = 10_000_000
    errors: list[BaseException] = []

    def gone(_progress: Progress) -> None:
        raise BrokenPipeError

    def ask() -> None:
        try:
            LoopAccess(loop).index(None, gone)
        except BrokenPipeError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive() or loop.busy:
        loop.step()
        thread.join(0.01)
    assert errors


def test_run_control_hands_over_once() -> None:
    control = RunControl()
    control.prefer([ItemId(1)])
    assert (control.take_preferred(), control.take_preferred()) == ([1], [])
    control.changed(ChangeSet(tags=True))
    assert control.take_changes().tags and not control.take_changes()
