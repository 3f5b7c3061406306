"""A picture that can be zoomed at the cursor and dragged about."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

_BACKGROUND = "#101011"
_STEP = 1.25
_LARGEST = 16.0


class ViewerCanvas(QWidget):
    """Paints one image, fitted or at a scale; scale 1 is one pixel of the original on one of the screen.

    Signals: ``scale_changed(float)``; ``full_needed()`` when the shown pixels are too few for the scale.
    """

    scale_changed = Signal(float)
    full_needed = Signal()
    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._full = QSizeF(1, 1)
        self._scale: float | None = None  # None: fitted
        self._centre = QPointF(0.5, 0.5)  # the point of the picture in the middle of the view, as shares of it
        self._grabbed: QPointF | None = None
        self._dimmed = False
        self.setAutoFillBackground(False)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture")

    @property
    def image(self) -> QImage | None:
        """The pixels shown."""
        return self._image

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is in view."""
        return self._scale is None

    @property
    def scale(self) -> float:
        """Screen pixels for one pixel of the original."""
        return self._fit_scale() if self._scale is None else self._scale

    def show_image(self, image: QImage | None, full_width: int, full_height: int, *, keep: bool) -> None:
        """Show pixels of a picture of that original size; ``keep`` the place and scale (better pixels of the same)."""
        self._image = image
        self._full = QSizeF(max(1, full_width), max(1, full_height))
        if not keep:
            self._scale, self._centre = None, QPointF(0.5, 0.5)
        self._changed()

    def set_dimmed(self, dimmed: bool) -> None:
        """For a picture whose file is away."""
        self._dimmed = dimmed
        self.update()

    def fit(self) -> None:
        """The whole picture."""
        self._scale, self._centre = None, QPointF(0.5, 0.5)
        self._changed()

    def actual_size(self, at: QPointF | None = None) -> None:
        """100 %."""
        self._zoom_to(1.0, at)

    def zoom(self, steps: float, at: QPointF | None = None) -> None:
        """In or out by steps, keeping the point ``at`` (else the middle) where it is."""
        self._zoom_to(self.scale * _STEP**steps, at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.pixelDelta().y() / 60 if not event.pixelDelta().isNull() else event.angleDelta().y() / 120
        if delta:
            self.zoom(delta, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            if self._scale is not None:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None or self._scale is None:
            event.ignore()
            return
        moved, self._grabbed = event.position() - self._grabbed, event.position()
        area = self._target().size()
        self._centre -= QPointF(moved.x() / area.width(), moved.y() / area.height())
        self._keep_inside()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.is_fitted:
            self.actual_size(event.position())
        else:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _BACKGROUND)
        if self._image is not None and not self._image.isNull():
            target = self._target()
            smooth = target.width() < self._image.width() * 3 / self.devicePixelRatioF()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)  # far in, pixels stay squares
            painter.setOpacity(0.45 if self._dimmed else 1.0)
            painter.drawImage(target, self._image, QRectF(self._image.rect()))
        painter.end()

    def _fit_scale(self) -> float:
        """Small pictures are not blown up beyond twice their size."""
        ratio = self.devicePixelRatioF()
        width, height = self.width() * ratio / self._full.width(), self.height() * ratio / self._full.height()
        return min(width, height, 2.0)

    def _target(self) -> QRectF:
        """Where the picture lies, in the widget's coordinates."""
        scale = self.scale / self.devicePixelRatioF()
        width, height = self._full.width() * scale, self._full.height() * scale
        left = self.width() / 2 - self._centre.x() * width
        top = self.height() / 2 - self._centre.y() * height
        return QRectF(left, top, width, height)

    def _zoom_to(self, scale: float, at: QPointF | None) -> None:
        fit = self._fit_scale()
        scale = min(_LARGEST, max(min(fit, 1.0), scale))
        before = self._target()
        at = at or QPointF(self.width() / 2, self.height() / 2)
        share = QPointF((at.x() - before.left()) / before.width(), (at.y() - before.top()) / before.height())
        self._scale = None if scale <= fit * 1.001 and scale < 1.0 else scale
        after = self._target()
        self._centre = QPointF(
            share.x() - (at.x() - self.width() / 2) / after.width(),
            share.y() - (at.y() - self.height() / 2) / after.height(),
        )
        self._keep_inside()
        self._changed()

    def _keep_inside(self) -> None:
        """No more empty room at one side than needed."""
        target = self._target()
        for horizontal in (True, False):
            room = self.width() if horizontal else self.height()
            length = target.width() if horizontal else target.height()
            half = min(0.5, room / 2 / length)
            value = self._centre.x() if horizontal else self._centre.y()
            value = min(1 - half, max(half, value))
            if horizontal:
                self._centre.setX(value)
            else:
                self._centre.setY(value)

    def _changed(self) -> None:
        self._show_cursor()
        self.update()
        self.scale_changed.emit(self.scale)
        if self._image is not None and self._full.width() * min(1.0, self.scale) > self._image.width() * 1.02:
            self.full_needed.emit()

    def _show_cursor(self) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if self._scale is None else Qt.CursorShape.OpenHandCursor)
