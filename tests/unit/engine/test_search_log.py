"""How long searches took, and what is said of slow ones."""

import json
from pathlib import Path

import pytest

from desktop_app.domain.health import Durations, IndexHealth
from desktop_app.engine.search_advice import search_advice
from desktop_app.engine.search_log import KEPT, SearchLog


def test_percentiles_of_searches_and_stages_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "searches.json"
    log = SearchLog(path)
    assert log.durations() == Durations() and log.stages() == {}
    for number in range(100):
        log.add(number / 1000, {"rows": 0.002, "read": 0.001}, {"look": number / 2000})
    log.save()
    again = SearchLog(path)
    assert again.durations() == Durations(100, 49.5, 94.05, 98.01)
    assert list(again.stages()) == ["read", "search look", "rows"]
    assert again.stages()["search look"].p50_ms == pytest.approx(24.75)
    assert again.stages()["rows"] == Durations(100, 2.0, 2.0, 2.0)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    log = SearchLog(tmp_path / "searches.json")
    for _ in range(KEPT):
        log.add(1.0)
    for _ in range(KEPT):
        log.add(0.01)
    assert log.durations() == Durations(KEPT, 10.0, 10.0, 10.0)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"searches": 3}', '{"searches": [{"total": "x"}]}', '{"milliseconds": [null]}', "null"]
)
def test_a_damaged_file_starts_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "searches.json"
    path.write_text(text, "utf-8")
    log = SearchLog(path)
    assert log.durations().count == 0
    log.add(0.5)
    log.save()
    assert SearchLog(path).durations().p50_ms == 500.0


def test_the_file_of_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "searches.json"
    path.write_text(json.dumps({"milliseconds": [1.0, 3.0]}), "utf-8")
    assert SearchLog(path).durations().p50_ms == 2.0


def index(space: str = "look", **about: object) -> IndexHealth:
    given: dict[str, object] = {"kind": "exact fp16", "count": 1_000_000, "lists": 0, "probes": 0, "building": False}
    given |= about
    fixed = {"bytes": 1, "segments": 1, "recall": 1.0, "recall_queries": 0, "latency_ms": 1.0, "damage": None}
    return IndexHealth(space=space, **fixed, **given)  # type: ignore[arg-type]


def times(middle: float, high: float | None = None, count: int = 100) -> Durations:
    return Durations(count, middle, high or middle, high or middle)


def test_quick_or_few_searches_need_no_advice() -> None:
    assert search_advice(Durations(), {}) == ()
    assert search_advice(times(20.0), {"filter": times(19.0)}) == ()
    assert search_advice(times(5000.0, count=3), {"filter": times(4000.0)}) == ()


def test_uneven_searches() -> None:
    (told,) = search_advice(times(20.0, 900.0), {})
    assert "one in twenty takes 900 ms" in told


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("wait", "Waiting"),
        ("words", "model"),
        ("read", "disk"),
        ("describe", "add its folder"),
        ("filter", "“camera:”"),
        ("rank", "exactly"),
        ("rows", "hits"),
    ],
)
def test_the_slowest_stage_is_named_with_what_helps(stage: str, word: str) -> None:
    stages = {**dict.fromkeys(("read", "filter", "search", "rank", "rows"), times(5.0)), stage: times(300.0)}
    (told,) = search_advice(times(340.0), stages)
    assert word in told and "most of the time, 300 of 340 ms" in told


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ((), "builds it anew"),
        ((index(building=True),), "is being made in the background"),
        ((index(),), "scanned exactly, 1,000,000 vectors: “akin doctor --repair”"),
        ((index(count=1000),), "busy with something else"),
        ((index(lists=4096, probes=32),), "32 of 4096 lists"),
    ],
)
def test_a_slow_index_is_named(health: tuple[IndexHealth, ...], said: str) -> None:
    stages = {"search": times(300.0), "search colour": times(20.0), "search look": times(280.0), "rows": times(9.0)}
    (told,) = search_advice(times(320.0), stages, health)
    assert "“look” takes 280 ms" in told and said in told


def test_where_no_stage_is_most_of_it() -> None:
    (told,) = search_advice(times(400.0), {"filter": times(150.0), "rows": times(140.0)})
    assert told.startswith("Filtering takes more of the time than anything else, 150 of 400 ms")
    assert "akin doctor" in search_advice(times(400.0), {})[0]
