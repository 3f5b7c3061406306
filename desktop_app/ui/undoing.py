"""Undo and redo, and a quiet note of what was taken back or made again."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.ui.notifications import Banner

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


class Undoing(QObject):
    """The change may be out of sight, so what was undone is said, with the way back.

    The note goes by itself, with the next edit, or with the next undo.
    """

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._labels = ("", "")
        self._note: Banner | None = None
        self._noted = ("", "")  # what the note offers: the labels of undo and redo that it stands for
        window.client.undo_changed.connect(self._on_labels)

    def undo(self) -> None:
        """Take back the last change."""
        label = self._labels[0]
        self._window.banners.clear()  # one that offers to undo would now undo something else
        self._window.requests.expect(self._window.client.undo(), lambda _: self._say("Undone", label, "redo"))

    def redo(self) -> None:
        """Make it again."""
        label = self._labels[1]
        self._window.banners.clear()
        self._window.requests.expect(self._window.client.redo(), lambda _: self._say("Redone", label, "undo"))

    def _say(self, done: str, label: str, back: str) -> None:
        if not label:
            return
        action = self._window.actions_by_name[back].trigger
        self._noted = (label, "") if back == "undo" else ("", label)
        self._note = self._window.banners.say(f"{done}: {label}", actions=[(back.capitalize(), action)])
        self._note.destroyed.connect(partial(self._forget, self._noted))

    def _forget(self, noted: tuple[str, str]) -> None:
        if noted is self._noted:
            self._note = None

    def _on_labels(self, undo: str, redo: str) -> None:
        """What the note offers is no longer what would be done: it goes."""
        self._labels = (undo, redo)
        offered = self._noted[0] or self._noted[1]
        if self._note is not None and offered != (undo if self._noted[0] else redo):
            self._note.dismiss()
            self._note = None
