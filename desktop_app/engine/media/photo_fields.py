"""What one source (EXIF, IPTC, XMP, sidecar) says of a photo, and how several sources become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from desktop_app.domain.metadata import PhotoMetadata


@dataclass(frozen=True, slots=True)
class PhotoFields:
    """The fields of PhotoMetadata that are not the decoder's; None where the source says nothing."""

    taken: str | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_seconds: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    orientation: int | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    title: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])

    def or_else(self, other: "PhotoFields") -> "PhotoFields":
        """These, with gaps filled from ``other``. Keywords and extra fields are joined; a place is taken whole."""
        gaps = {
            entry.name: getattr(other, entry.name)
            for entry in fields(self)
            if getattr(self, entry.name) is None and getattr(other, entry.name) is not None
        }
        if self.latitude is not None and self.longitude is not None:
            gaps.pop("altitude_m", None)
        known = {word.casefold() for word in self.keywords}
        gaps["keywords"] = self.keywords + tuple(word for word in other.keywords if word.casefold() not in known)
        gaps["extra"] = {**other.extra, **self.extra}
        return replace(self, **gaps)

    def as_metadata(self, width: int, height: int, format_name: str) -> PhotoMetadata:
        """With what the decoder says."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        values["orientation"] = self.orientation or 1
        return PhotoMetadata(width=width, height=height, format=format_name, **values)
