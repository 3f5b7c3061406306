"""What all dialogs share: who is pressed by Return, what a question says and does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.ui.dialogs.frame import button_row, lay_out, push_button, scrolling
from desktop_app.ui.dialogs.question import Question, ask_removal


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("pressed", ["other", "usual"])
def test_return_presses_what_has_the_focus(qtbot: QtBot, pressed: str) -> None:
    dialog, seen = QDialog(), []
    qtbot.addWidget(dialog)
    other = push_button("Cancel", "", lambda: seen.append("other"))
    usual = push_button("Restore", "", lambda: seen.append("usual"), default=True)
    lay_out(dialog, [button_row([], [other, usual])])
    dialog.show()
    (other if pressed == "other" else usual).setFocus()
    qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    assert seen == [pressed]
    assert usual.isDefault() and not other.isDefault()


def test_a_page_that_scrolls_is_never_cut_at_its_side(qtbot: QtBot) -> None:
    page = QLabel("a line that is not broken " * 4)
    area = scrolling(page, "Page")
    qtbot.addWidget(area)
    area.resize(50, 100)
    area.show()
    assert area.viewport().width() >= page.minimumSizeHint().width()


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (0, "The files stay where they are."),
        (1, "The files stay where they are. Its item leaves the library with ratings and tags; "
            "Undo brings everything back."),
        (1234, "The files stay where they are. 1,234 items leave the library with ratings and tags; "
               "Undo brings everything back."),
    ],
)  # fmt: skip
def test_the_question_before_a_folder_goes(qtbot: QtBot, window: QWidget, items: int, said: str) -> None:
    gone: list[bool] = []
    question = ask_removal(window, "<b>Pictures</b>", items, lambda: gone.append(True))
    assert question.means.text() == said
    assert question.asked.textFormat() is Qt.TextFormat.PlainText and "<b>" in question.asked.text()
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert not gone and not question.isVisible(), "Return alone takes nothing away"
    again = ask_removal(window, "Pictures", items, lambda: gone.append(True))
    again.answer("Remove Folder").click()
    assert gone == [True]


def test_a_question_about_a_long_name_fits_on_the_screen(qtbot: QtBot, window: QWidget) -> None:
    held = ask_removal(window, "Pictures", 11, lambda: None, held="9\u00a0present · 2\u00a0missing")
    assert "11 items (9\u00a0present · 2\u00a0missing) leave the library" in held.means.text()
    held.reject()
    question = ask_removal(window, "a" * 240, 3, lambda: None)
    assert question.width() <= 500 and question.asked.text().replace("\u200b", "").count("a" * 240) == 1
    question.reject()


def test_a_question_that_is_closed_is_not_answered(qtbot: QtBot, window: QWidget) -> None:
    seen: list[str] = []
    question = Question(
        window,
        "New",
        "Begin?",
        "Empty.",
        [("Begin", lambda: seen.append("begun"))],
        otherwise=lambda: seen.append("no"),
    )
    question.open()
    question.close()
    assert seen == ["no"]
