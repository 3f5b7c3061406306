"""Tags as chips with an inline editor."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from desktop_app.ui.controls import link_button, plain
from desktop_app.ui.panels.chips import Chip
from desktop_app.ui.panels.flow_layout import FlowLayout
from desktop_app.ui.theme import FontRole, font


class TagLine(QLineEdit):
    """A short field for tag names; Esc gives up, and is the dialog's where it is ``always_open`` and empty.

    Return takes what stands in it, and is the dialog's only where it is empty: what is typed after it would else go to
    the window behind, where digits rate.
    """

    cancelled = Signal()
    always_open = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text().strip() and not self.is_choosing():
            super().keyPressEvent(event)
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape and (self.text() or not self.always_open):
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def is_choosing(self) -> bool:
        """Whether a line of the list of known names is meant."""
        completer = self.completer()
        popup = completer.popup() if completer is not None else None
        return popup is not None and popup.isVisible() and popup.currentIndex().isValid()


class TagChips(QWidget):
    """Chips, each with ✕, and "+ Add".

    Signals: ``added(list)`` and ``removed(list)`` of names, as the user asks; ``tag_clicked(str)``.
    """

    added = Signal(list)
    removed = Signal(list)
    tag_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, line_width: int = 150, always_open: bool = False) -> None:
        """``always_open``: there is nothing but the field to come back to."""
        super().__init__(parent)
        self._tags: dict[str, bool] = {}
        self._chips: list[Chip] = []
        self._flow = FlowLayout(self)
        self._known = QStringListModel(self)
        self._add = link_button("+ Add Tags", "Add tags")
        self._add.setParent(self)
        self._add.setFixedHeight(24)
        self._add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._add.clicked.connect(self.begin_adding)
        self._line = TagLine(self)
        self._line.always_open = always_open
        self._line.setPlaceholderText("tag, another tag")
        self._line.setAccessibleName("New tags, separated by commas")
        self._line.setToolTip("Enter adds, a comma separates, Esc gives up")
        self._line.setFixedSize(line_width, 24)
        self._line.setStyleSheet("QLineEdit { padding: 0 6px; }")
        self._line.hide()
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._popup = QListView()
        self._popup.setFont(font(FontRole.SMALL))
        self._popup.setProperty("class", "popup")
        completer.setPopup(self._popup)
        self._line.setCompleter(completer)
        # Queued, for the field gets the name after this, and has to be empty for the next one.
        completer.activated.connect(self._on_chosen, Qt.ConnectionType.QueuedConnection)
        self._line.returnPressed.connect(self._on_return)
        self._line.cancelled.connect(self._line.clear if always_open else self._end_adding)
        self._line.editingFinished.connect(self._on_left)
        self._flow.addWidget(self._add)
        self._flow.addWidget(self._line)

    @property
    def last(self) -> QWidget:
        """Where Tab leaves it."""
        return self._line

    @property
    def tags(self) -> tuple[str, ...]:
        """The names shown, partial ones too."""
        return tuple(self._tags)

    def set_tags(self, tags: Sequence[str] | Mapping[str, bool]) -> None:
        """Show ``tags``; a mapping says of each whether all selected items have it."""
        wanted = dict(tags) if isinstance(tags, Mapping) else dict.fromkeys(tags, True)
        if wanted == self._tags and len(self._chips) == len(wanted):
            return
        focused = next((n for n, chip in enumerate(self._chips) if chip.hasFocus()), None)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._tags = wanted
        self._chips = [self._chip(name, everywhere) for name, everywhere in wanted.items()]
        for place, chip in enumerate(self._chips):
            self._flow.insert_widget(place, chip)
            chip.show()
        self._add.setText("+ Add" if wanted else "+ Add Tags")
        self._set_tab_order()
        if focused is not None:
            (self._chips[min(focused, len(self._chips) - 1)] if self._chips else self._add).setFocus()
        self.updateGeometry()

    def set_known(self, names: Sequence[str]) -> None:
        """The names that the field completes."""
        self._known.setStringList(list(names))

    def begin_adding(self) -> None:
        """Open the field with the keyboard in it."""
        self._add.hide()
        self._line.clear()
        self._line.show()
        self._flow.invalidate()
        self._line.setFocus()

    def give_up(self) -> None:
        """Close the field; what stands in it is not taken, and no key removes a tag of the next item."""
        self._end_adding()
        if any(chip.hasFocus() for chip in self._chips):
            self._add.setFocus()

    def commit(self) -> None:
        """Take what stands in the field as entered."""
        if self._names():
            self._take()

    def _chip(self, name: str, everywhere: bool) -> Chip:
        chip = Chip(name, self, partial=not everywhere)
        where = "" if everywhere else " (on some of the selected items)"
        chip.setToolTip(plain(f"Show everything tagged “{name}”{where}. Delete or ✕ removes the tag."))
        chip.setAccessibleName(f"Tag {name}{where}")
        chip.clicked.connect(lambda: self.tag_clicked.emit(name))
        chip.removed.connect(lambda: self.removed.emit([name]))
        return chip

    def _set_tab_order(self) -> None:
        order: list[QWidget] = [*self._chips, self._add, self._line]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _names(self) -> list[str]:
        """What stands in the field: a known tag whole, whatever commas it has, else names between commas."""
        text = self._line.text().strip()
        return [text] if text in self._known.stringList() else tag_names(text)

    def _on_return(self) -> None:
        if not self._line.is_choosing():
            self._take()

    def _on_chosen(self, name: str) -> None:
        self._line.setText(name)
        self._take()

    def _take(self) -> None:
        names = self._names()
        new = [name for name in names if not self._tags.get(name, False)]
        self._line.clear()
        if new:
            self.added.emit(new)
        elif not names:
            self._end_adding()

    def _on_left(self) -> None:
        if not self._line.hasFocus():
            if self._line.isVisible() and self._line.text().strip():
                self._take()
            self._end_adding()

    def _end_adding(self) -> None:
        if self._line.isHidden():
            return
        had_focus = self._line.hasFocus()
        self._line.clear()
        self._line.hide()
        self._add.show()
        self._flow.invalidate()
        if had_focus:
            self._add.setFocus()


def tag_names(text: str) -> list[str]:
    """The names in a comma-separated text, in order, each once."""
    names = (" ".join(part.split()) for part in text.split(","))
    return list(dict.fromkeys(name for name in names if name))
