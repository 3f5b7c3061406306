"""The best similar items under the detail panel."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.notices import JobError
from desktop_app.domain.search import Hit, SearchReply, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import link_button, make_label, plain, wrapped
from desktop_app.ui.icons import icon, paint_icon
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.chips import square_of
from desktop_app.ui.theme import FontRole, font, tokens
from desktop_app.ui.wording import percent_text, title_text, why_lines

DELAY_MS = 180
"""How long the selection must rest before similar items are asked for."""

_FEWEST, _MOST, _MOST_SEEDS = 6, 12, 20
_CELL = 104
_CAPTION = 20


class SimilarCell(QAbstractButton):
    """A square thumbnail with a quiet percentage under it. ``menu_requested(QPoint)`` by right click or menu key."""

    menu_requested = Signal(object)

    def __init__(self, hit: Hit, parent: QWidget) -> None:
        super().__init__(parent)
        self.hit = hit
        self._picture: QPixmap | None = None
        self._fallback = "photo"
        self.row: ItemRow | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where one was
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._describe(hit.path.stem)

    def show_row(self, row: ItemRow, picture: QPixmap | None) -> None:
        """The item's name and picture, once they are known."""
        self.row = row
        self._fallback = "photo" if row.kind is Kind.PHOTO else "music"
        self._describe(title_text(row))
        self._picture = picture
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours = tokens()
        side = self.width()
        frame = QRectF(0, 0, side, side)
        path = QPainterPath()
        path.addRoundedRect(frame.adjusted(1, 1, -1, -1), 5, 5)
        painter.save()
        painter.setClipPath(path)
        if self._picture is not None:
            square = square_of(self._picture, side, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(0, 0), square)
        else:
            painter.fillPath(path, colours.colour("hover"))
            self._paint_name(painter, frame)
        painter.restore()
        if self.hasFocus() or self.underMouse():
            painter.setPen(QPen(colours.colour("focus" if self.hasFocus() else "border"), 2))
            painter.drawPath(path)
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(colours.colour("muted" if self.hit.close else "faint"))
        caption = "same file" if self.hit.identical else percent_text(self.hit.score)
        painter.drawText(QRectF(0, side + 1, side, _CAPTION - 1), Qt.AlignmentFlag.AlignCenter, caption)
        painter.end()

    def _paint_name(self, painter: QPainter, frame: QRectF) -> None:
        """A track without a cover: its title under a note, else six of them look the same."""
        colours = tokens()
        is_track = self.row is not None and self.row.kind is Kind.TRACK
        middle = QRectF(0, 0, 22, 22)
        middle.moveCenter(QPointF(frame.center().x(), frame.height() * (0.3 if is_track else 0.5)))
        paint_icon(painter, self._fallback, middle, colours.faint)
        if self.row is None or not is_track:
            return
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(colours.colour("text"))
        metrics = painter.fontMetrics()
        area = frame.adjusted(6, frame.height() * 0.48, -6, -4)
        most = max(1, int(area.height() // metrics.lineSpacing()))
        for place, line in enumerate(wrapped(self.row.title, painter.font(), int(area.width()), most)):
            spot = QRectF(area.x(), area.y() + place * metrics.lineSpacing(), area.width(), metrics.lineSpacing())
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, line)

    def _describe(self, title: str) -> None:
        likeness = "the same file" if self.hit.identical else f"{percent_text(self.hit.score)} similar"
        self.setAccessibleName(f"{title}, {likeness}")
        said = f"{likeness[0].upper()}{likeness[1:]}" + ("" if self.hit.close else ", the nearest that there is")
        lines = [title, said, *why_lines(self.hit)]
        self.setToolTip(plain("\n".join(lines)))


class SimilarStrip(QWidget):
    """Asks for what is most like the selection, when it rests, and shows the best hits.

    Signals: ``item_activated(int)`` for a clicked hit, ``find_similar_requested(list)`` with the ids whose similar
    items are to fill the grid.
    """

    item_activated = Signal(int)
    find_similar_requested = Signal(list)

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._seeds: tuple[ItemId, ...] = ()
        self._request = self._rows_request = -1
        self._cells: list[SimilarCell] = []
        self._build()
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._ask)
        client.similar_ready.connect(self._on_reply)
        client.rows_ready.connect(self._on_rows)
        client.failed.connect(self._on_failed)
        thumbnails.loaded.connect(self._on_thumbnails)

    @property
    def last(self) -> QWidget:
        """Where Tab leaves it."""
        return self._cells[-1] if self._cells else self._all

    @property
    def cells(self) -> Sequence[SimilarCell]:
        """The hits shown, best first."""
        return self._cells

    def show_for(self, ids: Sequence[int]) -> None:
        """Look for what is like these items (all of one kind); an empty selection shows nothing."""
        seeds = tuple(ItemId(each) for each in ids[:_MOST_SEEDS])
        if seeds == self._seeds:
            return
        self._seeds = seeds
        self._request = self._rows_request = -1
        self._all.setVisible(bool(seeds))
        if seeds:
            self._timer.start()
        else:
            self._timer.stop()
            self.say("")

    def say(self, sentence: str) -> None:
        """A sentence in place of the hits."""
        self._show_hits(())
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def refresh(self) -> None:
        """Ask again for the same items: the library has grown."""
        if self._seeds:
            self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_cells()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(make_label("Similar", "muted", FontRole.CAPTION))
        head.addStretch(1)
        self._all = link_button("Show All", "Show everything similar in the grid")
        self._all.clicked.connect(lambda: self.find_similar_requested.emit(list(self._seeds)))
        self._all.hide()
        head.addWidget(self._all)
        outer.addLayout(head)
        self._sentence = make_label("", "faint", FontRole.SMALL, wrap=True)
        self._sentence.hide()
        outer.addWidget(self._sentence)
        self._field = QWidget(self)
        self._field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._field.setFixedHeight(0)
        outer.addWidget(self._field)

    def _ask(self) -> None:
        request = SimilarRequest(items=self._seeds, k=_MOST, hide_companions=True)
        self._request = self._client.find_similar(request, channel="detail")

    def _on_reply(self, request: int, reply: SearchReply) -> None:
        if request != self._request:
            return
        self._request = -1
        self._show_hits(reply.hits[:_MOST])
        self._sentence.setText("Nothing to compare with yet. Add more folders, and similar items appear here.")
        self._sentence.setVisible(not reply.hits)
        if reply.hits:
            self._rows_request = self._client.fetch_rows([hit.id for hit in reply.hits[:_MOST]])

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._request:
            self._request = -1
            self.say("What is similar could not be looked for." if error.is_bug else error.text)

    def _show_hits(self, hits: Sequence[Hit]) -> None:
        """Cells are made only where the hits changed, so that a repeated answer does not flicker."""
        if [cell.hit for cell in self._cells] == list(hits):
            return
        kept = {cell.hit.id: cell.row for cell in self._cells}
        gone, self._cells = self._cells, [self._cell(hit) for hit in hits]
        for before, after in pairwise([self._all, *self._cells]):  # else Tab would come to them last of all
            QWidget.setTabOrder(before, after)
        for cell in self._cells:
            row = kept.get(cell.hit.id)
            if row is not None:
                cell.show_row(row, self._picture(row))
        self._place_cells()
        if any(cell.hasFocus() for cell in gone):  # else Qt gives the keyboard to what comes next, and scrolls to it
            (self._cells[0] if self._cells else self._all).setFocus(Qt.FocusReason.OtherFocusReason)
        for cell in gone:
            cell.hide()
            cell.deleteLater()

    def _cell(self, hit: Hit) -> SimilarCell:
        cell = SimilarCell(hit, self._field)
        cell.clicked.connect(lambda: self.item_activated.emit(int(hit.id)))
        cell.menu_requested.connect(lambda where: self._open_menu(cell, where))
        return cell

    def _open_menu(self, cell: SimilarCell, where: object) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show = menu.addAction(icon("eye"), "Show in Library")
        show.triggered.connect(lambda: self.item_activated.emit(int(cell.hit.id)))
        find = menu.addAction(icon("similar"), "Find Similar")
        find.triggered.connect(lambda: self.find_similar_requested.emit([int(cell.hit.id)]))
        menu.popup(where)  # type: ignore[arg-type]

    def _place_cells(self) -> None:
        """Two rows of as many columns as fit; what does not fit in them waits for a wider panel."""
        width, gap = self.width(), 8
        columns = max(3, min(_MOST // 2, (width + gap) // (_CELL + gap)))
        shown = max(_FEWEST, columns * 2)
        side = max(24, (width - gap * (columns - 1)) // columns)
        step = side + _CAPTION + 4
        for place, cell in enumerate(self._cells):
            row, column = divmod(place, columns)
            cell.setGeometry(QRect(column * (side + gap), row * step, side, side + _CAPTION))
            cell.setVisible(place < shown)
        rows = -(-min(shown, len(self._cells)) // columns)
        self._field.setFixedHeight(rows * step)

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request != self._rows_request:
            return
        self._rows_request = -1
        by_id = {row.id: row for row in rows}
        for cell in self._cells:
            row = by_id.get(cell.hit.id)
            if row is not None:
                cell.show_row(row, self._picture(row))

    def _on_thumbnails(self, came: frozenset[str]) -> None:
        for cell in self._cells:
            if cell.row is not None and cell.row.content_hash in came:
                cell.show_row(cell.row, self._picture(cell.row))

    def _picture(self, row: ItemRow) -> QPixmap | None:
        if not row.content_hash or not row.has_thumbnail:
            return None
        return self._thumbnails.request(row.content_hash, round(_CELL * 1.5 * self.devicePixelRatioF()))

    def sizeHint(self) -> QSize:
        return QSize(280, super().sizeHint().height())
