"""The table of the benchmarks: what counts as met, and what is printed."""

import json
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


def test_every_benchmark_is_found_and_says_what_it_measures() -> None:
    """All modules of the folder can be imported and describe themselves."""
    for name, each in figures.load_all().items():
        assert name == each.name and len(each.summary) > 10
