"""Bringing a backup back: a new catalogue is made beside the present one, checked, and only then takes its place.

What was there before is backed up first, or, where it can't be read, set aside; nothing is lost. While the new one is
made the old one is untouched.
"""

import logging
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.domain.backups import Reason, Restored
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.spaces import DESCRIBED
from desktop_app.engine.backups.archive import Archive
from desktop_app.engine.backups.keeping import place_for, tidy
from desktop_app.engine.backups.making import OnProgress, back_up_before_update, make_backup, nobody
from desktop_app.errors import (
    KnownError,
    LibraryLockedError,
    LibraryUnavailableError,
    MemoryFullError,
    StorageFullError,
    UnreadableFileError,
    refused_by_system,
)
from desktop_app.files import sync_folder
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.catalog.connection import Database

log = logging.getLogger(__name__)
BATCH = 8_192


def restore(profile: Profile, source: Path, *, on_progress: OnProgress = nobody) -> Restored:
    """Replace the profile's catalogue by what a backup holds. Nobody may have the library open.

    Raises UnreadableFileError for a file that is no sound backup, LibraryLockedError, StorageFullError; the library is
    then as it was.
    """
    from desktop_app.engine.catalog import library_lock
    from desktop_app.engine.opening import make_profile

    make_profile(profile)
    with library_lock.held(profile.catalog_path):
        restored = _replaced(profile, source, on_progress)
    with suppress(OSError):
        tidy(profile.backup_dir, keep=source)
    return restored


def _replaced(profile: Profile, source: Path, on_progress: OnProgress) -> Restored:
    """``restore``, with the library's lock held from before the present one is opened until the new one stays."""
    from desktop_app.engine.catalog import replacing

    path = replacing.completed(profile.catalog_path, profile.backup_dir)
    with Archive(source) as archive:
        archive.verify()
        _check_version(archive)
        backup = archive.described()
        with _making_room(profile, "to restore the backup"), replacing.folder_beside(path) as folder:
            fresh = folder / path.name
            previous, readable = _make_beside(profile, path, archive, fresh, on_progress)
            was_damaged = not readable and path.exists()
            _clear(profile.index_dir)  # of a catalogue that numbers otherwise; before anybody opens the new one
            lone_log = replacing.set_log_aside(path, profile.backup_dir)
            aside = _put_in_place(profile, path, fresh, damaged=was_damaged)
        settings = _restore_settings(profile, archive)
    return Restored(backup, aside or previous or lone_log, was_damaged, without_settings=not settings)


def salvage(profile: Profile) -> Path:
    """Keep all but the last changes of a library whose log is damaged; returns where it is kept as it was.

    Raises LibraryDamagedError where that doesn't help, LibraryLockedError, StorageFullError; nothing is changed then.
    """
    from desktop_app.engine.catalog import library_lock, replacing, salvaging

    with library_lock.held(profile.catalog_path):
        path = replacing.completed(profile.catalog_path, profile.backup_dir)
        if not path.exists() or not replacing.log_of(path).exists():
            raise KnownError("The library has no log of changes that could be damaged.")
        with _making_room(profile, "to keep a copy of it as it is"), replacing.folder_beside(path) as folder:
            fresh = salvaging.without_damage(path, folder)
            _clear(profile.index_dir)  # they may hold what was cut off
            aside = _put_in_place(profile, path, fresh, damaged=True)
    assert aside is not None
    return aside


def start_anew(profile: Profile) -> Path | None:
    """Set a catalogue that can't be opened aside, so that the next start makes an empty one; returns where it is kept.

    Behind a link the empty one is made here: a link that leads to nothing would be taken for a drive that is away.
    Raises LibraryLockedError where it is in use, StorageFullError; it is as it was then.
    """
    from desktop_app.engine.catalog import library_lock, migrations, replacing
    from desktop_app.engine.catalog.connection import Database

    with library_lock.held(profile.catalog_path):
        path = replacing.completed(profile.catalog_path, profile.backup_dir)
        if not path.exists():
            _clear(profile.index_dir)  # of a library that is gone
            return replacing.set_log_aside(path, profile.backup_dir)
        if (present := _open_present(profile, path)) is not None:
            present.close()
        if path == profile.catalog_path:
            aside = replacing.set_aside(path, profile.backup_dir)
            _clear(profile.index_dir)
            return aside
        with _making_room(profile, "for an empty one"), replacing.folder_beside(path) as folder:
            fresh = folder / path.name
            migrations.create(fresh, Database)
            _clear(profile.index_dir)
            return _put_in_place(profile, path, fresh, damaged=True)


@contextmanager
def _making_room(profile: Profile, what: str) -> Generator[None]:
    """The system's refusals in sentences; ``what`` there is no room for."""
    try:
        yield
    except MemoryFullError:
        raise
    except (StorageFullError, OSError) as error:
        refused = refused_by_system(error) if isinstance(error, OSError) else error
        if isinstance(refused, StorageFullError):
            raise StorageFullError(
                f"The disk of the library is full ({profile.directory}): there is no room {what}. The library is as "
                "it was."
            ) from error
        raise refused or error from error


def _check_version(archive: Archive) -> None:
    from desktop_app.engine.catalog.migrations import steps

    manifest = archive.manifest
    if manifest.schema > steps()[-1][0]:
        raise UnreadableFileError(
            f"{archive.path.name} was made by a newer Akin ({manifest.program}). Update Akin to restore it."
        )
    if manifest.schema < 1 or "item" not in archive.tables:
        raise UnreadableFileError(f"{archive.path.name} is no backup of a library.")


def _open_present(profile: Profile, path: Path) -> "Database | None":
    """The catalogue that is there, in the present schema; None where there is none, or it can't be opened."""
    from desktop_app.engine.catalog.connection import Database
    from desktop_app.engine.catalog.migrations import open_current, steps

    if not path.exists():
        return None
    try:
        return open_current(path, lambda old: back_up_before_update(old, profile), lambda: Database(path), steps())
    except LibraryLockedError:
        raise
    except LibraryUnavailableError as error:
        log.warning("the library that is to be replaced can't be opened: %s", error)
        return None


def _make_beside(
    profile: Profile, path: Path, archive: Archive, fresh: Path, on_progress: OnProgress
) -> tuple[Path | None, bool]:
    """Make the new catalogue; returns the backup of the one at ``path``, and whether all of that could be read."""
    present = _open_present(profile, path)
    try:
        previous = None if present is None else _back_up_present(profile, present, on_progress)
        if present is not None and previous is not None:
            try:
                _make_catalog(archive, fresh, present, on_progress)
                return previous, True
            except LibraryUnavailableError as error:
                log.warning("what the present library has computed can't be read: %s", error)
                for left in fresh.parent.iterdir():
                    left.unlink()
        _make_catalog(archive, fresh, None, on_progress)
    finally:
        if present is not None:
            with suppress(LibraryUnavailableError):
                present.close()
    return previous, False


def _back_up_present(profile: Profile, present: "Database", on_progress: OnProgress) -> Path | None:
    target = place_for(profile.backup_dir, Reason.RESTORE)
    try:
        make_backup(present, target, reason=Reason.RESTORE, settings=profile.settings_path, on_progress=on_progress)
    except LibraryUnavailableError as error:
        log.warning("the library that is to be replaced can't be read: %s", error)
        return None
    return target


def _make_catalog(archive: Archive, fresh: Path, present: "Database | None", on_progress: OnProgress) -> None:
    from desktop_app.engine.catalog import copying, vectors
    from desktop_app.engine.catalog.edit_log import forget_trashed
    from desktop_app.engine.catalog.edits import put_meta
    from desktop_app.engine.catalog.migrations import migrate, steps

    schema = archive.manifest.schema
    total = sum(archive.rows(table) for table in archive.tables)
    done = 0

    def told(batches: Iterator[Any]) -> Iterator[Any]:
        nonlocal done
        for batch in batches:
            yield batch
            done += batch.num_rows
            on_progress(Progress(Phase.RESTORING, done, total))

    database = copying.create(fresh, schema)
    try:
        with database.writing():
            for table in archive.tables:
                copying.fill(database, table, told(archive.table(table, BATCH)))
        if newer := [step for step in steps() if step[0] > schema]:
            migrate(database, newer)
        forget_trashed(database)
        copying.check_numbers(database, archive.path)
        if present is not None:
            copying.carry_over(present, database)
        else:
            copying.skip_ids(database)
        copying.begin_anew(database, present)
        put_meta(database, DESCRIBED, "")  # what lacks vectors is looked for when folders are next indexed
        vectors.add_indexes(database)
        _check(database, archive)
        database.checkpoint()
    finally:
        database.close()


def _check(database: "Database", archive: Archive) -> None:
    """Whether the new catalogue has what the backup says it holds, and can be read. Raises UnreadableFileError."""
    from desktop_app.engine.catalog import checks, copying

    counts, expected = copying.counted(database), archive.manifest.counts
    differing = [name for name, count in counts.items() if name in expected and expected[name] != count]
    if differing:
        raise UnreadableFileError(
            f"{archive.path.name} does not hold what it says ({', '.join(differing)}). Nothing was changed."
        )
    if (fault := checks.readable(database)) is not None:
        raise StorageFullError(f"The restored library can't be read back: {fault} Nothing was changed.")


def _put_in_place(profile: Profile, path: Path, fresh: Path, *, damaged: bool) -> Path | None:
    """Exchange the catalogues, and see that the new one opens in its place; returns where a damaged one is kept."""
    from desktop_app.engine.catalog import replacing
    from desktop_app.engine.catalog.connection import Database

    replacing.exchange(path, fresh)
    try:
        Database(path).close()
    except LibraryLockedError:
        log.info("somebody has opened the restored library already")  # nothing may be taken away from under them
    except BaseException:
        replacing.take_back(path)
        raise
    sync_folder(path.parent)  # before the old one goes
    with suppress(OSError):
        profile.make_private()
    try:
        return replacing.settle(path, profile.backup_dir, keep=damaged)
    except OSError:  # the next opening moves it
        log.warning("the library that was replaced could not be moved", exc_info=True)
        return replacing.replaced_path(path) if damaged else None


def _restore_settings(profile: Profile, archive: Archive) -> bool:
    """Whether they are as in the backup, if it has any. The library is restored in any case."""
    from desktop_app.engine.catalog import replacing
    from desktop_app.settings import Settings

    content = archive.settings()
    if content is None:
        return True
    try:
        with replacing.folder_beside(profile.catalog_path) as folder:
            copy = folder / profile.settings_path.name
            copy.write_bytes(content)
            if not (notice := Settings.load(copy).notice):
                copy.replace(profile.settings_path)
                return True
            log.warning("the settings of the backup are left out: %s", notice)
    except OSError:
        log.warning("the settings of the backup could not be restored", exc_info=True)
    return False


def _clear(folder: Path) -> None:
    """Remove what is in a folder of caches."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
