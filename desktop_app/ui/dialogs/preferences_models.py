"""Optional models that see what is in a photo: what there is, fetching one, using one, how far it is."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.models import DownloadProgress, ModelInfo, ModelList, ModelState
from desktop_app.domain.notices import JobError
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.ui.choosing import choose_file, choose_folder
from desktop_app.ui.controls import keep_scroll_lane, make_label
from desktop_app.ui.dialogs.frame import push_button
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.theme import FontRole
from desktop_app.ui.wording import count_text

INTRO = (
    "A model finds photos by what is in them: “dog on a beach” in the search field, and closer matches for similar "
    "photos. It runs on this computer; only fetching it needs the internet."
)
STATES = {
    ModelState.READY: "On this computer, not used",
    ModelState.PARTIAL: "Partly fetched",
    ModelState.IN_USE: "In use",
    ModelState.KEPT: "Not used; its descriptions are kept",
}


class ModelsPage(QWidget):
    """A card for each model. Everything takes effect at once."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._requests: dict[int, str] = {}
        self._fresh = 0  # what was asked for earlier may be out of date
        self.cards: dict[str, ModelCard] = {}
        self._downloads: dict[str, DownloadProgress] = {}
        self._busy = ""
        self._list: ModelList | None = None
        self._problem = make_label("", "danger", FontRole.SMALL, wrap=True)
        self._problem.hide()
        self._doing = make_label("", "muted", FontRole.SMALL)
        inside = QWidget()
        self._used: set[str] = set()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidget(inside)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("Models")
        keep_scroll_lane(self._area)
        self.folder = push_button("From Folder…", "Use a CLIP or SigLIP model that you have", self._on_folder)
        self.file = push_button("From ONNX File…", "Use an image encoder that you have as a single file", self._on_file)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.folder)
        row.addWidget(self.file)
        row.addSpacing(6)
        row.addWidget(self._doing, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 12, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(make_label(INTRO, "muted", FontRole.SMALL, wrap=True))
        outer.addWidget(self._area, 1)
        outer.addWidget(self._problem)
        outer.addLayout(row)
        self._later = QTimer(self, singleShot=True, interval=800)
        self._later.timeout.connect(self._fetch)
        client.models_ready.connect(self._on_models)
        client.download_progressed.connect(self._on_download)
        client.items_changed.connect(self._on_changes)
        client.progress_changed.connect(self._on_progress)
        client.failed.connect(self._on_failed)
        self._fetch()

    @property
    def problem(self) -> str:
        """What went wrong last, as it is said."""
        return "" if self._problem.isHidden() else self._problem.text()

    def _fetch(self) -> None:
        self._client.fetch_models()

    def _ask(self, request: int, name: str, doing: str) -> None:
        self._requests[request] = name
        self._busy = doing
        self._problem.hide()
        self._show()

    def _on_models(self, request: int, found: ModelList) -> None:
        name = self._requests.pop(request, None)
        if name is not None:
            self._busy = ""
            self._downloads.pop(name, None)
            self._fresh = self._client.fetch_models()
        elif request < self._fresh:
            return  # asked for before something was done, and perhaps looked up before that
        self._list = found
        self._show()

    def _show(self) -> None:
        found = self._list
        if found is None:
            return
        for name in [name for name in self.cards if found.named(name) is None]:
            card = self.cards.pop(name)
            self._column.removeWidget(card)
            card.deleteLater()
        models = sorted(found.models, key=_rank)
        taken_up = {model.name for model in models if _rank(model) == 0} - self._used
        self._used = {model.name for model in models if _rank(model) == 0}
        for model in models:
            card = self.cards.get(model.name)
            if card is None:
                card = self.cards[model.name] = ModelCard(model.name, self._act)
                self._column.insertWidget(self._column.count() - 1, card)
            if model.name in taken_up:  # it comes to the top; no card moves under the mouse when it is given up
                self._column.insertWidget(0, card)
                self._area.verticalScrollBar().setValue(0)
            card.show_model(model, self._downloads.get(model.name), busy=bool(self._busy))
        for button in (self.folder, self.file):
            button.setEnabled(not self._busy)
        self._doing.setText(self._busy)
        if found.unavailable and self._problem.isHidden():
            self._problem.setText(found.unavailable)
            self._problem.show()

    def _act(self, action: str, name: str) -> None:
        client = self._client
        if action == "download":
            self._downloads[name] = DownloadProgress(name, 0, 0)
            self._ask(client.download_model(name), name, "")
        elif action == "cancel":
            client.cancel_download(name)
        elif action == "use":
            self._ask(client.use_model(name), name, f"Loading {name}…")
        elif action == "stop":
            self._ask(client.stop_using_models(), name, "")
        elif action == "measure":
            self._ask(client.measure_model(name), name, f"Measuring {name} on some of your photos…")
        elif action == "remove":
            self._ask_removal(name)

    def _ask_removal(self, name: str) -> None:
        """Ask what is to be given up of a model: all of it, or only its descriptions."""
        model = self._list.named(name) if self._list is not None else None
        if model is None:
            return
        client = self._client
        described = f"Its descriptions of {count_text(model.done, 'photo')} are given up. " if model.done else ""
        files = "Your folder is left alone." if model.is_local else "Its files are deleted; it can be fetched again."
        answers = [("Remove", lambda: self._ask(client.remove_model(name), name, ""))]
        if model.done and not model.is_local:
            answers.append(("Only Its Descriptions", lambda: self._ask(client.forget_descriptions(name), name, "")))
        Question(self, "Remove Model", f"Remove {model.title}?", described + files, answers, sign="trash").open()

    def _on_folder(self) -> None:
        self._use_own(choose_folder(self, "Choose a Folder with a Model"))

    def _on_file(self) -> None:
        self._use_own(choose_file(self, "Choose an Image Encoder", "ONNX networks (*.onnx)"))

    def _use_own(self, place: Path | None) -> None:
        if place is not None:
            self._ask(self._client.use_model(str(place)), str(place), f"Loading {place.name}…")

    def _on_download(self, progress: DownloadProgress) -> None:
        if progress.name in self._downloads:
            self._downloads[progress.name] = progress
            card = self.cards.get(progress.name)
            if card is not None:
                card.show_download(progress)

    def _on_progress(self, progress: Progress) -> None:
        if progress.phase is Phase.DESCRIBING and self.isVisible() and not self._later.isActive():
            self._later.start()

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.membership and self.isVisible() and not self._later.isActive():
            self._later.start()

    def _on_failed(self, request: int, error: JobError) -> None:
        name = self._requests.pop(request, None)
        if name is None:
            return
        self._busy = ""
        self._downloads.pop(name, None)
        self._problem.setText(error.text)
        self._problem.show()
        self._show()
        self._fetch()


class ModelCard(QFrame):
    """One model: its name and badges, what it is for, its figures, what can be done."""

    def __init__(self, name: str, act: Callable[[str, str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.setObjectName("modelCard")
        self.setAccessibleName(name)
        self.title = make_label("", "", FontRole.STRONG)
        self.badge = make_label("", "link", FontRole.SMALL)
        self.state = make_label("", "muted", FontRole.SMALL)
        self.purpose = make_label("", "muted", FontRole.SMALL, wrap=True)
        self.facts = make_label("", "faint", FontRole.SMALL, wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.buttons = {
            action: push_button(text, tip, lambda action=action: act(action, name))
            for action, text, tip in (
                ("download", "Download", "Fetch this model from the internet"),
                ("cancel", "Cancel", "Stop fetching; what has arrived is kept"),
                ("use", "Use", "Describe the photos with this model, in the background"),
                ("stop", "Stop Using", "Search without this model; what it has described is kept"),
                ("measure", "Measure", "Measure its speed on some of your photos"),
                ("remove", "Remove…", "Give up this model's files and descriptions"),
            )
        }
        for button in self.buttons.values():
            button.setAccessibleName(f"{button.text().rstrip('…')} {name}")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.badge)
        head.addStretch(1)
        head.addWidget(self.state)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.facts, 1, Qt.AlignmentFlag.AlignVCenter)
        for button in self.buttons.values():
            row.addWidget(button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 10, 0, 10)
        outer.setSpacing(4)
        outer.addLayout(head)
        outer.addWidget(self.purpose)
        outer.addLayout(row)
        outer.addWidget(self.bar)
        line = QFrame()
        line.setProperty("class", "line")
        outer.addSpacing(6)
        outer.addWidget(line)

    def show_model(self, model: ModelInfo, download: DownloadProgress | None, *, busy: bool) -> None:
        """Put it on the card; ``busy``: another model is being loaded or measured."""
        state = ModelState.DOWNLOADING if download is not None else model.state
        self.title.setText(model.title)
        self.badge.setText(f"Recommended · {model.recommended}" if model.recommended else "")
        self.purpose.setText(model.purpose)
        self.facts.setText(facts_of(model))
        self.state.setText(state_text(model, state))
        self.bar.setVisible(state in (ModelState.DOWNLOADING, ModelState.BUILDING))
        if state is ModelState.BUILDING:
            self.bar.setRange(0, max(1, model.total))
            self.bar.setValue(model.done)
        if download is not None:
            self.show_download(download)
        here = state not in (ModelState.OFFERED, ModelState.PARTIAL, ModelState.DOWNLOADING)
        shown = {
            "download": state in (ModelState.OFFERED, ModelState.PARTIAL),
            "cancel": state is ModelState.DOWNLOADING,
            "use": state in (ModelState.READY, ModelState.KEPT),
            "stop": state in (ModelState.IN_USE, ModelState.BUILDING),
            "measure": here and bool(model.total),
            "remove": here or state is ModelState.PARTIAL,
        }
        self.buttons["download"].setText("Go On" if state is ModelState.PARTIAL else "Download")
        for action, button in self.buttons.items():
            button.setVisible(shown[action])
            button.setEnabled(action in ("cancel", "download") or not busy)

    def show_download(self, progress: DownloadProgress) -> None:
        """How far it has come."""
        self.bar.setRange(0, max(1, progress.total // 1000))
        self.bar.setValue(progress.done // 1000)
        parts = f"{megabytes(progress.done)} of {megabytes(progress.total)}" if progress.total else "Asking for it…"
        self.state.setText(parts)


def _rank(model: ModelInfo) -> int:
    """What is used comes first, then what is here, then what is recommended."""
    if model.state in (ModelState.IN_USE, ModelState.BUILDING):
        return 0
    if model.state is not ModelState.OFFERED:
        return 1
    return 2 if model.recommended else 3


def megabytes(count: int) -> str:
    """ "605 MB", "1.7 GB"."""
    return f"{count / 1e9:.1f}\u00a0GB" if count >= 1e9 else f"{count / 1e6:,.0f}\u00a0MB"


def facts_of(model: ModelInfo) -> str:
    """Size, licence, speed."""
    facts = [megabytes(model.bytes) if model.bytes >= 1e6 else f"{model.bytes / 1e3:,.0f}\u00a0kB"]
    facts.append(f"licence {model.licence}")
    if model.speed is not None:
        minutes = max(1, round(model.speed.library_seconds / 60))
        facts.append(f"{model.speed.images_per_second:,.1f} photos a second here, {minutes:,} min for all")
    return " · ".join(facts)


def state_text(model: ModelInfo, state: ModelState) -> str:
    """In words."""
    if state is ModelState.BUILDING:
        return f"Describing photos · {model.done:,} of {model.total:,}"
    if state is ModelState.IN_USE and model.done < model.total:
        return f"In use · {model.done:,} of {model.total:,} photos"
    return STATES.get(state, "")
