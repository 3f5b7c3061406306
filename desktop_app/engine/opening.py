"""Opening a profile: its folders, the catalogue, the indexes, the thumbnails."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop_app.domain.notices import Notice
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.media.thumbnails import ThumbnailCache
from desktop_app.errors import KnownError, LibraryUnavailableError
from desktop_app.paths import Profile
from desktop_app.settings import Settings

if TYPE_CHECKING:
    from desktop_app.engine.index import IndexStore

log = logging.getLogger(__name__)

PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Parts:
    """What a library is made of."""

    catalog: Catalog
    store: "IndexStore"
    thumbnails: ThumbnailCache
    jobs: int | None
    notices: tuple[Notice, ...] = ()


def make_profile(profile: Profile) -> None:
    """Create the profile's folders, private to the user. Raises LibraryUnavailableError."""
    fresh = not profile.directory.exists()
    try:
        profile.make()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LibraryUnavailableError(f"The library's folder {profile.directory} can't be used: {reason}.") from error
    if fresh:
        with suppress(OSError):
            profile.directory.chmod(PRIVATE)


def open_parts(profile: Profile, settings: Settings, jobs: int | None) -> Parts:
    """Open everything, the catalogue first: it is the lock. Raises LibraryUnavailableError."""
    from desktop_app.engine.index import IndexStore

    make_profile(profile)
    catalog = Catalog.open(profile.catalog_path)
    try:
        store = IndexStore(profile.index_dir)
        thumbnails = ThumbnailCache(profile.thumbnail_dir, settings.thumbnail_cache_mb * 1024 * 1024)
    except BaseException:
        catalog.close()
        raise
    return Parts(catalog, store, thumbnails, jobs or settings.workers or os.cpu_count())


def searched_spaces() -> list[SpaceSpec]:
    """The spaces that have an index."""
    from desktop_app.engine.descriptors.spaces import SPACES

    return [spec for spec in SPACES.values() if spec.metric is not Metric.NONE]


def reconcile_indexes(catalog: Catalog, store: "IndexStore") -> Iterator[Progress]:
    """Bring every index in line with the catalogue, in steps; saved where something had to change and there is room."""
    from desktop_app.engine.index import reconcile

    for spec in searched_spaces():
        index = store.open_space(spec)
        for step in reconcile(index, catalog, spec):
            yield Progress(Phase.SAVING, step.done, step.total)
    try:
        store.save_all(catalog.sequence)
    except KnownError:  # a cache: on a full disk the library still opens and answers
        log.warning("the indexes could not be saved; they are rebuilt at the next start", exc_info=True)
