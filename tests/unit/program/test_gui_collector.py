"""Cycles are collected on the GUI thread, and what an indexing run holds does not hold the window."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from desktop_app import gui_collector
from desktop_app.domain.progress import Phase, Progress
from desktop_app.gui_collector import BULK, LONGEST_ASIDE, GuiCollector


class Node:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[GuiCollector]:
    parent = QObject()
    made = GuiCollector(parent)
    yield made
    made.close()


@pytest.fixture
def generations(collector: GuiCollector) -> Iterator[list[int]]:
    """Which generations were collected since."""
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def some(count: int) -> list[list[object]]:
    return [[] for _ in range(count)]


def test_a_cycle_is_collected(collector: GuiCollector) -> None:
    gone = weakref.ref(Node())
    held = some(2 * gc.get_threshold()[0])
    collector.collect()
    assert gone() is None
    assert held


def test_bulk_is_not_gone_through_while_a_run_holds_it(collector: GuiCollector, generations: list[int]) -> None:
    held = some(2 * BULK)
    collector.collect()
    assert generations == []
    held += some(2 * gc.get_threshold()[0])
    collector.collect()
    assert generations == [0]
    assert held


def test_many_small_ticks_become_bulk_too(collector: GuiCollector) -> None:
    held = []
    before = gc.get_freeze_count()
    for _ in range(9):  # a tenth would have the middle generation collected
        held += some(BULK // 8)
        collector.collect()
    assert gc.get_freeze_count() - before > BULK


def test_what_stays_is_counted_once(collector: GuiCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle, a few objects more than before are no bulk, however often they are looked at."""
    monkeypatch.setattr(gc, "get_count", lambda: (gc.get_threshold()[0], 0, 0))
    before = gc.get_freeze_count()
    for _ in range(BULK // gc.get_threshold()[0] + 2):
        collector.collect()
    assert gc.get_freeze_count() <= before


def test_cycles_among_the_bulk_go_after_the_run(collector: GuiCollector, generations: list[int]) -> None:
    held = some(2 * BULK)
    gone = weakref.ref(Node())
    collector.collect()
    assert gone() is not None
    held.clear()
    collector.note_progress(Progress(Phase.IDLE))
    collector.collect()
    assert gone() is None
    assert generations == [2]
    collector.collect()
    assert generations == [2], "once"


def test_full_collections_keep_their_distance(
    collector: GuiCollector, generations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]

    def later() -> float:
        now[0] += 0.1  # so each of them takes a tenth of a second
        return now[0]

    monkeypatch.setattr(gui_collector.time, "monotonic", later)
    monkeypatch.setattr(gc, "get_count", lambda: (1000, 1000, 1000))
    collector.collect()
    collector.collect()
    assert generations == [2, 1]
    now[0] += 1000
    collector.collect()
    assert generations == [2, 1, 2]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: the one number in it."""
    now = [100.0]
    monkeypatch.setattr(gui_collector.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("ended", [False, True])
def test_bulk_of_no_run_is_let_go_after_a_while(collector: GuiCollector, clock: list[float], *, ended: bool) -> None:
    """Nothing tells its end; a run that was over before the look that set it aside told it too early."""
    if ended:
        collector.note_progress(Progress(Phase.READING))
        collector.note_progress(Progress(Phase.IDLE))
    gone = weakref.ref(Node())
    held = some(2 * BULK)
    collector.collect()
    clock[0] += LONGEST_ASIDE - 1
    collector.collect()
    assert gone() is not None
    clock[0] += 1
    collector.collect()
    assert gone() is None
    assert held


@pytest.mark.parametrize("noticed_first", [True, False])
def test_bulk_stays_aside_while_a_run_is_paused(
    collector: GuiCollector, generations: list[int], clock: list[float], *, noticed_first: bool
) -> None:
    """A pause is told of once, however long it is, and the run holds its work list all the while."""
    held = some(2 * BULK)
    if noticed_first:
        collector.collect()
    collector.note_progress(Progress(Phase.PAUSED))
    collector.collect()
    clock[0] += 100 * LONGEST_ASIDE
    collector.collect()
    assert generations == []
    collector.note_progress(Progress(Phase.READING))
    clock[0] += LONGEST_ASIDE
    collector.collect()
    assert generations == [2]
    assert held


def test_bulk_stays_aside_while_a_run_goes_on(
    collector: GuiCollector, generations: list[int], clock: list[float]
) -> None:
    """However long that is."""
    held = some(2 * BULK)
    collector.collect()
    for _ in range(5):
        clock[0] += LONGEST_ASIDE - 1
        collector.note_progress(Progress(Phase.READING))
        collector.collect()
    assert generations == []
    collector.note_progress(Progress(Phase.IDLE))
    collector.collect()
    assert generations == [2]
    assert held
