"""Folders of the library in the real window: one that lies elsewhere now, and its files meanwhile."""

from pathlib import Path

import pytest
from fixtures.opened_window import PATIENCE, index_small_library, opened_window
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import LibraryTree, Scope
from desktop_app.domain.kinds import ScopeKind
from desktop_app.engine.library import Library
from desktop_app.paths import Profile
from desktop_app.ui.dialogs.preferences_folders import FoldersPage
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.library_nodes import Node, library_nodes
from desktop_app.ui.models.tree_model import TreeModel

HAS_MOVED = "Folder Has Moved…"


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, Profile]:
    """A library of its own, whose first photo has four stars."""
    media, directory = index_small_library(tmp_path)
    profile = Profile.at(directory)
    with Library.open(profile, jobs=1) as opened:
        opened.rate([1], 4)
    return media, profile


def tree_of(window: MainWindow) -> LibraryTree:
    assert window.tree.tree is not None
    return window.tree.tree


def folder_node(window: MainWindow) -> Node:
    model = window.tree.model()
    assert isinstance(model, TreeModel)
    return model.node(model.index(0, 0, model.index_of("folders")))


def entry_labels(menu: QMenu | None) -> list[str]:
    assert menu is not None
    return [entry.text() for entry in menu.actions() if entry.text()]


def go_offline(qtbot: QtBot, window: MainWindow, media: Path) -> None:
    """As if its drive were unplugged."""
    media.rename(media.with_name("carried off"))
    window.client.rescan()
    qtbot.waitUntil(lambda: not tree_of(window).roots[0].reachable, timeout=PATIENCE)


def test_a_folder_that_moved_is_found_again_with_all_that_is_known(
    qtbot: QtBot, library: tuple[Path, Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    media, profile = library
    new = media.with_name("carried off")
    starts: list[str] = []

    def choose(_parent: object, _title: str, start: str) -> str:
        starts.append(start)
        return str(new)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    with opened_window(qtbot, profile) as window:
        before = tree_of(window)
        assert entry_labels(window.place_menu.build(folder_node(window), before)) == [
            "Show in File Manager",
            "Look for Changes",
            "Pause Watching",
            HAS_MOVED,
            "Remove from Library…",
        ]
        window.control.open_scope(folder_node(window).scope or Scope(ScopeKind.ALL))
        qtbot.waitUntil(lambda: window.control.count == before.photos + before.tracks, timeout=PATIENCE)
        go_offline(qtbot, window, media)
        assert tree_of(window).offline == before.photos + before.tracks
        menu = window.place_menu.build(folder_node(window), tree_of(window))
        assert menu is not None and entry_labels(menu)[0] == HAS_MOVED
        menu.actions()[0].trigger()
        qtbot.waitUntil(
            lambda: tree_of(window).photos == before.photos and not tree_of(window).missing, timeout=PATIENCE
        )
        assert starts == [str(media.parent)]
        assert tree_of(window).tracks == before.tracks and [root.path for root in tree_of(window).roots] == [new]
        assert any(f"is looked for in {new} now" in text.replace("\u200b", "") for text in window.banners.texts)
        (undo,) = [each for banner in window.banners.shown for each in banner.buttons if each.text() == "Undo"]
        qtbot.waitUntil(lambda: window.control.count == before.photos + before.tracks, timeout=PATIENCE)
        assert window.control.place.scope.value == str(new), "the page goes with its folder"
        undo.click()
        qtbot.waitUntil(lambda: tree_of(window).roots[0].path == media, timeout=PATIENCE)
        qtbot.waitUntil(lambda: not tree_of(window).roots[0].reachable, timeout=PATIENCE)  # looked for at once
        window.undoing.redo()
        qtbot.waitUntil(
            lambda: tree_of(window).roots[0].reachable and tree_of(window).photos == before.photos, timeout=PATIENCE
        )
    with Library.open(profile, jobs=1) as opened:
        (rated,) = opened.rows([1])
        assert rated.rating == 4


def test_a_place_that_overlaps_another_folder_is_refused_in_the_preferences(
    qtbot: QtBot, library: tuple[Path, Profile], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    media, profile = library
    other = tmp_path / "other"
    other.mkdir()
    with opened_window(qtbot, profile) as window:
        window.client.add_folders([other])
        qtbot.waitUntil(lambda: len(tree_of(window).roots) == 2, timeout=PATIENCE)
        page = FoldersPage(window.client)
        qtbot.addWidget(page)
        qtbot.waitUntil(lambda: page.table.topLevelItemCount() == 2, timeout=PATIENCE)
        assert not page.moved.isEnabled()
        row = next(i for i in range(2) if (item := page.table.topLevelItem(i)) and item.text(0) == str(media))
        page.table.setCurrentItem(page.table.topLevelItem(row))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
        page.moved.click()  # thought better of it
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
        with qtbot.waitSignal(window.client.failed, timeout=PATIENCE) as refused:
            page.moved.click()
        assert "overlaps the folder" in refused.args[1].text
        assert [root.path for root in tree_of(window).roots] == [media, other]


@pytest.mark.parametrize(
    ("missing", "offline", "label"), [(3, 0, "Missing"), (3, 3, "Offline"), (3, 1, "Missing and Offline")]
)
def test_files_that_are_only_out_of_reach_are_not_called_missing(missing: int, offline: int, label: str) -> None:
    tree = LibraryTree(0, 0, 0, 0, (), (), (), (), (), (), (), (), missing=missing, offline=offline)
    (node,) = [node for node in library_nodes(tree).children() if node.key == "missing"]
    assert (node.label, node.count) == (label, missing)
