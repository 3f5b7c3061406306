"""Mapped index files are brought into memory before they are looked at, not page by page as a search touches them.

FAISS maps its files with ``MADV_RANDOM``: whatever isn't in the system's cache is then read at its first touch, a page
of 4 kB at a time and each waited for. Measured at a million items: 346 such reads, and 20 ms, in a search of ``look``.
"""

import ctypes
import logging
import mmap
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger(__name__)

PAGE = mmap.PAGESIZE  # addresses have to be those of pages, which are not of 4 kB everywhere
PIECE = 128 << 10  # bytes asked for at once: Linux reads no more than the device's read-ahead for one request
CHUNK = 1 << 20  # bytes read at a time where a whole file is
MEMORY_SHARE = 0.5  # of what is available; files beyond it would only push one another out
MOST_SECONDS = 30.0  # of reading: 3 GB of a hard disk, and no more than 0.4 of a slow share
_WILL_NEED = 3  # MADV_WILLNEED on Linux and macOS


def _system_advice() -> Callable[[int, int, int], int] | None:
    """The C library's ``madvise``; None where there is none (Windows)."""
    if sys.platform == "win32":
        return None
    try:
        advise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return None
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    advise.restype = ctypes.c_int
    return advise


_advise = _system_advice()


def will_need(blocks: Iterable[tuple[int, int]]) -> None:
    """Have the system begin to read these mapped (address, bytes), all together and waiting for none.

    Costs a microsecond or two each where they are in memory already. A hint: where it isn't taken, nothing is lost.
    """
    if _advise is None:
        return
    for address, size in blocks:
        start, end = address - address % PAGE, address + size
        while start < end:
            _advise(start, min(PIECE, end - start), _WILL_NEED)
            start += PIECE


class ReadAhead:
    """Reads files once, so that they are in the system's cache; what may be read counts for all calls together.

    So a library's indexes don't push one another out, nor take a slow medium for long from the searches that they are
    to serve. One thread at a time.
    """

    def __init__(self) -> None:
        self._room: int | None = None  # bytes, by the memory available at the first call: what is read stays available
        self._seconds = MOST_SECONDS

    def read(self, paths: Iterable[Path], check: Callable[[], None]) -> int:
        """Returns how many bytes. ``check`` is called after each piece and raises to give up."""
        import psutil

        if self._room is None:
            self._room = int(psutil.virtual_memory().available * MEMORY_SHARE)
        room, buffer, done = self._room, memoryview(bytearray(CHUNK)), 0
        for path in paths:
            begun = time.monotonic()
            try:
                with path.open("rb", buffering=0) as file:
                    while done < room and self._seconds > 0 and (count := file.readinto(buffer)):
                        check()
                        done += count
                        self._room = room - done
                        now = time.monotonic()
                        begun, self._seconds = now, self._seconds - (now - begun)
            except OSError:  # it was merged into another meanwhile, or whoever searches it will be told
                log.debug("%s was not read ahead", path.name, exc_info=True)
        return done
