"""Mouse and keyboard of the grid: clicks, ranges, the rubber band, type-ahead, dragging out."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from desktop_app.ui.models.item_model import ItemModel
from desktop_app.ui.models.selection import Ranges
from desktop_app.ui.theme import tokens
from desktop_app.ui.views.grid_cells import star_at
from desktop_app.ui.views.grid_geometry import GridGeometry
from desktop_app.ui.views.menu_key import asks_for_menu, menu_place
from desktop_app.ui.views.type_ahead import TypeAhead

Flag = QItemSelectionModel.SelectionFlag
Modifier = Qt.KeyboardModifier

_STEPS: dict[int, Callable[[GridGeometry, int, int], int]] = {
    Qt.Key.Key_Left: lambda _cells, at, _page: at - 1,
    Qt.Key.Key_Right: lambda _cells, at, _page: at + 1,
    Qt.Key.Key_Up: lambda cells, at, _page: cells.step(at, -1),
    Qt.Key.Key_Down: lambda cells, at, _page: cells.step(at, 1),
    Qt.Key.Key_PageUp: lambda cells, at, page: cells.step(at, -page),
    Qt.Key.Key_PageDown: lambda cells, at, page: cells.step(at, page),
    Qt.Key.Key_Home: lambda _cells, _at, _page: 0,
    Qt.Key.Key_End: lambda cells, _at, _page: cells.count - 1,
}


class GridInput(QAbstractItemView):
    """What the hand does on the grid; the geometry and the painting are the subclass's.

    Signals: ``opened(position)`` by double click or Return; ``looked_into(position)`` by Space;
    ``drag_started()``; ``menu_requested(QPoint)`` in global coordinates; ``star_clicked(position, stars)``.
    """

    opened = Signal(int)
    looked_into = Signal(int)
    drag_started = Signal()
    menu_requested = Signal(QPoint)
    star_clicked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered = -1
        self.shows_focus = False  # the ring is for the keyboard, not for the mouse
        self._anchor = 0
        self._pressed: int | None = None
        self._press_point = QPoint()
        self._narrow_on_release = False
        self._starring = False  # the last press was on a star: a second one is too, and opens nothing
        self._band: QRect | None = None  # in the content's coordinates
        self._band_base = QItemSelection()
        self._type_ahead = TypeAhead()
        self._auto_scroll = QTimer(self)
        self._auto_scroll.setInterval(30)
        self._auto_scroll.timeout.connect(self._scroll_with_band)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover, False)
        self.setAutoScroll(False)

    # of the subclass

    @property
    def items(self) -> ItemModel:
        """The model."""
        raise NotImplementedError

    @property
    def cells(self) -> GridGeometry:
        """Where the cells lie."""
        raise NotImplementedError

    def position_at(self, point: QPoint) -> int | None:
        """The cell under a point of the viewport."""
        raise NotImplementedError

    def select_ranges(self, ranges: Ranges, command: Flag = Flag.ClearAndSelect) -> None:
        """Select inclusive ranges."""
        raise NotImplementedError

    # state

    def forget_input(self) -> None:
        """Other items are listed: nothing is pressed, hovered or anchored any more."""
        self.hovered = -1
        self._pressed = None
        self._band = None
        self._anchor = 0
        self._auto_scroll.stop()
        self._type_ahead.forget()

    def set_current(self, position: int, command: Flag = Flag.ClearAndSelect) -> None:
        """Make an item the current one; ``command`` says what becomes of the selection."""
        index = self.items.index(position, 0)
        self.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
        if command != Flag.NoUpdate:
            self.select_ranges([(position, position)], command)
        self.viewport().update()

    def anchor_at(self, position: int) -> None:
        """Where Shift extends the selection from."""
        self._anchor = position

    def _extend_to(self, position: int, keep: bool) -> None:
        anchor = min(self._anchor, self.cells.count - 1)
        self.selectionModel().setCurrentIndex(self.items.index(position, 0), Flag.NoUpdate)
        command = Flag.Select if keep else Flag.ClearAndSelect
        self.select_ranges([(min(anchor, position), max(anchor, position))], command)

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.shows_focus = False
        point = event.position().toPoint()
        position = self.position_at(point)
        self._pressed, self._press_point = position, point
        self._narrow_on_release = False
        self._starring = False
        control = bool(event.modifiers() & Modifier.ControlModifier)
        shift = bool(event.modifiers() & Modifier.ShiftModifier)
        if event.button() == Qt.MouseButton.RightButton:
            if position is None:
                self.selectionModel().clearSelection()
            elif not self._is_selected(position):
                self.set_current(position)
                self._anchor = position
            return
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        if position is None:
            if not (control or shift):
                self.selectionModel().clearSelection()
            self._band_base = QItemSelection(self.selectionModel().selection())
            self._band = QRect(point + QPoint(0, self.verticalOffset()), point + QPoint(0, self.verticalOffset()))
        elif self._clicked_star(position, point):
            self._pressed = None
            self._starring = True
        elif shift:
            self._extend_to(position, control)
        elif control:
            self._anchor = position
            self.set_current(position, Flag.Toggle)
        else:
            self._anchor = position
            if self._is_selected(position):
                self._narrow_on_release = True  # first see whether the selection is dragged
                self.set_current(position, Flag.NoUpdate)
            else:
                self.set_current(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._band is not None:
            self._stretch_band(point)
            self._auto_scroll.start() if not self.viewport().rect().contains(point) else self._auto_scroll.stop()
            return
        if event.buttons() & Qt.MouseButton.LeftButton and self._pressed is not None:
            if (point - self._press_point).manhattanLength() >= QApplication.startDragDistance():
                self._narrow_on_release = False
                self._pressed = None
                self.drag_started.emit()
            return
        self._hover(self.position_at(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._narrow_on_release and self._pressed is not None:
            self.set_current(self._pressed)
        self._pressed = None
        self._narrow_on_release = False
        if self._band is not None:
            self._band = None
            self._auto_scroll.stop()
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        position = self.position_at(point)
        if event.button() == Qt.MouseButton.LeftButton and position is not None:
            if not (self._starring and self._clicked_star(position, point)):
                self.opened.emit(position)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._ask_for_menu(event)

    def _ask_for_menu(self, event: QContextMenuEvent | None) -> None:
        by_key = event is None or event.reason() == QContextMenuEvent.Reason.Keyboard
        if by_key and self.currentIndex().isValid() and not self.selectionModel().hasSelection():
            self.set_current(self.currentIndex().row())
        self.menu_requested.emit(menu_place(self, event))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        keyboard = (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        self.shows_focus = event.reason() in keyboard
        if self.shows_focus and self.cells.count and not self.currentIndex().isValid():
            self.set_current(self.position_at(QPoint(40, 80)) or 0, Flag.NoUpdate)  # so that one sees where one is
        super().focusInEvent(event)
        self.viewport().update()

    def _is_selected(self, position: int) -> bool:
        return self.selectionModel().isSelected(self.items.index(position, 0))

    def _clicked_star(self, position: int, point: QPoint) -> bool:
        """Rates a selected item; on another one a click there only selects it, as anywhere on it."""
        row = self.items.row_at(position)
        if row is None or self.hovered != position or not self._is_selected(position):
            return False
        star = star_at(self.visualRect(self.items.index(position, 0)), point.x(), point.y())
        if star is None:
            return False
        self.star_clicked.emit(position, 0 if star == row.rating else star)
        return True

    def _hover(self, position: int | None) -> None:
        found = -1 if position is None else position
        if found == self.hovered:
            return
        for each in (self.hovered, found):
            if 0 <= each < self.cells.count:
                self.viewport().update(self.visualRect(self.items.index(each, 0)))
        self.hovered = found

    # rubber band

    def _stretch_band(self, point: QPoint) -> None:
        if self._band is None:
            return
        self._band.setBottomRight(point + QPoint(0, self.verticalOffset()))
        self.selectionModel().select(self._band_base, Flag.ClearAndSelect)
        self.setSelection(self._band.translated(0, -self.verticalOffset()), Flag.Select)
        self.viewport().update()

    def _scroll_with_band(self) -> None:
        point = self.viewport().mapFromGlobal(self.cursor().pos())
        beyond = point.y() - self.viewport().height() if point.y() > 0 else point.y()
        self.verticalScrollBar().setValue(self.verticalOffset() + max(-60, min(60, beyond)))
        self._stretch_band(point)

    def paint_band(self, painter: QPainter) -> None:
        """Draw the rubber band, if there is one."""
        if self._band is None:
            return
        colour = tokens().colour("accent")
        painter.setPen(QPen(colour, 1))
        colour.setAlpha(40)
        painter.setBrush(colour)
        painter.drawRect(self._band.normalized().translated(0, -self.verticalOffset()))

    # keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(event.key())
        if not self.cells.count:
            event.ignore()
        elif asks_for_menu(event):
            self._ask_for_menu(None)
        elif step is not None and not event.modifiers() & Modifier.AltModifier:
            self._move(step, event.modifiers())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space and event.modifiers() & Modifier.ControlModifier:
            self.set_current(max(0, self.currentIndex().row()), Flag.Toggle)
        elif event.key() == Qt.Key.Key_Space and not self._type_ahead.is_typing():
            self.looked_into.emit(max(0, self.currentIndex().row()))
        elif event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.selectionModel().clearSelection()
        elif self._type_ahead.takes(event):
            self.keyboardSearch(event.text())
        else:
            event.ignore()

    def keyboardSearch(self, text: str) -> None:
        found = self._type_ahead.find(self.items, text, self.currentIndex().row())
        if found is not None:
            self.shows_focus = True
            self._anchor = found
            self.set_current(found)
            self.scrollTo(self.currentIndex())

    def selectAll(self) -> None:
        if self.cells.count:
            self.select_ranges([(0, self.cells.count - 1)])

    def _move(self, step: Callable[[GridGeometry, int, int], int], modifiers: Modifier) -> None:
        self.shows_focus = True
        current = self.currentIndex()
        page = max(1, (self.viewport().height() - 40) // self.cells.pitch_y)
        target = step(self.cells, current.row(), page) if current.isValid() else 0
        target = min(max(target, 0), self.cells.count - 1)
        if modifiers & Modifier.ShiftModifier:
            self._extend_to(target, False)
        elif modifiers & Modifier.ControlModifier:
            self.set_current(target, Flag.NoUpdate)
        else:
            self._anchor = target
            self.set_current(target)
        self.scrollTo(self.currentIndex())

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Modifier) -> QModelIndex:
        names = {
            QAbstractItemView.CursorAction.MoveUp: Qt.Key.Key_Up,
            QAbstractItemView.CursorAction.MoveDown: Qt.Key.Key_Down,
            QAbstractItemView.CursorAction.MoveLeft: Qt.Key.Key_Left,
            QAbstractItemView.CursorAction.MoveRight: Qt.Key.Key_Right,
            QAbstractItemView.CursorAction.MoveHome: Qt.Key.Key_Home,
            QAbstractItemView.CursorAction.MoveEnd: Qt.Key.Key_End,
        }
        key = names.get(action)
        if key is None or not self.cells.count:
            return self.currentIndex()
        target = _STEPS[key](self.cells, max(0, self.currentIndex().row()), 1)
        return self.items.index(min(max(target, 0), self.cells.count - 1), 0)
