"""Undo and redo: every edit of the catalogue with its way back."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from desktop_app.domain.changes import ChangeSet
from desktop_app.errors import KnownError, StorageFullError

STEPS = 200
"""How many edits can be taken back."""


class PartlyUndoneError(KnownError):
    """Not all of an edit could be taken back; ``change`` is what was."""

    def __init__(self, text: str, change: ChangeSet) -> None:
        super().__init__(text)
        self.change = change


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: a label for the menu, how to take it back and how to do it again.

    ``redo`` None: it needs a question first, so it is never done again by a key alone.
    """

    label: str
    undo: Callable[[], ChangeSet]
    redo: Callable[[], ChangeSet] | None


class History:
    """The edits of this session, newest last. Used on the writing thread; ``labels`` may be read from any."""

    def __init__(self) -> None:
        self._done: deque[Edit] = deque(maxlen=STEPS)
        self._undone: list[Edit] = []

    @property
    def labels(self) -> tuple[str, str]:
        """What undo and redo would do, "" for nothing."""
        done, undone = tuple(self._done), tuple(self._undone)
        return (done[-1].label if done else "", undone[-1].label if undone else "")

    def record(self, edit: Edit, change: ChangeSet) -> ChangeSet:
        """Note an edit that was carried out; returns its change with the label. Nothing changed, nothing noted."""
        if not change:
            return change
        self._done.append(edit)
        self._undone.clear()
        return replace(change, undo=edit.label)

    def undo(self) -> ChangeSet:
        """Take back the last edit. Raises KnownError where there is none."""
        if not self._done:
            raise KnownError("There is nothing to undo.")
        edit = self._done.pop()
        try:
            change = edit.undo()
        except StorageFullError:
            self._done.append(edit)  # there may be room again in a moment
            raise
        if edit.redo is not None:
            self._undone.append(edit)
        return change

    def redo(self) -> ChangeSet:
        """Do again what was taken back last. Raises KnownError where there is none."""
        if not self._undone:
            raise KnownError("There is nothing to redo.")
        edit = self._undone.pop()
        assert edit.redo is not None
        try:
            change = edit.redo()
        except StorageFullError:
            self._undone.append(edit)
            raise
        self._done.append(edit)
        return change
