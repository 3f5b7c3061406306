"""Backups as people see them: when each was made, why, and what is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

WITHOUT_SETTINGS = "Its settings could not be restored: the present ones stay."


class Reason(StrEnum):
    """Why a backup was made; part of the name of its file."""

    DAILY = "daily"
    ASKED = "asked"
    MIGRATION = "before-update"  # before the library's format was changed by a newer program
    REPAIR = "before-repair"
    RESTORE = "before-restore"  # of the library that gave way to a backup


@dataclass(frozen=True, slots=True)
class Backup:
    """One file. ``faulty`` says why it can't be used, "" if nothing speaks against it; the counts are then 0."""

    path: Path
    made_at: float  # seconds since the epoch
    reason: Reason
    bytes: int
    program: str = ""  # version of the program that made it
    schema: int = 0
    full: bool = False  # with vectors and all else that could be computed again
    items: int = 0
    ratings: int = 0
    tags: int = 0  # that items have, each counted on each
    tag_names: int = 0  # those that differ; 0 in a backup of a program that did not count them
    tagged: int = 0  # items with one
    playlists: int = 0
    faulty: str = ""


def tags_text(backup: Backup, space: str = " ") -> str:
    """``2 tags on 3 items``; "" for none. An older backup knows only how often tags were given."""
    if not backup.tags:
        return ""
    if not backup.tagged:
        return "1 tag" if backup.tags == 1 else f"tags given {backup.tags:,} times"
    names, items = backup.tag_names, backup.tagged
    return f"{names:,}{space}tag{'s' * (names != 1)} on {items:,}{space}item{'s' * (items != 1)}"


def proposed_first(backups: Iterable[Backup]) -> list[Backup]:
    """Newest first, but what was given up for a backup after all others: who restores again means the same way on."""
    return sorted(backups, key=lambda each: (each.reason is Reason.RESTORE, -each.made_at))


@dataclass(frozen=True, slots=True)
class Restored:
    """What restoring a backup came to. ``previous``: where the library that was there before is kept."""

    backup: Backup
    previous: Path | None
    was_damaged: bool  # the library that was there before
    without_settings: bool = False  # those of the backup could not be written, or read: the present ones stay
