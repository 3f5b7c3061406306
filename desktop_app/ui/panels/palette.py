"""The palette panel: up to five colours with weights; the photos that hold them follow at once."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.domain.colours import NAMED
from desktop_app.domain.search import PaletteColour
from desktop_app.ui.controls import icon_button, make_label, plain
from desktop_app.ui.icons import icon
from desktop_app.ui.panels.palette_dropper import EyeDropper
from desktop_app.ui.panels.palette_strip import PaletteStrip
from desktop_app.ui.theme import FontRole, tokens

MOST = 5
_PICK, _PICK_SHORT = "Pick from a Photo", "Pick"
_SWATCH, _SWATCH_GAP, _MARGIN = 22, 5, 12  # px
PAUSE_MS = 150  # after the last change until photos are looked for


class PalettePanel(QWidget):
    """A strip of colours, ready ones to add, the eye-dropper.

    Signals: ``palette_changed(tuple[PaletteColour, ...])`` a moment after the last change, with at least one colour;
    ``emptied()``; ``closed()``.
    """

    palette_changed = Signal(object)
    emptied = Signal()
    closed = Signal()

    def __init__(self, dropper: EyeDropper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dropper = dropper
        self._build()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._announce)
        self._strip.changed.connect(self._on_changed)
        self._strip.edit_wanted.connect(self.edit)
        dropper.picked.connect(self.add)
        dropper.started.connect(lambda: self._pick.setChecked(True))
        dropper.ended.connect(lambda: self._pick.setChecked(False))

    @property
    def colours(self) -> tuple[PaletteColour, ...]:
        """What is shown."""
        return self._strip.colours

    @property
    def strip(self) -> PaletteStrip:
        """The colours by weight."""
        return self._strip

    def show_colours(self, colours: tuple[PaletteColour, ...]) -> None:
        """Show a palette that was asked with elsewhere."""
        if [each.rgb for each in colours] != [each.rgb for each in self.colours] or not self._pause.isActive():
            self._strip.show_colours(colours[:MOST])
            self._show_state()

    def add(self, colour: PaletteColour) -> None:
        """One more with an equal share; of five the selected one is replaced. One that is there is selected."""
        now = self.colours
        there = next((place for place, each in enumerate(now) if each.rgb == colour.rgb), None)
        if there is not None:
            self._strip.select(there)
            return
        if len(now) < MOST:
            share = 1 / (len(now) + 1)
            self._strip.show_colours((*now, PaletteColour(colour.rgb, share / (1 - share) if now else 1.0)))
            self._strip.select(len(now))
        else:
            self._replace(self._strip.selected, colour.rgb)
        self._on_changed()

    def edit(self, place: int) -> None:
        """Ask for another colour in that place."""
        dialog = QColorDialog(QColor(*self.colours[place].rgb), self)
        dialog.setWindowTitle("Choose a Colour")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda chosen: self._chosen(place, chosen))
        dialog.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window a button says less, and what is told beside the swatches is told whole or not at all."""
        self._pick.setText(_PICK)
        if self._buttons.minimumSize().width() > self.width() - 2 * _MARGIN:
            self._pick.setText(_PICK_SHORT)
        room = self.width() - 2 * _MARGIN - len(NAMED) * (_SWATCH + _SWATCH_GAP) - 2 * _SWATCH_GAP
        self._hint.setVisible(self._hint.fontMetrics().horizontalAdvance(self._hint.text()) <= room)

    def close_panel(self) -> None:
        """Hide it, and leave the eye-dropper."""
        self._dropper.stop()
        self.hide()
        self.closed.emit()

    def _build(self) -> None:
        self.setObjectName("palettePanel")
        self.setProperty("class", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Palette")
        self._strip = PaletteStrip()
        self._strip.setMaximumWidth(520)
        self._another = QPushButton(icon("plus"), "Colour…")
        self._another.setToolTip("Add a colour of your own, up to five")
        self._another.setAutoDefault(False)
        self._another.clicked.connect(self._choose_another)
        self._pick = QPushButton(icon("dropper"), _PICK)
        self._pick.setCheckable(True)
        self._pick.setToolTip("Take colours from the photos that are shown: click on one (Esc ends it)")
        self._pick.setAccessibleName("Pick colours from photos")
        self._pick.setAutoDefault(False)
        self._pick.toggled.connect(lambda on: self._dropper.start() if on else self._dropper.stop())
        close = icon_button("close", "Close the palette", "Esc")
        close.clicked.connect(self.close_panel)
        self._hint = make_label("", "muted", FontRole.SMALL)
        self._buttons = first = QHBoxLayout()
        second = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self._strip, 1)
        for widget in (self._another, self._pick):
            first.addWidget(widget)
        first.addStretch(1)
        first.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        second.setSpacing(_SWATCH_GAP)
        for name, code in NAMED.items():
            button = Swatch(name, PaletteColour.parse(code), self)
            button.clicked.connect(lambda _checked=False, code=code: self.add(PaletteColour.parse(code)))
            second.addWidget(button)
        second.addSpacing(_SWATCH_GAP)
        second.addWidget(self._hint, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(_MARGIN, 8, _MARGIN, 8)
        outer.setSpacing(8)
        outer.addLayout(first)
        outer.addLayout(second)
        self._show_state()

    def _choose_another(self) -> None:
        dialog = QColorDialog(QColor("#d0281e"), self)
        dialog.setWindowTitle("Add a Colour")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(
            lambda chosen: self.add(PaletteColour((chosen.red(), chosen.green(), chosen.blue())))
        )
        dialog.open()

    def _chosen(self, place: int, colour: QColor) -> None:
        if place < len(self.colours):
            if any(each.rgb == (colour.red(), colour.green(), colour.blue()) for each in self.colours):
                return
            self._replace(place, (colour.red(), colour.green(), colour.blue()))
            self._on_changed()

    def _replace(self, place: int, rgb: tuple[int, int, int]) -> None:
        self._strip.show_colours(
            tuple(PaletteColour(rgb if at == place else each.rgb, each.weight) for at, each in enumerate(self.colours))
        )

    def _on_changed(self) -> None:
        self._show_state()
        self._pause.start()

    def _announce(self) -> None:
        if self.colours:
            self.palette_changed.emit(self.colours)
        else:
            self.emptied.emit()

    def _show_state(self) -> None:
        self._strip.setVisible(bool(self.colours))
        full = len(self.colours) >= MOST
        self._another.setEnabled(not full)
        self._hint.setText(
            "Five colours are the most: another replaces the selected one."
            if full
            else "Drag the borders to say how much of each."
            if len(self.colours) > 1
            else ""
            if self.colours
            else "Choose a colour, or pick one from a photo."
        )
        self._fit()


class Swatch(QAbstractButton):
    """A small square of one colour."""

    def __init__(self, name: str, colour: PaletteColour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(*colour.rgb)
        self.setToolTip(plain(name))
        self.setAccessibleName(f"Add {name.lower()}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(QSize(_SWATCH, _SWATCH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(tokens().colour("focus" if marked else "border"), 2 if marked else 1))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -3, -3), 4, 4)
        painter.end()
