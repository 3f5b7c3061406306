"""Build a playlist from seed tracks, with a preview that lives."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.browsing import LibraryTree
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.musical_keys import key_sign
from desktop_app.domain.notices import JobError
from desktop_app.domain.playlists import Playlist, PlaylistRequest, PlaylistTrack
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import ElidedLabel, link_button, make_label, make_line, plain
from desktop_app.ui.dialogs.export_playlist import ExportPlaylistDialog
from desktop_app.ui.dialogs.frame import push_button
from desktop_app.ui.dialogs.playlist_options import PlaylistOptions
from desktop_app.ui.icons import icon
from desktop_app.ui.panels.track_list import TrackLine, TrackList
from desktop_app.ui.theme import FontRole, font
from desktop_app.ui.wording import DOT, count_text, minutes_text, percent_text, tempo_text, title_text

_DELAY_MS = 220
REPLACED = "Built anew for the changed settings."


class PlaylistDialog(QDialog):
    """Signals: ``play_requested(list)`` with ids in order; ``saved(str, ChangeSet)`` with the name of the
    playlist made."""

    play_requested = Signal(list)
    saved = Signal(str, object)

    def __init__(self, client: EngineClient, seeds: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._seeds = tuple(ItemId(int(each)) for each in seeds)
        self._tracks: list[PlaylistTrack] = []
        self._mine: list[PlaylistTrack] = []  # the user's own order, before it was replaced
        self._edited = False
        self._exported = ""  # the name of the file that has these tracks in this order
        self._notes: tuple[str, ...] = ()
        self._request = self._save_request = self._rows_request = -1
        self._names: frozenset[str] = frozenset()  # of the playlists that there are
        self._build()
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self._connect()
        self._rows_request = client.fetch_rows(self._seeds)
        self._ask()

    @property
    def tracks(self) -> list[PlaylistTrack]:
        """The preview, in order."""
        return list(self._tracks)

    def _build(self) -> None:
        self.setWindowTitle("Build Playlist")
        self.setMinimumSize(760, 520)
        self.resize(860, 600)
        self._heading = ElidedLabel("Build a playlist")
        self._heading.setFont(font(FontRole.HEADING))
        self._seed_names = ElidedLabel()
        self._seed_names.setProperty("class", "muted")
        self.options = PlaylistOptions()
        self.options.setFixedWidth(316)
        self.list = TrackList()
        self.list.setAccessibleName("Preview of the playlist")
        self.list.setProperty("class", "framed")
        self._empty = make_label("Building…", "muted", wrap=True)
        self._empty.setContentsMargins(24, 24, 24, 24)
        self._summary = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._summary.setFont(font(FontRole.SMALL))
        self._summary.setProperty("class", "muted")
        self._note = make_label("", "warning", FontRole.SMALL, wrap=True)
        self._note.hide()
        self._restore = link_button("Restore My Order", "Show the list as you had arranged it")
        self._restore.hide()
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name of the playlist")
        self.name.setAccessibleName("Name of the playlist")
        self.name.setToolTip("The name under which the playlist is saved")
        self.play = push_button("Play", "Play these tracks now, without saving", self._on_play)
        self.play.setIcon(icon("play"))
        self.export = push_button("Export…", "Write these tracks to an M3U8 or XSPF file", self._on_export)
        self.export.setIcon(icon("export"))
        self.cancel = push_button("Cancel", "Close without saving (Esc)", self.reject)
        self.save = push_button("Save", "Save the playlist in the library (Enter)", self._on_save, default=True)
        self._arrange()

    def _arrange(self) -> None:
        preview = QWidget()
        self._stack = QStackedLayout(preview)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.list)
        notes = QHBoxLayout()
        notes.addWidget(self._note, 1)
        notes.addWidget(self._restore)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(preview, 1)
        right.addWidget(self._summary)
        right.addLayout(notes)
        left = QVBoxLayout()
        left.addWidget(self.options)
        left.addStretch(1)
        hint = "Drag tracks or press Alt+↑ and Alt+↓ to reorder them, Del to remove one."
        left.addWidget(make_label(hint, "faint", FontRole.SMALL, wrap=True))
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addLayout(left)
        middle.addLayout(right, 1)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.name, 1)
        last.addSpacing(8)
        for button in (self.play, self.export, self.cancel, self.save):
            last.addWidget(button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        heading = QVBoxLayout()
        heading.setSpacing(2)
        heading.addWidget(self._heading)
        heading.addWidget(self._seed_names)
        outer.addLayout(heading)
        outer.addLayout(middle, 1)
        outer.addWidget(make_line())
        outer.addLayout(last)

    def _connect(self) -> None:
        client = self._client
        client.playlist_ready.connect(self._on_playlist)
        client.rows_ready.connect(self._on_rows)
        client.done.connect(self._on_done)
        client.failed.connect(self._on_failed)
        self.options.changed.connect(self._timer.start)
        self.list.moved.connect(self._on_moved)
        self.list.removed.connect(self._on_removed)
        self.list.activated_place.connect(self._on_activated)
        self.name.textChanged.connect(self._show_words)
        client.tree_ready.connect(self._on_tree)
        client.fetch_tree()
        self._restore.clicked.connect(self._on_restore)
        self._enable()
        self.options.length.setFocus()
        self.options.length.selectAll()  # a number typed now is the length, not the end of one

    def _ask(self) -> None:
        wish = self.options.options()
        request = PlaylistRequest(
            seeds=self._seeds, length=wish.length, minutes=wish.minutes, variety=wish.variety,
            artist_gap=wish.artist_gap, bpm=wish.bpm, harmonic=wish.harmonic, order=wish.order,
        )  # fmt: skip
        self._request = self._client.build_playlist(request)
        self._summary.set_whole("Building…")

    def _on_playlist(self, request: int, playlist: Playlist) -> None:
        if request != self._request:
            return
        self._mine = self._tracks if self._edited else []
        self._edited = False
        self._notes = playlist.notes
        self._show(list(playlist.tracks))

    def _show(self, tracks: list[PlaylistTrack]) -> None:
        self._tracks, self._exported = tracks, ""
        self.list.show_lines([line_of(track) for track in tracks])
        self._empty.setText("No track fits these settings. Allow more variety or another tempo.")
        self._stack.setCurrentWidget(self.list if tracks else self._empty)
        self._show_words()

    def _show_words(self) -> None:
        said = [summary_of(self._tracks), "your order" if self._edited else ""]
        said.append(f"exported to {self._exported}" if self._exported else "")
        self._summary.set_whole(DOT.join(part for part in said if part))
        notes = list(self._notes)
        if self._mine:
            notes.append(REPLACED)
        if self._replaces:
            notes.append(f"There is already a playlist called “{self.name.text().strip()}”.")
        self._note.setText(" ".join(notes))
        self._note.setVisible(bool(notes))
        self._restore.setVisible(bool(self._mine))
        self.save.setText("Replace" if self._replaces else "Save")
        self.save.setAccessibleName(self.save.text())
        self.save.setToolTip(plain(f"{self.save.text()} the playlist in the library (Enter)"))
        self._enable()

    @property
    def _replaces(self) -> bool:
        return self.name.text().strip().casefold() in self._names

    def _on_tree(self, _request: int, tree: LibraryTree) -> None:
        self._names = frozenset(info.name.casefold() for info in tree.playlists)
        self._show_words()

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request != self._rows_request or not rows:
            return
        first = rows[0].title
        more = len(rows) - 1
        self._heading.set_whole(f"Playlist like “{first}”" + (f" and {more} more" if more else ""))
        self._seed_names.set_whole(", ".join(title_text(row) for row in rows))
        if not self.name.text():
            self.name.setText(f"Like {first}" + (f" and {more} more" if more else ""))
            self.name.selectAll()

    def _on_moved(self, source: int, target: int) -> None:
        self._tracks.insert(target, self._tracks.pop(source))
        self._on_edited()

    def _on_removed(self, place: int) -> None:
        del self._tracks[place]
        self._on_edited()
        if not self._tracks:
            self._empty.setText("The playlist is empty. Change a setting to build it anew.")
            self._stack.setCurrentWidget(self._empty)

    def _on_edited(self) -> None:
        self._edited, self._mine, self._exported = True, [], ""
        self.list.show_lines([line_of(track) for track in self._tracks])
        self._show_words()

    def _on_restore(self) -> None:
        mine, self._mine, self._edited = self._mine, [], True
        self._notes = ()
        self._show(mine)

    def _on_activated(self, place: int) -> None:
        self.play_requested.emit([int(track.id) for track in self._tracks[place:]])

    def _on_play(self) -> None:
        self.play_requested.emit([int(track.id) for track in self._tracks])

    def _on_export(self) -> None:
        name = self.name.text().strip() or "Playlist"
        dialog = ExportPlaylistDialog(self._client, name, ids=[track.id for track in self._tracks], parent=self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.exported.connect(self._on_exported)
        dialog.open()

    def _on_exported(self, target: Path) -> None:
        self._exported = target.name
        self._show_words()

    def _on_save(self) -> None:
        if self.save.isEnabled():
            self.save.setEnabled(False)
            ids = [track.id for track in self._tracks]
            self._save_request = self._client.save_playlist(self.name.text().strip(), ids)

    def _on_done(self, request: int, changes: object) -> None:
        if request == self._save_request:
            self.saved.emit(self.name.text().strip(), changes)
            self.accept()

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._request:
            self._tracks = []
            self.list.show_lines([])
            self._summary.set_whole("")
            self._empty.setText(error.text)
            self._stack.setCurrentWidget(self._empty)
        elif request == self._save_request:
            self._note.setText(error.text)
            self._note.show()
        else:
            return
        self._enable()

    def _enable(self) -> None:
        some = bool(self._tracks)
        self.play.setEnabled(some)
        self.export.setEnabled(some)
        self.save.setEnabled(some and bool(self.name.text().strip()))


def line_of(track: PlaylistTrack) -> TrackLine:
    """A seed is marked, the others have their similarity."""
    note = "seed" if track.is_seed else percent_text(track.similarity)
    facts = [f"{note} similar" if not track.is_seed else "A seed of this playlist"]
    facts += [tempo_text(track.bpm)] if track.bpm else []
    facts += [key_sign(track.key)] if track.key else []
    tip = DOT.join(facts)
    return TrackLine(int(track.id), track.title, track.artist or "", track.seconds, note=note, tip=tip)


def summary_of(tracks: Sequence[PlaylistTrack]) -> str:
    """``12 tracks · 48 min · average similarity 71 %``; seeds don't count for the average."""
    if not tracks:
        return ""
    parts = [count_text(len(tracks), "track"), minutes_text(sum(track.seconds for track in tracks) / 60)]
    found = [track.similarity for track in tracks if not track.is_seed]
    if found:
        parts.append(f"average similarity {percent_text(sum(found) / len(found))}")
    return DOT.join(parts)
