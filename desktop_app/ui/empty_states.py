"""Which empty state a place has: why there is nothing, and what to do next."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_app.domain.browsing import LibraryTree
from desktop_app.domain.kinds import ScopeKind
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import Phase, Progress
from desktop_app.ui.navigation import Place
from desktop_app.ui.window_actions import open_preferences

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

Buttons = list[tuple[str, Callable[[], object]]]


class EmptyStates:
    """Decides between the welcome page, the list and a sentence."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._tree: LibraryTree | None = None
        self._busy = False
        self._samples: Progress | None = None  # how far the sample library is, while it is made
        self._expected = False
        self._refused = False
        window.client.models_ready.connect(self._on_models)

    def note_tree(self, tree: LibraryTree) -> None:
        """New counts: the library may have stopped being empty, or become so."""
        self._tree = tree
        control = self._window.control
        if control.count == 0 or self._window.browser.stack.currentWidget() is self._window.welcome:
            self.show_if_empty(control.place, control.count or 0)

    def note_progress(self, progress: Progress) -> None:
        """Whether something is being read, for the sentence."""
        self._window.welcome.show_progress(progress)
        made = progress if progress.phase is Phase.SAMPLES else None
        busy = progress.phase in (Phase.SAMPLES, Phase.SCANNING, Phase.READING, Phase.SAVING)
        if busy != self._busy or made != self._samples:
            self._busy, self._samples = busy, made
            control = self._window.control
            if control.count == 0:
                self.show_if_empty(control.place, 0)

    def expect_items(self) -> None:
        """Folders are being added."""
        self._expected = True

    def show_open_failed(self, error: JobError) -> None:
        """The library could not be opened."""
        self._refused = True
        buttons: Buttons = [("Try Again", self._open_again), ("Quit", self._window.close)]
        if error.damaged:
            buttons.insert(0, ("What Can Be Done…", self._window.library_commands.offer_again))
        self._window.browser.say_empty("problem", "The library can’t be opened", error.text, buttons)
        if error.damaged:
            self._window.library_commands.offer(error)
        if error.is_bug:
            self._window.show_crash(error)

    def _open_again(self) -> None:
        window = self._window
        window.browser.say_empty("refresh", "Opening the library…", str(window.profile.directory), [])
        window.client.open_again()

    def note_opened(self) -> None:
        """The library is there now, or another one is in its place."""
        self._refused = False
        self._tree = None

    def show_if_empty(self, place: Place, count: int) -> None:
        """Put the right page in the middle."""
        browser = self._window.browser
        if self._refused:
            return
        if count:
            browser.stack.setCurrentWidget(browser.view)
            browser.bar.show()
            return
        if self._tree is None:
            return
        known = self._window.playlists.open_list
        if known is not None and known.tracks and not place.text and place.similar is None:
            return  # it has just gone, or its tracks have: the library says which of it soon
        nothing = not (self._tree.roots or self._tree.photos or self._tree.tracks or self._tree.problems)
        if nothing and not place.text and place.similar is None and not self._expected:
            browser.bar.hide()
            browser.stack.setCurrentWidget(self._window.welcome)
            return
        browser.bar.show()
        browser.say_empty(*self._sentence(place))

    def _on_models(self) -> None:
        control = self._window.control
        if control.count == 0 and control.place.text:
            self.show_if_empty(control.place, 0)

    def _by_meaning(self, place: Place) -> tuple[str, Buttons]:
        """What else words can do: find photos by what is in them, with a model, or with one that is fetched first."""
        words = [word for word in place.text.split() if ":" not in word and not word.startswith("-")]
        plain = "Try fewer words, or another spelling."
        if not words:
            return plain, []
        look = self._window.word_search
        if look.possible:
            return "No name, tag or field has it. It can be looked for in the pictures themselves.", [
                ("Search in Pictures", look.look)
            ]
        return (
            f"{plain}\nWith a model, Akin also finds photos by what is in them.",
            [("Choose a Model…", lambda: open_preferences(self._window, "Models"))],
        )

    def _none_in_folders(self, what: str, stay: str) -> str:
        roots = self._tree.roots if self._tree is not None else ()
        if not roots:
            return f"Add a folder with {what}; {stay}."
        where = f"“{roots[0].path.name or roots[0].path}”" if len(roots) == 1 else "the folders of your library"
        return f"There are none in {where}.\nAdd a folder with {what}; {stay}."

    def _sentence(self, place: Place) -> tuple[str, str, str, Buttons]:
        window, kind = self._window, place.scope.kind
        add: Buttons = [("Add Folder…", window.arrivals.choose_folder)]
        if place.similar is not None:
            return "similar", "Nothing to compare with yet", "The library has no items of this kind.", add
        if place.text:
            clear: Buttons = [("Clear Search", window.header.search.clear_search)]
            if not place.everywhere:
                clear.append(("Search Everywhere", lambda: window.control.set_reach(True)))
            where = "" if place.everywhere else f" in {place.scope.label}"
            hint, meaning = self._by_meaning(place)
            return "search", f"Nothing matches “{place.text}”{where}", hint, [*meaning, *clear]
        if self._samples is not None:
            where = f"In {window.profile.samples_dir}"
            count = f"{self._samples.done:,} of {self._samples.total:,} files" if self._samples.total else "One moment…"
            return "samples", "Making the sample library…", f"{where}\n{count}", []
        if self._busy:
            return "refresh", "Looking through your folders", "Photos and tracks appear here as they are found.", []
        if kind is ScopeKind.PLAYLIST:
            text = "Drag tracks onto it, or right-click tracks and choose “Add to Playlist”."
            return "playlist", "This playlist is empty", text, []
        if kind is ScopeKind.PROBLEMS:
            return "check", "No problems", "Every file could be read.", []
        if kind is ScopeKind.MISSING:
            return "check", "Nothing is missing", "Every file is where it was.", []
        if kind is ScopeKind.TRACKS:
            return "music", "No music yet", self._none_in_folders("music", "it stays where it is"), add
        if kind in (ScopeKind.PHOTOS, ScopeKind.RECENT_PHOTOS):
            return "photos", "No photos yet", self._none_in_folders("photos", "they stay where they are"), add
        return "library", "Nothing here", "There are no photos or tracks in this place any more.", []
