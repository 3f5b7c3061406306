"""The player with a silent double of the sound."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.domain.kinds import State
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.player.audio import NO_DEVICE, Audio, AudioState
from desktop_app.ui.player.player_bar import PlayerBar
from desktop_app.ui.player.queue import PlayQueue


class SilentAudio(Audio):
    """Says what a player would."""

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why
        self.loaded: list[Path] = []
        self.sought: list[int] = []
        self.level = 0.0

    def unavailable(self) -> str:
        return self.why

    def load(self, path: Path) -> None:
        self.loaded.append(path)
        self.duration_changed.emit(245_000)
        self.state_changed.emit(AudioState.PLAYING)

    def play(self) -> None:
        self.state_changed.emit(AudioState.PLAYING)

    def pause(self) -> None:
        self.state_changed.emit(AudioState.PAUSED)

    def stop(self) -> None:
        self.state_changed.emit(AudioState.STOPPED)

    def seek(self, position: int) -> None:
        self.sought.append(position)
        self.position_changed.emit(position)

    def set_volume(self, volume: float) -> None:
        self.level = volume


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    made.add_photo(1)
    for number in range(101, 106):
        made.add_track(number)
    return made


@pytest.fixture
def audio(qtbot: QtBot) -> SilentAudio:
    return SilentAudio()


@pytest.fixture
def bar(qtbot: QtBot, engine: PanelEngine, audio: SilentAudio) -> Iterator[PlayerBar]:
    thumbnails = Thumbnails(engine.thumbnail_path)
    made = PlayerBar(engine, thumbnails, audio=audio)
    qtbot.addWidget(made)
    made.resize(900, 48)
    made.show()
    yield made
    made.shut_down()
    thumbnails.shut_down()


def names(audio: SilentAudio) -> list[str]:
    return [path.name[:3] for path in audio.loaded]


def test_plays_through_its_buttons(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    assert not bar.face.next.isEnabled()
    with qtbot.waitSignal(bar.item_changed) as changed:
        bar.play([101, 102, 103], start=1)
    assert changed.args == [102]
    assert (bar.face.title.whole, bar.face.artist.whole) == ("Song 102", "The Examples")
    assert (bar.face.elapsed.text(), bar.face.length.text()) == ("0:00", "4:05")
    qtbot.mouseClick(bar.face.next, Qt.MouseButton.LeftButton)
    assert names(audio) == ["102", "103"]
    assert not bar.face.next.isEnabled()
    qtbot.mouseClick(bar.face.previous, Qt.MouseButton.LeftButton)
    assert names(audio)[-1] == "102"
    audio.position_changed.emit(92_000)
    assert bar.face.elapsed.text() == "1:32"
    qtbot.mouseClick(bar.face.previous, Qt.MouseButton.LeftButton)
    assert audio.sought == [0], "late in a track, back goes to its start"
    qtbot.mouseClick(bar.face.play, Qt.MouseButton.LeftButton)
    assert bar.face.play.accessibleName() == "Play"
    bar.toggle()
    assert bar.face.play.accessibleName() == "Pause"


def test_goes_on_by_itself_and_ends(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102])
    audio.ended.emit()
    assert bar.current == 102
    with qtbot.waitSignal(bar.item_changed) as changed:
        audio.ended.emit()
    assert changed.args == [0]


def test_photos_are_left_out(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([1, 101])
    assert bar.queue == (101,)


def test_play_next_follows_the_current_track(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102])
    bar.play_next([105])
    qtbot.waitUntil(lambda: bar.face.next.isEnabled() and bar.queue == (101, 105, 102))
    assert names(audio) == ["101"]
    qtbot.waitUntil(lambda: len(bar._popup.list.lines) == 3)
    bar.next()
    assert names(audio)[-1] == "105"


def test_seeks_with_the_keyboard_and_by_click(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101])
    qtbot.keyClick(bar.face.place, Qt.Key.Key_Right)
    assert audio.sought == [5000]
    qtbot.mouseClick(bar.face.place, Qt.MouseButton.LeftButton, pos=bar.face.place.rect().center())
    assert abs(audio.sought[-1] - 122_500) < 3000


def test_a_waveform_seeks_and_follows(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101])
    with qtbot.waitSignal(bar.progressed) as progressed:
        bar.seek(101, 0.5)
    assert audio.sought == [122_500]
    assert progressed.args == [101, 0.5]
    with qtbot.waitSignal(bar.item_changed) as changed:
        bar.seek(102, 0.2)
    assert changed.args == [102]


def test_volume_is_kept(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio, engine: PanelEngine) -> None:
    assert audio.level == pytest.approx(0.8)
    bar.face.loudness.setValue(35)
    assert audio.level == pytest.approx(0.35)
    qtbot.waitUntil(lambda: engine.settings.player_volume == pytest.approx(0.35))
    qtbot.mouseClick(bar.face.mute, Qt.MouseButton.LeftButton)
    assert audio.level == 0
    qtbot.mouseClick(bar.face.mute, Qt.MouseButton.LeftButton)
    assert audio.level == pytest.approx(0.35)


def test_without_sound_it_says_why_and_stays(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    audio.why = NO_DEVICE
    bar.play([101])
    qtbot.waitUntil(lambda: bar.face.message == NO_DEVICE)
    assert bar.face.artist.whole == NO_DEVICE
    assert not bar.face.place.isVisible()
    assert bar.isVisible()
    audio.why = ""
    qtbot.mouseClick(bar.face.play, Qt.MouseButton.LeftButton)
    assert bar.face.message == ""
    assert bar.face.artist.whole == "The Examples"
    assert bar.face.place.isVisible()


def test_a_missing_file_is_said(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio, engine: PanelEngine) -> None:
    engine.add_track(106, state=State.MISSING)
    bar.play([106])
    qtbot.waitUntil(lambda: "no longer" in bar.face.message)
    assert audio.loaded == []


def test_a_broken_file_is_skipped_but_not_for_ever(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102, 103, 104])
    audio.failed.emit("This track can’t be played.")
    qtbot.waitUntil(lambda: bar.current == 102)


def test_the_queue_is_reordered_and_shortened_by_keyboard(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102, 103])
    listed = bar._popup.list
    listed.setCurrentIndex(listed.model().index(2, 0))
    qtbot.keyClick(listed, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert bar.queue == (101, 103, 102)
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert bar.queue == (101, 102)
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    assert bar.current == 102
    bar._popup._on_clear()
    assert bar.queue == ()
    assert bar.face.artist.whole == "Nothing playing"


def test_the_queue_opens_at_what_plays(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102, 103, 104], 2)
    qtbot.waitUntil(lambda: len(bar._popup.list.lines) == 4)
    bar.face.queue.click()
    assert bar._popup.list.currentIndex().row() == 2
    bar._popup.hide()


def test_media_keys(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    with qtbot.waitSignal(bar.item_changed):
        bar.play([101, 102])
    qtbot.keyClick(bar, Qt.Key.Key_MediaNext)
    assert bar.current == 102
    qtbot.keyClick(bar, Qt.Key.Key_MediaTogglePlayPause)
    assert bar.face.play.accessibleName() == "Play"


def test_queue_keeps_its_place() -> None:
    queue = PlayQueue()
    queue.replace([1, 2, 3, 4], 1)
    queue.move(1, 3)
    assert (queue.ids, queue.current) == ([1, 3, 4, 2], 2)
    queue.move(0, 3)
    assert (queue.ids, queue.current) == ([3, 4, 2, 1], 2)
    queue.move(3, 0)
    assert (queue.ids, queue.current) == ([1, 3, 4, 2], 2)
    assert not queue.remove(0)
    assert queue.current == 2
    assert queue.remove(2)
    assert queue.current == 4
    assert queue.step(1) is None
    assert queue.step(-1) == 3
    assert not queue.remove(17)


def test_the_real_player_can_be_made_without_a_device(qtbot: QtBot) -> None:
    pytest.importorskip("PySide6.QtMultimedia", reason="a system library of the sound system is missing")
    audio = Audio()
    audio._prepare()
    assert audio._player is not None
    with qtbot.waitSignal(audio.position_changed) as moved:
        audio._player.positionChanged.emit(1500)
    assert moved.args == [1500]
    audio.stop()


def test_a_second_press_for_the_track_that_plays_holds_it(qtbot: QtBot, bar: PlayerBar, audio: SilentAudio) -> None:
    """And does not begin it anew; for another track the same press plays that one."""
    heard: list[int] = []
    bar.sounding_changed.connect(heard.append)
    with qtbot.waitSignal(bar.item_changed):
        bar.play_or_hold([101])
    bar.play_or_hold([101])
    bar.play_or_hold([101])
    assert names(audio) == ["101"]
    assert heard == [101, 0, 101]
    with qtbot.waitSignal(bar.item_changed):
        bar.play_or_hold([102])
    assert names(audio) == ["101", "102"]
    assert heard[-1] == 102
    bar.stop()
    assert heard[-1] == 0


def test_without_sound_one_still_goes_to_the_track_before(qtbot: QtBot, engine: PanelEngine, tmp_path: Path) -> None:
    thumbnails = Thumbnails(engine.thumbnail_path)
    player = PlayerBar(engine, thumbnails, audio=SilentAudio(NO_DEVICE))
    qtbot.addWidget(player)
    player.play([101, 102])
    qtbot.waitUntil(lambda: player.face.next.isEnabled())
    assert not player.face.previous.isEnabled()
    qtbot.mouseClick(player.face.next, Qt.MouseButton.LeftButton)
    assert player.current == 102
    qtbot.mouseClick(player.face.previous, Qt.MouseButton.LeftButton)
    assert player.current == 101
    thumbnails.shut_down()
