"""File ▸ Library ▸ Restore from Backup, and what is offered where the library can't be opened."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from desktop_app.domain.backups import Backup, Reason, proposed_first, tags_text
from desktop_app.domain.notices import JobError
from desktop_app.engine.api import EngineClient
from desktop_app.ui.choosing import choose_file
from desktop_app.ui.controls import make_label, plain
from desktop_app.ui.dialogs.frame import beside_sign, button_row, lay_out, push_button
from desktop_app.ui.icons import icon
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import SPACE, count_text, moment_text, size_text

FILES = "Backups of Akin (*.zip);;All files (*)"
WHY = {
    Reason.DAILY: "Daily",
    Reason.ASKED: "You asked for it",
    Reason.MIGRATION: "Before an update",
    Reason.REPAIR: "Before a repair",
    Reason.RESTORE: "Before a restore",
}
_DAMAGED_WIDTH = 640
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BACKUP_ROLE = Qt.ItemDataRole.UserRole


def contents_text(backup: Backup) -> str:
    """``24,310 items, 1,204 ratings, 31 tags on 310 items, 12 playlists``, of what there is."""
    ratings = count_text(backup.ratings, "rating") if backup.ratings else ""
    playlists = count_text(backup.playlists, "playlist") if backup.playlists else ""
    parts = [part for part in (ratings, tags_text(backup, SPACE), playlists) if part]
    return ", ".join([count_text(backup.items, "item"), *(parts or ["no ratings, tags or playlists"])])


def day_text(backup: Backup) -> str:
    """``20 November 2026``."""
    return moment_text(backup.made_at).partition(",")[0]


class RestoreDialog(QDialog):
    """Signals: ``chosen(Backup)``. The list is asked for when it opens; a file elsewhere is looked at first."""

    chosen = Signal(object)

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._asked = self._looked = 0
        self._refused = False  # a file that was chosen
        self.setWindowTitle("Restore from Backup")
        self.resize(QSize(720, 420).boundedTo(self.screen().availableGeometry().size() - QSize(40, 60)))
        heading = make_label("Which backup?", "", FontRole.HEADING)
        said = make_label(
            "Ratings, tags, playlists and folders become what they were then. What is there now is backed up first. "
            "Your photos and music are not touched.",
            "muted",
            wrap=True,
        )
        self.table = QTreeWidget()
        self.table.setColumnCount(4)
        self.table.setHeaderLabels(["Made", "Why", "Holds", "Size"])
        self.table.setProperty("class", "framed")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAccessibleName("Backups")
        header = self.table.header()
        header.setStretchLastSection(False)
        size = self.table.headerItem()
        if size is not None:
            size.setTextAlignment(3, _RIGHT)
        for column in (0, 1, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.state = make_label("Looking…", "muted", wrap=True)
        self.file = push_button("Choose File…", "Restore a backup that lies elsewhere", self._on_file)
        self.restore = push_button("Restore", "Bring the selected backup back", self._on_restore, default=True)
        self.restore.setEnabled(False)
        cancel = push_button("Cancel", "Leave everything as it is (Esc)", self.reject)
        row = button_row([self.file], [cancel, self.restore])
        lay_out(self, [heading, said, self.table, self.state, row], fills=self.table)
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.itemActivated.connect(lambda _item, _column: self._on_restore())
        client.backups_ready.connect(self._on_backups)
        client.failed.connect(self._on_failed)
        self._asked = client.fetch_backups()

    def _on_backups(self, request: int, found: Sequence[Backup]) -> None:
        if request == self._looked:
            self.chosen.emit(found[0])
            self.accept()
        if request != self._asked:
            return
        for backup in found:
            self.table.addTopLevelItem(_row(backup))
        first = next((place for place, backup in enumerate(found) if not backup.faulty), -1)
        if (item := self.table.topLevelItem(first)) is not None:
            self.table.setCurrentItem(item)
            self.table.setFocus()
        if self._refused:
            return  # what was said of the file stands
        self.state.setText("" if found else "There is no backup yet. Akin makes one every day while it is open.")
        self.state.setVisible(not found)

    def _on_failed(self, request: int, error: JobError) -> None:
        if request in (self._asked, self._looked):
            self._refused = request == self._looked
            self.state.setText(error.text)
            self.state.show()

    def _selected(self) -> Backup | None:
        item = next(iter(self.table.selectedItems()), None)
        return None if item is None else item.data(0, _BACKUP_ROLE)

    def _enable(self) -> None:
        backup = self._selected()
        self.restore.setEnabled(backup is not None and not backup.faulty)

    def _on_restore(self) -> None:
        backup = self._selected()
        if backup is not None and not backup.faulty:
            self.chosen.emit(backup)
            self.accept()

    def _on_file(self) -> None:
        file = choose_file(self, "Restore from Backup", FILES)
        if file is not None:
            self.take_file(file)

    def take_file(self, file: Path) -> None:
        """Look at a file; if it is a backup it is the chosen one."""
        self._looked = self._client.look_at_backup(file)


def _row(backup: Backup) -> QTreeWidgetItem:
    holds = backup.faulty or contents_text(backup) + (", all that was computed" if backup.full else "")
    item = QTreeWidgetItem([moment_text(backup.made_at), WHY[backup.reason], holds, size_text(backup.bytes)])
    item.setData(0, _BACKUP_ROLE, backup)
    item.setIcon(0, icon("error" if backup.faulty else "history", "danger" if backup.faulty else "muted"))
    item.setTextAlignment(3, _RIGHT)
    tip = f"{backup.path}\n{count_text(backup.items, 'item')}; made by Akin {backup.program}"
    for column in range(4):
        item.setToolTip(column, plain(backup.faulty or tip))
    item.setDisabled(bool(backup.faulty))
    return item


class DamagedDialog(QDialog):
    """The library is damaged: what can be done. Signals: ``salvage_wanted()``, ``restore_wanted(Backup)``,
    ``others_wanted()``, ``anew_wanted()``, ``quit_wanted()``."""

    salvage_wanted = Signal()
    restore_wanted = Signal(object)
    others_wanted = Signal()
    anew_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, client: EngineClient, error: JobError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest: Backup | None = None
        self._in_log = error.in_log
        self.setObjectName("damagedDialog")
        self.setWindowTitle("The Library Is Damaged")
        heading = make_label("The library is damaged", "", FontRole.HEADING)
        self.said = make_label("Looking for backups…", "muted", wrap=True)
        self.detail = make_label(error.text, "faint", FontRole.SMALL, wrap=True)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.restore = self._ending(
            "Restore the Backup",
            "Bring back what people made; the damaged library is kept beside it",
            lambda: self.restore_wanted.emit(self._latest),
        )
        self.restore.hide()
        self.salvage = self._ending(
            "Keep What Can Be Read",
            "Open the library without its last changes; it is kept as it was among the backups",
            self.salvage_wanted.emit,
        )
        self.salvage.setVisible(error.in_log)
        self.others = self._ending("Other Backups…", "Choose among all backups, or a file", self.others_wanted.emit)
        self.anew = self._ending(
            "Start a New Library",
            "Begin empty; the damaged library is kept, and can be restored later",
            self.anew_wanted.emit,
        )
        self.leave = self._ending("Quit", "Close Akin and leave everything as it is", self.quit_wanted.emit)
        top = beside_sign("problem", "warning", [heading, self.said, self.detail], self)
        lay_out(self, [top, button_row([self.leave], [self.anew, self.others, self.restore, self.salvage])])
        client.backups_ready.connect(self._on_backups)
        self._asked = client.fetch_backups()
        self._fit()

    def _fit(self) -> None:
        """As high as its sentences are at this width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(_DAMAGED_WIDTH, layout.totalHeightForWidth(_DAMAGED_WIDTH))

    def _on_backups(self, request: int, found: Sequence[Backup]) -> None:
        if request != self._asked:
            return
        self._latest = next((backup for backup in proposed_first(found) if not backup.faulty), None)
        if self._in_log:
            self.said.setText(
                "The log of its last changes can’t be read to its end. What was changed before the damaged place can "
                "be kept; that is more than any backup has. Your photos and music are not affected."
            )
            self.anew.hide()
            self.salvage.setDefault(True)
            self.salvage.setFocus()
            self._fit()
            return
        if self._latest is None:
            self.said.setText(
                "Its file can’t be read, and there is no backup beside it. If you have one elsewhere, choose it; else "
                "start a new library and add your folders again. Your photos and music are not affected, and the "
                "damaged file is kept."
            )
            self.others.setDefault(True)
            self._fit()
            return
        day = day_text(self._latest)
        self.said.setText(
            f"Its file can’t be read. The backup of {day} has {contents_text(self._latest)}; what was made since then "
            "is not in it. Your photos and music are not affected, and the damaged file is kept."
        )
        self.restore.setText(f"Restore the Backup of {day.rpartition(' ')[0]}")
        self.restore.show()
        self.restore.setDefault(True)
        self.restore.setFocus()
        self._fit()

    def _ending(self, text: str, tip: str, then: Callable[[], object]) -> QPushButton:
        def act() -> None:
            self.accept()
            then()

        return push_button(text, tip, act)
