"""Colours, spacing and fonts of the window, light and dark; one place to ask, one signal when they change."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.paths import resource_path

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6 = 4, 8, 12, 16, 24  # px: margins and gaps
RADIUS = 6  # px of buttons, fields, cells
ROW_HEIGHT = 28  # px of a tree or table row
BAR_HEIGHT = 44  # px of the header


@dataclass(frozen=True, slots=True)
class Tokens:
    """What colours mean. Greys are neutral, since they stand around pictures; ``accent`` is the only hue."""

    dark: bool
    window: str  # header, bars
    panel: str  # side panels
    canvas: str  # behind the pictures
    raised: str  # menus, cards, fields
    field: str  # inside of inputs
    hover: str
    pressed: str
    line: str  # hairlines
    border: str  # outlines of inputs and buttons
    text: str
    muted: str  # second line, headings of the tree (at least 4.5:1)
    faint: str  # counts, percentages, placeholders
    accent: str  # filled: primary buttons, progress
    accent_hover: str
    accent_text: str  # on accent
    accent_soft: str  # selected row, chip
    link: str  # accent as text
    focus: str  # ring of the keyboard's focus
    star: str
    danger: str
    warning: str
    success: str
    placeholder: str  # cell before its picture is there
    scrim: str  # behind overlays, with alpha (#AARRGGBB)

    def colour(self, name: str) -> QColor:
        """The named token as a QColor."""
        return QColor(getattr(self, name))


LIGHT = Tokens(
    dark=False, window="#f4f4f5", panel="#ececee", canvas="#fafafa", raised="#ffffff", field="#ffffff",
    hover="#e2e2e5", pressed="#d6d6da", line="#dcdcdf", border="#c6c6cb", text="#1d1d20", muted="#5c5c63",
    faint="#6e6e76", accent="#2f6fde", accent_hover="#2460c8", accent_text="#ffffff", accent_soft="#d3e1fa",
    link="#2159bd", focus="#2f6fde", star="#b97a00", danger="#c62f3b", warning="#9a6200", success="#23803f",
    placeholder="#e9e9eb", scrim="#d9f4f4f5",
)  # fmt: skip

DARK = Tokens(
    dark=True, window="#262628", panel="#212123", canvas="#1a1a1b", raised="#303033", field="#19191a",
    hover="#37373a", pressed="#424246", line="#38383b", border="#4c4c51", text="#ededef", muted="#a9a9b0",
    faint="#8e8e96", accent="#4f8dfd", accent_hover="#6a9efd", accent_text="#0c1118", accent_soft="#2c4066",
    link="#86b1ff", focus="#6a9efd", star="#f2b84b", danger="#ff7079", warning="#f0b14a", success="#63c97f",
    placeholder="#252527", scrim="#e61a1a1b",
)  # fmt: skip


class FontRole(StrEnum):
    """Where a text stands; everything else follows from the system's own font."""

    BODY = "body"
    STRONG = "strong"
    SMALL = "small"
    CAPTION = "caption"  # headings of tree sections: small, semi-bold
    HEADING = "heading"
    TITLE = "title"


_SIZES = {
    FontRole.BODY: (0.0, QFont.Weight.Normal),
    FontRole.STRONG: (0.0, QFont.Weight.DemiBold),
    FontRole.SMALL: (-1.0, QFont.Weight.Normal),
    FontRole.CAPTION: (-1.0, QFont.Weight.DemiBold),
    FontRole.HEADING: (2.0, QFont.Weight.DemiBold),
    FontRole.TITLE: (8.0, QFont.Weight.DemiBold),
}

# Asked for only where the desktop names no font of its own.
_FAMILIES = ("Inter", "Cantarell", "Noto Sans", "Ubuntu", "Open Sans", "Roboto", "Liberation Sans", "DejaVu Sans")
_NO_CHOICE = {"", "Sans", "Sans Serif", "DejaVu Sans", "Bitstream Vera Sans", "Helvetica"}


@cache
def _base_font() -> QFont:
    chosen = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if sys.platform.startswith("linux") and chosen.family() in _NO_CHOICE:
        known = set(QFontDatabase.families())
        family = next((name for name in _FAMILIES if name in known), chosen.family())
        chosen = QFont(family)
        chosen.setPointSizeF(10.0)
    chosen.setFeature(QFont.Tag("tnum"), 1)  # counts and times stand still while they change
    return chosen


def font(role: FontRole = FontRole.BODY) -> QFont:
    """The font of a role, from the system's general font."""
    made = QFont(_base_font())
    step, weight = _SIZES[role]
    if made.pointSizeF() > 0:
        made.setPointSizeF(made.pointSizeF() + step)
    made.setWeight(weight)
    return made


class Theme(QObject):
    """The look now in use.

    Signals: ``changed()`` after the palette, the style sheet and ``tokens`` are the new ones.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self._choice = "system"
        self._follows = False

    def apply(self, choice: str) -> None:
        """Use "light", "dark" or "system" (followed while it changes) for the whole application."""
        self._choice = choice
        hints = QGuiApplication.styleHints()
        if not self._follows:
            hints.colorSchemeChanged.connect(self._on_system_changed)
            self._follows = True
        dark = choice == "dark" or (choice != "light" and hints.colorScheme() == Qt.ColorScheme.Dark)
        self.tokens = DARK if dark else LIGHT
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setFont(font())
            application.setPalette(palette(self.tokens))
            application.setStyleSheet(style_sheet(self.tokens))
        self.changed.emit()

    def _on_system_changed(self) -> None:
        if self._choice == "system":
            self.apply("system")


@cache
def theme() -> Theme:
    """The application's one theme; connect to its ``changed``."""
    return Theme()


def tokens() -> Tokens:
    """The colours now in use."""
    return theme().tokens


def palette(colours: Tokens) -> QPalette:
    """The palette for Fusion, so that plain widgets and native dialogs fit without a style sheet."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, name in (
        (role.Window, "window"), (role.WindowText, "text"), (role.Base, "field"), (role.AlternateBase, "panel"),
        (role.Text, "text"), (role.Button, "raised"), (role.ButtonText, "text"), (role.BrightText, "danger"),
        (role.ToolTipBase, "raised"), (role.ToolTipText, "text"), (role.PlaceholderText, "faint"),
        (role.Highlight, "accent"), (role.HighlightedText, "accent_text"), (role.Link, "link"),
        (role.LinkVisited, "link"), (role.Light, "raised"), (role.Midlight, "hover"), (role.Mid, "border"),
        (role.Dark, "border"), (role.Shadow, "line"), (role.Accent, "accent"),
    ):  # fmt: skip
        made.setColor(which, colours.colour(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, mixed(colours.text, colours.window, 0.55))
    return made


def mixed(first: str, second: str, part: float) -> QColor:
    """``first`` moved towards ``second`` by ``part`` (0..1)."""
    a, b = QColor(first), QColor(second)
    blend = [round(x + (y - x) * part) for x, y in zip(a.getRgb(), b.getRgb(), strict=True)]  # type: ignore[arg-type]
    return QColor(*blend)


def style_sheet(colours: Tokens) -> str:
    """``resources/qss/akin.qss`` with its ``@token`` names replaced."""
    text = resource_path("qss/akin.qss").read_text("utf-8")
    names = sorted(Tokens.__dataclass_fields__, key=len, reverse=True)
    for name in names:
        if name != "dark":
            text = text.replace(f"@{name}", str(getattr(colours, name)))
    icons = resource_path("icons").as_posix()
    return text.replace("@icons", icons).replace("@tone", "dark" if colours.dark else "light")
