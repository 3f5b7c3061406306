"""Photos: pixels for describing and showing, and what the file says of itself."""

import io
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, JpegImagePlugin, UnidentifiedImageError

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata
from desktop_app.engine.media import raw
from desktop_app.engine.media.border import decoding, not_a, open_media, silenced_stderr
from desktop_app.engine.media.exif import exif_of, orientation_of, raw_fields
from desktop_app.engine.media.formats import HEAD_BYTES, RAW_EXTENSIONS, photo_signature
from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.photo_metadata import embedded_fields, sidecar_fields
from desktop_app.engine.media.pixels import check_size, rgb_pixels, turned_size, upright
from desktop_app.errors import UnreadableFileError

LONG_SIDE = 512  # pixels, of what descriptors and thumbnails are made from

# Only these of Pillow's many readers; above all not those that hand the file to another program (EPS).
_READERS = {
    "PNG": ("PNG",),
    "GIF": ("GIF",),
    "WEBP": ("WEBP",),
    "BMP": ("BMP",),
    "TIFF": ("TIFF",),
    "HEIF": ("HEIF", "AVIF"),
    "AVIF": ("AVIF", "HEIF"),
}
_FORMAT_NAMES = {"WEBP": "WebP"}
_LEAST_DECODED = 0.05  # of the rows of a truncated picture


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """``pixels``: uint8 (h, w, 3) sRGB, upright, alpha over white; not to be written to.

    ``width``, ``height``: of the upright original.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Reading:
    photo: DecodedPhoto
    fields: PhotoFields
    format: str


def decode_photo(path: Path, *, long_side: int | None = LONG_SIDE) -> DecodedPhoto:
    """At the smallest scale whose long side is at least ``long_side`` (never enlarged); None: at full size.

    Raises UnreadableFileError.
    """
    return _read(path, long_side, with_fields=False).photo


def read_photo(
    path: Path, *, long_side: int | None = LONG_SIDE, least: int | None = None, file: BinaryIO | None = None
) -> tuple[DecodedPhoto, PhotoMetadata]:
    """As ``decode_photo``, with what EXIF, IPTC, XMP and the sidecar (``IMG.xmp``, ``IMG.jpg.xmp``) say.

    ``least``: a JPEG may have as few pixels on its long side, where its decoder can give as many by itself.
    ``file``: the same, read or opened already. Raises UnreadableFileError.
    """
    reading = _read(path, long_side, with_fields=True, least=least, opened=file)
    fields = sidecar_fields(path).or_else(reading.fields)
    return reading.photo, fields.as_metadata(reading.photo.width, reading.photo.height, reading.format)


def decode_picture(data: bytes, *, long_side: int | None = LONG_SIDE) -> DecodedPhoto:
    """As ``decode_photo``, of a picture in memory: a track's cover. Raises UnreadableFileError."""
    with decoding(Kind.PHOTO):
        signature = photo_signature(data[:HEAD_BYTES])
        if signature is None or signature == "RAW":
            raise UnreadableFileError("This is not a picture that Akin can read.")
        return _read_picture(io.BytesIO(data), signature, long_side, with_fields=False).photo


def _read(
    path: Path, long_side: int | None, *, with_fields: bool, least: int | None = None, opened: BinaryIO | None = None
) -> _Reading:
    with nullcontext(opened) if opened is not None else open_media(path) as file, decoding(Kind.PHOTO):
        file.seek(0)
        signature = photo_signature(file.read(HEAD_BYTES))
        file.seek(0)
        if signature == "RAW" or (signature in (None, "TIFF") and path.suffix.lower() in RAW_EXTENSIONS):
            try:
                with silenced_stderr():
                    return _read_raw(path, file, long_side)
            except raw.NotRawError:
                if signature != "TIFF":  # a TIFF that only bears a RAW's ending is read as what it is
                    raise not_a(Kind.PHOTO, path) from None
        if signature is None:
            raise not_a(Kind.PHOTO, path)
        with silenced_stderr() if signature == "TIFF" else nullcontext():
            return _read_picture(file, signature, long_side, with_fields=with_fields, least=least)


def _read_raw(path: Path, file: BinaryIO, long_side: int | None) -> _Reading:
    """From the embedded preview where it is large enough, else from the sensor's values. Raises raw.NotRawError."""
    with raw.opened(path) as shot:
        check_size(shot.width, shot.height)
        fields = raw_fields(file)
        name = f"RAW ({path.suffix[1:].upper()})" if path.suffix.lower() in RAW_EXTENSIONS else "RAW"
        preview = shot.preview()
        if preview is not None:
            within = _read_picture(io.BytesIO(preview), "JPEG", long_side, shot=shot)
            fields = fields.or_else(within.fields)
            if shot.suffices(within.photo.pixels.shape, long_side):
                return _Reading(replace(within.photo, width=shot.width, height=shot.height), fields, name)
        return _Reading(DecodedPhoto(shot.demosaic(long_side), shot.width, shot.height), fields, name)


def _read_picture(
    file: BinaryIO,
    signature: str,
    long_side: int | None,
    *,
    with_fields: bool = True,
    least: int | None = None,
    shot: raw.Shot | None = None,
) -> _Reading:
    """With Pillow. ``shot``: the RAW that the picture is the preview of, which knows how it was held."""
    image = _opened(file, signature)
    check_size(*image.size)
    # A TIFF turns itself upright while it is loaded and forgets that it did; a PNG may keep its EXIF at its end.
    exif = exif_of(image) if signature == "TIFF" else None
    fields = embedded_fields(image, exif) if exif is not None and with_fields else PhotoFields()
    size = image.size
    if long_side:
        image.draft(None, _draft_size(size, least or long_side))
    image = _loaded(image, file, signature)
    orientation = 1
    if exif is None:
        exif = exif_of(image)
        orientation = orientation_of(exif)
        fields = embedded_fields(image, exif) if with_fields else fields
    if shot is not None:
        orientation = shot.preview_orientation(size, orientation)
    pixels = upright(rgb_pixels(image, long_side), orientation)
    width, height = turned_size(*size, orientation)
    name = image.format or signature
    return _Reading(DecodedPhoto(pixels, width, height), fields, _FORMAT_NAMES.get(name, name))


def _opened(file: BinaryIO, signature: str) -> Image.Image:
    """With its header read."""
    if signature == "JPEG":
        # Not Image.open, which would look for further pictures behind the first and fail over a damaged list of them.
        return JpegImagePlugin.JpegImageFile(file)
    if signature in ("HEIF", "AVIF"):
        _register_heif()
    try:
        return Image.open(file, formats=_READERS[signature])
    except UnidentifiedImageError as error:
        raise UnreadableFileError("This picture is damaged, or of a kind that Akin can't read.") from error


@cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _draft_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The least size with the picture's proportions whose long side is ``long_side``."""
    longest = max(size)
    return max(1, size[0] * long_side // longest), max(1, size[1] * long_side // longest)


def _loaded(image: Image.Image, file: BinaryIO, signature: str) -> Image.Image:
    """With its pixels. Of a truncated or partly damaged file what can be had, if that is more than a few rows."""
    try:
        image.load()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # decoders raise anything (see border.decoding); the second try decides
        size = image.size
        file.seek(0)
        image = _opened(file, signature)
        image.draft(None, size)
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        if _decoded_part(image) < _LEAST_DECODED:
            raise UnreadableFileError("This picture is cut off: next to nothing of it is in the file.") from None
    return image


def _decoded_part(image: Image.Image) -> float:
    """The part of the rows above the last ones that are all alike: black, or grey, is how decoders leave the rest."""
    rows = np.asarray(image.convert("RGB"))
    differing = np.flatnonzero((rows != rows[-1]).any(axis=(1, 2)))
    return (int(differing[-1]) + 1) / len(rows) if differing.size else 0.0
