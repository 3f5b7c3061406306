"""Folders that can't be reached, are not mounted, are empty, come back, or lie elsewhere from now on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from reliability.library_checks import assert_sound, look_inside
from reliability.originals import Originals
from reliability.program import Program, refused
from reliability.small_media import write_small_photos, write_small_track

from desktop_app.engine.library import Library
from desktop_app.paths import Profile

PHOTOS = 5

Sticks: TypeAlias = Callable[[str], Path]


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


@pytest.fixture
def sticks(tmp_path: Path) -> Iterator[Sticks]:
    """Plugs in an empty stick under a name; only one at a time, which gets the numbers of the one before."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount; see test_without_root.py")
    media = tmp_path / "media"

    def plug_in(name: str) -> Path:
        unplug()
        (media / name).mkdir(parents=True)
        if subprocess.run(["mount", "-t", "tmpfs", "none", str(media / name)], check=False).returncode:
            pytest.skip("nothing can be mounted here")
        return media / name

    def unplug() -> None:
        for place in media.iterdir() if media.is_dir() else ():
            subprocess.run(["umount", "-q", "-l", str(place)], check=False)
            place.rmdir()

    yield plug_in
    unplug()


def test_a_second_stick_is_not_taken_for_the_first(program: Program, tmp_path: Path, sticks: Sticks) -> None:
    """Though it has the same device and number, and the same photos on it."""
    first = sticks("X")
    numbers = first.stat().st_dev, first.stat().st_ino
    write_small_photos(first, PHOTOS)
    kept = Path(shutil.copytree(first, tmp_path / "kept"))
    program.answer("index", first, "--jobs", 1)
    program.answer("rate", 4, first / "photo 1.jpg")
    program.answer("tag", first / "photo 2.jpg", "--add", "mine")

    second = sticks("Y")
    assert (second.stat().st_dev, second.stat().st_ino) == numbers, "else this tells nothing"
    shutil.copytree(kept, second, dirs_exist_ok=True)
    report = program.answer("index", second)
    assert (report["added"], report["moved"]) == (PHOTOS, 0)
    assert {root["path"] for root in program.answer("roots", "list")["roots"]} == {str(first), str(second)}
    program.answer("index", first)

    inside = look_inside(program.profile).items
    assert {inside[str(first / f"photo {number}.jpg")].state.value for number in (1, 2)} == {"offline"}
    assert {inside[str(second / f"photo {number}.jpg")].rating for number in (1, 2)} == {0}
    shutil.copytree(kept, sticks("X"), dirs_exist_ok=True)
    report = program.answer("index", first)
    assert (report["unchanged"], report["embedded"], report["missing"]) == (PHOTOS, 0, 0)
    inside = look_inside(program.profile).items
    assert inside[str(first / "photo 1.jpg")].rating == 4
    assert list(inside[str(first / "photo 2.jpg")].tags or ()) == ["mine"]


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
