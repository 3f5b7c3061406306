"""The window as it was left: size, panes, zoom, orders, open lines of the tree."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt

from desktop_app.ui.choosing import last_folder, last_playlist_folder, remember_folder, remember_playlist_folder

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


def save_window(window: "MainWindow", settings: QSettings) -> None:
    """Keep everything that should come back."""
    settings.setValue("window/geometry", window.saveGeometry())
    settings.setValue("window/full_screen_for_a_photo", window.viewer.owns_full_screen)
    settings.setValue("window/splitter", window.splitter.saveState())
    settings.setValue("window/library", window.side_panels.wants(window.actions_by_name["library_panel"]))
    settings.setValue("window/details", window.side_panels.wants(window.actions_by_name["detail_panel"]))
    settings.setValue("tree/open", json.dumps(sorted(window.tree.open_keys)[:200]))
    settings.setValue("folders/last", last_folder())
    settings.setValue("folders/playlists", last_playlist_folder())
    window.browser.save_state(settings)
    window.control.save_state(settings)
    settings.sync()


def restore_window(window: "MainWindow", settings: QSettings) -> None:
    """Bring it back; what is not there or damaged is left at its default."""
    geometry = settings.value("window/geometry")
    if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
        window.resize(_first_size(window))
    if str(settings.value("window/full_screen_for_a_photo", "false")).lower() == "true":
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
    splitter = settings.value("window/splitter")
    if isinstance(splitter, QByteArray):
        window.splitter.restoreState(splitter)
    for key, name in (("window/library", "library_panel"), ("window/details", "detail_panel")):
        window.actions_by_name[name].setChecked(str(settings.value(key, "true")).lower() != "false")
    try:
        keys = json.loads(str(settings.value("tree/open", "null")))
    except ValueError:
        keys = None
    if isinstance(keys, list):
        window.tree.set_open_keys({str(key) for key in keys})
    for key, remember in (("folders/last", remember_folder), ("folders/playlists", remember_playlist_folder)):
        folder = settings.value(key)
        if isinstance(folder, str) and folder:
            remember(Path(folder))
    window.browser.restore_state(settings)
    window.control.restore_state(settings)


def _first_size(window: "MainWindow") -> QSize:
    screen = window.screen().availableGeometry().size()
    return QSize(min(1360, round(screen.width() * 0.92)), min(880, round(screen.height() * 0.9)))
