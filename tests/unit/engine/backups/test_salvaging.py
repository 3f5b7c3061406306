"""A damaged log costs only what was written after the damage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.engine.backups import restoring
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.replacing import log_of
from desktop_app.errors import KnownError, LibraryDamagedError
from desktop_app.paths import Profile

EDITS = 6
PROGRAM = f"""
import os, sys
from pathlib import Path
from desktop_app.engine.catalog import Catalog
catalog = Catalog.open(Path(sys.argv[1]))
sizes = []
for number in range({EDITS}):
    catalog.save_playlist(f"List {{number}}", [])
    sizes.append(os.path.getsize(sys.argv[1] + ".wal"))
print(*sizes)
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture
def ends(profile: Profile) -> list[int]:
    """A library whose program was killed after some edits: where in the log each of them ends."""
    Catalog.open(profile.catalog_path).close()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(profile.catalog_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )  # fmt: skip
    return [int(size) for size in done.stdout.split()]


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 255
    path.write_bytes(content)


def lists(profile: Profile) -> list[str]:
    with Catalog.open(profile.catalog_path) as catalog:
        return [info.name for info in catalog.playlists()]


def test_a_killed_program_loses_nothing(profile: Profile, ends: list[int]) -> None:
    assert lists(profile) == [f"List {number}" for number in range(EDITS)]


@pytest.mark.parametrize("at", [1, 3, EDITS - 1])
def test_what_was_written_before_the_damage_is_kept(profile: Profile, ends: list[int], at: int) -> None:
    log = log_of(profile.catalog_path)
    flip(log, (ends[at - 1] + ends[at]) // 2)
    content = log.read_bytes()
    with pytest.raises(LibraryDamagedError) as caught:
        Catalog.open(profile.catalog_path)
    assert caught.value.in_log and log.read_bytes() == content
    kept = restoring.salvage(profile)
    assert kept.read_bytes() == content
    assert lists(profile) == [f"List {number}" for number in range(at)]


def test_a_torn_log_opens_by_itself(profile: Profile, ends: list[int]) -> None:
    with log_of(profile.catalog_path).open("rb+") as file:
        file.truncate((ends[3] + ends[4]) // 2)
    assert lists(profile) == [f"List {number}" for number in range(4)]


def test_where_it_does_not_help_nothing_is_changed(profile: Profile, ends: list[int]) -> None:
    flip(profile.catalog_path, 5000)
    before = [path.read_bytes() for path in (profile.catalog_path, log_of(profile.catalog_path))]
    with pytest.raises(LibraryDamagedError):
        restoring.salvage(profile)
    assert [path.read_bytes() for path in (profile.catalog_path, log_of(profile.catalog_path))] == before
    assert not list(profile.backup_dir.iterdir())


def test_without_a_log_there_is_nothing_to_salvage(profile: Profile) -> None:
    Catalog.open(profile.catalog_path).close()
    with pytest.raises(KnownError, match="no log"):
        restoring.salvage(profile)
