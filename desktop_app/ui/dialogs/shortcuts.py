"""All keys on one page."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QWidget,
)

from desktop_app.ui.controls import make_label
from desktop_app.ui.dialogs.frame import button_row, close_button, lay_out, scrolling
from desktop_app.ui.theme import FontRole

_FIXED: Mapping[str, Sequence[tuple[str, str]]] = {
    "Viewer": (
        ("Previous and next picture", "Left, Right"),
        ("Zoom in and out", "+, −"),
        ("Whole picture, actual size", "F, Z"),
        ("Rate", "0 – 5"),
        ("Information", "I"),
        ("Full screen", "F11"),
        ("Close", "Esc, Space"),
    ),
    "Playlist and queue": (
        ("Move a track", "Alt+Up, Alt+Down"),
        ("Remove a track", "Del"),
        ("Play from here", "Enter"),
    ),
}


class ShortcutsDialog(QDialog):
    """The window's actions with their keys, and the keys of single views; a field filters them."""

    def __init__(self, actions: Iterable[QAction] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard Shortcuts")
        self.resize(520, 620)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter the shortcuts")
        self.filter.setToolTip("Show only shortcuts with this word")
        self.filter.textChanged.connect(self._on_filter)
        self._rows: list[tuple[str, list[QWidget]]] = []
        self._page = QWidget()
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        found = {"Window": keys_of(actions), **_FIXED}
        for heading, entries in found.items():
            if entries:
                self._add_group(heading, entries)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        area = scrolling(self._page, "Shortcuts")
        lay_out(self, [self.filter, area, button_row([], [close_button(self)])], fills=area)

    @property
    def shown(self) -> list[str]:
        """The entries that pass the filter."""
        return [text for text, widgets in self._rows if text and not widgets[0].isHidden()]

    def _add_group(self, heading: str, entries: Sequence[tuple[str, str]]) -> None:
        place = self._grid.rowCount()
        title = make_label(heading, "muted", FontRole.CAPTION)
        title.setContentsMargins(0, 8, 0, 0)
        self._grid.addWidget(title, place, 0, 1, 2)
        self._rows.append(("", [title]))
        for offset, (text, keys) in enumerate(entries, 1):
            name, key = make_label(text), make_label(keys, "muted")
            key.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(name, place + offset, 0)
            self._grid.addWidget(key, place + offset, 1)
            self._rows.append((f"{text} {keys}", [name, key]))

    def _on_filter(self, text: str) -> None:
        for entry, widgets in self._rows:
            visible = text.casefold() in entry.casefold() if entry else not text
            for widget in widgets:
                widget.setVisible(visible)


def keys_of(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    """Each action that has keys: its command, and the first key that keyboards have, as the platform writes it."""
    found: dict[str, str] = {}
    for action in actions:
        keys = [key for key in action.shortcuts() if not key.isEmpty()]
        text = str(action.property("command") or action.text().replace("&", "").rstrip("…"))
        if text and keys:
            common = [key for key in keys if _is_common(key)]
            found.setdefault(text, (common or keys)[0].toString(QKeySequence.SequenceFormat.NativeText))
    return list(found.items())


def _is_common(key: QKeySequence) -> bool:
    """Whether most keyboards have it: no F13 to F35, none for media."""
    code = key[0].key()  # type: ignore[index]
    return not (Qt.Key.Key_F13 <= code <= Qt.Key.Key_F35) and code < Qt.Key.Key_Back
