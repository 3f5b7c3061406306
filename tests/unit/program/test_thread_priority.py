"""How eagerly a thread runs beside the window's."""

import os
import sys
import threading

import pytest

from desktop_app.thread_priority import NICENESS, give_way


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_a_thread_that_gives_way_leaves_the_others_as_they_were() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen: list[int] = []

    def run() -> None:
        for wanted in (NICENESS, 10):
            give_way(wanted)
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [max(before, NICENESS), 10]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
