"""One worker process as its pool sees it, and the jobs it holds."""

import contextlib
import itertools
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum, auto
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

import psutil

from desktop_app.engine.workers.answers import read_answer
from desktop_app.engine.workers.outcomes import (
    WorkerCrashedError,
    WorkerFailedError,
    WorkerHungError,
    WorkerMemoryError,
)
from desktop_app.engine.workers.process import BEGUN, WorkerLimits, serve

DEPTH = 8
"""Jobs a worker holds: unfinished ones, the one it is at, and the next, so that it never waits for the pool's thread.

How long it may be at them is for those to bound who hand out jobs."""

URGENT_DEPTH = DEPTH + 4

FINISHING, BETWEEN = 0, -1
"""Instead of a job's number: the unfinished ones are being finished; some wait for that, and no other is begun."""

ATTEMPTS = 2
ATTEMPTS_IF_KILLED = 10


class Fault(Enum):
    """Why a worker was lost."""

    NONE = auto()  # asked to leave
    CRASHED = auto()
    KILLED = auto()  # by somebody outside, or by the system for want of memory
    STOPPED = auto()  # suspended from outside, so the time limit says nothing of the file
    HUNG = auto()
    MEMORY = auto()


ERRORS: dict[Fault, type[WorkerCrashedError] | type[WorkerHungError] | type[WorkerMemoryError]] = {
    Fault.CRASHED: WorkerCrashedError,
    Fault.KILLED: WorkerCrashedError,
    Fault.STOPPED: WorkerHungError,
    Fault.HUNG: WorkerHungError,
    Fault.MEMORY: WorkerMemoryError,
}


@dataclass(eq=False, slots=True)
class Job:
    """One call, and how often it has cost its worker."""

    number: int
    function: Callable[..., Any]
    args: tuple[Any, ...]
    timeout: float
    future: Future[Any]
    urgent: bool = False
    begun: bool = False
    apart: bool = False  # a worker was lost over it or others that it was finished with
    charges: list[Fault] = field(default_factory=list[Fault])

    def charge(self, fault: Fault) -> None:
        """Note that a worker was lost over this job."""
        self.charges.append(fault)

    @property
    def alone(self) -> bool:
        """Whether it must have a worker to itself."""
        return self.apart or bool(self.charges)

    @property
    def spent(self) -> bool:
        """Whether it had its last attempt. Being killed or suspended from outside is hardly ever the file's fault."""
        own = sum(fault not in (Fault.KILLED, Fault.STOPPED) for fault in self.charges)
        return own >= ATTEMPTS or len(self.charges) >= ATTEMPTS_IF_KILLED

    def fail(self) -> None:
        """Give the future the reason."""
        own = [fault for fault in self.charges if fault not in (Fault.KILLED, Fault.STOPPED)]
        error: WorkerFailedError = ERRORS[(own or self.charges)[-1]]()
        self.future.set_exception(error)


class Worker:
    """A process, its pipe and the jobs it was handed, oldest first."""

    def __init__(self, process: SpawnProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self.jobs: deque[Job] = deque()
        self.ready = False
        self._unfinished: list[Job] = []  # begun, and waiting to be finished together
        self._at: int | None = None  # the job it is at, None: the first; FINISHING, BETWEEN
        self._since = time.monotonic()  # start of the present job, of idling, or of the process
        self._reason: Fault | None = None
        self.exit_code: int | None = None  # once buried
        self._suspended: tuple[float, object] | None = None  # since when, and how much it had run then
        self._watched: psutil.Process | None = None

    @classmethod
    def start(cls, context: SpawnContext, limits: WorkerLimits) -> "Worker":
        """Spawn a process."""
        if "cv2" in sys.modules:
            # While another thread imports cv2, its own folder leads sys.path; a process spawned at that moment would
            # take the path over and find cv2.typing where it wants typing. This waits for the end of such an import.
            import_module("cv2")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=serve, args=(theirs, limits), name="akin-worker", daemon=True)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    def takes(self, job: Job) -> bool:
        """Whether this worker can be handed ``job`` now."""
        if job.alone:
            return not self.jobs
        if any(held.alone for held in self.jobs):
            return False
        most = URGENT_DEPTH if job.urgent else DEPTH
        return len(self.jobs) < (most if self.ready else 1)

    def send(self, job: Job) -> None:
        """Hand over a job. Raises OSError if the process is gone, PicklingError if the job can't travel."""
        message = pickle.dumps((job.number, job.function, job.args, job.timeout, job.urgent), pickle.HIGHEST_PROTOCOL)
        self.connection.send_bytes(message)
        if not self.jobs:
            self._since = time.monotonic()
        self.jobs.append(job)

    def become_ready(self) -> None:
        """The process has started; the clock of its first job runs from now."""
        self.ready = True
        self._since = time.monotonic()
        with contextlib.suppress(psutil.Error):
            self._watched = psutil.Process(self.process.pid)

    def culprits(self) -> list[Job]:
        """The job that the worker is at; several, while it finishes them together."""
        if self._at == FINISHING:
            return list(self._unfinished)
        begun = (job for job in self.jobs if job.number == self._at or (self._at is None))
        return list(itertools.islice((job for job in begun if job not in self._unfinished), 1))

    def take_note(self, data: bytes) -> bool:
        """Whether this is no answer but the note that the worker begins with another job."""
        if not data.startswith(BEGUN):
            return False
        if self._at not in (FINISHING, BETWEEN):
            self._unfinished += self.culprits()
        self._at = read_answer(data[len(BEGUN) :])
        self._since, self._suspended = time.monotonic(), None
        return True

    def finish(self, data: bytes) -> bool:
        """Take an answer; returns whether the worker leaves after it."""
        number, worked, value, leaving = read_answer(data)
        job = next(job for job in self.jobs if job.number == number)
        self.jobs.remove(job)
        if job in self._unfinished:
            self._unfinished.remove(job)
        if not self._unfinished:
            self._at = None
        elif self._at == number:
            self._at = BETWEEN
        self._since, self._suspended = time.monotonic(), None
        if worked:
            job.future.set_result(value)
        elif isinstance(value, MemoryError):
            job.future.set_exception(WorkerMemoryError())
        else:
            job.future.set_exception(value)
        if leaving:
            self._reason = Fault.NONE
        return leaving

    def idle_since(self, now: float) -> float:
        """Seconds without work; 0 while busy or starting."""
        return now - self._since if self.ready and not self.jobs else 0.0

    def overstepped(self, now: float, limits: WorkerLimits) -> Fault | None:
        """The limit that the present job has passed, if any."""
        elapsed = now - self._since
        if elapsed < 0.1 or (self.ready and not self.jobs):
            return None
        try:
            if elapsed > limits.suspended_seconds / 4 and self._stays_suspended(now, limits.suspended_seconds):
                return Fault.STOPPED
            if elapsed > self._time_limit(limits):
                return Fault.HUNG
            if self._watched is not None and self._watched.memory_info().rss > limits.memory:
                return Fault.MEMORY
        except psutil.Error:
            return None  # it has just died: the pipe will say so
        return None

    def _time_limit(self, limits: WorkerLimits) -> float:
        if not self.ready:
            return limits.start_timeout
        return max((job.timeout for job in self.culprits()), default=limits.timeout)

    def _stays_suspended(self, now: float, patience: float) -> bool:
        """Whether somebody suspended the process, and did not wake it again soon.

        One that is let run for a moment now and then, as by a program that limits processor time, is only slow.
        """
        process = psutil.Process(self.process.pid)
        if process.status() != psutil.STATUS_STOPPED:
            self._suspended = None
            return False
        run = process.cpu_times()[:2], process.num_ctx_switches()
        if self._suspended is None or self._suspended[1] != run:
            self._suspended = now, run
        return now - self._suspended[0] >= patience

    def forgive(self, seconds: float) -> None:
        """The program itself stood still for so long: that is nobody's fault."""
        self._since = min(self._since + seconds, time.monotonic())

    def kill(self, reason: Fault) -> None:
        """End the process, at once and for a reason of ours."""
        self._reason = reason
        with contextlib.suppress(OSError):
            self.process.kill()

    def bury(self) -> Fault | None:
        """Wait for the process's end and free its resources; returns why it ended, None if it was asked to."""
        self.process.join(5.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(5.0)
        code = self.exit_code = self.process.exitcode
        self.connection.close()
        if code is not None:
            self.process.close()
        if self._reason is not None:
            return None if self._reason is Fault.NONE else self._reason
        killed = code is not None and code < 0 and -code in (signal.SIGTERM, getattr(signal, "SIGKILL", 9))
        return Fault.KILLED if killed else Fault.CRASHED
