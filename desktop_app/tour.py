"""Akin without a display: the real window, offscreen, does its main job on the sample library and is photographed.

Run as ``python -m desktop_app.tour [--out DIR] [--profile DIR]``; exit code 0 when every step answered.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QMimeData, QPointF, Qt, QTimer, QUrl, SignalInstance
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.app import make_application
from desktop_app.domain.browsing import LibraryTree, Listing, ListingReply, Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import ScopeKind, SortKey
from desktop_app.domain.musical_keys import key_sign
from desktop_app.domain.notices import JobError
from desktop_app.domain.playlists import Playlist
from desktop_app.domain.progress import IndexReport, Progress
from desktop_app.domain.search import SearchReply
from desktop_app.engine.api import EngineClient
from desktop_app.paths import Profile
from desktop_app.ui.dialogs.playlist import PlaylistDialog
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.theme import theme

Answer = TypeVar("Answer")
SIZE = (1360, 860)
STEP_SECONDS = 240
SETTLE_MS = 700  # thumbnails come after the rows: a picture taken at once would show empty cells


class TourError(Exception):
    """A step did not answer as it should; the text says which."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the tour; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m desktop_app.tour", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "akin-tour", help="for the pictures")
    parser.add_argument("--profile", type=Path, help="a library to use (default: a new one that is thrown away)")
    options = parser.parse_args(arguments)
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="akin-tour-", ignore_cleanup_errors=True) as scratch:
        tour = Tour(Profile.at(options.profile or Path(scratch) / "profile"), out, Path(scratch))
        try:
            tour.take()
        except TourError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        finally:
            tour.close()
    return 0


class Tour:
    """The steps, in order. ``out`` takes the pictures, ``scratch`` the dropped file."""

    def __init__(self, profile: Profile, out: Path, scratch: Path) -> None:
        profile.make()
        self._application = make_application()
        theme().apply("light")
        self._out, self._scratch = out, scratch
        self._client = EngineClient(profile)
        self._window = MainWindow(self._client, profile)
        self._window.resize(*SIZE)
        self._pictures = 0

    def take(self) -> None:
        """All steps. Raises TourError where one fails."""
        self._window.show()
        self._answer(self._client.opened, self._client.start, lambda *_: True)
        self._picture("first-run")
        report = self._index()
        _say(f"Indexed {report.photos} photos and {report.tracks} tracks in {report.seconds:.1f} s.")
        self._settle()
        self._picture("library")
        self._drop()
        self._playlist()
        theme().apply("dark")
        self._picture("dark")
        _say(f"\nThe pictures are in {self._out}")

    def close(self) -> None:
        """Close the window and the engine."""
        self._window.close()
        self._client.shut_down()
        self._application.processEvents()

    def _index(self) -> IndexReport:
        shown: list[Progress] = []

        def photograph_once(progress: Progress) -> None:
            if progress.done >= 40 and not shown:
                shown.append(progress)
                QTimer.singleShot(0, lambda: self._picture("indexing", settle=False))

        self._client.progress_changed.connect(photograph_once)
        return self._answer(self._client.run_finished, self._client.add_sample_library, _of_samples)

    def _drop(self) -> None:
        """A picture that the library does not have, dropped on the window as a file manager would."""
        from PIL import Image

        from desktop_app.engine.samples.scenes import paint

        file = self._scratch / "holiday.jpg"
        Image.fromarray(paint("sunset", 77, 720, 480)).save(file, quality=85)
        reply = self._answer(self._client.similar_ready, lambda: _drop_on(self._window, file), _shown_in_grid)
        _say(f"\nDropped {file.name}, which is not in the library; most similar:")
        for hit in reply.hits[:6]:
            _say(f"  {hit.score:4.0%}  {hit.path.parent.name}/{hit.path.name}")
        if not reply.hits or "sunset" not in reply.hits[0].path.name:
            raise TourError("A sunset was dropped, but the most similar picture is not one.")
        self._picture("similar")

    def _playlist(self) -> None:
        listing = Listing(Scope(ScopeKind.TRACKS, label="All tracks"), sort=SortKey.ALBUM, descending=False)
        tracks: ListingReply = self._answer(
            self._client.listing_ready,
            lambda: self._client.list_items(listing, channel="tour"),
            lambda _, reply: reply if reply.listing == listing else None,
        )
        dialogs: list[PlaylistDialog] = []

        def open_dialog() -> None:
            dialogs.append(PlaylistDialog(self._client, [int(tracks.ids[0])], self._window))
            dialogs[0].show()

        playlist: Playlist = self._answer(self._client.playlist_ready, open_dialog, _second)
        _say(
            f"\nA playlist from “{playlist.tracks[0].title}”: {len(playlist.tracks)} tracks, {playlist.minutes:.0f} min"
        )
        for number, track in enumerate(playlist.tracks, 1):
            tempo = f"{track.bpm:.0f} bpm" if track.bpm else ""
            key = key_sign(track.key)
            _say(f"  {number:2}  {track.similarity:4.0%}  {track.title} — {track.artist}  {tempo}  {key}")
        if len({track.id for track in playlist.tracks}) != len(playlist.tracks):
            raise TourError("The playlist repeats a track.")
        self._picture("playlist-dialog", dialogs[0])
        dialogs[0].close()
        ids = [ItemId(track.id) for track in playlist.tracks]
        self._answer(self._client.done, lambda: self._client.save_playlist("Tour", ids), lambda *_: True)
        tree: LibraryTree = self._answer(self._client.tree_ready, self._client.fetch_tree, _second)
        saved = next(each for each in tree.playlists if each.name == "Tour")
        self._window.control.open_scope(Scope(ScopeKind.PLAYLIST, str(saved.id), saved.name))
        self._picture("playlist")

    def _answer(self, signal: SignalInstance, ask: Callable[[], object], take: Callable[..., Answer | None]) -> Answer:
        """Ask, and wait for the first answer that ``take`` accepts (is not None)."""
        loop, answers, problems = QEventLoop(), list[Answer](), list[str]()

        def on_signal(*values: object) -> None:
            answer = take(*values)
            if answer is not None:
                answers.append(answer)
                loop.quit()

        def on_failed(_: int, error: JobError) -> None:
            problems.append(error.report or error.text)
            loop.quit()

        signal.connect(on_signal)
        self._client.failed.connect(on_failed)
        timer = QTimer(singleShot=True)
        timer.timeout.connect(loop.quit)
        timer.start(STEP_SECONDS * 1000)
        ask()
        if not answers and not problems:
            loop.exec()
        timer.stop()
        signal.disconnect(on_signal)
        self._client.failed.disconnect(on_failed)
        if not answers:
            raise TourError(problems[0] if problems else "Akin did not answer in time.")
        return answers[0]

    def _settle(self) -> None:
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MS, loop.quit)
        loop.exec()

    def _picture(self, name: str, widget: QWidget | None = None, *, settle: bool = True) -> None:
        if settle:
            self._settle()
        self._pictures += 1
        (widget or self._window).grab().save(str(self._out / f"{self._pictures}-{name}.png"))


def _of_samples(value: IndexReport) -> IndexReport | None:
    """The run over the samples; the one of the start, over no folder, may end after it was asked for."""
    return value if value.roots else None


def _second(_: int, value: Answer) -> Answer:
    return value


def _shown_in_grid(_: int, reply: SearchReply) -> SearchReply | None:
    """The answer to the dropped file; the detail panel asks for similar items of its own."""
    return reply if reply.request.files else None


def _drop_on(window: QWidget, file: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    where = QPointF(window.rect().center())
    QApplication.sendEvent(window, QDragEnterEvent(where, copy, mime, left, none))
    QApplication.sendEvent(window, QDropEvent(where, copy, mime, left, none))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
