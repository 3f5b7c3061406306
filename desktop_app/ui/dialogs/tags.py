"""Tags of one or several items, changed in one step."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from desktop_app.domain.browsing import LibraryTree
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemDetail, ItemRow
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import make_label
from desktop_app.ui.dialogs.frame import button_row, lay_out, push_button
from desktop_app.ui.panels.detail_fields import selection_of
from desktop_app.ui.panels.detail_tags import TagChips
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import breakable, count_text


class TagsDialog(QDialog):
    """Collects what to add and remove; one undoable edit when it is accepted: ``edit_sent(int)`` with its request."""

    edit_sent = Signal(int)

    def __init__(self, client: EngineClient, ids: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._ids = tuple(ItemId(int(each)) for each in ids)
        self._before: dict[str, bool] = {}
        self._now: dict[str, bool] = {}
        self.setWindowTitle("Tags")
        self.setMinimumWidth(440)
        single = len(self._ids) == 1
        self._heading = make_label(f"Tags of {count_text(len(self._ids), 'item')}", "", FontRole.HEADING, wrap=True)
        hint = "" if single else "A dashed tag is on some of the items only; click it to put it on all."
        self._hint = make_label(hint, "faint", FontRole.SMALL, wrap=True)
        self._hint.setVisible(not single)
        self.chips = TagChips(line_width=400, always_open=True)
        self.chips.setMinimumHeight(96)
        self.chips.added.connect(self._on_added)
        self.chips.removed.connect(self._on_removed)
        self.chips.tag_clicked.connect(lambda name: self._on_added([name]))
        self.apply = push_button("Apply", "Change the tags; this can be undone", self.accept, default=True)
        self.cancel = push_button("Cancel", "Change nothing (Esc)", self.reject)
        row = button_row([], [self.cancel, self.apply])
        lay_out(self, [self._heading, self._hint, self.chips, row], fills=self.chips)
        client.rows_ready.connect(self._on_rows)
        client.detail_ready.connect(self._on_detail)
        client.tree_ready.connect(self._on_tree)
        self._rows_request = -1 if single else client.fetch_rows(self._ids)
        self._detail_request = client.fetch_detail(self._ids[0], channel="tags") if single else -1
        client.fetch_tree()
        self.chips.begin_adding()

    def changes(self) -> tuple[list[str], list[str]]:
        """The tags to add, and those to remove."""
        add = [name for name, everywhere in self._now.items() if everywhere and not self._before.get(name, False)]
        return add, [name for name in self._before if name not in self._now]

    def accept(self) -> None:
        self.chips.commit()
        add, remove = self.changes()
        if add or remove:
            self.edit_sent.emit(self._client.tag(self._ids, add=add, remove=remove))
        super().accept()

    def _on_added(self, names: list[str]) -> None:
        self._now |= dict.fromkeys(names, True)
        self.chips.set_tags(self._now)

    def _on_removed(self, names: list[str]) -> None:
        self._now = {name: everywhere for name, everywhere in self._now.items() if name not in names}
        self.chips.set_tags(self._now)

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request == self._rows_request:
            self._start(selection_of(rows).tags)

    def _on_detail(self, request: int, detail: ItemDetail) -> None:
        if request == self._detail_request:
            self._heading.setText(breakable(f"Tags of “{detail.row.title}”"))
            self._start(dict.fromkeys(detail.tags, True))

    def _start(self, tags: dict[str, bool]) -> None:
        self._before = tags
        self._now = tags | self._now
        self.chips.set_tags(self._now)

    def _on_tree(self, request: int, tree: LibraryTree) -> None:
        self.chips.set_known([each.value for each in tree.tags])
