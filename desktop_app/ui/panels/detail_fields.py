"""Which facts of an item the detail panel lists, in which words. Plain Python, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.domain.items import ItemDetail, ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata
from desktop_app.ui import wording
from desktop_app.ui.wording import DOT, SPACE

_MAIN = ("Length", "Tempo", "Key", "Genre", "Year", "Camera", "Lens", "Exposure", "Place")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form. A field that ``copies`` is shortened in the middle and copied by a click."""

    label: str
    value: str
    hint: str = ""
    copies: bool = False


def fields_of(detail: ItemDetail) -> list[Field]:
    """All lines for one item, the most looked-for first; what is unknown is left out."""
    size = wording.size_text(detail.size)
    fields: list[Field] = []
    if detail.photo is not None:
        fields += _photo_fields(detail.photo, size)
    elif detail.track is not None:
        fields += _track_fields(detail.track, detail.analysis, detail.loudness, size)
    else:
        fields.append(Field("Size", size))
    if detail.playlists:
        fields.append(Field("In playlists", ", ".join(name for _, name in detail.playlists)))
    fields.append(Field("Path", str(detail.row.path), copies=True))
    if detail.companion is not None:
        fields.append(Field("RAW", detail.companion.name, hint=str(detail.companion)))
    fields.append(Field("Changed", wording.moment_text(detail.modified)))
    fields.append(Field("Added", wording.moment_text(detail.added)))
    return [field for field in fields if field.value]


def parted(fields: Sequence[Field], *, is_photo: bool) -> tuple[list[Field], list[Field]]:
    """The few that people look for, which stand above what is similar, and the rest, which stands below."""
    names = (*_MAIN, "Size") if is_photo else _MAIN
    main = [field for field in fields if field.label in names]
    return main, [field for field in fields if field.label not in names]


def _photo_fields(photo: PhotoMetadata, size: str) -> list[Field]:
    fields = [  # when it was taken stands under the title
        Field("Camera", photo.camera or ""),
        Field("Lens", photo.lens or ""),
        Field("Exposure", wording.exposure_text(photo)),
        Field("Size", wording.dimensions_text(photo.width, photo.height) + DOT + size),
        Field("Format", photo.format),
    ]
    if photo.latitude is not None and photo.longitude is not None:
        hint = f"Altitude {round(photo.altitude_m)}{SPACE}m" if photo.altitude_m is not None else ""
        fields.append(Field("Place", wording.coordinates_text(photo.latitude, photo.longitude), hint=hint, copies=True))
    return fields + [Field(label, value) for label, value in photo.extra.items()]


def _track_fields(
    track: TrackMetadata, analysis: TrackAnalysis | None, loudness: float | None, size: str
) -> list[Field]:
    rhythm = [Field("Length", wording.duration_text(track.duration))]
    if analysis is not None and analysis.tempo:
        rhythm.append(_measured("Tempo", wording.tempo_text(analysis.tempo), analysis.tempo_confidence))
    elif track.tagged_tempo:
        rhythm.append(Field("Tempo", wording.tempo_text(track.tagged_tempo), hint="As the file says"))
    if analysis is not None and analysis.key:
        rhythm.append(_measured("Key", wording.key_text(analysis), analysis.key_confidence))
    place = f"{track.disc_number}–{track.track_number}" if track.disc_number and track.track_number else ""
    number = place or str(track.track_number or "")
    channels = {1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels")
    quality = [track.format, f"{round(track.bit_rate / 1000)}{SPACE}kbit/s" if track.bit_rate else ""]
    quality += [f"{wording.number_text(track.sample_rate / 1000)}{SPACE}kHz", channels]
    return [
        *rhythm,
        Field("Artist", track.artist or ""),
        Field("Album", track.album or ""),
        Field("Album artist", (track.album_artist or "") if track.album_artist != track.artist else ""),
        Field("Track", number),
        Field("Year", str(track.year or "")),
        Field("Genre", track.genre or ""),
        Field("Composer", track.composer or ""),
        Field("Sound", DOT.join(part for part in quality if part)),
        Field("Loudness", f"{loudness:.1f}{SPACE}LUFS".replace("-", "−") if loudness is not None else ""),
        Field("Size", size),
        Field("Comment", track.comment or ""),
        *(Field(label, value) for label, value in track.extra.items()),
    ]


def _measured(label: str, value: str, confidence: float) -> Field:
    """With a quiet word where the measurement is not sure, and the number in the tooltip."""
    word = wording.certainty_text(confidence)
    hint = f"Measured, {wording.percent_text(confidence)} sure"
    return Field(label, value + (f"{DOT}{word}" if word else ""), hint=hint)


@dataclass(frozen=True, slots=True)
class Selection:
    """What several items have in common. ``rating`` None where they differ; ``tags`` maps a name to "on all"."""

    photos: int
    tracks: int
    rating: int | None
    tags: dict[str, bool]
    size: int | None
    seconds: float

    @property
    def heading(self) -> str:
        """``3 photos and 2 tracks``."""
        return wording.kinds_text(self.photos, self.tracks)

    def fields(self) -> list[Field]:
        """The lines of the form."""
        found = [Field("Total size", wording.size_text(self.size) if self.size is not None else "")]
        if self.tracks:
            found.append(Field("Total length", wording.minutes_text(self.seconds / 60)))
        return [field for field in found if field.value]


def selection_of(rows: Sequence[ItemRow]) -> Selection:
    """Sum up ``rows``; tags and size only where every row was fetched with them."""
    ratings = {row.rating for row in rows}
    counts: dict[str, int] = {}
    for row in rows:
        for name in row.tags or ():
            counts[name] = counts.get(name, 0) + 1
    sizes = [row.size for row in rows]
    known = [size for size in sizes if size is not None]
    return Selection(
        photos=sum(row.kind is Kind.PHOTO for row in rows),
        tracks=sum(row.kind is Kind.TRACK for row in rows),
        rating=ratings.pop() if len(ratings) == 1 else None,
        tags={name: counts[name] == len(rows) for name in sorted(counts, key=str.casefold)},
        size=sum(known) if known and len(known) == len(sizes) else None,
        seconds=sum(row.duration or 0.0 for row in rows),
    )
