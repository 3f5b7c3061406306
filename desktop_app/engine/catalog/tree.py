"""What the library tree shows: every value with the number of items that its scope lists."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from desktop_app.domain.browsing import Counted, LibraryTree
from desktop_app.domain.ids import RootId
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.encoding import decode_name
from desktop_app.engine.catalog.listing import ALBUM_ARTIST, MISSING, SHOWN, recent_since
from desktop_app.engine.catalog.playlists import read_playlists
from desktop_app.engine.catalog.roots import read_roots

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Items by what they are. ``photos`` and ``tracks`` are present ones, RAW files behind a photo included."""

    photos: int
    tracks: int
    missing: int
    offline: int
    problems: int
    ignored: int

    @property
    def items(self) -> int:
        """All items in the catalogue."""
        return self.photos + self.tracks + self.missing + self.offline + self.problems


def read_counts(database: Database, root_ids: Sequence[RootId] | None = None) -> Counts:
    """Counts of the whole library, or of some roots."""
    chosen = "" if root_ids is None else " WHERE list_contains(?, root_id)"
    roots = "" if root_ids is None else " WHERE list_contains(?, id)"
    parameters = [] if root_ids is None else [list(root_ids)]
    with database.snapshot():
        found = database.row(
            "SELECT count(*) FILTER (state = 'present' AND kind = 'photo'), "
            "count(*) FILTER (state = 'present' AND kind = 'track'), count(*) FILTER (state = 'missing'), "
            "count(*) FILTER (state = 'offline'), count(*) FILTER (state = 'problem') FROM item" + chosen,
            parameters,
        )
        ignored = database.value("SELECT coalesce(sum(ignored), 0) FROM root" + roots, parameters)
    return Counts(*(found or (0, 0, 0, 0, 0)), ignored=int(ignored))


def read_tree(database: Database) -> LibraryTree:
    """The whole tree, of one state of the catalogue."""
    with database.snapshot():
        photos, tracks, recent, problems, missing, offline = database.row(
            f"SELECT count(*) FILTER ({SHOWN} AND kind = 'photo'), count(*) FILTER ({SHOWN} AND kind = 'track'), "
            f"count(*) FILTER ({SHOWN} AND kind = 'photo' AND added_at >= ?), count(*) FILTER (state = 'problem'), "
            f"count(*) FILTER ({MISSING}), count(*) FILTER ({MISSING} AND state = 'offline') FROM item i",
            [recent_since()],
        ) or (0, 0, 0, 0, 0, 0)
        return LibraryTree(
            photos=photos,
            tracks=tracks,
            recent_photos=recent,
            problems=problems,
            dates=_dates(database),
            cameras=_values(database, "i.camera", "photo"),
            artists=_values(database, "i.artist", "track"),
            albums=_albums(database),
            genres=_values(database, "i.genre", "track"),
            folders=_folders(database),
            playlists=tuple(read_playlists(database)),
            roots=tuple(read_roots(database)),
            tags=_tags(database),
            missing=missing,
            offline=offline,
        )


def _values(database: Database, column: str, kind: str) -> tuple[Counted, ...]:
    found = database.rows(
        f"SELECT {column}, count(*) FROM item i WHERE {SHOWN} AND kind = ? AND {column} <> '' "
        f"GROUP BY {column} ORDER BY lower({column}), {column}",
        [kind],
    )
    return tuple(Counted(value, value, count) for value, count in found)


def _tags(database: Database) -> tuple[Counted, ...]:
    """Every tag, of several spellings the most used."""
    found = database.rows(
        f"SELECT mode(t.name ORDER BY t.name), count(*) FILTER ({SHOWN}) FROM tag t JOIN item i ON i.id = t.item_id "
        "GROUP BY t.folded ORDER BY t.folded"
    )
    return tuple(Counted(name, name, count) for name, count in found)


def _dates(database: Database) -> tuple[Counted, ...]:
    found = database.rows(
        f"SELECT year(i.taken), month(i.taken), count(*) FROM item i WHERE {SHOWN} AND kind = 'photo' "
        "AND i.taken IS NOT NULL GROUP BY 1, 2 ORDER BY 1 DESC, 2 DESC"
    )
    years: dict[int, list[Counted]] = defaultdict(list)
    for year, month, count in found:
        years[year].append(Counted(f"{year:04}-{month:02}", _MONTHS[month - 1], count))
    return tuple(
        Counted(f"{year:04}", str(year), sum(month.count for month in months), tuple(months))
        for year, months in years.items()
    )


def _albums(database: Database) -> tuple[Counted, ...]:
    found = database.rows(
        f"SELECT * FROM (SELECT {ALBUM_ARTIST} AS owner, i.album AS album, count(*) FROM item i WHERE {SHOWN} "
        f"AND kind = 'track' AND i.album <> '' GROUP BY {ALBUM_ARTIST}, i.album) "
        "ORDER BY lower(album), lower(owner), album, owner"
    )
    return tuple(
        Counted(f"{artist}\x00{album}", f"{album} — {artist}" if artist else album, count)
        for artist, album, count in found
    )


_DEEPEST: Final = 64  # what lies deeper counts in the folder at this depth


class _Node:
    """A folder being counted."""

    def __init__(self) -> None:
        self.count = 0
        self.folders: dict[str, _Node] = {}

    def add(self, parts: Iterable[str], count: int) -> None:
        """Count items in a folder below this one."""
        node = self
        node.count += count
        for part in parts:
            node = node.folders.setdefault(part, _Node())
            node.count += count

    def counted(self, value: str, label: str) -> Counted:
        """This folder and those below it, by name."""
        below = sorted(self.folders.items(), key=lambda entry: entry[0].lower())
        children = tuple(node.counted(f"{value}/{name}", decode_name(name)) for name, node in below)
        return Counted(decode_name(value), label, self.count, children)


def _folders(database: Database) -> tuple[Counted, ...]:
    found = database.rows(
        f"SELECT i.root_id, i.folder, count(*) FROM item i WHERE {SHOWN} GROUP BY i.root_id, i.folder "
        "ORDER BY i.root_id, i.folder"
    )
    roots: dict[int, _Node] = defaultdict(_Node)
    for root_id, folder, count in found:
        roots[root_id].add(folder.split("/")[:_DEEPEST] if folder else (), count)
    return tuple(
        roots[root_id].counted(path.rstrip("/"), decode_name(path).rstrip("/").rpartition("/")[2] or decode_name(path))
        for root_id, path in database.rows("SELECT id, path FROM root ORDER BY path")
    )
