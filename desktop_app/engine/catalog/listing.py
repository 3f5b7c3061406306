"""Which items a place in the library shows, in which order and under which headings."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
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
from desktop_app.engine.catalog.path_order import BY_PATH, FROM, first_by_path, settled
from desktop_app.engine.catalog.rows import read_rows
from desktop_app.engine.search.language import parse

RECENT_DAYS: Final = 30
SHOWN: Final = "i.state IN ('present', 'missing', 'offline') AND i.companion_of IS NULL"
MISSING: Final = "i.state IN ('missing', 'offline') AND i.companion_of IS NULL"
ALBUM_ARTIST: Final = "coalesce(i.album_artist, i.artist, '')"

_BY_ARTIST: Final = ("lower(i.artist)", "lower(i.album)", "coalesce(i.disc_number, 1)", "i.track_number")
_SORTS: Final[dict[SortKey, Sequence[str]]] = {
    SortKey.TAKEN: ("i.taken",),
    SortKey.ADDED: ("i.added_at",),
    SortKey.NAME: ("lower(i.name)",),
    SortKey.PATH: (),  # the order of all ties
    SortKey.SIZE: ("i.size",),
    SortKey.RATING: ("nullif(i.rating, 0)",),
    SortKey.TITLE: ("lower(coalesce(i.title, i.name))",),
    SortKey.ARTIST: _BY_ARTIST,
    SortKey.GENRE: ("lower(i.genre)", *_BY_ARTIST),
    SortKey.ALBUM: ("lower(i.album)", f"lower({ALBUM_ARTIST})", "coalesce(i.disc_number, 1)", "i.track_number"),
    SortKey.DURATION: ("i.duration",),
    SortKey.TEMPO: ("i.tempo",),
    SortKey.KEY: ("i.key", "i.scale"),
    SortKey.MANUAL: (),
}
_ONLY_FIRST_TURNS: Final = (SortKey.GENRE, SortKey.ARTIST, SortKey.ALBUM)  # within an album, tracks always count up

# Columns that tell groups apart, and what the groups are ordered by: first by whether they have a name, then by it.
_GROUPS: Final[dict[Grouping, tuple[Sequence[str], Sequence[str]]]] = {
    Grouping.ALBUM: ((ALBUM_ARTIST, "i.album"), ("{1} = ''", "lower({1})", "lower({0})", "{1}", "{0}")),
    Grouping.ARTIST: (("i.artist",), ("{0} = ''", "lower({0})", "{0}")),
    Grouping.GENRE: (("i.genre",), ("{0} = ''", "lower({0})", "{0}")),
    Grouping.CAMERA: (("i.camera",), ("{0} = ''", "lower({0})", "{0}")),
    Grouping.FOLDER: (
        ("i.root_id", "i.folder"),
        ("false", "(SELECT path || '/' FROM root WHERE id = {0})", "{1}"),
    ),
}
_ALBUMS_BY_ARTIST: Final = ("{0} = ''", "lower({0})", "{1} = ''", "lower({1})", "{0}", "{1}")
# Orders that are the sections' own: turned around, they turn the sections, and what has no name stays last.
_TURNING: Final[dict[Grouping, tuple[SortKey, ...]]] = {
    Grouping.ALBUM: (SortKey.ALBUM, SortKey.ARTIST),
    Grouping.ARTIST: (SortKey.ARTIST,),
    Grouping.GENRE: (SortKey.GENRE,),
    Grouping.FOLDER: (SortKey.PATH,),
}
_MONTHS_AT_MOST: Final = 12 * 10_000
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
    source, manual = FROM, ""
    if listing.scope.kind is ScopeKind.PLAYLIST:
        source = f"{FROM} JOIN playlist_entry e ON e.item_id = i.id"
        manual = "e.position"
    elif listing.scope.kind is ScopeKind.ITEMS:
        source = f"{FROM} JOIN asked e ON e.id = i.id"
        manual = "e.position"
    sort = _effective_sort(listing)
    section, joined = _sectioned(listing)
    by = _order(listing, sort, section) + ([manual, BY_PATH] if manual else [])
    alike = f"hash({', '.join(_SORTS[sort])})" if _SORTS[sort] else "0"
    with database.snapshot(), database.given(asked=id_table(listing.ids)):
        columns = database.columns(
            f"SELECT i.id AS id, {section or '0'} AS section, {alike} AS alike FROM {source}{joined} "
            f"WHERE {condition.sql}{' ORDER BY ' if by else ''}{', '.join(by)}",
            condition.parameters,
        )
        ids, sections, values = columns["id"], columns["section"], columns["alike"]
        if not manual:
            same = (values[1:] == values[:-1]) & (sections[1:] == sections[:-1])
            ids = settled(database, ids, same, descending=sort is SortKey.PATH and listing.descending)
        if not section:
            return ListingReply(listing, ids)
        return ListingReply(listing, ids, _sections(database, listing.grouping, ids, sections))


def _effective_sort(listing: Listing) -> SortKey:
    if listing.scope.kind is ScopeKind.RECENT_PHOTOS and (listing.sort, listing.descending) == (SortKey.TAKEN, True):
        return SortKey.ADDED  # the newest additions first, unless another order was chosen
    return listing.sort


def _order(listing: Listing, sort: SortKey, section: str) -> list[str]:
    """What SQL orders by; what is equal in all of it is ordered by path afterwards."""
    order: list[str] = []
    if section and (listing.grouping, sort) != (Grouping.MONTH, SortKey.TAKEN):  # times are in the order of months
        order.append(f"section{' DESC' if _months_turned(listing) else ''}")
    columns = _SORTS[sort]
    if sort is SortKey.PATH and listing.scope.kind in (ScopeKind.PLAYLIST, ScopeKind.ITEMS):
        columns = ("r.place", "i.relpath")
    for at, column in enumerate(columns):
        turned = listing.descending and (at == 0 or sort not in _ONLY_FIRST_TURNS)
        order.append(f"{column}{' DESC' if turned else ''} NULLS LAST")
    return order


def _months_turned(listing: Listing) -> bool:
    return listing.grouping is Grouping.MONTH and (listing.descending or listing.sort is not SortKey.TAKEN)


def _group_order(listing: Listing) -> list[str]:
    """What the sections are ordered by, in terms of the columns that tell them apart."""
    order = _GROUPS[listing.grouping][1]
    if (listing.grouping, listing.sort) == (Grouping.ALBUM, SortKey.ARTIST):
        order = _ALBUMS_BY_ARTIST
    turned = listing.descending and listing.sort in _TURNING.get(listing.grouping, ())
    unnamed, *names = order
    folders = listing.grouping is Grouping.FOLDER  # a path is one name in two columns
    return [unnamed, *(f"{each} DESC" if turned and (at == 0 or folders) else each for at, each in enumerate(names))]


def _sectioned(listing: Listing) -> tuple[str, str]:
    """The number of an item's section, and the join that gives it; "" where there are no sections.

    Months count from the year 0; what has no date gets a number that is none and comes last.
    """
    if listing.grouping is Grouping.NONE:
        return "", ""
    if listing.grouping is Grouping.MONTH:
        return (
            f"coalesce(year(i.taken) * 12 + month(i.taken) - 1, {-1 if _months_turned(listing) else 12 * 10_000})",
            "",
        )
    # Numbered once for the whole library: numbers sort several times as fast as names.
    columns, order = _GROUPS[listing.grouping][0], _group_order(listing)
    named = [f"c{at}" for at in range(len(columns))]
    distinct = ", ".join(f"{column} AS {name}" for column, name in zip(columns, named, strict=True))
    by = ", ".join(f"{each.format(*named)} NULLS LAST" for each in order)
    same = " AND ".join(f"{column} IS NOT DISTINCT FROM g.{name}" for column, name in zip(columns, named, strict=True))
    numbered = f"SELECT *, row_number() OVER (ORDER BY {by}) AS number FROM (SELECT DISTINCT {distinct} FROM item i)"
    return "g.number", f" JOIN ({numbered}) g ON {same}"


def _sections(
    database: Database, grouping: Grouping, ids: NDArray[np.int64], numbers: NDArray[np.int64]
) -> tuple[Section, ...]:
    """Runs of equal section numbers, each titled after its first item."""
    starts = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])) if len(ids) else np.zeros(0, np.int64)
    counts = np.diff(np.append(starts, len(ids))).tolist()
    if grouping is Grouping.MONTH:
        titles = [_month(number) for number in numbers[starts].tolist()]
    else:
        columns, _ = _GROUPS[grouping]
        with database.given(first=id_table(ids[starts])):
            found = database.rows(
                f"SELECT r.path, {', '.join(columns)} FROM {FROM} JOIN first f ON f.id = i.id ORDER BY f.position"
            )
        titles = [_title(grouping, root, key) for root, *key in found]
    if grouping is Grouping.FOLDER:
        return tuple(map(Section, folder_titles(titles), starts.tolist(), counts, titles))
    return tuple(map(Section, titles, starts.tolist(), counts))


def folder_titles(paths: Sequence[str]) -> list[str]:
    """The name of each folder, after as many of those it lies in as tell it from the others: ``Trips / 2019``."""
    parts = [PurePath(path).parts for path in paths]
    taken = [1] * len(parts)
    while True:
        titles = [
            " / ".join(each[-count:]) if count < len(each) else path
            for path, each, count in zip(paths, parts, taken, strict=True)
        ]
        alike = Counter(titles)
        short = [at for at, title in enumerate(titles) if alike[title] > 1 and taken[at] < len(parts[at])]
        if not short:
            return titles
        for at in short:
            taken[at] += 1


def _month(number: int) -> str:
    return f"{_MONTHS[number % 12]} {number // 12}" if 0 <= number < _MONTHS_AT_MOST else "No date"


def _title(grouping: Grouping, root: str, key: Sequence[str | None]) -> str:
    match grouping:
        case Grouping.ALBUM:
            artist, album = key[0] or "", key[1] or ""
            return f"{album or 'No album'} — {artist}" if artist else album or "No album"
        case Grouping.ARTIST:
            return key[0] or "Unknown artist"
        case Grouping.GENRE:
            return key[0] or "No genre"
        case Grouping.CAMERA:
            return key[0] or "No camera"
        case _:
            folder = key[1] or ""
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
        ids = database.integers(f"SELECT i.id FROM {FROM} WHERE {condition.sql}", condition.parameters)
        return len(ids), read_rows(database, first_by_path(database, ids, limit))


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
