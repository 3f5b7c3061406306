"""How one cell of the grid is painted: the picture first, everything else quieter."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPen, QPixmap

from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.models.columns import percent
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import RADIUS, SPACE_1, FontRole, Tokens, font, tokens

INSET = 6  # px between the cell's edge and the picture
STRIP = 20  # px below a photo: stars and percentage
CAPTION = 44  # px below a cover: title and artist
STAR = 13  # px


@dataclass(frozen=True, slots=True)
class CellState:
    """What the view knows of a cell beside its row."""

    selected: bool = False
    hovered: bool = False
    focused: bool = False  # the keyboard's current item while the view has the focus
    captions: bool = False  # title and artist below


class CellPainter:
    """Paints cells with thumbnails from the shared cache; made once per view."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails
        self._body = font(FontRole.BODY)
        self._small = font(FontRole.SMALL)
        self._badge = font(FontRole.CAPTION)
        self._badge.setPointSizeF(max(6.5, self._badge.pointSizeF() - 1.5))

    def paint(self, painter: QPainter, rect: QRect, height: int, row: ItemRow | None, state: CellState) -> None:
        """Draw one cell, its picture within the upper ``height`` px; a row not known yet is a quiet placeholder."""
        colours = tokens()
        self._ground(painter, rect, state, colours)
        side = rect.width()
        box = QRectF(rect.x() + INSET, rect.y() + INSET, side - 2 * INSET, height - 2 * INSET)
        if row is None:
            painter.fillRect(box.adjusted(8, 8, -8, -8), colours.colour("placeholder"))
            return
        dimmed = row.state in (State.MISSING, State.OFFLINE, State.PROBLEM)
        if dimmed:
            painter.setOpacity(0.4)
        picture = self._picture(painter, box, row, colours)
        painter.setOpacity(1.0)
        self._badges(painter, picture, row, colours)
        below = QRect(rect.x() + INSET, rect.y() + height - 2, side - 2 * INSET, rect.height() - height)
        if state.captions:
            self._captions(painter, below, row, state, colours)
        else:
            self._strip(painter, below, row, state, colours)

    def drag_picture(self, row: ItemRow | None, count: int, ratio: float) -> QPixmap:
        """A small picture of the first item with the number of all."""
        made = QPixmap(round(112 * ratio), round(112 * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if row is not None:
            self._picture(painter, QRectF(4, 4, 96, 96), row, tokens())
        if count > 1:
            text = f"{count:,}"
            painter.setFont(self._badge)
            width = max(22, painter.fontMetrics().horizontalAdvance(text) + 12)
            spot = QRectF(108 - width, 86, width, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens().colour("accent"))
            painter.drawRoundedRect(spot, 11, 11)
            painter.setPen(tokens().colour("accent_text"))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return made

    def _ground(self, painter: QPainter, rect: QRect, state: CellState, colours: Tokens) -> None:
        if not (state.selected or state.hovered or state.focused):
            return
        painter.setPen(Qt.PenStyle.NoPen)
        if state.selected:
            painter.setBrush(colours.colour("accent_soft"))
        elif state.hovered:
            painter.setBrush(colours.colour("placeholder"))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if state.focused:
            painter.setPen(QPen(colours.colour("focus"), 2))
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _picture(self, painter: QPainter, box: QRectF, row: ItemRow, colours: Tokens) -> QRectF:
        """Draw the thumbnail, or what stands for it; returns where."""
        ratio = painter.device().devicePixelRatioF()
        pixmap: QPixmap | None = None
        if row.has_thumbnail and row.content_hash:
            pixmap = self._thumbnails.request(row.content_hash, round(max(box.width(), box.height()) * ratio))
        if pixmap is not None:
            target = fitted(pixmap.width(), pixmap.height(), box)
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            return target
        if row.kind is Kind.TRACK:
            _paint_cover_stand_in(painter, box, row, colours)
            return box
        target = fitted(row.width or 4, row.height or 3, box)
        painter.fillRect(target, colours.colour("placeholder"))
        if row.state is State.PROBLEM or not row.has_thumbnail:
            _centred_icon(painter, "photo", target, colours.faint)
        return target

    def _badges(self, painter: QPainter, picture: QRectF, row: ItemRow, colours: Tokens) -> None:
        x, y = picture.right() - SPACE_1, picture.top() + SPACE_1
        name = {State.MISSING: "missing", State.OFFLINE: "offline", State.PROBLEM: "problem"}.get(row.state)
        if name is not None:
            spot = QRectF(x - 22, y, 22, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 150))
            painter.drawRoundedRect(spot, 5, 5)
            paint_icon(painter, name, spot.adjusted(3, 3, -3, -3), "#ffffff")
            y += 26
        if row.has_raw and picture.width() > 60:
            painter.setFont(self._badge)
            width = QFontMetrics(self._badge).horizontalAdvance("RAW") + 8
            spot = QRectF(x - width, y, width, 15)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 130))
            painter.drawRoundedRect(spot, 3, 3)
            painter.setPen(QColor("#f2f2f2"))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, "RAW")

    def _strip(self, painter: QPainter, below: QRect, row: ItemRow, state: CellState, colours: Tokens) -> None:
        centre = below.y() + below.height() // 2
        starred = bool(row.rating or state.hovered or state.selected)
        if starred:
            spot = QPoint(below.x(), centre - STAR // 2)
            paint_stars(painter, spot, row.rating, empty=state.hovered or state.selected)
        text = percent(row)
        if text:
            painter.setFont(self._small)
            painter.setPen(colours.colour("text" if state.selected else "faint"))
            side = Qt.AlignmentFlag.AlignRight if starred else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(below, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _captions(self, painter: QPainter, below: QRect, row: ItemRow, state: CellState, colours: Tokens) -> None:
        first = QRect(below.x(), below.y() + 2, below.width(), 20)
        second = QRect(below.x(), below.y() + 21, below.width(), 17)
        painter.setFont(self._small)
        text = percent(row)
        if text:
            painter.setPen(colours.colour("text" if state.selected else "faint"))
            painter.drawText(second, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            second.setRight(second.right() - QFontMetrics(self._small).horizontalAdvance(text) - SPACE_1)
        under = row.artist or ("" if row.kind is Kind.TRACK else row.path.parent.name)
        painter.setPen(colours.colour("text" if state.selected else "muted"))
        _elided(painter, second, under)
        painter.setFont(self._body)
        painter.setPen(colours.colour("text"))
        _elided(painter, first, row.title)


def fitted(width: int, height: int, box: QRectF) -> QRectF:
    """The largest rectangle of that shape inside ``box``, centred."""
    scale = min(box.width() / max(1, width), box.height() / max(1, height))
    target = QRectF(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
    target.moveTopLeft(
        QPointF(round(box.center().x() - target.width() / 2), round(box.center().y() - target.height() / 2))
    )
    return target


def paint_stars(painter: QPainter, left: QPoint, rating: int, *, empty: bool) -> None:
    """Five small stars; those not given only where ``empty``."""
    colours = tokens()
    for star in range(1, 6):
        spot = QRectF(left.x() + (star - 1) * STAR, left.y(), STAR, STAR)
        if star <= rating:
            paint_icon(painter, "star-filled", spot.adjusted(0.5, 0.5, -0.5, -0.5), colours.star)
        elif empty:
            paint_icon(painter, "dot", spot.adjusted(2, 2, -2, -2), colours.faint)


def star_at(rect: QRect, x: float, y: float) -> int | None:
    """The star 1..5 under a point of a photo's cell, or None."""
    left, top = rect.x() + INSET, rect.bottom() - STRIP
    if top <= y < rect.bottom() and left <= x < left + 5 * STAR:
        return int((x - left) // STAR) + 1
    return None


def _paint_cover_stand_in(painter: QPainter, box: QRectF, row: ItemRow, colours: Tokens) -> None:
    """A track without a cover: a quiet colour of its own album and a note."""
    seed = sum(ord(letter) * (place + 7) for place, letter in enumerate(row.album or row.artist or row.title))
    hue = seed % 360
    light, end = (46, 30) if colours.dark else (205, 180)
    ramp = QLinearGradient(box.topLeft(), box.bottomRight())
    ramp.setColorAt(0, QColor.fromHsl(hue, 60, light + 18))
    ramp.setColorAt(1, QColor.fromHsl((hue + 40) % 360, 60, end))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ramp)
    painter.drawRoundedRect(box, 4, 4)
    _centred_icon(painter, "music", box, "#d8d8dc" if colours.dark else "#4b4b52")


def _centred_icon(painter: QPainter, name: str, box: QRectF, colour: str) -> None:
    side = min(40.0, box.width() * 0.32, box.height() * 0.6)
    spot = QRectF(0, 0, side, side)
    spot.moveCenter(box.center())
    before = painter.opacity()
    painter.setOpacity(before * 0.75)
    paint_icon(painter, name, spot, colour)
    painter.setOpacity(before)


def _elided(painter: QPainter, rect: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
