"""Writing files whole or not at all: beside their place, forced to disk, and only then under their name."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from desktop_app.paths import PRIVATE_FILE


@contextmanager
def replacing(
    path: Path,
    *,
    part: Path | None = None,
    private: bool = False,
    durable: bool = True,
    durable_name: bool = True,
) -> Generator[Path]:
    """An empty file to write to, which takes the place of ``path`` at the end; after an error what was there still is.

    A link is followed: what it leads to is replaced. ``part`` is where it lies until then, else a hidden name that
    nobody takes for media. ``private``: only the user may read it. Without ``durable`` a power cut may lose what it
    holds, without ``durable_name`` that it is there. Raises OSError.
    """
    place = Path(os.path.realpath(path))
    flags, mode = os.O_WRONLY | os.O_CREAT, PRIVATE_FILE if private else 0o666
    if part is None:
        part, flags = place.with_name(f".akin-{secrets.token_hex(6)}.tmp"), flags | os.O_EXCL
    try:
        os.close(os.open(part, flags | os.O_TRUNC, mode))
        yield part
        if durable:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.replace(place)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    if durable and durable_name:
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
