"""A short list of tracks that can be reordered: the queue, the preview of a playlist."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.ui.controls import plain
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.theme import FontRole, font, tokens
from desktop_app.ui.wording import duration_text

_HEIGHT = 40
_LINE_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class TrackLine:
    """One line: ``note`` is quiet at the right before the length; ``mark`` an icon before the title."""

    id: int
    title: str
    artist: str
    seconds: float
    note: str = ""
    mark: str = ""
    tip: str = ""


class TrackLines(QAbstractListModel):
    """The lines in order."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[TrackLine] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == _LINE_ROLE:
            return line
        spoken = f"{line.title}, {line.artist or 'unknown artist'}, {duration_text(line.seconds)}"
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{index.row() + 1}. {spoken}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain("\n".join(part for part in (line.title, line.artist or "Unknown artist", line.tip) if part))
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return usual | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def replace(self, lines: Sequence[TrackLine]) -> None:
        """All lines anew."""
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def move(self, source: int, target: int) -> None:
        """The line at ``source`` ends at ``target``."""
        below = target + 1 if target > source else target
        self.beginMoveRows(QModelIndex(), source, source, QModelIndex(), below)
        self.lines.insert(target, self.lines.pop(source))
        self.endMoveRows()

    def take(self, place: int) -> None:
        """Remove one line."""
        self.beginRemoveRows(QModelIndex(), place, place)
        del self.lines[place]
        self.endRemoveRows()


class TrackList(QListView):
    """Drag or Alt+Up and Alt+Down reorder, Delete removes, Return or a double click activates.

    Signals: ``moved(source, target)``, ``removed(place)`` after the list itself has changed; ``activated_place(int)``.
    """

    moved = Signal(int, int)
    removed = Signal(int)
    activated_place = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._lines = TrackLines()
        self.setModel(self._lines)
        self.setItemDelegate(_LinePainter(self))
        self.setUniformItemSizes(True)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda index: self.activated_place.emit(index.row()))

    @property
    def lines(self) -> list[TrackLine]:
        """What is shown, in order."""
        return list(self._lines.lines)

    def show_lines(self, lines: Sequence[TrackLine]) -> None:
        """Replace the lines; the selected place stays."""
        if list(lines) == self._lines.lines:
            return
        place, scrolled = self.currentIndex().row(), self.verticalScrollBar().value()
        self._lines.replace(lines)
        if lines:
            self.setCurrentIndex(self._lines.index(min(max(0, place), len(lines) - 1), 0))
        self.verticalScrollBar().setValue(scrolled)

    def go_to(self, place: int) -> None:
        """Choose one line and bring it into view, with what comes after it."""
        index = self._lines.index(place, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def move_line(self, source: int, target: int) -> None:
        """Move one line, select it, and say so."""
        if source == target or not (0 <= source < len(self._lines.lines) and 0 <= target < len(self._lines.lines)):
            return
        self._lines.move(source, target)
        self.setCurrentIndex(self._lines.index(target, 0))
        self.moved.emit(source, target)

    def remove_line(self, place: int) -> None:
        """Remove one line, and say so."""
        if 0 <= place < len(self._lines.lines):
            self._lines.take(place)
            self.removed.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place, key = self.currentIndex().row(), event.key()
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and key in moves:
            self.move_line(place, place + moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_line(place)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and place >= 0:
            self.activated_place.emit(place)
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        source = self.currentIndex().row()
        over = self.indexAt(event.position().toPoint())
        target = over.row() if over.isValid() else len(self._lines.lines)
        if over.isValid() and event.position().y() > self.visualRect(over).center().y():
            target += 1
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the view would remove the dragged row itself
        event.accept()
        if event.source() is self:
            self.move_line(source, target - 1 if target > source else target)


class _LinePainter(QStyledItemDelegate):
    """Title over artist at the left; note and length at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line = index.data(_LINE_ROLE)
        if not isinstance(line, TrackLine):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = tokens()
        area = QRectF(option.rect).adjusted(2, 1, -2, -1)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        back = QColor(0, 0, 0, 0)
        if state & QStyle.StateFlag.State_Selected:
            back = colours.colour("accent_soft")
        elif state & QStyle.StateFlag.State_MouseOver:
            back = colours.colour("hover")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(area, 5, 5)
        self._paint_words(painter, line, area, str(index.row() + 1))
        painter.restore()

    def _paint_words(self, painter: QPainter, line: TrackLine, area: QRectF, number: str) -> None:
        colours = tokens()
        right, left = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(colours.colour("faint"))
        if line.mark:
            paint_icon(painter, line.mark, QRectF(area.left() + 8, area.center().y() - 7, 14, 14), colours.link)
        else:
            painter.drawText(QRectF(area.left(), area.top(), 24, area.height()), right, number)
        painter.drawText(area.adjusted(0, 0, -8, 0), right, duration_text(line.seconds))
        if line.note:
            painter.drawText(area.adjusted(0, 0, -58, 0), right, line.note)
        words = area.adjusted(34, 3, -(106 if line.note else 56), -3)
        upper, lower = QRectF(words), QRectF(words)
        upper.setBottom(words.center().y())
        lower.setTop(words.center().y())
        metrics = painter.fontMetrics()
        painter.setPen(colours.colour("muted"))
        artist = line.artist or "Unknown artist"
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(lower, left, metrics.elidedText(" ".join(artist.split()), elide, int(lower.width())))
        painter.setFont(font(FontRole.BODY))
        painter.setPen(colours.colour("text"))
        title = painter.fontMetrics().elidedText(" ".join(line.title.split()), elide, int(upper.width()))
        painter.drawText(upper, left, title)
