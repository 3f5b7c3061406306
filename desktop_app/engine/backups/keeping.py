"""Which backups there are, which are kept, and when the next is due."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from desktop_app.domain.backups import Backup, Reason, proposed_first
from desktop_app.engine.backups.archive import Archive
from desktop_app.errors import UnreadableFileError

DAYS: Final = 7
WEEKS: Final = 4
OCCASIONS: Final = 3  # of those made before an update, a repair, a restore; besides all of the last ``DAYS``
ABANDONED: Final = 3600.0  # seconds that nothing was written to a half backup: nobody makes it any more
PREFIX: Final = "akin-"
ENDING: Final = ".zip"


def place_for(folder: Path, reason: Reason, now: float | None = None) -> Path:
    """A free name in the folder of backups: ``akin-20261120-073100-daily.zip``."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    path, number = folder / f"{PREFIX}{stamp}-{reason.value}{ENDING}", 1
    while path.exists():
        number += 1
        path = folder / f"{PREFIX}{stamp}-{number}-{reason.value}{ENDING}"
    return path


def backups_in(folder: Path) -> list[Backup]:
    """All backups in the folder, the newest first; what can't be read says why."""
    try:
        files = [path for path in folder.iterdir() if path.name.startswith(PREFIX) and path.suffix == ENDING]
    except OSError:
        return []
    found: list[Backup] = []
    for path in files:
        with suppress(FileNotFoundError):
            found.append(look_at(path))
    return sorted(found, key=lambda each: (-each.made_at, each.path.name))


def look_at(path: Path) -> Backup:
    """What a file says of itself; nothing but the manifest is read."""
    try:
        with Archive(path) as archive:
            return archive.described()
    except UnreadableFileError as error:
        status = path.stat()
        return Backup(path, status.st_mtime, _reason_of(path), status.st_size, faulty=str(error))


def latest_good(folder: Path) -> Backup | None:
    """The one to propose whose every byte is as it was written."""
    for backup in proposed_first(backups_in(folder)):
        if not backup.faulty:
            try:
                with Archive(backup.path) as archive:
                    archive.verify()
            except UnreadableFileError:
                continue
            return backup
    return None


def superfluous(backups: Iterable[Backup], now: float | None = None) -> list[Backup]:
    """Those that the rule lets go: of the daily ones all but the newest of each of the last 7 days and of the last 4
    weeks that have one; of those before an update, a repair or a restore all but those of the last 7 days and the last
    3: who tries out one backup after another needs the one from before the first. What a person asked for stays, and so
    does what can't be read. ``now``: seconds since the epoch."""
    lately = (time.time() if now is None else now) - DAYS * 86_400
    sound = sorted((each for each in backups if not each.faulty), key=lambda each: each.made_at, reverse=True)
    daily = [each for each in sound if each.reason is Reason.DAILY]
    days: dict[str, Backup] = {}
    weeks: dict[tuple[int, int], Backup] = {}
    for backup in daily:
        made = datetime.fromtimestamp(backup.made_at)
        days.setdefault(made.date().isoformat(), backup)
        weeks.setdefault(made.isocalendar()[:2], backup)
    kept = {each.path for each in [*list(days.values())[:DAYS], *list(weeks.values())[:WEEKS]]}
    gone = [each for each in daily if each.path not in kept]
    for reason in (Reason.MIGRATION, Reason.REPAIR, Reason.RESTORE):
        older = [each for each in sound if each.reason is reason][OCCASIONS:]
        gone += [each for each in older if each.made_at < lately]
    return gone


def tidy(folder: Path, keep: Path | None = None) -> list[Path]:
    """Remove what the rule lets go, but ``keep``, and what a kill left half written; returns what was a backup."""
    gone = [backup.path for backup in superfluous(backups_in(folder)) if backup.path != keep]
    for path in gone:
        path.unlink(missing_ok=True)
    for path in folder.glob(f".{PREFIX}*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()
    return gone


def is_due(folder: Path, now: float) -> bool:
    """Whether none was made today, by anybody."""
    today = datetime.fromtimestamp(now).date()
    return not any(
        not each.faulty
        and each.reason in (Reason.DAILY, Reason.ASKED)
        and datetime.fromtimestamp(each.made_at).date() == today  # one of a clock that was wrong doesn't end them
        for each in backups_in(folder)
    )


def _reason_of(path: Path) -> Reason:
    return next((reason for reason in Reason if path.stem.endswith(f"-{reason.value}")), Reason.ASKED)
