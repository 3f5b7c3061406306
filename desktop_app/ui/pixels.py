"""From the engine's pixels to Qt's pictures."""

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage, QPixmap

from desktop_app.domain.notices import PreviewImage


def image_of(preview: PreviewImage) -> QImage:
    """A QImage of its own (RGB32, which paints without conversion); safe in any thread."""
    raw = QImage(preview.rgb, preview.width, preview.height, preview.width * 3, QImage.Format.Format_RGB888)
    return raw.convertToFormat(QImage.Format.Format_RGB32)


def pixmap_of(preview: PreviewImage) -> QPixmap:
    """For a picture of panel size; large ones go through ``ImageMaker``."""
    return QPixmap.fromImage(image_of(preview))


class ImageMaker(QObject):
    """Makes QImages of large previews off the GUI thread. Signal: ``made(token, QImage)``."""

    made = Signal(object, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def make(self, token: object, preview: PreviewImage) -> None:
        """Answer with ``made``."""
        self._pool.start(_Making(self, token, preview))

    def shut_down(self) -> None:
        """Wait for what is under way."""
        self._pool.clear()
        self._pool.waitForDone()


class _Making(QRunnable):
    def __init__(self, maker: ImageMaker, token: object, preview: PreviewImage) -> None:
        super().__init__()
        self._maker, self._token, self._preview = maker, token, preview

    def run(self) -> None:
        self._maker.made.emit(self._token, image_of(self._preview))
