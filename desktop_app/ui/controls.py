"""Labels, buttons and lines the way they are made everywhere in the window."""

import html

from PySide6 import QtGui
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextLayout,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QToolTip,
    QWidget,
)

from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole, font, tokens

_SHORT = 60
"""Letters of a tooltip that needs no second line."""


def plain(text: str) -> str:
    """``text`` for a tooltip, shown as it is though it may look like HTML: tags and file names may hold anything.

    Qt breaks the lines of HTML only, but screen readers are told the HTML itself, so a short text stays what it is.
    """
    if len(text) <= _SHORT and "\n" not in text and not QtGui.Qt.mightBeRichText(text):
        return text
    return f'<p style="white-space: pre-wrap; margin: 0">{html.escape(text)}</p>'


def literal(text: str) -> str:
    """``text`` for a button or a line of a menu, where an ``&`` would say which letter presses it."""
    return text.replace("&", "&&")


def keep_plain(dialog: QWidget) -> None:
    """Let the labels of one of Qt's own dialogs, which guess, show any text as it is."""
    for label in dialog.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)


def make_label(text: str = "", look: str = "", role: FontRole | None = None, *, wrap: bool = False) -> QLabel:
    """A label of plain text; ``look`` is a class of the style sheet ("muted", "faint", "danger").

    All labels are made here: one that guesses whether its text is HTML would fetch the pictures that a tag names.
    """
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if look:
        label.setProperty("class", look)
    if role is not None:
        label.setFont(font(role))
    return label


def wrapped(text: str, face: QFont, width: int, most: int) -> list[str]:
    """``text`` in at most so many lines of ``width`` px, broken between words; the last one is shortened."""
    whole = " ".join(text.split())
    layout = QTextLayout(whole, face)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) < most + 1:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:most], len(whole)]
    metrics, right = QFontMetrics(face), Qt.TextElideMode.ElideRight
    return [metrics.elidedText(whole[a:b].strip(), right, width) for a, b in zip(starts[:most], ends, strict=True)]


def keep_scroll_lane(area: QAbstractScrollArea) -> None:
    """Keep the vertical scroll bar's lane, empty where there is nothing to scroll.

    A bar that comes and goes changes the width, a changed width wraps text anew, and that may take the bar away
    again: Qt then lays out without end, until the stack is full.
    """
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    bar = area.verticalScrollBar()
    bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
    bar.setEnabled(bar.maximum() > bar.minimum())


def make_spin() -> QSpinBox:
    """A number field whose number stands as far from its border as the words of other fields."""
    spin = QSpinBox()
    spin.lineEdit().setTextMargins(7, 0, 0, 0)  # the style sheet's padding doesn't reach it
    return spin


def make_line() -> QFrame:
    """A hairline between groups."""
    line = QFrame()
    line.setProperty("class", "line")
    return line


def icon_button(name: str, tip: str, shortcut: str = "", *, side: int = 18, accessible: str = "") -> QToolButton:
    """A frameless button; ``shortcut`` is only told in the tooltip, the window's actions own the keys."""
    button = QToolButton()
    button.setIcon(icon(name))
    button.setIconSize(QSize(side, side))
    button.setToolTip(plain(f"{tip} ({shortcut})" if shortcut else tip))
    button.setAccessibleName(accessible or tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def link_button(text: str, tip: str) -> QPushButton:
    """A quiet button that reads like a link; its words, not its border, stand where the column ends."""
    button = QPushButton(text)
    button.setProperty("class", "flush-link")
    button.setToolTip(plain(tip))
    button.setAccessibleName(tip)
    button.setAutoDefault(False)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button


class ElidedLabel(QLabel):
    """One line, shortened in the middle where it doesn't fit; the tooltip has it whole.

    With ``copies`` set it is a control: a click or Return puts the whole text on the clipboard, then ``copied(str)``.
    """

    copied = Signal(str)

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        copies: bool = False,
    ) -> None:
        super().__init__(parent)
        self._mode, self._copies, self._whole = mode, copies, ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if copies:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_whole(text)

    @property
    def whole(self) -> str:
        """The text as it was given."""
        return self._whole

    def set_whole(self, text: str, hint: str = "") -> None:
        """Show ``text``; ``hint`` is added to the tooltip."""
        self._whole = text
        self.setText(" ".join(text.split("\n")))
        self.setToolTip(plain("\n".join(part for part in (text, hint) if part)))
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._copies and event.button() == Qt.MouseButton.LeftButton:
            self._copy()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._copies and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._copy()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self.contentsRect()
        look = str(self.property("class"))
        painter.setPen(tokens().colour(look if look in ("muted", "faint", "warning", "danger") else "text"))
        if not self.isEnabled():
            painter.setPen(self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
        shown = self.fontMetrics().elidedText(self.text(), self._mode, area.width())
        painter.drawText(area, self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            painter.setPen(tokens().focus)
            painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), 3, 3)
        painter.end()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._whole)
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), "Copied", self)
        self.copied.emit(self._whole)
