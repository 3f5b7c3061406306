"""What lies over the picture in the viewer: a bar of buttons, and the information."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop_app.domain.items import ItemDetail
from desktop_app.ui import wording
from desktop_app.ui.controls import ElidedLabel, make_label, plain
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.panels.detail_fields import fields_of
from desktop_app.ui.panels.detail_rating import RatingStars
from desktop_app.ui.theme import DARK, FontRole, font

_INK, _QUIET = DARK.text, DARK.muted


class OverlayButton(QToolButton):
    """A round button, light on the dark of the viewer in either theme."""

    def __init__(self, name: str, tip: str, key: str, accessible: str = "") -> None:
        super().__init__()
        self._name = name
        self.setToolTip(plain(f"{tip} ({key})" if key else tip))
        self.setAccessibleName(accessible or tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(QSize(34, 34))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isChecked() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(255, 255, 255, 46 if self.isChecked() or self.isDown() else 30))
            painter.drawRoundedRect(QRectF(self.rect()), 7, 7)
        if self.hasFocus():
            painter.setPen(QColor(DARK.focus))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        side = 18.0
        middle = QRectF(0, 0, side, side)
        middle.moveCenter(QRectF(self.rect()).center())
        paint_icon(painter, self._name, middle, _INK if self.isEnabled() else "#6a6a70")
        painter.end()


class Veil(QWidget):
    """A dark background, the same in either theme; ``alpha`` below 255 lets the picture through."""

    def __init__(self, parent: QWidget, radius: int = 0, alpha: int = 255) -> None:
        super().__init__(parent)
        self._radius, self._alpha = radius, alpha

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(24, 24, 25, self._alpha))
        painter.drawRoundedRect(QRectF(self.rect()), self._radius, self._radius)
        painter.end()


def _light(label: QLabel, colour: str) -> QLabel:
    label.setStyleSheet(f"color: {colour}; background: transparent;")
    return label


class LightElided(ElidedLabel):
    """An elided label in the viewer's own light ink."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(_INK))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class ViewerBar(Veil):
    """Name and place at the left, rating in the middle, buttons at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.close_button = OverlayButton("back", "Back to the grid", "Esc")
        self.title = LightElided()
        self.title.setFont(font(FontRole.STRONG))
        self.place = _light(make_label("", "", FontRole.SMALL), _QUIET)
        self.rating = RatingStars(ink=_INK)
        self.scale = _light(make_label("", "", FontRole.SMALL), _QUIET)
        self.scale.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.scale.setMinimumWidth(44)
        self.previous = OverlayButton("chevron-left", "Previous picture", "Left")
        self.next = OverlayButton("chevron-right", "Next picture", "Right")
        self.smaller = OverlayButton("zoom-out", "Zoom out", "−")
        self.larger = OverlayButton("zoom-in", "Zoom in", "+")
        self.fit = OverlayButton("fit", "Show the whole picture", "F")
        self.actual = OverlayButton("actual-size", "Actual size, 100 %", "Z")
        self.dropper = OverlayButton("dropper", "Pick colours to find photos by", "C")
        self.dropper.setCheckable(True)
        self.information = OverlayButton("info", "Information", "I")
        self.information.setCheckable(True)
        self.full_screen = OverlayButton("full-screen", "Full screen", "F11")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(4)
        row.addWidget(self.close_button)
        row.addSpacing(6)
        row.addWidget(self.title, 1)
        row.addWidget(self.place)
        row.addSpacing(8)
        row.addWidget(self.rating)
        row.addSpacing(12)
        row.addWidget(self.scale)
        tools = (self.smaller, self.larger, self.fit, self.actual, self.dropper, self.information, self.full_screen)
        for button in tools:
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.previous)
        row.addWidget(self.next)


class InformationPane(Veil):
    """The same facts as in the detail panel, over the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, radius=8, alpha=225)
        self._rows: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 14, 16, 14)
        self._layout.setSpacing(6)
        self.setFixedWidth(320)
        self.hide()

    @property
    def texts(self) -> Sequence[str]:
        """What is shown, line by line."""
        return [label.text() for label in self.findChildren(QLabel) if not label.isHidden()]

    def show_detail(self, detail: ItemDetail | None) -> None:
        """Fill the pane."""
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        if detail is None:
            return
        if detail.photo is not None and detail.photo.taken:
            self._add("Taken", wording.date_text(detail.photo.taken))
        for field in fields_of(detail):
            self._add(field.label, wording.breakable(field.value) if field.copies else field.value)
        if detail.tags:
            self._add("Tags", ", ".join(detail.tags))
        self.fit()

    def fit(self) -> None:
        """As high as its lines are at this width."""
        self._layout.activate()
        self.resize(self.width(), self._layout.totalHeightForWidth(self.width()))

    def _add(self, name: str, value: str) -> None:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        label = _light(make_label(name, "", FontRole.SMALL, wrap=True), _QUIET)
        label.setFixedWidth(72)
        label.setContentsMargins(0, 1, 0, 0)  # as the wrapped value beside it starts
        layout.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        said = _light(make_label(value, "", FontRole.SMALL, wrap=True), _INK)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(said, 1)
        self._layout.addWidget(row)
        row.show()
        self._rows.append(row)
