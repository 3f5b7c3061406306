"""The full-size viewer over the window."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemDetail, ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.engine.api import EngineClient
from desktop_app.ui import wording
from desktop_app.ui.controls import make_label
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.theme import DARK
from desktop_app.ui.views.viewer_canvas import ViewerCanvas
from desktop_app.ui.views.viewer_overlay import InformationPane, ViewerBar
from desktop_app.ui.views.viewer_pictures import ViewerPictures

_EVERYTHING = 100_000
_REST_MS = 90
_LEAST_SIDE = 1024


class Viewer(QWidget):
    """One picture at a time, over the whole parent; keys as in the tooltips, Esc and Space close.

    From the full screen that was asked for here the first Esc only leads back to the window.

    Signals: ``opened()``; ``closed()``; ``current_changed(int)`` with the id of the picture shown; ``described()``
    its row is known; ``edit_sent(int)`` with the request of a rating; ``menu_requested(QPoint)``.
    """

    opened = Signal()
    closed = Signal()
    current_changed = Signal(int)
    described = Signal()
    edit_sent = Signal(int)
    menu_requested = Signal(QPoint)

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._all = self._ids  # as it was opened with, also those that went since
        self._index = 0
        self._detail: ItemDetail | None = None
        self._detail_request = -1
        self._fault = ""  # why the picture shown can't be read
        self._made_full_screen = False
        self._pictures = ViewerPictures(client, self)
        self.canvas = ViewerCanvas(self)
        self.bar = ViewerBar(self)
        self.information = InformationPane(self)
        self._sentence = self._make_sentence()
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self._fetch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.canvas, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Viewer")
        self.hide()
        self._connect()
        if parent is not None:
            parent.installEventFilter(self)

    @property
    def current(self) -> ItemId | None:
        """The item shown."""
        return ItemId(int(self._ids[self._index])) if len(self._ids) else None

    @property
    def row(self) -> ItemRow | None:
        """Its row, once it is known."""
        return self._detail.row if self._detail is not None else None

    def open(self, ids: NDArray[np.int64], index: int) -> None:
        """Show ``ids`` (int64, (n,)) from ``index``."""
        self._ids = self._all = np.asarray(ids, dtype=np.int64)
        if not len(self._ids):
            return
        self._index = min(max(0, index), len(self._ids) - 1)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self.opened.emit()
        self._show_current()

    def drop(self, items: Collection[int]) -> None:
        """These are no longer there: go on with the next, or close after the last."""
        kept = ~np.isin(self._ids, list(items))
        if self.isHidden() or kept.all():
            return
        shown_goes = not kept[self._index]
        self._index -= int(np.count_nonzero(~kept[: self._index]))
        self._ids = self._ids[kept]
        self._index = min(self._index, len(self._ids) - 1)
        if not len(self._ids):
            self._index = 0
            self.leave()
        elif shown_goes:
            self._show_current()
        else:
            self._show_place()

    @property
    def dropped(self) -> NDArray[np.int64]:
        """Which of those that it was opened with went since, int64."""
        return self._all[~np.isin(self._all, self._ids)]

    def take_back(self, items: NDArray[np.int64]) -> None:
        """These, which had gone, are there again: go on with the first."""
        if self.isHidden() or not np.isin(items, self.dropped).any():
            return
        first = items[np.isin(items, self.dropped)][0]
        self._ids = self._all[np.isin(self._all, self._ids) | np.isin(self._all, items)]
        self._index = int(np.flatnonzero(self._ids == first)[0])
        self._show_current()

    def step(self, by: int) -> None:
        """Go on or back; stays at either end."""
        index = min(max(0, self._index + by), len(self._ids) - 1)
        if index != self._index:
            self._index = index
            self._show_current()

    def leave(self) -> None:
        """Close, and give the window back its size."""
        if self.isHidden():
            return
        if self.owns_full_screen:
            self.toggle_full_screen()
        self._made_full_screen = False
        self._resting.stop()
        self._pictures.clear()
        self._detail_request = -1
        self.hide()
        self.closed.emit()

    def toggle_full_screen(self) -> None:
        """The window over the whole screen, and back."""
        window = self.window()
        self._made_full_screen = not window.isFullScreen()
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    @property
    def owns_full_screen(self) -> bool:
        """It was asked for here; the window manager may have ended it since."""
        return self._made_full_screen and self.window().isFullScreen()

    def _step_out(self) -> None:
        if self.owns_full_screen:
            self.toggle_full_screen()
        else:
            self.leave()

    def tell(self, sentence: str) -> None:
        """A sentence over the picture, until the next one."""
        self._say(sentence)

    def shut_down(self) -> None:
        """Before the window closes."""
        self._pictures.shut_down()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        parent = self.parentWidget()
        if event.type() == QEvent.Type.Resize and parent is not None and watched is parent and self.isVisible():
            self.setGeometry(parent.rect())
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._resting.stop()
        self._pictures.clear()
        self.closed.emit()

    def event(self, event: QEvent) -> bool:
        """Keys that the window has as shortcuts are the viewer's while it is open."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._action(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays in the viewer: what it covers must not get the keys.

        Not by ``nextInFocusChain``: its results would become children of the widget before, for Python.
        """
        stops = [self, *(each for each in self.findChildren(QWidget) if each.isVisible() and each.isEnabled())]
        stops = [each for each in stops if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        focused = QApplication.focusWidget()
        at = stops.index(focused) if focused in stops else 0
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_overlays()

    def _make_sentence(self) -> QLabel:
        label = make_label("", wrap=True)
        label.setParent(self)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setStyleSheet(
            f"color: {DARK.text}; background: rgba(16, 16, 17, 205); border-radius: 8px; padding: 10px 16px;"
        )
        label.hide()
        return label

    def _connect(self) -> None:
        bar, canvas = self.bar, self.canvas
        bar.close_button.clicked.connect(self.leave)
        bar.previous.clicked.connect(lambda: self.step(-1))
        bar.next.clicked.connect(lambda: self.step(1))
        bar.smaller.clicked.connect(lambda: canvas.zoom(-1))
        bar.larger.clicked.connect(lambda: canvas.zoom(1))
        bar.fit.clicked.connect(canvas.fit)
        bar.actual.clicked.connect(lambda _checked: canvas.actual_size())
        bar.information.toggled.connect(self._on_information)
        bar.full_screen.clicked.connect(self.toggle_full_screen)
        bar.rating.rated.connect(self._rate)
        canvas.scale_changed.connect(lambda scale: bar.scale.setText(f"{round(scale * 100)}\u00a0%"))
        canvas.full_needed.connect(self._want_pixels)
        self._pictures.ready.connect(self._on_picture)
        self._pictures.failed.connect(self._on_unreadable)
        self._thumbnails.loaded.connect(lambda _hash: self._show_thumbnail())
        self._client.detail_ready.connect(self._on_detail)
        self._client.items_changed.connect(self._on_items_changed)

    def _action(self, event: QKeyEvent):
        key, canvas = event.key(), self.canvas
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return {
                Qt.Key.Key_0: canvas.fit, Qt.Key.Key_1: canvas.actual_size, Qt.Key.Key_Plus: lambda: canvas.zoom(1),
                Qt.Key.Key_Equal: lambda: canvas.zoom(1), Qt.Key.Key_Minus: lambda: canvas.zoom(-1),
            }.get(Qt.Key(key))  # fmt: skip
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_5:
            return lambda: self._rate(key - Qt.Key.Key_0)
        actions = {
            Qt.Key.Key_Escape: self._step_out, Qt.Key.Key_Space: self.leave,
            Qt.Key.Key_Right: lambda: self.step(1), Qt.Key.Key_Down: lambda: self.step(1),
            Qt.Key.Key_PageDown: lambda: self.step(1), Qt.Key.Key_Left: lambda: self.step(-1),
            Qt.Key.Key_Up: lambda: self.step(-1), Qt.Key.Key_PageUp: lambda: self.step(-1),
            Qt.Key.Key_Home: lambda: self.step(-len(self._ids)), Qt.Key.Key_End: lambda: self.step(len(self._ids)),
            Qt.Key.Key_Plus: lambda: canvas.zoom(1), Qt.Key.Key_Equal: lambda: canvas.zoom(1),
            Qt.Key.Key_Minus: lambda: canvas.zoom(-1), Qt.Key.Key_Z: self._toggle_actual,
            Qt.Key.Key_F: canvas.fit, Qt.Key.Key_C: self.bar.dropper.toggle, Qt.Key.Key_I: self.bar.information.toggle,
            Qt.Key.Key_F11: self.toggle_full_screen,
        }  # fmt: skip
        return actions.get(Qt.Key(key))

    def _toggle_actual(self) -> None:
        if self.canvas.is_fitted:
            self.canvas.actual_size()
        else:
            self.canvas.fit()

    def _rate(self, stars: int) -> None:
        current = self.current
        if current is not None:
            self.bar.rating.set_rating(stars)
            self.edit_sent.emit(self._client.rate([current], stars))

    def _show_current(self) -> None:
        current = self.current
        if current is None:
            return
        self._detail, self._fault = None, ""
        self._sentence.hide()
        self._show_place()
        self._detail_request = self._client.fetch_detail(current, channel="viewer")
        picture = self._pictures.get(current)
        if picture is not None:
            self.canvas.show_image(picture.image, picture.full_width, picture.full_height, keep=False)
        self._resting.start()
        self.current_changed.emit(int(current))

    def _show_place(self) -> None:
        self.bar.place.setText(f"{self._index + 1:,} of {len(self._ids):,}")
        self.bar.previous.setEnabled(self._index > 0)
        self.bar.next.setEnabled(self._index + 1 < len(self._ids))

    def _fetch(self) -> None:
        """Pixels of the one shown first, then of its neighbours."""
        nearby = [self._index, self._index + 1, self._index - 1, self._index + 2]
        items = [ItemId(int(self._ids[each])) for each in nearby if 0 <= each < len(self._ids)]
        self._pictures.drop_all_but(items)
        if self._detail is not None and not self._can_decode(self._detail):
            return
        for item in items:
            self._pictures.want(item, self._side())

    def _side(self) -> int:
        return max(_LEAST_SIDE, round(max(self.canvas.width(), self.canvas.height()) * self.devicePixelRatioF()))

    def _want_pixels(self) -> None:
        """The scale asks for more pixels than are there: all of them, once the zoom is beyond the fitted size."""
        current = self.current
        if current is None or self._detail is None or not self._can_decode(self._detail):
            return
        self._pictures.want(current, self._side() if self.canvas.is_fitted else _EVERYTHING)

    def _can_decode(self, detail: ItemDetail) -> bool:
        return detail.row.kind is Kind.PHOTO and detail.row.state is State.PRESENT

    def _on_detail(self, request: int, detail: ItemDetail) -> None:
        if request != self._detail_request:
            return
        row, before = detail.row, self.row
        if before is not None and (before.state, before.content_hash) != (row.state, row.content_hash):
            self._fault = ""
            self._resting.start()  # its drive is back, or it was saved anew
        self._detail = detail
        self.bar.title.set_whole(wording.title_text(row))
        self.bar.rating.set_rating(row.rating)
        self.canvas.set_dimmed(row.state is not State.PRESENT)
        self._say(wording.state_text(row) or self._fault)
        self.information.show_detail(detail)
        self._place_overlays()
        self._show_thumbnail()
        self.described.emit()

    def _show_thumbnail(self) -> None:
        """Until the picture itself is there."""
        if self._detail is None or self._pictures.get(self._detail.row.id) is not None:
            return
        row = self._detail.row
        picture = self._thumbnails.request(row.content_hash) if row.content_hash and row.has_thumbnail else None
        image = picture.toImage() if picture is not None else None
        width, height = row.width or (image.width() if image else 1), row.height or (image.height() if image else 1)
        self.canvas.show_image(image, width, height, keep=False)

    def _on_picture(self, item: int) -> None:
        picture = self._pictures.get(ItemId(item))
        if picture is not None and item == self.current and self.isVisible():
            self._fault = ""
            keep = self.canvas.image is not None
            self.canvas.show_image(picture.image, picture.full_width, picture.full_height, keep=keep)

    def _on_unreadable(self, item: int, sentence: str) -> None:
        """Of what is known to be away that is said already, and what can be done."""
        if item == self.current:
            self._fault = sentence
            self._say((wording.state_text(self.row) if self.row is not None else "") or sentence)

    def _on_items_changed(self, changes: ChangeSet) -> None:
        current = self.current
        if current is None or not self.isVisible():
            return
        away = self._detail is not None and self._detail.row.state is not State.PRESENT
        if current in changes.items or changes.roots or (changes.membership and away):
            self._detail_request = self._client.fetch_detail(current, channel="viewer")

    def _on_information(self, shown: bool) -> None:
        self.information.setVisible(shown)
        self._place_overlays()
        self.setFocus()

    def _say(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self._place_overlays()

    def _place_overlays(self) -> None:
        top = self.bar.sizeHint().height()
        self.information.fit()
        self.information.move(self.width() - self.information.width() - 16, top + 16)
        self.information.raise_()
        width = min(680, max(200, self.width() - 40))
        self._sentence.setFixedWidth(width)
        self._sentence.adjustSize()
        self._sentence.move(QPoint((self.width() - width) // 2, self.height() - self._sentence.height() - 24))
        self._sentence.raise_()
