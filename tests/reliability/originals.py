"""Keeps watch over the files of a test's roots: nothing that the program does may change one."""

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

Look = tuple[str, int, int]
"""SHA-256 of the content, time of change in ns, mode."""


class Originals:
    """All files below the watched folders, and the kept files, as they were at the last ``settle``."""

    def __init__(self) -> None:
        self._folders: list[Path] = []
        self._files: list[Path] = []
        self._seen: dict[str, Look] = {}

    def watch(self, folder: Path) -> Path:
        """From now on nothing below ``folder`` may change by itself."""
        self._folders.append(folder)
        self.settle()
        return folder

    def keep(self, files: Iterable[Path]) -> None:
        """These may not change either, whatever comes beside them."""
        self._files += files
        self.settle()

    def settle(self) -> None:
        """The test itself changed something: what is there now is what has to stay."""
        self._seen = self._look()

    def check(self) -> None:
        """Fail for each file that is gone, new or another."""
        now = self._look()
        differing = {path for path in self._seen.keys() | now.keys() if self._seen.get(path) != now.get(path)}
        assert not differing, f"originals changed: {sorted(differing)[:10]}"

    def end(self) -> None:
        """Check now; what comes afterwards, as unmounting, is the test's own."""
        self.check()
        self._folders.clear()
        self._files.clear()
        self._seen.clear()

    def _look(self) -> dict[str, Look]:
        seen = {str(path): _look_at(str(path)) for path in self._files if os.path.lexists(path)}
        for top in self._folders:
            for folder, _below, names in os.walk(top):
                for name in names:
                    path = os.path.join(folder, name)  # noqa: PTH118 - names that are no text
                    seen[path] = _look_at(path)
        return seen


def _look_at(path: str) -> Look:
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        return "", 0, status.st_mode
    return hashlib.sha256(Path(path).read_bytes()).hexdigest(), status.st_mtime_ns, status.st_mode
