"""What the window's actions do."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from desktop_app.domain.kinds import Kind
from desktop_app.logs import NAME as LOG_NAME
from desktop_app.ui.file_manager import reveal
from desktop_app.ui.theme import theme

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

ZOOM_STEP = 1.2


def connect_actions(window: "MainWindow") -> None:
    """Give each action its work."""
    actions, commands, control, grid = window.actions_by_name, window.commands, window.control, window.browser.grid
    work: dict[str, Callable[[], object]] = {
        "open": window.arrivals.choose_files,
        "add_folder": window.arrivals.choose_folder,
        "rescan": lambda: _rescan(window),
        "import_playlist": window.playlists.import_file,
        "back_up": window.library_commands.back_up,
        "back_up_to": window.library_commands.back_up_to,
        "restore": window.library_commands.choose_backup,
        "export": window.library_commands.export,
        "import": window.library_commands.import_collection,
        "preferences": lambda: open_preferences(window),
        "quit": window.close,
        "undo": window.undoing.undo,
        "redo": window.undoing.redo,
        "copy": commands.copy,
        "copy_path": commands.copy_path,
        "paste": window.arrivals.paste,
        "select_all": grid.selectAll,
        "search": lambda: _focus_search(window),
        "in_pictures": lambda: _look_in_pictures(window),
        "tags": commands.edit_tags,
        "trash": commands.trash,
        "remove": commands.remove,
        "retry": commands.retry,
        "back": control.back,
        "forward": control.forward,
        "grid": lambda: control.set_as_list(False),
        "list": lambda: control.set_as_list(True),
        "zoom_in": lambda: grid.set_side(round(grid.side * ZOOM_STEP)),
        "zoom_out": lambda: grid.set_side(round(grid.side / ZOOM_STEP)),
        "view": lambda: _view_current(window),
        "full_screen": lambda: window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen),
        "similar": commands.find_similar,
        "more_like": window.refining.more_like,
        "less_like": window.refining.less_like,
        "colours": window.palette_search.toggle,
        "colours_of": lambda: window.palette_search.of_photo(next(iter(commands.ids()), None)),
        "build": commands.build_playlist,
        "reveal": commands.reveal,
        "new_playlist": commands.new_playlist,
        "move_up": lambda: window.playlists.move(-1),
        "move_down": lambda: window.playlists.move(1),
        "take_out": window.playlists.remove_selected,
        "play": commands.play,
        "play_next": commands.play_next,
        "toggle_play": window.player.toggle,
        "next_track": window.player.next,
        "previous_track": window.player.previous,
        "search_help": lambda: _open_search_help(window),
        "shortcuts": lambda: _open_shortcuts(window),
        "health": lambda: _open_health(window),
        "show_log": lambda: _show_log(window),
        "about": lambda: _open_about(window),
    }
    for stars in range(6):
        work[f"rate_{stars}"] = lambda stars=stars: commands.rate(stars)
    for choice in ("system", "light", "dark"):
        work[f"theme_{choice}"] = lambda choice=choice: _choose_theme(window, choice)
    for name, do in work.items():
        actions[name].triggered.connect(lambda _checked=False, do=do: do())
    actions["library_panel"].setChecked(True)
    actions["detail_panel"].setChecked(True)
    actions[f"theme_{window.client.settings.theme}"].setChecked(True)
    actions.label_undo("", "")


def _look_in_pictures(window: "MainWindow") -> None:
    window.viewer.leave()  # it covers where the words are asked for
    window.word_search.look()


def _rescan(window: "MainWindow") -> None:
    window.control.refresh()  # also what was kept in the list though it no longer belongs there
    window.requests.expect(window.client.rescan())


def _focus_search(window: "MainWindow") -> None:
    window.viewer.leave()
    window.header.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
    window.header.search.selectAll()


def _choose_theme(window: "MainWindow", choice: str) -> None:
    theme().apply(choice)
    window.client.change_settings(lambda settings: replace(settings, theme=choice))


def _view_current(window: "MainWindow") -> None:
    photo = next((row for row in window.commands.rows() if row.kind is Kind.PHOTO), None)
    if photo is not None:
        window.selected.look_into(photo.id)


def _show(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def open_preferences(window: "MainWindow", page: str = "") -> None:
    """The preferences, at the page of that name."""
    from desktop_app.ui.dialogs.preferences import PreferencesDialog

    dialog = PreferencesDialog(window.client, window)
    dialog.show_page(page)
    _show(dialog)


def _open_shortcuts(window: "MainWindow") -> None:
    from desktop_app.ui.dialogs.shortcuts import ShortcutsDialog

    _show(ShortcutsDialog(window.actions(), window))


def _open_search_help(window: "MainWindow") -> None:
    from desktop_app.ui.dialogs.search_help import SearchHelpDialog

    dialog = SearchHelpDialog(window)
    dialog.chosen.connect(window.search_for)
    _show(dialog)


def _open_health(window: "MainWindow") -> None:
    from desktop_app.ui.dialogs.health import HealthDialog

    _show(HealthDialog(window.client, window))


def _show_log(window: "MainWindow") -> None:
    folder = window.profile.log_dir
    reveal(folder / LOG_NAME if (folder / LOG_NAME).exists() else folder, window)


def _open_about(window: "MainWindow") -> None:
    from desktop_app.ui.dialogs.about import AboutDialog

    _show(AboutDialog(window))
