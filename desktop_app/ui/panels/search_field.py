"""The search field: filters as one types; what can't be understood is said below it, and below the heading."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from desktop_app.ui.controls import make_label
from desktop_app.ui.icons import icon
from desktop_app.ui.item_mime import ids_in
from desktop_app.ui.panels.search_completion import SearchCompletion
from desktop_app.ui.theme import BAR_HEIGHT, SPACE_3, FontRole, font, theme, tokens

PAUSE_MS = 120
HINT = (
    "Words, “a phrase”, -not, and fields:\n"
    "rating:>=4   taken:2024-06   camera:canon   iso:>=800   tag:beach\n"
    "artist:“nina simone”   bpm:90..110   key:“A minor”   folder:(2023,2024)\n"
    "Ctrl+Return looks for the words in the pictures themselves"
)


class SearchField(QLineEdit):
    """Signals: ``query_changed(str)`` shortly after the last key; ``cleared()``; ``moved_on()`` when Down or Return
    leads to the results; ``left()`` when Esc does; ``items_dropped(ids)``."""

    query_changed = Signal(str)
    cleared = Signal()
    moved_on = Signal()
    left = Signal()
    items_dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("searchField")
        self.setAccessibleName("Search photos and music")
        self.setPlaceholderText("Search photos and music, or drop a file here")
        self.setToolTip(HINT)
        self.setMinimumWidth(220)
        self.setMaximumWidth(760)
        self.setFixedHeight(30)
        self.setTextMargins(24, 0, 20, 0)
        self._lens = make_label()
        self._lens.setParent(self)
        self._clear = self.addAction(icon("close", "muted"), QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setToolTip("Clear the search (Esc)")
        self._clear.setText("Clear the search")  # what screen readers call its button
        self._clear.setVisible(False)
        self._clear.triggered.connect(self.clear_search)
        self._problem = make_label("", "", FontRole.SMALL, wrap=True)
        self._problem.setParent(parent)
        self._problem.setObjectName("searchProblem")
        self._problem.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._announce)
        self.completion = SearchCompletion()
        self._offered = QStringListModel(self)
        self._completer = QCompleter(self._offered, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._popup = QListView()
        self._popup.setFont(font(FontRole.SMALL))
        self._popup.setProperty("class", "popup")
        self._completer.setPopup(self._popup)
        self._completer.activated.connect(self._complete)
        self.textEdited.connect(self._on_edited)
        theme().changed.connect(self._paint_lens)
        self._paint_lens()

    @property
    def query(self) -> str:
        """The text without blanks around it."""
        return self.text().strip()

    def show_query(self, text: str) -> None:
        """Set the text without announcing it."""
        self._pause.stop()
        if text != self.query:
            self.setText(text)
        self._clear.setVisible(bool(text))
        self.show_problem("")

    def show_problem(self, text: str) -> None:
        """Say what can't be understood, below the field; empty takes it away. While something is offered to go on with,
        it isn't said: the word at the cursor is not complete."""
        if text and self._popup.isVisible():
            return
        if self.property("problem") != bool(text):
            self.setProperty("problem", bool(text))
            self.style().unpolish(self)
            self.style().polish(self)
        self._problem.setVisible(bool(text))
        if text:
            colours = tokens()
            self._problem.setStyleSheet(
                f"background: {colours.raised}; color: {colours.danger}; border: 1px solid {colours.danger};"
                "border-radius: 6px; padding: 6px 8px;"
            )
            self._problem.setText(text)
            self._place_problem()

    @property
    def problem(self) -> str:
        """What is said below the field."""
        return "" if self._problem.isHidden() else self._problem.text()

    def clear_search(self) -> None:
        """Empty the field and say so."""
        self.show_query("")
        self.clear()
        self.cleared.emit()

    def _on_edited(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self.show_problem("")
        self._pause.start()
        self._offer()

    def _announce(self) -> None:
        if self.query:
            self.query_changed.emit(self.query)
        else:
            self.cleared.emit()

    def _offer(self) -> None:
        """What the word at the cursor may become."""
        _typed, offers = self.completion.offers(self.text()[: self.cursorPosition()])
        if not offers:
            self._popup.hide()
            return
        self._offered.setStringList(offers)
        self._popup.setCurrentIndex(QModelIndex())
        area = self.rect()
        area.setLeft(self.cursorRect().left())
        area.setWidth(min(360, max(170, self._popup.sizeHintForColumn(0) + 32)))
        self._completer.complete(area)

    def _complete(self, text: str) -> None:
        at = self.cursorPosition()
        typed, _offers = self.completion.offers(self.text()[:at])
        self.setText(self.text()[: at - typed] + text + self.text()[at:])
        self.setCursorPosition(at - typed + len(text))
        self._pause.start()
        if text.endswith(":"):
            QTimer.singleShot(0, self, self._offer)  # what was chosen from closes first

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._popup
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        if popup.isVisible() and event.key() in keys:
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape:
            popup.hide()
            if self.text():
                self.clear_search()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            if self._pause.isActive():
                self._pause.stop()
                self._announce()
            self.moved_on.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._popup.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lens.setGeometry(8, (self.height() - 16) // 2, 16, 16)
        self._place_problem()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ParentChange and hasattr(self, "_problem"):
            self._problem.setParent(self.window())

    def _place_problem(self) -> None:
        if self._problem.isHidden():
            return
        self._problem.setParent(self.window())
        width = min(self.width(), self._problem.fontMetrics().horizontalAdvance(self._problem.text()) + 28)
        self._problem.setFixedWidth(max(220, width))
        self._problem.adjustSize()
        middle = (self.width() - self._problem.width()) // 2
        below_heading = self.rect().bottomLeft() + QPoint(middle, BAR_HEIGHT + SPACE_3)
        self._problem.move(self.mapTo(self.window(), below_heading))
        self._problem.raise_()
        self._problem.show()

    def _paint_lens(self) -> None:
        self._lens.setPixmap(icon("search", "faint").pixmap(16, 16))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if ids_in(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()  # files are for the whole window

    def dropEvent(self, event: QDropEvent) -> None:
        ids = ids_in(event.mimeData())
        if ids:
            event.acceptProposedAction()
            self.items_dropped.emit(ids)
