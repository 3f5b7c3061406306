"""The column view: the grid's model and selection as rows with sortable columns."""

from PySide6.QtCore import (
    QByteArray,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop_app.domain.kinds import Kind, SortKey, State
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.item_mime import IDS
from desktop_app.ui.models.columns import FOLDER, NAME, RATING, TITLE
from desktop_app.ui.models.item_model import ItemModel
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import ROW_HEIGHT, theme, tokens
from desktop_app.ui.views.grid_cells import STAR, fitted, paint_stars
from desktop_app.ui.views.menu_key import asks_for_menu, menu_place
from desktop_app.ui.views.type_ahead import TypeAhead

MIN_FIRST = 150  # px of the first column
CELL_MARGIN = 8
_NAMES = (TITLE.name, NAME.name)

Index = QModelIndex | QPersistentModelIndex


class TableView(QTableView):
    """Rows of an ``ItemModel``.

    Signals: as the grid's: ``opened(position)``, ``looked_into(position)``, ``drag_started()``,
    ``menu_requested(QPoint)``, ``star_clicked(position, stars)``; and
    ``sort_requested(SortKey)`` by a click on a heading; ``rows_dropped(position)`` where ``takes_order``: the
    selection was dragged before that position, 0..n.
    """

    opened = Signal(int)
    looked_into = Signal(int)
    drag_started = Signal()
    menu_requested = Signal(QPoint)
    star_clicked = Signal(int, int)
    sort_requested = Signal(object)
    rows_dropped = Signal(int)

    def __init__(self, model: ItemModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = model
        self._type_ahead = TypeAhead()
        self._press_point: QPoint | None = None
        self._starring = False  # the last press was on a star: a second one is too, and opens nothing
        self.playing = 0  # the track that plays, marked in its line
        self.takes_order = False  # a playlist in its own order: rows can be dragged to another place
        self.as_designed = True  # nobody has set widths or moved columns
        self._arranging = False
        self._gap: int | None = None  # where dragged rows would go
        self.setObjectName("table")
        self.setAccessibleName("Items as a list")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns = self.horizontalHeader()
        columns.setSectionsMovable(True)
        columns.setSectionsClickable(True)
        columns.setHighlightSections(False)
        columns.setStretchLastSection(False)
        columns.setMinimumSectionSize(40)
        columns.sectionClicked.connect(self._on_heading_clicked)
        columns.sectionMoved.connect(self._on_arranged)
        columns.sectionResized.connect(self._on_arranged)
        columns.setToolTip("Click to sort; drag to move or widen")
        self.setAcceptDrops(True)
        self.setItemDelegate(_RowDelegate(thumbnails, self))
        thumbnails.loaded.connect(lambda _hash: self.viewport().update())
        theme().changed.connect(self.viewport().update)

    def use_model(self, used: bool) -> None:
        """Attach the model only while the table is shown: its header keeps a number per row."""
        if used and self.model() is None:
            self._arranging = True
            self.setModel(self._items)
            self._arranging = False
        elif not used and self.model() is not None:
            self._arranging = True
            self.setModel(None)  # type: ignore[arg-type]
            self._arranging = False

    def show_playing(self, item: int) -> None:
        """Mark the track that plays; 0 for none."""
        self.playing = item
        self.viewport().update()

    def show_order(self, sort: SortKey, descending: bool) -> None:
        """Put the arrow at the column that the listing is sorted by."""
        header = self.horizontalHeader()
        at = next((i for i, column in enumerate(self._items.columns) if column.sort == sort), -1)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(at >= 0)
        if at >= 0:
            header.setSortIndicator(at, order)

    def default_widths(self) -> None:
        """Widths as the columns were designed."""
        self.as_designed = True
        self._fill_width()

    def _fill_width(self) -> None:
        """One column takes what room there is, so that all are in view where they can be.

        Where they can't, spare ones are left out and, unless someone set widths, those of words are narrower.
        """
        if self.model() is None:
            return
        self._arranging = True
        columns, header, room = self._items.columns, self.horizontalHeader(), self.viewport().width()
        wide = next((place for place, column in enumerate(columns) if column.wide), 0)
        others = [place for place in range(header.count()) if place != wide]
        least = columns[wide].width if columns[wide].wide else MIN_FIRST
        for place in range(header.count()):
            header.setSectionHidden(place, False)
            if self.as_designed:
                self.setColumnWidth(place, columns[place].width)
        for place in [place for place in others if columns[place].spare]:
            if sum(map(header.sectionSize, others)) + least > room:
                header.setSectionHidden(place, True)
        lacking = sum(map(header.sectionSize, others)) + least - room
        kept = [place for place in others if columns[place].number or columns[place].exact]
        words = [place for place in others if place not in kept and not header.isSectionHidden(place)]
        if self.as_designed and lacking > 0 and words:
            for place in words:
                width = header.sectionSize(place)
                self.setColumnWidth(place, max(round(width * 0.65), width - -(-lacking // len(words))))
        sharing = [place for place in others if columns[place].wide] if self.as_designed else []
        for place in sharing:
            self.setColumnWidth(place, header.sectionSize(place) + max(0, -lacking) // (len(sharing) + 1))
        self.setColumnWidth(wide, max(MIN_FIRST, room - sum(map(header.sectionSize, others))))
        self._arranging = False

    def _on_arranged(self) -> None:
        """Someone widened or moved a column."""
        if not self._arranging and self.model() is not None:
            self.as_designed = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_width()

    def save_columns(self) -> QByteArray:
        """Widths and order, for the settings."""
        return self.horizontalHeader().saveState()

    def restore_columns(self, state: QByteArray) -> bool:
        """Widths and order as saved; False where they don't fit."""
        self._arranging = True
        fits = self.horizontalHeader().restoreState(state)
        self._arranging = False
        self.as_designed = not fits
        self.horizontalHeader().setStretchLastSection(False)  # the state holds this too
        self._fill_width()
        return fits

    def _on_heading_clicked(self, section: int) -> None:
        sort = self._items.columns[section].sort
        if sort is not None:
            self.sort_requested.emit(sort)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        self._press_point = None
        self._starring = False
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            if self._clicked_star(index, event.position().toPoint()):
                self._starring = True
                return
            self._press_point = event.position().toPoint()
            selected = self.selectionModel().isSelected(index)
            if selected and event.modifiers() == Qt.KeyboardModifier.NoModifier:
                return  # perhaps a drag of the whole selection; narrowed on release
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._press_point is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (point - self._press_point).manhattanLength() >= QApplication.startDragDistance():
                self._press_point = None
                self.drag_started.emit()
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press_point is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.selectRow(self.indexAt(event.position().toPoint()).row())
        self._press_point = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        if not (self._starring and self._clicked_star(index, event.position().toPoint())):
            self.opened.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._ask_for_menu(event)

    def _ask_for_menu(self, event: QContextMenuEvent | None) -> None:
        by_key = event is None or event.reason() == QContextMenuEvent.Reason.Keyboard
        if by_key and self.currentIndex().isValid() and not self.selectionModel().hasSelection():
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(self.currentIndex(), flag.ClearAndSelect | flag.Rows)
        self.menu_requested.emit(menu_place(self, event))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._show_gap(event)  # files are for the window

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_gap(event)
        edge, y = 24, event.position().toPoint().y()
        step = -1 if y < edge else 1 if y > self.viewport().height() - edge else 0
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + step * 8)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._gap = None
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_gap(event)
        gap, self._gap = self._gap, None
        self.viewport().update()
        if gap is not None:
            self.rows_dropped.emit(gap)

    def _show_gap(self, event: QDropEvent) -> None:
        """Whether rows of our own may be dropped here, and where they would go."""
        own = self.takes_order and event.mimeData().hasFormat(IDS) and isinstance(event.source(), QWidget)
        self._gap = self._gap_at(event.position().toPoint().y()) if own else None
        if own:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()
        self.viewport().update()

    def _gap_at(self, y: int) -> int:
        row = self.rowAt(y)
        if row < 0:
            return len(self._items.ids)
        top, height = self.rowViewportPosition(row), self.rowHeight(row)
        return row + (y - top > height // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap is None or not len(self._items.ids):
            return
        last = len(self._items.ids) - 1
        row = min(self._gap, last)
        y = self.rowViewportPosition(row) + (self.rowHeight(row) if self._gap > last else 0)
        painter = QPainter(self.viewport())
        painter.fillRect(QRect(4, y - 1, self.viewport().width() - 8, 2), tokens().colour("accent"))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current.isValid():
            self.opened.emit(current.row())
        elif asks_for_menu(event):
            self._ask_for_menu(None)
        elif event.key() == Qt.Key.Key_Space and not self._type_ahead.is_typing() and current.isValid():
            self.looked_into.emit(current.row())
        elif event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
        elif event.key() != Qt.Key.Key_Space and self._type_ahead.takes(event):
            self.keyboardSearch(event.text())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, text: str) -> None:
        found = self._type_ahead.find(self._items, text, self.currentIndex().row())
        if found is not None:
            self.selectRow(found)
            self.scrollTo(self._items.index(found, 0))

    def _clicked_star(self, index: QModelIndex, point: QPoint) -> bool:
        """Rates a selected item; in another line a click there only selects it, as anywhere in it."""
        if self._items.columns[index.column()] is not RATING or not self.selectionModel().isSelected(index):
            return False
        left = self.visualRect(index).left() + 8
        row = self._items.row_at(index.row())
        if row is None or not left <= point.x() < left + 5 * STAR:
            return False
        star = (point.x() - left) // STAR + 1
        self.star_clicked.emit(index.row(), 0 if star == row.rating else star)
        return True


class _RowDelegate(QStyledItemDelegate):
    """Text cells with room, stars as stars, a small cover before the name."""

    def __init__(self, thumbnails: Thumbnails, parent: TableView) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._view = parent

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, ItemModel):
            return
        row = model.row_at(index.row())
        column = model.columns[index.column()]
        colours = tokens()
        rect: QRect = option.rect  # type: ignore[attr-defined]
        selected = self._view.selectionModel().isSelected(index)
        if selected:
            painter.fillRect(rect, colours.colour("accent_soft"))
        elif self._view.indexAt(self._view.viewport().mapFromGlobal(self._view.cursor().pos())).row() == index.row():
            painter.fillRect(rect, colours.colour("placeholder"))
        if self._view.hasFocus() and not selected and index.row() == self._view.currentIndex().row():
            painter.setPen(colours.colour("focus"))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
            painter.drawLine(rect.topLeft(), rect.topRight())
        if row is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        text = rect.adjusted(CELL_MARGIN, 0, -CELL_MARGIN, 0)
        if column.name in _NAMES:
            box = QRect(text.left(), text.top() + 3, ROW_HEIGHT - 6, ROW_HEIGHT - 6)
            self._paint_small_picture(painter, box, index, model)
            text.setLeft(box.right() + 9)
        if column is RATING:
            paint_stars(painter, QPoint(text.left(), rect.center().y() - STAR // 2), row.rating, empty=selected)
        else:
            quiet = column.name not in _NAMES or row.state is not State.PRESENT
            plays = row.id == self._view.playing and not quiet
            painter.setPen(colours.colour("link" if plays else "text" if selected or not quiet else "muted"))
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            cut = Qt.TextElideMode.ElideMiddle if column.name == FOLDER.name else Qt.TextElideMode.ElideRight
            shown = painter.fontMetrics().elidedText(column.text(row), cut, text.width())
            painter.drawText(text, side | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _paint_small_picture(self, painter: QPainter, box: QRect, index: Index, model: ItemModel) -> None:
        row = model.row_at(index.row())
        if row is None:
            return
        pixmap = None
        if row.has_thumbnail and row.content_hash:
            pixmap = self._thumbnails.request(row.content_hash, round(box.width() * self._view.devicePixelRatioF()))
        area = box.toRectF()
        if row.id == self._view.playing:
            paint_icon(painter, "volume", area.adjusted(2, 2, -2, -2), tokens().link)
            return
        if row.state is not State.PRESENT:
            name = {State.MISSING: "missing", State.OFFLINE: "offline"}.get(row.state, "problem")
            paint_icon(painter, name, area.adjusted(2, 2, -2, -2), tokens().warning)
        elif pixmap is not None:
            painter.drawPixmap(fitted(pixmap.width(), pixmap.height(), area), pixmap, pixmap.rect().toRectF())
        else:
            icon = "photo" if row.kind is Kind.PHOTO else "music"
            paint_icon(painter, icon, area.adjusted(2, 2, -2, -2), tokens().faint)
