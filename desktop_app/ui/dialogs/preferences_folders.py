"""The folders of the library, and what is excluded in them."""

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.browsing import LibraryTree
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.items import Root
from desktop_app.domain.notices import JobError
from desktop_app.engine.api import EngineClient
from desktop_app.settings import DEFAULT_EXCLUDED_FOLDERS
from desktop_app.ui.choosing import choose_folder, choose_new_place
from desktop_app.ui.controls import make_label, plain
from desktop_app.ui.dialogs.frame import button_row, push_button
from desktop_app.ui.dialogs.question import ask_removal
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import held_text

_ROOT_ROLE = Qt.ItemDataRole.UserRole


class FoldersPage(QWidget):
    """The watched folders: each change is made at once."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._requests: set[int] = set()
        self.table = QTreeWidget()
        self.table.setColumnCount(3)
        self.table.setProperty("class", "framed")
        self.table.setHeaderLabels(["Folder", "Items", "State"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName("Folders of the library")
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.add = push_button("Add Folder…", "Choose a folder with photos or music", self._on_add)
        self.pause = push_button("Pause", "Leave the folder as it is until it is resumed", self._on_pause)
        self.moved = push_button("Has Moved…", "Say where the folder lies now; all that is known stays", self._on_moved)
        self.remove = push_button("Remove…", "Take the folder out of the library; its files stay", self._on_remove)
        self.rescan = push_button("Look for Changes", "Look through all folders now", self._on_rescan)
        self._problem = make_label("", "danger", FontRole.SMALL, wrap=True)
        self._problem.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 12, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(self.table, 1)
        outer.addWidget(self._problem)
        outer.addLayout(button_row([self.add, self.pause, self.moved, self.remove], [self.rescan]))
        self._later = QTimer(self, singleShot=True, interval=300)
        self._later.timeout.connect(self._fetch)
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.customContextMenuRequested.connect(self._on_menu)
        client.tree_ready.connect(self._on_tree)
        client.items_changed.connect(self._on_items_changed)
        client.failed.connect(self._on_failed)
        self._fetch()
        self._enable()

    def current(self) -> Root | None:
        """The selected folder."""
        item = self.table.currentItem()
        return item.data(0, _ROOT_ROLE) if item is not None and item.isSelected() else None

    def _fetch(self) -> None:
        self._client.fetch_tree()

    def _on_tree(self, request: int, tree: LibraryTree) -> None:
        """Whoever asked for it."""
        current = self.current()
        self.table.clear()
        for root in tree.roots:
            item = QTreeWidgetItem([str(root.path), held_text(root), state_of(root)])
            item.setData(0, _ROOT_ROLE, root)
            item.setIcon(0, icon("folder" if root.reachable else "offline", "muted"))
            item.setToolTip(0, plain(str(root.path)))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.addTopLevelItem(item)
            if current is not None and root.id == current.id:
                self.table.setCurrentItem(item)
        self._enable()

    def _on_items_changed(self, changes: ChangeSet) -> None:
        if (changes.roots or changes.membership) and not self._later.isActive():
            self._later.start()

    def _enable(self) -> None:
        root = self.current()
        self.pause.setEnabled(root is not None)
        self.moved.setEnabled(root is not None)
        self.remove.setEnabled(root is not None)
        self.pause.setText("Resume" if root is not None and root.paused else "Pause")

    def _on_add(self) -> None:
        chosen = choose_folder(self, "Add a Folder to the Library")
        if chosen is not None:
            self._sent(self._client.add_folders([chosen]))

    def _on_pause(self) -> None:
        root = self.current()
        if root is not None:
            self._sent(self._client.set_folder_paused(root.id, not root.paused))

    def _on_moved(self) -> None:
        root = self.current()
        new = choose_new_place(self, root.path) if root is not None else None
        if root is not None and new is not None:
            self._sent(self._client.relocate_folder(root.path, new))

    def _on_remove(self) -> None:
        root = self.current()
        if root is not None:
            name = root.path.name or str(root.path)
            ask_removal(
                self,
                name,
                root.items,
                lambda: self._sent(self._client.remove_folder(root.path)),
                held=held_text(root),
            )

    def _on_rescan(self) -> None:
        self._sent(self._client.rescan())

    def _on_menu(self, where: QPoint) -> None:
        root = self.current()
        if root is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("pause"), self.pause.text()).triggered.connect(self._on_pause)
        menu.addAction(icon("folder-open"), "Has Moved…").triggered.connect(self._on_moved)
        menu.addAction(icon("folder-remove"), "Remove…").triggered.connect(self._on_remove)
        menu.popup(self.table.viewport().mapToGlobal(where))

    def _sent(self, request: int) -> None:
        self._requests.add(request)
        self._problem.hide()

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in self._requests:
            self._problem.setText(error.text)
            self._problem.show()


class ExcludedPage(QWidget):
    """Names of folders that are not looked into; changes are kept at once, and looked for on close."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.changed = False
        self.names = QListWidget()
        self.names.setProperty("class", "framed")
        self.names.setStyleSheet("QListView::item { padding: 3px 6px; }")
        self.names.setAccessibleName("Names of folders to leave out")
        self.names.setToolTip("Double-click or F2 edits a name; * stands for anything")
        self.names.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.hidden = QCheckBox("Look into hidden folders too")
        self.hidden.setToolTip("Folders whose name begins with a dot, or that the system hides")
        self.hidden.setChecked(client.settings.include_hidden)
        self.add = push_button("Add", "Add a name", self._on_add)
        self.remove = push_button("Remove", "Remove the selected name (Del)", self._on_remove)
        self.defaults = push_button("Restore Defaults", "Akin’s own list again", self._on_defaults)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 12, 0, 0)
        outer.setSpacing(8)
        named = "Folders with these names are left out, wherever they are; * stands for any letters:"
        outer.addWidget(make_label(named, "muted", wrap=True))
        outer.addWidget(self.names, 1)
        outer.addLayout(button_row([self.add, self.remove], [self.defaults]))
        outer.addSpacing(4)
        outer.addWidget(self.hidden)
        self._fill(client.settings.excluded_folders)
        self.names.itemChanged.connect(lambda _item: self._save())
        self.names.itemSelectionChanged.connect(lambda: self.remove.setEnabled(bool(self.names.selectedItems())))
        self.remove.setEnabled(False)
        self.hidden.toggled.connect(lambda _on: self._save())

    def current_names(self) -> tuple[str, ...]:
        """The names in the list, each once."""
        texts = (self.names.item(row).text().strip() for row in range(self.names.count()))
        return tuple(dict.fromkeys(text for text in texts if text))

    def _fill(self, names: tuple[str, ...]) -> None:
        self.names.blockSignals(True)
        self.names.clear()
        for name in names:
            self._append(name)
        self.names.blockSignals(False)

    def _append(self, name: str) -> QListWidgetItem:
        item = QListWidgetItem(name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.names.addItem(item)
        return item

    def _on_add(self) -> None:
        item = self._append("")
        self.names.setCurrentItem(item)
        self.names.editItem(item)

    def _on_remove(self) -> None:
        for item in self.names.selectedItems():
            self.names.takeItem(self.names.row(item))
        self._save()

    def _on_defaults(self) -> None:
        self._fill(DEFAULT_EXCLUDED_FOLDERS)
        self._save()

    def _save(self) -> None:
        self.changed = True
        names, hidden = self.current_names(), self.hidden.isChecked()
        self._client.change_settings(lambda old: replace(old, excluded_folders=names, include_hidden=hidden))


def state_of(root: Root) -> str:
    """How it is watched, in a word or two."""
    if root.paused:
        return "Paused"
    if not root.reachable:
        return "Can’t be reached"
    return "Looked at now and then" if root.polled else "Watched"
