"""The folders of the library, and reading what is in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, RequestId, RootId
from desktop_app.engine.requests.port import RequestPort

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


class IndexingRequests(RequestPort):
    """What begins a run answers at once; how far it is comes as ``progress_changed``, its end as ``run_finished``."""

    def add_folders(self, folders: Sequence[Path]) -> RequestId:
        """Watch these folders and index them; ``folders_added`` says which were new."""
        chosen = list(folders)

        def add(library: "Library") -> ChangeSet:
            change, added = library.add_roots(chosen)
            self._tell_added(added)
            self._steer(lambda loop: loop.index(chosen))
            return change

        return self._write(add)

    def remove_folder(self, folder: Path) -> RequestId:
        """Take a root and its items out of the catalogue."""
        return self._write(lambda library: library.remove_root(folder))

    def relocate_folder(self, folder: Path, new: Path) -> RequestId:
        """A root lies elsewhere now: its items keep everything, and are looked for there unless it is paused."""

        def relocate(library: "Library") -> ChangeSet:
            change = library.relocate_root(folder, new)
            root = library.root_of(new)
            if not root.paused:
                self._steer(lambda loop: loop.index([root.path]))
            return change

        return self._write(relocate)

    def set_folder_paused(self, root: RootId, paused: bool) -> RequestId:
        """Leave a root alone for now, or take it up again."""

        def change(library: "Library") -> ChangeSet:
            changed = library.set_root_paused(root, paused)
            if not paused:
                paths = [each.path for each in library.roots() if each.id == root]
                self._steer(lambda loop: loop.index(paths))
            return changed

        return self._write(change)

    def add_sample_library(self) -> RequestId:
        """Generate the sample library and index it; ``done`` at once, ``run_finished`` at the end."""

        def add(_library: "Library") -> ChangeSet:
            self._steer(lambda loop: loop.add_samples())
            return ChangeSet()

        return self._write(add)

    def rescan(self) -> RequestId:
        """Look at all roots again; ``done`` at once, ``run_finished`` at the end."""

        def scan(_library: "Library") -> ChangeSet:
            self._steer(lambda loop: loop.index(None))
            return ChangeSet()

        return self._write(scan)

    def pause_indexing(self) -> None:
        """Read no further files for now."""
        self._steer(lambda loop: loop.pause())

    def resume_indexing(self) -> None:
        """Go on indexing."""
        self._steer(lambda loop: loop.resume())

    def cancel_indexing(self) -> None:
        """End the runs; what was indexed stays."""
        self._steer(lambda loop: loop.cancel())

    def retry_problems(self, ids: Sequence[ItemId] | None = None) -> RequestId:
        """Read problems again (None: all); ``done`` at once, ``run_finished`` at the end."""
        chosen = None if ids is None else list(ids)

        def retry(_library: "Library") -> ChangeSet:
            self._steer(lambda loop: loop.retry(chosen))
            return ChangeSet()

        return self._write(retry)

    def prefer(self, ids: Sequence[ItemId]) -> None:
        """What the user looks at is indexed first."""
        chosen = list(ids)
        self._steer(lambda loop: loop.prefer(chosen))

    def refresh_thumbnails(self, ids: Sequence[ItemId]) -> None:
        """Remake lost ones; ``items_changed`` follows."""
        chosen = list(ids)
        self._steer(lambda loop: loop.remake_thumbnails(chosen))
