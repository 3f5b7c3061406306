"""Asks the engine for what the window's place shows, and puts the answer into the browser."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from desktop_app.domain.browsing import ListingReply, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey
from desktop_app.domain.notices import JobError
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.ui.models.columns import MATCH
from desktop_app.ui.navigation import (
    COLUMNS,
    DEFAULTS,
    DESCENDING_FIRST,
    PHOTOS,
    TRACKS,
    Arrangement,
    History,
    Place,
    Visit,
)
from desktop_app.ui.refresh import Refresh
from desktop_app.ui.views.browser import Browser

START = Place(Scope(ScopeKind.PHOTOS, "", "All photos"))
HITS = 60  # of a similarity search
SIMILAR = "similar"  # the family of a search result, for its view
MOST_HELD = 10_000  # items of one edit: to compare more with the selection takes too long
PAUSE_MS = 1200  # between two refreshes while indexing
WAIT_MS = 300  # until a search that has not been answered takes the page before away


class ListingControl(QObject):
    """Navigation and the requests behind it.

    Signals: ``leaving()`` before another place, or this one in another order; ``place_changed(Place)`` at once;
    ``listed(Place, count)`` when its answer is shown; ``query_refused(str)`` the search text can't be
    understood; ``still_looking()`` the answer of a similarity search takes a while, and what was shown before is taken
    away; ``similar_found(SearchReply)``; ``similar_failed(JobError)``.
    """

    leaving = Signal()
    place_changed = Signal(object)
    listed = Signal(object, int)
    query_refused = Signal(str)
    still_looking = Signal()
    similar_found = Signal(object)
    similar_failed = Signal(object)

    def __init__(self, client: EngineClient, browser: Browser, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._browser = browser
        self.history = History(START)
        self.arrangements: dict[str, Arrangement] = {
            **DEFAULTS,
            SIMILAR: Arrangement(SortKey.MANUAL, False, Grouping.NONE, False),
        }
        self.count: int | None = None
        self._everywhere = True
        self._request = 0
        self._similar_request = 0
        self._check_request = 0
        self._fresh = True  # the answer is for a place just come to, not a refresh
        self._refused = False  # the search text of this place can't be understood
        self._hits = np.zeros(0, np.int64)  # of the search that is shown, also those that have gone since
        self._taken: frozenset[ItemId] = frozenset()  # the last items that the user took away, until they are gone
        self._held = False  # the list stays as it is until another selection
        self._refresh = Refresh(self._refresh_unless_held, PAUSE_MS, self)
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self._on_waiting)
        browser.selection_changed.connect(self._let_go)
        client.listing_ready.connect(self._on_listing)
        client.similar_ready.connect(self._on_similar)
        client.rows_ready.connect(self._on_rows)
        client.failed.connect(self._on_failed)
        client.items_changed.connect(self._on_changes)

    @property
    def place(self) -> Place:
        """Where the window stands."""
        return self.history.visit.place

    @property
    def arrangement(self) -> Arrangement:
        """How the place is shown."""
        return self.arrangements[SIMILAR if self.place.similar is not None else self.place.family]

    # going places

    def go(self, place: Place) -> None:
        """Show a place and remember the way back."""
        if place == self.place and self.count is not None and place.similar is None:
            return
        self._leave()
        if self._refused:
            self.history.forget()
        self.history.go(place)
        self._arrive()

    def open_scope(self, scope: Scope) -> None:
        """A line of the library tree; ends a search."""
        self.go(Place(scope))

    def search(self, text: str) -> None:
        """The search field's text; empty goes back to the place itself."""
        place = self.place
        base = place if place.similar is None else Place(place.scope) if place.in_pictures else START
        self.go(replace(base, text=text, everywhere=self._everywhere, similar=None))

    def set_reach(self, everywhere: bool) -> None:
        """Where a search looks."""
        self._everywhere = everywhere
        self.go(replace(self.place, text=self.place.words, everywhere=everywhere, similar=None))

    def find_similar(self, request: SimilarRequest) -> None:
        """Show what is like these items and files."""
        row = self._browser.model.known_row(request.items[0]) if request.items else None
        asked = replace(request, k=max(request.k, HITS), hide_companions=True)
        subject, kind = (row.title, row.kind) if row is not None else ("", None)
        self.go(Place(self.place.scope, similar=asked, subject=subject, kind=kind))

    def relabel(self, scope: Scope) -> None:
        """The open place has another name."""
        self.history.visit.place = replace(self.place, scope=scope)
        self.place_changed.emit(self.place)
        if self.count is not None:
            self.listed.emit(self.place, self.count)

    def follow_folder(self, old: Path, new: Path) -> None:
        """A folder lies elsewhere now; where it, or one in it, is shown, it still is."""
        scope = self.place.scope
        if scope.kind is ScopeKind.FOLDER and Path(scope.value).is_relative_to(old):
            inner = Path(scope.value).relative_to(old)
            self.relabel(replace(scope, value=str(new / inner), label=scope.label if inner.parts else new.name))
            self.refresh()

    def back(self) -> None:
        """To the place before, as it was left."""
        if self.history.can_go_back:
            self._leave()
            self.history.back()
            self._arrive()

    def forward(self) -> None:
        """To the place that was gone back from."""
        if self.history.can_go_forward:
            self._leave()
            self.history.forward()
            self._arrive()

    def refresh(self) -> None:
        """Ask again for the same place; what is selected and in view stays. Of hits, only which are still there."""
        self._held = False
        if self.place.similar is None:
            self._fresh = self.count is None
            self._ask()
        elif self.count is not None:
            self._check_request = self._client.fetch_rows([ItemId(each) for each in self._hits.tolist()])

    def note_taken(self, ids: frozenset[ItemId]) -> None:
        """The user took these away: where they were selected, what comes after them is."""
        self._taken = ids

    def _leave(self) -> None:
        self._held = False
        self.leaving.emit()
        if self.count is not None:
            self._browser.save_into(self.history.visit)

    def _arrive(self) -> None:
        self._fresh = True
        self._refused = False
        self.count = None
        self._check_request = 0
        self._refresh.stop()
        self._wait.stop()
        self.place_changed.emit(self.place)
        self._ask()

    def _ask(self) -> None:
        if self.place.similar is not None:
            self._similar_request = self._client.find_similar(self.place.similar, channel="window")
            self._wait.start()
        else:
            self._request = self._client.list_items(self.place.listing(self.arrangement), channel="grid")

    # how it is arranged

    def set_as_list(self, as_list: bool) -> None:
        """Column view or grid."""
        self._arrange(replace(self.arrangement, as_list=as_list))

    def sort_by(self, sort: SortKey) -> None:
        """Another order; the same one again turns it around."""
        now = self.place.listing(self.arrangement)
        if sort is now.sort:
            self.turn_around()
            return
        grouping = self.arrangement.grouping
        if grouping is Grouping.MONTH and sort is not SortKey.TAKEN:
            grouping = Grouping.NONE
        self._arrange(replace(self.arrangement, sort=sort, descending=sort in DESCENDING_FIRST, grouping=grouping))

    def turn_around(self) -> None:
        """The other direction."""
        now = self.place.listing(self.arrangement)
        if now.sort is SortKey.MANUAL:
            return
        self._arrange(replace(self.arrangement, sort=now.sort, descending=not self.arrangement.descending))

    def group_by(self, grouping: Grouping) -> None:
        """Other sections."""
        arrangement = replace(self.arrangement, grouping=grouping)
        if grouping is not Grouping.NONE and arrangement.sort is SortKey.MANUAL:
            arrangement = replace(arrangement, sort=SortKey.ALBUM)
        if grouping is Grouping.MONTH:
            arrangement = replace(arrangement, sort=SortKey.TAKEN, descending=True)
        self._arrange(arrangement)

    def _arrange(self, arrangement: Arrangement) -> None:
        self._leave()
        self.arrangements[SIMILAR if self.place.similar is not None else self.place.family] = arrangement
        self.history.visit.scroll = 0
        self._arrive()

    # answers

    def _on_listing(self, request: int, reply: ListingReply) -> None:
        if request != self._request or self.place.similar is not None or (self._held and not self._fresh):
            return
        if self._fresh:
            arrangement, family = self.arrangement, self.place.family
            with self._browser.one_change():
                self._browser.show_ids(reply.ids, reply.sections, family=family, as_list=arrangement.as_list)
                self._browser.table.show_order(reply.listing.sort, reply.listing.descending)
                self._browser.restore(self.history.visit)
        else:
            self._refresh.answered()
            self._browser.relist(reply.ids, reply.sections, go_on=self._goes_on())
            if self._taken and not (reply.ids == next(iter(self._taken))).any():
                self._taken = frozenset()
        self._fresh = False
        self.count = len(reply.ids)
        self.listed.emit(self.place, len(reply.ids))

    def _on_waiting(self) -> None:
        self._browser.show_none_yet()
        self.still_looking.emit()

    def _on_similar(self, request: int, reply: SearchReply) -> None:
        if request != self._similar_request or self.place.similar is None:
            return
        self._wait.stop()
        ids = np.array([hit.id for hit in reply.hits], dtype=np.int64)
        scores: dict[int, float] = {hit.id: hit.score for hit in reply.hits}
        family = PHOTOS if reply.kind is Kind.PHOTO else TRACKS
        columns = (MATCH, *COLUMNS[family])
        as_list = self.arrangement.as_list
        with self._browser.one_change():
            self._browser.show_ids(ids, (), scores, family=family, as_list=as_list, columns=columns)
            self._browser.restore(self.history.visit)
        self._hits = ids
        self._check_request = 0
        self.count = len(ids)
        self.history.visit.place = replace(self.place, left_out=frozenset(reply.unreadable), kind=reply.kind)
        self.similar_found.emit(reply)
        self.listed.emit(self.place, len(ids))

    def _on_rows(self, request: int, rows: list[ItemRow]) -> None:
        if request != self._check_request or self.place.similar is None:
            return
        self._refresh.answered()
        left = self._hits[np.isin(self._hits, [row.id for row in rows])]
        if len(left) != self.count:
            self._browser.relist(left, go_on=self._goes_on())
            self.count = len(left)
            self.listed.emit(self.place, len(left))

    def _on_failed(self, request: int, error: JobError) -> None:
        if request == self._request and self.place.similar is None:
            if self.place.text and not error.is_bug:
                self._refused = True
                self.query_refused.emit(error.text)
        elif request == self._similar_request and self.place.similar is not None:
            self.similar_failed.emit(error)
            self.history.forget()  # a search that failed is no place to come back to
            self._arrive()

    def _goes_on(self) -> bool:
        """Whether what comes after selected items that are gone is selected: not where the next key was meant for
        them, and something else took them away."""
        selected = self._browser.selected_ids()
        playlist = self.place.scope.kind is ScopeKind.PLAYLIST
        return playlist or (len(selected) > 0 and int(selected[0]) in self._taken)

    def _on_changes(self, changes: ChangeSet) -> None:
        if changes.undone:
            self._taken = frozenset()
        playlist = changes.playlists and self.place.scope.kind is ScopeKind.PLAYLIST
        tagged = changes.tags and self.place.scope.kind is ScopeKind.TAG
        if changes.membership or changes.roots or playlist:
            self._refresh.soon()
        elif tagged or (changes and self.place.text):
            if self._is_of_selected(changes):
                self._held = True  # what no longer matches stays in sight, and selected, until one goes on
                self._refresh.stop()
            else:
                self._refresh.soon()

    def _refresh_unless_held(self) -> None:
        if not self._held:  # else when it is let go
            self.refresh()

    def _is_of_selected(self, changes: ChangeSet) -> bool:
        if not 0 < len(changes.items) <= min(self._browser.selected_count, MOST_HELD):
            return False
        changed = np.fromiter(changes.items, np.int64, len(changes.items))
        return bool(np.isin(changed, self._browser.selected_ids()).all())

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self._refresh.soon()

    # state

    def save_state(self, settings: QSettings) -> None:
        """Order and view of each family, and the place."""
        kept = {
            family: [each.sort.value, each.descending, each.grouping.value, each.as_list]
            for family, each in self.arrangements.items()
        }
        settings.setValue("arrangements", json.dumps(kept))
        scope = self.place.scope
        settings.setValue("place", json.dumps([scope.kind.value, scope.value, scope.label]))

    def restore_state(self, settings: QSettings) -> None:
        """As saved; what does not fit is left at its default."""
        try:
            kept = json.loads(str(settings.value("arrangements", "{}")))
            for family, (sort, descending, grouping, as_list) in kept.items():
                if family in self.arrangements:
                    self.arrangements[family] = Arrangement(
                        SortKey(sort), bool(descending), Grouping(grouping), bool(as_list)
                    )
            kind, value, label = json.loads(str(settings.value("place", "null"))) or [
                ScopeKind.PHOTOS,
                "",
                "All photos",
            ]
            self.history = History(Place(Scope(ScopeKind(kind), str(value), str(label))))
        except (ValueError, TypeError):
            return

    @property
    def visit(self) -> Visit:
        """The present visit."""
        return self.history.visit
