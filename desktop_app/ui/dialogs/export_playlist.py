"""Write a playlist for other players."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.notices import JobError
from desktop_app.domain.playlists import ExportOptions
from desktop_app.engine.api import EngineClient
from desktop_app.ui.choosing import choose_playlist_target
from desktop_app.ui.controls import make_label, plain
from desktop_app.ui.dialogs.frame import button_row, lay_out, push_button
from desktop_app.ui.theme import FontRole

_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*\n\r\t\0', "-"))


class ExportPlaylistDialog(QDialog):
    """Format and kind of paths, then where; for a saved playlist or for a list of tracks.

    Signal: ``exported(Path)``.
    """

    exported = Signal(object)

    def __init__(
        self,
        client: EngineClient,
        name: str,
        *,
        ids: Sequence[ItemId] = (),
        playlist: PlaylistId | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._client, self._name, self._ids, self._playlist = client, name, tuple(ids), playlist
        self._request = -1
        self._target = Path()
        self.setWindowTitle("Export Playlist")
        self.m3u8 = _choice("M3U8", "Understood by nearly every player (.m3u8)")
        self.xspf = _choice("XSPF", "XML with titles and lengths, for example for VLC (.xspf)")
        self.absolute = _choice("Full paths", "For use on this computer")
        self.relative = _choice("Paths relative to the file", "To move it together with the music")
        self.m3u8.setChecked(True)
        self.absolute.setChecked(True)
        self._problem = make_label("", "danger", FontRole.SMALL, wrap=True)
        self._problem.hide()
        self.save = push_button("Choose Where…", "Choose the file and write it", self._on_save, default=True)
        self.cancel = push_button("Cancel", "Close without exporting (Esc)", self.reject)
        self._arrange()
        client.done.connect(self._on_done)
        client.failed.connect(self._on_failed)

    def export_to(self, target: Path) -> None:
        """Write ``target``, which a file dialog has asked about; its ending is completed by the chosen format."""
        ending = ".xspf" if self.xspf.isChecked() else ".m3u8"
        self._target = target if target.suffix.lower() in (".m3u8", ".m3u", ".xspf") else Path(f"{target}{ending}")
        options = ExportOptions(relative=self.relative.isChecked(), replace=self._target == target)
        self.save.setEnabled(False)
        if self._playlist is not None:
            self._request = self._client.export_playlist(self._playlist, self._target, options)
        else:
            self._request = self._client.export_tracks(self._ids, self._target, options)

    def _arrange(self) -> None:
        choices = QVBoxLayout()
        choices.setSpacing(8)
        for heading, first, second in (
            ("Format", self.m3u8, self.xspf),
            ("Paths of the tracks", self.absolute, self.relative),
        ):
            choices.addWidget(make_label(heading, "muted", FontRole.CAPTION))
            group = QButtonGroup(self)
            for choice in (first, second):
                group.addButton(choice)
                choices.addWidget(choice)
                note = make_label(choice.accessibleDescription(), "faint", FontRole.SMALL)
                note.setContentsMargins(23, 0, 0, 2)
                choices.addWidget(note)
            choices.addSpacing(6)
        lay_out(self, [choices, self._problem, button_row([], [self.cancel, self.save])])
        self.setMinimumWidth(380)

    def _on_save(self) -> None:
        ending = "xspf" if self.xspf.isChecked() else "m3u8"
        kinds = {"m3u8": "M3U8 playlist (*.m3u8)", "xspf": "XSPF playlist (*.xspf)"}
        chosen = choose_playlist_target(self, f"{file_name(self._name)}.{ending}", kinds[ending])
        if chosen is not None:
            self.export_to(chosen)

    def _on_done(self, request: int, changes: object) -> None:
        if request == self._request:
            self.exported.emit(self._target)
            self.accept()

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._request:
            self._problem.setText(error.text)
            self._problem.show()
            self.save.setEnabled(True)


def _choice(text: str, tip: str) -> QRadioButton:
    button = QRadioButton(text)
    button.setToolTip(plain(tip))
    button.setAccessibleDescription(tip)
    return button


def file_name(name: str) -> str:
    """``name`` without what a file system forbids."""
    return name.translate(_FORBIDDEN).strip(" .") or "Playlist"
