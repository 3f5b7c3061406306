"""Run benchmarks by name and print their table.

    python3 installer/bootstrap.py bench [NAME…] [--full] [--items N] … [--json FILE]

Without names all run, each in a process of its own: one that fails, or takes longer than ``--limit``, doesn't keep the
others from running. Nothing is downloaded; all data is generated in a workspace that is removed at the end, or kept and
used again with ``--workspace``. Without ``--full`` the sizes are small enough for some minutes; each size can be given
by itself.
"""

import argparse
import dataclasses
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Benchmark, Figure, Sizes, load_all

Entry = dict[str, Any]
"""A figure as ``--json`` writes it, with the name of its benchmark."""

HEAD = f"{'figure':<64} {'value':>12} {'reference':>12} {'ratio':>8}  target"
LIMIT_SECONDS = 1500
SIZES = [field.name for field in dataclasses.fields(Sizes) if field.type is int]


def main(arguments: list[str] | None = None) -> int:
    """0 when all ran, whether their targets are met or not; 1 when one failed or took too long; 2: an unknown name."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program says, before anything loads NumPy
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
    base = Sizes.full() if options.full else Sizes()
    given = {name: getattr(options, name) for name in SIZES if getattr(options, name) is not None}
    with workspace(options.workspace) as folder:
        sizes = dataclasses.replace(base, workspace=folder, **given)
        figures: list[Entry] = []
        failed: list[str] = []
        if len(chosen) == 1:
            running = measured(chosen[0], sizes, headed=not options.part)
        else:
            running = one_by_one(chosen, sizes, options.limit, failed)
        for entry in running:
            figures.append(entry)
            if options.json:  # each time: what was measured is kept, whatever comes
                written = json.dumps(document(figures), indent=1, ensure_ascii=False)
                Path(options.json).write_text(written + "\n", "utf-8")
    if failed:
        print(f"Not to the end: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """Names and sizes."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="only the names")
    parser.add_argument("--full", action="store_true", help="the sizes that the targets speak of")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument(
        "--limit", metavar="S", type=float, default=LIMIT_SECONDS, help=f"seconds for each at most ({LIMIT_SECONDS})"
    )
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--workspace", metavar="DIR", type=Path, help="keep what is generated here and use it again")
    for name in SIZES:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, type=int, metavar="N")
    return parser.parse_args(arguments)


@contextmanager
def workspace(kept: Path | None) -> Generator[Path]:
    """The folder asked for, or one that goes away."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="akin-bench-") as folder:
            yield Path(folder)


def measured(each: Benchmark, sizes: Sizes, *, headed: bool) -> Iterator[Entry]:
    """Each figure with its benchmark's name, printed as it comes."""
    if headed:
        print(f"{HEAD}\n— {each.name}: {each.summary}", flush=True)
    for figure in each.run(sizes):
        print(line(figure), flush=True)
        yield {"benchmark": each.name, **figure.as_json()}


def one_by_one(chosen: Sequence[Benchmark], sizes: Sizes, limit: float, failed: list[str]) -> Iterator[Entry]:
    """All figures, each benchmark's in a process of its own; adds to ``failed`` the names of those that did."""
    print(HEAD, flush=True)
    for number, each in enumerate(chosen, 1):
        print(f"— {number} of {len(chosen)}, {each.name}: {each.summary}", flush=True)
        began = time.monotonic()
        answer = sizes.workspace / f".figures-{each.name}.json"
        answer.unlink(missing_ok=True)
        sized = [part for name in SIZES for part in (f"--{name.replace('_', '-')}", str(getattr(sizes, name)))]
        command = [sys.executable, "-m", "benchmarks", each.name, "--part", "--json", str(answer)]
        fault = run_within([*command, "--workspace", str(sizes.workspace), *sized], limit)
        if answer.is_file():
            yield from json.loads(answer.read_text("utf-8"))["figures"]
            answer.unlink()
        if fault:
            failed.append(each.name)
        print(f"  {fault or 'done'} after {time.monotonic() - began:.0f} s", flush=True)


def run_within(command: Sequence[str], limit: float) -> str:
    """Empty when it ended well, else what happened. Nothing that it started is left where processes have groups."""
    process = subprocess.Popen(command, start_new_session=os.name == "posix")
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        return f"stopped, beyond the limit of {limit:.0f} s,"
    finally:
        if process.poll() is None:
            end_all(process)
            process.wait()
    return f"failed with code {code}" if code else ""


def end_all(process: "subprocess.Popen[bytes]") -> None:
    """End a process, with all that it started where that can be."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


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


def document(figures: Sequence[Entry]) -> dict[str, object]:
    """For ``--json``: the machine and all figures."""
    machine = {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}
    return {"machine": machine, "figures": list(figures)}


if __name__ == "__main__":
    sys.exit(main())
