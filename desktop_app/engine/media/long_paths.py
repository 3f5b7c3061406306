"""Paths that are longer than Windows takes without being asked to."""

import sys
from pathlib import Path

LONGEST = 240
"""Letters: Windows ends at 260, and at 248 for folders; it adds a few itself when it lists one."""
_PREFIX, _SHARE = "\\\\?\\", "\\\\?\\UNC\\"


def extended(place: str) -> str:
    """A whole Windows path in the form that may be of any length, where it needs that; others as they are."""
    if len(place) < LONGEST or place.startswith((_PREFIX, "\\\\.\\")):
        return place
    if place.startswith("\\\\"):
        return _SHARE + place[2:]
    return _PREFIX + place if place[1:3] == ":\\" else place


def openable(path: Path) -> Path:
    """What to ask the system for, to open or list ``path``: without it Windows says that a long one is not there."""
    return Path(extended(str(path))) if sys.platform == "win32" else path
