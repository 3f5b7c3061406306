"""The ``.xmp`` file beside a photo, in which other programs keep what people say of it."""

import stat
import zlib
from pathlib import Path

ENDING = ".xmp"
SIDECAR_PART = 1_000_000
"""Nanoseconds of a photo's time: what is below tells of the sidecar."""


def sidecar_of(path: Path) -> Path | None:
    """``IMG.jpg.xmp``, else ``IMG.xmp`` beside ``path``; None where there is neither."""
    found = _found(path)
    return None if found is None else found[0]


def time_with_sidecar(path: Path, mtime_ns: int) -> int:
    """A photo's time of change in ns; if it has a sidecar, the part below a millisecond tells that one's size and time.

    So a changed, new or removed sidecar shows in the one number by which a scan knows whether to look again.
    """
    found = _found(path)
    if found is None:
        return mtime_ns
    trace = zlib.crc32(f"{found[0].name} {found[1]} {found[2]}".encode(errors="surrogateescape"))
    return mtime_ns - mtime_ns % SIDECAR_PART + 1 + trace % (SIDECAR_PART - 1)


def only_sidecar_differs(one_ns: int, other_ns: int) -> bool:
    """Whether two such times are of the same photo, unchanged, with another sidecar."""
    return one_ns != other_ns and one_ns // SIDECAR_PART == other_ns // SIDECAR_PART


def _found(path: Path) -> tuple[Path, int, int] | None:
    """With its size and time."""
    for sidecar in (path.with_name(path.name + ENDING), path.with_suffix(ENDING)):
        for spelling in (sidecar, sidecar.with_suffix(ENDING.upper())):
            try:
                status = spelling.stat()
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(status.st_mode):
                return spelling, status.st_size, status.st_mtime_ns
    return None
