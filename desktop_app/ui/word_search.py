"""Words looked for in the pictures themselves, and the offer of a model where there is none."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from desktop_app.domain.models import ModelList, ModelState
from desktop_app.domain.search import SimilarRequest
from desktop_app.ui.navigation import Place

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow

SLOW_MS = 1000
LOADING = "The model is being loaded, which takes some seconds the first time."
OFFER = "With a model, Akin finds photos by what they show. It runs on this computer; nothing leaves it."


class WordSearch(QObject):
    """``possible``: a model that reads words has described photos."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._asked = False
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._tell_loading)
        self.possible = False
        window.client.models_ready.connect(lambda _request, found: self._note(found))
        window.control.place_changed.connect(self._on_place)
        window.browser.bar.pictures_wanted.connect(self.look)
        window.control.similar_failed.connect(lambda _error: window.client.fetch_models())
        window.header.search.query_changed.connect(self._on_typed)

    @property
    def words(self) -> str:
        """What the field holds."""
        return self._window.header.search.query

    def look(self) -> None:
        """Look for the field's words in the pictures; with none, or no model, say what can be done."""
        window = self._window
        if not self.words:
            window.header.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            window.banners.say("Type what a photo shows, such as “dog on a beach”, and choose this again.")
        elif self.possible:
            window.control.find_similar(SimilarRequest(text=self.words))
        else:
            self._offer()

    def _offer(self) -> None:
        from desktop_app.ui.window_actions import open_preferences

        window = self._window
        window.browser.bar.show_pictures(False)
        choose = ("Choose a Model…", lambda: open_preferences(window, "Models"))
        window.banners.say(OFFER, actions=[choose])

    def _on_typed(self, text: str) -> None:
        """Whoever looks into pictures goes on doing so while typing."""
        if self._window.control.place.in_pictures:
            self._window.control.find_similar(SimilarRequest(text=text))
        else:
            self._window.control.search(text)

    def _tell_loading(self) -> None:
        control = self._window.control
        if control.place.in_pictures and control.count is None:
            self._window.banners.say(LOADING)

    def _on_place(self, place: Place) -> None:
        if place.in_pictures:
            self._slow.start()
        if not place.words:
            self._asked = False
        elif not self._asked:
            self._asked = True
            self._window.client.fetch_models()

    def _note(self, found: ModelList) -> None:
        self.possible = any(
            model.reads_text and model.done and model.state in (ModelState.IN_USE, ModelState.BUILDING)
            for model in found.models
        )
