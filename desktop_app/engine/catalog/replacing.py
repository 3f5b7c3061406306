"""Another file in the catalogue's place: exchanged so that a kill at any moment leaves one of the two there, whole.

Whoever calls any of this holds the library's lock.
"""

import errno
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from desktop_app.errors import LibraryUnavailableError
from desktop_app.files import sync_folder
from desktop_app.paths import PRIVATE_FILE, SET_ASIDE

log = logging.getLogger(__name__)
BESIDE = ".akin-restore-"
PIECE = 16_000_000
"""Bytes that are copied to another disk at once."""
ROOM_LEFT = 64_000_000
"""Bytes that such a copy leaves free there."""

Why = Literal["damaged", "replaced", "lost"]


def _never() -> bool:
    return False


def set_aside(path: Path, backups: Path, why: Why = "damaged", stopped: Callable[[], bool] | None = _never) -> Path:
    """Take a catalogue and its log away under a dated name, in ``backups`` where these can be written; returns where it
    is. Nothing is deleted. To another disk it is copied unless ``stopped`` is None.

    It gets its name where it lies, the log first: while the catalogue has none, ``complete`` gives the log back, and
    from then on it moves the two to ``backups`` under that name. So a kill at any moment leaves them together.
    """
    kept = _dated(path.parent, backups, why)
    if log_of(path).exists():
        log_of(path).replace(log_of(kept))
    path.replace(kept)
    return _moved(kept, backups, stopped)


def _dated(folder: Path, backups: Path, why: Why) -> Path:
    stamp, number = time.strftime("%Y%m%d-%H%M%S"), 1
    name = f"catalog-{why}-{stamp}.duckdb"
    while any(place.exists() for each in (folder, backups) for place in (each / name, log_of(each / name))):
        number += 1
        name = f"catalog-{why}-{stamp}-{number}.duckdb"
    return folder / name


def _moved(kept: Path, backups: Path, stopped: Callable[[], bool] | None = None) -> Path:
    """Where a catalogue that was set aside is now: it stays where it is while ``backups`` can't take it.

    To another disk it goes only with ``stopped``, which is asked while it is copied.
    """
    target = backups / kept.name
    moves = [(each, to) for each, to in ((log_of(kept), log_of(target)), (kept, target)) if each.exists()]
    try:
        backups.mkdir(parents=True, exist_ok=True)
        try:
            for each, to in moves:
                each.replace(to)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            if not _moved_to_other_disk(moves, backups, stopped):
                return kept
    except OSError:
        log.warning("%s could not be moved to the backups; it is tried again at the next start", kept, exc_info=True)
        return kept
    return target


def _moved_to_other_disk(moves: list[tuple[Path, Path]], backups: Path, stopped: Callable[[], bool] | None) -> bool:
    """All are there, whole, before the first one goes here. What was copied before a kill is copied once more."""
    if not all(to.exists() and to.stat().st_size == each.stat().st_size for each, to in moves):
        if stopped is None:
            return False
        parts = [to.with_name(f".akin-{to.name}.part") for _each, to in moves]
        _remove(parts)  # of a kill; they would take the room
        wanted, free = sum(each.stat().st_size for each, _to in moves), shutil.disk_usage(backups).free
        if wanted + ROOM_LEFT > free:
            log.warning("%s stays there: %d bytes, and %d are free in %s", moves[-1][0], wanted, free, backups)
            return False
        try:
            whole = all(_copied(each, part, stopped) for (each, _to), part in zip(moves, parts, strict=True))
        except OSError:
            _remove(parts)
            raise
        if not whole:
            _remove(parts)
            return False
        for part, (_each, to) in zip(parts, moves, strict=True):
            part.replace(to)
    sync_folder(backups)
    for each, _to in moves:
        each.unlink()
    return True


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _copied(source: Path, target: Path, stopped: Callable[[], bool]) -> bool:
    """Whether all of it is on the disk; False where it was stopped."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with source.open("rb") as original, os.fdopen(handle, "wb") as file:
        while piece := original.read(PIECE):
            if stopped():
                return False
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())  # of each, so that nobody who stops it waits for the whole
    shutil.copystat(source, target)
    return True


def bring_to_backups(path: Path, backups: Path, stopped: Callable[[], bool]) -> None:
    """Copy what was set aside to ``backups`` on another disk, as far as there is room; it may take minutes."""
    for kept in _set_aside_beside(path):
        if not stopped():
            _moved(kept, backups, stopped)


def _set_aside_beside(path: Path) -> list[Path]:
    names = sorted(each.name for each in path.parent.iterdir() if SET_ASIDE.fullmatch(each.name))
    return [path.with_name(name) for name in names if not name.endswith(".wal")]


def _complete_setting_aside(path: Path, backups: Path) -> None:
    """End what a kill cut short: a log whose catalogue has no dated name yet belongs to the one that was to get it.

    Nothing is copied here: everybody who opens the library would wait for that.
    """
    names = {each.name for each in path.parent.iterdir() if SET_ASIDE.fullmatch(each.name)}
    for kept in _set_aside_beside(path):
        _moved(kept, backups)
    for lone in (path.with_name(name) for name in sorted(names) if name.endswith(".wal") and name[:-4] not in names):
        owner = replaced_path(path) if replaced_path(path).exists() else path
        if not log_of(owner).exists():
            lone.replace(log_of(owner))


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
        return set_aside(old, backups, stopped=None)  # to another disk it is copied beside everything else
    log_of(old).unlink(missing_ok=True)  # first: alone it would be given to the new catalogue
    old.unlink()
    return None


def behind_links(path: Path) -> Path:
    """Where a catalogue lies, which may be on another disk; what gives way to another, and its log, are there, too."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def completed(path: Path, backups: Path) -> Path:
    """Where the catalogue lies, behind links, with what was cut short brought to its end.

    Raises LibraryUnavailableError where a link leads to nothing, OSError.
    """
    place = behind_links(path)
    if place.parent.is_dir():
        complete(place, backups)
    if place != path and not place.exists():
        raise LibraryUnavailableError(
            f"The library can't be opened: {path} leads to {place}, which is not there. Plug in its drive and try "
            f"again. If it is lost for good, remove the link {path} yourself; then a backup can be restored."
        )
    return place


def set_log_aside(path: Path, backups: Path) -> Path | None:
    """Of a catalogue that is gone: the log, which no other catalogue must take for its own, goes to ``backups``.

    Returns where it is, None where there is none or its catalogue is there. Raises OSError.
    """
    if path.exists() or not log_of(path).exists():
        return None
    backups.mkdir(parents=True, exist_ok=True)
    kept = log_of(_dated(path.parent, backups, "lost"))
    log.warning("%s is gone; the log of its last changes is kept: %s", path, backups / kept.name)
    shutil.move(log_of(path), backups / kept.name)
    return backups / kept.name


def complete(path: Path, backups: Path) -> None:
    """Before the catalogue is opened: end an exchange that was cut short, and remove what a kill left of a new one.

    Raises OSError where its log can't be brought to it, which must not be opened without its last changes.
    """
    for left in path.parent.glob(f"{BESIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    _complete_setting_aside(path, backups)
    old = replaced_path(path)
    if old.exists() and not path.exists():
        take_back(path)
    elif old.exists() and old.samefile(path):
        old.unlink()
    elif old.exists():
        set_aside(old, backups, "replaced", stopped=None)
    if log_of(old).exists() and not log_of(path).exists():
        log_of(old).replace(log_of(path))
