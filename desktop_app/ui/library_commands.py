"""File ▸ Library: backing up, restoring, and what to do with a library that is damaged."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDialog, QFileDialog

from desktop_app.domain.backups import WITHOUT_SETTINGS, Backup, Reason, Restored
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.collection import Merged
from desktop_app.domain.notices import JobError, Tone
from desktop_app.ui.choosing import choose_file, remember_folder, start_folder
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.notifications import Banner
from desktop_app.ui.standstill import Standstill
from desktop_app.ui.wording import count_text, moment_text, size_text

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


EXPORTS = "Parquet, for data tools (*.parquet);;JSON, for everything else (*.json)"
SAY_AFTER_MS = 700
IMPORTS = "Collections (*.parquet *.json);;All files (*)"


def merged_text(merged: Merged) -> str:
    """What an import came to: ``3 ratings and 1 playlist added. Not in the library: 4 items of the file.``"""
    parts = [
        count_text(count, word)
        for count, word in (
            (merged.ratings, "rating"),
            (merged.tags, "tag"),
            (merged.playlists, "playlist"),
            (merged.vectors, "description"),
        )
        if count
    ]
    said = f"Added: {', '.join(parts)}." if parts else "Nothing new: the library knows all of it."
    if merged.renamed:
        said += f" Another playlist has the name, so it is called {', '.join(f'“{name}”' for name in merged.renamed)}."
    if not merged.items and merged.unknown:
        said = ""
    if elsewhere := merged.unknown - merged.replaced:
        said += f" {count_text(elsewhere, 'item')} of the file can’t be found in the library: add their folders, "
        said += "then import again."
    if merged.replaced:
        said += f" Where {count_text(merged.replaced, 'item')} of the file lay, another photo or track lies now: "
        said += "it was left as it is."
    if merged.uncompared:
        said += f" {count_text(merged.uncompared, 'item')} changed since the export and can’t be compared: taken for "
        said += "the same by the place alone."
    return said.strip()


class LibraryCommands(QObject):
    """What the library as a whole can be asked for."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._client = window.client
        self._waiting: set[int] = set()
        self._exports: dict[int, Path] = {}
        self._doing: dict[int, str] = {}  # what is said of those that take a while
        self._damage: JobError | None = None  # that a question stands for
        self._standstill = Standstill(window)
        self._way_back: Banner | None = None
        client = window.client
        client.opened.connect(self._on_opened)
        client.items_changed.connect(self._on_changes)
        client.backed_up.connect(self._on_backed_up)
        client.replaced.connect(self._on_replaced)
        client.exported.connect(self._on_exported)
        client.imported.connect(self._on_imported)
        client.failed.connect(self._on_failed)

    # backing up

    def back_up(self) -> None:
        """Now, into the profile, where the daily ones are."""
        self._follow(self._client.back_up(), "Backing up…")

    def back_up_to(self) -> None:
        """To a file elsewhere: on another disk it survives this one."""
        name = f"Akin backup {moment_text(time.time()).partition(',')[0]}.zip"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Back Up To", str(Path(start_folder()) / name), "Backups of Akin (*.zip)"
        )
        if chosen:
            target = Path(chosen) if Path(chosen).suffix else Path(chosen + ".zip")
            remember_folder(target.parent)
            self._follow(self._client.back_up(target), f"Backing up to {target.name}…")

    def _on_backed_up(self, request: int, backup: Backup) -> None:
        if request in self._waiting:
            self._ended(request)
            held = f"{count_text(backup.items, 'item')}, {size_text(backup.bytes)}"
            self._window.banners.say(
                f"Backed up and checked: {held}.", actions=[("Show in File Manager", lambda: reveal(backup.path, self))]
            )

    # restoring

    def choose_backup(self) -> None:
        """Ask which, then restore it."""
        from desktop_app.ui.dialogs.backups import RestoreDialog

        dialog = RestoreDialog(self._client, self._window)
        dialog.chosen.connect(self.restore)
        dialog.rejected.connect(self.offer_again)
        self._open(dialog)

    def restore(self, backup: Backup) -> None:
        """Put a backup in the library's place; the way back is offered afterwards."""
        self._replace(self._client.restore(backup.path), "Restoring the backup…")
        self._window.banners.clear()

    def start_anew(self) -> None:
        """Begin an empty library, if that is really meant."""
        Question(
            self._window,
            "Start a New Library",
            "Start a new, empty library?",
            "The damaged library is kept among the backups. Your photos and music are not affected.",
            [("Start a New Library", lambda: self._replace(self._client.start_anew()))],
            otherwise=self.offer_again,
        ).open()

    def _on_replaced(self, request: int, restored: Restored | Path | None) -> None:
        self._ended(request)
        self._damage = None  # what is found when it is opened is another one
        window = self._window
        window.detail.show_items(())  # asked for again when the library is open
        if isinstance(restored, Path):
            window.banners.say(
                "The library is open without its last changes. The damaged one is kept.",
                Tone.WARNING,
                actions=[("Show in File Manager", lambda: reveal(restored, self))],
                stays=True,
            )
            return
        if restored is None:
            window.banners.say("A new library was started. Add the folders of your photos and music to it.")
            return
        moment = moment_text(restored.backup.made_at)
        said = f"The backup of {moment} is restored."
        if restored.backup.reason is Reason.RESTORE:
            said = f"The library is again as it was before a backup was restored on {moment}."
        if restored.without_settings:
            said = f"{said} {WITHOUT_SETTINGS}"
        previous = restored.previous
        if previous is None:
            window.banners.say(said)
        elif restored.was_damaged:
            window.banners.say(
                f"{said} The damaged library is kept.",
                actions=[("Show in File Manager", lambda: reveal(previous, self))],
                stays=True,
            )
        else:
            self._way_back = window.banners.say(
                said, actions=[("Go Back", lambda: self._go_back(previous))], stays=True
            )

    def _on_opened(self) -> None:
        self._damage = None

    def _on_changes(self, changes: ChangeSet) -> None:
        """An edit of the restored library: the way back would take it away, so it is no longer one click."""
        if changes.undo or changes.undone:
            self._withdraw_way_back()

    def _withdraw_way_back(self) -> None:
        for banner in self._window.banners.shown:
            if banner is self._way_back:
                banner.dismiss()
        self._way_back = None

    # the collection for other programs

    def export(self) -> None:
        """Write everything that is known to a file that other programs read, and Akin reads again."""
        chosen, kind = QFileDialog.getSaveFileName(
            self._window, "Export Collection", str(Path(start_folder()) / "Akin collection.parquet"), EXPORTS
        )
        if chosen:
            ending = ".json" if "json" in kind else ".parquet"
            target = Path(chosen) if Path(chosen).suffix.lower() in (".json", ".parquet") else Path(chosen + ending)
            remember_folder(target.parent)
            request = self._client.export_collection(target)
            self._exports[request] = target
            self._tell_later(request, f"Exporting to {target.name}…")

    def import_collection(self) -> None:
        """Add what such a file says of the library's items."""
        source = choose_file(self._window, "Import Collection", IMPORTS)
        if source is not None:
            self._follow(self._client.import_collection(source), f"Reading {source.name}…")

    def _on_exported(self, request: int, count: int) -> None:
        target = self._exports.pop(request, None)
        self._ended(request)
        if target is not None:
            self._window.banners.say(
                f"{count_text(count, 'item')} exported to {target.name}.",
                actions=[("Show in File Manager", lambda: reveal(target, self))],
            )

    def _on_imported(self, request: int, merged: Merged) -> None:
        if request not in self._waiting:
            return
        self._ended(request)
        tone = Tone.WARNING if merged.unknown or merged.uncompared else Tone.INFO
        self._window.undoing.offer(merged_text(merged), merged.change, tone)

    # a damaged library

    def offer(self, error: JobError) -> None:
        """Say that the library is damaged, and what can be done; once, until something was done."""
        if self._damage is None:
            self._damage = error
            self.offer_again()

    def offer_again(self) -> None:
        """The same question, after another was called off."""
        from desktop_app.ui.dialogs.backups import DamagedDialog

        if self._damage is None:
            return
        dialog = DamagedDialog(self._client, self._damage, self._window)
        dialog.salvage_wanted.connect(lambda: self._replace(self._client.salvage()))
        dialog.restore_wanted.connect(self.restore)
        dialog.others_wanted.connect(self.choose_backup)
        dialog.anew_wanted.connect(self.start_anew)
        dialog.quit_wanted.connect(self._window.close)
        self._open(dialog)

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in self._waiting or self._exports.pop(request, None) is not None:
            self._ended(request)
            self._damage = None
            if not error.is_bug and not error.damaged:
                self._window.banners.say(error.text, Tone.ERROR, stays=True)
        if error.damaged:
            self.offer(error)

    def _go_back(self, previous: Path) -> None:
        self._replace(self._client.restore(previous), "Restoring the library as it was…")

    def _replace(self, request: int, doing: str = "") -> None:
        """Follow it; until the library is back, the window leaves it alone."""
        self._withdraw_way_back()
        self._standstill.begin()
        self._follow(request, doing)

    def _follow(self, request: int, doing: str = "") -> None:
        self._waiting.add(request)
        if doing:
            self._tell_later(request, doing)

    def _tell_later(self, request: int, doing: str) -> None:
        """What takes a while says so; what is done at once only says what came of it."""

        def tell() -> None:
            if request in self._waiting or request in self._exports:
                self._doing[request] = doing
                self._window.banners.say(doing, stays=True)

        QTimer.singleShot(SAY_AFTER_MS, self, tell)

    def _ended(self, request: int) -> None:
        self._waiting.discard(request)
        doing = self._doing.pop(request, None)
        for banner in self._window.banners.shown:
            if banner.notice.text == doing:
                banner.dismiss()

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
