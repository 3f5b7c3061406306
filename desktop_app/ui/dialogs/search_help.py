"""What the search field understands, with an example of everything; a click tries it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QWidget

from desktop_app.domain.query import Field
from desktop_app.ui.controls import link_button, make_label
from desktop_app.ui.dialogs.frame import button_row, close_button, lay_out, scrolling
from desktop_app.ui.theme import FontRole

WORDS: Mapping[str, str] = {
    "beach": "In the name, folder, title, artist, album, genre, tags or camera",
    '"blue hour"': "These words together",
    "beach -people": "The one word and not the other",
    "rating:4..5": "From … to, both included; an end may be left open",
    "ext:(heic,dng)": "One of several",
    "-tag:private": "Not so",
}
EXAMPLES: Mapping[Field, tuple[str, str]] = {
    Field.RATING: ("rating:>=4", "Stars, 0 to 5"),
    Field.TAG: ("tag:beach", "One of the tags"),
    Field.NAME: ("name:img", "The file’s name"),
    Field.FOLDER: ("folder:2023", "The folder"),
    Field.EXT: ("ext:jpg", "The kind of file"),
    Field.SIZE: ("size:>5MB", "The file’s size"),
    Field.ADDED: ("added:7d", "When it came into the library: a date, or so many days"),
    Field.KIND: ("kind:photo", "photo or track"),
    Field.STATE: ("state:missing", "present, missing, offline or problem"),
    Field.TAKEN: ("taken:2024-06", "When the photo was taken: year, month or day"),
    Field.CAMERA: ("camera:canon", "The camera"),
    Field.LENS: ("lens:35mm", "The lens"),
    Field.ISO: ("iso:100..400", "The sensitivity"),
    Field.APERTURE: ("aperture:<=2.8", "The f-number"),
    Field.FOCAL: ("focal:>=85", "The focal length in millimetres"),
    Field.WIDTH: ("width:>=3000", "In pixels"),
    Field.HEIGHT: ("height:>=2000", "In pixels"),
    Field.TITLE: ("title:blue", "The track’s title"),
    Field.ARTIST: ('artist:"miles davis"', "The artist"),
    Field.ALBUM: ("album:live", "The album"),
    Field.GENRE: ("genre:jazz", "The genre"),
    Field.YEAR: ("year:1955..1965", "The year of release"),
    Field.DURATION: ("duration:<3:30", "The length, as minutes:seconds or seconds"),
    Field.BPM: ("bpm:120..128", "The tempo in beats a minute"),
    Field.KEY: ("key:Am", "The musical key"),
}
_GROUPS: Mapping[str, tuple[Field, ...]] = {
    "Everything": (
        Field.RATING, Field.TAG, Field.NAME, Field.FOLDER, Field.EXT, Field.SIZE, Field.ADDED, Field.KIND, Field.STATE,
    ),
    "Photos": (
        Field.TAKEN, Field.CAMERA, Field.LENS, Field.ISO, Field.APERTURE, Field.FOCAL, Field.WIDTH, Field.HEIGHT,
    ),
    "Music": (
        Field.TITLE, Field.ARTIST, Field.ALBUM, Field.GENRE, Field.YEAR, Field.DURATION, Field.BPM, Field.KEY,
    ),
}  # fmt: skip


class SearchHelpDialog(QDialog):
    """Signals: ``chosen(str)`` an example was clicked; the dialog closes."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("How to Search")
        self.resize(600, 640)
        self.examples: list[QPushButton] = []
        page = QWidget()
        self._grid = QGridLayout(page)
        self._grid.setContentsMargins(0, 0, 12, 0)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._add_group("Words", WORDS)
        for heading, fields in _GROUPS.items():
            self._add_group(heading, dict(EXAMPLES[field] for field in fields))
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        intro = (
            "All that you type must be true of what is found. Click an example to try it. Ctrl+Return, or Search in "
            "Pictures beside a search, finds photos that show what the words say; that needs a model."
        )
        area, close = scrolling(page, "Examples"), close_button(self)
        lay_out(self, [make_label(intro, "muted", wrap=True), area, button_row([], [close])], fills=area)
        close.setFocus()

    def _add_group(self, heading: str, entries: Mapping[str, str]) -> None:
        title = make_label(heading, "muted", FontRole.CAPTION)
        title.setContentsMargins(0, 10, 0, 0)
        self._grid.addWidget(title, self._grid.rowCount(), 0, 1, 2)
        for example, sentence in entries.items():
            button = link_button(example, f"Search for {example}")
            button.clicked.connect(lambda _checked=False, example=example: self._choose(example))
            self.examples.append(button)
            place = self._grid.rowCount()
            self._grid.addWidget(button, place, 0, Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(make_label(sentence), place, 1)

    def _choose(self, example: str) -> None:
        self.accept()
        self.chosen.emit(example)
