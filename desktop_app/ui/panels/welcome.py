"""The first thing that a new user sees."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import make_label, plain
from desktop_app.ui.drops import Dropped, PathSorter
from desktop_app.ui.icons import app_icon, icon, paint_icon
from desktop_app.ui.theme import FontRole, font, tokens

_CARD = QSize(216, 152)
SAMPLES = ("Try the Sample Library", "70 pictures and 24 tracks to play with, made on this computer")


class ChoiceCard(QAbstractButton):
    """A large button: an icon, what it does, and a line about it."""

    def __init__(self, icon_name: str, heading: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon(icon_name)  # a misspelt name fails here
        self._icon_name, self._sentence = icon_name, ""
        self.describe(heading, sentence)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def describe(self, heading: str, sentence: str) -> None:
        """Say what it does, or how far that is."""
        self._sentence = sentence
        self.setText(heading)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(sentence)
        self.setToolTip(plain(sentence))
        self.update()

    def sizeHint(self) -> QSize:
        return _CARD

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = tokens()
        over = self.underMouse() and self.isEnabled()
        state = "pressed" if self.isDown() else "hover" if over else "raised"
        painter.setBrush(colours.colour(state) if self.isEnabled() else Qt.BrushStyle.NoBrush)
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(colours.colour("focus" if self.hasFocus() else "border" if over else "line"), width))
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 10, 10)
        centre = self.width() / 2
        ink = colours.link if self.isEnabled() else colours.faint
        paint_icon(painter, self._icon_name, QRectF(centre - 17, 24, 34, 34), ink)
        painter.setPen(colours.colour("text" if self.isEnabled() else "faint"))
        painter.setFont(font(FontRole.STRONG))
        painter.drawText(QRectF(12, 72, self.width() - 24, 22), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.setPen(colours.colour("muted" if self.isEnabled() else "faint"))
        painter.setFont(font(FontRole.SMALL))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(14, 98, self.width() - 28, 60), int(flags), self._sentence)
        painter.end()


class WelcomePage(QWidget):
    """Invites to add folders.

    Signals: ``folders_chosen(list[Path])`` for the user's own Pictures and Music; ``add_folder_requested()`` to let
    the window ask for a folder. The sample library is asked of the engine directly: ``request_sent(int)``.
    """

    add_folder_requested = Signal()
    folders_chosen = Signal(object)
    request_sent = Signal(int)

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._making = False
        self.setProperty("class", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Welcome to Akin")
        self.usual = ChoiceCard("photos", "Add Pictures and Music", "")
        self.usual.clicked.connect(lambda: self.folders_chosen.emit(list(self._usual)))
        self._usual: tuple[Path, ...] = ()
        self._sorter = PathSorter(self)
        self._sorter.told.connect(self._on_told)
        self.show_usual(())
        self.folder = ChoiceCard("folder-add", "Choose a Folder…", "Any folder with photos or music, on any drive")
        self.folder.clicked.connect(self.add_folder_requested)
        self.samples = ChoiceCard("samples", *SAMPLES)
        self.samples.clicked.connect(self._on_samples)
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(32, 24, 32, 24)
        outer.setSpacing(8)
        outer.addStretch(3)
        mark = make_label()
        mark.setPixmap(app_icon().pixmap(QSize(72, 72), self.devicePixelRatioF()))
        title = make_label("Welcome to Akin", "", FontRole.TITLE)
        sentence = make_label(
            "Show it a photo or a track, and it finds what else you have that looks, or sounds, like it.",
            "muted", wrap=True,
        )  # fmt: skip
        hint = make_label("Or drop a folder here.", "muted")
        promise = "Everything stays on this computer. Your files are never changed."
        privacy = make_label(promise, "faint", FontRole.SMALL)
        cards = QHBoxLayout()
        cards.setSpacing(16)
        cards.addStretch(1)
        for card in (self.usual, self.folder, self.samples):
            cards.addWidget(card)
        cards.addStretch(1)
        for label in (mark, title, sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            outer.addWidget(label)
        outer.addSpacing(20)
        outer.addLayout(cards)
        outer.addSpacing(16)
        for label in (hint, privacy):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            outer.addWidget(label)
        outer.addStretch(4)

    def show_progress(self, progress: Progress) -> None:
        """What the engine is busy with: the sample library's card counts its files."""
        if progress.phase is Phase.SAMPLES:
            self._making = True
            for card in (self.usual, self.folder, self.samples):
                card.setEnabled(False)
            self.samples.describe("Making the Sample Library", f"{progress.done:,} of {progress.total:,} files")
        elif self._making and progress.phase is Phase.IDLE:
            self._making = False
            for card in (self.usual, self.folder, self.samples):
                card.setEnabled(True)
            self.show_usual(self._usual)
            self.samples.describe(*SAMPLES)

    def show_usual(self, folders: Sequence[Path]) -> None:
        """Offer those of the user's own folders that are there; without any the card is off."""
        self._usual = tuple(folders)
        named = self._usual or usual_folders()
        both = len(named) != 1
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        name = "Pictures and Music" if both else "Music" if named[0] == Path(music) else "Pictures"
        places = usual_text(named)
        self.usual.describe(f"Add {name}", places if self._usual else f"{places}\nNot there on this computer")
        self.usual.setEnabled(bool(self._usual) and not self._making)

    def shut_down(self) -> None:
        """Leave no thread behind."""
        self._sorter.shut_down()

    def _on_told(self, _number: int, found: Dropped) -> None:
        self.show_usual(found.folders)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._sorter.tell(usual_folders())

    def _on_samples(self) -> None:
        self.setFocus()  # else the keyboard would go on to the player
        self.samples.setEnabled(False)
        self.samples.describe("Making the Sample Library", "One moment…")
        self._making = True
        self.request_sent.emit(self._client.add_sample_library())


def usual_folders() -> list[Path]:
    """The user's Pictures and Music folders, as the system names them."""
    places = (QStandardPaths.StandardLocation.PicturesLocation, QStandardPaths.StandardLocation.MusicLocation)
    named = (QStandardPaths.writableLocation(place) for place in places)
    return list(dict.fromkeys(Path(name) for name in named if name))


def usual_text(folders: Sequence[Path]) -> str:
    """Where they are."""
    return "\n".join(_short(folder) for folder in folders)


def _short(folder: Path) -> str:
    home = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation))
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
