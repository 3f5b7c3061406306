"""Faults of the Qt binding that would end the program, and what keeps it alive."""

import ctypes
import sys

_PLENTY = 1 << 40


def keep_true_alive() -> None:
    """Stop ``True`` from being freed, once per process.

    PySide6 6.12 gives away a reference to ``True`` that it does not own with every ``emit``, ``connect`` and
    ``disconnect``. Before Python 3.12, whose ``True`` is immortal, the count reaches nought after some thousand signals
    and the interpreter ends with "deallocating True or False".
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or sys.getrefcount(True) > _PLENTY // 2:
        return
    count = ctypes.c_ssize_t.from_address(id(True))
    if 0 < count.value <= sys.getrefcount(True):  # the layout is as expected
        count.value += _PLENTY
