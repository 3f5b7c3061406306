"""Run benchmarks by name and print their table.

    python3 installer/bootstrap.py bench [NAME…] [--full] [--items N] … [--json FILE]

Without names all run. Nothing is downloaded; all data is generated in a workspace that is removed at the end, or kept
and used again with ``--workspace``. Without ``--full`` the sizes are small enough for some minutes; each size can be
given by itself.
"""

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Benchmark, Figure, Sizes, load_all

SIZES = [field.name for field in dataclasses.fields(Sizes) if field.type is int]


def main(arguments: list[str] | None = None) -> int:
    """0 when all ran, whether their targets are met or not; 2 for an unknown name."""
    known = load_all()
    options = parsed(arguments)
    if options.list:
        for each in known.values():
            print(f"{each.name:<16} {each.summary}")
        return 0
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(f"There is no benchmark “{unknown[0]}”; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [known[name] for name in options.names] or list(known.values())
    with workspace(options.workspace) as folder:
        base = Sizes.full() if options.full else Sizes()
        given = {name: getattr(options, name) for name in SIZES if getattr(options, name) is not None}
        figures = list(measured(chosen, dataclasses.replace(base, workspace=folder, **given)))
    if options.json:
        Path(options.json).write_text(json.dumps(document(figures), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Names and sizes."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="only the names")
    parser.add_argument("--full", action="store_true", help="the sizes that the targets speak of")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--workspace", metavar="DIR", type=Path, help="keep what is generated here and use it again")
    for name in SIZES:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, type=int, metavar="N")
    return parser.parse_args(arguments)


@contextmanager
def workspace(kept: Path | None) -> Iterator[Path]:
    """The folder asked for, or one that goes away."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="akin-bench-") as folder:
            yield Path(folder)


def measured(chosen: list[Benchmark], sizes: Sizes) -> Iterator[tuple[str, Figure]]:
    """Each figure with its benchmark's name, printed as it comes."""
    print(f"{'figure':<64} {'value':>12} {'reference':>12} {'ratio':>8}  target", flush=True)
    for each in chosen:
        print(f"— {each.name}: {each.summary}", flush=True)
        for figure in each.run(sizes):
            print(line(figure), flush=True)
            yield each.name, figure


def line(figure: Figure) -> str:
    """One row of the table."""
    reference = amount(figure.reference, figure.unit) if figure.reference is not None else ""
    ratio = f"{figure.ratio:.3g} ×" if figure.ratio is not None else ""
    verdict = {True: "met", False: "NOT MET", None: ""}[figure.met]
    told = "; ".join(each for each in (figure.reference_name and f"to {figure.reference_name}", figure.note) if each)
    first = f"{figure.name:<64} {amount(figure.value, figure.unit):>12} {reference:>12} {ratio:>8}"
    return f"{first}  {figure.target} {verdict}".rstrip() + (f"  ({told})" if told else "")


def amount(value: float, unit: str) -> str:
    """With three digits that matter."""
    return f"{value:,.0f} {unit}".rstrip() if abs(value) >= 1000 else f"{value:.3g} {unit}".rstrip()


def document(figures: list[tuple[str, Figure]]) -> dict[str, object]:
    """For ``--json``: the machine and all figures."""
    machine = {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}
    return {"machine": machine, "figures": [{"benchmark": name, **figure.as_json()} for name, figure in figures]}


if __name__ == "__main__":
    sys.exit(main())
