"""The widgets of the detail panel and where they stand."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.items import ItemDetail
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.search import Hit
from desktop_app.engine.api import EngineClient
from desktop_app.ui import wording
from desktop_app.ui.controls import ElidedLabel, icon_button, make_label, make_line
from desktop_app.ui.icons import icon
from desktop_app.ui.models.thumbnails import Thumbnails
from desktop_app.ui.panels.detail_fields import Field, Selection, parted
from desktop_app.ui.panels.detail_form import DetailForm
from desktop_app.ui.panels.detail_preview import PreviewPane
from desktop_app.ui.panels.detail_rating import RatingStars
from desktop_app.ui.panels.detail_tags import TagChips
from desktop_app.ui.panels.palette_of_photo import ColoursOfPhoto
from desktop_app.ui.panels.similar import SimilarStrip
from desktop_app.ui.panels.waveform import WaveformView
from desktop_app.ui.theme import FontRole, font

_STATE_ICONS = {State.MISSING: "missing", State.OFFLINE: "offline", State.PROBLEM: "problem"}


class DetailPage(QWidget):
    """Preview, title and rating, state, waveform, tags, main facts, similar items, further facts, top to bottom."""

    def __init__(self, client: EngineClient, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.preview = PreviewPane()
        self.preview.setAccessibleName("Preview")
        self.title = ElidedLabel()
        self.title.setFont(font(FontRole.STRONG))
        self.subtitle = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.subtitle.setProperty("class", "muted")
        self.rating = RatingStars()
        self.play = icon_button("play", "Play")
        self.why = WhyHere()
        self.state = StateBanner()
        self.waveform = WaveformView()
        self.tags = TagChips()
        self.form = DetailForm()
        self.more = DetailForm()
        self.colours = ColoursOfPhoto(client)
        self.similar = SimilarStrip(client, thumbnails)
        self._arrange()

    def show_detail(self, detail: ItemDetail, fields: Sequence[Field]) -> None:
        """Everything of one item but its picture, its waveform and what is like it."""
        row, track = detail.row, detail.track
        is_track = row.kind is Kind.TRACK
        self.title.set_whole(row.title)
        second = wording.DOT.join(part for part in (row.artist, row.album) if part) if is_track else ""
        if not is_track and detail.photo is not None and detail.photo.taken:
            second = wording.date_text(detail.photo.taken)
        self._show_subtitle(second)
        self.rating.set_rating(row.rating)
        self.state.show_state(row.state, wording.state_text(row))
        self.play.setVisible(is_track and row.state is State.PRESENT)
        self.waveform.setVisible(track is not None)
        self.tags.set_tags(detail.tags)
        self.colours.show_for(None if is_track or row.state is State.PROBLEM else row.id)
        main, rest = parted(fields, is_photo=not is_track)
        self.form.show_fields(main)
        self.form.tab_after(self.tags.last)
        self._show_more(rest)
        if row.kind is Kind.PHOTO:
            self.preview.expect(row.width, row.height)
        else:
            self.preview.expect(*((1, 1) if row.has_thumbnail else (5, 2)))

    def show_selection(self, selection: Selection, heading: str, counted: str = "selected") -> None:
        """Several items summed up; ``counted`` says which of them."""
        self.title.set_whole(heading)
        self._show_subtitle(counted)
        self.state.show_state(State.PRESENT, "")
        self.play.setVisible(selection.tracks > 0)
        self.waveform.hide()
        self.tags.set_tags(selection.tags)
        self.colours.show_for(None)
        self.form.show_fields(selection.fields())
        self._show_more(())
        self.preview.expect(3, 2)

    def show_sounding(self, sounding: bool) -> None:
        """Whether the item is heard now: the button beside its title plays it, or holds it."""
        self.play.setIcon(icon("pause" if sounding else "play"))
        self.play.setToolTip("Pause" if sounding else "Play")
        self.play.setAccessibleName(self.play.toolTip())

    def _show_more(self, fields: Sequence[Field]) -> None:
        self.more.show_fields(fields)
        self.more.tab_after(self.similar.last)
        for widget in (self._more_line, self._more_heading, self.more):
            widget.setVisible(bool(fields))

    def _show_subtitle(self, text: str) -> None:
        self.subtitle.set_whole(text)
        self.subtitle.setVisible(bool(text))

    def _arrange(self) -> None:
        self.setProperty("class", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 12, 12, 16)
        outer.setSpacing(10)
        outer.addWidget(self.preview)
        heading = QVBoxLayout()
        heading.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.title, 1)
        first.addWidget(self.play)
        heading.addLayout(first)
        heading.addWidget(self.subtitle)
        heading.addSpacing(4)
        heading.addWidget(self.rating, 0, Qt.AlignmentFlag.AlignLeft)
        outer.addLayout(heading)
        outer.addWidget(self.why)
        outer.addWidget(self.state)
        outer.addWidget(self.waveform)
        outer.addWidget(self.tags)
        outer.addWidget(make_line())
        outer.addWidget(self.form)
        outer.addWidget(make_line())
        outer.addWidget(self.colours)
        outer.addWidget(self.similar)
        self._more_line = make_line()
        self._more_heading = make_label("File", "muted", FontRole.CAPTION)
        for widget in (self._more_line, self._more_heading, self.more):
            outer.addWidget(widget)
        outer.addStretch(1)
        self.setMinimumWidth(200)
        order = [self.preview, self.play, self.rating, self.tags, self.form, self.colours, self.similar, self.more]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 0)  # wrapped labels count at their narrowest otherwise: a scroll bar for nothing


class WhyHere(QWidget):
    """Why the selected item is among the hits: what each space found in it. Hidden elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._heading = make_label("", "muted", FontRole.CAPTION)
        self._lines = make_label("", "muted", FontRole.SMALL, wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._heading)
        column.addWidget(self._lines)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" if nothing."""
        return f"{self._heading.text()}\n{self._lines.text()}".strip() if not self.isHidden() else ""

    def show_hit(self, hit: Hit | None) -> None:
        """Explain a hit, or hide."""
        self.setVisible(hit is not None)
        if hit is None:
            return
        percent = wording.percent_text(hit.score)
        self._heading.setText("The same file" if hit.identical else f"Why {percent}")
        lines = [] if hit.identical else wording.why_lines(hit) or [f"{percent} similar"]
        if not hit.close:
            lines.append("Nothing is close; this is among the nearest that there are.")
        self._lines.setText("\n".join(lines))
        self._lines.setVisible(bool(lines))
        self.setAccessibleName(". ".join([self._heading.text(), *lines]))


class StateBanner(QWidget):
    """An icon and the sentence for an item that is missing, offline or a problem; hidden for the others."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = make_label()
        self._sentence = make_label("", "", FontRole.SMALL, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._sentence.text()

    def show_state(self, state: State, sentence: str) -> None:
        """Say ``sentence``, or hide."""
        self.setVisible(bool(sentence))
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        if sentence:
            token = "danger" if state is State.PROBLEM else "warning"
            self._icon.setPixmap(icon(_STATE_ICONS[state], token).pixmap(QSize(18, 18), self.devicePixelRatioF()))


class EmptyPage(QWidget):
    """What the panel says when there is nothing to show."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("class", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._heading = make_label("", "muted", FontRole.STRONG, wrap=True)
        self._sentence = make_label("", "faint", FontRole.SMALL, wrap=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.setSpacing(6)
        outer.addStretch(2)
        for label in (self._heading, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            outer.addWidget(label)
        outer.addStretch(3)

    def say(self, heading: str, sentence: str) -> None:
        """The two texts."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)
        self.setAccessibleName(f"{heading}. {sentence}")
