"""Which items a place in the library shows, in which order and under which headings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.browsing import Listing, ListingReply, Scope, Section
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey, State
from desktop_app.domain.query import Field, Query
from desktop_app.engine.catalog.connection import Database, id_table
from desktop_app.engine.catalog.encoding import decode_name, encode_name
from desktop_app.engine.catalog.filters import EVERYTHING, Condition, condition_of
from desktop_app.engine.catalog.rows import read_rows
from desktop_app.engine.search.language import parse

RECENT_DAYS: Final = 30
SHOWN: Final = "i.state IN ('present', 'missing', 'offline') AND i.companion_of IS NULL"
MISSING: Final = "i.state IN ('missing', 'offline') AND i.companion_of IS NULL"
ALBUM_ARTIST: Final = "coalesce(i.album_artist, i.artist, '')"

# Roots rank by path, with a separator at the end, so that rank and relpath together order as whole paths do.
_FROM: Final = (
    "item i JOIN (SELECT id, path, row_number() OVER (ORDER BY path || '/') AS place FROM root) r ON r.id = i.root_id"
)
_BY_PATH: Final = "r.place, i.relpath, i.id"

_SORTS: Final[dict[SortKey, Sequence[str]]] = {
    SortKey.TAKEN: ("i.taken",),
    SortKey.ADDED: ("i.added_at",),
    SortKey.NAME: ("lower(i.name)",),
    SortKey.PATH: ("r.place", "i.relpath"),
    SortKey.SIZE: ("i.size",),
    SortKey.RATING: ("nullif(i.rating, 0)",),
    SortKey.TITLE: ("lower(coalesce(i.title, i.name))",),
    SortKey.ARTIST: ("lower(i.artist)", "lower(i.album)", "coalesce(i.disc_number, 1)", "i.track_number"),
    SortKey.ALBUM: ("lower(i.album)", f"lower({ALBUM_ARTIST})", "coalesce(i.disc_number, 1)", "i.track_number"),
    SortKey.DURATION: ("i.duration",),
    SortKey.TEMPO: ("i.tempo",),
    SortKey.KEY: ("i.key", "i.scale"),
    SortKey.MANUAL: (),
}
_ONLY_FIRST_TURNS: Final = (SortKey.ARTIST, SortKey.ALBUM)  # within an album, tracks always count up

_GROUPS: Final[dict[Grouping, Sequence[str]]] = {
    Grouping.NONE: (),
    Grouping.MONTH: ("date_trunc('month', i.taken)",),
    Grouping.ALBUM: (f"lower({ALBUM_ARTIST})", ALBUM_ARTIST, "lower(i.album)", "i.album"),
    Grouping.ARTIST: ("lower(i.artist)", "i.artist"),
    Grouping.GENRE: ("lower(i.genre)", "i.genre"),
    Grouping.CAMERA: ("lower(i.camera)", "i.camera"),
    Grouping.FOLDER: ("r.place", "i.folder"),
}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def list_ids(database: Database, listing: Listing) -> ListingReply:
    """The ids of a listing, in order, with its sections. Raises QueryError for its text.

    Present, missing and offline items are shown, RAW files behind a photo and problems are not; problems have a scope
    of their own, playlists and given ids show whatever they hold.
    """
    query = parse(listing.text)
    condition = scope_condition(database, listing.scope, query) & condition_of(query)
    source, manual = _FROM, ""
    if listing.scope.kind is ScopeKind.PLAYLIST:
        source = f"{_FROM} JOIN playlist_entry e ON e.item_id = i.id"
        manual = "e.position"
    elif listing.scope.kind is ScopeKind.ITEMS:
        source = f"{_FROM} JOIN asked e ON e.id = i.id"
        manual = "e.position"
    groups = _GROUPS[listing.grouping]
    turned = " DESC" if listing.descending else ""
    group_turned = (
        turned if listing.grouping is Grouping.MONTH or listing.sort in (SortKey.ALBUM, SortKey.ARTIST) else ""
    )
    if listing.grouping is Grouping.MONTH and listing.sort is not SortKey.TAKEN:
        group_turned = " DESC"
    group_order = [f"{column}{group_turned} NULLS LAST" for column in groups]
    order = ", ".join([*group_order, *_sort_order(listing), *([manual] if manual else []), _BY_PATH])
    with database.snapshot(), database.given(asked=id_table(listing.ids)):
        where = f"FROM {source} WHERE {condition.sql}"
        ids = database.integers(f"SELECT i.id {where} ORDER BY {order}", condition.parameters)
        if not groups:
            return ListingReply(listing, ids)
        counted = database.rows(
            f"SELECT count(*), any_value(r.path), {', '.join(groups)} {where} "
            f"GROUP BY {', '.join(groups)} ORDER BY {', '.join(group_order)}",
            condition.parameters,
        )
    sections: list[Section] = []
    start = 0
    for count, root, *key in counted:
        sections.append(Section(_title(listing.grouping, root, key), start, count))
        start += count
    return ListingReply(listing, ids, tuple(sections))


def _sort_order(listing: Listing) -> list[str]:
    sort, descending = listing.sort, listing.descending
    if listing.scope.kind is ScopeKind.RECENT_PHOTOS and (sort, descending) == (SortKey.TAKEN, True):
        sort = SortKey.ADDED  # the newest additions first, unless another order was chosen
    if sort is SortKey.MANUAL:
        return []  # the playlist's own order, which follows anyway
    order: list[str] = []
    for at, column in enumerate(_SORTS[sort]):
        turned = descending and (at == 0 or sort not in _ONLY_FIRST_TURNS)
        order.append(f"{column}{' DESC' if turned else ''} NULLS LAST")
    return order


def _title(grouping: Grouping, root: str, key: Sequence[object]) -> str:
    match grouping:
        case Grouping.MONTH:
            month = key[0]
            return f"{_MONTHS[month.month - 1]} {month.year}" if isinstance(month, datetime) else "No date"
        case Grouping.ALBUM:
            artist, album = str(key[1] or ""), str(key[3] or "")
            return f"{album or 'No album'} — {artist}" if artist else album or "No album"
        case Grouping.ARTIST:
            return str(key[1] or "Unknown artist")
        case Grouping.GENRE:
            return str(key[1] or "No genre")
        case Grouping.CAMERA:
            return str(key[1] or "No camera")
        case _:
            folder = str(key[1] or "")
            return decode_name(f"{root}/{folder}" if folder else root)


def scope_condition(database: Database, scope: Scope, query: Query) -> Condition:
    """What a scope holds. A query that asks for a state lifts the scope's own choice of states."""
    shown = Condition("i.companion_of IS NULL" if query.asks(Field.STATE) else SHOWN)
    photos, tracks = Condition("i.kind = ?", (str(Kind.PHOTO),)), Condition("i.kind = ?", (str(Kind.TRACK),))
    match scope.kind:
        case ScopeKind.ALL:
            return shown
        case ScopeKind.PHOTOS:
            return shown & photos
        case ScopeKind.TRACKS:
            return shown & tracks
        case ScopeKind.RECENT_PHOTOS:
            return shown & photos & Condition("i.added_at >= ?", (recent_since(),))
        case ScopeKind.DATE:
            return shown & photos & _date_condition(scope.value)
        case ScopeKind.CAMERA:
            return shown & photos & Condition("coalesce(i.camera, '') = ?", (scope.value,))
        case ScopeKind.ARTIST:
            return shown & tracks & Condition("coalesce(i.artist, '') = ?", (scope.value,))
        case ScopeKind.ALBUM:
            artist, _, album = scope.value.rpartition("\x00")
            values = (artist, album)
            return shown & tracks & Condition(f"{ALBUM_ARTIST} = ? AND coalesce(i.album, '') = ?", values)
        case ScopeKind.GENRE:
            return shown & tracks & Condition("coalesce(i.genre, '') = ?", (scope.value,))
        case ScopeKind.FOLDER:
            return shown & folder_condition(database, scope.value)
        case ScopeKind.PLAYLIST:
            number = int(scope.value) if scope.value.isdecimal() else 0
            return Condition("e.playlist_id = ?", (number,))
        case ScopeKind.TAG:
            tagged = "i.id IN (SELECT item_id FROM tag WHERE folded = strip_accents(lower(?)))"
            return shown & Condition(tagged, (scope.value,))
        case ScopeKind.MISSING:
            return Condition(MISSING)
        case ScopeKind.PROBLEMS:
            return Condition("i.state = ?", (str(State.PROBLEM),))
        case ScopeKind.ITEMS:
            return EVERYTHING


def recent_since() -> float:
    """Since when an addition is recent, seconds since the epoch."""
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=RECENT_DAYS)).timestamp()


def _date_condition(value: str) -> Condition:
    """Photos of a year, a month or a day; without a value those without a date."""
    if not value:
        return Condition("i.taken IS NULL")
    return condition_of(parse(f'taken:="{value}"'))


def folder_condition(database: Database, folder: str) -> Condition:
    """Items in an absolute folder and all below it, also where it lies above or inside a root."""
    below = encode_name(folder.replace("\\", "/") if "/" not in folder else folder).rstrip("/") + "/"
    parts: list[Condition] = []
    for number, path in database.rows("SELECT id, path FROM root"):
        root = path.rstrip("/") + "/"
        if root.startswith(below):
            parts.append(Condition("i.root_id = ?", (number,)))
        elif below.startswith(root):
            inner = below[len(root) : -1]
            values = (number, inner, inner + "/")
            parts.append(Condition("(i.root_id = ? AND (i.folder = ? OR starts_with(i.folder, ?)))", values))
    any_of = " OR ".join(part.sql for part in parts) or "false"
    return Condition(f"({any_of})", tuple(value for part in parts for value in part.parameters))


def find(
    database: Database,
    text: str,
    *,
    limit: int | None,
    kind: Kind | None = None,
    state: State | None = None,
) -> tuple[int, list[ItemRow]]:
    """How many items of any state match, and the rows of the first by path. Raises QueryError."""
    condition = condition_of(parse(text))
    if kind is not None:
        condition = condition & Condition("i.kind = ?", (str(kind),))
    if state is not None:
        condition = condition & Condition("i.state = ?", (str(state),))
    with database.snapshot():
        ids = database.integers(
            f"SELECT i.id FROM {_FROM} WHERE {condition.sql} ORDER BY {_BY_PATH}", condition.parameters
        )
        return len(ids), read_rows(database, ids[:limit])


def matching_ids(database: Database, text: str) -> NDArray[np.int64] | None:
    """Ids of the items of any state that match, int64 (n,), sorted; None for an empty query. Raises QueryError."""
    query = parse(text)
    if not query:
        return None
    condition = condition_of(query)
    return database.integers(
        f"SELECT i.id FROM item i JOIN root r ON r.id = i.root_id WHERE {condition.sql} ORDER BY i.id",
        condition.parameters,
    )
