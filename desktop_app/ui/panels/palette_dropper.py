"""The eye-dropper: a click on a picture takes its colour there."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from desktop_app.domain.search import PaletteColour
from desktop_app.ui.controls import plain

_AROUND = 2  # px to each side that the colour is the mean of


class EyeDropper(QObject):
    """While active, the pictures show a cross, and a click on one takes a colour instead of what it did.

    Signals: ``started()``; ``picked(PaletteColour)``; ``ended()`` by Esc, by the right button or by ``stop``.
    """

    started = Signal()
    picked = Signal(object)
    ended = Signal()

    def __init__(self, pictures: Sequence[QWidget], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = list(pictures)
        self._active = False

    @property
    def is_active(self) -> bool:
        """Whether a click takes a colour."""
        return self._active

    def start(self) -> None:
        """From now on a click takes a colour."""
        if self._active:
            return
        self._active = True
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        QApplication.setOverrideCursor(QCursor(Qt.CursorShape.CrossCursor))
        self.started.emit()

    def stop(self) -> None:
        """Clicks do again what they did."""
        if not self._active:
            return
        self._active = False
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        QApplication.restoreOverrideCursor()
        QToolTip.hideText()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                if kind == QEvent.Type.KeyPress:
                    self.stop()
                return True
        elif isinstance(event, QMouseEvent) and watched in self._pictures:
            return self._on_mouse(watched, event)
        return super().eventFilter(watched, event)

    def _on_mouse(self, watched: QObject, event: QMouseEvent) -> bool:
        if not isinstance(watched, QWidget):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseMove:
            found = colour_at(watched, event.position().toPoint())
            QToolTip.showText(event.globalPosition().toPoint() + QPoint(12, 12), plain(found.hex), watched)
            return True
        if kind == QEvent.Type.MouseButtonPress:
            if event.button() == Qt.MouseButton.LeftButton:
                self.picked.emit(colour_at(watched, event.position().toPoint()))
            else:
                self.stop()
            return True
        return kind in (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)


def colour_at(widget: QWidget, point: QPoint) -> PaletteColour:
    """The mean colour of what a widget shows around a point."""
    area = QRect(point.x() - _AROUND, point.y() - _AROUND, 2 * _AROUND + 1, 2 * _AROUND + 1) & widget.rect()
    image = widget.grab(area).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    count = max(1, len(pixels))
    red, green, blue = (
        round(sum(each) / count)
        for each in (
            (pixel.red() for pixel in pixels),
            (pixel.green() for pixel in pixels),
            (pixel.blue() for pixel in pixels),
        )
    )
    return PaletteColour((red, green, blue))
