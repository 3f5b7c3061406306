"""A palette as one strip: each colour as wide as its weight, the borders can be dragged."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.domain.search import PaletteColour
from desktop_app.ui.controls import plain
from desktop_app.ui.theme import FontRole, font, tokens

LEAST = 0.05  # of the whole, for a colour
_STEP = 0.05  # of the whole, by key
_GRAB = 5  # px to either side of a border
_ROUND = 6.0
_LIGHT = 0.55  # luminance above which ink on a colour is dark


class PaletteStrip(QWidget):
    """Colours by weight. A click selects one, a double click or Return asks for another, Delete takes it away, Left and
    Right go on to the next, Up and Down give it more or less.

    Signals: ``changed()`` colours or weights are others; ``edit_wanted(int)`` a colour is to be chosen anew.
    """

    changed = Signal()
    edit_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, editable: bool = True) -> None:
        super().__init__(parent)
        self._colours: tuple[PaletteColour, ...] = ()
        self._selected = 0
        self._dragged: int | None = None
        self._editable = editable
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        if editable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def colours(self) -> tuple[PaletteColour, ...]:
        """With weights that sum to 1."""
        return self._colours

    @property
    def selected(self) -> int:
        """The place of the selected colour."""
        return self._selected

    def show_colours(self, colours: tuple[PaletteColour, ...]) -> None:
        """Show others, without saying that they changed."""
        total = sum(each.weight for each in colours) or 1.0
        self._colours = tuple(PaletteColour(each.rgb, each.weight / total) for each in colours)
        self._selected = max(0, min(self._selected, len(self._colours) - 1))
        self._describe()
        self.update()

    def select(self, place: int) -> None:
        """Make a colour the one that keys act on."""
        self._selected = max(0, min(place, len(self._colours) - 1))
        self._describe()
        self.update()

    def remove(self, place: int) -> None:
        """Take a colour away; the others share its weight."""
        self.show_colours(self._colours[:place] + self._colours[place + 1 :])
        self.changed.emit()

    def weigh(self, place: int, by: float) -> None:
        """Give a colour more or less, at the expense of the others in proportion."""
        if len(self._colours) < 2:
            return
        now = self._colours[place].weight
        wanted = min(max(now + by, LEAST), 1 - LEAST * (len(self._colours) - 1))
        scale = (1 - wanted) / (1 - now)
        self.show_colours(
            tuple(
                PaletteColour(each.rgb, wanted if at == place else max(LEAST, each.weight * scale))
                for at, each in enumerate(self._colours)
            )
        )
        self.changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(360, 36 if self._editable else 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        actions = {
            Qt.Key.Key_Left: lambda: self.select(self._selected - 1),
            Qt.Key.Key_Right: lambda: self.select(self._selected + 1),
            Qt.Key.Key_Up: lambda: self.weigh(self._selected, _STEP),
            Qt.Key.Key_Down: lambda: self.weigh(self._selected, -_STEP),
            Qt.Key.Key_Delete: lambda: self.remove(self._selected),
            Qt.Key.Key_Backspace: lambda: self.remove(self._selected),
            Qt.Key.Key_Return: lambda: self.edit_wanted.emit(self._selected),
            Qt.Key.Key_Enter: lambda: self.edit_wanted.emit(self._selected),
            Qt.Key.Key_Space: lambda: self.edit_wanted.emit(self._selected),
        }
        action = actions.get(Qt.Key(event.key())) if self._colours else None
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._editable or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._dragged = self._border_at(event.position().x())
        if self._dragged is None and self._colours:
            self.select(self._place_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._dragged is not None:
            self._drag_to(x)
        elif self._editable:
            over = self._border_at(x) is not None
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.PointingHandCursor)
            self.setToolTip("" if over or not self._colours else plain(self._text(self._place_at(x))))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._dragged = None
            self.changed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._editable and self._colours and self._border_at(event.position().x()) is None:
            self.edit_wanted.emit(self._place_at(event.position().x()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outline = QPainterPath()
        outline.addRoundedRect(area, _ROUND, _ROUND)
        painter.save()
        painter.setClipPath(outline)
        edges = self._edges()
        for place, each in enumerate(self._colours):
            part = QRectF(edges[place], 0, edges[place + 1] - edges[place] + 1, self.height())
            painter.fillRect(part, QColor(*each.rgb))
            if self._editable:
                self._paint_share(painter, part, each)
        painter.restore()
        painter.setPen(QPen(tokens().colour("border"), 1))
        painter.drawPath(outline)
        if self._editable and self.hasFocus() and self._colours:
            self._paint_selection(painter, edges)
        painter.end()

    def _paint_share(self, painter: QPainter, part: QRectF, colour: PaletteColour) -> None:
        painter.setFont(font(FontRole.SMALL))
        text = f"{round(colour.weight * 100)}\u00a0%"
        if painter.fontMetrics().horizontalAdvance(text) + 8 < part.width():
            painter.setPen(ink_on(colour))
            painter.drawText(part, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_selection(self, painter: QPainter, edges: list[float]) -> None:
        part = QRectF(edges[self._selected], 1, edges[self._selected + 1] - edges[self._selected], self.height() - 2)
        painter.setPen(QPen(ink_on(self._colours[self._selected]), 1))
        painter.drawRoundedRect(part.adjusted(3.5, 2.5, -3.5, -2.5), 4, 4)
        painter.setPen(QPen(tokens().colour("focus"), 2))
        painter.drawRoundedRect(part.adjusted(1, 0, -1, 0), _ROUND, _ROUND)

    def _edges(self) -> list[float]:
        edges = [1.0]
        for each in self._colours:
            edges.append(edges[-1] + each.weight * (self.width() - 2))
        return edges

    def _place_at(self, x: float) -> int:
        edges = self._edges()
        return next((at for at in range(len(self._colours)) if x < edges[at + 1]), len(self._colours) - 1)

    def place_at(self, point: QPointF) -> int | None:
        """The colour under a point, None where there is none."""
        return self._place_at(point.x()) if self._colours and self.rect().contains(point.toPoint()) else None

    def _border_at(self, x: float) -> int | None:
        """The border between this colour and the next that is within reach."""
        borders = self._edges()[1:-1]
        return next((at for at, edge in enumerate(borders) if abs(edge - x) <= _GRAB), None)

    def _drag_to(self, x: float) -> None:
        at = self._dragged
        if at is None:
            return
        edges = self._edges()
        least = LEAST * (self.width() - 2)
        edges[at + 1] = min(max(x, edges[at] + least), edges[at + 2] - least)
        widths = [edges[place + 1] - edges[place] for place in range(len(self._colours))]
        self._colours = tuple(
            PaletteColour(each.rgb, width / sum(widths)) for each, width in zip(self._colours, widths, strict=True)
        )
        self._describe()
        self.update()

    def _text(self, place: int) -> str:
        each = self._colours[place]
        return f"{each.hex}, {round(each.weight * 100)} %"

    def _describe(self) -> None:
        parts = [self._text(place) for place in range(len(self._colours))]
        self.setAccessibleName("Palette: " + ("; ".join(parts) if parts else "no colours yet"))
        if self._editable and parts:
            self.setAccessibleDescription(f"{parts[self._selected]} selected")


def ink_on(colour: PaletteColour) -> QColor:
    """Black or white, whichever reads better on a colour."""
    red, green, blue = (each / 255 for each in colour.rgb)
    return QColor("#111113" if 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHT else "#ffffff")
