"""Every action of the window: name, icon, shortcut, tooltip, in one table; and the menu bar made of them."""

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from desktop_app.ui.controls import literal, plain
from desktop_app.ui.icons import icon

Keys = str | QKeySequence.StandardKey | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Spec:
    name: str
    text: str
    icon: str
    keys: Keys = ""
    tip: str = ""
    checkable: bool = False
    group: str = ""


Std = QKeySequence.StandardKey

SPECS = (
    _Spec("open", "&Open…", "open", Std.Open, "Choose files and find what is like them"),
    _Spec("add_folder", "&Add Folder…", "folder-add", "Ctrl+Shift+O", "Add a folder of photos or music to the library"),
    _Spec("rescan", "&Look for Changes", "refresh", Std.Refresh, "Look through all folders for new and changed files"),
    _Spec("import_playlist", "&Import Playlist…", "import", "", "Read an M3U or XSPF playlist into the library"),
    _Spec("back_up", "&Back Up Now", "clock", "", "Keep ratings, tags and playlists as they are now"),
    _Spec("back_up_to", "Back Up &To…", "export", "", "Write a backup to another place, such as another disk"),
    _Spec(
        "restore", "&Restore from Backup…", "history", "", "Bring ratings, tags and playlists of an earlier day back"
    ),
    _Spec("export", "&Export Collection…", "export", "", "Write everything that is known, for other programs"),
    _Spec("import", "&Import Collection…", "import", "", "Add ratings, tags and playlists that were exported"),
    _Spec("preferences", "&Preferences…", "settings", "Ctrl+,", "Folders, workers, cache, theme"),
    _Spec("quit", "&Quit", "quit", "Ctrl+Q", "Close Akin"),
    _Spec("undo", "&Undo", "undo", Std.Undo, "Take back the last change"),
    _Spec("redo", "&Redo", "redo", "Ctrl+Shift+Z", "Make the last change again"),
    _Spec("copy", "&Copy", "copy", Std.Copy, "Copy the selected files"),
    _Spec("copy_path", "Copy Pat&h", "link", "Ctrl+Shift+C", "Copy where the files lie, as text"),
    _Spec("paste", "Pa&ste to Find Similar", "paste", Std.Paste, "Find what is like the copied files or picture"),
    _Spec("select_all", "Select &All", "select-all", Std.SelectAll, "Select everything that is listed"),
    _Spec("search", "&Find", "search", Std.Find, "Search the library"),
    _Spec("in_pictures", "Search &in Pictures", "eye", "Ctrl+Return", "Find photos that show what the words say"),
    _Spec("rate_0", "No Rating", "remove", "0", "Take the rating away"),
    _Spec("rate_1", "★", "star", "1", "Rate with one star"),
    _Spec("rate_2", "★★", "star", "2", "Rate with two stars"),
    _Spec("rate_3", "★★★", "star", "3", "Rate with three stars"),
    _Spec("rate_4", "★★★★", "star", "4", "Rate with four stars"),
    _Spec("rate_5", "★★★★★", "star-filled", "5", "Rate with five stars"),
    _Spec("tags", "Ta&gs…", "tag", "Ctrl+T", "Add and remove tags"),
    _Spec("trash", "Move to &Trash…", "trash", Std.Delete, "Move the files to the system’s trash; can be undone"),
    _Spec("remove", "R&emove from Library", "remove", "Ctrl+Backspace", "Forget the items; the files stay"),
    _Spec("retry", "Try &Again", "refresh", "", "Read the files again"),
    _Spec("back", "&Back", "back", ("Alt+Left", "Back"), "Back to where you were"),
    _Spec("forward", "&Forward", "forward", ("Alt+Right", "Forward"), "Forward again"),
    _Spec("grid", "As &Grid", "grid", "Ctrl+1", "Show pictures and covers", True, "view"),
    _Spec("list", "As &List", "list", "Ctrl+2", "Show a list with columns", True, "view"),
    _Spec("zoom_in", "Zoom &In", "zoom-in", ("Ctrl++", "Ctrl+="), "Larger pictures"),
    _Spec("zoom_out", "Zoom &Out", "zoom-out", "Ctrl+-", "Smaller pictures"),
    _Spec("library_panel", "Library &Panel", "panel-left", "F7", "Show or hide the library on the left", True),
    _Spec("detail_panel", "&Details Panel", "panel-right", "F8", "Show or hide the details on the right", True),
    _Spec("view", "&View Full Size", "eye", "", "Look at the photo in full size (Space)"),
    _Spec("full_screen", "Full &Screen", "full-screen", "F11", "Use the whole screen", True),
    _Spec("theme_system", "Like the S&ystem", "settings", "", "Follow the system’s light or dark theme", True, "theme"),
    _Spec("theme_light", "Ligh&t", "sun", "", "Light theme", True, "theme"),
    _Spec("theme_dark", "Da&rk", "moon", "", "Dark theme", True, "theme"),
    _Spec("similar", "Find &Similar", "similar", "Ctrl+Shift+F", "Find what looks or sounds like the selection"),
    _Spec("more_like", "&More Like This", "plus", "Ctrl+Shift+M", "What is like this one as well comes first"),
    _Spec("less_like", "&Less Like This", "remove", "Ctrl+Shift+L", "What is like this one comes later"),
    _Spec("colours", "Find by &Colour", "palette", "Ctrl+Shift+K", "Find photos by a palette of up to five colours"),
    _Spec("colours_of", "Colours &of This Photo", "palette", "", "Find photos with the colours of the selected one"),
    _Spec("build", "&Build Playlist…", "playlist-build", "Ctrl+Shift+P", "Build a playlist from the selected tracks"),
    _Spec("reveal", "Show in &File Manager", "reveal", "Ctrl+Shift+R", "Open the file’s folder"),
    _Spec("new_playlist", "Ne&w Playlist…", "plus", "", "A new playlist of the selected tracks"),
    _Spec("move_up", "Move &Up", "chevron-up", "Alt+Up", "Move the tracks up in the playlist"),
    _Spec("move_down", "Move &Down", "chevron-down", "Alt+Down", "Move the tracks down in the playlist"),
    _Spec(
        "take_out",
        "Remove from Pla&ylist",
        "remove",
        "",
        "Take the tracks out of the playlist; they stay in the library",
    ),
    _Spec("play", "&Play", "play", "", "Play the selection (Return)"),
    _Spec("play_next", "Play &Next", "play-next", "Ctrl+Shift+N", "Play the selection after the present track"),
    _Spec("toggle_play", "Play or Pa&use", "pause", ("Ctrl+P", "Media Play"), "Play or pause"),
    _Spec("next_track", "Next &Track", "next", ("Ctrl+Shift+Right", "Media Next"), "Go on to the next track"),
    _Spec("previous_track", "Pre&vious Track", "previous", ("Ctrl+Shift+Left", "Media Previous"), "Previous track"),
    _Spec("search_help", "How to &Search", "help", "F1", "Words and fields that the search field understands"),
    _Spec("shortcuts", "&Keyboard Shortcuts", "keyboard", "Ctrl+/", "All keys at a glance"),
    _Spec("health", "Library &Health", "library", "", "How the library, its indexes and its searches are doing"),
    _Spec("show_log", "Show &Log", "reveal", "", "Show what Akin wrote down of itself, in the file manager"),
    _Spec("about", "&About Akin", "info", "", "Version and licence"),
)

_ONCE = ("trash", "remove", "take_out", *(f"rate_{stars}" for stars in range(6)))
"""A key that is held down does no more of these: the next item is selected as soon as one has gone."""
_ALWAYS = ("quit", "full_screen", "search_help", "shortcuts", "show_log", "about")
_PLAYING = ("toggle_play", "next_track", "previous_track")
"""What needs no library."""

_LINE = "-"
LONGEST_LABEL = 60
"""Characters of what undo would do; only names in it make it longer."""
Names = tuple["str | tuple[str, Names]", ...]
MENUS: tuple[tuple[str, Names], ...] = (
    (
        "&File",
        (
            "open", "add_folder", "rescan", _LINE, "import_playlist", _LINE,
            ("Li&brary", ("back_up", "back_up_to", "restore", _LINE, "export", "import")), _LINE,
            "preferences", _LINE, "quit",
        ),
    ),
    (
        "&Edit",
        (
            "undo", "redo", _LINE, "copy", "copy_path", "paste", _LINE,
            "select_all", "search", "in_pictures", _LINE, "trash", "remove",
        ),
    ),
    (
        "&View",
        (
            "back", "forward", _LINE, "grid", "list", _LINE, "zoom_in", "zoom_out", _LINE, "library_panel",
            "detail_panel", "full_screen", _LINE, "theme_system", "theme_light", "theme_dark",
        ),
    ),
    (
        "&Items",
        (
            "similar", "more_like", "less_like", "colours", "colours_of", _LINE,
            "build", "new_playlist", _LINE, "move_up", "move_down", "take_out", _LINE,
            "rate_0", "rate_1", "rate_2", "rate_3", "rate_4", "rate_5",
            "tags", _LINE, "view", "reveal", "retry",
        ),
    ),
    ("&Playback", ("play", "play_next", _LINE, "toggle_play", "previous_track", "next_track")),
    ("&Help", ("search_help", "shortcuts", _LINE, "health", "show_log", _LINE, "about")),
)  # fmt: skip


class Actions(QObject):
    """The actions by name: ``actions["open"]``."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {"": QActionGroup(self)}
        groups[""].setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for spec in SPECS:
            action = QAction(icon(spec.icon), spec.text, self)
            action.setObjectName(spec.name)
            stars = spec.name.startswith("rate_")
            action.setProperty("command", spec.tip if stars else spec.text.replace("&", "").rstrip("…"))
            keys = [spec.keys] if isinstance(spec.keys, str) else spec.keys
            if isinstance(keys, QKeySequence.StandardKey):
                action.setShortcuts(QKeySequence.keyBindings(keys))
            else:
                action.setShortcuts([QKeySequence(each) for each in keys if each])
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(plain(f"{spec.tip or spec.text} ({shown})" if shown else spec.tip))
            action.setStatusTip(spec.tip)
            action.setCheckable(spec.checkable)
            action.setAutoRepeat(spec.name not in _ONCE)
            action.setIconVisibleInMenu(not spec.checkable)  # a mark stands there
            if spec.name not in _ALWAYS + _PLAYING:
                groups.setdefault(spec.group, QActionGroup(self)).addAction(action)
            window.addAction(action)
            self._actions[spec.name] = action
        self._of_library = tuple(groups.values())

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def set_library_there(self, there: bool) -> None:
        """Without a library only what needs none can be done; what is enabled meanwhile is so when it is back."""
        for group in self._of_library:
            group.setEnabled(there)

    def set_in_playlist(self, opened: bool, can_reorder: bool) -> None:
        """In a playlist Delete takes tracks out of it; elsewhere it is the trash's key."""
        delete = QKeySequence.keyBindings(Std.Delete)
        self._actions["trash"].setShortcuts([] if opened else delete)
        self._actions["take_out"].setShortcuts(delete if opened else [])
        self._actions["take_out"].setEnabled(opened)
        for name in ("move_up", "move_down"):
            self._actions[name].setEnabled(opened and can_reorder)

    def fill(self, bar: QMenuBar) -> None:
        """Build the menu bar."""
        for title, names in MENUS:
            menu = bar.addMenu(title)
            self.add_to(menu, names)

    def add_to(self, menu: QMenu, names: Names) -> None:
        """Append actions; ``-`` is a separator, a title with names a menu of its own."""
        for name in names:
            if isinstance(name, tuple):
                self.add_to(menu.addMenu(name[0]), name[1])
            elif name == _LINE:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[name])

    def label_undo(self, undo: str, redo: str) -> None:
        """Say what undo and redo would do; empty where there is nothing."""
        for name, verb, label in (("undo", "&Undo", undo), ("redo", "&Redo", redo)):
            shown = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…”"
            self._actions[name].setText(f"{verb} {literal(shown)}" if label else verb)
            self._actions[name].setEnabled(bool(label))
