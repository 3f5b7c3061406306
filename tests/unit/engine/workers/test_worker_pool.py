"""The pool against jobs that do what hostile files do to decoders, with real processes."""

import contextlib
import dataclasses
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from concurrent.futures import wait as wait_for
from multiprocessing.context import SpawnContext
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from fixtures import worker_tasks

from desktop_app.engine.workers import pool as pool_module
from desktop_app.engine.workers.outcomes import (
    PoolClosedError,
    WorkerCrashedError,
    WorkerHungError,
    WorkerMemoryError,
    WorkersUnavailableError,
)
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
from desktop_app.engine.workers.worker import Fault, Job, Worker

LIMITS = WorkerLimits(memory=400_000_000, timeout=30.0, preload=())
SOON = 30.0
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture(scope="module")
def shared_pool() -> Iterator[WorkerPool]:
    """Two workers for tests that leave them whole, or replace them."""
    with WorkerPool(2, LIMITS) as pool:
        pool.warm(2)
        ids: set[int] = set()
        while len(ids) < 2:
            ids |= {future.result(SOON) for future in [pool.submit(worker_tasks.process_id) for _ in range(8)]}
        yield pool


def test_answers_come_back_to_their_jobs(shared_pool: WorkerPool) -> None:
    futures = [shared_pool.submit(worker_tasks.double, number) for number in range(200)]
    assert [future.result(SOON) for future in futures] == [number * 2 for number in range(200)]


@posix_only
def test_an_interrupt_does_not_reach_workers_that_start(shared_pool: WorkerPool) -> None:
    assert shared_pool.submit(worker_tasks.blocks_interrupts).result(SOON)


def test_an_error_of_the_job_is_raised_with_the_workers_trace(shared_pool: WorkerPool) -> None:
    with pytest.raises(ValueError, match="no good") as caught:
        shared_pool.submit(worker_tasks.fail, "no good").result(SOON)
    assert "In a worker process" in caught.value.__notes__[0]


def test_an_error_of_a_library_comes_as_its_words(shared_pool: WorkerPool) -> None:
    with pytest.raises(RuntimeError, match="cannot identify image file"):
        shared_pool.submit(worker_tasks.fail_like_a_library).result(SOON)


def test_a_result_that_cannot_travel_is_an_error(shared_pool: WorkerPool) -> None:
    with pytest.raises(RuntimeError, match="can't be sent"):
        shared_pool.submit(worker_tasks.unpicklable).result(SOON)


def test_a_job_that_cannot_travel_is_an_error(shared_pool: WorkerPool) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        shared_pool.submit(lambda: None).result(SOON)
    assert shared_pool.submit(worker_tasks.double, 1).result(SOON) == 2


def test_workers_are_polite_and_bare(shared_pool: WorkerPool) -> None:
    nice, threads, heavy, names = shared_pool.submit(worker_tasks.environment).result(SOON)
    assert set(threads.values()) == {"1"}
    assert heavy == []
    assert "akin-parent-watch" in names
    if sys.platform != "win32":
        assert nice >= 10


def test_decoders_messages_reach_nobody(shared_pool: WorkerPool, capfd: pytest.CaptureFixture[str]) -> None:
    shared_pool.submit(worker_tasks.shout, "horror" * 20_000).result(SOON)
    out, err = capfd.readouterr()
    assert "horror" not in out + err


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """A pool of its own for tests that kill workers."""
    with WorkerPool(2, LIMITS) as made:
        yield made


def test_a_crash_costs_the_file_and_nothing_else(pool: WorkerPool) -> None:
    bad = pool.submit(worker_tasks.crash)
    good = [pool.submit(worker_tasks.double, number) for number in range(20)]
    assert [future.result(SOON) for future in good] == [number * 2 for number in range(20)]
    with pytest.raises(WorkerCrashedError, match="decoder crash"):
        bad.result(SOON)


def test_a_decoder_that_exits_is_a_crash_too(pool: WorkerPool) -> None:
    with pytest.raises(WorkerCrashedError):
        pool.submit(worker_tasks.leave, 0).result(SOON)


def test_a_job_whose_worker_dies_once_is_tried_again(pool: WorkerPool, tmp_path: Path) -> None:
    first = pool.submit(worker_tasks.process_id).result(SOON)
    assert pool.submit(worker_tasks.crash_once, tmp_path / "marker").result(SOON) != first


@posix_only
@pytest.mark.parametrize("times", [1, 4])
def test_being_killed_from_outside_is_hardly_ever_the_files_fault(pool: WorkerPool, tmp_path: Path, times: int) -> None:
    assert pool.submit(worker_tasks.killed_times, tmp_path / "count", times).result(SOON) == "done"


@posix_only
def test_being_killed_again_and_again_is(pool: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(WorkerCrashedError):
        pool.submit(worker_tasks.killed_times, tmp_path / "count", 50).result(SOON)


@pytest.mark.parametrize("hang", [worker_tasks.hang, worker_tasks.hang_in_c])
def test_a_hang_ends_at_the_time_limit(pool: WorkerPool, hang: object) -> None:
    future = pool.schedule(hang, (), timeout=0.4)  # type: ignore[arg-type]
    with pytest.raises(WorkerHungError, match="took too long"):
        future.result(SOON)
    assert pool.submit(worker_tasks.double, 4).result(SOON) == 8


@posix_only
def test_a_suspended_worker_does_not_cost_the_file() -> None:
    """Also where its time is over before anybody wonders; the second time it has as long again, at any load."""
    with WorkerPool(2, dataclasses.replace(LIMITS, suspended_seconds=600.0)) as pool:
        victim = pool.submit(worker_tasks.process_id).result(SOON)
        os.kill(victim, signal.SIGSTOP)
        jobs = [pool.schedule(worker_tasks.double, (number,), timeout=4.0) for number in range(6)]
        assert [job.result(SOON) for job in jobs] == [0, 2, 4, 6, 8, 10]


@posix_only
def test_nobody_waits_a_whole_time_limit_for_a_suspended_worker(pool: WorkerPool) -> None:
    os.kill(pool.submit(worker_tasks.process_id).result(SOON), signal.SIGSTOP)
    assert pool.schedule(worker_tasks.double, (4,), timeout=600.0).result(SOON) == 8


SUSPENDED = """
import itertools
import threading
import time
from pathlib import Path
from fixtures import worker_tasks
from desktop_app.engine.workers import pool as pool_module, worker
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
charged = []
charge = worker.Job.charge
worker.Job.charge = lambda job, fault: (charged.append(fault.name), charge(job, fault))
if __name__ == "__main__":
    begun, back, end = Path("begun"), Path("back"), Path("end")
    clock, overstepped, looks = time.monotonic, worker.Worker.overstepped, itertools.count()
    def look(*words):
        found = overstepped(*words)
        if back.exists() and next(looks) == 2:
            end.touch()
        return found
    worker.Worker.overstepped = look
    time.monotonic = lambda: clock() + (3600 if back.exists() else 0)
    pool_module.BACK_SECONDS = 600  # however long a worker is not let run by others
    with WorkerPool(1, WorkerLimits(timeout=300, preload=())) as pool:
        first = pool.submit(worker_tasks.process_id).result(60)
        job = pool.submit(worker_tasks.{job}, begun, end)
        while not begun.exists():
            threading.Event().wait(0.01)
        print("begun", flush=True)
        print(job.result(60) == first, *charged)
"""


@posix_only
@pytest.mark.parametrize(("job", "said"), [("process_after", "True\n"), ("crash_after_absence", "False STOPPED\n")])
def test_a_program_that_was_suspended_itself_blames_no_file(tmp_path: Path, job: str, said: str) -> None:
    """As by Ctrl-Z: all stand still, an hour long by their clock, and go on together."""
    file = tmp_path / "suspended.py"
    file.write_text(SUSPENDED.format(job=job), "utf-8")
    root = Path(__file__).resolve().parents[4]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    words = [sys.executable, str(file)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True, cwd=tmp_path
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "begun\n"
        whole = psutil.Process(child.pid)
        family = [whole, *whole.children(recursive=True)]
        os.killpg(child.pid, signal.SIGSTOP)
        for each in family:
            wait_until_stopped(each)
        (tmp_path / "back").touch()
        os.killpg(child.pid, signal.SIGCONT)
        assert child.stdout.readline() == said


def wait_until_stopped(process: psutil.Process) -> None:
    """The system does what a signal says when it comes to it."""
    pause = threading.Event()
    while process.status() != psutil.STATUS_STOPPED:
        pause.wait(0.005)


def test_an_absence_is_noticed_wherever_the_pools_thread_stood(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where it was not waiting for its workers, but looking at them."""
    begun, end = tmp_path / "begun", tmp_path / "end"
    away, looks, charged = threading.Event(), itertools.count(), list[Fault]()
    clock, overstepped = time.monotonic, Worker.overstepped

    def standing_still(worker: Worker, now: float, limits: WorkerLimits) -> Fault | None:
        if begun.exists():
            found = overstepped(worker, now, limits)
            away.set()
            if next(looks) == 2:
                end.touch()
            return found
        return overstepped(worker, now, limits)

    monkeypatch.setattr(time, "monotonic", lambda: clock() + (3600 if away.is_set() else 0))
    monkeypatch.setattr(Worker, "overstepped", standing_still)
    monkeypatch.setattr(Job, "charge", lambda _job, fault: charged.append(fault))
    assert pool.schedule(worker_tasks.process_after, (begun, end), timeout=300.0).result(SOON)
    assert away.is_set() and charged == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a timer ends a worker whose parent may be gone")
def test_nothing_in_a_worker_goes_by_the_clock_on_the_wall(shared_pool: WorkerPool) -> None:
    """A timer would run out while all stand still; the second thread waits for the parent's end."""
    assert shared_pool.submit(worker_tasks.threads_of_the_system).result(SOON) == 2


@pytest.mark.parametrize(("runs", "fault"), [(0, Fault.STOPPED), (1, None)])
def test_who_is_seen_stopped_each_time_may_have_run_in_between(
    monkeypatch: pytest.MonkeyPatch, runs: int, fault: Fault | None
) -> None:
    looked = itertools.count()

    class Stopped:
        def __init__(self, _number: int) -> None:
            self.status = lambda: psutil.STATUS_STOPPED
            self.cpu_times = lambda: (1.0, 0.5, 0.0, 0.0)
            self.num_ctx_switches = lambda: (7 + runs * next(looked), 3)

    monkeypatch.setattr(psutil, "Process", Stopped)
    worker = Worker(SimpleNamespace(pid=1), SimpleNamespace())  # type: ignore[arg-type]
    begun = time.monotonic()
    seen = [worker.overstepped(begun + 1.0 + at * 0.2, WorkerLimits()) for at in range(20)]
    assert seen[-1] is fault and seen[5] is None


@posix_only
@pytest.mark.parametrize(("runs", "fault"), [(True, None), (False, Fault.STOPPED)])
def test_a_process_that_is_let_run_now_and_then_is_only_slow(runs: bool, fault: Fault | None) -> None:
    """As by programs that keep others to a share of the processor; it says itself that it has run."""
    echo = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", echo], stdin=pipe, stdout=pipe, text=True, bufsize=1) as child:
        assert child.stdin is not None and child.stdout is not None
        whole = psutil.Process(child.pid)
        worker = Worker(SimpleNamespace(pid=child.pid), SimpleNamespace())  # type: ignore[arg-type]
        begun = time.monotonic()
        seen: list[Fault | None] = []
        for at in range(20):
            if runs or at == 0:
                child.send_signal(signal.SIGCONT)
                child.stdin.write(f"{at}\n")
                assert child.stdout.readline() == f"{at}\n"
                child.send_signal(signal.SIGSTOP)
                wait_until_stopped(whole)
            seen.append(worker.overstepped(begun + 1.0 + at * 0.2, WorkerLimits()))
        child.kill()
    assert seen[-1] is fault and seen[5] is None


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_no_worker_can_have_more_memory_than_it_may() -> None:
    """Libraries and all: what it had before its limit was set counts, too."""
    with WorkerPool(1, WorkerLimits(memory=600_000_000)) as pool:
        assert 300_000_000 < pool.submit(worker_tasks.eat_all).result(SOON) <= 600_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_a_large_limit_of_stacks_takes_no_memory_of_jobs() -> None:
    """Each thread would have one: the worker's own, and those of decoders."""
    script = (
        "import resource\n"
        "from fixtures import worker_tasks\n"
        "from desktop_app.engine.workers.pool import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(1) as pool:\n"
        "        print(pool.submit(worker_tasks.gets_memory, 1200).result(30))\n"
        "        print(pool.submit(worker_tasks.runs_threads, 4).result(30))\n"
    )
    root = Path(__file__).resolve().parents[4]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    words = [sys.executable, "-c", script]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -S -s 524288 && exec "$@"', "sh", *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stdout == "True\n4\n", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_where_hardly_any_memory_may_be_had_no_file_is_blamed() -> None:
    with (
        WorkerPool(1, dataclasses.replace(LIMITS, memory=80_000_000)) as pool,
        pytest.raises(WorkersUnavailableError, match="could not be started"),
    ):
        pool.submit(worker_tasks.double, 1).result(SOON)


def test_a_file_that_wants_too_much_memory(pool: WorkerPool) -> None:
    with pytest.raises(WorkerMemoryError, match="more memory"):
        pool.submit(worker_tasks.eat, 600).result(SOON)
    assert pool.submit(worker_tasks.eat, 40).result(SOON) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_the_resident_memory_is_watched_where_the_address_space_is_not() -> None:
    limits = WorkerLimits(memory=200_000_000, address_space=False, preload=())
    with WorkerPool(1, limits) as pool, pytest.raises(WorkerMemoryError):
        pool.submit(worker_tasks.eat_unnoticed).result(SOON)


def test_urgent_jobs_go_first() -> None:
    order: list[int] = []
    with WorkerPool(1, LIMITS) as pool:
        futures = [pool.submit(worker_tasks.double, number) for number in range(300)]
        urgent = pool.schedule(worker_tasks.double, (1000,), urgent=True)
        for future in [*futures, urgent]:
            future.add_done_callback(lambda done: order.append(done.result()))
        wait_for([*futures, urgent], SOON)
    assert order.index(2000) < len(order) - 100


def test_a_worker_is_renewed_after_so_many_jobs() -> None:
    limits = WorkerLimits(max_tasks=5, preload=())
    with WorkerPool(1, limits) as pool:
        seen = {pool.submit(worker_tasks.process_id, number).result(SOON) for number in range(11)}
        assert len(seen) == 3


def test_idle_workers_leave_but_the_kept_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "WATCH_SECONDS", 0.05)
    with WorkerPool(2, dataclasses.replace(LIMITS, idle_seconds=0.2)) as pool:
        pool.warm(1)
        busy = [pool.submit(worker_tasks.process_id, number) for number in range(60)]
        ids = {future.result(SOON) for future in busy}
        end, pause = time.monotonic() + SOON, threading.Event()
        while sum(map(psutil.pid_exists, ids)) > 1 and time.monotonic() < end:
            pause.wait(0.05)
        assert sum(map(psutil.pid_exists, ids)) <= 1
        assert pool.submit(worker_tasks.double, 2).result(SOON) == 4


def test_closing_ends_everything_at_once() -> None:
    pool = WorkerPool(2, LIMITS)
    running = pool.submit(worker_tasks.hang)
    started = pool.submit(worker_tasks.process_id).result(SOON)
    waiting = [pool.submit(worker_tasks.hang) for _ in range(10)]
    pool.close()
    pool.close()
    for future in [running, *waiting]:
        with pytest.raises((PoolClosedError, CancelledError)):
            future.result(SOON)
    assert not psutil.pid_exists(started) or psutil.Process(started).status() == psutil.STATUS_ZOMBIE
    with pytest.raises(PoolClosedError):
        pool.submit(worker_tasks.double, 1)


def test_a_cancelled_job_is_not_run(tmp_path: Path) -> None:
    with WorkerPool(1, LIMITS) as pool:
        first = [pool.submit(worker_tasks.double, number) for number in range(50)]
        late = pool.submit(worker_tasks.killed_times, tmp_path / "count", 0)
        if late.cancel():
            wait_for(first, SOON)
            assert not (tmp_path / "count").exists()


@posix_only
def test_workers_killed_while_they_start_do_not_count_as_unable_to() -> None:
    others = set(psutil.Process().children())
    with WorkerPool(1, WorkerLimits(preload=())) as pool:
        future = pool.submit(worker_tasks.double, 21)
        killed = 0
        while killed < 6 and not future.done():
            for child in set(psutil.Process().children()) - others:
                with contextlib.suppress(psutil.Error):
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()
                        killed += 1
        assert future.result(SOON) == 42


def test_workers_that_cannot_start_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        WorkerPool(1, WorkerLimits(preload=("no_such_module_at_all",))) as pool,
        pytest.raises(WorkersUnavailableError, match="could not be started"),
    ):
        pool.submit(worker_tasks.double, 1).result(SOON)


PARENT = """
import sys
sys.path[:0] = {paths!r}
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits
from fixtures import worker_tasks
if __name__ == "__main__":
    pool = WorkerPool(2, WorkerLimits(preload=()))
    print(pool.submit(worker_tasks.process_id).result(), flush=True)
    pool.submit(worker_tasks.hang_in_c)
    sys.stdin.read()
"""


@posix_only
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    root = Path(pool_module.__file__).parents[3]
    script.write_text(PARENT.format(paths=[str(root), str(root / "tests")]))
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait(SOON)
    _, alive = psutil.wait_procs([worker], timeout=5.0)
    assert not alive or worker.status() == psutil.STATUS_ZOMBIE


def test_cores_are_counted() -> None:
    assert pool_module.usable_cores() >= 1
    pool = WorkerPool()
    assert pool.jobs == pool_module.usable_cores()
    assert pool.room > pool.jobs
    pool.close()


def test_an_error_that_does_not_travel_costs_only_its_job(shared_pool: WorkerPool) -> None:
    with pytest.raises(RuntimeError, match="1 and 2"):
        shared_pool.submit(worker_tasks.fail_demandingly).result(SOON)
    assert shared_pool.submit(worker_tasks.double, 2).result(SOON) == 4


def test_an_answer_that_makes_no_sense_costs_only_its_job() -> None:
    with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(WorkerCrashedError):
            pool.submit(worker_tasks.answer_nonsense).result(SOON)
        assert pool.submit(worker_tasks.double, 2).result(SOON) == 4


def test_an_answer_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "LONGEST", 4_000)
    with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(WorkerCrashedError):
            pool.submit(worker_tasks.double, "x" * 5_000).result(SOON)  # type: ignore[arg-type]
        assert pool.submit(worker_tasks.double, 2).result(SOON) == 4


@pytest.mark.parametrize("refusals", [1, 3])
def test_a_start_that_the_system_refuses(refusals: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of processes, memory or pipes: tried again, then said; later work is not lost."""
    monkeypatch.setattr(pool_module, "START_PAUSE", 0.05)
    left = [BlockingIOError(11, "Resource temporarily unavailable")] * refusals
    start = pool_module.Worker.start

    def refuse(context: SpawnContext, limits: WorkerLimits) -> pool_module.Worker:
        if left:
            raise left.pop()
        return start(context, limits)

    monkeypatch.setattr(pool_module.Worker, "start", refuse)
    with WorkerPool(1, LIMITS) as pool:
        first = pool.submit(worker_tasks.double, 1)
        if refusals == 1:
            assert first.result(SOON) == 2
        else:
            assert isinstance(first.exception(SOON), WorkersUnavailableError)
        assert pool.submit(worker_tasks.double, 2).result(SOON) == 4
