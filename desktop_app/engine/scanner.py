"""Walks a folder: one ``scandir`` per folder, one ``stat`` per media file, and nothing that could loop or hang.

Links to files are followed. Links to folders are not (a root may itself be one), so no link can make a loop or show
a file twice. Pipes, devices and sockets are passed over unopened.
"""

import fnmatch
import os
import re
import stat
import sys
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.file_times import EARLIEST_NS, LATEST_NS, changed_ns
from desktop_app.engine.media.formats import (
    HEAD_BYTES,
    PHOTO_EXTENSIONS,
    TRACK_EXTENSIONS,
    kind_of_name,
    photo_signature,
    track_signature,
)
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.media.sidecars import time_with_sidecar

BATCH_FILES = 500
"""After about so many files a scan yields."""

_THUMBNAIL = re.compile(r".*/([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{12,}\.jpg")
"""The place of one: ``…/ab/cd/abcd….jpg``."""

LONGEST_TOLD = 200
"""Of a longer path a sentence has the beginning and the end."""


@dataclass(frozen=True, slots=True)
class ScanRules:
    """What is left out. ``excluded_folders``: shell patterns of folder names (with ``/``: of paths below the root).

    ``own_folders``: where the program keeps thumbnails; what is in them is never the user's.
    """

    include_hidden: bool = False
    excluded_folders: tuple[str, ...] = ()
    own_folders: tuple[Path, ...] = ()

    def matcher(self, root: Path) -> "Exclusions":
        """The rules made ready to ask about what is below ``root``."""
        return Exclusions(self, root)


class ScannedFile(NamedTuple):
    """A candidate: ``relpath`` below the root with ``/``, ``size`` in bytes.

    A photo's ``mtime_ns`` is as ``time_with_sidecar`` says.
    """

    relpath: str
    size: int
    mtime_ns: int
    kind: Kind


@dataclass(slots=True)
class ScannedFiles:
    """Candidates as columns of one length: of the hundred thousand files that are as known no object is made.

    ``renamed_at``: when a file was last renamed, or anything else of it changed, in seconds since the epoch; 0 where
    the system can't tell.
    """

    relpath: list[str] = field(default_factory=list[str])
    size: list[int] = field(default_factory=list[int])
    mtime_ns: list[int] = field(default_factory=list[int])
    kind: list[Kind] = field(default_factory=list[Kind])
    renamed_at: "array[float]" = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.relpath)

    def __iter__(self) -> Iterator[ScannedFile]:
        return map(ScannedFile, self.relpath, self.size, self.mtime_ns, self.kind)

    def at(self, number: int) -> ScannedFile:
        """One of them."""
        return ScannedFile(self.relpath[number], self.size[number], self.mtime_ns[number], self.kind[number])

    def extend(self, more: "ScannedFiles") -> None:
        """Add all of another scan's."""
        self.relpath += more.relpath
        self.size += more.size
        self.mtime_ns += more.mtime_ns
        self.kind += more.kind
        self.renamed_at += more.renamed_at


@dataclass(slots=True)
class ScanBatch:
    """What the walk came upon since the last one.

    ``ignored`` counts regular files that are no candidates; ``unreadable`` pairs a folder's relpath ("" is the root)
    with a sentence; ``folder`` is where the walk is.
    """

    files: ScannedFiles = field(default_factory=ScannedFiles)
    ignored: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    folder: str = ""


class Exclusions:
    """Which folders and files a scan does not look at."""

    def __init__(self, rules: ScanRules, root: Path) -> None:
        self.shows_hidden = rules.include_hidden
        below = (folder for folder in rules.own_folders if folder != root and folder.is_relative_to(root))
        self._own = frozenset(_folded(folder.relative_to(root).as_posix()) for folder in below)
        self._names = _pattern(pattern for pattern in rules.excluded_folders if "/" not in pattern)
        self._paths = _pattern(pattern.strip("/") for pattern in rules.excluded_folders if "/" in pattern)

    def leaves_out_folder(self, name: str, relpath: str) -> bool:
        """Whether nothing below this folder counts, not even as ignored."""
        if not self.shows_hidden and name.startswith("."):
            return True
        if self._own and _folded(relpath) in self._own:
            return True
        return bool(
            (self._names is not None and self._names.match(name.lower()))
            or (self._paths is not None and self._paths.match(relpath.lower()))
        )

    def leaves_out_file(self, name: str) -> bool:
        """Whether the file is ignored in spite of its name's ending."""
        return name.startswith("._") or (not self.shows_hidden and name.startswith("."))

    @property
    def has_own(self) -> bool:
        """Whether folders of the program lie below this root."""
        return bool(self._own)

    def holds_own(self, relpath: str) -> bool:
        """Whether the file at ``relpath`` lies in a folder of the program's own, and where only a thumbnail does."""
        relpath = _folded(relpath)
        return _THUMBNAIL.fullmatch("/" + relpath) is not None and any(
            relpath.startswith(folder + "/") for folder in self._own
        )

    def leaves_out_path(self, relpath: str) -> bool:
        """Whether the file at ``relpath`` lies in a folder that is left out, or is left out itself."""
        parts = relpath.split("/")
        below = ("/".join(parts[: count + 1]) for count in range(len(parts) - 1))
        return self.leaves_out_file(parts[-1]) or any(
            self.leaves_out_folder(name, path) for name, path in zip(parts, below, strict=False)
        )


def _folded(relpath: str) -> str:
    """As paths are compared: on other systems than Linux one folder may be written in several ways."""
    return relpath if sys.platform == "linux" else relpath.lower()


def _pattern(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(fnmatch.translate(pattern.lower()) for pattern in patterns if pattern)
    return re.compile(joined) if joined else None


def scan(root: Path, rules: ScanRules | None = None, *, below: str = "", deep: bool = True) -> Iterator[ScanBatch]:
    """Walk ``root``, or only its folder ``below`` (without the folders in it unless ``deep``).

    Yields a batch after each ``BATCH_FILES`` files or so, the last one too if empty. A folder that can't be listed is
    noted in ``unreadable``; one that is gone is not, but for the root itself.
    """
    exclusions = Exclusions(rules or ScanRules(), root)
    batch = ScanBatch()
    waiting = [below]
    while waiting:
        batch.folder = waiting.pop()
        folders = _list_folder(root, batch, exclusions)
        if deep:
            waiting += reversed(folders)
        if len(batch.files) + batch.ignored >= BATCH_FILES:
            yield batch
            batch = ScanBatch(folder=batch.folder)
    yield batch


def _list_folder(root: Path, batch: ScanBatch, exclusions: Exclusions) -> list[str]:
    """Add what one folder holds to the batch; returns the folders in it, by name."""
    relpath = batch.folder
    prefix = relpath + "/" if relpath else ""
    folder = openable(root / relpath if relpath else root)
    folders: list[str] = []
    files, kind_by_ending = batch.files, _KINDS
    add_relpath, add_size, add_time = files.relpath.append, files.size.append, files.mtime_ns.append
    add_kind, add_rename = files.kind.append, files.renamed_at.append
    first, has_sidecars = len(files), False
    trouble: OSError | None = None  # with a file: a folder that can be listed and not entered has all of them still
    try:
        with _entries_of(folder) as entries:
            for entry in entries:
                name = entry.name
                kind = kind_by_ending.get(name[name.rfind(".") :])
                if kind is not None and name[0] != ".":
                    # The common case, without a call: a file that bears the ending of a photo or track.
                    try:
                        status = entry.stat()
                    except OSError as error:
                        trouble = trouble if _is_no_more(error, entry) else error
                        continue
                    if status.st_mode & _TYPE == _REGULAR:
                        add_relpath(prefix + name)
                        add_size(status.st_size)
                        changed = status.st_mtime_ns
                        add_time(changed if EARLIEST_NS <= changed <= LATEST_NS else changed_ns(status))
                        add_kind(kind)
                        add_rename(status.st_ctime if _TELLS_RENAMES else 0.0)
                        continue
                if name.endswith((".xmp", ".XMP")):
                    has_sidecars = True
                if _is_folder(entry):
                    if not (exclusions.leaves_out_folder(name, prefix + name) or _hidden_by_system(entry, exclusions)):
                        folders.append(prefix + name)
                else:
                    trouble = _add_file(entry, folder, prefix, batch, exclusions) or trouble
    except OSError as error:
        if relpath and isinstance(error, FileNotFoundError | NotADirectoryError):
            return []  # removed since its parent was listed: its files are gone
        batch.unreadable.append((relpath, _sentence(relpath, root, error)))
    else:
        if trouble is not None and (relpath or isinstance(trouble, PermissionError)):
            batch.unreadable.append((relpath, _sentence(relpath, root, trouble)))
    if has_sidecars:
        for number in range(first, len(files)):
            files.mtime_ns[number] = _time_of(root, files.at(number))
    folders.sort()
    return folders


@contextmanager
def _entries_of(folder: Path) -> Generator[Iterator[os.DirEntry[str]]]:
    """By the open folder where the system can: a file's status is then found in it, not from the top again.

    An entry's ``path`` is of no use then.
    """
    if os.scandir not in os.supports_fd:
        with os.scandir(folder) as entries:
            yield entries
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        with os.scandir(descriptor) as entries:
            yield entries
    finally:
        os.close(descriptor)


def _time_of(root: Path, file: ScannedFile) -> int:
    """A photo's time is also that of its sidecar."""
    return time_with_sidecar(openable(root / file.relpath), file.mtime_ns) if file.kind is Kind.PHOTO else file.mtime_ns


_KINDS = {
    spelt(ending): kind_of_name("a" + ending)
    for ending in PHOTO_EXTENSIONS | TRACK_EXTENSIONS
    for spelt in (str.lower, str.upper)
}
_TELLS_RENAMES = sys.platform != "win32"  # there it is when the file was made
_TYPE, _REGULAR = stat.S_IFMT(0o777777), stat.S_IFREG


def _is_no_more(error: OSError, entry: os.DirEntry[str]) -> bool:
    """Whether a file can't be looked at since it vanished, or since it is a link that leads nowhere."""
    return isinstance(error, FileNotFoundError | NotADirectoryError) or entry.is_symlink()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        # On Windows a junction is a link that counts as a folder; Python 3.12 and later can tell.
        is_junction: Callable[[], bool] | None = getattr(entry, "is_junction", None)
        return is_junction is None or not is_junction()
    except OSError:
        return False


def _add_file(
    entry: os.DirEntry[str], folder: Path, prefix: str, batch: ScanBatch, exclusions: Exclusions
) -> OSError | None:
    """Returns why it can't be said what lies there."""
    name = entry.name
    try:
        left_out = exclusions.leaves_out_file(name)
        kind = None if left_out else kind_of_name(name)
        if kind is None and (left_out or "." in name):
            batch.ignored += entry.is_file()
            return None
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        kind = kind or _kind_of_content(folder / name)
    except OSError as error:
        return None if _is_no_more(error, entry) else error
    if kind is None:
        batch.ignored += 1
    else:
        files = batch.files
        files.relpath.append(prefix + name)
        files.size.append(status.st_size)
        files.mtime_ns.append(changed_ns(status))
        files.kind.append(kind)
        files.renamed_at.append(status.st_ctime if _TELLS_RENAMES else 0.0)
    return None


def _kind_of_content(path: Path) -> Kind | None:
    """By the first bytes, of a file that is known to be a regular one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        head = os.read(descriptor, HEAD_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if photo_signature(head):
        return Kind.PHOTO
    return Kind.TRACK if track_signature(head) else None


def look_at(root: Path, relpath: str) -> ScannedFile | None:
    """One file as a scan would see it (whatever the rules say); None if it is no candidate."""
    path = openable(root / relpath)
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    kind = kind_of_name(path.name)
    if kind is None and "." not in path.name:
        kind = _kind_of_content(path)
    if kind is None:
        return None
    file = ScannedFile(relpath, status.st_size, changed_ns(status), kind)
    return file._replace(mtime_ns=_time_of(root, file))


def is_gone(path: Path) -> bool:
    """Whether nothing lies at ``path``; False where that can't be told, as in a folder that may not be entered."""
    try:
        os.lstat(openable(path))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def is_empty_folder(path: Path) -> bool:
    """Whether there is nothing at all in it: what a mount point looks like while nothing is mounted."""
    try:
        with os.scandir(openable(path)) as entries:
            return next(entries, None) is None
    except OSError:
        return False


def _hidden_by_system(entry: os.DirEntry[str], exclusions: Exclusions) -> bool:
    if sys.platform != "win32" or exclusions.shows_hidden:
        return False
    attributes = entry.stat(follow_symlinks=False).st_file_attributes
    return bool(attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM))


def _sentence(relpath: str, root: Path, error: OSError) -> str:
    place = str(root / relpath if relpath else root)
    if len(place) > LONGEST_TOLD:
        place = place[: LONGEST_TOLD // 2] + " … " + place[-LONGEST_TOLD // 4 :]
    if isinstance(error, PermissionError):
        return f"Akin is not allowed to look into the folder {place}."
    reason = error.strerror or type(error).__name__
    return f"The folder {place} can't be read: {reason[:1].lower()}{reason[1:]}."
