"""Places of tracks as playlist files write them: paths and file URIs, relative or absolute, of any system."""

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote_from_bytes, unquote, unquote_to_bytes

WINDOWS_ABSOLUTE = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\)")
FAR = ("//", "/net/", "/afs/", "/dev/", "/proc/", "/sys/")
"""How places begin that are on other machines, or are no files: looking at them would be a call to somebody else."""
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]+:")


def written_path(path: Path, folder: Path, *, relative: bool) -> Path:
    """A track's path as a playlist in ``folder`` names it; absolute where another drive makes relative impossible."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 (symlinks are kept as they are)
    if not relative:
        return absolute
    try:
        return Path(os.path.relpath(absolute, os.path.abspath(folder)))  # noqa: PTH100
    except ValueError:
        return absolute


def to_uri(path: Path) -> str:
    """A file URI of an absolute path, a URI reference of a relative one; all that could be misread is escaped."""
    if path.is_absolute():
        return path.as_uri()
    text = "/".join(quote_from_bytes(os.fsencode(part)) for part in path.parts)
    return text if ":" not in text.split("/", 1)[0] else "./" + text


def from_uri(uri: str, folder: Path) -> Path | None:
    """The path of a file URI or a relative reference; None for one of another scheme."""
    if WINDOWS_ABSOLUTE.match(uri):
        return from_text(uri, folder)
    if uri.lower().startswith("file:"):
        rest = uri[5:]
        if rest.startswith("//"):
            host, slash, rest = rest[2:].partition("/")
            rest = slash + rest
            if host and host.lower() != "localhost":
                rest = f"//{host}{rest}"
        if re.match(r"^/[A-Za-z]:", rest):
            return from_text(unquote(rest[1:]), folder)
        return Path(_decoded(rest))
    if SCHEME.match(uri):
        return None
    if "\\" in uri:  # no URI, but a path as some Windows players write it
        return from_text(unquote(uri), folder)
    return _normal(folder / _decoded(uri))


def from_text(text: str, folder: Path) -> Path:
    """The path that a line names, relative to the playlist's folder; backslashes are tried as Windows meant them."""
    if os.name != "nt" and WINDOWS_ABSOLUTE.match(text):
        return Path(PureWindowsPath(text).as_posix())
    plain = _normal(folder / text)
    if os.name != "nt" and "\\" in text and not text.startswith("/") and not (is_near(plain) and plain.exists()):
        return _normal(folder / PurePosixPath(*PureWindowsPath(text).parts))
    return plain


def is_near(path: Path) -> bool:
    """Whether it may be looked for: somebody's playlist file must not make us call on other machines."""
    return not _normal(path).as_posix().startswith(FAR) and "\0" not in str(path)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _decoded(text: str) -> str:
    """Percent escapes back to the bytes of a name, whatever their encoding."""
    return os.fsdecode(unquote_to_bytes(text)) if os.name != "nt" else unquote(text)
