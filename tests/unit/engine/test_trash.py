"""What lies in the trash: put back without harm, found by the records that the trash keeps."""

import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from fixtures.folder_trash import FolderTrash

from desktop_app.engine.catalog.edit_log import KeptFile
from desktop_app.engine.media.hashing import content_hash
from desktop_app.engine.trash import TrashRecords, is_file_of, put_back
from desktop_app.errors import KnownError

records_kept = pytest.mark.skipif(sys.platform != "linux", reason="the records of this trash")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    trash = FolderTrash(tmp_path / "trash")
    places: list[Path] = []
    for text in ("one", "two"):
        (tmp_path / "a.jpg").write_text(text)
        places.append(trash.move(tmp_path / "a.jpg"))
    assert [place.name for place in places] == ["a.jpg", "a 2.jpg"]
    put_back(places[1], tmp_path / "a.jpg")
    with pytest.raises(KnownError, match="taken its place"):
        put_back(places[0], tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_text() == "two" and places[0].read_text() == "one"


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
def test_a_link_to_nothing_is_somebodys_too(tmp_path: Path) -> None:
    (tmp_path / "trashed.jpg").write_text("pixels")
    (tmp_path / "a.jpg").symlink_to(tmp_path / "nowhere.jpg")
    with pytest.raises(KnownError, match="taken its place"):
        put_back(tmp_path / "trashed.jpg", tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").is_symlink() and (tmp_path / "trashed.jpg").exists()


def test_no_folder_is_made_in_the_mount_point_of_a_drive_that_is_away(tmp_path: Path) -> None:
    """It would not be empty any more: what lies on the drive would be missing instead of offline."""
    drive = tmp_path / "drive"
    drive.mkdir()
    with pytest.raises(KnownError, match="does not lie"):
        put_back(drive / ".Trash-1000" / "files" / "a.jpg", drive / "2024" / "a.jpg")
    assert not list(drive.iterdir())


def test_a_file_is_known_by_size_and_time_or_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"pixels")
    with path.open("rb") as file:
        known = KeptFile(path, 6, path.stat().st_mtime_ns, content_hash(file))
    assert is_file_of(known, path)
    os.utime(path, (1, 1))
    assert is_file_of(known, path)
    path.write_bytes(b"PIXELS")
    os.utime(path, (1, 1))
    assert not is_file_of(known, path)
    path.write_bytes(b"more pixels")
    assert not is_file_of(known, path)
    with pytest.raises(FileNotFoundError):
        is_file_of(known, tmp_path / "b.jpg")


@pytest.fixture
def bin_of_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's trash, with nothing in it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    trash = tmp_path / "data" / "Trash"
    (trash / "info").mkdir(parents=True)
    (trash / "files").mkdir()
    return trash


def throw(trash: Path, name: str, original: Path, when: float) -> Path:
    """As the file managers do it."""
    (trash / "files" / name).write_text(name)
    record = trash / "info" / f"{name}.trashinfo"
    record.write_text(f"[Trash Info]\nPath={quote(str(original))}\nDeletionDate=2026-01-01T00:00:00\n")
    os.utime(record, (when, when))
    return trash / "files" / name


@records_kept
def test_the_last_of_a_place_is_found_that_still_lies_there(bin_of_user: Path, tmp_path: Path) -> None:
    original = tmp_path / "ü 1%.jpg"
    throw(bin_of_user, "b.jpg", original, when=2)
    throw(bin_of_user, "a.jpg", original, when=1)
    last = throw(bin_of_user, "c.jpg", original, when=3)
    (bin_of_user / "info" / "d.jpg.trashinfo").write_text("[Trash Info]\n")
    assert TrashRecords().place_of(original) == last
    last.unlink()
    assert TrashRecords().place_of(original) == bin_of_user / "files" / "b.jpg"
    assert TrashRecords().place_of(tmp_path / "other.jpg") is None


@records_kept
def test_each_record_is_read_once_however_many_are_looked_for(
    bin_of_user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    originals = [tmp_path / f"{number}.jpg" for number in range(200)]
    places = [throw(bin_of_user, path.name, path, when=1) for path in originals]
    read: list[Path] = []
    real = Path.read_bytes

    def counted(path: Path) -> bytes:
        read.append(path)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    records = TrashRecords()
    assert [records.place_of(path) for path in originals] == places
    assert len(read) == len(set(read)) == len(originals)
