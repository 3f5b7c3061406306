"""The library tree: lazily opened, keeps its place, takes tracks."""

from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.browsing import Counted, LibraryTree, PlaylistInfo, Scope
from desktop_app.domain.ids import PlaylistId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import ScopeKind
from desktop_app.ui.item_mime import mime_of
from desktop_app.ui.models.library_nodes import library_nodes
from desktop_app.ui.models.tree_model import TreeModel
from desktop_app.ui.panels.tree import LibraryPanel, key_of

ARTISTS = tuple(Counted(f"Artist {n}", f"Artist {n}", n + 1) for n in range(5000))


def tree(photos: int = 3, **changes: object) -> LibraryTree:
    values: dict[str, object] = {
        "photos": photos, "tracks": 5000, "recent_photos": 1, "problems": 2,
        "dates": (Counted("2024", "2024", 3, (Counted("2024-06", "June", 2), Counted("2024-05", "May", 1))),),
        "cameras": (), "artists": ARTISTS, "albums": (), "genres": (),
        "folders": (Counted("/media/a", "a", 3),), "playlists": (PlaylistInfo(PlaylistId(4), "Evening", 2, 8.5),),
        "roots": (Root(RootId(1), Path("/media/a"), reachable=False, paused=False, items=3),),
    }  # fmt: skip
    return LibraryTree(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> LibraryPanel:
    made = LibraryPanel(PanelEngine(tmp_path))
    qtbot.addWidget(made)
    made.resize(240, 600)
    made.show()
    made._on_tree(0, tree())
    return made


def model_of(panel: LibraryPanel) -> TreeModel:
    model = panel.model()
    assert isinstance(model, TreeModel)
    return model


def test_lines_below_are_made_when_opened(panel: LibraryPanel) -> None:
    model = model_of(panel)
    artists = model.index_of("music/artists")
    assert artists.isValid() and not model.node(artists).grown
    panel.expand(artists)
    assert model.rowCount(artists) == 5000


def test_a_click_chooses_a_place(qtbot: QtBot, panel: LibraryPanel) -> None:
    index = model_of(panel).index_of("photos/recent")
    with qtbot.waitSignal(panel.place_chosen) as chosen:
        qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=panel.visualRect(index).center())
    assert chosen.args[0].kind is ScopeKind.RECENT_PHOTOS


def test_what_is_open_and_chosen_stays_after_new_counts(panel: LibraryPanel) -> None:
    model = model_of(panel)
    panel.expand(model.index_of("photos/dates"))
    panel.expand(model.index_of("photos/dates/2024"))
    panel.show_place(Scope(ScopeKind.DATE, "2024-05", "May 2024"))
    panel._on_tree(0, tree(photos=99))
    assert panel.isExpanded(model.index_of("photos/dates/2024"))
    assert model.node(panel.currentIndex()).label == "May"
    assert model.node(model.index_of("photos/all")).count == 99


def test_keys_of_places_are_the_keys_of_their_lines() -> None:
    root = library_nodes(tree())
    model = TreeModel()
    model._root = root
    for scope in (
        Scope(ScopeKind.PHOTOS), Scope(ScopeKind.TRACKS), Scope(ScopeKind.DATE, "2024-06"),
        Scope(ScopeKind.ARTIST, "Artist 3"), Scope(ScopeKind.PLAYLIST, "4"), Scope(ScopeKind.FOLDER, "/media/a"),
        Scope(ScopeKind.PROBLEMS),
    ):  # fmt: skip
        node = model.node(model.index_of(key_of(scope)))
        assert node.scope is not None and (node.scope.kind, node.scope.value) == (scope.kind, scope.value)


def test_an_unreachable_folder_says_so(panel: LibraryPanel) -> None:
    node = model_of(panel).node(model_of(panel).index_of("folders//media/a"))
    assert node.warns and "reached" in node.note


def test_tracks_can_be_dropped_on_a_playlist_only(qtbot: QtBot, panel: LibraryPanel) -> None:
    """As a mouse does it: in over another line, on to the playlist, and dropped there."""
    panel.resize(240, 600)
    panel.show()
    model = model_of(panel)
    over, beside = (QPointF(panel.visualRect(model.index_of(key)).center()) for key in ("playlists/4", "photos/all"))
    data = mime_of([7, 8], [])
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/a.mp3")])

    def sent(kind: type[QDropEvent], at: QPointF, what: QMimeData) -> bool:
        event = kind(at, Qt.DropAction.CopyAction, what, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        event.setAccepted(False)
        QApplication.sendEvent(panel.viewport(), event)
        return event.isAccepted()

    assert not sent(QDragEnterEvent, over, files)
    assert sent(QDragEnterEvent, beside, data)
    assert not sent(QDragMoveEvent, beside, data) and not panel.target
    assert sent(QDragMoveEvent, over, data) and panel.target == "playlists/4"
    with qtbot.waitSignal(panel.tracks_dropped) as dropped:
        assert sent(QDropEvent, over, data)
    assert dropped.args == [4, (7, 8)] and not panel.target
    with qtbot.assertNotEmitted(panel.tracks_dropped):
        sent(QDropEvent, beside, data)


def test_a_right_click_goes_nowhere(qtbot: QtBot, panel: LibraryPanel) -> None:
    panel.show_place(Scope(ScopeKind.TRACKS))
    panel.show()
    at = panel.visualRect(model_of(panel).index_of("playlists/4")).center()
    qtbot.mouseClick(panel.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert model_of(panel).node(panel.currentIndex()).key == "music/all"


def test_the_keyboard_keeps_its_line_while_counts_change(qtbot: QtBot, panel: LibraryPanel) -> None:
    panel.show_place(Scope(ScopeKind.TRACKS))
    panel.show()
    panel.activateWindow()
    panel.setFocus()
    qtbot.waitUntil(panel.hasFocus)
    panel.setCurrentIndex(model_of(panel).index_of("photos/recent"))
    panel._on_tree(0, tree(photos=98))
    assert model_of(panel).node(panel.currentIndex()).key == "photos/recent"
    panel.clearFocus()
    panel._on_tree(0, tree(photos=97))
    assert model_of(panel).node(panel.currentIndex()).key == "music/all"


def test_a_right_click_tells_which_line(qtbot: QtBot, panel: LibraryPanel) -> None:
    index = model_of(panel).index_of("playlists/4")
    with qtbot.waitSignal(panel.menu_requested) as asked:
        point = panel.visualRect(index).center()
        where = panel.viewport().mapToGlobal(point)
        QApplication.sendEvent(panel.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, where))
    assert asked.args[0].playlist.name == "Evening"
    assert isinstance(asked.args[1], QPoint)


def test_the_keyboard_opens_a_place(qtbot: QtBot, panel: LibraryPanel) -> None:
    panel.setCurrentIndex(model_of(panel).index_of("music/all"))
    with qtbot.waitSignal(panel.place_chosen) as chosen:
        qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert chosen.args[0].kind is ScopeKind.TRACKS


def test_tags_and_missing_items_have_lines(qtbot: QtBot, panel: LibraryPanel) -> None:
    model = model_of(panel)
    assert not model.index_of("missing").isValid()
    panel._on_tree(0, tree(missing=3, tags=(Counted("sea", "sea", 2), Counted("broken", "broken", 0))))
    assert model.node(model.index_of("missing")).count == 3
    assert [node.label for node in model.node(model.index_of("tags")).children()] == ["sea"]
    assert key_of(Scope(ScopeKind.TAG, "sea", "sea")) == "tags/sea" and key_of(Scope(ScopeKind.MISSING)) == "missing"


def test_the_first_tag_is_seen_where_it_went(panel: LibraryPanel) -> None:
    panel._on_tree(0, tree(tags=(Counted("beach", "beach", 1),)))
    model = model_of(panel)
    assert panel.isExpanded(model.index_of("tags"))
    panel.collapse(model.index_of("tags"))
    panel._on_tree(0, tree(tags=(Counted("beach", "beach", 2),)))
    assert not panel.isExpanded(model.index_of("tags"))
