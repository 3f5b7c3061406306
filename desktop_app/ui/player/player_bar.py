"""The slim bar at the bottom: what is playing, and its controls."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QWidget

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.notices import JobError
from desktop_app.engine.api import EngineClient
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.player.audio import Audio, AudioState
from desktop_app.ui.player.player_face import PlayerFace
from desktop_app.ui.player.queue import PlayQueue
from desktop_app.ui.player.queue_popup import QueuePopup
from desktop_app.ui.wording import state_text

_RESTART_MS = 3000
_COVER_SIDE = 40


class PlayerBar(QWidget):
    """Plays tracks one after the other; where there is no sound it stays and says why.

    Signals: ``item_changed(int)`` with the id of the track that started, 0 when playing ended;
    ``sounding_changed(int)`` with the id of the track that is heard now, 0 while it is held or nothing plays;
    ``progressed(int, float)`` with the part 0..1 of it that has been played.
    """

    item_changed = Signal(int)
    sounding_changed = Signal(int)
    progressed = Signal(int, float)

    def __init__(
        self, client: EngineClient, thumbnails: Thumbnails, parent: QWidget | None = None, *, audio: Audio | None = None
    ) -> None:
        super().__init__(parent)
        self._client, self._thumbnails = client, thumbnails
        self._audio = audio or Audio(self)
        self._queue = PlayQueue()
        self._rows: dict[ItemId, ItemRow] = {}
        self._rows_request = -1
        self._state = AudioState.STOPPED
        self._failures = 0
        self._sounding = 0
        self.face = PlayerFace(self)
        self._popup = QueuePopup(self)
        self._saving = QTimer(self, singleShot=True, interval=800)
        self._saving.timeout.connect(self._save_volume)
        self._connect()
        self.face.set_volume(client.settings.player_volume)
        self._audio.set_volume(client.settings.player_volume)
        self._update()

    @property
    def queue(self) -> Sequence[ItemId]:
        """What is played, in order."""
        return tuple(self._queue.ids)

    @property
    def current(self) -> ItemId | None:
        """What is playing or held."""
        return self._queue.current

    def play(self, ids: Sequence[int], start: int = 0) -> None:
        """Play these tracks from ``start``, instead of what was queued."""
        self._queue.replace([ItemId(int(each)) for each in ids], start)
        self._failures = 0
        self._fetch_rows()

    def play_or_hold(self, ids: Sequence[int]) -> None:
        """Hold the one track that plays, or let it go on; anything else is played from its start."""
        if self._state is not AudioState.STOPPED and list(ids) == [self._playing]:
            self.toggle()
        else:
            self.play(ids)

    def play_next(self, ids: Sequence[int]) -> None:
        """Play these tracks after the current one."""
        if self._queue.current is None:
            self.play(ids)
            return
        self._queue.insert_next([ItemId(int(each)) for each in ids])
        self._fetch_rows()

    def toggle(self) -> None:
        """Play or hold."""
        if self._state is AudioState.PLAYING:
            self._audio.pause()
        elif self._state is AudioState.PAUSED:
            self._audio.play()
        elif self._queue.current is not None:
            self._start()

    def next(self) -> None:
        """The next track."""
        if self._queue.step(1) is not None:
            self._start()

    def previous(self) -> None:
        """To the start of the track; soon after its start, to the one before."""
        if self.face.position > _RESTART_MS or not self._queue.has_previous:
            self._audio.seek(0)
        elif self._queue.step(-1) is not None:
            self._start()

    def seek(self, item: int, share: float) -> None:
        """To the part 0..1 of ``item``, which starts if another one is playing."""
        if item == self._playing and self._state is not AudioState.STOPPED:
            self._audio.seek(round(share * self.face.duration))
        else:
            self.play([item])

    def stop(self) -> None:
        """Stop and let go of the file."""
        self._audio.stop()

    def shut_down(self) -> None:
        """Before the window closes: stop, and keep the volume."""
        if self._saving.isActive():
            self._saving.stop()
            self._save_volume()
        self._audio.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_MediaPlay: self.toggle, Qt.Key.Key_MediaPause: self.toggle,
            Qt.Key.Key_MediaTogglePlayPause: self.toggle, Qt.Key.Key_MediaNext: self.next,
            Qt.Key.Key_MediaPrevious: self.previous, Qt.Key.Key_MediaStop: self.stop,
        }  # fmt: skip
        action = keys.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _connect(self) -> None:
        face, audio = self.face, self._audio
        face.play.clicked.connect(self.toggle)
        face.next.clicked.connect(self.next)
        face.previous.clicked.connect(self.previous)
        face.queue.clicked.connect(lambda: self._popup.open_above(face.queue))
        face.sought.connect(audio.seek)
        face.volume_changed.connect(self._on_volume)
        audio.position_changed.connect(self._on_position)
        audio.duration_changed.connect(face.set_duration)
        audio.state_changed.connect(self._on_state)
        audio.ended.connect(self._on_ended)
        audio.failed.connect(self._on_audio_failed)
        self._popup.jumped.connect(self._on_jumped)
        self._popup.moved.connect(self._on_moved)
        self._popup.removed.connect(self._on_removed)
        self._popup.cleared.connect(self._on_cleared)
        self._client.rows_ready.connect(self._on_rows)
        self._client.failed.connect(self._on_failed)
        self._thumbnails.loaded.connect(self._on_thumbnails)

    def _fetch_rows(self) -> None:
        unknown = [each for each in dict.fromkeys(self._queue.ids) if each not in self._rows]
        if unknown:
            self._rows_request = self._client.fetch_rows(unknown)
        else:
            self._on_rows_known()

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request == self._rows_request:
            self._rows_request = -1
            self._rows |= {row.id: row for row in rows}
            self._on_rows_known()

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._rows_request:
            self._rows_request = -1
            self.face.say(error.text)

    def _on_rows_known(self) -> None:
        """Only tracks can be played; what else was selected is left out."""
        current = self._queue.current
        playable = [each for each in self._queue.ids if each in self._rows and self._rows[each].kind is Kind.TRACK]
        place = playable.index(current) if current is not None and current in playable else 0
        self._queue.replace(playable, place)
        if playable and (self._state is AudioState.STOPPED or self._playing is not self._queue.current):
            self._start()
        self._update()

    _playing: ItemId | None = None

    def _start(self) -> None:
        row = self._row()
        if row is None:
            return
        why = self._audio.unavailable() or state_text(row)
        self._playing = row.id
        self._update()
        if why:
            self.face.say(why)
            return
        self.face.say("")
        self.face.set_duration(round((row.duration or 0) * 1000))
        self._audio.load(row.path)
        self.item_changed.emit(int(row.id))

    def _row(self) -> ItemRow | None:
        current = self._queue.current
        return self._rows.get(current) if current is not None else None

    def _on_position(self, position: int) -> None:
        self.face.set_position(position)
        if self._playing is not None and self.face.duration:
            self.progressed.emit(int(self._playing), min(1.0, position / self.face.duration))

    def _on_state(self, state: AudioState) -> None:
        self._state = state
        if state is AudioState.PLAYING:
            self._failures = 0
        self._update()

    def _on_ended(self) -> None:
        if self._queue.has_next:
            self.next()
        else:
            self._playing = None
            self.face.set_position(0)
            self.item_changed.emit(0)

    def _on_audio_failed(self, sentence: str) -> None:
        """Go on to the next track, but not for ever through a queue of broken ones."""
        self._failures += 1
        self.face.say(sentence)
        if self._failures < 3 and self._queue.has_next:
            QTimer.singleShot(0, self, self.next)

    def _on_volume(self, volume: float) -> None:
        self._audio.set_volume(volume)
        self._saving.start()

    def _save_volume(self) -> None:
        volume = self.face.volume
        self._client.change_settings(lambda settings: replace(settings, player_volume=volume))

    def _on_jumped(self, place: int) -> None:
        if self._queue.jump(place) is not None:
            self._start()

    def _on_moved(self, source: int, target: int) -> None:
        self._queue.move(source, target)
        self._update()

    def _on_removed(self, place: int) -> None:
        if self._queue.remove(place):
            if self._queue.current is not None:
                self._start()
            else:
                self._on_cleared()
        self._update()

    def _on_cleared(self) -> None:
        self._queue.replace([])
        self._audio.stop()
        self._playing = None
        self.face.say("")
        self._update()
        self.item_changed.emit(0)

    def _update(self) -> None:
        row = self._row()
        self.face.show_row(row, self._cover(row))
        self.face.show_state(self._state, self._queue.has_next, row is not None, self._queue.has_previous)
        self._tell_sounding()
        self._popup.show_rows([self._rows[each] for each in self._queue.ids if each in self._rows], self._queue.place)

    def _tell_sounding(self) -> None:
        heard = int(self._playing or 0) if self._state is AudioState.PLAYING else 0
        if heard != self._sounding:
            self._sounding = heard
            self.sounding_changed.emit(heard)

    def _cover(self, row: ItemRow | None) -> QPixmap | None:
        if row is None or not row.content_hash or not row.has_thumbnail:
            return None
        return self._thumbnails.request(row.content_hash, round(_COVER_SIDE * self.devicePixelRatioF()))

    def _on_thumbnails(self, came: frozenset[str]) -> None:
        row = self._row()
        if row is not None and row.content_hash in came and row.state is not State.PROBLEM:
            self.face.show_row(row, self._cover(row))
