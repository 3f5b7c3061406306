"""The player's widgets, in one slim row."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStyle, QStyleOptionSlider, QVBoxLayout, QWidget

from desktop_app.domain.items import ItemRow
from desktop_app.ui.controls import ElidedLabel, icon_button, make_label, plain
from desktop_app.ui.icons import icon
from desktop_app.ui.panels.chips import square_of
from desktop_app.ui.player.audio import AudioState
from desktop_app.ui.theme import FontRole, font
from desktop_app.ui.wording import duration_text

_COVER = 32
_STEP_MS = 5000
_UNKNOWN_MS = 99  # a slider's own range, before a track has given it one


class JumpSlider(QSlider):
    """A horizontal slider whose handle goes to where one clicks."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.setToolTip(plain(tip))
        self.setFixedHeight(20)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            half = handle.width() / 2
            share = (event.position().x() - half) / max(1.0, self.width() - handle.width())
            span = self.maximum() - self.minimum()
            self.setSliderPosition(round(self.minimum() + min(1.0, max(0.0, share)) * span))
        super().mousePressEvent(event)


class PlayerFace(QWidget):
    """Buttons, cover, title, place in the track, volume.

    Signals: ``sought(int)`` ms, ``volume_changed(float)`` 0..1.
    """

    sought = Signal(int)
    volume_changed = Signal(float)

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar)
        self._volume_before = 0.8
        self.previous = icon_button("previous", "Previous track", "Ctrl+Shift+Left")
        self.play = icon_button("play", "Play", "Ctrl+P", side=20)
        self.next = icon_button("next", "Next track", "Ctrl+Shift+Right")
        self.cover = make_label()
        self.cover.setFixedSize(_COVER, _COVER)
        self.title = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.title.setFont(font(FontRole.BODY))
        self.artist = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.artist.setProperty("class", "muted")
        self.artist.setFont(font(FontRole.SMALL))
        self.elapsed = make_label("", "muted", FontRole.SMALL)
        self.length = make_label("", "muted", FontRole.SMALL)
        self.place = JumpSlider("Place in the track", "Drag, or use the arrow keys, to move through the track")
        self.place.setSingleStep(_STEP_MS)
        self.place.setPageStep(_STEP_MS * 4)
        self.mute = icon_button("volume", "Mute")
        self.loudness = JumpSlider("Volume", "Volume")
        self.loudness.setRange(0, 100)
        self.loudness.setFixedWidth(84)
        self.queue = icon_button("queue", "What plays next")
        self._arrange(bar)
        self.place.sliderMoved.connect(self._show_elapsed)
        self.place.actionTriggered.connect(self._on_action)
        self.place.sliderReleased.connect(lambda: self.sought.emit(self.place.value()))
        self.loudness.valueChanged.connect(self._on_loudness)
        self.mute.clicked.connect(self._on_mute)

    @property
    def position(self) -> int:
        """In the track, ms."""
        return self.place.value()

    @property
    def duration(self) -> int:
        """Of the track, ms; 0 where it is unknown."""
        return self.place.maximum() if self.place.maximum() > _UNKNOWN_MS else 0

    @property
    def volume(self) -> float:
        """0..1."""
        return self.loudness.value() / 100

    @property
    def message(self) -> str:
        """The sentence shown in place of the artist, if any."""
        return self._message

    def show_row(self, row: ItemRow | None, cover: QPixmap | None) -> None:
        """The track; None for nothing."""
        self.title.setVisible(row is not None)
        if row is None:
            self.artist.set_whole(self._message or "Nothing playing")
            self.cover.setPixmap(QPixmap())
            return
        self.title.set_whole(row.title, row.album or "")
        self.artist.set_whole(self._message or row.artist or "Unknown artist")
        ratio = self.devicePixelRatioF()
        if cover is not None:
            self.cover.setPixmap(square_of(cover, _COVER, ratio))
        else:
            self.cover.setPixmap(icon("music", "muted").pixmap(QSize(_COVER - 8, _COVER - 8), ratio))

    _message = ""

    def say(self, sentence: str) -> None:
        """Why it is silent, in place of the artist; empty takes it back."""
        self._message = sentence
        self.artist.setProperty("class", "warning" if sentence else "muted")
        if sentence:
            self.artist.set_whole(sentence)
            has_track = self.cover.isVisibleTo(self)
            self.show_state(AudioState.STOPPED, self.next.isEnabled(), has_track, self._has_previous)

    _has_previous = False

    def show_state(self, state: AudioState, has_next: bool, has_track: bool, has_previous: bool = False) -> None:
        """Which buttons work, and what the middle one does."""
        self._has_previous = has_previous
        playing = state is AudioState.PLAYING
        self.play.setIcon(icon("pause" if playing else "play"))
        self.play.setToolTip("Pause (Ctrl+P)" if playing else "Play (Ctrl+P)")
        self.play.setAccessibleName("Pause" if playing else "Play")
        usable = has_track and not self._message
        nothing = "Nothing to play: double-click a track"
        if not usable:
            self.play.setToolTip(plain(self._message or nothing))
        self.play.setEnabled(has_track)
        self.previous.setEnabled(usable or (has_track and has_previous))  # where it is silent, still to the one before
        self.next.setEnabled(has_next)
        self.place.setEnabled(usable)
        self.cover.setVisible(has_track)
        for widget in (self.elapsed, self.place, self.length):
            widget.setVisible(usable)
        self.queue.setEnabled(has_track)

    def set_duration(self, duration: int) -> None:
        """Of the track, ms."""
        if duration > 0:
            self.place.setRange(0, duration)
            self.length.setText(duration_text(duration / 1000))
            self._show_elapsed(self.place.value())

    def set_position(self, position: int) -> None:
        """Where it is, ms; not while the user drags."""
        if not self.place.isSliderDown():
            self.place.setValue(position)
            self._show_elapsed(position)

    def set_volume(self, volume: float) -> None:
        """Without telling anybody."""
        self.loudness.blockSignals(True)
        self.loudness.setValue(round(volume * 100))
        self.loudness.blockSignals(False)
        self._show_volume()

    def _show_elapsed(self, position: int) -> None:
        self.elapsed.setText(duration_text(position / 1000))
        whole = duration_text(self.place.maximum() / 1000)
        self.place.setAccessibleDescription(f"{self.elapsed.text()} of {whole}")

    def _on_action(self, action: int) -> None:
        """Keys and wheel seek at once; a drag seeks when it ends."""
        if not self.place.isSliderDown():
            self.sought.emit(self.place.sliderPosition())

    def _on_loudness(self, value: int) -> None:
        self._show_volume()
        self.volume_changed.emit(value / 100)

    def _on_mute(self) -> None:
        if self.loudness.value():
            self._volume_before = self.volume
            self.loudness.setValue(0)
        else:
            self.loudness.setValue(round(max(0.05, self._volume_before) * 100))

    def _show_volume(self) -> None:
        silent = self.loudness.value() == 0
        self.mute.setIcon(icon("volume-mute" if silent else "volume"))
        self.mute.setToolTip("Sound on" if silent else "Mute")
        self.mute.setAccessibleName(self.mute.toolTip())
        self.loudness.setToolTip(plain(f"Volume {self.loudness.value()} %"))

    def _arrange(self, bar: QWidget) -> None:
        around = QHBoxLayout(bar)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        for button in (self.previous, self.play, self.next):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.cover)
        row.addSpacing(6)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.artist)
        words.addStretch(1)
        row.addLayout(words, 3)
        row.addSpacing(8)
        row.addWidget(self.elapsed)
        row.addWidget(self.place, 4)
        row.addWidget(self.length)
        row.addSpacing(8)
        row.addWidget(self.mute)
        row.addWidget(self.loudness)
        row.addWidget(self.queue)
        for label in (self.elapsed, self.length):
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("00:00"))
        self.elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar.setFixedHeight(48)
