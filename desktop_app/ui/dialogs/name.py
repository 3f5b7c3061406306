"""A small dialog that asks for a name."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from desktop_app.ui.controls import keep_plain


def ask_name(
    parent: QWidget,
    title: str,
    button: str,
    then: Callable[[str], object],
    *,
    text: str = "",
    taken: Sequence[str] = (),
) -> QInputDialog:
    """Ask for a playlist's name; ``then`` gets it without blanks around it, if there is one.

    A name that is ``taken`` is said so, and the button says that the playlist is replaced.
    """
    dialog = QInputDialog(parent)
    dialog.setObjectName("nameDialog")
    dialog.setWindowTitle(title)
    dialog.setLabelText("Name of the playlist:")
    dialog.setTextValue(text)
    dialog.setOkButtonText(button)
    dialog.resize(380, dialog.sizeHint().height())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    keep_plain(dialog)
    field = dialog.findChild(QLineEdit)
    if field is not None:
        field.setAccessibleName("Name of the playlist")
        field.setToolTip("Name of the playlist")
        field.selectAll()

    others = {name.casefold() for name in taken}

    def warn(name: str) -> None:
        replaces = name.strip().casefold() in others
        already = f"There is already a playlist called “{name.strip()}”."
        dialog.setLabelText(already if replaces else "Name of the playlist:")
        dialog.setOkButtonText("Replace" if replaces else button)

    if others:
        dialog.textValueChanged.connect(warn)
        warn(text)

    def chosen(name: str) -> None:
        if name.strip():
            then(name.strip())

    dialog.textValueSelected.connect(chosen)
    dialog.open()
    return dialog
