"""Opening a profile: its folders, the catalogue, the thumbnails. Indexes are opened when they are first asked."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.notices import Notice, Tone
from desktop_app.engine.backups.keeping import backups_in
from desktop_app.engine.backups.making import back_up_before_update
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.media.thumbnails import ThumbnailCache
from desktop_app.errors import LibraryDamagedError, LibraryUnavailableError, StorageFullError, refused_by_system
from desktop_app.paths import Profile
from desktop_app.settings import Settings

if TYPE_CHECKING:
    from desktop_app.engine.index import IndexStore


@dataclass(frozen=True, slots=True)
class Parts:
    """What a library is made of."""

    catalog: Catalog
    store: "IndexStore"
    thumbnails: ThumbnailCache
    jobs: int | None
    notices: tuple[Notice, ...] = ()


def make_profile(profile: Profile) -> None:
    """Create the profile's folders, private to the user. Raises LibraryUnavailableError, StorageFullError."""
    try:
        profile.make()
    except OSError as error:
        if isinstance(full := refused_by_system(error), StorageFullError):
            raise full from error
        reason = (error.strerror or str(error)).lower()
        raise LibraryUnavailableError(f"The library's folder {profile.directory} can't be used: {reason}.") from error


def refuse_if_lost(profile: Profile) -> None:
    """Raises LibraryDamagedError where a library was whose catalogue is gone, and a backup holds items of it.

    An empty one in its place would look as if all had been lost, and its daily backups would outlive the good ones.
    """
    indexed = any(profile.index_dir.iterdir())
    if indexed and any(backup.items and not backup.faulty for backup in backups_in(profile.backup_dir)):
        raise LibraryDamagedError(f"The library is damaged: {profile.catalog_path} is gone. Backups of it are there.")


def open_parts(profile: Profile, settings: Settings, jobs: int | None) -> Parts:
    """Open everything, the catalogue first: it is the lock. Raises LibraryUnavailableError."""
    from desktop_app.engine.index import IndexStore

    make_profile(profile)
    catalog = Catalog.open(
        profile.catalog_path,
        keep=lambda older: back_up_before_update(older, profile),
        allow_new=lambda: refuse_if_lost(profile),
    )
    try:
        profile.make_private()  # the catalogue may be new
        store = IndexStore(profile.index_dir)
        thumbnails = ThumbnailCache(profile.thumbnail_dir, settings.thumbnail_cache_mb * 1024 * 1024)
    except BaseException:
        catalog.close()
        raise
    notices = () if catalog.lone_log is None else (_lost(profile, catalog.lone_log),)
    return Parts(catalog, store, thumbnails, jobs or settings.workers or os.cpu_count(), notices)


def _lost(profile: Profile, kept: Path) -> Notice:
    return Notice(
        f"The library was gone ({profile.catalog_path}), all but the log of its last changes, which is kept: {kept}. "
        "A new library was begun.",
        Tone.WARNING,
    )
