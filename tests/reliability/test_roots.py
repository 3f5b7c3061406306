"""Folders that can't be reached, are not mounted, are empty, come back, or lie elsewhere from now on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.library_checks import assert_sound, look_inside
from reliability.originals import Originals
from reliability.program import Program, refused
from reliability.small_media import write_small_photos, write_small_track

from desktop_app.engine.library import Library
from desktop_app.paths import Profile

PHOTOS = 5


@pytest.fixture
def made(program: Program, roots: Path, originals: Originals) -> Path:
    """An indexed root with a rating, a tag and a playlist."""
    write_small_photos(roots / "drive", PHOTOS)
    track = write_small_track(roots / "drive" / "deep" / "track.wav", 1)
    originals.settle()
    program.answer("index", roots / "drive", "--jobs", 1)
    with Library.open(Profile.at(program.profile)) as library:
        ids = library.ids_of_paths([roots / "drive" / "photo 1.jpg", track])
        library.rate([ids[roots / "drive" / "photo 1.jpg"]], 4)
        library.tag([ids[track]], ["kept"])
        library.save_playlist("list", [ids[track]])
    return roots / "drive"


def assert_all_there(program: Program, root: Path, state: str) -> None:
    """Every item is in this state, with all that was made of it."""
    inside = look_inside(program.profile)
    assert {item.state.value for item in inside.items.values()} == {state}
    assert len(inside.items) == PHOTOS + 1
    assert inside.items[str(root / "photo 1.jpg")].rating == 4
    assert list(inside.items[str(root / "deep" / "track.wav")].tags or ()) == ["kept"]
    assert inside.playlists == {"list"}


def come_back(program: Program, root: Path) -> None:
    """The next run finds all as it was, and describes nothing again."""
    report = program.answer("index", root)
    assert (report["unchanged"], report["embedded"], report["offline"], report["missing"]) == (PHOTOS + 1, 0, 0, 0)
    assert_all_there(program, root, "present")
    assert_sound(program)


def test_gone_then_an_empty_mount_point_then_back(program: Program, made: Path, originals: Originals) -> None:
    away = made.with_name("away")
    made.rename(away)
    assert program.answer("index", made)["offline"] == PHOTOS + 1
    assert_all_there(program, made, "offline")
    made.mkdir()
    for _ in range(2):
        assert program.answer("index", made)["offline"] == PHOTOS + 1
        assert_all_there(program, made, "offline")
    made.rmdir()
    away.rename(made)
    come_back(program, made)


@pytest.fixture
def mounted(roots: Path, originals: Originals, tmp_path: Path) -> Iterator[Path]:
    """A drive that is mounted at ``roots``/drive; what is on it lies in another folder as well."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount; see test_without_root.py")
    (tmp_path / "device").mkdir()
    (roots / "drive").mkdir()
    mount(tmp_path / "device", roots / "drive")
    yield tmp_path / "device"
    originals.end()
    subprocess.run(["umount", "-q", "-l", str(roots / "drive")], check=False)


def mount(device: Path, place: Path) -> None:
    """Raises no error but skips where that is not allowed."""
    if subprocess.run(["mount", "--bind", str(device), str(place)], check=False).returncode:
        pytest.skip("nothing can be mounted here")


def test_a_drive_is_unmounted_and_mounted(program: Program, mounted: Path, made: Path, originals: Originals) -> None:
    subprocess.run(["umount", str(made)], check=True)
    originals.settle()
    assert program.answer("index", made)["offline"] == PHOTOS + 1
    assert_all_there(program, made, "offline")
    assert len(program.answer("find", "photo")["hits"]) == PHOTOS, "what is offline is still found"
    mount(mounted, made)
    originals.settle()
    come_back(program, made)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="permissions of Unix")
def test_a_root_that_may_not_be_read(program: Program, made: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    made.chmod(0)
    try:
        program.run("index", made)
        assert_all_there(program, made, "offline")
    finally:
        made.chmod(0o755)
    come_back(program, made)


def test_relocated_by_hand(program: Program, made: Path, originals: Originals) -> None:
    elsewhere = made.with_name("elsewhere")
    made.rename(elsewhere)
    originals.settle()
    program.answer("roots", "relocate", made, elsewhere)
    come_back(program, elsewhere)
    assert "no folder" in refused(program.run("roots", "relocate", elsewhere, made), 3)
    assert_all_there(program, elsewhere, "present")
