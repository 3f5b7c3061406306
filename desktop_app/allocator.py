"""How the C library hands out memory."""

import contextlib
import ctypes
import sys

_M_ARENA_MAX = -8


def share_heaps(most: int) -> None:
    """Let all threads take memory from at most so many heaps, before the first of them starts.

    glibc else gives nearly every thread its own, 64 MB of addresses each, and what is free in one is no use to others:
    of a window at a million items that was 150 MB more.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, most)
