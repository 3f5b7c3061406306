"""The listed items as a model of ids: rows come on demand, stale ones are shown until they are replaced."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop_app.domain.browsing import Section
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import plain
from desktop_app.ui.models.columns import TRACK_COLUMNS, Column, spoken, tooltip

PAGE = 128  # rows fetched at once
KEPT_ROWS = 20_000

Index = QModelIndex | QPersistentModelIndex


class ItemModel(QAbstractTableModel):
    """Ids in listed order, int64 (n,), and the rows that have been looked at.

    Signals: ``rows_changed()`` when rows that may be in view came or went stale; ``listed()`` after other ids.
    """

    rows_changed = Signal()
    listed = Signal()

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self.sections: tuple[Section, ...] = ()
        self._columns: tuple[Column, ...] = TRACK_COLUMNS
        self._rows: OrderedDict[int, ItemRow] = OrderedDict()
        self._stale: set[int] = set()
        self._scores: Mapping[int, float] = {}
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._asked: dict[int, frozenset[int]] = {}  # request → ids
        self._in_flight: set[int] = set()
        self._gone: set[int] = set()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._fetch_wanted)
        client.rows_ready.connect(self._on_rows)
        client.failed.connect(self._on_failed)
        client.items_changed.connect(self.apply_changes)

    # what is listed

    def show(
        self,
        ids: NDArray[np.int64],
        sections: Sequence[Section] = (),
        scores: Mapping[int, float] | None = None,
        columns: tuple[Column, ...] | None = None,
    ) -> None:
        """List other ids; rows already known are kept. ``scores`` 0..1 by id make percentages."""
        self.beginResetModel()
        self.ids = ids
        self.sections = tuple(sections)
        self._scores = scores or {}
        self._columns = columns or self._columns
        self._wanted.clear()
        self._gone.clear()
        self.endResetModel()
        self.listed.emit()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table view."""
        return self._columns

    @property
    def scores(self) -> Mapping[int, float]:
        """How alike each hit is, 0..1 by id; empty where no hits are listed."""
        return self._scores

    def row_at(self, position: int) -> ItemRow | None:
        """The row at a position if it is known, else None, and it is fetched soon."""
        item = int(self.ids[position])
        row = self._rows.get(item)
        if row is None or item in self._stale:
            self._want(item)
        if row is not None and self._scores:
            score = self._scores.get(item)
            return row if score is None else replace(row, similarity=score)
        return row

    def known_row(self, item: ItemId | int) -> ItemRow | None:
        """The row of an id if it was looked at; nothing is fetched."""
        return self._rows.get(int(item))

    def known_rows(self) -> list[ItemRow]:
        """All rows that were looked at."""
        return list(self._rows.values())

    def want(self, first: int, last: int) -> None:
        """Fetch the rows of positions ``first``..``last`` (inclusive) that are not known."""
        for item in self.ids[max(0, first) : last + 1].tolist():
            if item not in self._rows or item in self._stale:
                self._want(item)

    def positions_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the given ids are listed, ascending; those that are not are left out."""
        return np.flatnonzero(np.isin(self.ids, ids))

    def ids_at(self, ranges: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
        """The ids of inclusive position ranges, in listed order."""
        parts = [self.ids[first : last + 1] for first, last in sorted(ranges)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    # fetching

    def _want(self, item: int) -> None:
        if item in self._in_flight or item in self._gone:
            return
        self._wanted[item] = None
        self._wanted.move_to_end(item)
        if not self._later.isActive():
            self._later.start()

    def _fetch_wanted(self) -> None:
        """Ask for what was looked at last; what was scrolled past is forgotten."""
        wanted = list(self._wanted)[-8 * PAGE :]
        self._wanted.clear()
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            self._in_flight.update(page)
            request = self._client.fetch_rows([ItemId(item) for item in page])
            self._asked[request] = frozenset(page)

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        asked = self._asked.pop(request, None)
        if asked is None:
            return
        self._in_flight -= asked
        self._stale -= asked
        for row in rows:
            self._rows[row.id] = row
            self._rows.move_to_end(row.id)
        self._gone |= asked - {row.id for row in rows}
        while len(self._rows) > KEPT_ROWS:
            self._stale.discard(self._rows.popitem(last=False)[0])
        self._announce()

    def _on_failed(self, request: int, _error: object) -> None:
        asked = self._asked.pop(request, None)
        if asked is not None:
            self._in_flight -= asked
            self._gone |= asked  # not asked again until the next change

    def apply_changes(self, changes: ChangeSet) -> None:
        """Rows that changed are fetched again when they are next looked at, and shown as they were until then."""
        if changes.roots:
            self._stale |= self._rows.keys()  # a folder that went or came back changes all of its items' states
            self._announce()
        if not changes.items:
            return
        known = changes.items & self._rows.keys()
        self._stale |= known
        self._gone -= changes.items
        if known or any(item not in self._rows for item in changes.items):
            self._announce()

    def _announce(self) -> None:
        if len(self.ids):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self._columns) - 1))
        self.rows_changed.emit()

    # Qt's side

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role == Qt.ItemDataRole.SizeHintRole:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self._columns[index.column()])
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[index.column()].text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(tooltip(row))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row) if index.column() == 0 else self._columns[index.column()].text(row)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
