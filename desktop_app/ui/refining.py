"""Going on from the hits of a similarity search: more like this one, less like that one, and why each is there."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import Hit, SearchReply, SimilarRequest
from desktop_app.ui.listing_control import ListingControl
from desktop_app.ui.navigation import Place
from desktop_app.ui.panels.query_bar import turned


class Refining(QObject):
    """Knows the hits that are shown.

    Signals: ``query_changed(SimilarRequest)``; ``hits_changed()``.
    """

    query_changed = Signal(object)
    hits_changed = Signal()

    def __init__(
        self, control: ListingControl, selected: Callable[[], Sequence[ItemId]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._control = control
        self._selected = selected
        self._hits: dict[int, Hit] = {}
        control.similar_found.connect(self._on_found)
        control.place_changed.connect(self._on_place)

    @property
    def possible(self) -> bool:
        """Whether the middle shows what is like items or files: words and palettes take no examples."""
        return self._request is not None

    def hit_of(self, item: int) -> Hit | None:
        """How an item came to be shown; None where it is not among the hits."""
        return self._hits.get(item)

    def more_like(self) -> None:
        """What is like the selected ones as well comes first."""
        self._turn(less=False)

    def less_like(self) -> None:
        """What is like the selected ones comes later."""
        self._turn(less=True)

    @property
    def _request(self) -> SimilarRequest | None:
        request = self._control.place.similar
        return request if request is not None and not request.colours and not request.text else None

    def _turn(self, *, less: bool) -> None:
        request = self._request
        chosen = list(self._selected())
        if request is None or not chosen:
            return
        for item in chosen:
            request = turned(request, item, less=less)
        if request.items or request.files:
            self.query_changed.emit(request)

    def _on_found(self, reply: SearchReply) -> None:
        self._hits = {hit.id: hit for hit in reply.hits}
        self.hits_changed.emit()

    def _on_place(self, place: Place) -> None:
        if place.similar is None and self._hits:
            self._hits = {}
            self.hits_changed.emit()
