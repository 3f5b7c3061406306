"""What a playlist is asked to be: the left side of the playlist dialog."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.playlists import Order
from desktop_app.ui.controls import make_label, make_spin, plain
from desktop_app.ui.theme import FontRole

_ORDERS = {
    Order.SMOOTH: ("Smooth", "Small steps from each track to the next"),
    Order.CLOSEST: ("Closest first", "The best match first"),
    Order.RISING: ("Rising tempo", "From slow to fast"),
    Order.FALLING: ("Falling tempo", "From fast to slow"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The wishes, as ``PlaylistRequest`` has them."""

    length: int
    minutes: float | None
    variety: float
    artist_gap: int
    order: Order
    bpm: tuple[float, float] | None
    harmonic: bool


class PlaylistOptions(QWidget):
    """Signal: ``changed()`` after any wish."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.length = make_spin()
        self.length.setRange(1, 500)
        self.length.setValue(20)
        self.length.setAccessibleName("Length")
        self.length.setToolTip("How long the playlist is")
        self.unit = QComboBox()
        self.unit.addItems(["tracks", "minutes"])
        self.unit.setMinimumWidth(104)
        self.unit.setAccessibleName("Unit of the length")
        self.unit.setToolTip("Count tracks or minutes")
        self.variety = QSlider(Qt.Orientation.Horizontal)
        self.variety.setRange(0, 100)
        self.variety.setPageStep(10)
        self.variety.setValue(20)
        self.variety.setAccessibleName("Variety")
        self.variety.setToolTip("Left: only the most alike. Right: more different from one another")
        self.gap = make_spin()
        self.gap.setRange(0, 20)
        self.gap.setValue(2)
        self.gap.setSpecialValueText("None")
        self.gap.setAccessibleName("Artist spacing")
        self.gap.setToolTip("At least that many other tracks between two of one artist")
        self.order = QComboBox()
        for order, (title, tip) in _ORDERS.items():
            self.order.addItem(title, order)
            self.order.setItemData(self.order.count() - 1, plain(tip), Qt.ItemDataRole.ToolTipRole)
        self.order.setAccessibleName("Order")
        self.order.setToolTip("How the tracks follow one another")
        self.tempo = QCheckBox("Only this tempo")
        self.tempo.setToolTip("Leave out tracks that are slower or faster")
        self.slowest, self.fastest = self._tempo_spin("Slowest tempo", 90), self._tempo_spin("Fastest tempo", 130)
        self.harmonic = QCheckBox("Keys that fit together")
        self.harmonic.setToolTip("Prefer neighbours whose keys can be mixed harmonically")
        self._arrange()
        self._connect()

    def options(self) -> Options:
        """The wishes now."""
        count = self.length.value()
        low, high = sorted((self.slowest.value(), self.fastest.value()))
        return Options(
            length=count,
            minutes=float(count) if self.unit.currentIndex() == 1 else None,
            variety=self.variety.value() / 100,
            artist_gap=self.gap.value(),
            order=Order(self.order.currentData()),
            bpm=(float(low), float(high)) if self.tempo.isChecked() else None,
            harmonic=self.harmonic.isChecked(),
        )

    def _tempo_spin(self, name: str, value: int) -> QSpinBox:
        spin = make_spin()
        spin.setRange(30, 300)
        spin.setValue(value)
        spin.setAccessibleName(name)
        spin.setToolTip(plain(f"{name}, in beats a minute"))
        spin.setEnabled(False)
        return spin

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(self._name("&Length", self.length), self._row(self.length, self.unit))
        variety = QVBoxLayout()
        variety.setSpacing(2)
        variety.addWidget(self.variety)
        ends = QHBoxLayout()
        ends.addWidget(make_label("most alike", "faint", FontRole.SMALL))
        ends.addStretch(1)
        ends.addWidget(make_label("more varied", "faint", FontRole.SMALL))
        variety.addLayout(ends)
        form.addRow(self._name("&Variety", self.variety), variety)
        form.addRow(self._name("Ar&tist spacing", self.gap), self.gap)
        form.addRow(self._name("&Order", self.order), self.order)
        form.addRow(self.tempo)
        tempos = self._row(self.slowest, make_label("to", "muted"), self.fastest, make_label("bpm", "muted"))
        tempos.setContentsMargins(23, 0, 0, 0)
        form.addRow(tempos)
        form.addRow(self.harmonic)

    def _name(self, text: str, buddy: QWidget) -> QLabel:
        label = make_label(text, "muted")
        label.setBuddy(buddy)
        return label

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
        return row

    def _connect(self) -> None:
        self.unit.currentIndexChanged.connect(self._on_unit)
        self.tempo.toggled.connect(self.slowest.setEnabled)
        self.tempo.toggled.connect(self.fastest.setEnabled)
        for spin in (self.length, self.gap, self.slowest, self.fastest):
            spin.valueChanged.connect(self.changed)
        self.variety.valueChanged.connect(self.changed)
        self.order.currentIndexChanged.connect(self.changed)
        self.tempo.toggled.connect(self.changed)
        self.harmonic.toggled.connect(self.changed)

    def _on_unit(self, index: int) -> None:
        """The number stays about as long: a track is some four minutes."""
        count = self.length.value()
        self.length.setValue(count * 4 if index == 1 else max(1, round(count / 4)))
        self.changed.emit()
