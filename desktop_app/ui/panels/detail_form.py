"""The two-column list of facts; its rows are kept and filled again, so that arrowing stays smooth."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop_app.ui.controls import ElidedLabel, make_label, plain
from desktop_app.ui.panels.detail_fields import Field
from desktop_app.ui.theme import FontRole


class DetailForm(QWidget):
    """Muted labels at the left, values at the right; some values are copied by a click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, 76)
        self._rows: list[tuple[QLabel, QLabel, ElidedLabel]] = []
        self._fields: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is shown."""
        return self._fields

    def tab_after(self, before: QWidget) -> None:
        """Tab comes from that widget to the values that can be copied."""
        for _label, _value, copied in self._rows:
            QWidget.setTabOrder(before, copied)
            before = copied

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Fill the rows, hiding those that are left over."""
        if tuple(fields) == self._fields:
            return
        self._fields = tuple(fields)
        while len(self._rows) < len(fields):
            self._add_row()
        for place, (label, value, copied) in enumerate(self._rows):
            field = fields[place] if place < len(fields) else None
            label.setVisible(field is not None)
            value.setVisible(field is not None and not field.copies)
            copied.setVisible(field is not None and field.copies)
            if field is None:
                continue
            label.setText(field.label)
            if field.copies:
                copied.set_whole(field.value, "\n".join(part for part in (field.hint, "Click to copy") if part))
                copied.setAccessibleName(f"{field.label}: {field.value}")
            else:
                value.setText(field.value)
                value.setToolTip(plain(field.hint))
                value.setAccessibleName(f"{field.label}: {field.value}")

    def _add_row(self) -> None:
        place = len(self._rows)
        label = make_label("", "muted", FontRole.SMALL)
        value = make_label("", "", FontRole.SMALL, wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copied = ElidedLabel(copies=True)
        copied.setFont(value.font())
        self._grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, place, 1)
        self._grid.addWidget(copied, place, 1)
        self._rows.append((label, value, copied))
