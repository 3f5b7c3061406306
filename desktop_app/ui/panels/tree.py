"""The library panel on the left: places with quiet counts, playlists that take tracks."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from desktop_app.domain.browsing import LibraryTree, PlaylistInfo, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import PlaylistId
from desktop_app.engine.api import EngineClient
from desktop_app.ui.icons import icon
from desktop_app.ui.item_mime import IDS, ids_in
from desktop_app.ui.models.library_nodes import Node
from desktop_app.ui.models.tree_model import TreeModel
from desktop_app.ui.refresh import Refresh
from desktop_app.ui.theme import ROW_HEIGHT, FontRole, font, theme, tokens
from desktop_app.ui.views.menu_key import asks_for_menu, menu_place

Index = QModelIndex | QPersistentModelIndex
PAUSE_MS = 1500  # between two refreshes of the counts while indexing

_EDGE = 24  # px at the upper and lower edge where a drag scrolls

_ASIDE = ("missing", "problems")
"""Lines that belong to no section: a hairline keeps them from the last one."""


class LibraryPanel(QTreeView):
    """The tree of places.

    Signals: ``place_chosen(Scope)``; ``folder_wanted()`` by "Add Folder…"; ``menu_requested(Node, QPoint)`` in
    global coordinates; ``tracks_dropped(PlaylistId, ids)``; ``delete_wanted(PlaylistInfo)`` and
    ``rename_wanted(PlaylistInfo)`` by key;
    ``tree_changed(LibraryTree)``.
    """

    place_chosen = Signal(object)
    folder_wanted = Signal()
    menu_requested = Signal(object, QPoint)
    tracks_dropped = Signal(object, object)
    tree_changed = Signal(object)
    delete_wanted = Signal(object)
    rename_wanted = Signal(object)

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._tree: LibraryTree | None = None
        self._open = {"photos", "music", "playlists", "folders"}
        self._chosen = ""
        self.target = ""  # the key of the playlist that a drag is over
        self._restoring = False
        self._nodes = TreeModel(self)
        self.setModel(self._nodes)
        self.setObjectName("libraryTree")
        self.setAccessibleName("Library")
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setMouseTracking(True)
        self.setDropIndicatorShown(False)  # the delegate marks the line
        self.setItemDelegate(_LineDelegate(self))
        self.setViewportMargins(0, 6, 0, 6)
        self._refresh = Refresh(self.reload, PAUSE_MS, self)
        self.clicked.connect(self._on_clicked)
        self.expanded.connect(lambda index: self._remember_open(index, True))
        self.collapsed.connect(lambda index: self._remember_open(index, False))
        theme().changed.connect(self.viewport().update)
        client.tree_ready.connect(self._on_tree)
        client.items_changed.connect(self._on_changes)
        client.opened.connect(self.reload)

    @property
    def tree(self) -> LibraryTree | None:
        """The last counts."""
        return self._tree

    @property
    def open_keys(self) -> set[str]:
        """Which lines are open, for the settings."""
        return set(self._open)

    def set_open_keys(self, keys: set[str]) -> None:
        """Open these lines now and after each refresh."""
        self._open = keys
        self._restore()

    def reload(self) -> None:
        """Ask for the counts."""
        self._client.fetch_tree()

    def show_place(self, scope: Scope | None) -> None:
        """Mark the line of a place, opening the way there if it is open already."""
        self._chosen = key_of(scope) if scope is not None else ""
        self._restore()

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.membership or changes.playlists or changes.roots or changes.tags:
            self._refresh.soon()

    def _on_tree(self, _request: int, tree: LibraryTree) -> None:
        self._refresh.answered()
        if tree != self._tree:
            if self._tree is not None and tree.tags and not self._tree.tags:
                self._open = self._open | {"tags"}  # the first tag is seen where it went
            first, self._tree = self._tree is None, tree
            top = self.verticalScrollBar().value()
            at = self.currentIndex()
            line = self._nodes.node(at).key if at.isValid() and self.hasFocus() else ""
            self._nodes.show(tree)
            self._restore()
            if line and (again := self._nodes.index_of(line)).isValid():
                self.setCurrentIndex(again)  # the keyboard is there, on its way to another place
            if first:
                self.scrollTo(self.currentIndex())
            else:
                self.verticalScrollBar().setValue(top)
        self.tree_changed.emit(tree)

    def _restore(self) -> None:
        self._restoring = True
        for key in sorted(self._open):
            index = self._nodes.index_of(key)
            if index.isValid():
                self.expand(index)
        self._mark()
        self._restoring = False

    def _mark(self) -> None:
        """Mark the line of the place; the one that hides it where that is closed, which it stays."""
        index = self._nodes.index_of(self._chosen) if self._chosen else QModelIndex()
        above = index.parent()
        while above.isValid():
            if not self.isExpanded(above):
                index = above
            above = above.parent()
        if index.isValid() and self._nodes.node(index).scope is not None:
            self.setCurrentIndex(index)
        else:
            self.selectionModel().clear()

    def _remember_open(self, index: QModelIndex, is_open: bool) -> None:
        if not self._restoring:
            key = self._nodes.node(index).key
            self._open = self._open | {key} if is_open else self._open - {key}
            if not self.hasFocus():  # else the keyboard would be taken from the line that it opened
                self._mark()

    def _on_clicked(self, index: QModelIndex) -> None:
        node = self._nodes.node(index)
        if node.scope is not None:
            self._chosen = node.key
            self.place_chosen.emit(node.scope)
        elif node.action:
            self.show_place(None)
            self.folder_wanted.emit()
        elif node.expandable:
            self.setExpanded(index, not self.isExpanded(index))

    def mousePressEvent(self, event: object) -> None:
        if event.button() is Qt.MouseButton.RightButton:  # type: ignore[attr-defined]
            return  # its menu is no place that one goes to
        point = event.position().toPoint()  # type: ignore[attr-defined]
        index = self.indexAt(point)
        node = self._nodes.node(index)
        if index.isValid() and node.expandable and point.x() >= self.viewport().width() - 22 and not node.heading:
            self.setExpanded(index, not self.isExpanded(index))
            return
        super().mousePressEvent(event)  # type: ignore[arg-type]

    def event(self, event: QEvent) -> bool:
        """Delete on a playlist is meant for the playlist, not for the tracks selected beside it."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and self._deletes(event):
            event.accept()
            return True
        return super().event(event)

    def _deletes(self, event: QKeyEvent) -> bool:
        at = self.currentIndex()
        return event.key() == Qt.Key.Key_Delete and at.isValid() and self._nodes.node(at).playlist is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if asks_for_menu(event):
            self._ask_for_menu(self.currentIndex(), None)
            return
        if self._deletes(event):
            self.delete_wanted.emit(self._nodes.node(self.currentIndex()).playlist)
            return
        if event.key() == Qt.Key.Key_F2 and (named := self._nodes.node(self.currentIndex()).playlist) is not None:
            self.rename_wanted.emit(named)
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())

    def aim(self, where: QPoint | None) -> PlaylistInfo | None:
        """Mark the playlist under a point in global coordinates as the target of a drag, and return it."""
        index = QModelIndex()
        if where is not None and self.isVisible():
            point = self.viewport().mapFromGlobal(where)
            index = self.indexAt(point) if self.viewport().rect().contains(point) else index
        playlist = self._nodes.node(index).playlist if index.isValid() else None
        key = self._nodes.node(index).key if playlist is not None else ""
        if key != self.target:
            self.target = key
            self.viewport().update()
        return playlist

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(self.viewport().mapFromGlobal(event.globalPos()))
        self._ask_for_menu(index, event)

    def _ask_for_menu(self, index: QModelIndex, event: QContextMenuEvent | None) -> None:
        if index.isValid():
            self.menu_requested.emit(self._nodes.node(index), menu_place(self, event))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._aim_at(event)
        if event.mimeData().hasFormat(IDS):
            event.accept()  # wherever it comes in: who ignores this is told of no move

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._aim_at(event)
        y = event.position().toPoint().y()
        step = -1 if y < _EDGE else 1 if y > self.viewport().height() - _EDGE else 0
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + step * 8)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.aim(None)

    def dropEvent(self, event: QDropEvent) -> None:
        playlist = self._aim_at(event)
        self.aim(None)
        if playlist is not None:
            self.tracks_dropped.emit(PlaylistId(playlist.id), ids_in(event.mimeData()))

    def _aim_at(self, event: QDropEvent) -> PlaylistInfo | None:
        """Mark the playlist that items of our own are over; files are for the whole window."""
        own = event.mimeData().hasFormat(IDS)
        playlist = self.aim(self.viewport().mapToGlobal(event.position().toPoint()) if own else None)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.setAccepted(playlist is not None)
        return playlist

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """None: the delegate draws a chevron at the end of the line."""


def key_of(scope: Scope) -> str:
    """The key of the line that shows a place."""
    if scope.value and scope.kind.value in ("photos", "tracks"):
        return f"{'photos' if scope.kind.value == 'photos' else 'music'}/{scope.value}"
    prefix = {
        "photos": "photos/all", "recent_photos": "photos/recent", "tracks": "music/all", "problems": "problems",
        "camera": "photos/cameras", "artist": "music/artists", "album": "music/albums", "genre": "music/genres",
        "playlist": "playlists", "folder": "folders", "tag": "tags", "missing": "missing",
    }.get(scope.kind.value, "")  # fmt: skip
    if scope.kind.value == "date":
        parts = scope.value.split("-")
        return "/".join(["photos/dates", *("-".join(parts[: n + 1]) for n in range(len(parts)))])
    return f"{prefix}/{scope.value}" if scope.value else prefix


class _LineDelegate(QStyledItemDelegate):
    """A line: icon, label, count flush right, and a chevron where it opens."""

    def __init__(self, view: LibraryPanel) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, TreeModel):
            return
        node = model.node(index)
        colours = tokens()
        rect: QRect = option.rect  # type: ignore[attr-defined]
        whole = QRect(6, rect.top() + 1, self._view.viewport().width() - 12, rect.height() - 2)
        state = option.state  # type: ignore[attr-defined]
        selected = bool(state & state.State_Selected) and node.scope is not None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if node.key and node.key == self._view.target:
            painter.setBrush(colours.colour("accent_soft"))
            painter.setPen(QPen(colours.colour("accent"), 1.5))
            painter.drawRoundedRect(QRectF(whole).adjusted(1, 1, -1, -1), 5, 5)
            painter.setPen(Qt.PenStyle.NoPen)
        elif selected:
            painter.setBrush(colours.colour("accent_soft"))
            painter.drawRoundedRect(whole, 5, 5)
        elif bool(state & state.State_MouseOver) and not node.heading and node.key != "playlists/none":
            painter.setBrush(colours.colour("hover"))
            painter.drawRoundedRect(whole, 5, 5)
        if bool(state & state.State_HasFocus) and self._view.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(colours.colour("focus"))
            painter.drawRoundedRect(whole.adjusted(0, 0, -1, -1), 5, 5)
        if node.key in _ASIDE and index.row() > 0 and model.node(index.sibling(index.row() - 1, 0)).heading:
            painter.setPen(colours.colour("line"))
            painter.drawLine(whole.left() + 6, rect.top(), whole.right() - 6, rect.top())
        self._paint_texts(painter, rect, whole, node, index)
        painter.restore()

    def _paint_texts(self, painter: QPainter, rect: QRect, whole: QRect, node: Node, index: Index) -> None:
        colours = tokens()
        right = whole.right() - 6
        if node.expandable:
            is_open = isinstance(index, QModelIndex) and self._view.isExpanded(index)
            name = "chevron-down" if is_open else "chevron-right"
            icon(name, "faint").paint(painter, QRect(right - 12, whole.center().y() - 6, 13, 13))
        right -= 18
        left = rect.left() + (12 if node.heading else 20 if node.key in _ASIDE else 6)
        if node.icon:
            token = "warning" if node.warns else "link" if node.action else "muted"
            icon(node.icon, token).paint(painter, QRect(left, whole.center().y() - 8, 17, 17))
            left += 24
        elif not node.heading:
            left += 4
        if node.count is not None and not (node.expandable and node.scope is None):
            painter.setFont(font(FontRole.SMALL))
            painter.setPen(colours.colour("faint"))
            text = f"{node.count:,}"
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(
                QRect(right - width, whole.top(), width + 1, whole.height()), Qt.AlignmentFlag.AlignVCenter, text
            )
            right -= width + 8
        painter.setFont(font(FontRole.CAPTION if node.heading else FontRole.BODY))
        quiet = node.heading or node.key == "playlists/none"
        painter.setPen(colours.colour("muted" if quiet else "link" if node.action else "text"))
        box = QRect(left, whole.top(), max(10, right - left), whole.height())
        label = painter.fontMetrics().elidedText(node.label, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
