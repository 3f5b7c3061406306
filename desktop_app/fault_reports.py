"""Reports of faults, to read, copy and send. Kept in the library's logs; never with contents of files."""

import platform
import time
from pathlib import Path

import desktop_app
from desktop_app.paths import PRIVATE_FILE, PRIVATE_FOLDER

KEPT = 20
LONGEST = 200_000
"""Characters of one report; of a longer trace the end is what matters."""


def described(trace: str) -> str:
    """A trace with the versions of what it happened in; the user's folder is only ``~``."""
    home = str(Path.home())
    shown = trace[-LONGEST:]
    if len(home) > 1:
        shown = shown.replace(home, "~")
    when = time.strftime("%Y-%m-%d %H:%M:%S")
    head = f"Akin {desktop_app.__version__}, {platform.platform()}, Python {platform.python_version()}\n{when}\n\n"
    return head + shown.rstrip() + "\n"


def save(folder: Path, report: str) -> Path | None:
    """Write a report into the folder of the logs, where the last few are kept; None where that can't be."""
    name = time.strftime("fault-%Y%m%d-%H%M%S")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        target = folder / f"{name}.txt"
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{name}-{number}.txt"
        target.touch(mode=PRIVATE_FILE)
        target.write_text(report, "utf-8", "backslashreplace")
        for old in sorted(folder.glob("fault-*.txt"), key=lambda each: each.stat().st_mtime_ns)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return target
