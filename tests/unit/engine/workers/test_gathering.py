"""Results that are finished for several jobs at once, and what a bad one among them costs the others."""

import pytest
from fixtures import worker_tasks

from desktop_app.engine.workers.gathering import MOST_BYTES, MOST_JOBS, MOST_SECONDS, Unfinished, are_enough
from desktop_app.engine.workers.outcomes import WorkerCrashedError
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.engine.workers.process import WorkerLimits

LIMITS = WorkerLimits(preload=())
SOON = 60.0


def test_jobs_that_wait_are_finished_together() -> None:
    with WorkerPool(1, LIMITS) as pool:
        pool.submit(worker_tasks.double, 1).result(SOON)
        futures = [pool.schedule(worker_tasks.begin, (number,)) for number in range(100, 140)]
        results = [future.result(SOON) for future in futures]
    assert [number for number, _company in results] == list(range(100, 140))
    assert 1 < max(company for _number, company in results) <= MOST_JOBS


def test_one_alone_does_not_wait_for_company() -> None:
    with WorkerPool(1, LIMITS) as pool:
        assert pool.schedule(worker_tasks.begin, (1,)).result(SOON) == (1, 1)


@pytest.mark.parametrize("function", [worker_tasks.begin, worker_tasks.begin_or_crash])
def test_a_crash_costs_only_the_job_that_it_is_of(function: object) -> None:
    numbers = [*range(100, 110), worker_tasks.CRASHES, *range(110, 120)]
    with WorkerPool(1, LIMITS) as pool:
        pool.submit(worker_tasks.double, 1).result(SOON)
        futures = [pool.schedule(function, (number,)) for number in numbers]  # type: ignore[arg-type]
        for number, future in zip(numbers, futures, strict=True):
            if number == worker_tasks.CRASHES:
                assert isinstance(future.exception(SOON), WorkerCrashedError)
            else:
                assert future.result(SOON)[0] == number  # type: ignore[index]


@pytest.mark.parametrize("numbers", [(100, 101), (100, 102, 101), (100, 101, 103, 102, 105)])
def test_what_is_unfinished_does_not_wait_behind_the_last_job(numbers: tuple[int, ...]) -> None:
    """A file that could not be read is answered at once; those before it that lack their end are not forgotten."""
    with WorkerPool(1, LIMITS) as pool:
        pool.submit(worker_tasks.double, 1).result(SOON)
        for _ in range(20):  # what comes in together is a matter of moments
            futures = [pool.schedule(worker_tasks.begin_or_tell, (number,)) for number in numbers]
            assert [future.result(10.0)[0] for future in futures] == list(numbers)


def test_a_crash_behind_one_that_was_told_at_once_is_charged() -> None:
    numbers = (100, 101, worker_tasks.CRASHES, 102, 103)
    with WorkerPool(1, LIMITS) as pool:
        pool.submit(worker_tasks.double, 1).result(SOON)
        futures = [pool.schedule(worker_tasks.begin_or_tell, (number,)) for number in numbers]
        for number, future in zip(numbers, futures, strict=True):
            if number == worker_tasks.CRASHES:
                assert isinstance(future.exception(SOON), WorkerCrashedError)
            else:
                assert future.result(SOON)[0] == number


def test_an_error_costs_only_the_job_that_it_is_of() -> None:
    numbers = [*range(100, 104), worker_tasks.RAISES, *range(104, 108)]
    with WorkerPool(1, LIMITS) as pool:
        pool.submit(worker_tasks.double, 1).result(SOON)
        futures = [pool.schedule(worker_tasks.begin, (number,)) for number in numbers]
        for number, future in zip(numbers, futures, strict=True):
            if number == worker_tasks.RAISES:
                assert "can't be finished" in str(future.exception(SOON))
            else:
                assert future.result(SOON)[0] == number


def test_how_many_wait_is_bounded_by_number_memory_and_time() -> None:
    one = Unfinished(1, MOST_BYTES // 2, worker_tasks.finish_together)
    small = Unfinished(1, 1, worker_tasks.finish_together)
    assert not are_enough([one], 0.0)
    assert are_enough([one, one], 0.0)
    assert are_enough([small] * MOST_JOBS, 0.0)
    assert are_enough([small], MOST_SECONDS)
