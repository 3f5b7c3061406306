"""What the system says of a folder's changes, and whether it can be asked at all."""

import contextlib
import ctypes
import errno
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil
import watchdog.events
from watchdog.events import (
    FileSystemEvent,
    FileSystemEventHandler,
)

from desktop_app.engine.media.formats import kind_of_name
from desktop_app.engine.media.sidecars import ENDING

READINGS = ("opened", "closed_no_write")
"""Types of events that nothing has changed with."""

LIMITS = (errno.ENOSPC, errno.EMFILE, errno.ENFILE)

NETWORK_FILESYSTEMS = frozenset(
    (
        "9p",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.davfs2",
        "fuse.gvfsd-fuse",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.curlftpfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
        "fuse.vmhgfs-fuse",
        "webdav",
    )
)
"""File systems whose changes by other computers the system does not announce."""


class _Partition(Protocol):
    @property
    def mountpoint(self) -> str: ...
    @property
    def fstype(self) -> str: ...
    @property
    def opts(self) -> str: ...


def is_on_network(path: Path) -> bool:
    """Whether ``path`` lies on another computer's disk."""
    if str(path).startswith("\\\\"):
        return True
    best: _Partition | None = None
    with contextlib.suppress(OSError, psutil.Error):
        for partition in psutil.disk_partitions(all=True):
            mounted = Path(partition.mountpoint)
            if (path == mounted or mounted in path.parents) and (
                best is None or len(partition.mountpoint) >= len(best.mountpoint)
            ):
                best = partition
    return best is not None and (best.fstype.lower() in NETWORK_FILESYSTEMS or "remote" in best.opts.split(","))


def watch_limit_reached() -> bool:
    """Whether Linux would refuse one watch more: then some folder below a root may be unwatched without a word."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return ctypes.get_errno() in LIMITS
    try:
        return libc.inotify_add_watch(descriptor, b"/", 0x40) < 0 and ctypes.get_errno() in LIMITS
    finally:
        os.close(descriptor)


def keep_watchdog_quiet() -> None:
    """A folder that is made while its parent is looked through is told twice: its second watch is the first one.

    watchdog warns of that with the table of all watches, each time.
    """
    warnings.filterwarnings("ignore", r"Callback with id .* (already exists|does not exist) for watch", RuntimeWarning)


CHANGES: list[type[FileSystemEvent]] = [
    event
    for event in vars(watchdog.events).values()
    if isinstance(event, type)
    and issubclass(event, FileSystemEvent)
    and event is not FileSystemEvent
    and event.event_type not in READINGS
]
"""Events of what changes something. On Linux the system is asked for no others: each folder that is looked through
opens and closes, and of a large library that is more than the system keeps, so it would lose the changes."""


class Events(FileSystemEventHandler):
    """Passes on the paths that an event may have changed; reading a file changes nothing."""

    def __init__(self, on_path: Callable[[Path, bool], None]) -> None:
        """``on_path``: called with a path, and whether it was written, not only moved or deleted."""
        self._on_path = on_path

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called on watchdog's thread."""
        if event.event_type in READINGS:
            return
        if event.is_directory and event.event_type == "modified":
            return  # something in it changed, which is announced by itself
        gone = event.event_type in ("deleted", "moved")
        for path, may_be_folder in ((event.src_path, gone), (event.dest_path, False)):
            if path:
                self._pass_on(Path(os.fsdecode(path)), event.is_directory or may_be_folder, not gone)

    def _pass_on(self, path: Path, may_be_folder: bool, written: bool) -> None:
        told = path.name.lower().endswith(ENDING) or kind_of_name(path.name) is not None
        if may_be_folder or "." not in path.name or told:
            self._on_path(path, written)


class OverflowAlarm(logging.Handler):
    """Lost events are only told to watchdog's log."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._on_overflow = on_overflow

    def emit(self, record: logging.LogRecord) -> None:
        """Called for each record of watchdog's loggers."""
        if "overflow" in record.getMessage():
            self._on_overflow()
