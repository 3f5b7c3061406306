"""Backups, and the collection for other programs; these also serve a window whose library can't be opened."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from desktop_app.domain.backups import Backup, Restored
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import RequestId
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.requests.port import RequestPort
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.library import Library

T = TypeVar("T")


class BackupRequests(RequestPort):
    """How far each is comes as ``progress_changed``."""

    def fetch_backups(self) -> RequestId:
        """Those in the profile, the newest first; ``backups_ready``. Also where the library is damaged."""

        def look(profile: Profile) -> tuple[Backup, ...]:
            from desktop_app.engine.backups.keeping import backups_in

            return tuple(backups_in(profile.backup_dir))

        return self._without_library("backups_ready", look)

    def look_at_backup(self, file: Path) -> RequestId:
        """What a file says of itself, as the only one; ``backups_ready``."""

        def look(_profile: Profile) -> tuple[Backup, ...]:
            from desktop_app.engine.backups.archive import Archive

            with Archive(file) as archive:
                return (archive.described(),)

        return self._without_library("backups_ready", look)

    def back_up(self, target: Path | None = None, *, full: bool = False) -> RequestId:
        """To a file, None for one in the profile; ``backed_up``."""
        return self._read_beside(
            "backed_up",
            lambda library: self._ended_with_idle(
                lambda: library.backups.make(target, full=full, on_progress=self._tell_progress)
            ),
        )

    def export_collection(self, target: Path) -> RequestId:
        """Items with all that is known of them, for other programs; ``exported`` with their number."""
        return self._read_beside(
            "exported",
            lambda library: self._ended_with_idle(lambda: library.collection.export(target, self._tell_progress)),
        )

    def import_collection(self, source: Path) -> RequestId:
        """Add what an exported collection says of the library's items; ``imported`` with Merged."""

        def read(library: "Library") -> Merged:
            collection = library.collection.read(source, self._tell_progress)
            merged: Merged = self._written(library, lambda library: library.collection.merge(collection))
            self._written(library, lambda _library: merged.change)  # told as a change of the library
            return merged

        return self._read_beside("imported", lambda library: self._ended_with_idle(lambda: read(library)))

    def restore(self, source: Path) -> RequestId:
        """Put a backup in the library's place; ``replaced`` with Restored, and ``opened`` again."""

        def restore(profile: Profile) -> Restored:
            from desktop_app.engine.backups.restoring import restore as bring_back

            return bring_back(profile, source, on_progress=self._tell_progress)

        return self._replace("replaced", restore)

    def salvage(self) -> RequestId:
        """Keep all but the last changes of a library whose log is damaged; ``replaced`` with where it is kept as it
        was, and ``opened``."""

        def cut(profile: Profile) -> Path:
            from desktop_app.engine.backups.restoring import salvage

            return salvage(profile)

        return self._replace("replaced", cut)

    def start_anew(self) -> RequestId:
        """Set a damaged library aside and open an empty one; ``replaced`` with None, and ``opened``."""

        def begin(profile: Profile) -> None:
            from desktop_app.engine.backups.restoring import start_anew

            start_anew(profile)

        return self._replace("replaced", begin)

    def _ended_with_idle(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            self._tell_progress(Progress(Phase.IDLE))
