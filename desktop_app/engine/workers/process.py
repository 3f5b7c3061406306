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
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol, cast

READY = b"ready"

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

    ``memory`` bounds what a job may add to the resident memory and, on Linux with ``address_space``, to the address
    space. A worker ends by itself after ``max_tasks`` jobs, or when ``kept_memory`` stays resident after one; without
    work for ``idle_seconds`` it is sent home, unless the pool keeps it.
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
    idle_seconds: float = 60.0
    preload: tuple[str, ...] = ("desktop_app.engine.workers.tasks",)


class _Resource(Protocol):
    """The part of the POSIX-only module ``resource`` that is used here."""

    RLIMIT_AS: int
    RLIMIT_CORE: int
    RLIMIT_FSIZE: int

    def setrlimit(self, resource: int, limits: tuple[int, int], /) -> None: ...
    def getrlimit(self, resource: int, /) -> tuple[int, int]: ...


def serve(connection: Connection, limits: WorkerLimits) -> None:
    """Answer jobs until the parent hangs up.

    A job is pickled ``(number, function, args, timeout)``; its answer ``(number, worked, value, leaving)``. Jobs are
    answered in the order they came in. With ``leaving`` the worker ends and has not begun any later job.
    """
    _end_with_parent()
    _be_quiet(limits.threads)
    if limits.low_priority:
        _be_polite()
    for name in limits.preload:
        importlib.import_module(name)
    if limits.threads == 1:
        _use_one_thread()
    _limit_resources(limits)
    try:
        connection.send_bytes(READY)
        for done in range(1, sys.maxsize):
            if not _answer_one(connection, limits, done):
                return
    except (EOFError, OSError):
        return  # the parent is gone or closed the pipe


def _answer_one(connection: Connection, limits: WorkerLimits, done: int) -> bool:
    number, function, args, timeout = cast(
        "tuple[int, Callable[..., object], tuple[object, ...], float]", pickle.loads(connection.recv_bytes())
    )
    # A decoder that holds the interpreter's lock also stops the thread that watches the parent: this timer is C.
    faulthandler.dump_traceback_later(timeout * 2 + 30, exit=True, file=_devnull())
    worked, value = _outcome(function, args)
    faulthandler.cancel_dump_traceback_later()
    leaving = done >= limits.max_tasks or isinstance(value, MemoryError) or _resident() > limits.kept_memory
    try:
        answer = pickle.dumps((number, worked, value, leaving), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - whatever a result's own pickling raises
        answer = pickle.dumps((number, False, RuntimeError(f"{value!r} can't be sent: {error!r}"), leaving))
    connection.send_bytes(answer)
    return not leaving


def _outcome(function: Callable[..., object], args: tuple[object, ...]) -> tuple[bool, object]:
    try:
        return True, function(*args)
    except Exception as error:  # noqa: BLE001 - the parent decides what it means
        error.__traceback__, trace = None, error.__traceback__
        with contextlib.suppress(Exception):
            import traceback

            error.add_note("In a worker process:\n" + "".join(traceback.format_tb(trace)))
        return False, error


def _end_with_parent() -> None:
    """A worker must not outlive a parent that was killed: a thread waits for the parent's end."""
    parent = multiprocessing.parent_process()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            import ctypes

            libc = ctypes.CDLL(None)
            libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG: reaches a thread stuck in C, too
            libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(0)

    threading.Thread(target=watch, name="akin-parent-watch", daemon=True).start()


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


def _limit_resources(limits: WorkerLimits) -> None:
    """Linux: address space, file size, no core files. Elsewhere the parent's watch on resident memory has to do."""
    if sys.platform != "linux":
        return
    resource = cast("_Resource", importlib.import_module("resource"))
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: limits.file_size}
    if limits.address_space:
        wanted[resource.RLIMIT_AS] = _address_space() + limits.memory
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is then an OSError
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (value if hard < 0 else min(value, hard), hard))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _resident() -> int:
    """Resident memory of this process in bytes."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.Process().memory_info().rss)


_null: list[Any] = []


def _devnull() -> Any:
    if not _null:
        _null.append(Path(os.devnull).open("w", encoding="ascii"))  # noqa: SIM115 - as long as the process
    return _null[0]
