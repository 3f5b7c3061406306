"""M3U8: one path a line, with lengths and titles in comments."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from desktop_app.domain.playlists import ExportOptions, PlaylistTrack
from desktop_app.engine.playlists.entries import SCHEME, WINDOWS_ABSOLUTE, from_text, from_uri, to_uri, written_path

_LINE = re.compile(r"[^\r\n]+")
MADE_BY = "#Made by Akin"
"""Players take it for a remark."""
BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"


def encoded(tracks: Sequence[PlaylistTrack], folder: Path, options: ExportOptions) -> bytes:
    """The file's bytes, UTF-8. A path that a line can't hold (line breaks in a name) is written as a file URI."""
    lines = ["#EXTM3U"]
    if options.name:
        lines.append(f"#PLAYLIST:{_one_line(options.name)}")
    lines.append(MADE_BY)
    for track in tracks:
        name = f"{track.artist} - {track.title}" if track.artist else track.title
        lines.append(f"#EXTINF:{round(track.seconds) if track.seconds > 0 else -1},{_one_line(name)}")
        lines.append(_line(track.path, folder, options))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _line(path: Path, folder: Path, options: ExportOptions) -> str:
    written = written_path(path, folder, relative=options.relative)
    text = str(written)
    if set(text) & set(BREAKS) or text != text.strip() or _unwritable(text) or (os.sep == "/" and "\\" in text):
        return to_uri(written_path(path, folder, relative=False))
    if written.is_absolute():
        return text
    return (
        "./" + text if text.startswith(("#", "\ufeff")) or SCHEME.match(text) or WINDOWS_ABSOLUTE.match(text) else text
    )


def _unwritable(text: str) -> bool:
    """Whether a name holds bytes that are no text."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _one_line(text: str) -> str:
    return " ".join("".join(" " if letter in BREAKS else letter for letter in text).split())


def is_ours(head: bytes) -> bool:
    """Whether a file that begins so was made by Akin: it says so before its first track."""
    for line in head.splitlines():
        if line.strip() == MADE_BY.encode():
            return True
        if line.startswith(b"#EXTINF") or (line.strip() and not line.startswith(b"#")):
            return False
    return False


def decoded(data: bytes, folder: Path) -> Iterator[Path | str]:
    """The paths that a playlist names, in order, and addresses that are no files as they stand.

    UTF-8 with or without a mark, else Latin-1; any line ends.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    for line in _LINE.finditer(text):
        entry = line.group().strip(" \t\x00")
        if not entry or entry.startswith("#"):
            continue
        if SCHEME.match(entry) and not WINDOWS_ABSOLUTE.match(entry) and "://" in entry[:12]:
            yield from_uri(entry, folder) or entry
        else:
            yield from_text(entry, folder)
