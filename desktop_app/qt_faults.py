"""Faults of the Qt binding that would end the program, and what keeps it alive."""

import sys

_PLENTY = 1 << 40


def keep_singletons_alive() -> None:
    """Stop None, True, False and NotImplemented from being freed, once per process.

    PySide6 6.12's wheels are built as if these were immortal, as they are from Python 3.12 on: before it, each call
    that returns nothing takes one reference too many from None, and each ``emit``, ``connect`` and ``disconnect``
    one from True, until the interpreter ends with "none_dealloc" or "bool_dealloc" (measured: −1 for a call).
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or sys.maxsize < _PLENTY:
        return
    import ctypes

    for singleton in (None, True, False, NotImplemented):
        known = sys.getrefcount(singleton)
        count = ctypes.c_ssize_t.from_address(id(singleton))
        if known < _PLENTY // 2 and abs(count.value - known) < 1000:  # not done yet, and the layout is as expected
            count.value += _PLENTY
