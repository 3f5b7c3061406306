"""XSPF, the shareable playlist format in XML (xspf.org, version 1)."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException

from desktop_app.domain.playlists import ExportOptions, PlaylistTrack
from desktop_app.engine.playlists.entries import from_uri, to_uri, written_path
from desktop_app.errors import UnreadableFileError

MOST_TAGS = 4_000_000
"""An element takes some hundred bytes of memory, and four in the file."""
MADE_BY = "Akin"
NAMESPACE = "http://xspf.org/ns/0/"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 can't hold


def encoded(tracks: Sequence[PlaylistTrack], folder: Path, options: ExportOptions, title: str = "") -> bytes:
    """The file's bytes, UTF-8."""
    playlist = ElementTree.Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    if title:
        ElementTree.SubElement(playlist, "title").text = _clean(title)
    ElementTree.SubElement(playlist, "creator").text = MADE_BY
    listed = ElementTree.SubElement(playlist, "trackList")
    for track in tracks:
        element = ElementTree.SubElement(listed, "track")
        location = to_uri(written_path(track.path, folder, relative=options.relative))
        ElementTree.SubElement(element, "location").text = location
        for name, value in (("title", track.title), ("creator", track.artist), ("album", track.album)):
            if value:
                ElementTree.SubElement(element, name).text = _clean(value)
        if track.seconds > 0:
            ElementTree.SubElement(element, "duration").text = str(round(track.seconds * 1000))
    ElementTree.indent(playlist)
    return ElementTree.tostring(playlist, encoding="utf-8", xml_declaration=True) + b"\n"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)


def is_ours(head: bytes) -> bool:
    """Whether a file that begins so was made by Akin: it names it as its creator, which no title can."""
    return f"<creator>{MADE_BY}</creator>".encode() in head.partition(b"<trackList")[0]


def decoded(data: bytes, folder: Path) -> list[Path | str]:
    """Each track's first location that is a file, in order, else its first address; UnreadableFileError if no XSPF."""
    if data.count(b"<") > MOST_TAGS:
        raise UnreadableFileError("This is not a playlist that can be read: its XML is too large.")
    try:
        root = SafeElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableFileError("This is not a playlist that can be read: its XML is broken.") from error
    if root.tag.rpartition("}")[2] != "playlist":
        raise UnreadableFileError("This is not an XSPF playlist.")
    paths: list[Path | str] = []
    for element in root.iter():
        if element.tag.rpartition("}")[2] != "track":
            continue
        places = [child.text or "" for child in element if child.tag.rpartition("}")[2] == "location"]
        addresses = [place.strip() for place in places if place.strip()]
        files = (from_uri(address, folder) for address in addresses)
        entry = next((path for path in files if path is not None), addresses[0] if addresses else None)
        if entry is not None:
            paths.append(entry)
    return paths
