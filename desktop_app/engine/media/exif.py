"""EXIF (CIPA DC-008) to fields, from Pillow's reading of it and from the several shells of camera RAW."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from PIL import Image

from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.sanitise import (
    TAG_ERRORS,
    keywords_of,
    number_of,
    text_of,
    time_of,
    whole_within,
    within,
)

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_RAW_MAGICS = (b"IIRO", b"IIRS", b"IIU\0", b"MMOR")  # Olympus, Panasonic: TIFF in all but the first bytes
_RAW_HEAD = 4 << 20
_STOCK_DESCRIPTIONS = frozenset(
    (
        "OLYMPUS DIGITAL CAMERA",
        "SONY DSC",
        "DCIM",
        "MINOLTA DIGITAL CAMERA",
        "KONICA MINOLTA DIGITAL CAMERA",
        "DIGITAL CAMERA",
    )
)
_PROGRAMS = {
    1: "Manual",
    2: "Automatic",
    3: "Aperture priority",
    4: "Shutter priority",
    5: "Creative",
    6: "Action",
    7: "Portrait",
    8: "Landscape",
}


@dataclass(frozen=True, slots=True)
class ExifBlocks:
    """The three directories, tag number to value as read."""

    main: Mapping[int, object] = field(default_factory=dict[int, object])
    exif: Mapping[int, object] = field(default_factory=dict[int, object])
    gps: Mapping[int, object] = field(default_factory=dict[int, object])


def blocks_of(exif: Image.Exif) -> ExifBlocks:
    """Every tag that can be read; the others are left out."""
    return ExifBlocks(_readable(exif), _readable(_sub(exif, _EXIF_IFD)), _readable(_sub(exif, _GPS_IFD)))


def exif_of(image: Image.Image) -> Image.Exif:
    """The image's EXIF, empty where it is too damaged."""
    try:
        return image.getexif()
    except TAG_ERRORS:
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """1..8."""
    return whole_within(_readable(exif).get(0x0112), 1, 8) or 1


def exif_fields(blocks: ExifBlocks) -> PhotoFields:
    """Never raises; what is absurd (a zero denominator, a date of zeros, a latitude of 900) is left out."""
    main, exif = blocks.main, blocks.exif
    taken = (
        time_of(exif.get(0x9003), exif.get(0x9011), exif.get(0x9291))
        or time_of(exif.get(0x9004), exif.get(0x9012), exif.get(0x9292))
        or time_of(main.get(0x0132), exif.get(0x9010), exif.get(0x9290))
    )
    make_of_lens, lens = text_of(exif.get(0xA433)), text_of(exif.get(0xA434))
    aperture = within(exif.get(0x829D), 0.3, 256)
    iso = whole_within(exif.get(0x8827), 1, 10_000_000)
    if iso == 65535:  # the field's end: newer cameras put the true value beside it
        iso = whole_within(exif.get(0x8832) or exif.get(0x8833), 1, 10_000_000) or iso
    found = PhotoFields(
        taken=taken,
        camera=named_once(text_of(main.get(0x010F), 100), text_of(main.get(0x0110), 100)),
        lens=named_once(make_of_lens, lens) if lens else None,
        exposure_seconds=within(exif.get(0x829A), 1e-7, 1e6) or _from_apex(exif.get(0x9201)),
        aperture=aperture,
        iso=iso,
        focal_length_mm=within(exif.get(0x920A), 0.1, 20_000),
        orientation=whole_within(main.get(0x0112), 1, 8),
        rating=whole_within(main.get(0x4746), 0, 5),
        keywords=keywords_of((_utf16(main.get(0x9C9E)) or "").split(";")),
        title=_utf16(main.get(0x9C9B)) or _described(text_of(main.get(0x010E))),
        extra=_extra(main, exif),
    )
    return _with_place(found, blocks.gps)


def raw_fields(file: BinaryIO) -> PhotoFields:
    """Of a camera RAW: a TIFF, Olympus's and Panasonic's near-TIFF, or Canon's CR3 boxes; nothing of others."""
    try:
        file.seek(0)
        head = file.read(16)
        if head[4:8] == b"ftyp":
            file.seek(0)
            return exif_fields(_cr3_blocks(file.read(_RAW_HEAD)))
        exif = Image.Exif()
        if head.startswith(_RAW_MAGICS):
            file.seek(4)
            magic = b"MM\0*" if head.startswith(b"MM") else b"II*\0"
            exif.load(magic + file.read(_RAW_HEAD))
        elif head[:2] in (b"II", b"MM"):
            file.seek(0)
            exif.load_from_fp(file)
        else:
            return PhotoFields()
        blocks = blocks_of(exif)
        found = exif_fields(blocks)
        if found.iso is None:  # Panasonic keeps it in the main directory
            found = replace(found, iso=whole_within(blocks.main.get(0x0017), 1, 10_000_000))
        return found
    except TAG_ERRORS:
        return PhotoFields()


def named_once(make: str | None, model: str | None) -> str | None:
    """ "Canon" and "Canon EOS 5D" are "Canon EOS 5D"; "NIKON CORPORATION" and "NIKON D70" are "NIKON D70"."""
    if not make or not model:
        return model or make
    words = {word.casefold() for word in make.replace(",", " ").split()}
    return model if model.split()[0].casefold() in words else f"{make} {model}"


def _extra(main: Mapping[int, object], exif: Mapping[int, object]) -> dict[str, str]:
    """Further fields in words."""
    flash = whole_within(exif.get(0x9209), 0, 255)
    bias = within(exif.get(0x9204), -20, 20)
    wide = whole_within(exif.get(0xA405), 1, 20_000)
    program = whole_within(exif.get(0x8822), 1, 8)
    software = text_of(main.get(0x0131), 200)
    if software and software.startswith("dcraw"):  # LibRaw's own mark on the preview it hands out
        software = None
    words = {
        "Software": software,
        "Artist": text_of(main.get(0x013B), 200),
        "Copyright": text_of(main.get(0x8298), 200),
        "Flash": None if flash is None else ("Fired" if flash & 1 else "Did not fire"),
        "Exposure bias": f"{bias:+.1f} EV" if bias else None,
        "35 mm equivalent": f"{wide} mm" if wide else None,
        "Exposure program": _PROGRAMS.get(program or 0),
    }
    return {name: value for name, value in words.items() if value}


def _with_place(found: PhotoFields, gps: Mapping[int, object]) -> PhotoFields:
    latitude, longitude = _degrees(gps.get(2), gps.get(1), 90), _degrees(gps.get(4), gps.get(3), 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return found
    below = gps.get(5) in (1, b"\x01", "1")
    altitude = within(gps.get(6), 0, 100_000)
    return replace(
        found,
        latitude=latitude,
        longitude=longitude,
        altitude_m=None if altitude is None else (-altitude if below else altitude),
    )


def _degrees(value: object, side: object, limit: int) -> float | None:
    """From degrees, minutes and seconds (each may be a fraction, the later ones may be absent)."""
    if not isinstance(value, (tuple, list)) or not value:
        return None
    parts = [number_of(part) for part in value]
    if parts[0] is None:
        return None
    minutes = parts[1] if len(parts) > 1 else 0.0
    seconds = parts[2] if len(parts) > 2 else 0.0
    degrees = abs(parts[0]) + (minutes or 0.0) / 60 + (seconds or 0.0) / 3600
    if not 0 <= degrees <= limit:
        return None
    south_or_west = (text_of(side) or "").upper()[:1] in ("S", "W")
    return round(-degrees if south_or_west or parts[0] < 0 else degrees, 7)


def _described(words: str | None) -> str | None:
    """The description, unless it is one that cameras write into every picture."""
    stock = words is None or words.startswith("<Digimax") or words.upper() in _STOCK_DESCRIPTIONS
    return None if stock else words


def _from_apex(value: object) -> float | None:
    """Seconds of an APEX shutter speed."""
    speed = within(value, -20, 24)
    return None if speed is None else 2.0**-speed


def _utf16(value: object) -> str | None:
    """Windows' own tags: UTF-16 as bytes."""
    if isinstance(value, (tuple, list)):
        value = bytes(part for part in value if isinstance(part, int) and 0 <= part < 256)
    return text_of(value.decode("utf-16-le", "ignore")) if isinstance(value, bytes) else text_of(value)


def _sub(exif: Image.Exif, tag: int) -> Mapping[int, object]:
    try:
        return exif.get_ifd(tag)
    except TAG_ERRORS:
        return {}


def _readable(directory: Mapping[int, object]) -> dict[int, object]:
    found: dict[int, object] = {}
    for tag in list(directory):
        try:
            found[tag] = directory[tag]
        except TAG_ERRORS:
            continue
    return found


def _cr3_blocks(head: bytes) -> ExifBlocks:
    """CR3 keeps its three directories as TIFFs of their own in the boxes CMT1, CMT2 and CMT4."""
    return ExifBlocks(*(_readable(_tiff_in(head, name)) for name in (b"CMT1", b"CMT2", b"CMT4")))


def _tiff_in(head: bytes, name: bytes) -> Mapping[int, object]:
    at = head.find(name)
    if at < 4:
        return {}
    length = int.from_bytes(head[at - 4 : at], "big")
    exif = Image.Exif()
    try:
        exif.load_from_fp(io.BytesIO(head[at + 4 : at - 4 + length]))
    except TAG_ERRORS:
        return {}
    return exif
