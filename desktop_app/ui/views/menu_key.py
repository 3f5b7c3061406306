"""The menu key and Shift+F10: the context menu of what the keyboard is at."""

import sys

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView


def asks_for_menu(event: QKeyEvent) -> bool:
    """Shift+F10, which Qt turns into a context menu on Windows only (the menu key it knows everywhere)."""
    shifted = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.ShiftModifier
    return event.key() == Qt.Key.Key_F10 and shifted and sys.platform != "win32"


def menu_place(view: QAbstractItemView, event: QContextMenuEvent | None = None) -> QPoint:
    """Where a menu opens, in global coordinates: at the mouse, or by the keyboard (no event) at the current item."""
    if event is not None and event.reason() != QContextMenuEvent.Reason.Keyboard:
        return event.globalPos()
    index = view.currentIndex()
    area = view.viewport().rect()
    if index.isValid():
        view.scrollTo(index)
        area = view.visualRect(index).intersected(area)
    return view.viewport().mapToGlobal(area.center())
