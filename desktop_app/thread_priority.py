"""How eagerly a thread runs beside the window's."""

import contextlib
import os
import sys
import threading

NICENESS = 5
"""Of the threads that stand behind the window's; workers have 10."""


def give_way(niceness: int = NICENESS) -> None:
    """Let the window's thread run before this one and those that it starts from now on: where threads have a priority
    of their own (Linux), the window is then not kept from painting while all processors are busy."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
