"""Taking items and folders out of the library: from the catalogue alone, or with their files into the trash."""

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote_from_bytes, unquote_to_bytes

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.edit_log import TRASHING
from desktop_app.engine.history import History
from desktop_app.engine.indexing.survey import can_be_reached
from desktop_app.engine.scanner import is_gone
from desktop_app.engine.trash import LastRead, TrashPort, TrashRecords, is_file_of
from desktop_app.errors import KnownError, PartlyDoneError, StorageFullError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.removed import Effect

log = logging.getLogger(__name__)
Moved: TypeAlias = dict[ItemId, tuple[Path, Path]]
"""Where the file of each item lay, and lies now."""

FEW = 3
LOOK_THERE = "Look in the trash, and put back from there what you want to keep; ratings and tags are kept."


class Removals:
    """On the writing thread. What is taken out can be put back, as it was."""

    def __init__(self, catalog: "Catalog", history: History) -> None:
        self._catalog = catalog
        self._history = history
        self._lost: frozenset[ItemId] = frozenset()

    def remove(self, ids: Sequence[ItemId]) -> ChangeSet:
        """From the catalogue with their ratings, tags and playlist places; never the files."""
        return self._history.note(self._catalog.log.remove(list(dict.fromkeys(ids))))

    def remove_root(self, root: Root) -> ChangeSet:
        """A folder with all its items; never the files."""
        return self._history.note(self._catalog.log.remove_root(root.id, f"Remove Folder “{root.path.name}”"))

    def relocate_root(self, root: Root, new: Path) -> ChangeSet:
        """Say that a folder lies elsewhere now. Raises KnownError where that overlaps another one."""
        effect = self._catalog.log.relocate_root(root.id, new, f"Relocate Folder “{root.path.name}”")
        return self._history.note(effect)

    def trash(self, ids: Sequence[ItemId], port: TrashPort | None) -> ChangeSet:
        """Move the files to the trash and take their items out of the catalogue.

        Raises KnownError where no file could be moved, PartlyDoneError where some could not or nobody knows where they
        went. Those that can't be moved stay, item and file; where the rest can't be written into the catalogue, their
        files are put back. Undone, it is not redone: the one thing that touches files is asked for each time.
        """
        if port is None:
            raise KnownError("There is no trash to move files to.")
        rows = self._catalog.rows(list(dict.fromkeys(ids)))
        places = {row.id: row.path for row in rows if row.state in (State.PRESENT, State.PROBLEM)}
        there = {item: path for item, path in places.items() if os.path.lexists(path)}
        earlier = self._intended()
        # before any is moved, so that the next start finds those that were, if this one is killed
        self._intend({**earlier, **dict.fromkeys(there)})
        moved: Moved = {}
        try:
            failure = _move(port, places, moved)
            _find_moved(there, moved)
            if not moved:
                raise failure or KnownError("There is no file of these items to move to the trash.")
            unknown = _vanished(there, moved)
            others = {item: now for item, now in earlier.items() if item not in moved}
            effect = self._written(moved, {**others, **dict.fromkeys(unknown)})
        except BaseException as error:
            left = _put_back(port, moved)
            unknown = _vanished(there, left)
            with suppress(KnownError):  # else the next start sees where the files are
                self._intend(
                    {**earlier, **dict.fromkeys(unknown), **{item: now for item, (_path, now) in left.items()}}
                )
            _tell_where(error, left, unknown)
            raise
        change = self._history.note(effect)
        if len(moved) < len(places):
            reason = _gone(unknown) if unknown else str(failure)
            raise PartlyDoneError(f"{len(moved):,} of {len(places):,} files are in the trash now. {reason}", change)
        return change

    def complete_trash(self) -> str:
        """After a start: write down which files the program that ended before had moved to the trash.

        Returns a sentence about those that are gone and can't be found there, "" for none; their items stay, and it
        is said at each start until ``forget_lost``.
        """
        intended = self._intended()
        if not intended:
            return ""
        places = {root.id: root.path for root in self._catalog.roots()}
        reachable: dict[RootId, bool] = {}
        records = TrashRecords()
        found: Moved = {}
        left: dict[ItemId, Path | None] = {}
        lost: dict[ItemId, Path] = {}
        for item in self._catalog.known_items(list(intended)):
            root = places[item.root_id]
            path, now = root / item.relpath, intended[item.id]
            if now is None or is_gone(now):
                now = records.place_of(path)
            if not is_gone(path):
                if now is not None and _is_one(item, now) and not _is_one(item, path):
                    found[item.id] = (path, now)  # and another file has taken its place
                continue
            if now is not None:
                found[item.id] = (path, now)
                continue
            left[item.id] = intended[item.id]
            if item.root_id not in reachable:
                reachable[item.root_id] = can_be_reached(root, has_items=True)
            if reachable[item.root_id] and os.path.lexists(path.parent):  # else its drive, with its trash, is not there
                lost[item.id] = path
        if found or left != intended:
            try:
                self._history.note(self._written(found, left))
            except StorageFullError:
                log.warning("which files are in the trash can't be written down yet", exc_info=True)
                return ""
        self._lost = frozenset(lost)
        if not lost:
            return ""
        names = _listed(path.name for path in lost.values())
        return f"Akin ended while it moved files to the trash, and can't say where these lie now: {names}. {LOOK_THERE}"

    def forget_lost(self) -> None:
        """The user has been told which files are gone."""
        if self._lost:
            self._intend({item: now for item, now in self._intended().items() if item not in self._lost})
            self._lost = frozenset()

    def _written(self, trashed: Moved, left: Mapping[ItemId, Path | None]) -> "Effect | ChangeSet":
        """Take out the items of what was moved, in one step with the intention, of which ``left`` stays."""
        with self._catalog.transaction():
            effect = self._catalog.log.remove(list(trashed), "Trash", trashed) if trashed else ChangeSet()
            self._intend(left)
        return effect

    def _intended(self) -> dict[ItemId, Path | None]:
        """The items that are on their way to the trash, and where their files lie by now if that is known."""
        intended: dict[ItemId, Path | None] = {}
        for each in (self._catalog.meta(TRASHING) or "").split():
            item, _, now = each.partition("=")
            intended[ItemId(int(item))] = Path(os.fsdecode(unquote_to_bytes(now))) if now else None
        return intended

    def _intend(self, items: Mapping[ItemId, Path | None]) -> None:
        each = (f"{item}={quote_from_bytes(os.fsencode(now))}" if now else f"{item}" for item, now in items.items())
        self._catalog.put_meta(TRASHING, " ".join(each))


def _move(port: TrashPort, places: Mapping[ItemId, Path], moved: Moved) -> KnownError | None:
    """Notes in ``moved`` where each file lay that could be moved, and lies now. Returns why another could not."""
    failure: KnownError | None = None
    for item, path in places.items():
        try:
            moved[item] = (path, port.move(path))
        except KnownError as error:
            failure = error
    return failure


def _find_moved(there: Mapping[ItemId, Path], moved: Moved) -> None:
    """Note those, too, that went though the trash said that they did not."""
    records = TrashRecords()
    for item, path in _vanished(there, moved).items():
        if (now := records.place_of(path)) is not None:
            moved[item] = (path, now)


def _vanished(there: Mapping[ItemId, Path], known: Moved) -> dict[ItemId, Path]:
    return {item: path for item, path in there.items() if item not in known and is_gone(path)}


def _put_back(port: TrashPort, moved: Moved) -> Moved:
    """The last first. Returns those that are not back."""
    left: Moved = {}
    for item, (path, trashed) in reversed(moved.items()):
        try:
            port.restore(trashed, path)
        except Exception:
            log.exception("%s could not be put back: it lies in the trash as %s", path, trashed)
            left[item] = (path, trashed)
    return left


def _tell_where(error: BaseException, left: Moved, unknown: Mapping[ItemId, Path]) -> None:
    """Add to an error what the user has to know of the files that are not where they were."""
    text = ""
    if left:
        places = _listed(f"{path.name} lies at {now}" for path, now in left.values())
        text += f" Not put back from the trash: {places}. When Akin starts next, Undo can put them back."
    if unknown:
        text += f" {_gone(unknown)}"
    if text and isinstance(error, KnownError):
        error.args = (error.user_text + text, *error.args[1:])
    elif text:
        error.add_note(text.strip())


def _gone(unknown: Mapping[ItemId, Path]) -> str:
    return f"Akin can't say where these files went: {_listed(path.name for path in unknown.values())}. {LOOK_THERE}"


def _is_one(known: LastRead, path: Path) -> bool:
    try:
        return is_file_of(known, path)
    except OSError:
        return False


def _listed(names: Iterable[str]) -> str:
    """The first few of them."""
    every = list(names)
    return ", ".join(every[:FEW]) + (f" and {len(every) - FEW:,} more" if len(every) > FEW else "")
