"""Quiet banners above the lower edge: a sentence, perhaps one button, gone after a while."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.notices import Notice, Tone
from desktop_app.ui.controls import make_label
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import SPACE_1, SPACE_2, SPACE_3, theme

MOST = 3
SHOWN_MS = 8_000
READ_MS = 70
"""For each letter of a longer text: some 14 a second."""
MOST_NAMES = 3
_ICONS = {Tone.INFO: ("info", "link"), Tone.WARNING: ("problem", "warning"), Tone.ERROR: ("error", "danger")}


def refusal(names: Sequence[str], sentence: str) -> str:
    """One sentence about files that could not be used, with their names; ``sentence`` says why."""
    if len(names) == 1:
        return sentence if names[0] in sentence else f"{names[0]}: {sentence}"
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{len(names):,} files can’t be used: {', '.join(names[:MOST_NAMES])}{more}. {sentence}"


class Banner(QFrame):
    """One notice; closes itself unless it asks something.

    Signals: ``focus_left()`` it had the keyboard, and goes; ``closed()`` by the user, who has read it; ``gone()`` it is
    taken away.
    """

    focus_left = Signal()
    closed = Signal()
    gone = Signal()

    def __init__(self, notice: Notice, actions: list[tuple[str, Callable[[], object]]], parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setProperty("class", "card")
        self.setObjectName("banner")
        self.setAccessibleName(notice.text)
        self._mark = make_label()
        self._paint_mark()
        theme().changed.connect(self._paint_mark)
        text = make_label(notice.text)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        text.setWordWrap(True)  # after the policy, which says of itself that the height does not go by the width
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        row.setSpacing(SPACE_2)
        row.addWidget(self._mark)
        row.addWidget(text, 1)
        self.buttons: list[QPushButton] = []
        for label, action in actions:
            button = QPushButton(label)
            button.setProperty("class", "link")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it is
            button.clicked.connect(self._acting(action))
            row.addWidget(button)
            self.buttons.append(button)
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setIconSize(QSize(14, 14))
        close.setToolTip("Close")
        close.setAccessibleName("Close this notice")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self._close)
        row.addWidget(close)
        self._milliseconds: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)

    def _paint_mark(self) -> None:
        name, token = _ICONS[self.notice.tone]
        self._mark.setPixmap(icon(name, token).pixmap(QSize(18, 18), self.devicePixelRatioF()))

    def start(self, milliseconds: int | None) -> None:
        """Close after a while; None: stay until it is answered."""
        self._milliseconds = milliseconds
        if milliseconds is not None:
            self._timer.start(milliseconds)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()  # whoever reads it is not hurried

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.isHidden():
            self.start(self._milliseconds)

    def dismiss(self) -> None:
        """Take it away."""
        self._timer.stop()
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self)
        self.hide()
        self.gone.emit()
        if had_focus:
            self.focus_left.emit()
        self.setParent(None)
        self.deleteLater()

    def _close(self) -> None:
        self.closed.emit()
        self.dismiss()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def _acting(self, action: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            self.dismiss()
            action()

        return act


class Banners(QWidget):
    """The stack of banners, floating at the lower edge of ``parent``; the newest is lowest.

    Beyond ``MOST`` the oldest goes of those that go by themselves. Signal: ``focus_left()`` one that had the keyboard
    went.

    The layout is not asked what lies in it: for Python its ``itemAt`` makes an object of each item, which outlives the
    item, and what is made at the same place in memory later is taken for it. That ended the program.
    """

    focus_left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banners")
        self._shown: list[Banner] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_1)
        parent.installEventFilter(self)
        self.hide()

    def float_over(self, parent: QWidget) -> None:
        """Stand over another widget, because that is what is in sight now."""
        old = self.parentWidget()
        if old is not None:
            old.removeEventFilter(self)
        self.setParent(parent)
        parent.installEventFilter(self)
        self.setVisible(bool(self.shown))
        self._place()

    @property
    def texts(self) -> list[str]:
        """What is said now, oldest first."""
        return [banner.notice.text for banner in self.shown]

    def say(
        self,
        text: str,
        tone: Tone = Tone.INFO,
        actions: list[tuple[str, Callable[[], object]]] | None = None,
        *,
        stays: bool = False,
    ) -> Banner:
        """Show a sentence; one that already stands there is not shown twice."""
        for banner in self.shown:
            if banner.notice.text == text:
                banner.dismiss()
        banner = Banner(Notice(text, tone, stays=stays), actions or [], self)
        banner.destroyed.connect(self._place)
        banner.gone.connect(lambda: self._forget(banner))
        banner.focus_left.connect(self.focus_left)
        self._column.addWidget(banner)
        self._shown.append(banner)
        passing = [each for each in self.shown[:-1] if not each.notice.stays]
        for old in passing[: max(0, len(self.shown) - MOST)]:
            old.dismiss()
        banner.start(None if stays else max(SHOWN_MS, len(text) * READ_MS))
        banner.show()
        self.show()
        self._place()
        return banner

    def clear(self) -> None:
        """Take away all but those that stay until they are closed."""
        for banner in self.shown:
            if not banner.notice.stays:
                banner.dismiss()
        self._place()

    @property
    def shown(self) -> list[Banner]:
        """The banners, oldest first."""
        return list(self._shown)

    def _forget(self, banner: Banner) -> None:
        self._shown = [each for each in self._shown if each is not banner]

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        if not self.shown:
            self.hide()
            return
        width = min(560, parent.width() - 48)
        self.setFixedWidth(width)
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else self.sizeHint().height()
        self.setFixedHeight(max(height, self._column.minimumSize().height()))
        self.move((parent.width() - width) // 2, parent.height() - self.height() - 16)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
