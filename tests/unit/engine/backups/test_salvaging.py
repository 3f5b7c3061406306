"""A damaged log costs only what was written after the damage."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.engine.backups import restoring
from desktop_app.engine.catalog import Catalog, replacing
from desktop_app.engine.catalog.replacing import log_of
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryLockedError, StorageFullError
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

WRITER = """
import os, sys
from pathlib import Path
from desktop_app.engine.catalog import Catalog
catalog = Catalog.open(Path(sys.argv[1]))
for number, _line in enumerate(sys.stdin):
    catalog.save_playlist(f"List {number}", [])
    print(number, flush=True)
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


def content(profile: Profile) -> list[bytes]:
    return [path.read_bytes() for path in (profile.catalog_path, log_of(profile.catalog_path))]


def lists(profile: Profile) -> list[str]:
    with Catalog.open(profile.catalog_path) as catalog:
        return [info.name for info in catalog.playlists()]


def test_a_killed_program_loses_nothing(profile: Profile, ends: list[int]) -> None:
    assert lists(profile) == [f"List {number}" for number in range(EDITS)]


@pytest.mark.parametrize("at", [1, 3, EDITS - 1])
def test_what_was_written_before_the_damage_is_kept(profile: Profile, ends: list[int], at: int) -> None:
    log = log_of(profile.catalog_path)
    flip(log, (ends[at - 1] + ends[at]) // 2)
    whole, changes = content(profile)
    with pytest.raises(LibraryDamagedError) as caught:
        Catalog.open(profile.catalog_path)
    assert caught.value.in_log and log.read_bytes() == changes
    (profile.index_dir / "look-1").mkdir(parents=True)
    kept = restoring.salvage(profile)
    assert log_of(kept).read_bytes() == changes and kept.read_bytes() == whole
    assert not any(profile.index_dir.iterdir())
    assert lists(profile) == [f"List {number}" for number in range(at)]


def test_a_torn_log_opens_by_itself(profile: Profile, ends: list[int]) -> None:
    with log_of(profile.catalog_path).open("rb+") as file:
        file.truncate((ends[3] + ends[4]) // 2)
    assert lists(profile) == [f"List {number}" for number in range(4)]


def test_where_it_does_not_help_nothing_is_changed(profile: Profile, ends: list[int]) -> None:
    flip(profile.catalog_path, 5000)
    before = content(profile)
    with pytest.raises(LibraryDamagedError):
        restoring.salvage(profile)
    assert content(profile) == before and not list(profile.backup_dir.iterdir())


@pytest.mark.parametrize("step", ["shutil.copyfile", "copying.begin_anew", "Database.checkpoint"])
def test_on_a_full_disk_nothing_is_changed(
    profile: Profile, ends: list[int], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Neither the catalogue nor its log is written before a whole copy of both has been made."""
    log = log_of(profile.catalog_path)
    flip(log, (ends[2] + ends[3]) // 2)
    before = content(profile)

    def full(*_words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"desktop_app.engine.catalog.salvaging.{step}", full)
    with pytest.raises(StorageFullError, match="no room to keep a copy"):
        restoring.salvage(profile)
    monkeypatch.undo()
    assert content(profile) == before and not list(profile.backup_dir.iterdir())
    restoring.salvage(profile)
    assert lists(profile) == ["List 0", "List 1", "List 2"]


def test_a_copy_that_a_kill_left_goes_with_the_next_opening(profile: Profile) -> None:
    Catalog.open(profile.catalog_path).close()
    left = profile.directory / f"{replacing.BESIDE}x"
    left.mkdir()
    (left / "catalog.duckdb").write_bytes(b"half")
    Catalog.open(profile.catalog_path).close()
    assert not left.exists()


def test_without_a_log_there_is_nothing_to_salvage(profile: Profile) -> None:
    Catalog.open(profile.catalog_path).close()
    with pytest.raises(KnownError, match="no log"):
        restoring.salvage(profile)


@pytest.mark.parametrize("locked", [True, False])
def test_the_log_of_a_library_in_use_is_left_alone(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Also where the other is a program that knows no lock but that of the file."""
    Catalog.open(profile.catalog_path).close()
    log, root = log_of(profile.catalog_path), Path(__file__).parents[4]
    other = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(profile.catalog_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip

    def write() -> bytes:
        assert other.stdin is not None and other.stdout is not None
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline()
        return log.read_bytes()

    try:
        written = write()
        with monkeypatch.context() as patched:
            if not locked:
                patched.setattr("desktop_app.file_lock._locked", lambda _file: True)
            with pytest.raises(LibraryLockedError):
                restoring.salvage(profile)
        assert log.read_bytes() == written
        write()
    finally:
        other.communicate(timeout=60)
    assert lists(profile) == ["List 0", "List 1"]
    assert not list(profile.backup_dir.glob("*"))


def test_a_whole_log_is_not_cut(profile: Profile, ends: list[int]) -> None:
    with pytest.raises(KnownError, match="nothing"):
        restoring.salvage(profile)
    assert lists(profile) == [f"List {number}" for number in range(EDITS)]
