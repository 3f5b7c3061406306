"""What a similarity search was asked with, above its results."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop_app.domain.colours import name_of_colour
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
_CHIP_TIP = "Click for more or less like this"


class QueryBar(QWidget):
    """Chips of the query's files and items, how close the answers are, and the way back.

    Signals: ``back_requested()``; ``query_changed(SimilarRequest)`` after a chip was removed; ``add_requested()``
    to compare with another file too; ``palette_requested()`` to change the colours.
    """

    back_requested = Signal()
    query_changed = Signal(object)
    add_requested = Signal()
    palette_requested = Signal()

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._request: SimilarRequest | None = None
        self._item_chips: dict[ItemId, Chip] = {}
        self._file_chips: dict[Path, Chip] = {}
        self._colour_chips: list[Chip] = []
        self._rows: dict[ItemId, ItemRow] = {}
        self._previews: dict[int, Path] = {}
        self._dressed: set[Path] = set()  # files whose chips have their picture, or soon
        self._rows_request = -1
        self._build()
        client.rows_ready.connect(self._on_rows)
        client.preview_ready.connect(self._on_preview)
        thumbnails.loaded.connect(self._on_thumbnails)

    @property
    def chips(self) -> list[Chip]:
        """One per item and file that was compared with."""
        chips = [*self._colour_chips, *self._item_chips.values(), *self._file_chips.values()]
        return sorted(chips, key=lambda chip: chip.partial)  # what is wanted less comes last

    def show_reply(self, reply: SearchReply) -> None:
        """Show what was asked and how near the answers are."""
        self._show_chips(reply.request)
        self._request = reply.request
        self._dress_files(reply)
        self._say(summary_of(reply), notes_of(reply))

    def show_request(self, request: SimilarRequest) -> None:
        """Show what is being asked; what was said of other answers goes at once, but not with each step of a palette
        or of words that are being worked on, whose answers are quick."""
        before = self._request
        self._show_chips(request)
        self._request = request
        worked_on = before is not None and ((before.colours and request.colours) or (before.text and request.text))
        if before is None or not (worked_on or asked_with(before) == asked_with(request)):
            self.show_waiting()

    def show_waiting(self) -> None:
        """The answer to what is asked has not come yet."""
        asked = self._request
        photos = asked is not None and (asked.colours or asked.text)
        self._say("Looking for photos…" if photos else "Looking for similar ones…", [])

    def _say(self, summary: str, notes: list[str]) -> None:
        self._summary.setText(summary)
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))
        colours = self._request is not None and self._request.colours
        what = count_text(len(self.chips), "colour" if colours else "file")
        self.setAccessibleName(f"Similar to {what}, {summary}")

    def clear(self) -> None:
        """Forget the query; the bar is usually hidden then."""
        self._request = None
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

    def _show_chips(self, request: SimilarRequest) -> None:
        if self._request is not None and asked_with(self._request) == asked_with(request):
            return
        self._remove_chips()
        self._add.setVisible(not request.colours and not request.text)
        if request.text:
            chip = Chip(f"“{request.text}”", self, height=_CHIP_HEIGHT)
            chip.set_picture(icon("search", "muted"))
            chip.setAccessibleName(f"Photos that show “{request.text}”; Delete removes it")
            chip.removed.connect(self.back_requested)
            self._colour_chips.append(chip)
        self._show_colours(request)
        for item in (request.items + request.less_items)[:_MOST_CHIPS]:
            known = self._rows.get(item)
            chip = self._chip(title_text(known) if known else "…", less=item in request.less_items)
            self._item_chips[item] = chip
            chip.removed.connect(lambda item=item: self._ask(without(request, item)))
            chip.clicked.connect(lambda _checked=False, item=item, chip=chip: self._open_menu(chip, item))
        for path in (request.files + request.less_files)[:_MOST_CHIPS]:
            chip = self._file_chips[path] = self._chip(path.name, less=path in request.less_files)
            chip.setToolTip(plain(f"{path}\n{_CHIP_TIP}"))
            chip.removed.connect(lambda path=path: self._ask(without(request, path)))
            chip.clicked.connect(lambda _checked=False, path=path, chip=chip: self._open_menu(chip, path))
        for place, chip in enumerate(self.chips):
            self._flow.insert_widget(place, chip)
            chip.show()
        if self._item_chips:
            self._rows_request = self._client.fetch_rows(list(self._item_chips))

    def _dress_files(self, reply: SearchReply) -> None:
        """Pictures before the names, once it is known what the files are."""
        for path, chip in self._file_chips.items():
            if path in reply.unreadable:
                chip.set_picture(icon("problem", "danger"))
                chip.setToolTip(plain(f"{path}\n{reply.unreadable[path]}"))
            elif path not in self._dressed:
                chip.set_picture(_icon_of(reply.kind))
                if reply.kind is Kind.PHOTO:
                    self._previews[self._client.fetch_preview(path, _PICTURE_SIDE)] = path
            self._dressed.add(path)

    def _chip(self, text: str, *, less: bool = False) -> Chip:
        chip = Chip(_chip_text(text, less=less), self, height=_CHIP_HEIGHT, partial=less)
        chip.set_picture(icon("similar", "muted"))
        chip.setAccessibleName(f"{'Less like' if less else 'Compared with'} {text}; Delete removes it")
        return chip

    def _show_colours(self, request: SimilarRequest) -> None:
        total = sum(each.weight for each in request.colours)
        for each in request.colours:
            share = f" {round(each.weight / total * 100)}\u00a0%" if len(request.colours) > 1 else ""
            name = name_of_colour(each.rgb).capitalize()
            chip = Chip(f"{name}{share}", self, height=_CHIP_HEIGHT)
            swatch = QPixmap(64, 64)
            swatch.fill(QColor(*each.rgb))
            chip.set_picture(swatch)
            chip.setToolTip(plain(f"{each.hex}: click to change the palette"))
            chip.setAccessibleName(f"{name}, {each.hex}{share}; Delete removes it")
            left = tuple(other for other in request.colours if other != each)
            chip.removed.connect(lambda left=left: self._ask(replace(request, colours=left)))
            chip.clicked.connect(self.palette_requested)
            self._colour_chips.append(chip)

    def _open_menu(self, chip: Chip, what: ItemId | Path) -> None:
        """More like this, or less; at least one stays that the hits are to be like."""
        request = self._request
        if request is None:
            return
        less = what in request.less_items or what in request.less_files
        menu = QMenu(self)
        menu.setObjectName("chipMenu")
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, wanted in (("More Like This", False), ("Less Like This", True)):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(less is wanted)
            action.setEnabled(less or len(request.items) + len(request.files) > 1 or not wanted)
            if not action.isEnabled():
                action.setToolTip("Add another first: there has to be something that the hits are like.")
            action.triggered.connect(
                lambda _checked=False, wanted=wanted: self._ask(turned(request, what, less=wanted))
            )
        menu.addSeparator()
        menu.addAction(icon("close"), "Remove").triggered.connect(lambda: self._ask(without(request, what)))
        menu.popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def _remove_chips(self) -> None:
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._item_chips, self._file_chips, self._previews, self._dressed = {}, {}, {}, set()
        self._colour_chips = []

    def _ask(self, request: SimilarRequest) -> None:
        if request.items or request.files or request.colours:
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
                less = self._request is not None and row.id in self._request.less_items
                role = "Less like" if less else "Compared with"
                chip.setText(_chip_text(title_text(row), less=less))
                chip.setAccessibleName(f"{role} {title_text(row)}; Delete removes it")
                chip.setToolTip(plain(f"{row.path}\n{_CHIP_TIP}"))
                chip.set_picture(_icon_of(row.kind))
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


def asked_with(request: SimilarRequest) -> SimilarRequest:
    """What of a request the chips show."""
    return replace(request, k=1, space=None, query="", minimum=0.0, hide_companions=False)


def without(request: SimilarRequest, what: ItemId | Path) -> SimilarRequest:
    """The request without one of its items or files."""
    return replace(
        request,
        items=tuple(each for each in request.items if each != what),
        files=tuple(each for each in request.files if each != what),
        less_items=tuple(each for each in request.less_items if each != what),
        less_files=tuple(each for each in request.less_files if each != what),
    )


def turned(request: SimilarRequest, what: ItemId | Path, *, less: bool) -> SimilarRequest:
    """The same request with one of its items or files as what the hits are to be like, or less like."""
    left = without(request, what)
    if isinstance(what, Path):
        return replace(left, less_files=(*left.less_files, what)) if less else replace(left, files=(*left.files, what))
    return replace(left, less_items=(*left.less_items, what)) if less else replace(left, items=(*left.items, what))


def _icon_of(kind: Kind) -> QIcon:
    return icon("photo" if kind is Kind.PHOTO else "music", "muted")


def _chip_text(text: str, *, less: bool) -> str:
    line = " ".join(text.splitlines())
    return f"less like {line}" if less else line


def summary_of(reply: SearchReply) -> str:
    """``best first · 96 % to 41 %``, or that there is nothing."""
    if not reply.hits:
        return "No similar items"
    best, last = percent_text(reply.hits[0].score), percent_text(reply.hits[-1].score)
    close = any(hit.close for hit in reply.hits)
    return DOT.join(["best first" if close else "Nothing close", f"{best} to {last}" if best != last else best])


def notes_of(reply: SearchReply) -> list[str]:
    """Sentences for what was left out or could not be read."""
    return [*reply.notes, *(f"{path.name}: {why}" for path, why in reply.unreadable.items())]
