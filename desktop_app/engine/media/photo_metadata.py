"""What a photo's file and its sidecar say, from all their sources. The sidecar goes first, then XMP, EXIF, IPTC."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from desktop_app.engine.media.exif import blocks_of, exif_fields
from desktop_app.engine.media.iptc import iptc_fields, photoshop_iptc
from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.sidecars import sidecar_of
from desktop_app.engine.media.xmp import xmp_fields

_SIDECAR_LIMIT = 8 << 20


def embedded_fields(image: Image.Image, exif: Image.Exif) -> PhotoFields:
    """Of a loaded image. What the camera wrote into EXIF goes before XMP; what people add (stars, title) after it."""
    blocks = blocks_of(exif)
    from_exif = exif_fields(blocks)
    found = from_exif
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or blocks.main.get(0x02BC)
    if isinstance(packet, (bytes, str)) and packet:
        from_xmp = xmp_fields(packet)
        people = PhotoFields(rating=from_xmp.rating, title=from_xmp.title, keywords=from_xmp.keywords)
        found = people.or_else(from_exif).or_else(from_xmp)
    iptc = _iptc_block(image, blocks.main)
    return found.or_else(iptc_fields(iptc)) if iptc else found


def sidecar_fields(path: Path) -> PhotoFields:
    """Of ``IMG.jpg.xmp``, else ``IMG.xmp`` beside ``path``; nothing where there is none or it can't be read."""
    sidecar = sidecar_of(path)
    try:
        if sidecar is not None and sidecar.stat().st_size <= _SIDECAR_LIMIT:
            return xmp_fields(sidecar.read_bytes())
    except OSError:
        pass  # gone, or not to be read: the photo speaks for itself
    return PhotoFields()


def _iptc_block(image: Image.Image, main: Mapping[int, object]) -> bytes:
    resources = image.info.get("photoshop")
    if isinstance(resources, dict):
        block: object = resources.get(0x0404)  # pyright: ignore[reportUnknownArgumentType]
        return block if isinstance(block, bytes) else b""
    for tag, unwrap in ((0x83BB, bytes), (0x8649, photoshop_iptc)):
        value = main.get(tag)
        if isinstance(value, bytes):
            return unwrap(value)
    return b""
