"""What is told of a run's time and size: nothing before it means something, then steadily."""

from itertools import pairwise

import pytest

from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.indexing import pace as pace_module
from desktop_app.engine.indexing.pace import Pace


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace_module, "time", made)
    return made


def _read(pace: Pace, clock: Clock, files: int, each: float) -> list[Progress]:
    """Files that take ``each`` seconds, and what is told after every one."""
    told: list[Progress] = []
    for _ in range(files):
        clock.now += each
        pace.advance()
        told.append(pace.progress())
    return told


def test_no_time_is_told_while_workers_start(clock: Clock) -> None:
    """Thirteen files after twenty seconds of starting are no reason to say that two thousand take an hour."""
    pace = Pace()
    pace.enter(Phase.READING, 2_000)
    for _ in range(200):
        clock.now += 0.1
        assert pace.progress().seconds_left is None
    assert all(told.seconds_left is None for told in _read(pace, clock, 13, 0.1))
    left = _read(pace, clock, 40, 0.1)[-1].seconds_left
    assert left == pytest.approx(195, rel=0.05)


def test_files_that_take_long_get_an_estimate_too(clock: Clock) -> None:
    pace = Pace()
    pace.enter(Phase.READING, 100)
    pace.progress()
    told = [each.seconds_left for each in _read(pace, clock, 5, 8.0)]
    assert told[:2] == [None, None]
    assert told[-1] == pytest.approx(95 * 8, rel=0.05)


def test_the_time_left_falls_steadily_though_the_files_differ(clock: Clock) -> None:
    pace = Pace()
    pace.enter(Phase.READING, 600)
    lefts: list[float] = []
    for batch in range(30):  # quick and slow ones in turns, a tenth of a second on average
        lefts += [left for told in _read(pace, clock, 10, 0.05 if batch % 2 else 0.15) if (left := told.seconds_left)]
    assert len(lefts) > 200
    assert max(abs(after - before) for before, after in pairwise(lefts)) < 3.0
    assert lefts[-1] == pytest.approx(30, rel=0.25)


def test_a_pause_makes_no_run_seem_slow(clock: Clock) -> None:
    pace = Pace()
    pace.enter(Phase.READING, 1_000)
    pace.progress()
    _read(pace, clock, 100, 0.1)
    pace.progress(Phase.PAUSED)
    clock.now += 600
    pace.progress(Phase.PAUSED)
    told = [left for each in _read(pace, clock, 60, 0.1) if (left := each.seconds_left) is not None]
    assert told
    assert max(told) < 100


def test_what_is_read_in_two_goes_is_counted_through(clock: Clock) -> None:
    """First those that are surely no copies, then those that may be: one count, one total."""
    pace = Pace()
    pace.enter(Phase.READING, 20 + 86)
    _read(pace, clock, 20, 0.1)
    pace.enter(Phase.SCANNING, 86)
    pace.enter(Phase.READING, 86)
    told = _read(pace, clock, 86, 0.1)
    assert {each.total for each in told} == {106}
    assert [each.done for each in told] == list(range(21, 107))


def test_what_is_read_again_is_not_counted_twice(clock: Clock) -> None:
    pace = Pace()
    pace.enter(Phase.READING, 10)
    _read(pace, clock, 10, 0.1)
    pace.advance(-3)
    pace.enter(Phase.READING, 3)
    last = _read(pace, clock, 3, 0.1)[-1]
    assert (last.done, last.total) == (10, 10)
