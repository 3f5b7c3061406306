"""What runs inside a worker process. Imports nothing heavy before the limits are set."""

import contextlib
import faulthandler
import importlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from desktop_app.engine.workers.answers import read_answer
from desktop_app.engine.workers.confinement import confine, seclude
from desktop_app.engine.workers.gathering import Unfinished, are_enough
from desktop_app.engine.workers.resources import (
    give_back_memory,
    limit_processor_time,
    limit_resources,
    prove_memory,
    reserve_little,
    resident_memory,
)

READY = b"ready"
BEGUN = b"begun"
"""With the number of a job: it is begun while others are unfinished; 0: those are being finished."""

BASE = 200_000_000
"""Bytes resident in a worker that has loaded everything."""
TRIM = 64_000_000
"""After so much growth a worker looks what it can give back."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may take. Memory in bytes; ``timeout`` and ``start_timeout`` in seconds for one job.

    ``memory`` is what a worker may have resident, libraries included: who has more is ended, and on Linux with
    ``address_space`` it gets no more. A worker ends by itself after ``max_tasks`` jobs, or when ``kept_memory``
    stays resident after one; without work for ``idle_seconds`` it is sent home, unless the pool keeps it. One that is
    suspended from outside is replaced after ``suspended_seconds``. ``confined``: without network and programs.
    """

    memory: int = 1_500_000_000
    address_space: bool = True
    kept_memory: int = 700_000_000
    timeout: float = 90.0
    start_timeout: float = 60.0
    max_tasks: int = 5_000
    file_size: int = 512_000_000
    low_priority: bool = True
    threads: int = 1
    confined: bool = True
    idle_seconds: float = 60.0
    suspended_seconds: float = 2.0
    preload: tuple[str, ...] = ("desktop_app.engine.workers.tasks",)


def serve(connection: Connection, limits: WorkerLimits) -> None:
    """Answer jobs until the parent hangs up.

    A job is pickled ``(number, function, args, timeout, urgent)``; its answer ``(number, worked, value, leaving)``.
    With ``leaving`` the worker ends and has neither begun any job that is unanswered nor holds unfinished ones.
    """
    if limits.address_space:
        reserve_little()
    ends_with_parent = _end_with_parent(limits.confined)
    _forget_the_program()
    _be_quiet(limits.threads)
    if limits.low_priority:
        _be_polite()
    for name in limits.preload:
        importlib.import_module(name)
    if limits.threads == 1:
        _use_one_thread()
    limit_resources(limits.memory if limits.address_space else None, limits.file_size)
    prove_memory()
    if limits.confined:
        confine()
    try:
        connection.send_bytes(READY)
        _Desk(connection, limits, timed=not ends_with_parent).work()
    except (EOFError, OSError):
        return  # the parent is gone or closed the pipe


_JobMessage = tuple[int, Callable[..., object], tuple[object, ...], float, bool]


class _Desk:
    """The jobs that came in, and the results that wait to be finished together with others.

    ``timed``: a worker that is stuck ends by itself in the end, should its parent be gone.
    """

    def __init__(self, connection: Connection, limits: WorkerLimits, *, timed: bool) -> None:
        self._connection = connection
        self._limits = limits
        self._timed = timed
        self._waiting: deque[_JobMessage] = deque()
        self._unfinished: list[tuple[int, Unfinished[object]]] = []
        self._oldest = 0.0
        self._in_order = True
        self._done = 0
        self._trimmed_at = 0

    def work(self) -> None:
        """Until the worker has to leave. Raises EOFError or OSError when the parent hangs up."""
        leaving = False
        while not leaving:
            self._receive()
            number, function, args, timeout, urgent = self._waiting.popleft()
            if self._unfinished or not self._in_order:
                self._connection.send_bytes(BEGUN + pickle.dumps(number))
            if self._timed:
                # A decoder that holds the interpreter's lock also stops the thread that watches the parent: this is C.
                # It goes by the clock on the wall, also while all stand still.
                faulthandler.dump_traceback_later(timeout * 2 + 30, exit=True, file=_devnull())
            limit_processor_time((timeout * 2 + 60) * self._limits.threads)
            worked, value = _outcome(function, args)
            self._done += 1
            leaving = self._done >= self._limits.max_tasks or isinstance(value, MemoryError) or self._is_swollen()
            if isinstance(value, Unfinished):
                if not self._unfinished:
                    self._oldest = time.monotonic()
                self._unfinished.append((number, cast("Unfinished[object]", value)))
                if leaving or urgent or self._is_time():
                    self._finish(leaving)
            else:
                if leaving:
                    self._finish(leaving=False, announced=True)
                self._answer(number, worked, value, leaving)
                if self._unfinished and self._is_time():  # nothing may ever come after this one
                    self._finish(leaving=False, announced=True)
            if self._timed:
                faulthandler.cancel_dump_traceback_later()

    def _receive(self) -> None:
        """All that came in, the urgent first; waits for the first."""
        while not self._waiting or self._connection.poll(0):
            message = cast("_JobMessage", pickle.loads(self._connection.recv_bytes()))
            if not self._waiting:
                self._in_order = True
            if message[4] and self._waiting:
                self._in_order = False
                self._waiting.appendleft(message)
            else:
                self._waiting.append(message)

    def _is_time(self) -> bool:
        results = [each for _number, each in self._unfinished]
        if are_enough(results, time.monotonic() - self._oldest):
            return True
        return not self._waiting and not self._connection.poll(0)

    def _finish(self, leaving: bool, *, announced: bool = False) -> None:
        """Finish and answer what is unfinished; where that fails for all together, each by itself.

        ``announced``: also of a single one it is said that it is finished now, since another job came after it.
        """
        results, self._unfinished = self._unfinished, []
        groups: dict[object, list[tuple[int, Unfinished[object]]]] = {}
        for number, each in results:
            groups.setdefault(each.finish, []).append((number, each))
        if len(results) > 1 or (results and announced):
            self._connection.send_bytes(BEGUN + pickle.dumps(0))
        last = results[-1][0] if results else 0
        final: tuple[bool, object] = True, None
        for group in groups.values():
            finish = group[0][1].finish
            worked, values = _outcome(finish, ([each.part for _number, each in group],))
            for at, (number, each) in enumerate(group):
                if worked:
                    fine, value = True, cast("Sequence[object]", values)[at]
                else:
                    fine, value = _outcome(each.alone, ())
                if number != last:
                    self._answer(number, fine, value, leaving=False)
                else:
                    final = fine, value
        if results:
            self._answer(last, *final, leaving)

    def _answer(self, number: int, worked: bool, value: object, leaving: bool) -> None:
        try:
            answer = pickle.dumps((number, worked, value, leaving), pickle.HIGHEST_PROTOCOL)
            if not worked:
                read_answer(
                    answer
                )  # an error of a library, or whose class wants more than its args, says so only there
        except Exception as error:  # noqa: BLE001 - whatever a result's own pickling raises
            answer = pickle.dumps((number, False, RuntimeError(f"{value!r} can't be sent: {error!r}"), leaving))
        self._connection.send_bytes(answer)

    def _is_swollen(self) -> bool:
        """Whether too much memory stays resident, also after what is free was given back to the system."""
        resident = resident_memory()
        if resident > max(self._trimmed_at, BASE) + TRIM:
            give_back_memory()
            self._trimmed_at = resident = resident_memory()
        return resident > self._limits.kept_memory


def _outcome(function: Callable[..., object], args: tuple[object, ...]) -> tuple[bool, object]:
    try:
        return True, function(*args)
    except Exception as error:  # noqa: BLE001 - the parent decides what it means
        error.__traceback__, trace = None, error.__traceback__
        with contextlib.suppress(Exception):
            import traceback

            error.add_note("In a worker process:\n" + "".join(traceback.format_tb(trace)))
        return False, error


def _end_with_parent(confined: bool) -> bool:
    """A worker must not outlive a parent that was killed: a thread waits for the parent's end.

    Returns whether the system sees to it, too, whatever the worker is stuck in (Linux). ``confined``: neither this
    thread nor any other reaches other processes' memory.
    """
    parent = multiprocessing.parent_process()
    sure = False
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            import ctypes

            libc = ctypes.CDLL(None)
            sure = libc.prctl(1, int(signal.SIGKILL), 0, 0, 0) == 0  # PR_SET_PDEATHSIG
            libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        if confined:
            seclude()
    if parent is None:
        return sure

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(0)

    threading.Thread(target=watch, name="akin-parent-watch", daemon=True).start()
    return sure


def _forget_the_program() -> None:
    """A decoder has no business with the program's arguments, nor with where its library lies."""
    del sys.argv[1:]
    os.environ.pop("AKIN_PROFILE", None)


def _be_quiet(threads: int) -> None:
    """Interrupts belong to the parent, decoders' messages to nobody, and ``threads`` threads are enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "AKIN_WORKER_OUTPUT" not in os.environ:
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.close(null)
    for name in THREAD_VARIABLES:
        os.environ[name] = str(threads)


def _be_polite() -> None:
    """The processor first to others."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(10)


def _use_one_thread() -> None:
    opencv = sys.modules.get("cv2")
    if opencv is not None:
        opencv.setNumThreads(1)


_null: list[Any] = []


def _devnull() -> Any:
    if not _null:
        _null.append(Path(os.devnull).open("w", encoding="ascii"))  # noqa: SIM115 - as long as the process
    return _null[0]
