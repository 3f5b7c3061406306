"""Five stars to click or type."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from desktop_app.ui.theme import tokens

STARS = 5
MIXED = -1


class RatingStars(QWidget):
    """Shows and sets a rating 0..5; ``MIXED`` where a selection disagrees.

    Signals: ``rated(int)`` when the user chooses stars. Keys 0–5, Left, Right; a click on the last star clears.
    """

    rated = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, star: int = 16, ink: str = "") -> None:
        super().__init__(parent)
        self._ink = ink  # else the theme's
        self._star, self._gap = star, 4
        self._rating = 0
        self._hovered = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())
        self.setToolTip("Rate with a click or the keys 0 to 5")
        self.set_rating(0)

    @property
    def rating(self) -> int:
        """What is shown: 0..5, or ``MIXED``."""
        return self._rating

    def set_rating(self, rating: int) -> None:
        """Show ``rating`` without asking for a change."""
        self._rating = rating
        said = "mixed" if rating == MIXED else f"{rating} of {STARS} stars" if rating else "not rated"
        self.setAccessibleName(f"Rating: {said}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(STARS * self._star + (STARS - 1) * self._gap + 6, self._star + 8)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        current = max(0, self._rating)
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            self._choose(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Plus):
            self._choose(min(STARS, current + 1))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Minus):
            self._choose(max(0, current - 1))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            star = self._star_at(event.position())
            self._choose(0 if star == self._rating else star)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._star_at(event.position())
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = 0
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        ink = QColor(self._ink) if self._ink else palette.color(QPalette.ColorRole.Text)
        filled = QColor(self._ink) if self._ink else tokens().colour("star")
        shown = self._hovered or max(0, self._rating)
        for place in range(STARS):
            centre = QPointF(3 + self._star / 2 + place * (self._star + self._gap), self.height() / 2 + 0.5)
            star = star_polygon(centre, self._star / 2)
            colour = QColor(filled if place < shown else ink)
            if place < shown:
                colour.setAlphaF(0.6 if self._hovered else 0.9)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
            else:
                colour.setAlphaF(0.35)
                painter.setPen(QPen(colour, 1.1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(star)
        if self._rating == MIXED and not self._hovered:
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawLine(QPointF(4, self.height() / 2), QPointF(self.width() - 4, self.height() / 2))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1.2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.6, 0.6, -0.6, -0.6), 4, 4)
        painter.end()

    def _star_at(self, position: QPointF) -> int:
        return min(STARS, max(1, int((position.x() - 3 + self._gap / 2) // (self._star + self._gap)) + 1))

    def _choose(self, rating: int) -> None:
        if rating != self._rating:
            self.set_rating(rating)
            self.rated.emit(rating)


def star_polygon(centre: QPointF, radius: float) -> QPolygonF:
    """A five-pointed star, one point up."""
    points: list[QPointF] = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.44
        angle = math.radians(corner * 36 - 90)
        points.append(QPointF(centre.x() + reach * math.cos(angle), centre.y() + reach * math.sin(angle)))
    return QPolygonF(points)
