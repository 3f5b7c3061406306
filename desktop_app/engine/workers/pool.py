"""A small pool of disposable processes: one job costs at most one worker, never the pool or the program.

``concurrent.futures`` breaks as a whole when a process dies, and pools that share one pipe can be left locked by a
worker that was killed while it held the lock. So each worker has its own pipe, and one thread looks after them all.
"""

import contextlib
import itertools
import logging
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection, wait
from typing import Any, ParamSpec, TypeVar, cast

from desktop_app.engine.workers.answers import LONGEST
from desktop_app.engine.workers.gathering import Unfinished
from desktop_app.engine.workers.outcomes import PoolClosedError, WorkersUnavailableError
from desktop_app.engine.workers.process import READY, WorkerLimits
from desktop_app.engine.workers.worker import DEPTH, Fault, Job, Worker

P = ParamSpec("P")
T = TypeVar("T")

FAILED_STARTS = 3
"""After so many in a row that ended before they were ready, no worker can be started here."""

KILLED_START = 0.05
"""What one counts that was killed or suspended from outside: hardly anything."""

WATCH_SECONDS = 0.2

AWAY_SECONDS = 2.0
"""Who waits so much longer than it meant to was suspended, as by Ctrl-Z, or asleep with the machine."""

BACK_SECONDS = 1.0
"""Who ends so soon after an absence ended because of it: a worker's own timer ran on meanwhile."""

START_PAUSE = 1.0
"""Seconds before a start is tried again that the system refused: too many processes, no memory, no pipe."""

MOST_ON_WINDOWS = 60
"""Windows waits for at most 63 things at once: the workers' pipes, and the one that wakes the pool."""

log = logging.getLogger(__name__)


def usable_cores() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _most_workers() -> int:
    return MOST_ON_WINDOWS if sys.platform == "win32" else sys.maxsize


class WorkerPool:
    """Runs picklable functions in ``jobs`` spawned processes (None or 0: one per usable core).

    Workers start when they are needed. A job that crashes, hangs or outgrows its worker is tried once more in a worker
    of its own; then its future holds a ``WorkerFailedError``. Any thread may submit.
    """

    def __init__(self, jobs: int | None = None, limits: WorkerLimits | None = None) -> None:
        self.jobs = min(jobs or usable_cores(), _most_workers())
        self.limits = limits or WorkerLimits()
        self._context = multiprocessing.get_context("spawn")
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._workers: list[Worker] = []
        self._numbers = itertools.count(1)
        self._kept = 0  # workers that stay, also without work
        self._failed_starts = 0.0
        self._next_start = 0.0  # the system refused one: not before this moment
        self._looked = math.inf  # at the clock
        self._back = -math.inf  # end of the last absence
        self._closed = False
        self._thread: threading.Thread | None = None
        self._wake_end, self._waker = self._context.Pipe(duplex=False)
        self._waking = threading.Lock()  # Windows refuses a second thread that writes into a pipe
        self._woken = False  # a byte lies in the pipe

    @property
    def room(self) -> int:
        """How many jobs in flight keep every worker busy."""
        return self.jobs * (DEPTH + 1)

    @property
    def gentle_room(self) -> int:
        """How many jobs in flight keep half of the workers busy."""
        return max(1, self.jobs // 2)

    def submit(self, function: Callable[P, T], *args: P.args, **_none: P.kwargs) -> "Future[T]":
        """Run ``function(*args)`` in a worker; ``function`` must be importable there."""
        return self.schedule(function, args)

    def schedule(
        self,
        function: "Callable[..., T | Unfinished[T]]",
        args: tuple[Any, ...],
        *,
        timeout: float | None = None,
        urgent: bool = False,
    ) -> "Future[T]":
        """As ``submit``, with a time limit in seconds of its own; ``urgent`` goes before all that waits.

        A function may return an ``Unfinished``: the worker finishes several together.
        """
        future: Future[T] = Future()
        job = Job(next(self._numbers), function, args, timeout or self.limits.timeout, future, urgent)
        with self._lock:
            if self._closed:
                raise PoolClosedError
            if urgent:
                self._waiting.appendleft(job)
            else:
                self._waiting.append(job)
            self._start_thread()
        self._wake()
        return future

    def warm(self, count: int = 1) -> None:
        """Start ``count`` workers ahead of their first job, and keep them when there is nothing to do."""
        with self._lock:
            self._kept = min(max(count, self._kept), self.jobs)
            if not self._closed:
                self._start_thread()
        self._wake()

    def close(self) -> None:
        """End every worker at once; what was not finished gets a ``PoolClosedError``. May be called again."""
        with self._lock:
            self._closed = True
        thread = self._thread
        if thread is not None:
            self._wake()
            thread.join()
            self._thread = None
        self._waker.close()
        self._wake_end.close()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    # The rest runs on the pool's own thread.

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._look_after, name="akin-worker-pool", daemon=True)
            self._thread.start()

    def _wake(self) -> None:
        with self._waking, contextlib.suppress(OSError):
            if not self._woken:
                self._woken = True
                self._waker.send_bytes(b"!")

    def _look_after(self) -> None:
        if sys.platform != "win32":
            from multiprocessing import resource_tracker

            # Inherited by the workers: Ctrl-C is the parent's to handle, also while they start.
            # multiprocessing's tracker, which comes with the first process, would let it through again at its start.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while not self._closed:
                self._hand_out()
                for end in self._wait(self._patience()):
                    self._receive(end)
                self._enforce_limits()
        except BaseException:
            log.critical("the pool of workers ended", exc_info=True)
            raise
        finally:
            self._end_all()

    def _wait(self, patience: float | None) -> list[Connection]:
        """Those that have something to say."""
        ends = wait([self._wake_end, *(worker.connection for worker in self._workers)], patience)
        self._look_at_clock(patience)
        return cast("list[Connection]", ends)

    def _look_at_clock(self, patience: float | None) -> float:
        """This moment; who has not come here for ``patience`` seconds and more was away, wherever it stood."""
        now = time.monotonic()
        away, self._looked = now - self._looked, now
        if patience is not None and away > patience + AWAY_SECONDS:
            self._back = now
            for worker in self._workers:
                worker.forgive(away)
        return now

    def _patience(self) -> float | None:
        """Until when nothing needs looking at; None while no worker has work or may be sent home."""
        if any(worker.jobs or not worker.ready for worker in self._workers):
            return WATCH_SECONDS
        with self._lock:
            if self._waiting:  # and no worker: one could not be started
                return WATCH_SECONDS
        return self.limits.idle_seconds if len(self._workers) > self._kept else None

    def _hand_out(self) -> None:
        while True:
            with self._lock:
                job = self._waiting.popleft() if self._waiting else None
                kept = self._kept
            if job is None:
                break
            worker = self._worker_for(job)
            if worker is None:
                with self._lock:
                    self._waiting.appendleft(job)
                if not self._workers and self._failed_starts >= FAILED_STARTS:
                    self._give_up([])
                break
            if not job.begun and not job.future.set_running_or_notify_cancel():
                continue
            job.begun = True
            try:
                worker.send(job)
            except OSError:  # it died meanwhile: not the fault of this job
                self._put_back([job])
                self._lose(worker)
            except Exception as error:  # noqa: BLE001 - whatever the pickling of its arguments raises
                job.future.set_exception(error)
        while len(self._workers) < kept and self._start_worker() is not None:
            pass

    def _worker_for(self, job: Job) -> Worker | None:
        """The least busy worker, or a new one while there may be more; None if all are busy enough."""
        free = [worker for worker in self._workers if worker.takes(job)]
        best = min(free, key=lambda worker: (len(worker.jobs), not worker.ready), default=None)
        if (best is None or best.jobs) and len(self._workers) < self.jobs:
            return self._start_worker() or best
        return best

    def _start_worker(self) -> Worker | None:
        """None where the system refuses one now, or refused too many."""
        if self._failed_starts >= FAILED_STARTS or time.monotonic() < self._next_start:
            return None
        try:
            worker = Worker.start(self._context, self.limits)
        except OSError:
            log.warning("a worker could not be started", exc_info=True)
            self._failed_starts += 1
            self._next_start = time.monotonic() + START_PAUSE
            return None
        self._workers.append(worker)
        return worker

    def _receive(self, end: Connection) -> None:
        if end is self._wake_end:
            with self._waking:
                self._woken = False  # who comes from now on wakes it again
                while end.poll():
                    end.recv_bytes()
            return
        worker = next((worker for worker in self._workers if worker.connection is end), None)
        if worker is None:
            return
        try:
            data = end.recv_bytes(LONGEST)
        except (EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno is None:  # too long: not the system's word
                worker.kill(Fault.CRASHED)
            self._lose(worker)
            return
        if data == READY:
            self._failed_starts = 0
            worker.become_ready()
            return
        try:
            leaving = not worker.take_note(data) and worker.finish(data)
        except Exception:  # what comes out of a process that a hostile file may have reached
            log.exception("an answer of a worker makes no sense")
            worker.kill(Fault.CRASHED)
            leaving = True
        if leaving:
            self._lose(worker)

    def _lose(self, worker: Worker) -> None:
        """Bury a worker; the job it was at is charged with the loss, those behind it are not."""
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        fault = worker.bury()
        if fault is Fault.CRASHED and time.monotonic() < self._back + BACK_SECONDS:
            fault = Fault.STOPPED
        jobs = list(worker.jobs)
        culprits = worker.culprits()
        worker.jobs.clear()
        if not worker.ready:
            log.warning("a worker ended before it was ready: %s, exit code %s", fault, worker.exit_code)
            self._failed_starts += KILLED_START if fault in (Fault.KILLED, Fault.STOPPED, None) else 1
            if self._failed_starts >= FAILED_STARTS:
                self._give_up(jobs)
                return
        elif len(culprits) > 1 and fault is not None:
            for job in culprits:  # each of them by itself will show which it was
                job.apart = True
        elif culprits and fault is not None:
            charged = culprits[0]
            jobs.remove(charged)
            charged.charge(fault)
            if charged.spent:
                charged.fail()
            else:  # behind the others: whatever goes round killing workers meets another file next time
                with self._lock:
                    self._waiting.append(charged)
        self._put_back(jobs)

    def _give_up(self, jobs: list[Job]) -> None:
        with self._lock:
            jobs += self._waiting
            self._waiting.clear()
        log.error("no worker could be started; %d files are not read", len(jobs))
        self._failed_starts = self._next_start = 0  # the next submission tries again
        for job in jobs:
            if job.begun or job.future.set_running_or_notify_cancel():
                job.future.set_exception(
                    WorkersUnavailableError("The processes that read files could not be started on this computer.")
                )

    def _put_back(self, jobs: list[Job]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(jobs))

    def _enforce_limits(self) -> None:
        now = self._look_at_clock(0.0)
        for worker in list(self._workers):
            fault = worker.overstepped(now, self.limits)
            if fault is not None:
                worker.kill(fault)
                self._lose(worker)
        if len(self._workers) > self._kept:
            idle = [worker for worker in self._workers if worker.idle_since(now) >= self.limits.idle_seconds]
            for worker in idle[self._kept :]:
                worker.kill(Fault.NONE)
                self._lose(worker)

    def _end_all(self) -> None:
        with self._lock:
            self._closed = True
            jobs = list(self._waiting)
            self._waiting.clear()
        for worker in self._workers:
            worker.kill(Fault.NONE)
        for worker in self._workers:
            worker.bury()
            jobs += worker.jobs
        self._workers.clear()
        for job in jobs:
            if job.begun or job.future.set_running_or_notify_cancel():
                job.future.set_exception(PoolClosedError())
