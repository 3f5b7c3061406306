"""Asking for folders and files: the dialogs open where one was last, first in the pictures folder."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

_last: list[Path] = []  # at most one
_playlists: list[Path] = []  # at most one: where a playlist was last read or written
PLAYLISTS = "Playlists (*.m3u8 *.m3u *.xspf);;All files (*)"


def start_folder() -> str:
    """The last used folder, else the pictures folder, else the home folder."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    for folder in (*_last, *((Path(pictures),) if pictures else ()), Path.home()):
        if folder.is_dir():
            return str(folder)
    return ""


def remember_folder(folder: Path) -> None:
    """Start there next time."""
    _last[:] = [folder]


def last_folder() -> str:
    """The one that was remembered; empty for none."""
    return str(_last[0]) if _last else ""


def remember_playlist_folder(folder: Path) -> None:
    """Read and write playlists there next time."""
    _playlists[:] = [folder]


def last_playlist_folder() -> str:
    """The one that was remembered; empty for none."""
    return str(_playlists[0]) if _playlists else ""


def playlist_folder() -> Path:
    """Where a playlist was last read or written, else the music folder, else the home folder."""
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    folders = (*_playlists, *((Path(music),) if music else ()))
    return next((folder for folder in folders if folder.is_dir()), Path.home())


def choose_playlist(parent: QWidget) -> Path | None:
    """Ask for a playlist file to read; None where the question was cancelled."""
    name, _ = QFileDialog.getOpenFileName(parent, "Import Playlist", str(playlist_folder()), PLAYLISTS)
    return _remembered(name)


def choose_playlist_target(parent: QWidget, name: str, kind: str) -> Path | None:
    """Ask where to write a playlist file; ``name`` is suggested, ``kind`` a filter of Qt's."""
    chosen, _ = QFileDialog.getSaveFileName(parent, "Export Playlist", str(playlist_folder() / name), kind)
    return _remembered(chosen)


def _remembered(name: str) -> Path | None:
    if not name:
        return None
    remember_playlist_folder(Path(name).parent)
    return Path(name)


def choose_folder(parent: QWidget, title: str) -> Path | None:
    """Ask for a folder; None where the question was cancelled."""
    chosen = QFileDialog.getExistingDirectory(parent, title, start_folder())
    if not chosen:
        return None
    remember_folder(Path(chosen).parent)
    return Path(chosen)


def choose_new_place(parent: QWidget, old: Path) -> Path | None:
    """Ask where a folder lies now; the question starts as near to its old place as there is something."""
    near = next((str(place) for place in old.parents if place.is_dir()), start_folder())
    chosen = QFileDialog.getExistingDirectory(parent, f"Where Is “{old.name or old}” Now?", near)
    return Path(chosen) if chosen else None


def choose_file(parent: QWidget, title: str, kinds: str) -> Path | None:
    """Ask for one file; ``kinds`` are filters of Qt's. None where the question was cancelled."""
    name, _ = QFileDialog.getOpenFileName(parent, title, start_folder(), kinds)
    if not name:
        return None
    remember_folder(Path(name).parent)
    return Path(name)


def choose_files(parent: QWidget, title: str) -> list[Path]:
    """Ask for files; empty where the question was cancelled."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, start_folder())
    if names:
        remember_folder(Path(names[0]).parent)
    return [Path(name) for name in names]
