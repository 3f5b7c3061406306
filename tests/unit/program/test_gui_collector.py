"""Cycles are collected on the GUI thread, and what an indexing run holds does not hold the window."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from desktop_app import app
from desktop_app.app import BULK, GuiCollector


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
    collector.end_run()
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

    monkeypatch.setattr(app.time, "monotonic", later)
    monkeypatch.setattr(gc, "get_count", lambda: (1000, 1000, 1000))
    collector.collect()
    collector.collect()
    assert generations == [2, 1]
    now[0] += 1000
    collector.collect()
    assert generations == [2, 1, 2]
