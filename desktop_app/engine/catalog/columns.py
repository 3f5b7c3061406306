"""The columns of ``item`` that a file's metadata fills, and how a reading becomes a batch of rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from desktop_app.domain.metadata import PhotoMetadata, TrackMetadata
from desktop_app.engine.catalog.connection import ArrowArray, ArrowType
from desktop_app.engine.catalog.encoding import storable

_TEXT, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()

# What a file says of itself: replaced as a whole whenever it is read again.
METADATA: Final[Mapping[str, ArrowType]] = {
    "title": _TEXT,
    "format": _TEXT,
    "taken": pa.timestamp("us"),
    "taken_offset": _TEXT,
    "camera": _TEXT,
    "lens": _TEXT,
    "exposure_seconds": _REAL,
    "aperture": _REAL,
    "iso": _WHOLE,
    "focal_length_mm": _REAL,
    "latitude": _REAL,
    "longitude": _REAL,
    "altitude_m": _REAL,
    "orientation": _WHOLE,
    "width": _WHOLE,
    "height": _WHOLE,
    "artist": _TEXT,
    "album": _TEXT,
    "album_artist": _TEXT,
    "genre": _TEXT,
    "year": _WHOLE,
    "track_number": _WHOLE,
    "disc_number": _WHOLE,
    "composer": _TEXT,
    "comment": _TEXT,
    "duration": _REAL,
    "sample_rate": _WHOLE,
    "channels": _WHOLE,
    "bit_rate": _WHOLE,
    "tagged_tempo": _REAL,
    "has_cover": pa.bool_(),
    "file_rating": pa.uint8(),
    "file_keywords": pa.list_(_TEXT),
    "extra": _TEXT,
}
ANALYSIS: Final = ("tempo", "tempo_confidence", "key", "scale", "key_confidence")

_SAME_NAME: Final = tuple(
    name for name in METADATA if name not in ("taken", "taken_offset", "file_rating", "file_keywords", "extra")
)


def split_taken(taken: str | None) -> tuple[datetime | None, str | None]:
    """ISO 8601 local time, perhaps with an offset, as (time without zone, '+02:00'); what is no time is None."""
    if not taken:
        return None, None
    try:
        moment = datetime.fromisoformat(taken.strip())
    except ValueError:
        return None, None
    offset = moment.isoformat()[len(moment.replace(tzinfo=None).isoformat()) :] or None
    return moment.replace(tzinfo=None), offset


def joined_taken(moment: datetime | None, offset: str | None) -> str | None:
    """The text that ``split_taken`` took apart."""
    return None if moment is None else moment.isoformat() + (offset or "")


def metadata_values(metadata: PhotoMetadata | TrackMetadata | None) -> dict[str, object]:
    """One row of METADATA columns; all None without metadata."""
    values: dict[str, Any] = dict.fromkeys(METADATA)
    if metadata is None:
        return values
    for name in _SAME_NAME:
        found = getattr(metadata, name, None)
        values[name] = storable(found) if isinstance(found, str) else _bounded(found)
    if isinstance(metadata, PhotoMetadata):
        values["taken"], values["taken_offset"] = split_taken(metadata.taken)
    values["file_rating"] = None if metadata.rating is None else min(5, max(0, metadata.rating))
    keywords = [storable(word) for word in metadata.keywords]
    values["file_keywords"] = [word for word in keywords if word]
    values["extra"] = json.dumps(dict(metadata.extra)) if metadata.extra else None
    return values


def _bounded(value: object) -> object:
    """A file may claim any number: what fits no 64-bit column, or is no number, counts as not said."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else None
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither NaN nor infinite
    return value


def metadata_arrays(rows: Sequence[Mapping[str, object]]) -> dict[str, ArrowArray]:
    """The METADATA columns of a batch as Arrow arrays."""
    return {name: pa.array([row[name] for row in rows], kind) for name, kind in METADATA.items()}
