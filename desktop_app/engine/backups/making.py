"""Making a backup: of one moment of the library, beside everything else, checked before it counts."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app import __version__
from desktop_app.domain.backups import Backup, Reason
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.backups.archive import SETTINGS, Archive, ArchiveWriter
from desktop_app.engine.backups.keeping import place_for, tidy
from desktop_app.errors import KnownError, StorageFullError, UnreadableFileError, is_full
from desktop_app.files import replacing
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.catalog.connection import Database

OnProgress = Callable[[Progress], None]


class StoppedError(KnownError):
    """Whoever asked for it no longer wants it."""


def nobody(_progress: Progress) -> None:
    """Nobody wants to know how far it is."""


def make_backup(
    database: "Database",
    target: Path,
    *,
    reason: Reason,
    settings: Path | None = None,
    full: bool = False,
    on_progress: OnProgress = nobody,
    stopped: Callable[[], bool] = lambda: False,
) -> Backup:
    """Write all that people made to ``target``, whole or not at all, and read it again before it gets its name.

    From any thread but one that is inside a transaction: what is read is of one moment, and nobody waits for it.
    Raises StorageFullError, StoppedError, KnownError for a place that can't be written, or where another file lies.
    """
    if not target.parent.is_dir():
        raise KnownError(f"There is no folder {target.parent}.")
    if target.is_dir():
        raise KnownError(f"{target} is a folder; name a file.")
    if target.exists() and not _is_backup(target):
        raise KnownError(f"There is another file at {target}, no backup of Akin: choose another name.")
    try:
        place = Path(os.path.realpath(target))
        with replacing(place, part=place.with_name(f".{place.name}.part"), private=True) as part:
            with part.open("wb") as file:
                writer = ArchiveWriter(file)
                try:
                    _write(database, writer, reason, settings, full, on_progress, stopped)
                finally:
                    writer.abandon()
                file.flush()
                os.fsync(file.fileno())  # before it is read again
            with Archive(part) as archive:
                archive.verify(_stopping(stopped))
    except OSError as error:
        raise _refused(error, target) from error
    with Archive(target) as archive:
        return archive.described()


def back_up_before_update(database: "Database", profile: Profile) -> Backup:
    """Of a library in an older format, before it is brought to the present one. Raises as ``make_backup``."""
    profile.backup_dir.mkdir(parents=True, exist_ok=True)
    target = place_for(profile.backup_dir, Reason.MIGRATION)
    backup = make_backup(database, target, reason=Reason.MIGRATION, settings=profile.settings_path)
    with suppress(OSError):
        tidy(profile.backup_dir)
    return backup


def _write(
    database: "Database",
    writer: ArchiveWriter,
    reason: Reason,
    settings: Path | None,
    full: bool,
    on_progress: OnProgress,
    stopped: Callable[[], bool],
) -> None:
    from desktop_app.engine.catalog import copying
    from desktop_app.engine.catalog.migrations import schema_version

    with database.snapshot():
        counts = copying.counted(database)
        tables = copying.tables_to_copy(database, full=full)
        total, done = sum(copying.row_count(database, table) for table in tables), 0

        def wrote(rows: int) -> None:
            nonlocal done
            done += rows
            if stopped():
                raise StoppedError("The backup was stopped; nothing was written.")
            on_progress(Progress(Phase.BACKING_UP, done, total))

        for table in tables:
            writer.add_table(table, copying.read_table(database, table), wrote)
        schema = schema_version(database)
    if settings is not None:
        with suppress(OSError):
            writer.add_bytes(SETTINGS, settings.read_bytes())
    writer.finish(reason=reason, program=__version__, schema=schema, full=full, counts=counts)


def _is_backup(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with Archive(path):
            return True
    except UnreadableFileError:
        return False


def _stopping(stopped: Callable[[], bool]) -> Callable[[int], None]:
    def step(_bytes: int) -> None:
        if stopped():
            raise StoppedError("The backup was stopped; nothing was written.")

    return step


def _refused(error: OSError, target: Path) -> KnownError:
    if is_full(error):
        return StorageFullError(
            f"The disk is full: the backup {target} could not be written. Make room, or choose another place; "
            "nothing in the library is lost."
        )
    return KnownError(f"The backup {target} can't be written: {(error.strerror or str(error)).lower()}.")
