"""A track's waveform, painted from its bytes."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.domain.metadata import Waveform
from desktop_app.ui.controls import plain

PLACEHOLDER = "The waveform follows when Akin is idle"


class WaveformView(QWidget):
    """Peaks behind, loudness (RMS) in front. ``sought(float)`` with the place 0..1 that was clicked."""

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waveform: Waveform | None = None
        self._message = PLACEHOLDER
        self._played: float | None = None
        self.setFixedHeight(56)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Waveform")

    def show_waveform(self, waveform: Waveform | None, message: str = PLACEHOLDER) -> None:
        """Paint ``waveform``, or say why there is none yet."""
        self._waveform, self._message = waveform, message
        self.setAccessibleDescription("" if waveform else message)
        self.setToolTip("Loudness over the whole track" if waveform else plain(message))
        self.update()

    def set_played(self, share: float | None) -> None:
        """Colour the part 0..1 that has been played; None where another track plays, or none."""
        if share != self._played:
            self._played = share
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 56)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._waveform is not None:
            self.sought.emit(min(1.0, max(0.0, event.position().x() / max(1, self.width()))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._waveform is None or not self._waveform.peaks:
            self._paint_message(painter)
        else:
            self._paint_bars(painter, self._waveform)
        painter.end()

    def _paint_message(self, painter: QPainter) -> None:
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        line = QColor(muted)
        line.setAlphaF(0.35)
        painter.setPen(QPen(line, 1, Qt.PenStyle.DotLine))
        middle = self.height() / 2
        painter.drawLine(QPointF(0, middle + 14), QPointF(self.width(), middle + 14))
        painter.setPen(muted)
        painter.drawText(QRectF(0, 0, self.width(), self.height() - 10), Qt.AlignmentFlag.AlignCenter, self._message)

    def _paint_bars(self, painter: QPainter, waveform: Waveform) -> None:
        step, middle = 3, self.height() / 2
        bars = max(1, self.width() // step)
        peaks, loud = levels(waveform.peaks, bars), levels(waveform.rms, bars)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        ink = self.palette().color(QPalette.ColorRole.Text)
        for bar in range(bars):
            played = bar < (self._played or 0.0) * bars
            colour = QColor(accent if played else ink)
            x = bar * step + 0.5
            for level, alpha in ((float(peaks[bar]), 0.35), (float(loud[bar]), 0.9)):
                colour.setAlphaF(alpha if played else alpha * 0.55)
                painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                reach = max(0.5, level * (middle - 2))
                painter.drawLine(QPointF(x + 0.5, middle - reach), QPointF(x + 0.5, middle + reach))


def levels(values: bytes, bars: int) -> NDArray[np.float64]:
    """``bars`` values 0..1, float64: the highest byte of each stretch."""
    samples = np.frombuffer(values, dtype=np.uint8)
    edges = np.linspace(0, len(samples), bars + 1).astype(int)[:-1]
    return np.maximum.reduceat(samples, np.minimum(edges, len(samples) - 1)) / 255.0
