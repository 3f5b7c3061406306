"""The table of the benchmarks: what counts as met, and what is printed."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks import __main__ as bench
from benchmarks import figures
from benchmarks.figures import Benchmark, Figure


def test_a_figure_meets_its_targets_or_not() -> None:
    """Ratio, ceiling and floor all count; without a target there is no verdict."""
    assert Figure("a", 3.0, "ms", 2.0, most_ratio=1.5).met is True
    assert Figure("a", 3.1, "ms", 2.0, most_ratio=1.5).met is False
    assert Figure("a", 3.0, "ms", 2.0, most_ratio=1.5, most=2.5).met is False
    assert Figure("recall", 0.97, "", least=0.98).met is False
    assert Figure("a", 3.0, "ms").met is None
    assert Figure("a", 3.0, "ms", 2.0, most_ratio=1.5, most=9).target == "≤ 1.5 ×, ≤ 9 ms"


def test_table_and_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run prints each figure and writes them with the sizes it was given."""

    def run(sizes: figures.Sizes):
        assert sizes.workspace.is_dir()
        yield Figure("items", sizes.items, "", 50, "half", most_ratio=1.5)

    monkeypatch.setattr(bench, "load_all", lambda: {"toy": Benchmark("toy", "A toy.", run)})
    target = tmp_path / "out.json"
    assert bench.main(["toy", "--items", "100", "--json", str(target)]) == 0
    assert "2 ×" in (printed := capsys.readouterr().out) and "NOT MET" in printed and "to half" in printed
    (figure,) = json.loads(target.read_text("utf-8"))["figures"]
    assert figure["benchmark"] == "toy" and figure["ratio"] == 2.0 and figure["met"] is False
    assert bench.main(["unknown"]) == 2


def test_one_that_fails_does_not_keep_the_others_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code says that one failed; what the others measured is there, and what it did itself before."""

    def run_within(command: Sequence[str], limit: float) -> str:
        name, answer = command[3], Path(command[command.index("--json") + 1])
        assert command[command.index("--items") + 1] == "100" and limit == 7.0
        answer.write_text(json.dumps({"figures": [{"benchmark": name}]}), "utf-8")
        return "failed with code 9" if name == "bad" else ""

    toys = {name: Benchmark(name, "A toy.", lambda _sizes: iter(())) for name in ("bad", "good")}
    monkeypatch.setattr(bench, "load_all", lambda: toys)
    monkeypatch.setattr(bench, "run_within", run_within)
    target = tmp_path / "out.json"
    assert bench.main(["--items", "100", "--limit", "7", "--json", str(target)]) == 1
    assert [each["benchmark"] for each in json.loads(target.read_text("utf-8"))["figures"]] == ["bad", "good"]
    told = capsys.readouterr()
    assert "2 of 2, good" in told.out and "failed with code 9" in told.out and "bad" in told.err


def test_a_process_that_fails_or_takes_too_long_is_told_and_ended() -> None:
    """Each in a process of its own."""
    assert bench.run_within([sys.executable, "-c", "pass"], 60) == ""
    assert bench.run_within([sys.executable, "-c", "raise SystemExit(3)"], 60) == "failed with code 3"
    assert "limit" in bench.run_within([sys.executable, "-c", "import time; time.sleep(60)"], 0.2)


def test_every_benchmark_is_found_and_says_what_it_measures() -> None:
    """All modules of the folder can be imported and describe themselves."""
    for name, each in figures.load_all().items():
        assert name == each.name and len(each.summary) > 10
