"""Looks at a root, or at the parts of it that changed, and keeps what was found there."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.domain.items import Root
from desktop_app.engine.media.long_paths import openable
from desktop_app.engine.scanner import ScannedFiles, ScanRules, is_empty_folder, scan


@dataclass(frozen=True, slots=True)
class Part:
    """A folder below a root ("" is the root itself), with all folders in it or without."""

    folder: str
    deep: bool = True


WHOLE = (Part(""),)


@dataclass(slots=True)
class Survey:
    """What lies in the looked-at parts of a root. ``reachable`` False: nothing can be said of its items now.

    ``named``: the relpaths of files that something happened to; ``began``: the look, in seconds since the epoch.
    """

    root: Root
    parts: Sequence[Part] = WHOLE
    named: Sequence[str] = ()
    reachable: bool = True
    began: float = 0.0
    renews: bool = False  # what is noted of the last look at all of the root
    files: ScannedFiles = field(default_factory=ScannedFiles)
    ignored: int = 0
    notes: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])  # those of folders that could not be looked into
    _unreadable: list[str] = field(default_factory=list[str])

    @property
    def whole(self) -> bool:
        """Whether all of the root was looked at."""
        return any(part.folder == "" and part.deep for part in self.parts)

    def look(self, rules: ScanRules, has_items: bool) -> Iterator[str]:
        """Walk; yields the folder it is in. ``has_items``: the catalogue knows files of this root."""
        self.began = time.time()
        if not self._is_there(has_items):
            return
        for part in _without_covered(self.parts):
            for batch in scan(self.root.path, rules, below=part.folder, deep=part.deep):
                self.files.extend(batch.files)
                self.ignored += batch.ignored
                for folder, sentence in batch.unreadable:
                    self._unreadable.append(folder)
                    self.notes.append(sentence)
                    self.closed.append(sentence)
                yield batch.folder
        if "" in self._unreadable:
            self.reachable = False
        else:
            self._is_there(has_items)  # a drive that was pulled meanwhile: what was not seen in it is not missing

    def _is_there(self, has_items: bool) -> bool:
        if not can_be_reached(self.root.path, has_items):
            self.reachable = False
            self.notes.append(f"The folder {self.root.path} can't be reached now: what is in it is offline.")
        return self.reachable

    def covers(self) -> Callable[[str], bool]:
        """Says of a relpath whether a file there would have been seen."""
        unreadable = tuple(folder + "/" for folder in self._unreadable if folder)
        if self.whole and not unreadable:
            return lambda relpath: True
        deep = tuple(part.folder + "/" for part in self.parts if part.deep and part.folder)
        shallow = {part.folder for part in self.parts if not part.deep}
        whole = self.whole

        def covered(relpath: str) -> bool:
            if unreadable and relpath.startswith(unreadable):
                return False
            return whole or relpath.startswith(deep) or relpath.rpartition("/")[0] in shallow

        return covered


def can_be_reached(path: Path, has_items: bool) -> bool:
    """A root that is not there, or that is empty though files of it are known: its drive is not mounted."""
    there = os.path.isdir(openable(path))  # noqa: PTH112 (Path's raises where a folder above it can't be entered)
    return there and not (has_items and is_empty_folder(path))


def _without_covered(parts: Sequence[Part]) -> list[Part]:
    """Each folder once."""
    deep = [part.folder for part in parts if part.deep]
    kept: list[Part] = []
    for part in dict.fromkeys(parts):
        above = (outer for outer in deep if outer != part.folder or not part.deep)
        if not any(_is_below(part.folder, outer) for outer in above):
            kept.append(part)
    return kept


def _is_below(folder: str, outer: str) -> bool:
    return outer in ("", folder) or folder.startswith(outer + "/")
