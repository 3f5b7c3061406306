"""The program is killed while it moves files to the trash: the next start knows which are there, and undo works."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from fixtures.folder_trash import FolderTrash
from fixtures.readings import photo
from pytestqt.qtbot import QtBot

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import State
from desktop_app.domain.notices import Notice
from desktop_app.engine.api import EngineClient
from desktop_app.engine.backups import restoring
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.edit_log import TRASHING
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.library import Library
from desktop_app.engine.runtime import QtTrash
from desktop_app.engine.trash import TrashRecords
from desktop_app.errors import KnownError
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the records of this trash")
NAMES = ("a.jpg", "ü 1%.jpg", "c.jpg")
ALL = [ItemId(1), ItemId(2), ItemId(3)]
ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from pathlib import Path
from desktop_app.engine.library import Library
from desktop_app.engine.runtime import QtTrash
from desktop_app.errors import StorageFullError
from desktop_app.paths import Profile

def refuse(*_):
    raise StorageFullError("no room")

class Killed(QtTrash):
    left = int(sys.argv[2])

    def move(self, path):
        if not self.left:
            os._exit(9)
        self.left -= 1
        return super().move(path)

    def restore(self, trashed, original):
        super().restore(trashed, original)
        os._exit(9)

library = Library.open(Profile.at(Path(sys.argv[1])), jobs=1)
library.trash_port = Killed()
if Killed.left >= 3:
    library.catalog.log.__class__.remove = (lambda *_: os._exit(9)) if Killed.left == 3 else refuse
library.trash([1, 2, 3])
"""


@pytest.fixture
def photos(profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """In a library, each rated."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    profile.make()
    paths = [tmp_path / "photos" / name for name in NAMES]
    paths[0].parent.mkdir()
    with Catalog.open(profile.catalog_path) as catalog:
        root = catalog.add_root(paths[0].parent)
        catalog.upsert_readings([ItemWrite(None, root.id, name, photo(name)) for name in NAMES])
        for number, path in enumerate(paths, 1):
            path.write_text(path.name)
            status = path.stat()
            values = [status.st_size, status.st_mtime_ns, number]
            catalog.database.run("UPDATE item SET size = ?, mtime_ns = ?, rating = 4 WHERE id = ?", values)
    return paths


def killed(profile: Profile, moved: int) -> None:
    """A program that was killed after it had moved so many."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(profile.directory), str(moved)], check=False, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 9, done.stderr.decode()


def ratings(library: Library) -> list[int]:
    return [row.rating for row in library.rows(ALL)]


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_kill_between_moving_and_writing_it_down(profile: Profile, photos: list[Path], moved: int) -> None:
    killed(profile, moved)
    assert [path.exists() for path in photos] == [False] * moved + [True] * (3 - moved)
    with Library.open(profile, jobs=1) as library:
        assert not library.notices and ratings(library) == [4] * (3 - moved)
        assert library.catalog.meta(TRASHING) == ""
        if moved:
            assert library.undo_labels[0] == f"Trash {moved} Photo{'s' if moved > 1 else ''}"
            library.undo()
        assert [path.read_text() for path in photos] == list(NAMES) and ratings(library) == [4] * 3
        assert {row.state for row in library.rows(ALL)} == {State.PRESENT}
    with Library.open(profile, jobs=1) as library:
        assert ratings(library) == [4] * 3


def test_what_is_not_in_the_trash_stays_in_the_library(profile: Profile, photos: list[Path]) -> None:
    """It was emptied, for one: the items stay, with all that was said of them, and the user is told."""
    killed(profile, 1)
    found = TrashRecords().place_of(photos[0])
    assert found is not None
    found.unlink()
    for closed in (False, True):  # a command has no place for notices, and a window may be killed before it is seen
        with Library.open(profile, jobs=1) as library:
            (notice,) = library.notices
            assert photos[0].name in notice.text and ratings(library) == [4] * 3
            library.forget(Notice(notice.text))
            if closed:
                library.forget(notice)
    with Library.open(profile, jobs=1) as library:
        assert not library.notices  # told once


def test_a_kill_while_files_are_put_back(profile: Profile, photos: list[Path]) -> None:
    killed(profile, 4)  # it moves all three, can't write that down, and puts the last one back
    assert [path.exists() for path in photos] == [False, False, True]
    with Library.open(profile, jobs=1) as library:
        assert not library.notices and library.undo_labels[0] == "Trash 2 Photos" and ratings(library) == [4]
        library.undo()
        assert [path.read_text() for path in photos] == list(NAMES) and ratings(library) == [4] * 3


def test_the_window_says_which_files_are_gone_until_that_is_closed(
    profile: Profile, photos: list[Path], qtbot: QtBot
) -> None:
    photos[0].unlink()
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.put_meta(TRASHING, "1")
    for closed in (False, True):
        client = EngineClient(profile, open_library=lambda wanted: Library.open(wanted, jobs=1), background=False)
        notices: list[Notice] = []
        client.notified.connect(notices.append)
        client.start()
        qtbot.waitUntil(lambda heard=notices: bool(heard), timeout=30_000)
        assert [photos[0].name in notice.text and notice.stays for notice in notices] == [True]
        if closed:
            client.forget(notices[0])
        client.shut_down()
    with Library.open(profile, jobs=1) as library:
        assert not library.notices and library.catalog.meta(TRASHING) == ""


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_drive_that_is_not_there_is_asked_again_later(
    profile: Profile, photos: list[Path], tmp_path: Path, mount_point: bool
) -> None:
    """Its folder is gone, or there and empty."""
    killed(profile, 1)
    found = TrashRecords().place_of(photos[0])
    assert found is not None
    found.rename(tmp_path / "trashed")
    photos[0].parent.rename(tmp_path / "unplugged")
    if mount_point:
        photos[0].parent.mkdir()
    for _start in range(2):
        with Library.open(profile, jobs=1) as library:
            assert not library.notices and ratings(library) == [4] * 3
    if mount_point:
        photos[0].parent.rmdir()
    (tmp_path / "unplugged").rename(photos[0].parent)
    (tmp_path / "trashed").rename(found)
    with Library.open(profile, jobs=1) as library:
        assert ratings(library) == [4] * 2
        library.undo()
    assert photos[0].read_text() == NAMES[0]


@pytest.mark.parametrize("trashed", ["ours", "another"])
def test_another_file_has_taken_the_place_before_the_next_start(
    profile: Profile, photos: list[Path], trashed: str
) -> None:
    """A camera's import, for one: its photo is not the one that was rated. Nor is it any file of the trash."""
    killed(profile, 1)
    found = TrashRecords().place_of(photos[0])
    assert found is not None
    photos[0].write_text("of somebody else")
    if trashed == "another":
        found.write_text("of long ago")
    with Library.open(profile, jobs=1) as library:
        assert not library.notices and library.catalog.meta(TRASHING) == ""
        if trashed == "ours":
            assert library.undo_labels[0] == "Trash 1 Photo" and ratings(library) == [4] * 2
            with pytest.raises(KnownError, match="taken its place"):
                library.undo()
            assert photos[0].read_text() == "of somebody else" and found.exists()
            photos[0].unlink()
            library.undo()
        assert ratings(library) == [4] * 3
    assert found.exists() is (trashed == "another")


def test_a_file_that_could_not_be_put_back_is_written_down_at_the_next_start(
    profile: Profile, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the trash is, and whatever it keeps of it: the note says where the file lies."""

    class Stuck(FolderTrash):
        def restore(self, trashed: Path, original: Path) -> None:
            if trashed.name == NAMES[1]:
                raise KnownError("The trash does not answer.")
            super().restore(trashed, original)

    def refuse(*_: object) -> NoReturn:
        raise KnownError("The library can't be written.")

    trash = FolderTrash(tmp_path / "a trash")
    with Library.open(profile, jobs=1) as library:
        with monkeypatch.context() as patched:
            patched.setattr(type(library.catalog.log), "remove", refuse)
            with pytest.raises(KnownError, match=f"can't be written.*{NAMES[1]} lies at"):
                library.trash(ALL, Stuck(tmp_path / "a trash"))
        assert [path.exists() for path in photos] == [True, False, True] and ratings(library) == [4] * 3
    with Library.open(profile, jobs=1) as library:
        library.trash_port = trash
        assert not library.notices and ratings(library) == [4] * 2 and library.undo_labels[0] == "Trash 1 Photo"
        library.undo()
        assert ratings(library) == [4] * 3
    assert [path.read_text() for path in photos] == list(NAMES)


def test_a_restored_backup_says_of_no_file_that_it_is_in_the_trash(
    profile: Profile, photos: list[Path], tmp_path: Path
) -> None:
    """What it holds may come from anybody."""
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.put_meta(TRASHING, "1 2")
    killed(profile, 1)
    with Library.open(profile, jobs=1) as library:
        library.catalog.put_meta(TRASHING, "2 3")
        made = library.backups.make(tmp_path / "b.zip")
    restoring.restore(profile, made.path)
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.meta(TRASHING) == ""


def test_a_file_that_went_though_the_trash_says_it_did_not_is_found_there(profile: Profile, photos: list[Path]) -> None:
    class Unsure(QtTrash):
        def move(self, path: Path) -> Path:
            super().move(path)
            raise KnownError(f"{path.name} can't be moved.")

    with Library.open(profile, jobs=1) as library:
        library.trash_port = Unsure()
        assert library.trash(ALL).undo == "Trash 3 Photos" and not any(path.exists() for path in photos)
        library.undo()
        assert [path.read_text() for path in photos] == list(NAMES)


def test_an_edit_of_the_whole_trash_is_given_up_with_its_intention(profile: Profile, photos: list[Path]) -> None:
    class Refusing:
        def move(self, path: Path) -> Path:
            raise KnownError(f"{path.name} is in use.")

        def restore(self, trashed: Path, original: Path) -> None:
            raise AssertionError

    with Library.open(profile, jobs=1) as library:
        with pytest.raises(KnownError, match="in use"):
            library.trash([ItemId(1)], Refusing())
        assert library.catalog.meta(TRASHING) == "" and ratings(library) == [4] * 3
