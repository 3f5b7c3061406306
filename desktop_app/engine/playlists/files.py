"""Playlist files: written whole or not at all, read from any player."""

import codecs
import itertools
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from desktop_app.domain.playlists import ExportOptions, PlaylistTrack
from desktop_app.engine.outputs import unwritable
from desktop_app.engine.playlists import m3u, xspf
from desktop_app.errors import UnreadableFileError, UsageError
from desktop_app.files import replacing

M3U_ENDINGS = frozenset({".m3u", ".m3u8"})
XSPF_ENDINGS = frozenset({".xspf"})
LARGEST = 64 << 20  # bytes; nothing a player writes is larger
HEAD = 1 << 20
"""Bytes: what comes before the first track, with any name."""
MOST_TRACKS = 200_000


def write_playlist(path: Path, tracks: Sequence[PlaylistTrack], options: ExportOptions | None = None) -> None:
    """Write a playlist in the format of the file's ending (.m3u8, .m3u, .xspf); .m3u is UTF-8 too.

    UsageError for another ending, KnownError or StorageFullError where it can't be written; what was there then still
    is. What lies there is the caller's to look at.
    """
    options = options or ExportOptions()
    check_ending(path)
    if path.suffix.lower() in M3U_ENDINGS:
        data = m3u.encoded(tracks, path.parent, options)
    else:
        data = xspf.encoded(tracks, path.parent, options, options.name or path.stem)
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise unwritable(path, error) from error


def check_ending(path: Path) -> None:
    """Raises UsageError unless it is that of a playlist."""
    if path.suffix.lower() not in M3U_ENDINGS | XSPF_ENDINGS:
        raise UsageError("A playlist's file ends with .m3u8, .m3u or .xspf.")


def is_playlist(path: Path) -> bool:
    """Whether a file is a playlist by what it holds, of a kind that is written here. Raises OSError."""
    return _is_playlist(path, _head(path))


def is_ours(path: Path) -> bool:
    """Whether a file is a playlist that was made here, as it says itself. Raises OSError."""
    head = _head(path)
    return _is_playlist(path, head) and (xspf if path.suffix.lower() in XSPF_ENDINGS else m3u).is_ours(head)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD).removeprefix(codecs.BOM_UTF8).lstrip()


def _is_playlist(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in XSPF_ENDINGS:
        return head.startswith(b"<") and xspf.NAMESPACE.encode() in head[:1024]
    return path.suffix.lower() in M3U_ENDINGS and head.startswith(b"#EXTM3U")


def read_playlist(path: Path) -> list[Path]:
    """The files that a playlist names, in order; relative ones from the playlist's own folder, whether there or not.

    UnreadableFileError where it can't be read or is none.
    """
    return [entry for entry in read_entries(path) if isinstance(entry, Path)]


def read_entries(path: Path) -> list[Path | str]:
    """The same, with entries that are no files (streams) as the addresses that they are."""
    data = _read(path)
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 (symlinks are kept as they are)
    ending = path.suffix.lower()
    if ending in (XSPF_ENDINGS | M3U_ENDINGS):
        found = xspf.decoded(data, folder) if ending in XSPF_ENDINGS else m3u.decoded(data, folder)
        entries = list(itertools.islice(found, MOST_TRACKS + 1))
        if len(entries) > MOST_TRACKS:
            raise UnreadableFileError(f"“{path.name}” names more than {MOST_TRACKS:,} tracks, which is no playlist.")
        return entries
    raise UnreadableFileError(f"“{path.name}” is not a playlist: its name ends with neither .m3u8, .m3u nor .xspf.")


def _read(path: Path) -> bytes:
    """A file's bytes. Never waits for a pipe or a device, nor reads on in one that grows."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFileError(f"“{path}” is no file.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableFileError(f"“{path}” can't be read: {error.strerror or error}.") from error
    if len(data) > LARGEST:
        raise UnreadableFileError(f"“{path.name}” is too large to be a playlist.")
    return data
