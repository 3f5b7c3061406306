"""What Windows asks of the pool: pipes that no two threads write at once, and few enough of them."""

import sys
import threading
from collections.abc import Iterator

import pytest

from desktop_app.engine.workers import pool as pool_module
from desktop_app.engine.workers.pool import MOST_ON_WINDOWS, WorkerPool

THREADS, TIMES = 8, 200


class WindowsPipe:
    """Both ends of a pipe that, as those of Windows do, refuses a second thread while one writes."""

    def __init__(self) -> None:
        self.bytes = self.refused = self.written = 0
        self._writing = threading.Lock()

    def send_bytes(self, data: bytes) -> None:
        if not self._writing.acquire(blocking=False):
            self.refused += 1
            raise ValueError("concurrent send_bytes() calls are not supported")
        for _ in range(2_000):  # long enough for another thread's turn
            pass
        self.bytes += len(data)
        self.written += 1
        self._writing.release()

    def recv_bytes(self) -> bytes:
        self.bytes -= 1
        return b"!"

    def poll(self) -> bool:
        return self.bytes > 0

    def close(self) -> None:
        pass


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowsPipe]:
    made, interval = WindowsPipe(), sys.getswitchinterval()
    context = pool_module.multiprocessing.get_context("spawn")
    monkeypatch.setattr(type(context), "Pipe", lambda _self, duplex=True: (made, made))
    sys.setswitchinterval(1e-5)
    yield made
    sys.setswitchinterval(interval)


def test_threads_that_submit_at_once_wake_the_pool_one_by_one(pipe: WindowsPipe) -> None:
    pool = WorkerPool(1)
    failed: list[Exception] = []

    def submit_often() -> None:
        try:
            for _ in range(TIMES):
                pool._wake()
                pool._receive(pipe)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 - whatever it is
            failed.append(error)

    threads = [threading.Thread(target=submit_often) for _ in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    pool.close()
    assert not failed and not pipe.refused
    assert pipe.written


def test_a_pool_that_was_woken_is_not_woken_again_before_it_looked(pipe: WindowsPipe) -> None:
    """So the pipe is never full, and nobody waits for the pool in it."""
    pool = WorkerPool(1)
    for _ in range(100_000):
        pool._wake()
    assert pipe.bytes == 1
    pool._receive(pipe)  # type: ignore[arg-type]
    assert pipe.bytes == 0
    pool._wake()
    assert pipe.bytes == 1
    pool.close()


@pytest.mark.parametrize(("platform", "jobs"), [("win32", MOST_ON_WINDOWS), ("darwin", 128), ("linux", 128)])
def test_windows_waits_for_so_many_workers_only(platform: str, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(pool_module, "usable_cores", lambda: 128)
    for asked in (None, 128):
        pool = WorkerPool(asked)
        assert pool.jobs == jobs
        pool.close()
    assert MOST_ON_WINDOWS < 63
