"""The library tree for a QTreeView: lines below a node are made when it is opened."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_app.domain.browsing import LibraryTree
from desktop_app.ui.controls import plain
from desktop_app.ui.icons import icon
from desktop_app.ui.models.library_nodes import Node, library_nodes

Index = QModelIndex | QPersistentModelIndex


class TreeModel(QAbstractItemModel):
    """Its lines, a ``Node`` each."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node("", "")

    def show(self, tree: LibraryTree) -> None:
        """Take over a new tree."""
        self.beginResetModel()
        self._root = library_nodes(tree)
        self.endResetModel()

    def node(self, index: Index) -> Node:
        """The line behind an index."""
        return index.internalPointer() if index.isValid() else self._root

    def index_of(self, key: str) -> QModelIndex:
        """The index of a key among the lines made so far, growing the way there; invalid if there is none."""
        found = self._find(self._root, key)
        return self.createIndex(found.row, 0, found) if found is not None else QModelIndex()

    def _find(self, node: Node, key: str) -> Node | None:
        for child in node.children():
            if child.key == key:
                return child
            if child.expandable and key.startswith(f"{child.key}/"):
                found = self._find(child, key)
                if found is not None:
                    return found
        return None

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self.node(parent).children()
        return self.createIndex(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        above = self.node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        return self.node(parent).expandable

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self.node(parent).children())

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return node.label
        if role == Qt.ItemDataRole.DecorationRole and node.icon:
            return icon(node.icon, "warning" if node.warns else "muted")
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(node.note)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return node.label if node.count is None else f"{node.label}, {node.count:,}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        node = self.node(index)
        flags = Qt.ItemFlag.ItemIsEnabled
        if node.scope is not None or node.action:
            flags |= Qt.ItemFlag.ItemIsSelectable
        return flags
