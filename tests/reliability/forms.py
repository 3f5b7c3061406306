"""How much of each row is done: a short form in the ordinary run, all with ``bootstrap.py test --long``."""

import os
from pathlib import Path

LONG = os.environ.get("AKIN_LONG") == "1"

SEED = int(os.environ.get("AKIN_SEED", "4"))
"""Where all that is random here begins."""


def rounds(short: int, long: int) -> int:
    """How often something is done in this run."""
    return long if LONG else short


def note(figure: str) -> None:
    """Keep a figure in the file that AKIN_FIGURES names, if it names one."""
    file = os.environ.get("AKIN_FIGURES")
    if file:
        with Path(file).open("a", encoding="utf-8") as lines:
            lines.write(figure + "\n")
