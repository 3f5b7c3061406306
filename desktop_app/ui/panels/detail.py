"""The right panel: all that is known of the selection, and what is like it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from desktop_app.domain.browsing import LibraryTree
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemDetail, ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.notices import JobError, PreviewImage
from desktop_app.engine.api import EngineClient
from desktop_app.ui import wording
from desktop_app.ui.controls import keep_scroll_lane
from desktop_app.ui.icons import icon
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.detail_fields import Selection, fields_of, selection_of
from desktop_app.ui.panels.detail_page import DetailPage, EmptyPage
from desktop_app.ui.panels.detail_preview import mosaic
from desktop_app.ui.panels.detail_rating import MIXED
from desktop_app.ui.pixels import pixmap_of

_REST_MS = 160
_MOST_ROWS = 2000
_MOSAIC = 4
_THUMBNAIL_SIDE = 512


class DetailPanel(QWidget):
    """Shows one item in full, several summed up.

    Signals: ``item_activated(int)`` a similar item was clicked; ``find_similar_requested(list)``,
    ``play_requested(list)`` (or to hold the one that plays) and ``view_requested(int)`` with ids;
    ``palette_chosen(tuple)`` colours to find photos by;
    ``tag_clicked(str)``; ``edit_sent(int)`` with the request of each edit, for the window to say if it fails;
    ``seek_requested(int, float)`` a place 0..1 in a track's waveform was clicked.
    """

    item_activated = Signal(int)
    find_similar_requested = Signal(list)
    play_requested = Signal(list)
    view_requested = Signal(int)
    palette_chosen = Signal(object)
    tag_clicked = Signal(str)
    edit_sent = Signal(int)
    seek_requested = Signal(int, float)

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._ids: tuple[ItemId, ...] = ()
        self._detail: ItemDetail | None = None
        self._rows: list[ItemRow] = []
        self._detail_request = self._rows_request = self._preview_request = self._waveform_request = -1
        self._tags_request = -1
        self._sounding = 0
        self._better: QPixmap | None = None
        self._build()
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self._fetch_slow_parts)
        self._connect()

    @property
    def page(self) -> DetailPage:
        """The widgets of a selection."""
        return self._page

    def show_items(self, ids: Sequence[int]) -> None:
        """Show these items, whatever was shown before."""
        wanted = tuple(map(ItemId, ids))
        if wanted == self._ids:
            return
        self._page.tags.give_up()  # what is being typed was meant for those before
        self._ids = wanted
        self._detail, self._rows, self._better = None, [], None
        self._detail_request = self._rows_request = self._preview_request = self._waveform_request = -1
        self._resting.stop()
        if not wanted:
            self._page.similar.show_for(())
            self._empty.say("Nothing selected", "Select a photo or a track to see its details and what is like it.")
            self._stack.setCurrentWidget(self._empty)
            return
        self._fetch()

    def show_progress(self, item: int, share: float) -> None:
        """A track plays and is at that part 0..1 of its length; its waveform says so if it is the one shown."""
        shown = self._detail is not None and self._detail.row.id == item
        self._page.waveform.set_played(share if shown else None)

    def show_sounding(self, item: int) -> None:
        """The track that is heard now, 0 for none: for that one the button holds it."""
        self._sounding = item
        self._show_sounding()

    def _show_sounding(self) -> None:
        self._page.show_sounding(self._sounding != 0 and self._ids == (self._sounding,))

    def _build(self) -> None:
        self.setProperty("class", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Details")
        self.setMinimumWidth(240)
        self._page = DetailPage(self._client, self._thumbnails)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._page)
        keep_scroll_lane(area)
        self._area = area
        self._empty = EmptyPage()
        self._empty.say("Nothing selected", "Select a photo or a track to see its details and what is like it.")
        self._pages = QWidget()
        self._stack = QStackedLayout(self._pages)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _connect(self) -> None:
        client, page = self._client, self._page
        client.detail_ready.connect(self._on_detail)
        client.rows_ready.connect(self._on_rows)
        client.preview_ready.connect(self._on_preview)
        client.waveform_ready.connect(self._on_waveform)
        client.tree_ready.connect(self._on_tree)
        client.failed.connect(self._on_failed)
        client.items_changed.connect(self._on_items_changed)
        client.run_finished.connect(lambda _report: page.similar.refresh())
        self._thumbnails.loaded.connect(self._on_thumbnails)
        page.rating.rated.connect(lambda stars: self.edit_sent.emit(client.rate(self._ids, stars)))
        page.tags.added.connect(lambda names: self.edit_sent.emit(client.tag(self._ids, add=names)))
        page.tags.removed.connect(lambda names: self.edit_sent.emit(client.tag(self._ids, remove=names)))
        page.tags.tag_clicked.connect(self.tag_clicked)
        page.preview.opened.connect(self._on_opened)
        page.play.clicked.connect(lambda: self.play_requested.emit(list(self._ids)))
        page.waveform.sought.connect(self._on_sought)
        page.colours.palette_chosen.connect(self.palette_chosen)
        page.similar.item_activated.connect(self.item_activated)
        page.similar.find_similar_requested.connect(self.find_similar_requested)

    def _fetch(self) -> None:
        if len(self._ids) == 1:
            self._detail_request = self._client.fetch_detail(self._ids[0])
        else:
            self._rows_request = self._client.fetch_rows(self._ids[:_MOST_ROWS])

    def _on_detail(self, request: int, detail: ItemDetail) -> None:
        if request != self._detail_request:
            return
        self._detail_request = -1
        fresh = self._detail is None or self._detail.row.content_hash != detail.row.content_hash
        self._detail = detail
        self._page.show_detail(detail, fields_of(detail))
        self._show_picture()
        self._present(top=fresh)
        if fresh:
            self._similar_for([detail.row])
            self._page.waveform.show_waveform(None)
            self._page.waveform.set_played(None)
            self._resting.start()

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request != self._rows_request or not rows:
            return
        self._rows_request = -1
        fresh = not self._rows
        self._rows = rows
        selection = selection_of(rows)
        counted = (
            f"selected{wording.DOT}facts of the first {_MOST_ROWS:,}" if len(self._ids) > _MOST_ROWS else "selected"
        )
        self._page.show_selection(selection, self._heading(selection), counted)
        self._page.rating.set_rating(MIXED if selection.rating is None else selection.rating)
        self._show_picture()
        self._present(top=fresh)
        if fresh:
            self._similar_for(rows)

    def _heading(self, selection: Selection) -> str:
        if len(self._ids) > _MOST_ROWS:
            return wording.count_text(len(self._ids), "item")
        return selection.heading

    def _present(self, *, top: bool) -> None:
        self._stack.setCurrentWidget(self._area)
        self._show_sounding()
        if top:
            self._area.verticalScrollBar().setValue(0)

    def _similar_for(self, rows: Sequence[ItemRow]) -> None:
        similar = self._page.similar
        if len({row.kind for row in rows}) > 1:
            similar.show_for(())
            similar.say("Select only photos or only tracks to see what is like all of them.")
        elif all(row.state is State.PROBLEM for row in rows):
            similar.show_for(())
            similar.say("What can’t be read can’t be compared.")
        else:
            similar.show_for([row.id for row in rows if row.state is not State.PROBLEM])

    def _fetch_slow_parts(self) -> None:
        """After a moment's rest: a picture better than the thumbnail, the waveform, the names of all tags."""
        detail = self._detail
        if detail is None:
            return
        if detail.track is not None:
            self._waveform_request = self._client.fetch_waveform(detail.row.id)
        needed = round(self.width() * self.devicePixelRatioF())
        small = needed > _THUMBNAIL_SIDE or not detail.row.has_thumbnail
        if detail.row.kind is Kind.PHOTO and detail.row.state is State.PRESENT and small:
            self._preview_request = self._client.fetch_preview(detail.row.id, needed)
        if self._tags_request == -1:
            self._tags_request = self._client.fetch_tree()

    def _show_picture(self) -> None:
        if self._detail is not None:
            row = self._detail.row
            picture = self._better or self._thumbnail(row)
            fallback = icon("photo" if row.kind is Kind.PHOTO else "music")
            self._page.preview.show_picture(picture, fallback, dimmed=row.state is not State.PRESENT)
        elif self._rows:
            pictures = [picture for row in self._rows[:_MOSAIC] if (picture := self._thumbnail(row)) is not None]
            shown = mosaic(pictures, _THUMBNAIL_SIDE) if pictures else None
            tracks = all(row.kind is Kind.TRACK for row in self._rows)
            self._page.preview.show_picture(shown, icon("music" if tracks else "photos"))

    def _thumbnail(self, row: ItemRow) -> QPixmap | None:
        if not row.content_hash or not row.has_thumbnail:
            return None
        return self._thumbnails.request(row.content_hash, _THUMBNAIL_SIDE)

    def _on_thumbnails(self, came: frozenset[str]) -> None:
        rows = [self._detail.row] if self._detail is not None else self._rows[:_MOSAIC]
        if self._better is None and any(row.content_hash in came for row in rows):
            self._show_picture()

    def _on_preview(self, request: int, image: PreviewImage) -> None:
        if request == self._preview_request:
            self._better = pixmap_of(image)
            self._show_picture()

    def _on_waveform(self, request: int, waveform: Waveform | None) -> None:
        if request == self._waveform_request:
            self._page.waveform.show_waveform(waveform)

    def _on_tree(self, request: int, tree: LibraryTree) -> None:
        """Whoever asked: the names of all tags are in it."""
        self._page.tags.set_known([each.value for each in tree.tags])

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in (self._detail_request, self._rows_request):
            self._page.similar.show_for(())
            self._empty.say("Not available", error.text)
            self._stack.setCurrentWidget(self._empty)

    def _on_items_changed(self, changes: ChangeSet) -> None:
        if not changes.items.isdisjoint(self._ids):
            self._fetch()

    def _on_sought(self, share: float) -> None:
        if self._detail is not None:
            self.seek_requested.emit(int(self._detail.row.id), share)

    def _on_opened(self) -> None:
        if len(self._ids) == 1:
            self.view_requested.emit(int(self._ids[0]))
