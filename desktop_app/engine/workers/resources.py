"""What the system lets a worker take, on Linux; elsewhere the pool's watch over time and resident memory has to do."""

import contextlib
import ctypes
import importlib
import math
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, cast

from desktop_app.allocator import share_heaps

STACK = 8 << 20
"""Bytes of a thread's stack: where people allow more, as for Fortran, each thread would take that of the memory."""

TOUCHED_LATER = 48_000_000
"""So much more of the libraries is resident once all decoders ran; 16 MB were seen."""

NEEDED = 64_000_000
"""With less memory than that no job can be done."""

_ATTRIBUTES = 128  # bytes, more than a pthread_attr_t has


class _Resource(Protocol):
    """The part of the POSIX-only module ``resource`` that is used here."""

    RLIMIT_AS: int
    RLIMIT_CORE: int
    RLIMIT_CPU: int
    RLIMIT_FSIZE: int

    def setrlimit(self, resource: int, limits: tuple[int, int], /) -> None: ...
    def getrlimit(self, resource: int, /) -> tuple[int, int]: ...


def reserve_little() -> None:
    """Before the first thread: else glibc sets 64 MB aside for each that allocates, and a stack as large as may be."""
    share_heaps(1)
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        attributes, size = ctypes.create_string_buffer(_ATTRIBUTES), ctypes.c_size_t()
        if system.pthread_getattr_default_np(attributes) == 0:
            system.pthread_attr_getstacksize(attributes, ctypes.byref(size))
            if size.value > STACK and system.pthread_attr_setstacksize(attributes, ctypes.c_size_t(STACK)) == 0:
                system.pthread_setattr_default_np(attributes)
            system.pthread_attr_destroy(attributes)


def limit_resources(memory: int | None, file_size: int) -> None:
    """``memory``: bytes that may be resident, libraries included; None: any. Files of ``file_size``; no core files."""
    if sys.platform != "linux":
        return
    import signal

    resource = cast("_Resource", importlib.import_module("resource"))
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: file_size}
    if memory is not None:
        wanted[resource.RLIMIT_AS] = most_address_space(memory)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is then an OSError
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (value if hard < 0 else min(value, hard), hard))


def limit_processor_time(seconds: float) -> None:
    """From now on so much processor time, then the system ends the process, whatever it is stuck in."""
    if sys.platform != "linux":
        return
    resource = cast("_Resource", importlib.import_module("resource"))
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = math.ceil(time.process_time() + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def most_address_space(memory: int) -> int:
    """What to limit it to, so that ``memory`` bytes can be resident.

    Half of these are for jobs in any case: what a machine maps in each process (large locales, allocators of its own)
    may look like more than it ever has resident; there the pool's watch keeps to the limit.
    """
    try:
        lines = Path("/proc/self/smaps").read_text("utf-8", "replace").splitlines()
        mapped, usable = mapped_memory(lines)
    except OSError:  # not in every kernel
        mapped, usable = mapped_memory(Path("/proc/self/maps").read_text("utf-8", "replace").splitlines())
    return mapped + max(memory // 2, memory - usable)


def mapped_memory(lines: Iterable[str]) -> tuple[int, int]:
    """Bytes of address space, and how many of these are to be expected resident at most; by ``maps`` or ``smaps``.

    All but gaps in libraries; of what is read of files, which is most of a library, what is resident now (in ``smaps``)
    and ``TOUCHED_LATER``.
    """
    mapped = usable = files = read = 0
    of_file = tells = False
    for line in lines:
        words = line.split(None, 5)
        if "-" in words[0]:
            start, end = (int(number, 16) for number in words[0].split("-"))
            rights, is_file = words[1], words[4] != "0"
            mapped += end - start
            of_file = is_file and "w" not in rights
            if of_file:
                files += end - start if rights[:3] != "---" else 0
            else:
                usable += end - start
        elif words[0] == "Rss:":
            tells = True
            read += int(words[1]) << 10 if of_file else 0
    return mapped, usable + (min(files, read + TOUCHED_LATER) if tells else files)


def prove_memory() -> None:
    """Raises MemoryError where there is not even what any job needs."""
    bytearray(NEEDED)


def resident_memory() -> int:
    """Resident memory of this process in bytes."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.Process().memory_info().rss)


def give_back_memory() -> None:
    """Let the C library return what it keeps for later; Linux only, elsewhere it does so by itself."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
