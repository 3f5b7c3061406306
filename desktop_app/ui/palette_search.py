"""Finding photos by colours: the palette panel, the eye-dropper and the window's places brought together."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import JobError
from desktop_app.domain.search import PaletteColour, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.navigation import Place
from desktop_app.ui.notifications import Banners
from desktop_app.ui.panels.palette import MOST, PalettePanel
from desktop_app.ui.panels.palette_dropper import EyeDropper
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.views.viewer import Viewer


class PaletteSearch(QObject):
    """Opens the panel above the grid, searches as its colours change, and follows the window back and forward."""

    def __init__(
        self,
        client: EngineClient,
        control: ListingControl,
        browser: Browser,
        viewer: Viewer,
        preview: QWidget,
        banners: Banners,
    ) -> None:
        super().__init__(browser)
        self._client, self._control, self._viewer, self._banners = client, control, viewer, banners
        self._request = -1
        self.dropper = EyeDropper([viewer.canvas, preview, browser.grid.viewport()], self)
        self.panel = PalettePanel(self.dropper)
        self.panel.hide()
        browser.slot.insertWidget(0, self.panel)
        self.panel.palette_changed.connect(self.search)
        self.panel.emptied.connect(self._on_emptied)
        self.panel.closed.connect(lambda: browser.view.setFocus(Qt.FocusReason.OtherFocusReason))
        self.dropper.picked.connect(self._on_picked)
        self.dropper.started.connect(lambda: viewer.bar.dropper.setChecked(True))
        self.dropper.ended.connect(lambda: viewer.bar.dropper.setChecked(False))
        viewer.bar.dropper.toggled.connect(lambda on: self.dropper.start() if on else self.dropper.stop())
        control.place_changed.connect(self._on_place)
        client.palette_ready.connect(self._on_palette)
        client.failed.connect(self._on_failed)

    def open(self) -> None:
        """Show the panel, with the colours that were asked with last."""
        self.panel.show()
        self.panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        asked = self._control.place.similar
        if self.panel.colours and (asked is None or not asked.colours):
            self.search(self.panel.colours)

    def toggle(self) -> None:
        """Open it, or close it where it is seen."""
        if self.panel.isVisible() and not self._viewer.isVisible():
            self.panel.close_panel()
        else:
            self.open()

    def search(self, colours: tuple[PaletteColour, ...]) -> None:
        """Show the photos that hold these colours."""
        now = self._control.place.similar
        narrowed = now.query if now is not None and now.colours else ""
        self._control.find_similar(SimilarRequest(colours=colours, query=narrowed))

    def of_photo(self, item: ItemId | None) -> None:
        """Show the photos with the colours of this one."""
        if item is not None:
            self._request = self._client.fetch_palette(item, channel="search")

    def take(self, colours: tuple[PaletteColour, ...]) -> None:
        """Open the panel with these, and search."""
        self.panel.show()
        self.search(colours)

    def _on_palette(self, request: int, colours: tuple[PaletteColour, ...]) -> None:
        if request == self._request:
            self.take(colours)

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._request and not error.is_bug:
            self._banners.say(error.text)

    def _on_place(self, place: Place) -> None:
        asked = place.similar
        if asked is not None and asked.colours:
            self.panel.show_colours(asked.colours)
        elif self.panel.colours or not self.panel.isVisible():
            self.panel.hide()

    def _on_emptied(self) -> None:
        asked = self._control.place.similar
        if asked is not None and asked.colours:
            self._control.back()
            self.panel.show()

    def _on_picked(self, colour: PaletteColour) -> None:
        self.panel.show()
        if self._viewer.isVisible():
            self._viewer.tell(f"{colour.hex} is in the palette now: {len(self.panel.colours)} of {MOST} colours.")
