"""The middle of the window: what a place lists, as grid or table, with its bar, its query and its empty state."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QPoint, QSettings, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.domain.browsing import Scope, Section
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import ScopeKind
from desktop_app.engine.api import EngineClient
from desktop_app.ui.models.columns import Column
from desktop_app.ui.models.item_model import ItemModel
from desktop_app.ui.models.selection import Ranges, copy_numbers, count, positions_in, ranges_of, selected_ranges
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.navigation import COLUMNS, PLAYLIST, Place, Visit, holds_photos, holds_tracks
from desktop_app.ui.panels.empty_state import EmptyState
from desktop_app.ui.panels.listing_bar import ListingBar
from desktop_app.ui.views.grid import GridView
from desktop_app.ui.views.table import TableView

Flag = QItemSelectionModel.SelectionFlag
NOWHERE = Place(Scope(ScopeKind.ALL))


class Browser(QWidget):
    """Grid and table over one model and one selection.

    Signals: ``selection_changed()``; ``opened(ItemId)``; ``looked_into(ItemId)``; ``drag_started()``;
    ``menu_requested(QPoint)``; ``rated(ItemId, stars)``; ``viewed(ids)`` what is in view;
    ``rows_dropped(position)`` the selection was dragged before that position.
    """

    selection_changed = Signal()
    opened = Signal(int)
    looked_into = Signal(int)
    drag_started = Signal()
    menu_requested = Signal(QPoint)
    rated = Signal(int, int)
    viewed = Signal(object)
    rows_dropped = Signal(int)

    def __init__(self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ItemModel(client, self)
        self.bar = ListingBar()
        self.grid = GridView(self.model, thumbnails)
        self.table = TableView(self.model, thumbnails)
        self.empty = EmptyState()
        self._as_list = False
        self._is_changing = False  # the selection is not yet what it is going to be
        self._family = ""
        self._column_states: dict[str, object] = {}
        self.stack = QStackedWidget()
        for page in (self.grid, self.table, self.empty):
            self.stack.addWidget(page)
        self.slot = QVBoxLayout()  # the query bar of a search result comes here
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.slot)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        self.setProperty("class", "canvas")
        self._connect()

    def _connect(self) -> None:
        for view in (self.grid, self.table):
            view.opened.connect(lambda position: self.opened.emit(int(self.model.ids[position])))
            view.looked_into.connect(lambda position: self.looked_into.emit(int(self.model.ids[position])))
            view.drag_started.connect(self.drag_started)
            view.menu_requested.connect(self.menu_requested)
            view.star_clicked.connect(lambda position, stars: self.rated.emit(int(self.model.ids[position]), stars))
        self.table.rows_dropped.connect(self.rows_dropped)
        self.grid.selectionModel().selectionChanged.connect(self._tell_selection)
        self.grid.side_changed.connect(self.bar.show_side)
        self.grid.viewed.connect(lambda first, last: self.viewed.emit(self.model.ids[first : last + 1]))
        self.bar.side_chosen.connect(self.grid.set_side)
        self.bar.show_side(self.grid.side)

    # what is listed

    def show_ids(
        self,
        ids: NDArray[np.int64],
        sections: tuple[Section, ...] = (),
        scores: Mapping[int, float] | None = None,
        *,
        family: str,
        as_list: bool,
        columns: tuple[Column, ...] | None = None,
    ) -> None:
        """Show these ids from the top, nothing selected."""
        self._keep_columns()
        self.table.use_model(False)
        self.model.show(ids, () if as_list else sections, scores, columns or COLUMNS[family])
        self.grid.set_captions(not holds_photos(family))
        self._family = family
        self._as_list = as_list
        if as_list:
            self.table.use_model(True)
            self.table.setSelectionModel(self.grid.selectionModel())
            self._restore_columns()
        if len(ids):
            had_focus = self.stack.isAncestorOf(QApplication.focusWidget() or self)
            self.stack.setCurrentWidget(self.view)
            if had_focus:
                self.view.setFocus()
        self._tell_selection()

    def relist(self, ids: NDArray[np.int64], sections: tuple[Section, ...] = (), *, go_on: bool = True) -> None:
        """Show a fresher answer for the same place: selection and what is in view stay. Where all that was selected
        is gone, the keyboard goes on at what comes after it, which is selected if ``go_on``."""
        shown = () if self._as_list else sections
        if np.array_equal(ids, self.model.ids) and shown == self.model.sections:
            return
        with self.one_change():
            self._relist(ids, sections, go_on)

    @contextmanager
    def one_change(self) -> Generator[None, None, None]:
        """The selection is told once it is what it is going to be: the details of what stays selected don't blink."""
        self._is_changing = True
        try:
            yield
        finally:
            self._is_changing = False
        self._tell_selection()

    def _tell_selection(self, *_what: object) -> None:
        if not self._is_changing:
            self.selection_changed.emit()

    def _relist(self, ids: NDArray[np.int64], sections: tuple[Section, ...], go_on: bool) -> None:
        left = Visit(NOWHERE)
        before_ids = self.model.ids
        first = self.selected_ranges[0][0] if self.selected_count else 0
        self.save_into(left)
        seen = None if self._as_list else self.grid.visible_positions()
        top = int(self.model.ids[seen[0]]) if seen is not None and left.scroll else None
        before = self.grid.visualRect(self.model.index(seen[0], 0)).top() if seen is not None and top else 0
        self.show_ids(
            ids,
            sections,
            self.model.scores,
            family=self._family,
            as_list=self._as_list,
            columns=self.model.columns,
        )
        self.restore(left)
        if len(left.selected) and not self.selected_count and len(ids):
            after = before_ids[first:][np.isin(before_ids[first:], ids)]
            self.go_to(ItemId(int(after[0] if len(after) else ids[-1])))
            if not go_on:
                self.grid.selectionModel().clearSelection()
        if top is not None and seen is not None:
            found = self.model.positions_of(np.array([top]))
            if len(found):
                now = self.grid.visualRect(self.model.index(int(found[0]), 0)).top()
                self.grid.verticalScrollBar().setValue(self.grid.verticalOffset() + now - before)

    def show_none_yet(self) -> None:
        """Take what was shown away; what comes instead is still being looked for."""
        self.relist(np.zeros(0, np.int64))
        self.stack.setCurrentWidget(self.view)

    def say_empty(self, name: str, title: str, sentence: str, buttons: list[tuple[str, Callable[[], object]]]) -> None:
        """Show why there is nothing."""
        self.empty.say(name, title, sentence, buttons)
        self.stack.setCurrentWidget(self.empty)

    @property
    def view(self) -> GridView | TableView:
        """The one in use."""
        return self.table if self._as_list else self.grid

    @property
    def as_list(self) -> bool:
        """Whether the column view is shown."""
        return self._as_list

    # selection

    @property
    def selected_ranges(self) -> Ranges:
        """Inclusive position ranges."""
        return selected_ranges(self.grid.selectionModel())

    @property
    def selected_count(self) -> int:
        """How many items are selected."""
        return count(self.selected_ranges)

    def selected_ids(self) -> NDArray[np.int64]:
        """In listed order."""
        return self.model.ids_at(self.selected_ranges)

    def selected_rows(self, most: int = 2000) -> list[ItemRow]:
        """The known rows of the selection, at most so many."""
        rows = (self.model.known_row(item) for item in self.selected_ids()[:most].tolist())
        return [row for row in rows if row is not None]

    def select_ids(self, ids: NDArray[np.int64], *, scroll: bool = True) -> None:
        """Select these items where they are listed."""
        positions = self.model.positions_of(ids)
        self.grid.select_ranges(ranges_of(positions))
        if len(positions):
            index = self.model.index(int(positions[0]), 0)
            self.grid.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
            if scroll:
                self.view.scrollTo(index)

    def select_positions(self, first: int, count: int = 1) -> None:
        """Select these places, and go on from the first."""
        self.grid.select_ranges([(first, first + count - 1)])
        self.grid.selectionModel().setCurrentIndex(self.model.index(first, 0), Flag.NoUpdate)
        self.grid.anchor_at(first)

    def go_to(self, item: ItemId) -> None:
        """Make a listed item the current one, in view; a selection that holds it stays."""
        found = self.model.positions_of(np.array([item]))
        if not len(found):
            return
        index = self.model.index(int(found[0]), 0)
        if self.grid.selectionModel().isSelected(index):
            self.grid.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
        else:
            self.select_ids(np.array([item], dtype=np.int64), scroll=False)
        self.grid.anchor_at(index.row())
        self.view.scrollTo(index)

    def current_id(self) -> ItemId | None:
        """The item that the keyboard is at."""
        index = self.grid.selectionModel().currentIndex()
        return ItemId(int(self.model.ids[index.row()])) if index.isValid() else None

    # how a place was left

    def save_into(self, visit: Visit) -> None:
        """Note scroll position and selection."""
        visit.scroll = self.view.verticalScrollBar().value()
        visit.selected = self.selected_ids()
        visit.current = self.current_id()
        visit.copies, visit.current_copy = None, 0
        if self._family == PLAYLIST:
            numbers = copy_numbers(self.model.ids)
            visit.copies = numbers[positions_in(self.selected_ranges)]
            current = self.grid.selectionModel().currentIndex()
            visit.current_copy = int(numbers[current.row()]) if current.isValid() else 0

    def restore(self, visit: Visit) -> None:
        """Come back as it was left."""
        if len(visit.selected) and visit.copies is not None:
            self.grid.select_ranges(ranges_of(self._places_of(visit.selected, visit.copies)))
        elif len(visit.selected):
            self.select_ids(visit.selected, scroll=False)
        if visit.current is not None:
            found = self.model.positions_of(np.array([visit.current]))
            if len(found):
                place = int(found[min(visit.current_copy, len(found) - 1)])
                self.grid.selectionModel().setCurrentIndex(self.model.index(place, 0), Flag.NoUpdate)
        self.view.updateGeometries() if isinstance(self.view, GridView) else None
        self.view.verticalScrollBar().setValue(visit.scroll)

    def _places_of(self, ids: NDArray[np.int64], copies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ascending places of these copies of ids, (n,) each; copies that are no longer listed are left out."""
        most = len(self.model.ids) + len(ids) + 1
        return np.flatnonzero(np.isin(self.model.ids * most + copy_numbers(self.model.ids), ids * most + copies))

    # columns

    def _keep_columns(self) -> None:
        if self._as_list and self._family and not self.table.as_designed:
            self._column_states[self._family] = self.table.save_columns()

    def _restore_columns(self) -> None:
        state = self._column_states.get(self._family)
        if state is None or not self.table.restore_columns(state):  # type: ignore[arg-type]
            self.table.default_widths()

    def save_state(self, settings: QSettings) -> None:
        """Zoom and column widths."""
        self._keep_columns()
        settings.setValue("grid/side", self.grid.side)
        for family, state in self._column_states.items():
            settings.setValue(f"columns/{family}", state)

    def restore_state(self, settings: QSettings) -> None:
        """As saved."""
        side = settings.value("grid/side", 140)
        self.grid.set_side(int(side) if isinstance(side, (int, str)) and str(side).isdigit() else 140)
        for family in COLUMNS:
            state = settings.value(f"columns/{family}")
            if state is not None:
                self._column_states[family] = state

    @property
    def lists_tracks(self) -> bool:
        """Whether the place holds tracks only."""
        return holds_tracks(self._family)

    @property
    def lists_photos(self) -> bool:
        """Whether the place holds photos only."""
        return holds_photos(self._family)
