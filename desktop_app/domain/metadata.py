"""What a file says of itself, and what was measured on its samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PhotoMetadata:
    """Of a photo. ``width`` and ``height`` are upright, in pixels of the original.

    ``taken`` is ISO 8601 local time (``2024-06-12T18:41:05``) with its offset (``+02:00``) where the file has one.
    ``rating`` and ``keywords`` are those of the file or its sidecar: they seed the catalogue's, which the
    user then edits. ``extra`` holds further fields for the detail panel, already in words.
    """

    width: int
    height: int
    format: str  # "JPEG", "HEIF", "RAW (CR2)"
    taken: str | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_seconds: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    latitude: float | None = None  # degrees, north positive
    longitude: float | None = None  # degrees, east positive
    altitude_m: float | None = None
    orientation: int = 1  # EXIF 1..8
    rating: int | None = None  # 0..5
    keywords: tuple[str, ...] = ()
    title: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TrackMetadata:
    """Of a track. ``duration`` in seconds, ``sample_rate`` in Hz, ``bit_rate`` in bits a second."""

    duration: float
    sample_rate: int
    channels: int
    bit_rate: int
    format: str  # "MP3", "FLAC", "AAC", "ALAC"
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    genre: str | None = None
    year: int | None = None
    track_number: int | None = None
    disc_number: int | None = None
    composer: str | None = None
    comment: str | None = None
    tagged_tempo: float | None = None
    rating: int | None = None  # 0..5
    keywords: tuple[str, ...] = ()
    has_cover: bool = False
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TrackAnalysis:
    """Measured on the analysed excerpt. ``tempo`` in beats a minute; confidences in 0..1.

    ``key`` is a pitch class in sharps ("C", "F#"), ``scale`` "major" or "minor"; all None where nothing can be
    said (silence, noise).
    """

    tempo: float | None
    tempo_confidence: float
    key: str | None
    scale: str | None
    key_confidence: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """Of the whole track, computed in idle time.

    ``peaks`` and ``rms`` are bytes, one value per bin (0..255 = 0..full scale), of the same length;
    ``loudness`` is the integrated loudness in LUFS (ITU-R BS.1770-4), None for silence.
    """

    peaks: bytes
    rms: bytes
    loudness: float | None
