"""The few closed sets of words that the whole program shares."""

from enum import StrEnum


class Kind(StrEnum):
    """What a media file is."""

    PHOTO = "photo"
    TRACK = "track"


class State(StrEnum):
    """Where an item stands.

    ``MISSING``: its file is gone though its root can be reached. ``OFFLINE``: its whole root can't be
    reached. ``PROBLEM``: its file is there but could not be read; the reason is kept on the item.
    """

    PRESENT = "present"
    MISSING = "missing"
    OFFLINE = "offline"
    PROBLEM = "problem"


class SortKey(StrEnum):
    """By what a listing is ordered; ties go by path, then id."""

    TAKEN = "taken"
    ADDED = "added"
    NAME = "name"
    PATH = "path"
    SIZE = "size"
    RATING = "rating"
    TITLE = "title"
    ARTIST = "artist"
    ALBUM = "album"  # album, disc number, track number
    GENRE = "genre"  # and as by artist in it
    DURATION = "duration"
    TEMPO = "tempo"
    KEY = "key"
    MANUAL = "manual"  # the playlist's own order


class Grouping(StrEnum):
    """How a listing is cut into sections."""

    NONE = "none"
    MONTH = "month"
    ALBUM = "album"
    ARTIST = "artist"
    GENRE = "genre"
    CAMERA = "camera"
    FOLDER = "folder"


class ScopeKind(StrEnum):
    """One kind of place in the library tree."""

    ALL = "all"
    PHOTOS = "photos"
    TRACKS = "tracks"
    RECENT_PHOTOS = "recent_photos"
    DATE = "date"  # value "2024", "2024-06" or "2024-06-12"
    CAMERA = "camera"
    ARTIST = "artist"
    ALBUM = "album"  # value: album artist, a NUL character, album
    GENRE = "genre"
    PLAYLIST = "playlist"  # value: the playlist's id
    FOLDER = "folder"  # value: absolute path
    TAG = "tag"  # value: the tag's name
    MISSING = "missing"  # missing and offline items
    PROBLEMS = "problems"
    ITEMS = "items"  # the ids are given with the listing
