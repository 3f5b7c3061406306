"""Undo and redo, and quiet notes of what was done or taken back, with the way back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.notices import JobError, Tone
from desktop_app.ui.notifications import Banner

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


class Undoing(QObject):
    """The change may be out of sight, so what was undone is said, with the way back.

    Each of its notes goes by itself, with the next edit, or with the next undo: its button would mean another edit.
    """

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._redo = ""  # what redo would do
        self._notes: list[Banner] = []
        window.client.undo_changed.connect(self._on_labels)
        window.client.items_changed.connect(self._on_changes)

    def offer(
        self,
        text: str,
        change: ChangeSet,
        tone: Tone = Tone.INFO,
        actions: list[tuple[str, Callable[[], object]]] | None = None,
    ) -> None:
        """Say what a request came to, with Undo after the ``actions`` if it was an edit: of that one, and no other."""
        edit, shown = change.edit, actions or []
        if edit is None:
            self._window.banners.say(text, tone, shown)
            return
        undo = ("Undo", lambda: self._undo(edit))  # a command may have made another one by the time it is pressed
        self._notes.append(self._window.banners.say(text, tone, [*shown, undo]))

    def undo(self) -> None:
        """Take back the last change."""
        self._undo(None)

    def _undo(self, expected: int | None) -> None:
        self._withdraw()
        self._window.requests.expect(self._window.client.undo(expected), self._say_undone, self._say_refused)

    def redo(self) -> None:
        """Make it again."""
        self._withdraw()
        self._window.requests.expect(
            self._window.client.redo(), lambda done: self.offer(f"Redone: {done.undo}", done), self._say_refused
        )

    def _say_refused(self, error: JobError) -> None:
        """It stands until it is mended and tried again, or something else is done."""
        self._notes.append(self._window.banners.say(error.text, Tone.ERROR))

    def _say_undone(self, done: ChangeSet) -> None:
        again = self._redo == done.undone  # what touched files is not done again
        said = f"Undone: {done.undone}"
        self._notes.append(self._window.banners.say(said, actions=[("Redo", self.redo)] if again else []))

    def _on_labels(self, _undo: str, redo: str) -> None:
        self._redo = redo
        self._withdraw()

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.undo or changes.undone:  # also of the same name as the one before
            self._withdraw()

    def _withdraw(self) -> None:
        """Take the notes away that stand for an edit."""
        for banner in self._window.banners.shown:
            if banner in self._notes:
                banner.dismiss()
        self._notes.clear()
