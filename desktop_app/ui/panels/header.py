"""The window's upper edge: back and forward, the search field, view and panel switches."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from desktop_app.ui.panels.search_field import SearchField
from desktop_app.ui.theme import BAR_HEIGHT, SPACE_1, SPACE_2, SPACE_3


def tool_button(action: QAction, size: int = 18) -> QToolButton:
    """A flat button for an action, named for screen readers."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(size, size))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", "").rstrip("…"))
    return button


class Header(QFrame):
    """``search`` is the field in the middle."""

    def __init__(self, left: list[QAction], right: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setProperty("class", "bar")
        self.setFixedHeight(BAR_HEIGHT)
        self.search = SearchField(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_2, 0, SPACE_2, 0)
        row.setSpacing(SPACE_1)
        for action in left:
            row.addWidget(tool_button(action))
        row.addSpacing(SPACE_3)
        row.addStretch(1)
        row.addWidget(self.search, 8)
        row.addStretch(1)
        row.addSpacing(SPACE_3)
        for action in right:
            if action.isSeparator():
                row.addSpacing(SPACE_2)
                continue
            button = tool_button(action)
            group = action.actionGroup()
            if group is None or group.exclusionPolicy() is QActionGroup.ExclusionPolicy.None_:  # not one of a choice
                button.setProperty("class", "quiet")
            row.addWidget(button)
