"""The main colours of the photo shown in the detail panel, to find others by."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import JobError
from desktop_app.domain.search import PaletteColour
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import link_button, make_label, plain
from desktop_app.ui.panels.palette_strip import PaletteStrip
from desktop_app.ui.theme import FontRole


class ColoursOfPhoto(QWidget):
    """A strip of up to five colours. ``palette_chosen(tuple[PaletteColour, ...])``: all of them, or the one clicked."""

    palette_chosen = Signal(object)

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._item: ItemId | None = None
        self._request = -1
        self._strip = _ClickableStrip()
        self._strip.chosen.connect(lambda place: self.palette_chosen.emit((self._strip.colours[place],)))
        head = QHBoxLayout()
        head.addWidget(make_label("Colours", "muted", FontRole.CAPTION))
        head.addStretch(1)
        self._all = link_button("Find Photos", "Find photos with the colours of this one")
        self._all.clicked.connect(lambda: self.palette_chosen.emit(self._strip.colours))
        head.addWidget(self._all)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        outer.addLayout(head)
        outer.addWidget(self._strip)
        client.palette_ready.connect(self._on_palette)
        client.failed.connect(self._on_failed)
        self.hide()

    @property
    def colours(self) -> tuple[PaletteColour, ...]:
        """What is shown."""
        return self._strip.colours

    def show_for(self, item: ItemId | None) -> None:
        """Show the colours of a photo once they are known; None for what is no photo."""
        if item == self._item and item is not None:
            return
        self._item = item
        self._request = -1
        if item is None:
            self.hide()
        else:
            self._request = self._client.fetch_palette(item)

    def _on_palette(self, request: int, colours: tuple[PaletteColour, ...]) -> None:
        if request == self._request:
            self._strip.show_colours(colours)
            self.setVisible(bool(colours))

    def _on_failed(self, request: int, _error: JobError) -> None:
        if request == self._request:  # not described yet: there is nothing to show
            self.hide()


class _ClickableStrip(PaletteStrip):
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(editable=False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is not None:
            each = self.colours[place]
            self.setToolTip(plain(f"Find photos with {each.hex} ({round(each.weight * 100)} % of this one)"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(place)
