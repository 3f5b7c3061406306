"""What comes in from outside: files to find similar ones of, and folders to add."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from desktop_app.domain.changes import FoldersAdded
from desktop_app.domain.notices import Tone
from desktop_app.domain.progress import IndexReport
from desktop_app.domain.search import SimilarRequest
from desktop_app.ui.choosing import choose_files, choose_folder
from desktop_app.ui.drops import Dropped
from desktop_app.ui.notifications import refusal
from desktop_app.ui.pasting import files_on_clipboard
from desktop_app.ui.wording import count_text, listed

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

MOST_FILES = 50  # of one combined query


class Arrivals(QObject):
    """Dropped, pasted, chosen, or handed over by a second start."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        window.client.files_received.connect(self.receive)
        self._told_closed: set[str] = set()
        window.client.folders_added.connect(self._tell_added)
        window.client.run_finished.connect(self._tell_closed)
        window.drops.dropped.connect(self.take)

    def receive(self, files: Sequence[Path]) -> None:
        """From a second start: come forward, and take its files."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        window.drops.take(files)

    def take(self, found: Dropped) -> None:
        """What was dropped, pasted or opened: files are searched with, folders offered to be added."""
        window = self._window
        if len(found.absent) == 1:
            window.banners.say(f"There is no file {found.absent[0]}.", Tone.WARNING)
        elif found.absent:
            names = [path.name for path in found.absent]
            window.banners.say(refusal(names, "They are not there any more."), Tone.WARNING)
        if found.files:
            window.control.find_similar(SimilarRequest(files=found.files[:MOST_FILES]))
        if found.folders:
            (self.add_folders if found.promised else self._offer_folders)(found.folders)

    def choose_files(self, *, add: bool = False) -> None:
        """Ask for files to find similar ones of; ``add``: beside those of the present query."""
        files = choose_files(self._window, "Find Similar")
        control = self._window.control
        now = control.place.similar
        if files and add and now is not None:
            control.find_similar(SimilarRequest(files=(*now.files, *files), items=now.items))
        else:
            self._window.drops.take(files)

    def paste(self) -> None:
        """Find what is like the files or the picture on the clipboard."""
        window = self._window
        files_on_clipboard(QGuiApplication.clipboard().mimeData(), window.profile, window.drops, window.banners)

    # folders

    def choose_folder(self) -> None:
        """Ask for a folder to add."""
        chosen = choose_folder(self._window, "Add Folder")
        if chosen is not None:
            self.add_folders([chosen])

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Watch and index these."""
        self._window.empty_states.expect_items()
        self._window.requests.expect(self._window.client.add_folders(list(folders)))

    def _offer_folders(self, folders: tuple[Path, ...]) -> None:
        what = _names(folders) if len(folders) == 1 else f"{len(folders)} folders"
        self._window.banners.say(
            f"Add {what} to the library?", actions=[("Add", lambda: self.add_folders(folders))], stays=True
        )

    def _tell_added(self, added: FoldersAdded) -> None:
        """Name the folders, so that a wrong choice is seen at once, and take those out again that are new and took in
        no others."""
        window = self._window
        sentences = [f"Added {_names(added.new)}."] if added.new else []
        if added.absorbed:
            sentences.append("It holds folders that were in the library already; they are shown in it now.")
        if added.known:
            verb = "is" if len(added.known) == 1 else "are"
            sentences.append(f"{_names(added.known)} {verb} in the library already; looking for changes.")

        def take_out() -> None:
            for folder in added.new:
                window.requests.expect(window.client.remove_folder(folder))

        can = bool(added.new) and not added.absorbed
        window.banners.say(" ".join(sentences), actions=[("Take Out Again", take_out)] if can else [])

    def _tell_closed(self, report: IndexReport) -> None:
        """Folders that could not be looked into, each once: what is in them is not in the library."""
        new = [sentence for sentence in report.closed if sentence not in self._told_closed]
        self._told_closed.update(new)
        if new:
            others = count_text(len(new) - 1, "other folder")
            more = f" {others} can’t be read either." if len(new) > 1 else ""
            self._window.banners.say(f"{new[0]}{more}", Tone.WARNING)


def _names(folders: Sequence[Path]) -> str:
    return listed(f"“{folder.name or folder}”" for folder in folders)
