"""XMP (ISO 16684-1) to fields, of embedded packets and of sidecar files."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from desktop_app.engine.media.exif import named_once
from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.sanitise import keywords_of, number_of, text_of, time_of, whole_within, within

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
}
_PLACE = re.compile(r"(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])", re.IGNORECASE)
_MICROSOFT_STARS = ((99, 5), (75, 4), (50, 3), (25, 2), (1, 1))


def xmp_fields(packet: bytes | str) -> PhotoFields:
    """Never raises; a packet that is no XML (or XML with entities) says nothing."""
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    try:
        root: Element = fromstring(packet.strip(b"\0 \t\r\n\xef\xbb\xbf"))
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return PhotoFields()
    values = _properties(root)

    def first(*names: str) -> str | None:
        return next((values[name][0] for name in names if values.get(name)), None)

    latitude, longitude = _degrees(first("exif:GPSLatitude"), 90), _degrees(first("exif:GPSLongitude"), 180)
    has_place = latitude is not None and longitude is not None
    return PhotoFields(
        taken=time_of(first("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")),
        camera=named_once(text_of(first("tiff:Make")), text_of(first("tiff:Model"))),
        lens=text_of(first("exifEX:LensModel", "aux:Lens")),
        exposure_seconds=within(first("exif:ExposureTime"), 1e-7, 1e6),
        aperture=within(first("exif:FNumber"), 0.3, 256),
        iso=whole_within(first("exifEX:PhotographicSensitivity", "exif:ISOSpeedRatings"), 1, 10_000_000),
        focal_length_mm=within(first("exif:FocalLength"), 0.1, 20_000),
        latitude=latitude if has_place else None,
        longitude=longitude if has_place else None,
        altitude_m=within(first("exif:GPSAltitude"), 0, 100_000) if has_place else None,
        rating=_stars(first("xmp:Rating"), first("MicrosoftPhoto:Rating")),
        keywords=keywords_of(values.get("dc:subject", [])),
        title=text_of(first("dc:title", "photoshop:Headline", "dc:description")),
    )


def _properties(root: Element) -> dict[str, list[str]]:
    """Simple properties and the entries of bags, sequences and alternatives, by prefixed name."""
    found: dict[str, list[str]] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            found.setdefault(_prefixed(name), []).append(value)
        for child in description:
            entries = [entry.text or "" for entry in child.iter(f"{_RDF}li")]
            found.setdefault(_prefixed(child.tag), []).extend(entries or [child.text or ""])
    return {name: [value.strip() for value in values if value.strip()] for name, values in found.items()}


def _prefixed(name: str) -> str:
    space, _brace, local = name.removeprefix("{").partition("}")
    return f"{_PREFIXES.get(space, space)}:{local}"


def _degrees(value: str | None, limit: int) -> float | None:
    """ "51,30.5N" or "51,30,30N"."""
    match = _PLACE.fullmatch(value or "")
    if match is None:
        return None
    degrees = float(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
    return round(-degrees if match[4].upper() in "SW" else degrees, 7) if degrees <= limit else None


def _stars(rating: str | None, microsoft: str | None) -> int | None:
    """XMP's 0..5 (−1, rejected, is no rating), else Microsoft's percentage."""
    if number_of(rating) is not None:
        return whole_within(rating, 0, 5)
    percent = number_of(microsoft)
    if percent is None:
        return None
    return next((stars for least, stars in _MICROSOFT_STARS if percent >= least), 0)
