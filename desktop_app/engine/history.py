"""Undo and redo of the edits in the catalogue's log: of this session, of earlier ones, of the command line."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog.removed import PLACE_TAKEN, moved
from desktop_app.engine.index_upkeep import forget_vectors, recall_vectors
from desktop_app.engine.indexing.moves import followed
from desktop_app.engine.indexing.resemblance import may_be_edits
from desktop_app.engine.indexing.survey import can_be_reached
from desktop_app.engine.media.formats import RAW_EXTENSIONS
from desktop_app.engine.trash import TrashPort, is_file_of, put_back
from desktop_app.errors import KnownError, LibraryUnavailableError, PartlyDoneError, StorageFullError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.edit_log import KeptFile, LoggedEdit
    from desktop_app.engine.catalog.removed import Effect
    from desktop_app.engine.index import IndexStore

log = logging.getLogger(__name__)


class History:
    """Takes edits back and does them again, on the writing thread; ``labels`` may be read from any.

    ``roots_changed`` is called where folders came or went.
    """

    def __init__(self, catalog: "Catalog", store: "IndexStore", roots_changed: Callable[[], object]) -> None:
        self._catalog = catalog
        self._store = store
        self._roots_changed = roots_changed
        self.trash_port: TrashPort | None = None
        self._refused: int | None = None  # the edit that could not be undone just now
        self.labels: tuple[str, str] = ("", "")
        """What undo and redo would do, "" for nothing."""
        self._look()

    def note(self, effect: "Effect | ChangeSet") -> ChangeSet:
        """An edit was carried out; the search indexes and the watcher follow. Returns its change."""
        self._look()
        if isinstance(effect, ChangeSet):
            return self._numbered(effect)
        forget_vectors(self._store, effect.gone)
        recall_vectors(self._catalog, self._store, effect.returned)
        if effect.change.roots:
            self._roots_changed()
        return self._numbered(effect.change)

    def undo(self, expected: int | None = None) -> ChangeSet:
        """Take back the last edit, or none if that is not the one that is ``expected``.

        Raises KnownError where there is none, or it can't be; it is kept where that can be mended. Raises
        PartlyDoneError where not every item has its file again.
        """
        edit = self._catalog.log.last()
        if edit is None:
            raise KnownError("There is nothing to undo.")
        if expected not in (None, edit.id):
            raise KnownError(f"Something else was changed meanwhile: “{edit.label}”. Undo that first.")
        lost = self._restore_files(edit)
        self._refused = None
        change = replace(self._carried_out(edit, lambda: self._taken_back(edit, lost)), undone=edit.label)
        if lost:
            raise PartlyDoneError(self._told_of(lost), change)
        return change

    def redo(self) -> ChangeSet:
        """Do again what was taken back last. Raises KnownError where there is none or it can't be."""
        edit = self._catalog.log.next()
        if edit is None:
            raise KnownError("There is nothing to redo.")
        return self._numbered(replace(self._carried_out(edit, lambda: self._catalog.log.redo(edit)), undo=edit.label))

    def _carried_out(self, edit: "LoggedEdit", way: "Callable[[], Effect]") -> ChangeSet:
        try:
            return self.note(way())
        except (StorageFullError, LibraryUnavailableError):
            raise  # the edit is not at fault: there may be room in a moment, and the library opened again
        except KnownError:
            self._catalog.log.forget(edit)  # else it would be in the way of all before it
            self._look()
            raise

    def _taken_back(self, edit: "LoggedEdit", lost: dict[ItemId, str]) -> "Effect":
        """Who comes back without a file goes to where its bytes were put meanwhile, as by hand from the trash, and is
        not ``lost`` any more. Lost, too, is who finds another photo or track at its place, which is no edit of it."""
        catalog = self._catalog
        with catalog.transaction():
            there_now = catalog.log.other_contents(edit)
            of_another = may_be_edits(catalog, there_now)
            lost |= {
                item.id: PLACE_TAKEN for (item, _other), may_be in zip(there_now, of_another, strict=True) if not may_be
            }
            effect = catalog.log.undo(edit, lost)
            lost |= dict.fromkeys(map(ItemId, effect.displaced.tolist()), PLACE_TAKEN)
            if not len(effect.missing):
                return effect
            copies = catalog.plain_copies(effect.missing, edit.made_at)
            paths = catalog.paths_of([copy.id for copy in copies.plain])
            there = [copy for copy in copies.plain if os.path.lexists(paths[copy.id])]
            pairs = followed(copies.items, there, copies.said)
            catalog.follow_copies(pairs)
            for item, _copy in pairs:
                lost.pop(item.id, None)
            paired = catalog.pair_companions(RAW_EXTENSIONS)  # no RAW stands behind a photo that is missing
        gone = np.array([copy.id for _item, copy in pairs], np.int64)
        shown = moved(np.array([*gone, *paired], np.int64))
        return replace(effect, gone=np.concatenate((effect.gone, gone)), change=effect.change.merged(shown))

    def _restore_files(self, edit: "LoggedEdit") -> dict[ItemId, str]:
        """Put all trashed files back that can be; says of the others why not.

        Raises KnownError, the first time, where something is in the way that people can mend; then no file was moved.
        """
        restore = put_back if self.trash_port is None else self.trash_port.restore
        failures: dict[ItemId, str] = {}
        kept = self._catalog.log.files_of(edit) if edit.trashed else {}
        obstacle = self._obstacle(edit)
        if obstacle and self._refused != edit.id:
            self._refused = edit.id
            raise KnownError(
                f"{obstacle} Nothing was undone: mend that, and undo again. Or undo once more as it is: then what "
                "can't be put back stays in the trash, and is missing here."
            )
        for item, original, trashed in edit.trashed:
            if original.exists() and not trashed.exists():
                continue  # back already: the program ended in the middle, or somebody put it back by hand
            try:
                _check_is_its_file(kept.get(item), original, trashed)
                restore(trashed, original)
            except KnownError as error:
                failures[item] = error.user_text
        return failures

    def _obstacle(self, edit: "LoggedEdit") -> str:
        """What keeps a file in the trash that may come back yet, "" for nothing."""
        for _item, original, trashed in edit.trashed:
            lies = os.path.lexists(trashed)
            if lies and os.path.lexists(original):
                return f"{original} can't be put back: another file has taken its place. It lies at {trashed}."
            if not lies and not os.path.lexists(original) and self._is_out_of_reach(original):
                return f"{original.name} can't be put back while its drive is away."
        return ""

    def _is_out_of_reach(self, path: Path) -> bool:
        above = [root for root in self._catalog.roots() if path.is_relative_to(root.path)]
        return any(not can_be_reached(root.path, has_items=root.items > 0) for root in above)

    def _told_of(self, lost: dict[ItemId, str]) -> str:
        """Why the first of those is missing."""
        item, reason = next(iter(lost.items()))
        if reason != PLACE_TAKEN:
            return reason
        path = self._catalog.rows([item])[0].path
        return (
            f"{path.name} is missing: another file has its place in {path.parent} now. All that was said of it is kept."
        )

    def _numbered(self, change: ChangeSet) -> ChangeSet:
        """With the number of the edit that it is, if it is one."""
        return replace(change, edit=self._last) if change.undo else change

    def _look(self) -> None:
        last, following = self._catalog.log.last(), self._catalog.log.next()
        self._last = last.id if last else None
        self.labels = (last.label if last else "", following.label if following else "")


def _check_is_its_file(kept: "KeptFile | None", original: Path, trashed: Path) -> None:
    """The log outlives the program, and a trash has files of others under names that were ours. Raises KnownError."""
    if kept is None or kept.path != original:
        raise KnownError(f"{original.name} is not put back: its folder is not in the library. It lies at {trashed}.")
    try:
        if is_file_of(kept, trashed):
            return
    except FileNotFoundError:
        return  # putting it back says so
    except OSError as error:
        raise KnownError(
            f"{original.name} can't be put back from the trash: {(error.strerror or str(error)).lower()}."
        ) from error
    raise KnownError(
        f"{original.name} is not put back: the file at {trashed} is another one, or was changed. "
        "If it is the right one, move it back yourself."
    )
