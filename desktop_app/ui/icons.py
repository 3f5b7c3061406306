"""The program's own line icons, tinted when they are painted, so that they follow the theme and stay crisp."""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from shiboken6 import isValid

from desktop_app.paths import resource_path
from desktop_app.ui.theme import mixed, tokens


@cache
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text("utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: QColor | str) -> None:
    """Draw an icon into ``rect`` in one colour."""
    _renderer(name, QColor(colour).name()).render(painter, rect)


def _square_in(box: QRectF) -> QRectF:
    side = min(box.width(), box.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(box.center())
    return square


@lru_cache(512)
def _drawn(name: str, colour: str, width: int, height: int) -> QPixmap:
    """In device px; buttons and headings ask for the same few again and again."""
    made = QPixmap(width, height)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_icon(painter, name, _square_in(QRectF(0, 0, width, height)), colour)
    painter.end()
    return made


class _TintedEngine(QIconEngine):
    """Paints one SVG in the theme's text colour, or in the token it was made with."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        colours = tokens()
        if mode == QIcon.Mode.Disabled:
            return mixed(colours.text, colours.window, 0.6)
        if state == QIcon.State.On and self._token == "text":
            return colours.colour("link")
        return colours.colour(self._token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint_icon(painter, self._name, _square_in(QRectF(rect)), self._colour(mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return QPixmap(_drawn(self._name, self._colour(mode, state).name(), size.width(), size.height()))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        made = self.pixmap(size * scale, mode, state)  # in Qt 6.12 ``size`` is independent of the device
        made.setDevicePixelRatio(scale)
        return made

    def clone(self) -> QIconEngine:
        made = _TintedEngine(self._name, self._token)
        _CLONES[:] = [each for each in _CLONES if isValid(each)]  # Qt has done away with the others
        _CLONES.append(made)  # Qt's from here on, but Python would take it away at once
        return made


_CLONES: list[QIconEngine] = []


@cache
def icon(name: str, token: str = "text") -> QIcon:
    """The icon ``resources/icons/NAME.svg``, in a colour of the theme; checked ones turn to the accent."""
    _source(name)  # a misspelt name fails here, not when it is painted
    return QIcon(_TintedEngine(name, token))


@cache
def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    made = QIcon()
    renderer = QSvgRenderer(str(resource_path("icons/akin.svg")))
    for side in (16, 24, 32, 48, 64, 128, 256):
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        made.addPixmap(pixmap)
    return made
