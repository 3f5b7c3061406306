"""Above the items: what is shown and how many, where a search looks, order, sections, zoom."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayoutItem, QMenu, QSlider, QToolButton, QWidget

from desktop_app.domain.kinds import Grouping, ScopeKind, SortKey
from desktop_app.ui.controls import literal, make_label, plain
from desktop_app.ui.icons import icon
from desktop_app.ui.navigation import GROUPINGS, SORTS, Arrangement, Place, holds_photos
from desktop_app.ui.theme import BAR_HEIGHT, SPACE_1, SPACE_2, SPACE_3, SPACE_4, FontRole, font, theme
from desktop_app.ui.views.grid import MAX_SIDE, MIN_SIDE
from desktop_app.ui.wording import DOT, count_text, minutes_text

NARROW = 760  # px: below it the menus are icons only
LEAST_HEADING = 240  # px: before it is shortened further, the menus become icons too
TINY = 400  # px: below it there is no room for the zoom


class ListingBar(QFrame):
    """Signals: ``sort_chosen(SortKey)``, ``direction_flipped()``, ``grouping_chosen(Grouping)``,
    ``reach_chosen(everywhere: bool)``, ``pictures_wanted()`` to look for the words in them, ``side_chosen(int)``,
    ``retry_wanted()`` of the problems, ``play_wanted()`` of a playlist."""

    sort_chosen = Signal(object)
    direction_flipped = Signal()
    grouping_chosen = Signal(object)
    reach_chosen = Signal(bool)
    pictures_wanted = Signal()
    side_chosen = Signal(int)
    retry_wanted = Signal()
    play_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filled: dict[QToolButton, Sequence[tuple[str, SortKey | Grouping, bool]]] = {}
        self.setObjectName("listingBar")
        self.setFixedHeight(BAR_HEIGHT)
        self.heading = make_label("", "", FontRole.HEADING)
        self.heading.setObjectName("heading")
        self.heading.setMinimumWidth(60)
        self.count = make_label("", "faint")
        self._everywhere = self._reach_button("Everywhere", "Search the whole library", True)
        self._within = self._reach_button("Here", "Search only in this place", False)
        self._pictures = self._choice("Search in Pictures", "Find photos by what they show (Ctrl+Return)")
        self._pictures.clicked.connect(self.pictures_wanted)
        self._sort = self._menu_button("sort", "Sort by")
        self._direction = QToolButton()
        self._direction.setIconSize(QSize(15, 15))
        self._direction.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._direction.clicked.connect(self.direction_flipped)
        self._group = self._menu_button("group", "Sections")
        self.retry = self._command("refresh", "Try All Again", "Read all of these files again")
        self.retry.clicked.connect(self.retry_wanted)
        self.play = self._command("play", "Play", "Play all of it from the start")
        self.play.clicked.connect(self.play_wanted)
        self.zoom = QSlider(Qt.Orientation.Horizontal)
        self.zoom.setRange(MIN_SIDE, MAX_SIDE)
        self.zoom.setPageStep(40)
        self.zoom.setSingleStep(10)
        self.zoom.setFixedWidth(110)
        self.zoom.setAccessibleName("Size of the pictures")
        self.zoom.setToolTip("Size of the pictures (Ctrl + wheel, Ctrl++ and Ctrl+-)")
        self.zoom.valueChanged.connect(self.side_chosen)
        self._small, self._large = make_label(), make_label()
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_4, 0, SPACE_3, 0)
        row.setSpacing(SPACE_1)
        row.addWidget(self.heading)
        row.addWidget(self.count)
        row.addSpacing(SPACE_3)
        row.addWidget(self._everywhere)
        row.addWidget(self._within)
        row.addWidget(self._pictures)
        row.addStretch(1)
        row.addWidget(self.retry)
        row.addWidget(self.play)
        row.addWidget(self._group)
        row.addSpacing(SPACE_2)
        row.addWidget(self._sort)
        row.addWidget(self._direction)
        row.addSpacing(SPACE_3)
        row.addWidget(self._small)
        row.addWidget(self.zoom)
        row.addWidget(self._large)
        theme().changed.connect(self._paint_icons)
        self._paint_icons()

    def show_place(
        self,
        place: Place,
        arrangement: Arrangement,
        count: int | None,
        *,
        as_list: bool,
        minutes: float | None = None,
        values: int | None = None,
    ) -> None:
        """Say what is shown. ``count`` None: not known yet; ``minutes``: of a playlist; ``values``: of how many albums,
        artists and so on they are, in a place that is named after these."""
        self._title = f"“{place.words}”" if place.in_pictures else place.title  # what the button beside it says
        length = f" · {minutes_text(minutes)}" if minutes else ""
        items = f"{count or 0:,}"
        if values is not None:
            items = f"{values:,}{DOT}{count_text(count or 0, 'photo' if holds_photos(place.family) else 'track')}"
        self.count.setText("" if count is None else f" ·  {items}{length}")
        self.play.setVisible(bool(minutes and count))
        self.retry.setVisible(place.similar is None and place.searched_scope.kind is ScopeKind.PROBLEMS and bool(count))
        for button in (self._everywhere, self._within, self._pictures):
            button.setVisible(bool(place.words))
        self._everywhere.setChecked(place.everywhere and not place.in_pictures)
        self._within.setChecked(not place.everywhere and not place.in_pictures)
        self._pictures.setChecked(place.in_pictures)
        label = place.scope.label
        self._within.setText(literal(f"In {label if len(label) < 24 else label[:22] + '…'}"))
        listing = place.listing(arrangement)
        listed = place.similar is None
        self._sort.setVisible(listed)
        self._turns = listed and listing.sort is not SortKey.MANUAL
        self._group.setVisible(listed and not as_list)
        names = SORTS[place.family]
        self._sort.setText(f"Sort: {names.get(listing.sort, '')}")
        self._direction.setIcon(icon("descending" if listing.descending else "ascending", "muted"))
        order = "Descending" if listing.descending else "Ascending"
        self._direction.setToolTip(plain(f"{order}; click to turn around"))
        self._direction.setAccessibleName(f"{order} order")
        self._fill(self._sort, [(name, key, key is listing.sort) for key, name in names.items()], self.sort_chosen)
        groupings = GROUPINGS[place.family]
        self._group.setText(groupings.get(listing.grouping, "No sections"))
        chosen = [(name, key, key is listing.grouping) for key, name in groupings.items()]
        self._fill(self._group, chosen, self.grouping_chosen)
        self._zooms = not as_list
        self._elide()

    def show_pictures(self, looking: bool) -> None:
        """Whether words are looked for in the pictures."""
        self._pictures.setChecked(looking)

    def show_side(self, side: int) -> None:
        """Move the slider without announcing it."""
        self.zoom.blockSignals(True)
        self.zoom.setValue(side)
        self.zoom.blockSignals(False)

    _title = ""
    _turns = False  # whether there is an order to turn around
    _zooms = True

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _elide(self) -> None:
        """Give the heading what the rest leaves; where that is little, the menus do with their icons."""
        metrics = self.heading.fontMetrics()
        wanted = metrics.horizontalAdvance(self._title) + 1
        self._show_zoom(self._zooms and self.width() >= TINY)
        self._direction.setVisible(self._turns)
        self._set_narrow(self.width() < NARROW)
        self._set_brief(False)
        if self._room() < min(wanted, LEAST_HEADING):
            self._set_narrow(True)
            self._set_brief(self._room() < min(wanted, LEAST_HEADING))
            if self._room() < min(wanted, LEAST_HEADING):  # a wheel and keys do the same
                self._show_zoom(False)
            if self._room() < self.heading.minimumWidth():
                self._direction.hide()  # the menu beside it does the same: its order, chosen again, turns around
        room = max(self.heading.minimumWidth(), self._room())
        self.heading.setText(metrics.elidedText(self._title, Qt.TextElideMode.ElideMiddle, room))
        self.heading.setToolTip(plain(self._title) if self.heading.text() != self._title else "")

    def _show_zoom(self, shown: bool) -> None:
        for widget in (self._small, self.zoom, self._large):
            widget.setVisible(shown)

    def _set_narrow(self, narrow: bool) -> None:
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in (self._sort, self._group):
            button.setToolButtonStyle(style)
        self.zoom.setFixedWidth(70 if narrow else 110)

    def _set_brief(self, brief: bool) -> None:
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if brief else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in (self.retry, self.play, self._pictures):
            button.setToolButtonStyle(style)
        style = style if brief else Qt.ToolButtonStyle.ToolButtonTextOnly
        for button in (self._everywhere, self._within):
            button.setToolButtonStyle(style)

    def _room(self) -> int:
        """Pixels that are left for the heading."""
        items = [self._row.itemAt(place) for place in range(self._row.count())]
        others = [each for each in items if each is not None and each.widget() is not self.heading]
        taken = sum(each.sizeHint().width() + self._row.spacing() for each in others if _takes_room(each))
        margins = self._row.contentsMargins()
        return self.width() - margins.left() - margins.right() - taken

    def _reach_button(self, text: str, tooltip: str, everywhere: bool) -> QToolButton:
        button = self._choice(text, tooltip)
        button.clicked.connect(lambda: self.reach_chosen.emit(everywhere))
        return button

    @staticmethod
    def _command(name: str, text: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setIcon(icon(name, "muted"))
        button.setIconSize(QSize(15, 15))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(plain(tooltip))
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.hide()
        return button

    @staticmethod
    def _choice(text: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(plain(tooltip))
        button.setCheckable(True)
        button.setIconSize(QSize(15, 15))
        button.setFont(font(FontRole.SMALL))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.hide()
        return button

    def _menu_button(self, name: str, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(plain(tooltip))
        button.setAccessibleName(tooltip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(button)
        menu.aboutToHide.connect(lambda: QTimer.singleShot(0, button, lambda: _see_mouse(button)))
        button.setMenu(menu)
        return button

    def _fill(
        self, button: QToolButton, entries: Sequence[tuple[str, SortKey | Grouping, bool]], signal: object
    ) -> None:
        menu = button.menu()
        if menu is None or self._filled.get(button) == entries:
            return
        self._filled[button] = entries
        menu.clear()
        for group in menu.findChildren(QActionGroup):
            group.deleteLater()
        group = QActionGroup(menu)
        for name, key, chosen in entries:
            action = QAction(name, group)
            action.setCheckable(True)
            action.setChecked(chosen)
            action.triggered.connect(lambda _checked, key=key: signal.emit(key))  # type: ignore[attr-defined]
            menu.addAction(action)

    def _paint_icons(self) -> None:
        self._pictures.setIcon(icon("eye", "muted"))
        self._everywhere.setIcon(icon("library", "muted"))
        self._within.setIcon(icon("folder", "muted"))
        self._small.setPixmap(icon("image-small", "faint").pixmap(16, 16))
        self._large.setPixmap(icon("image-large", "faint").pixmap(16, 16))


def _see_mouse(button: QToolButton) -> None:
    """A click outside its menu tells the button nothing: it would look as if the mouse were still there."""
    there = button.rect().contains(button.mapFromGlobal(QCursor.pos()))
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, there)
    button.update()


def _takes_room(item: QLayoutItem) -> bool:
    return item.widget() is None or not item.isEmpty()
