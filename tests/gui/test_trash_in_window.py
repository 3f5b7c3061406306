"""Moving files to the trash from the window: the question, the banner, the way back; the trash is a folder here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.folder_trash import FolderTrash
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.app import make_application
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.engine.api import EngineClient
from desktop_app.engine.catalog.edit_log import TRASHING
from desktop_app.engine.library import Library
from desktop_app.errors import KnownError
from desktop_app.paths import Profile
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.main_window import MainWindow


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, Path]:
    return index_small_library(tmp_path / "library")


@pytest.fixture
def window(qtbot: QtBot, library: tuple[Path, Path], tmp_path: Path) -> Iterator[MainWindow]:
    def opened(profile: Profile) -> Library:
        made = Library.open(profile)
        made.trash_port = FolderTrash(tmp_path / "trash")
        return made

    make_application()
    client = EngineClient(copied_profile(library[1], tmp_path / "copy"), background=False, open_library=opened)
    made = MainWindow(client, Profile.at(tmp_path / "copy"))
    made.show()
    client.start()
    qtbot.waitUntil(lambda: made.control.count == 6 and made.tree.tree is not None, timeout=PATIENCE)
    yield made
    made.close()
    client.shut_down()
    made.deleteLater()


def select(qtbot: QtBot, window: MainWindow) -> Path:
    window.browser.grid.set_current(0)
    item = int(window.browser.model.ids[0])
    qtbot.waitUntil(lambda: window.browser.model.known_row(item) is not None, timeout=PATIENCE)
    row = window.browser.model.known_row(item)
    assert row is not None
    return row.path


def question(window: MainWindow) -> Question:
    window.actions_by_name["trash"].trigger()
    found = window.findChild(Question)
    assert isinstance(found, Question)
    return found


def test_cancel_leaves_the_file_alone(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = select(qtbot, window)
    box = question(window)
    assert path.name in box.asked.text()
    assert str(path.parent) in box.means.text().replace("\u200b", ""), "copies may have one name"
    assert box.focusWidget() is box.cancel and box.cancel.isDefault()
    qtbot.keyClick(box.cancel, Qt.Key.Key_Return)
    assert path.exists() and not (tmp_path / "trash").exists()


def test_the_file_goes_and_comes_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = select(qtbot, window)
    content = path.read_bytes()
    answer = question(window).answer("Move to Trash")
    answer.setFocus()
    qtbot.keyClick(answer, Qt.Key.Key_Return)  # pressed is what has the focus, not what is usual
    qtbot.waitUntil(lambda: any("moved to the trash" in text for text in window.banners.texts), timeout=PATIENCE)
    assert not path.exists()
    assert [each.read_bytes() for each in (tmp_path / "trash").rglob("*") if each.is_file()] == [content]
    banner = next(each for each in window.banners.shown if "trash" in each.notice.text)
    banner.buttons[0].click()
    qtbot.waitUntil(path.exists, timeout=PATIENCE)
    assert path.read_bytes() == content
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
    redo = window.actions_by_name["redo"]
    assert not redo.isEnabled() and redo.text() == "&Redo"  # never again without the question


def test_no_trash_is_offered_for_a_file_that_is_not_there(qtbot: QtBot, window: MainWindow) -> None:
    path = select(qtbot, window)
    item = int(window.browser.selected_ids()[0])
    path.rename(path.with_suffix(".away"))
    window.client.rescan()

    def is_missing() -> bool:
        row = window.browser.model.known_row(item)
        return row is not None and row.state is State.MISSING

    qtbot.waitUntil(is_missing, timeout=PATIENCE)
    window.actions_by_name["trash"].trigger()
    assert window.findChild(Question) is None
    banner = next(each for each in window.banners.shown if "is not there" in each.notice.text)
    window.browser.grid.set_current(1)  # the notice stays, and stands for the one that it names
    other = int(window.browser.selected_ids()[0])
    banner.buttons[0].click()
    qtbot.waitUntil(lambda: item not in window.browser.model.ids, timeout=PATIENCE)
    assert other in window.browser.model.ids and window.browser.selected_ids().tolist() == [other]
    path.with_suffix(".away").rename(path)


def test_which_files_are_gone_is_said_until_somebody_has_closed_it(
    qtbot: QtBot, library: tuple[Path, Path], tmp_path: Path
) -> None:
    """Not only shown: the program may be killed before it is painted."""
    profile = copied_profile(library[1], tmp_path / "copy")
    with Library.open(profile) as opened:
        item = opened.rows([ItemId(1)])[0]
        item.path.unlink()
        opened.catalog.put_meta(TRASHING, str(item.id))

    def gone(window: MainWindow) -> list[str]:
        return [text for text in window.banners.texts if item.path.name in text]

    with opened_window(qtbot, profile) as window:
        qtbot.waitUntil(lambda: len(gone(window)) == 1, timeout=PATIENCE)
    with opened_window(qtbot, profile) as window:
        qtbot.waitUntil(lambda: len(gone(window)) == 1, timeout=PATIENCE)
        banner = next(each for each in window.banners.shown if item.path.name in each.notice.text)
        qtbot.mouseClick(banner.findChild(QToolButton), Qt.MouseButton.LeftButton)
        assert not gone(window)
    with Library.open(profile) as opened:
        assert not opened.notices and not opened.catalog.meta(TRASHING)


def test_what_redo_does_not_do_again_is_not_offered(qtbot: QtBot, window: MainWindow) -> None:
    path = select(qtbot, window)
    question(window).answer("Move to Trash").click()
    qtbot.waitUntil(lambda: any("moved to the trash" in text for text in window.banners.texts), timeout=PATIENCE)
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: any(text.startswith("Undone: ") for text in window.banners.texts), timeout=PATIENCE)
    assert path.exists() and not window.banners.shown[-1].buttons


def test_where_some_files_went_the_way_back_is_offered(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = FolderTrash.move
    stays = select(qtbot, window)

    def refuse_one(trash: FolderTrash, path: Path) -> Path:
        if path == stays:
            raise KnownError("It is in use.")
        return move(trash, path)

    monkeypatch.setattr(FolderTrash, "move", refuse_one)
    window.browser.grid.select_ranges([(0, 1)])
    with qtbot.waitSignal(window.commands.taken_away, timeout=PATIENCE) as taken:
        question(window).answer("Move to Trash").click()
    assert taken.args is not None and len(taken.args[0]) == 1
    assert "1 of 2 files are in the trash now" in window.banners.texts[-1]
    assert [button.text() for button in window.banners.shown[-1].buttons] == ["Undo"]
    window.banners.shown[-1].buttons[0].click()
    qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)


def test_after_the_trash_the_next_one_is_selected(qtbot: QtBot, window: MainWindow) -> None:
    """As the last one is at the end: whoever goes through photos with the keyboard goes on there."""
    select(qtbot, window)
    ids = window.browser.model.ids.tolist()
    question(window).answer("Move to Trash").click()
    qtbot.waitUntil(lambda: window.browser.model.ids.tolist() == ids[1:], timeout=PATIENCE)
    assert window.browser.selected_ids().tolist() == [ids[1]] and window.browser.current_id() == ids[1]
    window.browser.grid.set_current(4)
    qtbot.waitUntil(lambda: len(window.commands.rows()) == 1, timeout=PATIENCE)
    window.actions_by_name["remove"].trigger()
    qtbot.waitUntil(lambda: window.browser.model.ids.tolist() == ids[1:5], timeout=PATIENCE)
    assert window.browser.selected_ids().tolist() == [ids[4]]


def test_why_an_undo_is_refused_goes_when_it_is_mended(qtbot: QtBot, window: MainWindow) -> None:
    path = select(qtbot, window)
    content = path.read_bytes()
    question(window).answer("Move to Trash").click()
    qtbot.waitUntil(lambda: any("moved to the trash" in text for text in window.banners.texts), timeout=PATIENCE)
    path.write_bytes(b"in its way")
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: any("taken its place" in text for text in window.banners.texts), timeout=PATIENCE)
    path.unlink()
    window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: any("Undone: Trash" in text for text in window.banners.texts), timeout=PATIENCE)
    assert not any("taken its place" in text for text in window.banners.texts) and path.read_bytes() == content
