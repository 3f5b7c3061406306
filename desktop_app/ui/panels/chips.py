"""A rounded label that can be clicked and removed: a tag, a file of a query."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetrics,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

_PADDING = 9
_CROSS = 16
_WIDEST_TEXT = 190


class Chip(QAbstractButton):
    """``clicked`` as any button; ``removed`` on its ✕ or by Delete. A partial chip has a dashed outline."""

    removed = Signal()

    def __init__(
        self,
        text: str,
        parent: QWidget | None = None,
        *,
        removable: bool = True,
        partial: bool = False,
        height: int = 24,
    ) -> None:
        super().__init__(parent)
        self._removable, self.partial, self._height = removable, partial, height
        self._over_cross = False
        self._picture: QPixmap | None = None
        self.setText(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # in a narrow row it keeps its ✕
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setShortcut(QKeySequence())  # an & in a name is no letter to press; what is painted is the text itself

    def set_picture(self, picture: QPixmap | QIcon) -> None:
        """A thumbnail (cropped to a square) or an icon before the text."""
        side = self._picture_side()
        if isinstance(picture, QIcon):
            self._picture = picture.pixmap(QSize(side, side), self.devicePixelRatioF())
        else:
            self._picture = square_of(picture, side, self.devicePixelRatioF())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        text = min(_WIDEST_TEXT, QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2)
        width = _PADDING + text + (_CROSS + 6 if self._removable else _PADDING)
        if self._picture is not None:
            width += self._picture_side() + 2
        return QSize(width, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(60, self.sizeHint().width()), self._height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._removable and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if not event.isAutoRepeat():  # the next one gets the keyboard, and may be another item's
                self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over_cross = self._removable and self._cross_area().contains(event.position())
        self.update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed_cross = self._removable and self._cross_area().contains(event.position())
        if event.button() == Qt.MouseButton.LeftButton and pressed_cross and self.isDown():
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        self._over_cross = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        palette = self.palette()
        ink = palette.color(QPalette.ColorRole.Text)
        fill = QColor(ink)
        fill.setAlphaF(0.14 if self.underMouse() else 0.08)
        outline = QColor(ink)
        outline.setAlphaF(0.35 if self.partial else 0.0)
        pen = QPen(outline, 1.0, Qt.PenStyle.DashLine if self.partial else Qt.PenStyle.SolidLine)
        if self.hasFocus():
            pen = QPen(palette.color(QPalette.ColorRole.Highlight), 1.5)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush if self.partial else fill)
        radius = min(self.height() / 2, 12.0) if self._height <= 26 else 6.0
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
        left = float(_PADDING)
        if self._picture is not None:
            side = self._picture_side()
            painter.drawPixmap(QPointF(4, (self.height() - side) / 2), self._picture)
            left = 4.0 + side + 7
        right = self.width() - (_CROSS + 6 if self._removable else _PADDING)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText) if self.partial else ink)
        shown = QFontMetrics(self.font()).elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, max(0, int(right - left) + 1)
        )
        painter.drawText(QRectF(left, 0, right - left + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        if self._removable:
            self._paint_cross(painter, ink)
        painter.end()

    def _paint_cross(self, painter: QPainter, ink: QColor) -> None:
        colour = QColor(ink)
        colour.setAlphaF(0.95 if self._over_cross else 0.5)
        painter.setPen(QPen(colour, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        centre = self._cross_area().center()
        arm = 3.2
        painter.drawLine(centre + QPointF(-arm, -arm), centre + QPointF(arm, arm))
        painter.drawLine(centre + QPointF(-arm, arm), centre + QPointF(arm, -arm))

    def _cross_area(self) -> QRectF:
        return QRectF(self.width() - _CROSS - 5, (self.height() - _CROSS) / 2, _CROSS, _CROSS)

    def _picture_side(self) -> int:
        return self._height - 8


def square_of(picture: QPixmap, side: int, ratio: float = 1.0) -> QPixmap:
    """The middle of ``picture``, cropped and scaled to ``side`` device-independent pixels."""
    short = min(picture.width(), picture.height())
    cropped = picture.copy((picture.width() - short) // 2, (picture.height() - short) // 2, short, short)
    target = max(1, round(side * ratio))
    scaled = cropped.scaled(
        target, target, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    scaled.setDevicePixelRatio(ratio)
    return scaled
