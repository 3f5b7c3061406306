"""A small dialog that asks for a name."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget


def ask_name(
    parent: QWidget, title: str, button: str, then: Callable[[str], object], *, text: str = ""
) -> QInputDialog:
    """Ask for a playlist's name; ``then`` gets it without blanks around it, if there is one."""
    dialog = QInputDialog(parent)
    dialog.setObjectName("nameDialog")
    dialog.setWindowTitle(title)
    dialog.setLabelText("Name of the playlist:")
    dialog.setTextValue(text)
    dialog.setOkButtonText(button)
    dialog.resize(380, dialog.sizeHint().height())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    field = dialog.findChild(QLineEdit)
    if field is not None:
        field.setAccessibleName("Name of the playlist")
        field.setToolTip("Name of the playlist")
        field.selectAll()

    def chosen(name: str) -> None:
        if name.strip():
            then(name.strip())

    dialog.textValueSelected.connect(chosen)
    dialog.open()
    return dialog
