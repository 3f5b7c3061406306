"""Pictures drawn pixel by pixel, also where a px of the window is one and a half of the screen."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap, QTransform


class DevicePixels:
    """Gathers pictures that have the screen's own resolution and draws them unscaled, each on whole pixels.

    A picture drawn between two pixels, or scaled by the window's ratio and back, is blurred and costs several times as
    much. ``ratio`` is of the painter's device.
    """

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        self.ratio: float = painter.device().devicePixelRatioF()
        origin = painter.deviceTransform()
        self._dx, self._dy = origin.dx(), origin.dy()
        self._waiting: list[tuple[float, float, QPixmap, float]] = []

    def px(self, length: float) -> int:
        """A length of the window in pixels of the screen."""
        return round(length * self.ratio)

    def centre(self, pixmap: QPixmap, box: QRectF, opacity: float = 1.0) -> QRectF:
        """Draw in the middle of a box when ``flush`` comes; returns where, in the window's coordinates."""
        x = (box.x() + box.width() / 2) * self.ratio - pixmap.width() / 2
        y = (box.y() + box.height() / 2) * self.ratio - pixmap.height() / 2
        return self._add(pixmap, x, y, opacity)

    def at(self, pixmap: QPixmap, x: float, y: float) -> QRectF:
        """Draw with the upper left corner there when ``flush`` comes."""
        return self._add(pixmap, x * self.ratio, y * self.ratio, 1.0)

    def _add(self, pixmap: QPixmap, x: float, y: float, opacity: float) -> QRectF:
        x, y, ratio = round(x + self._dx) - self._dx, round(y + self._dy) - self._dy, self.ratio
        self._waiting.append((x, y, pixmap, opacity))
        return QRectF(x / ratio, y / ratio, pixmap.width() / ratio, pixmap.height() / ratio)

    def flush(self) -> None:
        """Draw what was gathered."""
        if not self._waiting:
            return
        painter, waiting = self._painter, self._waiting
        self._waiting = []
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if self.ratio != 1:
            painter.setWorldTransform(QTransform.fromScale(1 / self.ratio, 1 / self.ratio))
        shown = 1.0
        for x, y, pixmap, opacity in waiting:
            if opacity != shown:
                painter.setOpacity(opacity)
                shown = opacity
            painter.drawPixmap(QPointF(x, y), pixmap)
        painter.restore()
