"""Where things lie: the profile of a library, and the program's own resources."""

import getpass
import hashlib
import os
import re
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

from desktop_app.errors import LibraryUnavailableError

SOCKET_PATH_BYTES = 103
"""What fits into the address of a Unix socket, on the narrowest of the systems."""

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
OUR_FILES = frozenset((
    "address", "catalog.duckdb", "catalog.duckdb.wal", "catalog.duckdb.replaced", "catalog.duckdb.replaced.wal",
    "catalog.duckdb.making", "catalog.duckdb.making.wal", "catalog.duckdb.lock", "searches.json", "settings.toml",
    "window.address", "window.ini", "window.lock",
))  # fmt: skip
SET_ASIDE = re.compile(r"catalog-(damaged|replaced)-\d{8}-\d{6}(-\d+)?\.duckdb(\.wal)?")
"""A catalogue that gave way, and its log; in the profile itself only until it is in the backups."""
OUR_FOLDERS = {
    "backups": re.compile(r"\.?akin-.+|catalog-.+\.duckdb(\.wal)?"),
    "catalog.duckdb.tmp": re.compile(r".+"),
    "indexes": re.compile(r"[\w.]+-[\w.-]+"),
    "logs": re.compile(r"akin\.log(\.\d+)?|crash\.log(\.\d+)?|fault-[\d-]+\.txt"),
    "models": re.compile(r".+"),
    "pasted": re.compile(r".+\.png"),
    "samples": re.compile(r".+"),
    "thumbnails": re.compile(r"[0-9a-f]{2}"),
}
"""All that lies in a profile; of the folders, what the names in them are like. A profile may lie among other things,
and these may have such names, too.
"""
MODEL_MARK = "akin-download.json"
"""In the folder of each model that was fetched."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A library's own folder: settings, catalogue, indexes, thumbnails, logs, backups."""

    directory: Path

    @classmethod
    def at(cls, directory: Path | None = None) -> "Profile":
        """The profile in ``directory``, else the one that ``AKIN_PROFILE`` names, else the user's default.

        Raises LibraryUnavailableError for what can be no folder.
        """
        chosen = directory or os.environ.get("AKIN_PROFILE") or platformdirs.user_data_dir("Akin", appauthor=False)
        try:
            return cls(Path(chosen).expanduser().resolve())
        except (RuntimeError, ValueError, OSError) as error:  # no such home, a NUL character, links in a circle
            raise LibraryUnavailableError(f"{str(chosen)!r} can't be the library's folder.") from error

    def make(self) -> None:
        """Create the folders, private to the user. Raises OSError where that can't be."""
        for folder in self._folders():
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.make_private()

    def make_private(self) -> None:
        """Take from others what they may do with the library, where the system has such permissions.

        A folder that holds other things too keeps its own permissions; what is the library's in it is private still.
        """
        if sys.platform == "win32":  # a user's folders are private there
            return
        entries = [entry for entry in self.directory.iterdir() if not entry.is_symlink()]
        logs = [entry for entry in self.log_dir.iterdir() if OUR_FOLDERS["logs"].fullmatch(entry.name)]
        files = [entry for entry in entries if _is_our_file(entry)] + [log for log in logs if not log.is_symlink()]
        files = [entry for entry in files if entry.is_file()]
        others = any(
            not (entry.name.startswith(".") or entry.name in OUR_FOLDERS or _is_our_file(entry)) for entry in entries
        )
        folders = [folder for folder in self._folders() if folder != self.directory and _holds_only_ours(folder)]
        if not others:
            folders.append(self.directory)
        for places, mode in ((folders, PRIVATE_FOLDER), (files, PRIVATE_FILE)):
            for place in places:
                with suppress(OSError):  # another user's, or a file system without permissions
                    if place.stat().st_mode & 0o077:
                        place.chmod(mode)

    def _folders(self) -> tuple[Path, ...]:
        return (self.directory, self.index_dir, self.thumbnail_dir, self.log_dir, self.backup_dir)

    @property
    def catalog_path(self) -> Path:
        """The DuckDB file: the truth."""
        return self.directory / "catalog.duckdb"

    @property
    def index_dir(self) -> Path:
        """FAISS files: a cache."""
        return self.directory / "indexes"

    @property
    def thumbnail_dir(self) -> Path:
        """Thumbnails by content hash: a cache."""
        return self.directory / "thumbnails"

    @property
    def log_dir(self) -> Path:
        """Rotating logs."""
        return self.directory / "logs"

    @property
    def backup_dir(self) -> Path:
        """Copies of the catalogue made before a migration, and damaged ones set aside."""
        return self.directory / "backups"

    @property
    def models_dir(self) -> Path:
        """Models that were fetched, and which of them are used."""
        return self.directory / "models"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """Folders of a library whose pictures are nobody's photos: thumbnails, and those of models that were fetched.

        None where there is no library. Other things may lie beside them, and are the user's.
        """
        if not self.catalog_path.is_file():
            return ()
        thumbnails = (self.thumbnail_dir,)
        if not _holds_only_ours(self.thumbnail_dir):
            thumbnails = tuple(self.thumbnail_dir / f"{number:02x}" for number in range(256))
        return (*thumbnails, *(mark.parent for mark in self.models_dir.glob(f"*/{MODEL_MARK}")))

    @property
    def samples_dir(self) -> Path:
        """The generated sample library."""
        return self.directory / "samples"

    @property
    def settings_path(self) -> Path:
        """The typed settings, TOML."""
        return self.directory / "settings.toml"

    @property
    def geometry_path(self) -> Path:
        """Window geometry, for QSettings."""
        return self.directory / "window.ini"

    @property
    def socket_path(self) -> str:
        """Address of the running program's request server: a short hashed name, since Unix limits its length.

        A path of a Unix socket in the user's runtime directory; on Windows a named pipe.
        """
        return self._socket("")

    @property
    def window_socket(self) -> str:
        """The same for the window, which answers also while it has no library open."""
        return self._socket("w")

    def _socket(self, ending: str) -> str:
        digest = hashlib.blake2b(os.fsencode(self.directory), digest_size=8).hexdigest() + ending
        if sys.platform == "win32":
            return rf"\\.\pipe\akin-{getpass.getuser()}-{digest}"
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        folder = Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
        place = folder / f"akin-{os.getuid()}-{digest}.sock"
        fits = len(os.fsencode(place)) <= SOCKET_PATH_BYTES
        return str(place if fits else Path("/tmp") / place.name)

    @property
    def address(self) -> str:
        """Where the program that holds the library answers: it says so in a file, else ``socket_path``.

        The two may differ: a terminal, a desktop and a timer don't agree on the runtime and temporary folders.
        """
        return _said_in(self.address_path, self.socket_path)

    @property
    def address_path(self) -> Path:
        """The file that names the address of the request server while there is one."""
        return self.directory / "address"

    @property
    def window_address(self) -> str:
        """Where the window answers."""
        return _said_in(self.window_address_path, self.window_socket)

    @property
    def window_address_path(self) -> Path:
        """The file that names the address of the window while there is one."""
        return self.directory / "window.address"


def _said_in(note: Path, usual: str) -> str:
    try:
        said = note.read_text("utf-8").strip()
    except (OSError, ValueError):
        return usual
    return said if Path(said).name == Path(usual).name else usual  # a copied profile is another library


def _is_our_file(entry: Path) -> bool:
    return entry.name in OUR_FILES or SET_ASIDE.fullmatch(entry.name) is not None


def _holds_only_ours(folder: Path) -> bool:
    """Whether a folder with one of our names is like ours; an empty one, or none, is."""
    names = OUR_FOLDERS[folder.name]
    try:
        return not folder.is_symlink() and all(names.fullmatch(entry.name) for entry in folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def resource_path(name: str) -> Path:
    """A file of the ``resources`` folder, in a checkout, an installed package or a frozen program."""
    return _resource_dir() / name


@cache  # asked for each icon at the start, and resolving looks at every folder above
def _resource_dir() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    base = Path(frozen) if frozen else Path(__file__).resolve().parent.parent
    return base / "resources"
