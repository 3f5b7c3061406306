"""The grid of photos and covers: a view whose cost is what is visible, not what exists."""

import math
from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QToolTip, QWidget

from desktop_app.domain.items import ItemRow
from desktop_app.ui.controls import keep_scroll_lane, plain
from desktop_app.ui.models.item_model import ItemModel
from desktop_app.ui.models.selection import Ranges, selection_of
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import FontRole, font, theme, tokens
from desktop_app.ui.views.grid_cells import CAPTION, STRIP, Cell, CellPainter, CellSize
from desktop_app.ui.views.grid_geometry import HEADING, MARGIN, GridGeometry
from desktop_app.ui.views.grid_input import GridInput

MIN_SIDE, MAX_SIDE = 80, 320  # px
PHOTO_ASPECT, COVER_ASPECT = 0.74, 1.0  # most photos lie, covers are square
LOOK_MS = 400  # at the same items, before they count as looked at
REST_MS = 120  # without another zoom or resize

Index = QModelIndex | QPersistentModelIndex
Flag = QItemSelectionModel.SelectionFlag


class GridView(GridInput):
    """Cells of ``side`` px in sections with sticky headings, over an ``ItemModel``.

    Signals (beside those of ``GridInput``): ``side_changed(int)``; ``viewed(first, last)`` positions that were
    in view for a moment.
    """

    side_changed = Signal(int)
    viewed = Signal(int, int)

    def __init__(self, model: ItemModel, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = model
        self._thumbnails = thumbnails
        self._cells = CellPainter(thumbnails)
        self._side = 140
        self._captions = False
        self._geometry = GridGeometry(0, (), 400, self._side, STRIP)
        self._visible: dict[str, list[QRect]] = {}
        self.setObjectName("grid")
        self.setAccessibleName("Items")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_scroll_lane(self)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setModel(model)
        thumbnails.loaded.connect(self._on_thumbnails)
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self.viewport().update)
        self._seen = (-1, -1)
        self._looking = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._looking.timeout.connect(self._tell_viewed)
        theme().changed.connect(self.viewport().update)

    # what is shown

    @property
    def items(self) -> ItemModel:
        """The model."""
        return self._items

    @property
    def cells(self) -> GridGeometry:
        """Where the cells lie now."""
        return self._geometry

    @property
    def side(self) -> int:
        """Px of a cell's width."""
        return self._side

    def set_side(self, side: int) -> None:
        """Zoom; what is in the middle of the view (or current, wholly) stays in view, at the same height if it can."""
        side = min(MAX_SIDE, max(MIN_SIDE, side))
        if side == self._side:
            return
        held = self._held_position()
        before = self._geometry.rect(held)[1] - self.verticalOffset() if held is not None else 0
        self._side = side
        self._settle()
        self.updateGeometries()
        if held is not None:
            self.verticalScrollBar().setValue(self._geometry.rect(held)[1] - before)
            if held == self.currentIndex().row():
                self.scrollTo(self.currentIndex())
        self.viewport().update()
        self.side_changed.emit(side)

    def set_captions(self, captions: bool) -> None:
        """Title and artist below each picture."""
        if captions != self._captions:
            self._captions = captions
            self.updateGeometries()
            self.viewport().update()

    def visible_positions(self) -> tuple[int, int] | None:
        """First and last position in view."""
        top = self.verticalOffset()
        runs = list(self._geometry.runs(top, top + self.viewport().height()))
        return (runs[0].first, runs[-1].last) if runs else None

    def _held_position(self) -> int | None:
        seen = self.visible_positions()
        if seen is None:
            return None
        current = self.currentIndex()
        if current.isValid() and seen[0] <= current.row() <= seen[1]:
            return current.row()
        return (seen[0] + seen[1]) // 2

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        offset = self.verticalOffset()
        area = event.rect()
        painter.fillRect(area, tokens().colour("canvas"))
        whole = area.contains(self.viewport().rect())
        cells = self._cells_in(event.region(), offset)
        if whole:
            self._visible.clear()
            for cell in cells:
                if cell.row is not None and cell.row.content_hash:
                    self._visible.setdefault(cell.row.content_hash, []).append(
                        QRect(cell.x, cell.y, self._geometry.side, self._geometry.cell_height)
                    )
        geometry = self._geometry
        size = CellSize(geometry.side, geometry.cell_height, geometry.picture_height, self._captions)
        self._cells.paint(painter, cells, size, moving=self._resting.isActive())
        self._paint_headings(painter, offset, area)
        self.paint_band(painter)
        painter.end()
        if whole:
            self._prefetch()

    def _cells_in(self, region: QRegion, offset: int) -> list[Cell]:
        """The cells that a region of the viewport touches."""
        area, geometry, items = region.boundingRect(), self._geometry, self._items
        pieced = region.rectCount() > 1
        focused = self.currentIndex().row() if self.hasFocus() and self.shows_focus else -1
        found: list[Cell] = []
        for run in geometry.runs(offset + area.top(), offset + area.bottom()):
            for position, x, top in geometry.places(run):
                y = top - offset
                if x > area.right() or x + geometry.side <= area.left():
                    continue
                if pieced and not region.intersects(QRect(x, y, geometry.side, geometry.cell_height)):
                    continue
                selected = self._is_selected(position)
                hovered = position == self.hovered
                found.append(Cell(x, y, items.row_at(position), selected, hovered, position == focused))
        return found

    def _paint_headings(self, painter: QPainter, offset: int, area: QRect) -> None:
        cells = self._geometry
        if not cells.headed or not cells.count:
            return
        colours = tokens()
        first = cells.section_at(offset)
        for section in range(first, cells.section_at(offset + area.bottom()) + 1):
            top = cells.heading_top(section) - offset
            if section == first:  # sticks until the next one pushes it away
                top = min(max(top, 0), cells.section_bottom(section) - offset - HEADING)
            box = QRect(0, top, self.viewport().width(), HEADING)
            if not box.intersects(area):
                continue
            painter.fillRect(box, colours.colour("canvas"))
            heading = self._items.sections[section]
            text = box.adjusted(MARGIN + 6, 4, -MARGIN, 0)
            painter.setFont(font(FontRole.STRONG))
            painter.setPen(colours.colour("text"))
            title = painter.fontMetrics().elidedText(heading.title, Qt.TextElideMode.ElideRight, text.width() - 90)
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
            text.setLeft(text.left() + painter.fontMetrics().horizontalAdvance(title) + 8)
            painter.setFont(font(FontRole.SMALL))
            painter.setPen(colours.colour("faint"))
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{heading.count:,}")

    def heading_at(self, y: int) -> int | None:
        """The section whose heading is at a height of the viewport, as it sticks to the upper edge."""
        cells, offset = self._geometry, self.verticalOffset()
        if not cells.headed or not cells.count:
            return None
        section = cells.section_at(offset + y)
        top = cells.heading_top(section) - offset
        if section == cells.section_at(offset):
            top = min(max(top, 0), cells.section_bottom(section) - offset - HEADING)
        return section if top <= y < top + HEADING else None

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            section = self.heading_at(event.pos().y())
            if section is not None:
                QToolTip.showText(event.globalPos(), plain(self._items.sections[section].hint), self.viewport())
                return True
        return super().viewportEvent(event)

    def _prefetch(self) -> None:
        seen = self.visible_positions()
        if seen is not None:
            page = seen[1] - seen[0] + 1
            self._items.want(seen[1] + 1, seen[1] + page)
            if seen != self._seen:
                self._seen = seen
                self._looking.start()

    def _tell_viewed(self) -> None:
        seen = self.visible_positions()
        if seen is not None:
            self.viewed.emit(*seen)

    def _on_thumbnails(self, came: frozenset[str]) -> None:
        seen = came & self._visible.keys()
        if 2 * len(seen) > len(self._visible):
            self.viewport().update()
        elif seen:
            region = QRegion()
            for rect in (rect for content_hash in seen for rect in self._visible[content_hash]):
                region += rect
            self.viewport().update(region)

    def _settle(self) -> None:
        """The size of the cells is changing: pictures at the new size are made when it rests."""
        self._resting.start()

    def _cell_rect(self, position: int) -> QRect:
        x, y, width, height = self._geometry.rect(position)
        return QRect(x, y - self.verticalOffset(), width, height)

    def drag_picture(self, row: ItemRow | None, count: int) -> QPixmap:
        """What hangs at the pointer while ``count`` items are dragged."""
        return self._cells.drag_picture(row, count, self.devicePixelRatioF())

    # geometry, as QAbstractItemView asks for it

    def updateGeometries(self) -> None:
        caption = CAPTION if self._captions else STRIP
        view = self.viewport()
        aspect = COVER_ASPECT if self._captions else PHOTO_ASPECT
        count, sections = len(self._items.ids), self._items.sections
        self._geometry = GridGeometry(count, sections, view.width(), self._side, caption, aspect=aspect)
        bar = self.verticalScrollBar()
        bar.setSingleStep(max(24, self._geometry.pitch_y // 3))
        bar.setPageStep(max(1, view.height() - (HEADING if self._geometry.headed else 0)))
        bar.setRange(0, max(0, self._geometry.height - view.height()))
        self._visible.clear()
        super().updateGeometries()

    def resizeEvent(self, event: QResizeEvent) -> None:
        held = self._held_position() if event.oldSize().width() != event.size().width() else None
        before = self._geometry.rect(held)[1] - self.verticalOffset() if held is not None else 0
        side = self._geometry.side
        super().resizeEvent(event)  # Qt's calls updateGeometries
        if self._geometry.side != side:
            self._settle()
        if held is not None and self.verticalOffset():
            self.verticalScrollBar().setValue(self._geometry.rect(held)[1] - before)

    def reset(self) -> None:
        super().reset()
        self.forget_input()
        self.updateGeometries()
        self.viewport().update()

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:  # noqa: N803
        self.viewport().update()

    def indexAt(self, point: QPoint) -> QModelIndex:
        position = self.position_at(point)
        return QModelIndex() if position is None else self._items.index(position, 0)

    def position_at(self, point: QPoint) -> int | None:
        """The cell under a point of the viewport."""
        if self._geometry.headed and 0 <= point.y() < HEADING and self.verticalOffset() > 0:
            return None  # under the sticky heading
        return self._geometry.position_at(point.x(), point.y() + self.verticalOffset())

    def visualRect(self, index: Index) -> QRect:
        return self._cell_rect(index.row()) if index.isValid() else QRect()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        if not index.isValid():
            return
        _, y, _, height = self._geometry.rect(index.row())
        top, view = self.verticalOffset(), self.viewport().height()
        above = HEADING if self._geometry.headed else MARGIN
        bar = self.verticalScrollBar()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(y + height // 2 - view // 2)
        elif hint == QAbstractItemView.ScrollHint.PositionAtTop or y - above < top:
            bar.setValue(y - above)
        elif y + height + MARGIN > top + view:
            bar.setValue(y + height + MARGIN - view)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        self.viewport().update()

    def isIndexHidden(self, _index: Index) -> bool:
        return False

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def setSelection(self, rect: QRect, command: Flag) -> None:
        band = rect.normalized().translated(0, self.verticalOffset())
        ranges = self._geometry.in_band(band.left(), band.top(), band.right(), band.bottom())
        self.select_ranges(ranges, command)

    def select_ranges(self, ranges: Ranges, command: Flag = Flag.ClearAndSelect) -> None:
        """Select inclusive ranges of positions, however long."""
        self.selectionModel().select(selection_of(self._items, ranges), command)

    # zoom

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_side(round(self._side * math.pow(1.15, event.angleDelta().y() / 120)))
            event.accept()
        else:
            super().wheelEvent(event)
