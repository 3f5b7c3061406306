"""Akin: find what looks, or sounds, alike in your own photo and music library."""

import sys

__version__ = "0.1.0"


def _keep_singletons_alive() -> None:
    """Make None, True, False and NotImplemented practically immortal, as Python 3.12 and later do.

    PySide6 6.12's wheels are built as if they were: on Python 3.11 each call that returns nothing, and each
    ``Signal.emit``, takes one reference too many from None or True, until the interpreter ends with "none_dealloc"
    (measured: −1 for a call). The count is the first word of an object in every CPython 3.11 build but debug ones.
    """
    import ctypes

    for singleton in (None, True, False, NotImplemented):
        ctypes.c_ssize_t.from_address(id(singleton)).value += 1 << 40


if sys.implementation.name == "cpython" and sys.version_info < (3, 12) and sys.maxsize > 1 << 32:
    _keep_singletons_alive()
