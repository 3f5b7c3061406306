"""Cycles are collected on the GUI thread, and what an indexing run holds does not hold the window."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app import gui_collector
from desktop_app.gui_collector import BULK, FULL_PAUSE, GuiCollector, is_in_front


class Node:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def at_window() -> list[bool]:
    """Whether the user is: the one value in it."""
    return [True]


@pytest.fixture
def collector(qapp: QApplication, at_window: list[bool]) -> Iterator[GuiCollector]:
    parent = QObject()
    made = GuiCollector(parent, lambda: at_window[0])
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


def test_cycles_among_the_bulk_go_when_nobody_is_at_the_window(
    collector: GuiCollector, generations: list[int], at_window: list[bool]
) -> None:
    held = some(2 * BULK)
    gone = weakref.ref(Node())
    for _ in range(3):
        collector.collect()
    assert gone() is not None
    at_window[0] = False
    collector.collect()
    assert gone() is None
    assert generations == [2]
    collector.collect()
    assert generations == [2], "once"
    assert held


def test_bulk_that_comes_while_nobody_is_there_waits_for_its_turn(
    collector: GuiCollector, generations: list[int], at_window: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of hours behind another program's window."""
    now = [100.0]

    def later() -> float:
        now[0] += 0.1
        return now[0]

    monkeypatch.setattr(gui_collector.time, "monotonic", later)
    at_window[0] = False
    held = []
    for _ in range(4):
        held.append(some(2 * BULK))
        collector.collect()
        collector.collect()
    assert generations == [2]
    now[0] += FULL_PAUSE
    collector.collect()
    assert generations == [2, 2]
    assert held


def test_who_has_the_keyboard_is_at_the_window(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(is_in_front)


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
