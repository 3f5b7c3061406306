"""Indexing goes easy on a battery, stops soon when it is paused, and leaves the processor to others."""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from fixtures import worker_tasks

from desktop_app.domain.ids import RootId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine import battery as battery_module
from desktop_app.engine.battery import LOOK_SECONDS, SystemBattery
from desktop_app.engine.indexing.feed import Feed, Task
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.scanner import ScannedFile
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits

MEGABYTE = 1_000_000


class HeldPool:
    """Takes jobs and never finishes them by itself."""

    def __init__(self, jobs: int) -> None:
        self._real = WorkerPool(jobs)
        self.room, self.gentle_room = self._real.room, self._real.gentle_room
        self.taken: list[Future[FileReading]] = []

    def schedule(self, _function: Callable[..., Any], _args: tuple[Any, ...], **_limits: Any) -> "Future[FileReading]":
        """As ``WorkerPool.schedule``."""
        self.taken.append(Future())
        return self.taken[-1]


def task(number: int, kind: Kind, size: int) -> Task:
    path = Path(f"/music/{number}")
    return Task(Found(RootId(1), ScannedFile(str(number), size, 1, kind)), FileJob(path, kind))


def in_flight(kind: Kind, size: int, *, jobs: int = 4, spares: bool = False) -> int:
    """How many files of one sort are handed out at once."""
    pool = HeldPool(jobs)
    feed = Feed(cast("WorkerPool", pool), lambda job: pytest.fail(str(job)), lambda: spares)
    for number in range(500):
        feed.add(task(number, kind, size))
    feed.take(0.0)
    return len(pool.taken)


def test_half_of_the_workers_have_work_on_a_battery() -> None:
    assert in_flight(Kind.PHOTO, 4 * MEGABYTE, spares=True) == 2
    assert in_flight(Kind.PHOTO, 4 * MEGABYTE, jobs=1, spares=True) == 1
    assert in_flight(Kind.PHOTO, 4 * MEGABYTE) > 8


def test_few_files_that_take_long_are_handed_out_at_once() -> None:
    small, large, tracks = (
        in_flight(Kind.PHOTO, 100_000),
        in_flight(Kind.PHOTO, 40 * MEGABYTE),
        in_flight(Kind.TRACK, 6 * MEGABYTE),
    )
    assert small > tracks >= large >= 2 * 4  # never so few that a worker waits


def test_the_system_is_asked_for_its_battery_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, False])
    monkeypatch.setattr(battery_module, "_asked_of_system", lambda: next(answers))
    now = [0.0]
    battery = SystemBattery(lambda: now[0])
    assert battery.discharging()
    now[0] = LOOK_SECONDS / 2
    assert battery.discharging()
    now[0] = LOOK_SECONDS
    assert not battery.discharging()


@pytest.mark.parametrize(("plugged", "expected"), [(True, False), (False, True), (None, False)])
def test_only_a_battery_that_is_surely_in_use_counts(
    monkeypatch: pytest.MonkeyPatch, plugged: bool | None, expected: bool
) -> None:
    class State:
        power_plugged = plugged

    monkeypatch.setattr(psutil, "sensors_battery", State, raising=False)
    assert SystemBattery().discharging() is expected


def test_without_a_battery_nothing_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    assert not SystemBattery().discharging()


@pytest.mark.skipif(sys.platform != "linux", reason="priorities as Linux counts them")
def test_workers_leave_the_processor_to_others() -> None:
    with WorkerPool(1, WorkerLimits(preload=())) as pool:
        number = pool.submit(worker_tasks.process_id).result(60)
        assert psutil.Process(number).nice() == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)


def test_a_pause_is_noticed_within_a_second() -> None:
    with WorkerPool(2, WorkerLimits(preload=())) as pool:
        pool.submit(worker_tasks.process_id).result(60)
        feed = Feed(pool, worker_tasks.slow_reading)
        for number in range(400):
            feed.add(task(number, Kind.TRACK, 6 * MEGABYTE))
        while not feed.take(0.05):
            pass
        paused = time.monotonic()
        while feed.in_flight:
            feed.take(0.05, submit=False)
        seconds = time.monotonic() - paused
    assert feed.left > 300
    assert seconds < 3.0  # 0.6 on an idle machine; tests share theirs
