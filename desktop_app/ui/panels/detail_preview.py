"""The large picture at the top of the detail panel."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.ui.panels.chips import square_of


class PreviewPane(QWidget):
    """Fits a picture into its width; as high as the picture needs, within limits. ``opened`` on a double click."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: QPixmap | None = None
        self._icon = QIcon()
        self._dimmed = False
        self._aspect = 2 / 3
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Double-click to see it large")

    @property
    def picture(self) -> QPixmap | None:
        """What is shown."""
        return self._picture

    def expect(self, width: int | None, height: int | None) -> None:
        """Make room for a picture of this shape before it arrives, so that nothing jumps."""
        self._aspect = height / width if width and height else 2 / 3
        self.updateGeometry()

    def show_picture(self, picture: QPixmap | None, icon: QIcon, *, dimmed: bool = False) -> None:
        """Show ``picture``, else ``icon`` in the middle of an empty frame."""
        self._picture, self._icon, self._dimmed = picture, icon, dimmed
        if picture is not None and not picture.isNull():
            aspect = picture.height() / max(1, picture.width())
            if abs(aspect - self._aspect) > 0.02:
                self._aspect = aspect
                self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(min(max(width * self._aspect, 130), width * 1.05, 460))

    def sizeHint(self) -> QSize:
        width = max(200, self.width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect())
        back = QColor(self.palette().color(QPalette.ColorRole.Text))
        back.setAlphaF(0.05)
        path = QPainterPath()
        if self._picture is None or self._picture.isNull():
            path.addRoundedRect(frame, 6, 6)
            painter.fillPath(path, back)
            side = 44.0
            self._icon.paint(
                painter,
                QRectF(frame.center() - QPointF(side / 2, side / 2), QSize(int(side), int(side))).toRect(),
                mode=QIcon.Mode.Disabled,
            )
        else:
            target = fitted(self._picture.width(), self._picture.height(), frame)
            path.addRoundedRect(target, 6, 6)
            painter.setClipPath(path)
            painter.setOpacity(0.45 if self._dimmed else 1.0)
            painter.drawPixmap(target, self._picture, QRectF(self._picture.rect()))
        if self.hasFocus():
            painter.setOpacity(1.0)
            painter.setClipping(False)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), 6, 6)
        painter.end()


def fitted(width: int, height: int, frame: QRectF) -> QRectF:
    """The largest rectangle of that shape in the middle of ``frame``."""
    scale = min(frame.width() / max(1, width), frame.height() / max(1, height))
    size = QRectF(0, 0, width * scale, height * scale)
    size.moveCenter(frame.center())
    return size


def mosaic(pictures: Sequence[QPixmap], side: int) -> QPixmap:
    """Up to four pictures as squares, side by side in two rows; one fills the field."""
    count = min(4, len(pictures))
    columns, gap = (1, 0) if count == 1 else (2, 6)
    rows = -(-count // columns)
    cell = (side - gap * (columns - 1)) // columns
    made = QPixmap(side, cell * rows + gap * (rows - 1))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    for place, picture in enumerate(pictures[:count]):
        row, column = divmod(place, columns)
        painter.drawPixmap(column * (cell + gap), row * (cell + gap), square_of(picture, cell))
    painter.end()
    return made
