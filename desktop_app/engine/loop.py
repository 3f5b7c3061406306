"""The engine's own loop: one thread that writes, in slices, with the user's edits before indexing. No Qt in it.

The window drives it from a ``QThread`` (``runtime``), ``akin index`` from its main thread.
"""

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import JobError, Notice, Tone
from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.runs import RunControl
from desktop_app.errors import FAULT, KnownError, LibraryDamagedError, PartlyDoneError, refused_by_system

if TYPE_CHECKING:
    from desktop_app.engine.library import Library

log = logging.getLogger(__name__)
T = TypeVar("T")

SLICE = 0.02
"""Seconds of work between two looks at the queue of edits."""
PROGRESS_INTERVAL = 1 / 15
CHANGE_INTERVAL = 0.4
"""Seconds between two merged change sets of a run."""


def job_error(error: BaseException) -> JobError:
    """A known error as its sentence; anything else as a bug with its report, which is logged too."""
    if isinstance(error, KnownError):
        if isinstance(error, LibraryDamagedError):
            return JobError(error.user_text, damaged=True, in_log=error.in_log)
        return JobError(error.user_text, change=error.change if isinstance(error, PartlyDoneError) else None)
    if (refused := refused_by_system(error)) is not None:
        log.warning("the system refused", exc_info=error)
        return JobError(refused.user_text)
    log.error("unexpected fault", exc_info=error)
    report = "".join(traceback.format_exception(error))
    return JobError(FAULT, report)


class Listener(Protocol):
    """What the loop tells; called on the loop's thread."""

    def on_change(self, change: ChangeSet) -> None:
        """Something was written."""

    def on_progress(self, progress: Progress) -> None:
        """How a run goes; throttled."""

    def on_run_finished(self, report: IndexReport) -> None:
        """A run ended, also a cancelled one."""

    def on_notice(self, notice: Notice) -> None:
        """Something to say that nobody asked for."""


@dataclass(eq=False)
class Run:
    """A long job: a generator of progress with what steers it."""

    start: Callable[["Library", RunControl], Iterator[Progress]]
    name: str
    future: "Future[IndexReport]" = field(default_factory=Future[IndexReport])
    control: RunControl = field(default_factory=RunControl)
    on_progress: Callable[[Progress], None] | None = None
    steps: Iterator[Progress] | None = None
    told: float = 0.0
    phase: Phase | None = None
    latest: Progress | None = None


def _describe_photos(library: "Library", control: RunControl) -> Iterator[Progress]:
    return library.describe_photos(control=control)


class EngineLoop:
    """Steps writes and runs over one ``Library``. All but ``step`` and ``close`` may be called from any thread."""

    def __init__(self, library: "Library", listener: Listener, wake: Callable[[], None]) -> None:
        self.library = library
        self._listener = listener
        self._wake = wake
        self.on_changes_applied: Callable[[IndexReport], None] | None = None
        """Called with the report of each run over what the watcher saw, on the loop's thread."""
        self._lock = threading.Lock()
        self._writes: deque[tuple[Callable[[Library], Any], Future[Any]]] = deque()
        self._runs: deque[Run] = deque()
        self._current: Run | None = None
        self._idle: Run | None = None
        self._preparing: Run | None = None  # beside the current run, step by step in turns
        self._prepare_next = True
        self._idle_wanted = False
        self._paused = False
        self._closed = False
        self._pending = ChangeSet()
        self._changes_told = 0.0
        self._changed_paths: set[Path] = set()
        self._unapplied: set[Path] = set()  # what runs were told of that failed, or were cancelled: the next one's, too

    # asked from any thread

    def submit(self, write: Callable[["Library"], T]) -> "Future[T]":
        """Carry out a write before anything else that waits; a ``ChangeSet`` it returns is told to the listener."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                future.cancel()
                return future
            self._writes.append((write, future))
        self._wake()
        return future

    def index(self, roots: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None) -> Run:
        """Index these roots (None: all), after the runs that wait already."""
        chosen = None if roots is None else list(roots)
        return self._add_run(
            Run(lambda library, control: library.index(chosen, control=control), "index", on_progress=on_progress)
        )

    def prepare_indexes(self, on_progress: Callable[[Progress], None] | None = None) -> Run:
        """Bring the search indexes in line, beside everything else; the run that goes on already, if one does."""
        with self._lock:
            run = self._preparing
            if run is None:
                run = Run(lambda library, control: library.prepare_indexes(control=control), "prepare")
                if self._closed:
                    run.future.cancel()
                    return run
                self._preparing = run
            if on_progress is not None:
                run.on_progress = on_progress
        self._wake()
        return run

    def describe_photos(self, on_progress: Callable[[Progress], None] | None = None) -> Run:
        """Describe photos with the model in use, after the runs that wait already."""
        return self._add_run(Run(_describe_photos, "describe", on_progress=on_progress))

    def retry(self, ids: Sequence[ItemId] | None) -> Run:
        """Read problems again (None: all of them)."""
        return self._add_run(Run(lambda library, control: library.retry_problems(ids, control=control), "retry"))

    def add_samples(self) -> Run:
        """Generate the sample library and index it."""
        return self._add_run(Run(lambda library, control: library.add_samples(control=control), "samples"))

    def remake_thumbnails(self, ids: Sequence[ItemId]) -> Run:
        """Make lost thumbnails again."""
        return self._add_run(Run(lambda library, control: library.refresh_thumbnails(ids, control=control), "thumbs"))

    def note_changed_paths(self, paths: set[Path]) -> None:
        """What the watcher saw; gathered until the loop comes to it."""
        with self._lock:
            fresh = not self._changed_paths
            self._changed_paths |= paths
        if fresh:
            self._add_run(Run(self._apply_changes, "changes"))

    def note(self, notice: Notice) -> None:
        """Tell the user something, from any thread."""
        self.submit(lambda _library: self._listener.on_notice(notice))

    def pause(self) -> None:
        """Stop indexing for now; edits and searches go on."""
        self._paused = True
        for run in self._all_runs():
            run.control.pause()
        self._wake()

    def resume(self) -> None:
        """Go on indexing."""
        self._paused = False
        for run in self._all_runs():
            run.control.resume()
        self._wake()

    def cancel(self) -> None:
        """End the runs that go on or wait; what was indexed stays."""
        for run in self._all_runs():
            run.control.cancel()
        self._paused = False
        self._wake()

    def prefer(self, ids: Sequence[ItemId]) -> None:
        """Index these first: the user looks at them."""
        run = self._current
        if run is not None:
            run.control.prefer(ids)

    @property
    def paused(self) -> bool:
        """Whether runs wait for ``resume``."""
        return self._paused

    @property
    def busy(self) -> bool:
        """Whether a write or a run is under way or waits."""
        return bool(self._writes or self._runs or self._current or self._preparing)

    # on the engine's thread

    def step(self, budget: float = SLICE) -> float | None:
        """Work for some ``budget`` seconds. Returns after how many seconds to call again; None: wait for ``wake``."""
        end = time.monotonic() + budget
        while not self._closed:
            if self._step_write():
                pass
            elif not self._step_run():
                self._tell_changes(force=True)
                return None
            if time.monotonic() >= end:
                self._tell_changes()
                return 0.0
        return None

    def carry_out_writes(self) -> None:
        """The writes that wait now, before the library is closed: they were asked for of this one."""
        for _ in range(len(self._writes)):
            self._step_write()

    def want_idle_work(self, *, anew: bool = False) -> None:
        """Compute waveforms and the like once nothing else is to be done; ``anew``: what is at it begins again."""
        self._idle_wanted = True
        if anew and (idle := self._idle) is not None:
            idle.control.cancel()
        self._wake()

    def start_watching(self, then: Callable[[], object] | None = None) -> threading.Thread:
        """Watch the roots, on a thread of its own: walking through many folders takes seconds.

        ``then`` is called there at the end. A scan goes after it, so that nothing falls between the two.
        """
        thread = threading.Thread(target=self._watch, args=(then,), name="akin-watch", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """End: waiting work is cancelled, generators are closed. The library itself stays open."""
        with self._lock:
            self._closed = True
            writes, self._writes = list(self._writes), deque()
            runs, self._runs = list(self._runs), deque()
        for _write, future in writes:
            future.cancel()
        for run in [*runs, *(r for r in (self._current, self._preparing, self._idle) if r is not None)]:
            run.control.cancel()
            if isinstance(run.steps, Iterator) and hasattr(run.steps, "close"):
                run.steps.close()  # type: ignore[attr-defined]
            run.future.cancel()
        self._current = self._preparing = self._idle = None
        self.library.stop_watching()

    def _all_runs(self) -> list[Run]:
        with self._lock:
            return [run for run in (self._current, *self._runs) if run is not None]

    def _add_run(self, run: Run) -> Run:
        with self._lock:
            if self._closed:
                run.future.cancel()
                return run
            if self._paused:
                run.control.pause()
            self._runs.append(run)
        self._wake()
        return run

    def _watch(self, then: Callable[[], object] | None) -> None:
        try:
            self.library.watch(self.note_changed_paths, self.note, self._note_watched)
        except (OSError, KnownError) as error:
            if not self._closed:
                log.warning("the folders can't be watched", exc_info=True)
                self.note(Notice(f"The folders can't be watched for changes: {error}.", Tone.WARNING))
        if then is not None:
            then()

    def _note_watched(self) -> None:
        self.submit(lambda library: library.mark_polled())

    def _apply_changes(self, library: "Library", control: RunControl) -> Iterator[Progress]:
        with self._lock:
            told, self._changed_paths = self._changed_paths, set()
        self._unapplied |= told
        return library.apply_changes(set(self._unapplied), control=control)

    def _step_write(self) -> bool:
        with self._lock:
            if not self._writes:
                return False
            write, future = self._writes.popleft()
        if not future.set_running_or_notify_cancel():
            return True
        try:
            result = write(self.library)
        except Exception as error:  # noqa: BLE001 - it lands in the future, whose owner tells it
            if isinstance(error, PartlyDoneError):
                self._listener.on_change(error.change)
            future.set_exception(error)
        else:
            if isinstance(result, ChangeSet) and result:
                self._listener.on_change(result)
            future.set_result(result)
        return True

    def _step_run(self) -> bool:
        """One step of the run that goes on, the next one, or idle work; False where there is none."""
        run = self._next_run()
        if run is None:
            return False
        try:
            if run.steps is None:
                run.steps = iter(run.start(self.library, run.control))
            progress = next(run.steps)
        except StopIteration:
            self._finish(run, None)
        except Exception as error:  # noqa: BLE001 - it lands in the future or as a notice
            self._finish(run, error)
        else:
            self._tell_progress(run, progress)
            self._gather(run)
        return True

    def _next_run(self) -> Run | None:
        """Indexing and preparing the indexes take turns; a pause is for indexing and idle work."""
        preparing = self._preparing
        if self._paused:
            return preparing
        if self._current is None:
            with self._lock:
                self._current = self._runs.popleft() if self._runs else None
        if preparing is not None and self._current is not None:
            self._prepare_next = not self._prepare_next
            return preparing if self._prepare_next else self._current
        return preparing or self._current or self._idle_run()

    def _idle_run(self) -> Run | None:
        if self._idle is None and self._idle_wanted:
            self._idle_wanted = False
            self._idle = Run(lambda library, control: library.idle_work(control=control), "idle")
        return self._idle

    def _finish(self, run: Run, error: Exception | None) -> None:
        self._gather(run)
        others_wait = self._paused and run is self._preparing
        if run is self._current:
            self._current = None
        elif run is self._preparing:
            self._preparing = None
        else:
            self._idle = None
        if run.name == "changes" and error is None and not run.control.cancelled:
            self._unapplied.clear()
        self._tell_changes(force=True)
        report = run.control.report or IndexReport(cancelled=run.control.cancelled)
        if others_wait:
            self._listener.on_progress(Progress(Phase.PAUSED))
        elif not self._runs and self._current is None and self._preparing is None:
            self._listener.on_progress(Progress(Phase.IDLE))
        try:
            if error is not None:
                run.future.set_exception(error)
            else:
                run.future.set_result(report)
        except InvalidStateError:
            log.debug("a run ended that nobody waits for")
        if error is not None:
            fault = job_error(error)
            self._listener.on_notice(Notice(fault.text, Tone.ERROR, fault.report, fault.damaged, fault.in_log))
        elif run.name in ("index", "retry", "samples"):
            self._listener.on_run_finished(report)
        elif run.name == "changes" and self.on_changes_applied is not None:
            self.on_changes_applied(report)
        if run.name not in ("idle", "prepare"):
            self._idle_wanted = True

    def _gather(self, run: Run) -> None:
        change = run.control.take_changes()
        if change:
            self._pending = self._pending.merged(change)
            self._tell_changes()

    def _tell_changes(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if self._pending and (force or now - self._changes_told >= CHANGE_INTERVAL):
            change, self._pending = self._pending, ChangeSet()
            self._changes_told = now
            self._listener.on_change(change)

    def _tell_progress(self, run: Run, progress: Progress) -> None:
        now = time.monotonic()
        if progress.phase is run.phase and now - run.told < PROGRESS_INTERVAL:
            return
        run.told, run.phase = now, progress.phase
        if run is not self._preparing or (progress.total and (self._paused or self._current is None)):
            self._listener.on_progress(progress)
        if run.on_progress is not None:
            run.on_progress(progress)
