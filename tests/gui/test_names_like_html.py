"""Names, tags and playlists that look like HTML are shown as they are, and open no file."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.media import picture, tune, write_photo, write_track
from fixtures.opened_window import PATIENCE, copied_profile, opened_window
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QAbstractButton, QApplication, QInputDialog, QLabel, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Scope
from desktop_app.domain.kinds import Kind, ScopeKind
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile
from desktop_app.ui.context_menu import item_menu
from desktop_app.ui.dialogs.name import ask_name
from desktop_app.ui.main_window import MainWindow

ON_DISK = "R&B <b>bold" if sys.platform != "win32" else "R&B"
Flag = QItemSelectionModel.SelectionFlag
DECOY = (255, 0, 255)
"""Of a picture that nothing in the window shows; no icon and no theme has the colour."""


def evil(decoy: Path) -> str:
    """A name that Qt would take for HTML with a picture in it, and for a letter to press."""
    return f'<img src="{decoy.as_uri()}">R&B'


@pytest.fixture(scope="module")
def decoy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("decoy") / "d.png"
    Image.new("RGB", (60, 24), DECOY).save(path)
    return path


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, decoy: Path) -> Path:
    folder, name = tmp_path_factory.mktemp("named"), evil(decoy)
    media, profile = folder / ON_DISK, Profile.at(folder / "profile")
    for seed in range(2):
        path = media / ON_DISK / f"{ON_DISK} {seed}.jpg"
        write_photo(path, picture(seed), make="", model=name, lens=name, taken="2024:06:12 18:41:05", keywords=(name,))
    tags = {"title": name, "artist": name, "album": name, "genre": name}
    write_track(media / f"{ON_DISK}.flac", tune(0, 3.0, 90.0, rate=22050), 22050, tags=tags)
    (media / f"{ON_DISK} broken.jpg").write_bytes(b"no picture")
    profile.make()
    with Library.open(profile, jobs=1) as library:
        library.add_root(media)
        for _progress in library.index(control=RunControl()):
            pass
        _count, rows = library.find("")
        library.tag([row.id for row in rows], add=[name])
        library.save_playlist(name, [row.id for row in rows if row.kind is Kind.TRACK])
    return profile.directory


@pytest.fixture
def window(qtbot: QtBot, indexed: Path, tmp_path: Path) -> Iterator[MainWindow]:
    with opened_window(qtbot, copied_profile(indexed, tmp_path / "copy")) as made:
        made.resize(1900, 1000)
        yield made


def tips(window: MainWindow) -> Iterator[str]:
    """Every tooltip that could come up now."""
    for widget in QApplication.allWidgets():
        yield widget.toolTip()
        yield widget.whatsThis()
    for action in window.findChildren(QAction):
        yield action.toolTip()
    tree, below = window.tree.model(), [QModelIndex()]
    while below:
        at = below.pop()
        yield str(tree.data(at, Qt.ItemDataRole.ToolTipRole) or "")
        below += [tree.index(row, 0, at) for row in range(tree.rowCount(at))]
    model = window.browser.model
    for row in range(model.rowCount()):
        yield str(model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) or "")


def drawn(picture: QImage) -> bool:
    """Whether the decoy is in it."""
    places = ((x, y) for x in range(0, picture.width(), 6) for y in range(0, picture.height(), 6))
    return any(picture.pixelColor(x, y).getRgb()[:3] == DECOY for x, y in places)


def assert_plain(window: MainWindow, where: object) -> None:
    for label in (each for each in QApplication.allWidgets() if isinstance(each, QLabel)):
        guesses = label.textFormat() is not Qt.TextFormat.PlainText and not label.inherits("QTipLabel")
        assert not guesses, (where, label.objectName(), label.text())
    for tip in tips(window):
        assert not (GuiQt.mightBeRichText(tip) and ("<img" in tip or "<b>" in tip)), (where, tip)
    for button in window.findChildren(QAbstractButton):
        assert "B" not in button.shortcut().toString().upper().split("+"), (where, button.text())
    assert not drawn(window.grab().toImage()), where


def show(qtbot: QtBot, window: MainWindow, scope: Scope) -> None:
    """Open a place, select all that is in it, then only the first, whose details are then there."""
    window.control.open_scope(scope)
    qtbot.waitUntil(lambda: bool(window.control.count) and window.control.place.scope == scope, timeout=PATIENCE)
    model, view, page = window.browser.model, window.browser.view, window.detail.page
    qtbot.waitUntil(lambda: model.rowCount() == window.control.count, timeout=PATIENCE)
    view.selectAll()  # the panel sums them up on the way
    view.setCurrentIndex(model.index(0, 0))
    view.selectionModel().select(model.index(0, 0), Flag.ClearAndSelect | Flag.Rows)
    item = int(model.ids[0])

    def is_shown() -> bool:
        row = model.known_row(item)
        return row is not None and page.title.whole == row.title

    qtbot.waitUntil(is_shown, timeout=PATIENCE)


def scopes(window: MainWindow) -> list[Scope]:
    """All places of the tree."""
    tree, below, found = window.tree.model(), [QModelIndex()], []
    while below:
        at = below.pop()
        node = tree.node(at)
        if node.scope is not None and node.scope not in found:
            found.append(node.scope)
        below += [tree.index(row, 0, at) for row in range(tree.rowCount(at))]
    return found


def test_no_place_draws_what_a_name_asks_for(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    found = scopes(window)
    named = {scope.kind for scope in found if evil(decoy) in scope.label}
    assert named >= {ScopeKind.ALBUM, ScopeKind.ARTIST, ScopeKind.GENRE, ScopeKind.CAMERA, ScopeKind.TAG}
    assert {ScopeKind.PLAYLIST, ScopeKind.FOLDER, ScopeKind.PROBLEMS} <= {scope.kind for scope in found}
    for scope in found:
        show(qtbot, window, scope)
        assert_plain(window, scope)


def test_search_within_a_place_says_its_name_as_it_is(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    scope = next(each for each in scopes(window) if each.kind is ScopeKind.ALBUM)
    show(qtbot, window, scope)
    window.control.search("nowhere")
    qtbot.waitUntil(lambda: window.control.count == 0, timeout=PATIENCE)
    assert_plain(window, "empty")
    window.header.search.show_problem(evil(decoy))
    assert_plain(window, "problem of the search")


def test_notices_and_progress_say_names_as_they_are(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    window.banners.say(evil(decoy), actions=[("Undo", lambda: None)])
    window.player.face.say(evil(decoy))
    window.job_line.show_progress(Progress(Phase.READING, 1, 2, current=Path(evil(decoy))))
    assert_plain(window, "notices")


def test_asking_for_a_name_that_is_taken_is_plain(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    dialog = ask_name(window, "New Playlist", "Create", lambda name: None, text=evil(decoy), taken=[evil(decoy)])
    assert isinstance(dialog, QInputDialog) and evil(decoy) in dialog.labelText()
    assert_plain(window, "name of a playlist")
    assert not drawn(dialog.grab().toImage())
    dialog.reject()


def test_menus_show_an_ampersand_as_one(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    show(qtbot, window, next(each for each in scopes(window) if each.kind is ScopeKind.ALBUM))
    row = window.browser.model.known_row(int(window.browser.model.ids[0]))
    assert row is not None and row.kind is Kind.TRACK
    menu = item_menu(window.actions_by_name, window.commands, [row], window.tree.tree, window)
    texts = [action.text() for each in menu.findChildren(QMenu) for action in each.actions()]
    assert evil(decoy).replace("&", "&&") in texts
    assert_plain(window, "menu")
    menu.deleteLater()


def test_a_tooltip_that_comes_up_opens_nothing(qtbot: QtBot, window: MainWindow, decoy: Path) -> None:
    show(qtbot, window, next(each for each in scopes(window) if each.kind is ScopeKind.TAG))
    chips: list[QWidget] = [each for each in QApplication.allWidgets() if evil(decoy) in each.accessibleName()]
    shown = 0
    for chip in chips:
        if chip.toolTip() and chip.isVisible():
            QToolTip.showText(chip.mapToGlobal(QPoint(2, 2)), chip.toolTip(), chip)
            (tip,) = [each for each in QApplication.topLevelWidgets() if each.inherits("QTipLabel")]
            assert not drawn(tip.grab().toImage()), chip.toolTip()
            shown += 1
            QToolTip.hideText()
            tip.deleteLater()
    assert shown
