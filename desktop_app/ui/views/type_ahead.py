"""Type-ahead: the letters typed within a moment go to the next item whose title begins with them."""

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop_app.ui.models.item_model import ItemModel

PAUSE = 1.0  # seconds after which a new word begins
REACH = 20_000  # positions looked through; only known rows count


class TypeAhead:
    """Collects what is typed; one letter again and again steps through the items that begin with it."""

    def __init__(self) -> None:
        self.text = ""
        self._last = 0.0

    def forget(self) -> None:
        """Begin anew."""
        self.text = ""

    def is_typing(self) -> bool:
        """Whether a space belongs to the word."""
        return bool(self.text) and time.monotonic() - self._last < PAUSE

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key is a letter to look for."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        return plain and bool(event.text()) and event.text().isprintable()

    def find(self, items: ItemModel, letter: str, current: int) -> int | None:
        """The next position whose known title begins with all that was typed, or None."""
        now = time.monotonic()
        fresh = now - self._last > PAUSE
        self._last = now
        same = not fresh and self.text == letter.casefold()
        self.text = letter.casefold() if fresh or same else self.text + letter.casefold()
        start = max(0, current) + (1 if (fresh or same) and current >= 0 else 0)
        count = len(items.ids)
        for step in range(min(count, REACH)):
            position = (start + step) % count
            row = items.known_row(int(items.ids[position]))
            if row is not None and row.title.casefold().startswith(self.text):
                return position
        return None
