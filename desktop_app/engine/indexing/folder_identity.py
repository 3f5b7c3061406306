"""Which folder a root is, by whatever name: said only where the system tells it from every other one."""

import os
import sys
from pathlib import Path
from urllib.parse import quote_from_bytes

from desktop_app.domain.ids import RootId
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.scanner import is_empty_folder, is_gone

BY_UUID = Path("/dev/disk/by-uuid")

SYSTEM = Path("/")
"""What is mounted there is not unplugged."""

NUMBERED_BY_SERVER = frozenset(("cifs", "nfs", "nfs4", "smb3"))
"""File systems whose folders keep their numbers, and that are named by the server and the share they lie on."""

DEVICE_NUMBERS = 1 << 32
"""What file systems without a name of their own (FAT, XFS, NTFS) give for one is below: the number of their device."""


def identity_key(root_id: RootId) -> str:
    """The catalogue's key for which folder a root was, wherever it lay."""
    return f"folder of root {root_id}"


def folder_identity(path: Path) -> str:
    """Names a folder itself, for as long as it is only renamed; "" where it is not there or can't be told from others.

    It is its number in its file system. That one is known by its own name, since the next stick that is plugged in gets
    the device number of the one before, and by where it is mounted, since nothing is renamed from one mount to another:
    two sticks are never one folder, not even two of which one is a copy of the other bit by bit.
    """
    try:
        status = openable(path).stat()
        top = mount_point(path)
        volume = volume_name(top, path) if status.st_ino else ""
    except (OSError, ValueError):
        return ""
    return f"{status.st_ino} in {_mounted(volume, top)}" if volume else ""


def was_emptied(path: Path, identity: str) -> bool:
    """Whether all that lay in the folder at ``path`` that had this identity is elsewhere: it is empty, or was deleted.

    Else, and in doubt, its drive is away: that may leave an empty folder, or none, where it was mounted.
    """
    if not identity:
        return False
    if is_empty_folder(path):
        return folder_identity(path) == identity
    return is_gone(path) and _is_in_place(identity, path)


def _is_in_place(identity: str, path: Path) -> bool:
    """Whether the file system in which a folder had this identity is still mounted where ``path`` leads.

    Never on macOS, where a file system has no name.
    """
    above = next((folder for folder in path.parents if not is_gone(folder)), None)
    if above is None or is_empty_folder(above):  # in which something may be mounted at times
        return False
    try:
        with os.scandir(openable(above)):
            top = mount_point(above)
        volume = volume_name(top, top)
    except (OSError, ValueError):
        return False
    return identity.partition(" in ")[2] == _mounted(volume, top)


def _mounted(volume: str, top: Path) -> str:
    return f"{volume} at {quote_from_bytes(os.fsencode(top))}"


def mount_point(path: Path) -> Path:
    """The folder at the top of the file system that ``path`` is in. Raises OSError."""
    device, top = openable(path).stat().st_dev, path
    while top.parent != top and openable(top.parent).stat().st_dev == device:
        top = top.parent
    return top


def volume_name(top: Path, path: Path) -> str:
    """What tells the file system that is mounted at ``top`` from others, "" for nothing. Raises OSError."""
    status = openable(path).stat()
    if sys.platform == "win32":
        return f"{status.st_dev:x}" if status.st_dev else ""  # the volume's serial number
    if sys.platform == "darwin":  # no name can be had, but a folder keeps the moment at which it was made
        born = getattr(status, "st_birthtime", 0.0)
        return f"born {born}" if born > 0 and path != top else ""
    return _uuid_of(status.st_dev) or _own_number(top) or _share(top) or ("the system" if top == SYSTEM else "")


def _uuid_of(device: int) -> str:
    """As udev says."""
    try:
        with os.scandir(BY_UUID) as links:
            return next((link.name for link in links if link.stat().st_rdev == device), "")
    except OSError:
        return ""


def _own_number(top: Path) -> str:
    if sys.platform == "win32":
        return ""
    number = os.statvfs(top).f_fsid
    return f"{number:x}" if number >= DEVICE_NUMBERS else ""


def _share(top: Path) -> str:
    import psutil

    names = [
        partition.device
        for partition in psutil.disk_partitions(all=True)
        if partition.mountpoint == str(top) and partition.fstype in NUMBERED_BY_SERVER
    ]
    return quote_from_bytes(os.fsencode(names[-1])) if names else ""
