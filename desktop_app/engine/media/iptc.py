"""IPTC-IIM (4.2): keywords and title, from a Photoshop image resource or a TIFF tag."""

from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.sanitise import keywords_of, text_of, time_of

_UTF8 = b"\x1b%G"
_TITLE, _KEYWORD, _DATE, _TIME = 5, 25, 55, 60


def iptc_fields(block: bytes) -> PhotoFields:
    """Of the data sets of record 2; stops at the first that is damaged."""
    encoding = "latin-1"
    found: dict[int, list[bytes]] = {}
    at = 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        record, dataset = block[at + 1], block[at + 2]
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        if length & 0x8000:  # extended lengths hold pictures, none of our fields
            break
        value = block[at + 5 : at + 5 + length]
        at += 5 + length
        if (record, dataset) == (1, 90) and value == _UTF8:
            encoding = "utf-8"
        elif record == 2:
            found.setdefault(dataset, []).append(value)
    words = {dataset: [_decoded(value, encoding) for value in values] for dataset, values in found.items()}
    date, time = words.get(_DATE, [""])[0], words.get(_TIME, [""])[0]
    return PhotoFields(
        taken=_taken(date, time),
        keywords=keywords_of(words.get(_KEYWORD, [])),
        title=text_of(words.get(_TITLE, [None])[0]),
    )


def photoshop_iptc(block: bytes) -> bytes:
    """The IPTC block within Photoshop's image resources (8BIM 0x0404); empty if there is none."""
    at = 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        name = block[at + 6] + 1
        start = at + 6 + name + name % 2
        length = int.from_bytes(block[start : start + 4], "big")
        if kind == 0x0404:
            return block[start + 4 : start + 4 + length]
        at = start + 4 + length + length % 2
    return b""


def _decoded(value: bytes, encoding: str) -> str:
    """Many programs write UTF-8 and don't say so."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode(encoding, "replace")


def _taken(date: str, time: str) -> str | None:
    """ "20240612" and "184105+0200"."""
    if len(date) != 8 or not date.isdigit():
        return None
    words = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    if len(time) >= 6 and time[:6].isdigit():
        words += f"T{time[:2]}:{time[2:4]}:{time[4:6]}{time[6:]}"
    return time_of(words)
