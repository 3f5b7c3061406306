"""How one cell of the grid is painted: the picture first, everything else quieter."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QLinearGradient, QPainter, QPen, QPixmap, QStaticText

from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.models.columns import percent
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import RADIUS, SPACE_1, FontRole, Tokens, font, tokens
from desktop_app.ui.views.device_pixels import DevicePixels

INSET = 6  # px between the cell's edge and the picture
STRIP = 20  # px at the foot of each cell: stars and percentage
CAPTION = 38 + STRIP  # px below a cover: title, artist, and the strip
STAR = 13  # px
BADGE = 22  # px
HUES = 36  # of albums without a cover
_BADGES = {State.MISSING: "missing", State.OFFLINE: "offline", State.PROBLEM: "problem"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell in view, and what the view knows of it beside its row; ``x`` and ``y`` are px of the viewport."""

    x: int
    y: int
    row: ItemRow | None
    selected: bool = False
    hovered: bool = False
    focused: bool = False  # the keyboard's current item while the view has the focus


@dataclass(frozen=True, slots=True)
class CellSize:
    """What all cells of a frame have in common; px."""

    width: int
    height: int
    picture_height: int
    captions: bool = False  # title and artist below


class CellPainter:
    """Paints cells with thumbnails from the shared cache; made once per view."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails

    def paint(self, painter: QPainter, cells: Sequence[Cell], size: CellSize, *, moving: bool = False) -> None:
        """Draw cells; a row not known yet is a quiet placeholder. While the size is ``moving``, pictures of another
        size do; afterwards they are drawn so until the right ones are made."""
        colours, pixels = tokens(), DevicePixels(painter)
        width, height = size.width - 2 * INSET, size.picture_height - 2 * INSET
        places: list[QRectF] = []
        for cell in cells:
            if cell.selected or cell.hovered or cell.focused:
                _paint_ground(painter, QRectF(cell.x, cell.y, size.width, size.height), cell, colours)
            box = QRectF(cell.x + INSET, cell.y + INSET, width, height)
            if cell.row is None:
                painter.fillRect(box.adjusted(8, 8, -8, -8), colours.colour("placeholder"))
                places.append(box)
            else:
                places.append(self._picture(painter, pixels, box, cell.row, colours, moving))
        pixels.flush()
        for cell, place in zip(cells, places, strict=True):
            if cell.row is not None:
                _paint_badges(pixels, place, cell.row)
                below = QRect(
                    cell.x + INSET, cell.y + size.picture_height - 2, width, size.height - size.picture_height
                )
                if size.captions:
                    _paint_captions(painter, below, cell.row, cell, colours)
                    below.setTop(below.bottom() - STRIP)
                _paint_strip(painter, pixels, below, cell, colours)
        pixels.flush()

    def drag_picture(self, row: ItemRow | None, count: int, ratio: float) -> QPixmap:
        """A small picture of the first item with the number of all."""
        made = QPixmap(round(112 * ratio), round(112 * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if row is not None:
            pixels = DevicePixels(painter)
            self._picture(painter, pixels, QRectF(4, 4, 96, 96), row, tokens(), moving=True)
            pixels.flush()
        if count > 1:
            text = f"{count:,}"
            painter.setFont(badge_font())
            width = max(22, painter.fontMetrics().horizontalAdvance(text) + 12)
            spot = QRectF(108 - width, 86, width, 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens().colour("accent"))
            painter.drawRoundedRect(spot, 11, 11)
            painter.setPen(tokens().colour("accent_text"))
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return made

    def _picture(
        self, painter: QPainter, pixels: DevicePixels, box: QRectF, row: ItemRow, colours: Tokens, moving: bool
    ) -> QRectF:
        """Draw the thumbnail, or what stands for it; returns where."""
        opacity = 0.4 if row.state in (State.MISSING, State.OFFLINE, State.PROBLEM) else 1.0
        pixmap: QPixmap | None = None
        if row.has_thumbnail and row.content_hash:
            pixmap, exact = self._thumbnails.fitted(
                row.content_hash, pixels.px(box.width()), pixels.px(box.height()), decode=not moving
            )
            if pixmap is not None and exact:
                return pixels.centre(pixmap, box, opacity)
        if pixmap is None and row.kind is Kind.TRACK:
            seed = sum(ord(letter) * (place + 7) for place, letter in enumerate(row.album or row.artist or row.title))
            width, height = pixels.px(box.width()), pixels.px(box.height())
            return pixels.centre(_cover(seed % HUES, width, height, pixels.ratio, colours.dark), box, opacity)
        painter.setOpacity(opacity)
        if pixmap is not None:
            target = fitted(pixmap.width(), pixmap.height(), box)
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        else:
            target = fitted(row.width or 4, row.height or 3, box)
            painter.fillRect(target, colours.colour("placeholder"))
            if row.state is State.PROBLEM or not row.has_thumbnail:
                side = min(40.0, target.width() * 0.32, target.height() * 0.6)
                pixels.centre(_icon("photo", pixels.px(side), colours.faint), target, 0.75 * opacity)
        painter.setOpacity(1.0)
        return target


def _paint_badges(pixels: DevicePixels, picture: QRectF, row: ItemRow) -> None:
    name = _BADGES.get(row.state)
    x, y = picture.right() - SPACE_1, picture.top() + SPACE_1
    if name is not None:
        pixels.at(_badge(name, pixels.ratio), x - BADGE, y)
        y += BADGE + SPACE_1
    if row.has_raw and picture.width() > 60:
        made = _raw_badge(pixels.ratio)
        pixels.at(made, x - made.width() / pixels.ratio, y)


def _paint_ground(painter: QPainter, rect: QRectF, cell: Cell, colours: Tokens) -> None:
    painter.setPen(QPen(colours.colour("focus"), 2) if cell.focused else Qt.PenStyle.NoPen)
    if cell.selected:
        painter.setBrush(colours.colour("accent_soft"))
    elif cell.hovered:
        painter.setBrush(colours.colour("placeholder"))
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)


def _paint_strip(painter: QPainter, pixels: DevicePixels, below: QRect, cell: Cell, colours: Tokens) -> None:
    """The stars given, on the left; the dots to give others only where a click gives them. The percentage is on the
    right, also where there are no stars yet, so that it stays where it is when the cell is selected."""
    row, empty = cell.row, cell.selected
    if row is None:
        return
    if row.rating or empty:
        top = below.y() + below.height() // 2 - STAR // 2
        pixels.at(_stars(row.rating, empty, pixels.ratio, colours.star, colours.faint), below.x(), top)
    if row.similarity is not None:
        text = _text(percent(row), below.width(), FontRole.SMALL)
        size = text.size()
        painter.setFont(_font(FontRole.SMALL))
        painter.setPen(colours.colour("text" if cell.selected else "faint"))
        x = below.x() + below.width() - size.width()
        painter.drawStaticText(QPointF(round(x), below.y() + round((below.height() - size.height()) / 2)), text)


def _paint_captions(painter: QPainter, below: QRect, row: ItemRow, cell: Cell, colours: Tokens) -> None:
    first, second = below.y() + 2, below.y() + 21
    painter.setFont(_font(FontRole.SMALL))
    under = row.artist or ("" if row.kind is Kind.TRACK else row.path.parent.name)
    if under:
        painter.setPen(colours.colour("text" if cell.selected else "muted"))
        painter.drawStaticText(below.x(), second, _text(under, below.width(), FontRole.SMALL))
    painter.setFont(_font(FontRole.BODY))
    painter.setPen(colours.colour("text"))
    painter.drawStaticText(below.x(), first, _text(row.title, below.width(), FontRole.BODY))


@cache
def badge_font() -> QFont:
    """Of the few letters on a picture."""
    made = font(FontRole.CAPTION)
    made.setPointSizeF(max(6.5, made.pointSizeF() - 1.5))
    return made


@cache
def _font(role: FontRole) -> QFont:
    return font(role)


@lru_cache(4096)
def _text(text: str, width: int, role: FontRole) -> QStaticText:
    """A line no wider than ``width`` px, laid out once."""
    chosen = _font(role)
    made = QStaticText(QFontMetrics(chosen).elidedText(text, Qt.TextElideMode.ElideRight, width))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    made.prepare(font=chosen)
    return made


@contextmanager
def _drawing(width: float, height: float, ratio: float) -> Generator[tuple[QPixmap, QPainter]]:
    """A transparent pixmap of so many px of the window, and a painter on it in those px."""
    made = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    painter.setPen(Qt.PenStyle.NoPen)
    yield made, painter
    painter.end()


@lru_cache(64)
def _stars(rating: int, empty: bool, ratio: float, _star: str, _faint: str) -> QPixmap:
    """The stars below a photo as one picture, in the colours of the theme."""
    with _drawing(5 * STAR, STAR, ratio) as (made, painter):
        paint_stars(painter, QPoint(0, 0), rating, empty=empty)
    return made


@lru_cache(64)
def _icon(name: str, side: int, colour: str) -> QPixmap:
    """An icon of so many device px."""
    with _drawing(side, side, 1.0) as (made, painter):
        paint_icon(painter, name, QRectF(0, 0, side, side), colour)
    return made


@lru_cache(16)
def _badge(name: str, ratio: float) -> QPixmap:
    """What marks a picture whose file is not as it should be."""
    with _drawing(BADGE, BADGE, ratio) as (made, painter):
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawRoundedRect(QRectF(0, 0, BADGE, BADGE), 5, 5)
        paint_icon(painter, name, QRectF(3, 3, BADGE - 6, BADGE - 6), "#ffffff")
    return made


@lru_cache(4)
def _raw_badge(ratio: float) -> QPixmap:
    """What marks a photo with a RAW behind it."""
    chosen = badge_font()
    spot = QRectF(0, 0, QFontMetrics(chosen).horizontalAdvance("RAW") + 8, 15)
    with _drawing(spot.width(), spot.height(), ratio) as (made, painter):
        painter.setBrush(QColor(0, 0, 0, 130))
        painter.drawRoundedRect(spot, 3, 3)
        painter.setFont(chosen)
        painter.setPen(QColor("#f2f2f2"))
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, "RAW")
    return made


@lru_cache(2 * HUES)
def _cover(hue: int, width: int, height: int, ratio: float, dark: bool) -> QPixmap:
    """For a track without a cover: a quiet colour of its own album and a note; device px."""
    box = QRectF(0, 0, width / ratio, height / ratio)
    light, end = (46, 30) if dark else (205, 180)
    degrees = hue * 360 // HUES
    ramp = QLinearGradient(box.topLeft(), box.bottomRight())
    ramp.setColorAt(0, QColor.fromHsl(degrees, 60, light + 18))
    ramp.setColorAt(1, QColor.fromHsl((degrees + 40) % 360, 60, end))
    with _drawing(box.width(), box.height(), ratio) as (made, painter):
        painter.setBrush(ramp)
        painter.drawRoundedRect(box, 4, 4)
        side = min(40.0, box.width() * 0.32, box.height() * 0.6)
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(box.center())
        painter.setOpacity(0.75)
        paint_icon(painter, "music", spot, "#d8d8dc" if dark else "#4b4b52")
    return made


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
