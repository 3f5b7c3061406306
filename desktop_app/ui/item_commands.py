"""What can be done with the selected items: by menu, key or button."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop_app.domain.browsing import PlaylistInfo
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.notices import JobError, Tone
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.item_mime import mime_of
from desktop_app.ui.notifications import Banners
from desktop_app.ui.requests import Requests
from desktop_app.ui.targets import Targets
from desktop_app.ui.undoing import Undoing
from desktop_app.ui.views.browser import Browser
from desktop_app.ui.wording import count_text, kinds_text

MOST_QUERIES = 50  # items of one combined query
MOST_PATHS = 500  # files dragged out or copied at once
SEEN_AT_ONCE = 5  # items: the stars of more are told of, with the way back


class ItemCommands(QObject):
    """Acts on the selected items, or on the photo in the viewer.

    Signals: ``similar_wanted(SimilarRequest)``; ``play_wanted(ids, start)``; ``play_next_wanted(ids)``;
    ``add_wanted(PlaylistInfo, ids)``; ``playlist_saved(name, ChangeSet)``;
    ``taken_away(frozenset[ItemId])`` by the trash, or removed from the library.
    """

    similar_wanted = Signal(object)
    play_wanted = Signal(object, int)
    play_next_wanted = Signal(object)
    add_wanted = Signal(object, object)
    playlist_saved = Signal(str, object)
    taken_away = Signal(object)

    def __init__(
        self,
        client: EngineClient,
        browser: Browser,
        targets: Targets,
        banners: Banners,
        requests: Requests,
        undoing: Undoing,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._client = client
        self._browser = browser
        self._targets = targets
        self._banners = banners
        self._requests = requests
        self._undoing = undoing
        self._window = window
        self.playlist_names: tuple[str, ...] = ()  # of the playlists that there are

    # what they act on

    def ids(self) -> list[ItemId]:
        """The items, in listed order."""
        return [ItemId(item) for item in self._targets.ids().tolist()]

    def rows(self) -> list[ItemRow]:
        """Their rows, as far as they are known."""
        return self._targets.rows()

    def may_have(self, fits: Callable[[ItemRow], bool]) -> bool:
        """Whether a selected item fits, or may, its row not being known yet."""
        rows = self.rows()
        return any(map(fits, rows)) or len(rows) < min(self._targets.count, MOST_PATHS)

    def _tracks(self) -> list[ItemId]:
        """The selected tracks; of rows not known yet in a place of tracks, all."""
        if self._browser.lists_tracks:
            return self.ids()
        return [row.id for row in self.rows() if row.kind is Kind.TRACK]

    # commands

    def find_similar(self) -> None:
        """A combined query of the selected items; those of the first one's kind."""
        ids = self.ids()[:MOST_QUERIES]
        if ids:
            self.similar_wanted.emit(SimilarRequest(items=tuple(self._one_kind(ids))))

    def _one_kind(self, ids: Sequence[ItemId]) -> list[ItemId]:
        kinds = {row.id: row.kind for row in self.rows()}
        first = kinds.get(ids[0])
        return [item for item in ids if kinds.get(item, first) == first]

    def build_playlist(self) -> None:
        """Open the builder with the selected tracks as seeds."""
        seeds = self._tracks()[:MOST_QUERIES]
        if not seeds:
            self._banners.say("Choose one or more tracks to build a playlist from.")
            return
        from desktop_app.ui.dialogs.playlist import PlaylistDialog

        dialog = PlaylistDialog(self._client, seeds, self._window)
        dialog.play_requested.connect(lambda ids: self.play_wanted.emit(ids, 0))
        dialog.saved.connect(self.playlist_saved)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def play(self) -> None:
        """Play the selected tracks."""
        tracks = self._tracks()
        if tracks:
            self.play_wanted.emit(tracks, 0)

    def play_next(self) -> None:
        """Play them after the present one."""
        tracks = self._tracks()
        if tracks:
            self.play_next_wanted.emit(tracks)

    def rate(self, stars: int) -> None:
        """Rate the selected items, 0..5."""
        ids = self.ids()
        if not ids:
            return
        what = self._said(ids)

        def tell(change: ChangeSet) -> None:
            if len(ids) > SEEN_AT_ONCE and change.edit is not None:
                text = f"{what} rated {'★' * stars}." if stars else f"The rating of {what} was taken away."
                self._undoing.offer(text, change)

        self._requests.expect(self._client.rate(ids, stars), tell)

    def _said(self, ids: Sequence[ItemId]) -> str:
        """How many they are, and of what, as far as that is known."""
        if self._browser.lists_tracks or self._browser.lists_photos:
            return count_text(len(ids), "track" if self._browser.lists_tracks else "photo")
        kinds = [row.kind for row in self.rows()]
        if len(kinds) < len(ids):
            return count_text(len(ids), "item")
        return kinds_text(kinds.count(Kind.PHOTO), kinds.count(Kind.TRACK))

    def rate_one(self, item: int, stars: int) -> None:
        """Rate an item by a click on its stars."""
        self._requests.expect(self._client.rate([ItemId(item)], stars))

    def edit_tags(self) -> None:
        """Open the tags dialog."""
        ids = self.ids()
        if ids:
            from desktop_app.ui.dialogs.tags import TagsDialog

            dialog = TagsDialog(self._client, ids, self._window)
            dialog.edit_sent.connect(self._requests.expect)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def reveal(self) -> None:
        """Show the first selected file in the system's file manager."""
        rows = self.rows()
        if rows:
            reveal(rows[0].path, self)

    def copy_path(self) -> None:
        """Paths as text, one a line."""
        paths = [str(row.path) for row in self.rows()]
        if paths:
            QGuiApplication.clipboard().setText("\n".join(paths))
            self._banners.say("Path copied." if len(paths) == 1 else f"{count_text(len(paths), 'path')} copied.")

    def copy(self) -> None:
        """Files, for pasting elsewhere."""
        if self._targets.count:
            QGuiApplication.clipboard().setMimeData(self._mime())

    def drag(self) -> None:
        """Drag the selection: files for other programs, items for our own views."""
        if not self._browser.selected_count:
            return
        drag = QDrag(self._browser)
        drag.setMimeData(self._mime())
        rows = self.rows()
        pixmap = self._browser.grid.drag_picture(rows[0] if rows else None, self._browser.selected_count)
        drag.setPixmap(pixmap)
        drag.exec(Qt.DropAction.CopyAction)

    def _mime(self) -> QMimeData:
        paths: list[Path] = [row.path for row in self._targets.rows(MOST_PATHS)]
        return mime_of(self.ids(), paths)

    # playlists

    def add_selection_to(self, info: PlaylistInfo) -> None:
        """Append the selected tracks to a saved playlist."""
        tracks = self._tracks()
        if tracks:
            self.add_wanted.emit(info, tracks)

    def new_playlist(self) -> None:
        """Ask for a name and save the selected tracks under it."""
        from desktop_app.ui.dialogs.name import ask_name

        tracks = self._tracks()

        def save(name: str) -> None:
            self._requests.expect(
                self._client.save_playlist(name, tracks), lambda change: self.playlist_saved.emit(name, change)
            )

        ask_name(self._window, "New Playlist", "Save", save, taken=self.playlist_names)

    # taking away

    def trash(self) -> None:
        """Move the selected files to the trash, after a question."""
        ids = self.ids()
        if not ids:
            return
        rows = self.rows()
        if len(rows) == len(ids) and all(row.state in (State.MISSING, State.OFFLINE) for row in rows):
            self._tell_away(rows)
            return
        only = rows[0] if len(ids) == 1 and rows else None
        if only is None:
            what = "this file" if len(ids) == 1 else count_text(len(ids), "file")
        else:
            name = only.path.name
            what = f"“{name}”" if only.title in (name, only.path.stem) else f"“{only.title}” ({name})"
        goes = "It goes" if len(ids) == 1 else "They go"
        means = f"{goes} to the system’s trash. You can take this back with Undo."
        if only is not None:
            means = f"In {only.path.parent}.\n{means}"  # copies may have one name
        answers = [("Move to Trash", lambda: self._trash_now(ids))]
        Question(self._window, "Move to Trash", f"Move {what} to the trash?", means, answers, sign="trash").open()

    def _tell_away(self, rows: Sequence[ItemRow]) -> None:
        """There is no file to move."""
        self._banners.say(
            f"“{rows[0].path.name}” is not there, so it can’t be moved to the trash."
            if len(rows) == 1
            else f"These {len(rows):,} files are not there, so they can’t be moved to the trash.",
            actions=[("Remove from Library", lambda: self._remove_now([row.id for row in rows]))],
        )

    def _trash_now(self, ids: list[ItemId]) -> None:
        def tell(change: ChangeSet) -> None:
            self._tell_taken(f"{count_text(len(change.items), 'file')} moved to the trash.", change)

        self._requests.expect(self._client.trash(ids), tell, self._tell_not_trashed)

    def remove(self) -> None:
        """Forget the selected items; their files stay."""
        ids = self.ids()
        if ids:
            self._remove_now(ids)

    def _remove_now(self, ids: list[ItemId]) -> None:
        def tell(change: ChangeSet) -> None:
            removed = f"{count_text(len(change.items), 'item')} removed from the library."
            are = "it is" if len(ids) == 1 else "they are"
            nothing = f"There was nothing to remove: {are} no longer in the library."
            self._tell_taken(removed if change else nothing, change)

        self._requests.expect(self._client.remove_items(ids), tell)

    def _tell_taken(self, text: str, change: ChangeSet) -> None:
        self._undoing.offer(text, change)
        self.taken_away.emit(change.items)

    def _tell_not_trashed(self, error: JobError) -> None:
        if error.change is None:
            self._banners.say(error.text, Tone.ERROR)
            return
        self._undoing.offer(error.text, error.change, Tone.ERROR)  # some went
        self.taken_away.emit(error.change.items)

    def retry(self) -> None:
        """Read the selected problems again; without a selection all."""
        self._requests.expect(self._client.retry_problems(self.ids() or None))
        self._banners.say("Trying again…", Tone.INFO)

    def retry_all(self) -> None:
        """Read all problems again."""
        self._requests.expect(self._client.retry_problems())
        self._banners.say("Trying all problems again…", Tone.INFO)

    def around(self, item: int, most: int = 1000) -> tuple[list[ItemId], int]:
        """The listed items from some way before one on, and where in them it is: what playing it goes on to."""
        found = self._browser.model.positions_of(np.array([item]))
        position = int(found[0]) if len(found) else 0
        first = max(0, position - most)
        return [ItemId(each) for each in self._browser.model.ids[first : position + most].tolist()], position - first
