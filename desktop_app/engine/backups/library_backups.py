"""The backups of an open library: made when asked, and by themselves once a day, beside everything else."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.backups import Backup, Reason
from desktop_app.domain.notices import Notice, Tone
from desktop_app.engine.backups.keeping import backups_in, is_due, place_for, tidy
from desktop_app.engine.backups.making import OnProgress, StoppedError, make_backup, nobody
from desktop_app.engine.catalog.replacing import behind_links, bring_to_backups
from desktop_app.errors import KnownError, LibraryDamagedError
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog

log = logging.getLogger(__name__)

LOOK_SECONDS = 1800.0
"""So often a library that stays open looks whether a day has passed."""
AGAIN_SECONDS = 4 * 3600.0
"""After a backup that failed."""


def _nobody_listens(_notice: Notice) -> None:
    """The log has it."""


class LibraryBackups:
    """Made from any thread. ``start`` begins the daily ones, ``close`` ends what goes on."""

    def __init__(self, profile: Profile, catalog: "Catalog") -> None:
        self._profile = profile
        self._catalog = catalog
        self._ended = threading.Event()
        self._making = threading.Lock()
        self._bringing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self.on_notice: Callable[[Notice], object] = _nobody_listens

    def listing(self) -> list[Backup]:
        """Those in the profile, the newest first."""
        return backups_in(self._profile.backup_dir)

    def make(
        self,
        target: Path | None = None,
        *,
        reason: Reason = Reason.ASKED,
        full: bool = False,
        on_progress: OnProgress = nobody,
    ) -> Backup:
        """Back up to a file, None for one in the profile. Raises KnownError."""
        place = target or place_for(self._profile.backup_dir, reason)
        return self._make(place, reason, full=full, on_progress=on_progress)

    def start(self) -> None:
        """Make one a day from now on, on a thread of its own; failures are told to ``on_notice``."""
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._daily, name="akin-backup", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Give up what is being made, and wait for that."""
        self._ended.set()
        with self._making, self._bringing:
            pass
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)

    def make_daily(self) -> Backup | None:
        """Today's, if there is none yet and anything to back up; and those go that the rule doesn't keep."""
        if not is_due(self._profile.backup_dir, time.time()) or not self._worth_it():
            return None
        return self._make(place_for(self._profile.backup_dir, Reason.DAILY), Reason.DAILY)

    def bring_set_aside(self) -> None:
        """What gave way to another library and is still beside it goes to the backups, if these are on another disk."""
        with self._bringing:
            try:
                bring_to_backups(behind_links(self._profile.catalog_path), self._profile.backup_dir, self._ended.is_set)
            except OSError:
                log.warning("what was set aside could not be looked for", exc_info=True)

    def _make(self, place: Path, reason: Reason, *, full: bool = False, on_progress: OnProgress = nobody) -> Backup:
        with self._making:
            with suppress(OSError):
                self._profile.backup_dir.mkdir(parents=True, exist_ok=True)
            made = make_backup(
                self._catalog.database,
                place,
                reason=reason,
                settings=self._profile.settings_path,
                full=full,
                on_progress=on_progress,
                stopped=self._ended.is_set,
            )
            if reason is Reason.DAILY:
                with suppress(OSError):
                    tidy(self._profile.backup_dir)
            return made

    def _worth_it(self) -> bool:
        reader = self._catalog.reader()
        return bool(reader.roots() or reader.playlists())

    def _daily(self) -> None:
        wait, first = 0.0, True
        while not self._ended.wait(wait):
            wait = LOOK_SECONDS
            try:
                self.make_daily()
            except StoppedError:
                return
            except (KnownError, OSError) as error:
                if self._ended.is_set():
                    return
                log.warning("the daily backup could not be made", exc_info=True)
                text = f"Today’s backup could not be made. {error}"
                self.on_notice(Notice(text, Tone.WARNING, damaged=isinstance(error, LibraryDamagedError)))
                wait = AGAIN_SECONDS
            except Exception:
                log.exception("a fault in the daily backup")  # the next is made nevertheless
                wait = AGAIN_SECONDS
            if first:
                self.bring_set_aside()
            first = False
