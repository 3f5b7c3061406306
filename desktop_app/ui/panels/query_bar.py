"""What a similarity search was asked with, above its results."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.notices import PreviewImage
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import make_label, plain
from desktop_app.ui.icons import icon
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.chips import Chip
from desktop_app.ui.panels.flow_layout import FlowLayout
from desktop_app.ui.pixels import pixmap_of
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import DOT, count_text, percent_text, title_text

_CHIP_HEIGHT = 36
_PICTURE_SIDE = 96
_MOST_CHIPS = 12


class QueryBar(QWidget):
    """Chips of the query's files and items, how close the answers are, and the way back.

    Signals: ``back_requested()``; ``query_changed(SimilarRequest)`` after a chip was removed; ``add_requested()``
    to compare with another file too.
    """

    back_requested = Signal()
    query_changed = Signal(object)
    add_requested = Signal()

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._reply: SearchReply | None = None
        self._item_chips: dict[ItemId, Chip] = {}
        self._file_chips: dict[Path, Chip] = {}
        self._rows: dict[ItemId, ItemRow] = {}
        self._previews: dict[int, Path] = {}
        self._rows_request = -1
        self._build()
        client.rows_ready.connect(self._on_rows)
        client.preview_ready.connect(self._on_preview)
        thumbnails.loaded.connect(self._on_thumbnails)

    @property
    def chips(self) -> list[Chip]:
        """One per item and file that was compared with."""
        return [*self._item_chips.values(), *self._file_chips.values()]

    def show_reply(self, reply: SearchReply) -> None:
        """Show what was asked and how near the answers are."""
        asked_same = self._reply is not None and (
            self._reply.request.items == reply.request.items and self._reply.request.files == reply.request.files
        )
        self._reply = reply
        if not asked_same:
            self._show_chips(reply)
        for path, chip in self._file_chips.items():
            if path in reply.unreadable:
                chip.set_picture(icon("problem", "danger"))
                chip.setToolTip(plain(f"{path}\n{reply.unreadable[path]}"))
        self._summary.setText(summary_of(reply))
        notes = notes_of(reply)
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))
        self.setAccessibleName(f"Similar to {count_text(len(self.chips), 'file')}, {self._summary.text()}")

    def clear(self) -> None:
        """Forget the query; the bar is usually hidden then."""
        self._reply = None
        self._rows_request = -1
        self._remove_chips()
        self._summary.clear()
        self._notes.hide()

    def _build(self) -> None:
        self.setObjectName("queryBar")
        self.setProperty("class", "bar")
        chips = QWidget()
        self._flow = FlowLayout(chips, spacing=8)
        self._add = QPushButton(icon("plus"), "Another…")
        self._add.setToolTip("Compare with another file as well; what is like all of them comes first")
        self._add.setAccessibleName("Compare with another file as well")
        self._add.setAutoDefault(False)
        self._add.setProperty("class", "link")
        self._add.clicked.connect(self.add_requested)
        self._flow.addWidget(self._add)
        self._summary = make_label("", "muted", FontRole.SMALL)
        self._back = QPushButton(icon("back"), "Back")
        self._back.setToolTip("Back to the library (Esc)")
        self._back.setAccessibleName("Back to the library")
        self._back.setAutoDefault(False)
        self._back.clicked.connect(self.back_requested)
        self._notes = make_label("", "warning", FontRole.SMALL, wrap=True)
        self._notes.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        self._back.setStyleSheet("QPushButton { min-height: 24px; }")  # as high as a chip
        self._summary.setFixedHeight(_CHIP_HEIGHT)
        row.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(chips, 1)
        row.addWidget(self._summary, 0, Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(6)
        outer.addLayout(row)
        outer.addWidget(self._notes)

    def _show_chips(self, reply: SearchReply) -> None:
        self._remove_chips()
        request = reply.request
        for item in request.items[:_MOST_CHIPS]:
            known = self._rows.get(item)
            self._item_chips[item] = self._chip(title_text(known) if known else "…", reply.kind)
            self._item_chips[item].removed.connect(lambda item=item: self._remove_item(item))
        for path in request.files[:_MOST_CHIPS]:
            chip = self._file_chips[path] = self._chip(path.name, reply.kind)
            chip.setToolTip(plain(str(path)))
            chip.removed.connect(lambda path=path: self._remove_file(path))
            if path not in reply.unreadable and reply.kind is Kind.PHOTO:
                self._previews[self._client.fetch_preview(path, _PICTURE_SIDE)] = path
        for place, chip in enumerate(self.chips):
            self._flow.insert_widget(place, chip)
            chip.show()
        if self._item_chips:
            self._rows_request = self._client.fetch_rows(list(self._item_chips))

    def _chip(self, text: str, kind: Kind) -> Chip:
        chip = Chip(" ".join(text.splitlines()), self, height=_CHIP_HEIGHT)
        chip.set_picture(icon("photo" if kind is Kind.PHOTO else "music", "muted"))
        chip.setAccessibleName(f"Compared with {text}; Delete removes it")
        return chip

    def _remove_chips(self) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._item_chips, self._file_chips, self._previews = {}, {}, {}

    def _remove_item(self, item: ItemId) -> None:
        if self._reply is not None:
            request = self._reply.request
            self._ask(replace(request, items=tuple(each for each in request.items if each != item)))

    def _remove_file(self, path: Path) -> None:
        if self._reply is not None:
            request = self._reply.request
            self._ask(replace(request, files=tuple(each for each in request.files if each != path)))

    def _ask(self, request: SimilarRequest) -> None:
        if request.items or request.files:
            self.query_changed.emit(request)
        else:
            self.back_requested.emit()

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request != self._rows_request:
            return
        self._rows = {row.id: row for row in rows}
        for row in rows:
            chip = self._item_chips.get(row.id)
            if chip is not None:
                chip.setText(" ".join(title_text(row).splitlines()))
                chip.setAccessibleName(f"Compared with {title_text(row)}; Delete removes it")
                chip.setToolTip(plain(str(row.path)))
                chip.updateGeometry()
                self._show_thumbnail(chip, row)
        self._flow.invalidate()

    def _show_thumbnail(self, chip: Chip, row: ItemRow) -> None:
        if row.content_hash and row.has_thumbnail:
            picture = self._thumbnails.request(row.content_hash, _PICTURE_SIDE)
            if isinstance(picture, QPixmap):
                chip.set_picture(picture)

    def _on_thumbnails(self, came: frozenset[str]) -> None:
        for item, chip in self._item_chips.items():
            row = self._rows.get(item)
            if row is not None and row.content_hash in came:
                self._show_thumbnail(chip, row)

    def _on_preview(self, request: int, image: PreviewImage) -> None:
        path = self._previews.pop(request, None)
        if path is not None and path in self._file_chips:
            self._file_chips[path].set_picture(pixmap_of(image))


def summary_of(reply: SearchReply) -> str:
    """``best first · 96 % ▸ 41 %``, or that there is nothing."""
    if not reply.hits:
        return "No similar items"
    best, last = percent_text(reply.hits[0].score), percent_text(reply.hits[-1].score)
    close = any(hit.close for hit in reply.hits)
    return DOT.join(["best first" if close else "Nothing close", f"{best} ▸ {last}" if best != last else best])


def notes_of(reply: SearchReply) -> list[str]:
    """Sentences for what was left out or could not be read."""
    return [*reply.notes, *(f"{path.name}: {why}" for path, why in reply.unreadable.items())]
