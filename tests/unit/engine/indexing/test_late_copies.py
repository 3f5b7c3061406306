"""A copy that is away, or written to, when its original goes: what was said of that is found in it later."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, touch, write

from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.indexing import folder_identity
from desktop_app.engine.indexing.recent_changes import RecentChanges
from desktop_app.engine.workers.outcomes import FileChangedError


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """With a rated track, and a copy of it on a drive."""
    made = IndexedLibrary(tmp_path, ("root", "drive"))
    for root in made.roots:
        write(root / "rest.mp3", root.name)
    _path, item, _copy = made.with_copy("a.mp3", "song", "old")
    made.catalog.set_rating([item], 5)
    yield made
    made.close()


@pytest.mark.parametrize("change", ["as it was", "renamed", "retagged"])
def test_the_original_is_deleted_while_the_drive_of_the_copy_is_away(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Copied, unplugged, made room for, and plugged in again, some days later."""
    monkeypatch.setattr(folder_identity, "mount_point", lambda path: path)
    copy = library.roots[1] / "a.mp3"
    away = library.roots[1].rename(library.folder / "unplugged")
    (library.root / "a.mp3").unlink()
    report = library.index()
    assert (report.missing, report.offline) == (1, 2)
    library.recent = RecentChanges()
    away.rename(library.roots[1])
    if change == "renamed":
        copy = copy.rename(copy.with_name("b.mp3"))
    elif change == "retagged":
        write(copy, "song", "new")
    report = library.index()
    assert (report.missing, report.offline, report.embedded) == (0, 0, 0)
    assert library.stars() == {f"drive/{copy.name}": 5}
    assert library.index().unchanged == 3


def test_a_backup_on_a_drive_that_is_back_takes_nothing(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_identity, "mount_point", lambda path: path)
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    away = library.roots[1].rename(library.folder / "unplugged")
    (library.root / "a.mp3").unlink()
    library.index()
    away.rename(library.roots[1])
    assert library.index().missing == 1
    assert library.stars() == {"drive/a.mp3": 0}


def test_the_copy_is_tagged_and_the_original_deleted_and_that_is_seen_first(library: IndexedLibrary) -> None:
    original, copy = library.root / "a.mp3", library.roots[1] / "a.mp3"
    item, playlist = library.id_of(original), library.take_out_of_playlist(copy)
    write(copy, "song", "new")
    original.unlink()
    assert library.changed(original).missing == 1
    assert library.changed(copy).missing == 0
    assert library.stars() == {"drive/a.mp3": 5}
    library.undo()
    assert library.catalog.playlist_items(playlist).tolist() == [item]


@pytest.mark.parametrize("edit", ["", ", edited"], ids=["tagged", "edited"])
def test_the_copy_is_being_written_to_when_the_original_is_deleted(library: IndexedLibrary, edit: str) -> None:
    """What will be in it then is not known yet."""
    original, copy = library.root / "a.mp3", library.roots[1] / "a.mp3"
    item = library.id_of(original)
    write(copy, f"song{edit}", "new")
    original.unlink()

    def busy(job: FileJob) -> FileReading:
        if job.path == copy:
            raise FileChangedError("It is written to.")
        return read_plain(job)

    library.changed_with(busy, original, copy)
    assert library.path_of(item) == "root/a.mp3"
    library.changed(copy)
    assert library.path_of(item) == ("root/a.mp3" if edit else "drive/a.mp3")
    assert library.stars() == {"drive/a.mp3": 0 if edit else 5}


@pytest.mark.parametrize("before", ["another song", "song"], ids=["another", "an older version"])
def test_what_is_moved_over_a_file_of_the_drive_while_its_original_is_still_there(
    library: IndexedLibrary, before: str
) -> None:
    """That file was in the library long before; nobody said anything of it."""
    over = write(library.roots[1] / "b.mp3", before, "older")
    library.index()
    original = write(library.root / "b.mp3", "song, remastered" if before != "song" else "song", "newer")
    library.index()
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    library.catalog.set_rating([library.id_of(original)], 4)
    shutil.copy2(original, over)
    touch(over)
    library.changed(over)
    original.unlink()
    report = library.changed(original)
    assert (report.missing, report.embedded) == (0, 0)
    assert library.stars() == {"root/a.mp3": 5, "drive/a.mp3": 0, "drive/b.mp3": 4}


def test_a_backup_that_is_tagged_takes_nothing_of_what_was_deleted_before(library: IndexedLibrary) -> None:
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    (library.root / "a.mp3").unlink()
    assert library.index().missing == 1
    write(library.roots[1] / "a.mp3", "song", "new")
    assert library.index().missing == 1
    assert library.stars() == {"drive/a.mp3": 0}
