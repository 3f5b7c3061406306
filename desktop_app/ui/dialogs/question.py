"""A question before something goes away: what, what that means, and what can be done."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from desktop_app.ui.controls import make_label
from desktop_app.ui.dialogs.frame import beside_sign, button_row, lay_out, push_button
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import DOT, breakable

_WIDTH = 420


class Question(QDialog):
    """Cancel is what Return and Esc mean, so that nothing goes away by a key that was pressed twice."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        asked: str,
        means: str,
        answers: Sequence[tuple[str, Callable[[], object]]],
        *,
        sign: str = "help",
        otherwise: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.asked = make_label(breakable(asked), "", FontRole.STRONG, wrap=True)
        self.means = make_label(breakable(means), "muted", wrap=True)
        self.answers = [push_button(text, "", self._ending(then)) for text, then in answers]
        self.cancel = push_button("Cancel", "Leave everything as it is (Esc)", self.reject, default=True)
        lay_out(
            self,
            [beside_sign(sign, "muted", [self.asked, self.means], self), button_row([], [*self.answers, self.cancel])],
        )
        if otherwise is not None:
            self.rejected.connect(otherwise)
        self.cancel.setFocus()
        layout = self.layout()
        if layout is not None:
            width = max(_WIDTH, layout.minimumSize().width())
            self.resize(width, layout.totalHeightForWidth(width))

    def answer(self, text: str) -> QPushButton:
        """The button of an answer."""
        return next(each for each in self.answers if each.text() == text)

    def _ending(self, then: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            self.accept()
            then()

        return act


def ask_removal(parent: QWidget, name: str, items: int, then: Callable[[], object], held: str = "") -> Question:
    """Whether a folder is to leave the library; ``items`` are known of it, of which ``held`` tells the states."""
    one = items == 1
    means = "The files stay where they are. "
    if items:
        states = f" ({held})" if DOT in held else ""
        means += f"{'Its item leaves' if one else f'{items:,} items{states} leave'} the library with ratings and tags; "
        means += "Undo brings everything back."
    question = Question(
        parent,
        "Remove Folder",
        f"Remove “{name}” from the library?",
        means.strip(),
        [("Remove Folder", then)],
        sign="folder-remove",
    )
    question.open()
    return question
