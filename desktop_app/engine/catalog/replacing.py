"""Another file in the catalogue's place: exchanged so that a kill at any moment leaves one of the two there, whole.

Whoever calls any of this holds the library's lock.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

BESIDE = ".akin-restore-"


def set_aside(path: Path, backups: Path, why: str = "damaged") -> Path:
    """Move a catalogue and its log to ``backups`` under a dated name; returns where it went. Nothing is deleted."""
    backups.mkdir(parents=True, exist_ok=True)
    target = dated(backups, why)
    if log_of(path).exists():
        shutil.move(log_of(path), log_of(target))
    shutil.move(path, target)
    return target


def dated(folder: Path, why: str) -> Path:
    """A free name for a catalogue that is set aside."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target, number = folder / f"catalog-{why}-{stamp}.duckdb", 1
    while target.exists() or log_of(target).exists():
        number += 1
        target = folder / f"catalog-{why}-{stamp}-{number}.duckdb"
    return target


def log_of(path: Path) -> Path:
    """The write-ahead log beside a catalogue."""
    return path.with_name(path.name + ".wal")


def replaced_path(path: Path) -> Path:
    """Where the old catalogue lies until the new one has proved itself."""
    return path.with_name(path.name + ".replaced")


@contextmanager
def folder_beside(path: Path) -> Generator[Path]:
    """On the disk of the catalogue, to make another one in; empty again at the end."""
    with tempfile.TemporaryDirectory(prefix=BESIDE, dir=path.parent) as folder:
        yield Path(folder)


def exchange(path: Path, fresh: Path) -> None:
    """Put ``fresh``, which nobody has open, in the place of ``path``, which is kept until ``settle``."""
    old = replaced_path(path)
    if log_of(path).exists():
        log_of(path).replace(log_of(old))
    if path.exists():
        try:
            os.link(path, old)
        except OSError:  # a file system without second names: for a moment there is no catalogue
            path.replace(old)
    fresh.replace(path)


def take_back(path: Path) -> None:
    """The old catalogue comes back."""
    old = replaced_path(path)
    log_of(path).unlink(missing_ok=True)
    if old.exists():
        old.replace(path)
    if log_of(old).exists():
        log_of(old).replace(log_of(path))


def settle(path: Path, backups: Path, *, keep: bool) -> Path | None:
    """The new catalogue stays; the old one goes, or is set aside as damaged, and where that is is returned."""
    old = replaced_path(path)
    if not old.exists():
        return None
    if keep:
        return set_aside(old, backups)
    log_of(old).unlink(missing_ok=True)  # first: alone it would be given to the new catalogue
    old.unlink()
    return None


def complete(path: Path, backups: Path) -> None:
    """Before the catalogue is opened: end an exchange that was cut short, and remove what a kill left of a new one."""
    for left in path.parent.glob(f"{BESIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    old = replaced_path(path)
    if old.exists() and not path.exists():
        take_back(path)
    elif old.exists() and old.samefile(path):
        old.unlink()
    elif old.exists():
        set_aside(old, backups, "replaced")
    if log_of(old).exists() and not log_of(path).exists():
        with suppress(OSError):
            log_of(old).replace(log_of(path))
