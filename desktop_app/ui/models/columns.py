"""The columns of the table view, and what an item says in each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, SortKey, State
from desktop_app.domain.musical_keys import key_sign
from desktop_app.ui.wording import state_text


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``sort`` None: the engine can't order by it; ``number``: set flush right."""

    name: str
    title: str
    width: int
    text: Callable[[ItemRow], str]
    sort: SortKey | None = None
    number: bool = False
    wide: bool = False  # takes or shares the room that is left, words make room up to its width; else the first column
    exact: bool = False  # as wide as its texts, which say nothing when they are cut
    spare: bool = False  # left out where the others have too little room


def clock(seconds: float | None) -> str:
    """``245.3`` → ``4:05``; an hour and more as ``1:02:03``."""
    if seconds is None:
        return ""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def tempo(row: ItemRow) -> str:
    """Beats a minute, whole."""
    return f"{row.tempo:.0f}" if row.tempo else ""


def date_taken(row: ItemRow) -> str:
    """``2024-06-12 18:41``, as the camera's clock stood."""
    return row.taken[:16].replace("T", " ") if row.taken else ""


def dimensions(row: ItemRow) -> str:
    """``6000 × 4000``."""
    return f"{row.width} × {row.height}" if row.width and row.height else ""


def percent(row: ItemRow) -> str:
    """The similarity, ``96 %``."""
    return f"{row.similarity:.0%}".replace("%", " %") if row.similarity is not None else ""


_WHY = {
    State.MISSING: "No longer where it was",
    State.OFFLINE: "Its folder can’t be reached",
    State.PROBLEM: "The file could not be read",
}

TITLE = Column("title", "Title", 250, lambda row: row.title, SortKey.TITLE)
ARTIST = Column("artist", "Artist", 140, lambda row: row.artist or "", SortKey.ARTIST)
GENRE = Column("genre", "Genre", 120, lambda row: row.genre or "", SortKey.GENRE)
ALBUM = Column("album", "Album", 150, lambda row: row.album or "", SortKey.ALBUM)
LENGTH = Column("length", "Length", 66, lambda row: clock(row.duration), SortKey.DURATION, number=True)
TEMPO = Column("tempo", "Tempo", 66, tempo, SortKey.TEMPO, number=True)
KEY = Column("key", "Key", 80, lambda row: key_sign(row.key), SortKey.KEY, exact=True)
RATING = Column("rating", "Rating", 90, lambda row: "★" * row.rating, SortKey.RATING, exact=True)
YEAR = Column("year", "Year", 60, lambda row: str(row.year or ""), number=True, spare=True)
NAME = Column("name", "Name", 240, lambda row: row.path.name, SortKey.NAME)
WHAT = Column("title", "Name", 240, lambda row: row.title, SortKey.TITLE)
FILE = Column("file", "File name", 180, lambda row: row.path.name, SortKey.NAME, spare=True)
TAKEN = Column("taken", "Taken", 140, date_taken, SortKey.TAKEN, exact=True)
SIZE = Column("dimensions", "Dimensions", 110, dimensions, number=True)
KIND = Column("kind", "Kind", 80, lambda row: "Photo" if row.kind is Kind.PHOTO else "Track", exact=True)
REASON = Column("reason", "Why", 240, lambda row: row.reason or _WHY.get(row.state, ""), wide=True)
FOLDER = Column("folder", "Folder", 200, lambda row: str(row.path.parent), SortKey.PATH, spare=True)
MATCH = Column("match", "Match", 70, percent, number=True)

TRACK_COLUMNS = (TITLE, ARTIST, ALBUM, LENGTH, TEMPO, KEY, RATING, YEAR)
GENRE_COLUMNS = (TITLE, GENRE, ARTIST, ALBUM, LENGTH, TEMPO, KEY, RATING, YEAR)
PHOTO_COLUMNS = (NAME, TAKEN, SIZE, RATING, FOLDER)
PROBLEM_COLUMNS = (  # names alone say little of files that nobody sees
    replace(NAME, width=150),
    REASON,
    replace(FOLDER, width=140, spare=False, wide=True),
)
MIXED_COLUMNS = (WHAT, KIND, RATING, FILE, FOLDER)


def tooltip(row: ItemRow) -> str:
    """A few plain lines about an item."""
    lines = [row.title]
    if row.kind is Kind.TRACK:
        lines.append(" — ".join(part for part in (row.artist, row.album) if part))
        facts = (clock(row.duration), f"{tempo(row)} bpm" if row.tempo else "", key_sign(row.key))
    else:
        facts = (date_taken(row), dimensions(row), "with its RAW" if row.has_raw else "")
    lines += [
        " · ".join(fact for fact in facts if fact),
        percent(row) and f"{percent(row)} similar",
        state_text(row),
    ]
    return "\n".join(line for line in lines if line)


def spoken(row: ItemRow) -> str:
    """What a screen reader says of an item."""
    parts = ["Photo" if row.kind is Kind.PHOTO else "Track", row.title]
    if row.artist:
        parts.append(f"by {row.artist}")
    if row.rating:
        parts.append(f"{row.rating} of 5 stars")
    if row.similarity is not None:
        parts.append(f"{percent(row)} similar")
    if row.state is not State.PRESENT:
        parts.append(row.state.value)
    return ", ".join(parts)
