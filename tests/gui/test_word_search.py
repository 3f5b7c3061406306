"""Words looked for in the pictures themselves: the button beside a search, the key, and the offer of a model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.opened_window import copied_profile, index_small_library, opened_window
from fixtures.tiny_clip import make_clip, need_torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.word_search import LOADING, OFFER

PATIENCE = 60_000


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_small_library(tmp_path_factory.mktemp("words"))[1]


@pytest.fixture(scope="module")
def described(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same library, with a model that has described its photos."""
    need_torch()
    folder = tmp_path_factory.mktemp("described")
    profile = copied_profile(plain, folder / "profile")
    clip = make_clip(folder / "tiny-clip", seed=1)
    with Library.open(profile, jobs=1) as library:
        library.models.use(library.models.examine(str(clip)))
        for _step in library.describe_photos(control=RunControl()):
            pass
    return profile.directory


@pytest.fixture
def window(qtbot: QtBot, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MainWindow]:
    profile = copied_profile(request.getfixturevalue(request.param), tmp_path / "profile")
    with opened_window(qtbot, Profile.at(profile.directory)) as window:
        yield window


def button(window: MainWindow) -> QToolButton:
    return next(each for each in window.browser.bar.findChildren(QToolButton) if each.text() == "Search in Pictures")


def type_words(qtbot: QtBot, window: MainWindow, words: str) -> None:
    window.header.search.setFocus()
    window.header.search.end(False)
    qtbot.keyClicks(window.header.search, words)
    qtbot.waitUntil(lambda: window.control.place.words == window.header.search.query, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.control.count is not None, timeout=PATIENCE)


@pytest.mark.parametrize("window", ["described"], indirect=True)
def test_the_button_beside_a_search_looks_into_pictures_and_typing_goes_on_there(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert button(window).isHidden()
    type_words(qtbot, window, "red")
    qtbot.waitUntil(lambda: window.word_search.possible, timeout=PATIENCE)
    assert button(window).isVisible() and not button(window).isChecked()
    qtbot.mouseClick(button(window), Qt.MouseButton.LeftButton)
    # PyTorch alone takes longer to import than one waits without a word.
    qtbot.waitUntil(lambda: LOADING in window.banners.texts, timeout=PATIENCE)
    qtbot.waitUntil(lambda: bool(window.control.place.in_pictures and window.control.count), timeout=PATIENCE)
    assert button(window).isChecked() and window.header.search.query == "red"
    assert window.windowTitle().startswith("Photos that show “red”")
    type_words(qtbot, window, " tree")
    assert window.control.place.in_pictures and window.control.place.words == "red tree"
    everywhere = next(e for e in window.browser.bar.findChildren(QToolButton) if e.text() == "Everywhere")
    qtbot.mouseClick(everywhere, Qt.MouseButton.LeftButton)
    assert not window.control.place.in_pictures and window.control.place.text == "red tree"
    qtbot.waitUntil(lambda: window.control.count is not None, timeout=PATIENCE)
    window.actions_by_name["in_pictures"].trigger()
    assert window.control.place.in_pictures
    window.header.search.clear_search()
    assert window.control.place.words == "" and window.control.place.similar is None


@pytest.mark.parametrize("window", ["plain"], indirect=True)
def test_without_a_model_one_is_offered_and_without_words_they_are_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    look = window.actions_by_name["in_pictures"]
    look.trigger()
    assert "Type what a photo shows" in window.banners.texts[-1]
    type_words(qtbot, window, "dog")
    look.trigger()
    assert window.banners.texts[-1] == OFFER and not window.control.place.in_pictures
    assert not button(window).isChecked()
    offered = [each for each in window.browser.findChildren(QPushButton) if each.text() == "Choose a Model…"]
    assert offered
