"""What a benchmark answers with, and how benchmarks are found by name."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    ``reference`` is what the figure is held against, in the same unit, taken in the same run and alternating with it
    where that is possible. ``most_ratio`` and ``most`` are targets for figure ÷ reference and for the figure itself;
    ``least`` is one for figures of which more is better (recall, precision).
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    most_ratio: float | None = None
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Figure ÷ reference; None without one."""
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether every target is; None where there is none."""
        tests: list[bool] = []
        if self.most_ratio is not None and self.ratio is not None:
            tests.append(self.ratio <= self.most_ratio)
        if self.most is not None:
            tests.append(self.value <= self.most)
        if self.least is not None:
            tests.append(self.value >= self.least)
        return all(tests) if tests else None

    @property
    def target(self) -> str:
        """All targets in a few characters."""
        wanted = [
            f"≤ {self.most_ratio:g} ×" if self.most_ratio is not None else "",
            f"≤ {self.most:g} {self.unit}".rstrip() if self.most is not None else "",
            f"≥ {self.least:g} {self.unit}".rstrip() if self.least is not None else "",
        ]
        return ", ".join(each for each in wanted if each)

    def as_json(self) -> dict[str, Any]:
        """With what is computed from it."""
        return {**asdict(self), "ratio": self.ratio, "target": self.target, "met": self.met}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is generated. The defaults make a quick run of some minutes; ``full`` is what the targets speak of, but
    for the five rounds of two minutes of the window, which are asked for by name."""

    items: int = 100_000
    vectors: int = 200_000
    most_vectors: int = 500_000
    files: int = 20_000
    photos: int = 24
    tracks: int = 8
    rounds: int = 3
    seconds: int = 30  # of one round in which everything goes on at once
    workspace: Path = Path()

    @classmethod
    def full(cls) -> "Sizes":
        """A million items, five million vectors."""
        return cls(1_000_000, 1_000_000, 5_000_000, 100_000, 120, 24, 3, 60)


Run = Callable[[Sizes], Iterator[Figure]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named group of figures; ``run`` yields each as soon as it is known."""

    name: str
    summary: str
    run: Run


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(name: str) -> Callable[[Run], Run]:
    """Register a function under a name; the first line of its docstring is its summary."""

    def register(run: Run) -> Run:
        BENCHMARKS[name] = Benchmark(name, (run.__doc__ or name).strip().splitlines()[0], run)
        return run

    return register


def load_all() -> dict[str, Benchmark]:
    """Every benchmark of this folder, by name."""
    import benchmarks

    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name.startswith("bench_"):
            importlib.import_module(f"benchmarks.{module.name}")
    return dict(sorted(BENCHMARKS.items()))
