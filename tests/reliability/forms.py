"""How much of each row is done: a short form in the ordinary run, all with ``bootstrap.py test --long``.

A long form can be done in parts: ``AKIN_LONG=0.25`` is a quarter of it, and another ``AKIN_SEED`` is another quarter.
"""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SHARE = float(os.environ.get("AKIN_LONG", "0"))
"""How much of the long form is done in this run; 0: the short form."""

LONG = SHARE > 0

SEED = int(os.environ.get("AKIN_SEED", "4"))
"""Where all that is random here begins."""


def rounds(short: int, long: int) -> int:
    """How often something is done in this run."""
    return max(short, math.ceil(long * SHARE)) if LONG else short


def part(of: Sequence[T]) -> Sequence[T]:
    """The share of a long list that this run does; all shares together are all of it."""
    parts = max(1, round(1 / SHARE))
    return of[SEED % parts :: parts]


def note(figure: str) -> None:
    """Keep a figure in the file that AKIN_FIGURES names, if it names one."""
    file = os.environ.get("AKIN_FIGURES")
    if file:
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.write(figure + "\n")
