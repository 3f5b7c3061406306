"""File ▸ Library: backing up, restoring, and what to do with a library that is damaged."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

from desktop_app.domain.backups import Backup, Restored
from desktop_app.domain.notices import JobError, Tone
from desktop_app.ui.choosing import remember_folder, start_folder
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.wording import count_text, moment_text, size_text

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


class LibraryCommands(QObject):
    """What the library as a whole can be asked for."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._client = window.client
        self._waiting: set[int] = set()
        self._damage: JobError | None = None  # that a question stands for
        client = window.client
        client.backed_up.connect(self._on_backed_up)
        client.replaced.connect(self._on_replaced)
        client.failed.connect(self._on_failed)

    # backing up

    def back_up(self) -> None:
        """Now, into the profile, where the daily ones are."""
        self._follow(self._client.back_up())

    def back_up_to(self) -> None:
        """To a file elsewhere: on another disk it survives this one."""
        name = f"Akin backup {moment_text(time.time()).partition(',')[0]}.zip"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Back Up To", str(Path(start_folder()) / name), "Backups of Akin (*.zip)"
        )
        if chosen:
            target = Path(chosen) if Path(chosen).suffix else Path(chosen + ".zip")
            remember_folder(target.parent)
            self._follow(self._client.back_up(target))

    def _on_backed_up(self, request: int, backup: Backup) -> None:
        if request in self._waiting:
            self._waiting.discard(request)
            held = f"{count_text(backup.items, 'item')}, {size_text(backup.bytes)}"
            self._window.banners.say(
                f"Backed up and checked: {held}.", actions=[("Show in Folder", lambda: reveal(backup.path, self))]
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
        self._follow(self._client.restore(backup.path))
        self._window.banners.clear()

    def start_anew(self) -> None:
        """Begin an empty library, if that is really meant."""
        box = QMessageBox(self._window)
        box.setObjectName("startAnew")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText("Start a new, empty library?")
        box.setInformativeText("The damaged library is kept among the backups. Your photos and music are not affected.")
        begin = box.addButton("Start a New Library", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(
            lambda button: self._follow(self._client.start_anew()) if button is begin else self.offer_again()
        )
        box.open()

    def _on_replaced(self, request: int, restored: Restored | None) -> None:
        self._waiting.discard(request)
        self._damage = None
        window = self._window
        window.empty_states.note_opened()
        window.detail.show_items(())  # asked for again when the library is open
        if restored is None:
            window.banners.say("A new library was started. Add the folders of your photos and music to it.")
            return
        said = f"The backup of {moment_text(restored.backup.made_at)} is restored."
        previous = restored.previous
        if previous is None:
            window.banners.say(said)
        elif restored.was_damaged:
            window.banners.say(
                f"{said} The damaged library is kept.",
                actions=[("Show in Folder", lambda: reveal(previous, self))],
                stays=True,
            )
        else:
            window.banners.say(
                said, actions=[("Go Back", lambda: self._follow(self._client.restore(previous)))], stays=True
            )

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
        dialog.restore_wanted.connect(self.restore)
        dialog.others_wanted.connect(self.choose_backup)
        dialog.anew_wanted.connect(self.start_anew)
        dialog.quit_wanted.connect(self._window.close)
        self._open(dialog)

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in self._waiting:
            self._waiting.discard(request)
            self._damage = None
            if not error.is_bug and not error.damaged:
                self._window.banners.say(error.text, Tone.ERROR, stays=True)
        if error.damaged:
            self.offer(error)

    def _follow(self, request: int) -> None:
        self._waiting.add(request)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
