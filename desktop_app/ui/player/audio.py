"""Sound through QtMultimedia, which is imported at the first track and may be missing."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QMediaPlayer

NO_LIBRARY = "Sound can’t be played: a system library of the sound system is missing (on Debian and Ubuntu, libpulse0)."
NO_DEVICE = "Sound can’t be played: no sound device was found."


class AudioState(StrEnum):
    """What the sound does."""

    STOPPED = "stopped"
    PLAYING = "playing"
    PAUSED = "paused"


class Audio(QObject):
    """One track at a time.

    Signals: ``position_changed(int)`` and ``duration_changed(int)`` in ms, ``state_changed(AudioState)``, ``ended()``
    at a track's end, ``failed(str)`` with a sentence.
    """

    position_changed = Signal(int)
    duration_changed = Signal(int)
    state_changed = Signal(object)
    ended = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player: QMediaPlayer | None = None
        self._volume = 1.0

    def unavailable(self) -> str:
        """Why nothing can be played, as a sentence; empty if it can. The first call loads QtMultimedia."""
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError:
            return NO_LIBRARY
        if not QMediaDevices.audioOutputs():
            return NO_DEVICE
        self._prepare()
        return ""

    def load(self, path: Path) -> None:
        """Start playing ``path``; only after ``unavailable`` said nothing."""
        if self._player is not None:
            self._player.setSource(QUrl.fromLocalFile(str(path)))
            self._player.play()

    def play(self) -> None:
        """Go on."""
        if self._player is not None:
            self._player.play()

    def pause(self) -> None:
        """Hold."""
        if self._player is not None:
            self._player.pause()

    def stop(self) -> None:
        """Stop and let go of the file."""
        if self._player is not None:
            self._player.stop()
            self._player.setSource(QUrl())

    def seek(self, position: int) -> None:
        """Go to ``position`` in ms."""
        if self._player is not None:
            self._player.setPosition(position)

    def set_volume(self, volume: float) -> None:
        """``volume`` 0..1 as it is perceived."""
        self._volume = volume
        if self._player is not None:
            from PySide6.QtMultimedia import QAudio

            scale = QAudio.VolumeScale
            linear = QAudio.convertVolume(volume, scale.LogarithmicVolumeScale, scale.LinearVolumeScale)
            self._player.audioOutput().setVolume(linear)

    def _prepare(self) -> None:
        if self._player is not None:
            return
        from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer

        from desktop_app.ui.qt_messages import quiet_codecs

        player = QMediaPlayer(self)
        quiet_codecs()
        player.setAudioOutput(QAudioOutput(self))
        states = {
            QMediaPlayer.PlaybackState.PlayingState: AudioState.PLAYING,
            QMediaPlayer.PlaybackState.PausedState: AudioState.PAUSED,
            QMediaPlayer.PlaybackState.StoppedState: AudioState.STOPPED,
        }

        def on_status(status: QMediaPlayer.MediaStatus) -> None:
            if status == QMediaPlayer.MediaStatus.EndOfMedia:
                self.ended.emit()

        # Through functions: Qt's own signals carry 64-bit numbers, which can't be joined to signals of an int.
        player.positionChanged.connect(lambda position: self.position_changed.emit(int(position)))
        player.durationChanged.connect(lambda duration: self.duration_changed.emit(int(duration)))
        player.playbackStateChanged.connect(lambda state: self.state_changed.emit(states[state]))
        player.mediaStatusChanged.connect(on_status)
        player.errorOccurred.connect(lambda _error, text: self.failed.emit(text or "This track can’t be played."))
        self._player = player
        self.set_volume(self._volume)
