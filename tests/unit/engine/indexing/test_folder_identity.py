"""A root by another name is the same folder; another stick is not, however much like the first one."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.domain.kinds import State
from desktop_app.engine.indexing import folder_identity as identities
from desktop_app.engine.indexing.folder_identity import folder_identity, mount_point

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="how Linux tells of file systems")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path, ("X",))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def volume(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the file system calls itself, whatever the tests run on."""
    names = ["a name"]
    monkeypatch.setattr(identities, "volume_name", lambda top, path: names[0])
    return names


def renamed(library: IndexedLibrary, name: str = "Y") -> Path:
    """The first root, by another name, and added by it."""
    path = library.root.rename(library.folder / name)
    library.catalog.add_root(path)
    return path


def test_a_folder_is_itself_by_any_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    before = folder_identity(one)
    assert before not in ("", folder_identity(other))
    one.rename(tmp_path / "renamed")
    assert folder_identity(tmp_path / "renamed") == before
    assert folder_identity(one) == ""


def test_a_folder_of_a_file_system_without_a_name_is_not_told_from_others(tmp_path: Path, volume: list[str]) -> None:
    volume[0] = ""
    assert folder_identity(tmp_path) == ""


def test_another_stick_with_the_numbers_of_the_first_one(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one number on one file system, as two sticks of which one is a copy of the other, mounted by another name."""
    path = write(library.root / "a.jpg", "one")
    monkeypatch.setattr(identities, "mount_point", lambda path: path)
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    other = renamed(library)
    report = library.index([other])
    assert (report.moved, report.added) == (0, 1)
    assert (library.path_of(item), library.state_of(item)) == ("X/a.jpg", State.PRESENT)
    library.index()
    assert library.state_of(item) is State.OFFLINE
    assert [root.path for root in library.catalog.roots()] == [library.root, other]
    assert library.catalog.rows([library.id_of(other / "a.jpg")])[0].rating == 0


def test_a_folder_of_another_stick_at_the_same_place(library: IndexedLibrary, volume: list[str]) -> None:
    """Its folder has the number, and only the name of the file system is another."""
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    other = renamed(library)
    volume[0] = "another name"
    assert library.index([other]).added == 1
    assert library.path_of(item) == "X/a.jpg"


@pytest.mark.parametrize("known", [True, False])
def test_what_an_earlier_version_noted_is_believed_no_more(library: IndexedLibrary, known: bool) -> None:
    """A device and a number; with the next look at the folder it is noted as it is now."""
    path = write(library.root / "a.jpg", "one")
    library.index()
    item, status = library.id_of(path), library.root.stat()
    key = f"folder of root {library.catalog.roots()[0].id}"
    library.catalog.put_meta(key, f"{status.st_dev}:{status.st_ino}")
    if known:
        library.index()
    other = renamed(library)
    library.index()
    assert library.path_of(item) == ("Y/a.jpg" if known else "X/a.jpg")
    assert library.state_of(item) is (State.PRESENT if known else State.OFFLINE)
    assert (library.root in [root.path for root in library.catalog.roots()]) is not known
    assert library.index([other]).missing == 0


def test_what_was_noted_of_a_folder_does_not_outlast_it(library: IndexedLibrary, volume: list[str]) -> None:
    """A share was mounted in it since: the folder below, empty as it is, does not say that all was moved away."""
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    volume[0] = ""
    library.index()
    volume[0] = "a name"
    path.unlink()
    library.catalog.add_root(library.folder / "Y")
    write(library.folder / "Y" / "a.jpg", "one")
    library.index()
    assert (library.path_of(item), library.state_of(item)) == ("X/a.jpg", State.OFFLINE)


def test_a_root_that_cannot_be_looked_for_is_not_renamed(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    other = renamed(library)
    lstat = os.lstat

    def refusing(asked: Path) -> os.stat_result:
        if Path(asked) == library.root:
            raise PermissionError(13, "Permission denied")
        return lstat(asked)

    monkeypatch.setattr(os, "lstat", refusing)
    library.index([other])
    assert library.path_of(item) == "X/a.jpg"


def test_the_mount_point_is_where_the_device_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick, folder = tmp_path / "stick", tmp_path / "stick" / "a" / "b"
    folder.mkdir(parents=True)
    stat = Path.stat

    def told(path: Path) -> object:
        return SimpleNamespace(st_dev=7) if path.is_relative_to(stick) else stat(path)

    monkeypatch.setattr(Path, "stat", told)
    assert mount_point(folder) == stick
    assert mount_point(stick) == stick


@linux_only
def test_names_of_file_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    names = tmp_path / "by-uuid"
    names.mkdir()
    monkeypatch.setattr(identities, "BY_UUID", names)
    monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_fsid=0x811))
    assert identities.volume_name(tmp_path, tmp_path) == "", "FAT gives the number of its device"
    assert identities.volume_name(Path("/"), tmp_path) == "the system"
    monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_fsid=0xCC2C54D02007E21E))
    assert identities.volume_name(Path("/"), tmp_path) == "cc2c54d02007e21e"
    (names / "0815-4711").symlink_to("/dev/null")
    device = Path("/dev/null").stat().st_rdev
    monkeypatch.setattr(Path, "stat", lambda path: SimpleNamespace(st_dev=device))
    assert identities.volume_name(Path("/"), tmp_path) == "0815-4711"


@linux_only
@pytest.mark.parametrize(("kind", "name"), [("nfs4", "nas%3A/photos"), ("fuse.sshfs", ""), ("vfat", "")])
def test_shares_go_by_their_servers_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(identities, "BY_UUID", tmp_path / "none")
    monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_fsid=0))
    mounted = [SimpleNamespace(mountpoint="/mnt", fstype=kind, device="nas:/photos")]
    monkeypatch.setattr("psutil.disk_partitions", lambda all: mounted)
    assert identities.volume_name(Path("/mnt"), tmp_path) == name
    assert identities.volume_name(Path("/elsewhere"), tmp_path) == ""
