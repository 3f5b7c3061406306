"""A move that copies everything first, as to another drive: what was said goes with the bytes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, write

from desktop_app.domain.ids import ItemId, PlaylistId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.edit_log import LoggedEdit
from desktop_app.engine.catalog.plain_copies import TOGETHER_SECONDS
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing import folder_identity
from desktop_app.engine.indexing.lost_items import MOVING_SECONDS
from desktop_app.engine.indexing.recent_changes import RecentChanges


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path, ("root", "drive"))
    yield made
    made.close()


@pytest.mark.parametrize("rest", [True, False], ids=["others stay", "the folder is empty then"])
def test_the_originals_go_later(library: IndexedLibrary, rest: bool) -> None:
    names = ["a.jpg", "b.jpg"]
    for name in names:
        write(library.root / name, name)
    if rest:
        write(library.root / "rest.jpg", "rest")
    library.index()
    items = [library.id_of(library.root / name) for name in names]
    library.catalog.set_rating(items[:1], 5)
    library.catalog.save_playlist("List", items)
    copies = library.copied(*names)
    for name in names:
        (library.root / name).unlink()
    report = library.index()
    assert (report.moved, report.added, report.missing, report.offline, report.embedded) == (2, 0, 0, 0, 0)
    assert [library.id_of(copy) for copy in copies] == items
    rows = library.catalog.rows(items)
    assert [(row.state, row.rating) for row in rows] == [(State.PRESENT, 5), (State.PRESENT, 0)]
    assert len(library.catalog.find("", limit=None)[1]) == 2 + rest
    found, _vectors = library.store.open_space(SPACES["look"]).vectors(np.arange(100))
    assert sorted(found.tolist()) == sorted(library.present().values())
    assert library.index().unchanged == 2 + rest


def test_a_copy_that_something_was_said_of_stays_what_it_is(library: IndexedLibrary) -> None:
    for name in ("rated.jpg", "tagged.jpg", "listed.jpg", "rest.jpg"):
        write(library.root / name, name)
    library.index()
    rated, tagged, listed = library.copied("rated.jpg", "tagged.jpg", "listed.jpg")
    said = [library.id_of(copy) for copy in (rated, tagged, listed)]
    library.catalog.set_rating(said[:1], 3)
    library.catalog.add_tags(said[1:2], ["beach"])
    library.catalog.save_playlist("List", said[2:])
    for copy in (rated, tagged, listed):
        (library.root / copy.name).unlink()
    assert library.index().missing == 3
    assert [library.id_of(copy) for copy in (rated, tagged, listed)] == said


def test_the_file_s_own_stars_and_keywords_say_nothing(library: IndexedLibrary) -> None:
    path, item, copy = library.with_copy()
    library.catalog.database.run(
        "UPDATE item SET file_rating = 4, rating = 4, file_keywords = ['Côte', 'sea'] WHERE id = ?",
        [library.id_of(copy)],
    )
    library.catalog.add_tags([library.id_of(copy)], ["Côte", "sea"])
    path.unlink()
    assert library.index().missing == 0
    assert library.id_of(copy) == item


def test_an_older_copy_is_nobodys_move(library: IndexedLibrary) -> None:
    """Of two that were there for long one is deleted."""
    write(library.root / "rest.jpg", "rest")
    kept = write(library.root / "kept.jpg", "one")
    library.index()
    older = library.id_of(kept)
    (copy,) = library.copied("kept.jpg")
    newer = library.id_of(copy)
    copy.unlink()
    write(library.roots[1] / "rest.jpg", "another rest")
    assert library.index().missing == 1
    assert (library.id_of(kept), library.state_of(newer)) == (older, State.MISSING)


def test_what_was_rated_chooses_first_then_names_count(library: IndexedLibrary) -> None:
    for name in ("x/1.jpg", "x/2.jpg", "x/3.jpg", "x/4.jpg"):
        write(library.root / name, "the same")
    write(library.root / "rest.jpg", "rest")
    library.index()
    items = {number: library.id_of(library.root / "x" / f"{number}.jpg") for number in (1, 2, 3, 4)}
    library.catalog.set_rating([items[4]], 5)
    copies = library.copied("x/3.jpg", "x/4.jpg")
    shutil.rmtree(library.root / "x")
    report = library.index()
    assert (report.moved, report.missing) == (2, 2)
    assert library.id_of(copies[1]) == items[4]
    assert library.id_of(copies[0]) == items[1]


def test_a_copy_elsewhere_does_not_take_the_item_of_an_unplugged_drive(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which was mounted at its folder."""
    monkeypatch.setattr(folder_identity, "mount_point", lambda path: path)
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    (copy,) = library.copied("a.jpg")
    library.root.rename(library.folder / "unplugged")
    assert library.index().offline == 1
    library.root.mkdir()
    assert library.index().offline == 1
    library.root.rmdir()
    (library.folder / "unplugged").rename(library.root)
    assert library.index().unchanged == 2
    assert library.id_of(path) == item != library.id_of(copy)


def test_a_copy_that_went_too_is_no_place_to_go(library: IndexedLibrary) -> None:
    path, _item, copy = library.with_copy()
    write(library.roots[1] / "rest.jpg", "another rest")
    path.unlink()
    copy.unlink()
    assert library.index().missing == 2


def test_a_copy_of_long_ago_is_a_backup(library: IndexedLibrary) -> None:
    path, item, copy = library.with_copy()
    backup = library.id_of(copy)
    library.catalog.database.run("UPDATE item SET added_at = added_at - ?", [MOVING_SECONDS])
    path.unlink()
    assert library.index().missing == 1
    assert (library.state_of(item), library.id_of(copy)) == (State.MISSING, backup)


def test_of_two_copies_the_newest_is_the_one_it_was_moved_to(library: IndexedLibrary) -> None:
    path, item, older = library.with_copy()
    library.catalog.database.run(
        "UPDATE item SET added_at = added_at - ? WHERE id = ?", [TOGETHER_SECONDS + 60, library.id_of(older)]
    )
    new = library.root / "new" / "a.jpg"
    new.parent.mkdir()
    shutil.copy2(path, new)
    library.index()
    path.unlink()
    assert library.index().missing == 0
    assert library.id_of(new) == item


def let_the_clock_tick(probe: Path) -> None:
    """The file system's, which is coarser than the processor's: what is written next is later than all before."""
    probe.touch()
    first = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == first:
        probe.touch()


def test_one_more_copy_right_after_the_move_is_a_copy(library: IndexedLibrary) -> None:
    path, item, copy = library.with_copy()
    path.unlink()
    library.index()
    let_the_clock_tick(library.folder / "probe")
    backup = Path(shutil.copy2(copy, library.root / "backup.jpg"))
    assert library.index().added == 1
    assert library.id_of(copy) == item != library.id_of(backup)


def test_a_copy_that_was_edited_is_itself(library: IndexedLibrary) -> None:
    """Duplicated, the duplicate edited, the original deleted."""
    path, item, copy = library.with_copy()
    edited = library.id_of(copy)
    write(copy, "one, edited")
    path.unlink()
    report = library.index()
    assert (report.updated, report.moved, report.missing) == (1, 0, 1)
    assert (library.state_of(item), library.id_of(copy)) == (State.MISSING, edited)
    assert library.index().unchanged == 2


@pytest.mark.parametrize("look", ["while paused", "part by part"])
def test_a_copy_whose_file_is_gone_as_well_is_no_place_to_go(library: IndexedLibrary, look: str) -> None:
    """Though the run did not look there."""
    path, item, copy = library.with_copy()
    path.unlink()
    copy.unlink()
    if look == "while paused":
        library.catalog.set_root_paused(library.catalog.roots()[0].id, True)
        assert library.catalog.roots()[0].path == library.roots[1]
        library.index()
    else:
        library.changed(path)
    assert (library.state_of(item), library.path_of(item)) == (State.MISSING, "root/a.jpg")


def test_a_run_that_is_cancelled_gives_nothing_to_a_copy(library: IndexedLibrary) -> None:
    path, item, copy = library.with_copy()
    moved = path.rename(library.root / "b.jpg")

    def stopping(job: FileJob) -> FileReading:
        library.control.cancel()
        return read_plain(job)

    assert library.finish_with(stopping).cancelled
    library.recent = RecentChanges()
    assert library.index().missing == 0
    assert library.id_of(moved) == item != library.id_of(copy)


def test_a_move_told_in_two_parts_goes_past_a_copy(library: IndexedLibrary) -> None:
    """First the file is gone, and a copy is taken for where it went; then it turns up."""
    path = write(library.root / "a" / "1.jpg", "one")
    write(library.root / "b" / "rest.jpg", "rest")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    (copy,) = library.copied("a/1.jpg")
    new = path.rename(library.root / "b" / "1.jpg")
    library.changed(path)
    assert library.id_of(copy) == item
    library.changed(new)
    assert library.id_of(new) == item
    rows = library.catalog.rows([item, library.id_of(copy)])
    assert [(row.state, row.rating) for row in rows] == [(State.PRESENT, 5), (State.PRESENT, 0)]
    assert len(library.catalog.find("", limit=None)[1]) == 3
    assert library.index().unchanged == 3


def emptied(catalog: Catalog, playlist: PlaylistId) -> PlaylistId:
    catalog.replace_playlist(playlist, [])
    return playlist


def followed(library: IndexedLibrary) -> tuple[ItemId, Path, Path]:
    """An item that went to its copy on the drive, and may go back to where it lay: with that copy and that place."""
    home = write(library.root / "a.jpg", "one")
    write(library.root / "rest.jpg", "rest")
    library.index()
    item, catalog = library.id_of(home), library.catalog
    catalog.log.rate([item], 2)
    catalog.log.tag([item], ["old"], [])
    tracks = catalog.save_playlist("Old", [item])
    catalog.log.change_playlist("Reorder", lambda: emptied(catalog, tracks), tracks)
    catalog.save_playlist("Kept", [item])
    (copy,) = library.copied("a.jpg")
    home.unlink()
    library.index()
    assert library.id_of(copy) == item
    library.recent = RecentChanges()
    return item, copy, home


SAYING: dict[str, Callable[[Catalog, ItemId], object]] = {
    "rated": lambda catalog, item: catalog.set_rating([item], 5),
    "tagged": lambda catalog, item: catalog.add_tags([item], ["sea"]),
    "untagged": lambda catalog, item: catalog.remove_tags([item], ["old"]),
    "in a new list": lambda catalog, item: catalog.save_playlist("New", [item]),
    "added to a list": lambda catalog, item: catalog.append_to_playlist(catalog.save_playlist("New", []), [item]),
    "a rating undone": lambda catalog, _item: catalog.log.undo(LoggedEdit(1, "Rate")),
    "a tag undone": lambda catalog, _item: catalog.log.undo(LoggedEdit(2, "Tag")),
    "a list undone": lambda catalog, _item: catalog.log.undo(LoggedEdit(3, "Reorder")),
}


@pytest.mark.parametrize("how", SAYING)
def test_what_something_was_said_of_stays_when_a_copy_is_put_where_it_lay(library: IndexedLibrary, how: str) -> None:
    """As a photo that is copied onto the card again, weeks later."""
    item, copy, home = followed(library)
    SAYING[how](library.catalog, item)
    shutil.copy2(copy, home)
    assert library.index().added == 1
    assert library.id_of(copy) == item != library.id_of(home)


def test_what_nothing_new_was_said_of_goes_home(library: IndexedLibrary) -> None:
    item, copy, home = followed(library)
    rest = library.id_of(library.root / "rest.jpg")
    library.catalog.set_rating([rest, item], 2)  # as it was rated before
    library.catalog.save_playlist("Kept", [rest, item])  # where it was before
    shutil.copy2(copy, home)
    library.index()
    assert library.id_of(home) == item != library.id_of(copy)


def test_what_the_files_of_copies_say_is_not_lost_with_a_sidecar_that_went_first(library: IndexedLibrary) -> None:
    names = ["a.jpg", "b.jpg"]
    for name in (*names, "rest.jpg"):
        write(library.root / name, name)
    library.index()
    items, database = [library.id_of(library.root / name) for name in names], library.catalog.database
    copies = library.copied(*names)
    for copy in map(library.id_of, copies):
        database.run("UPDATE item SET file_rating = 4, rating = 4, file_keywords = ['Côte'] WHERE id = ?", [copy])
        library.catalog.add_tags([copy], ["Côte"])
    library.catalog.set_rating(items[1:], 2)
    for name in names:
        (library.root / name).unlink()
    library.index()
    assert [library.id_of(copy) for copy in copies] == items
    assert [(row.rating, row.tags) for row in library.catalog.rows(items)] == [(4, ("Côte",)), (2, ("Côte",))]


@pytest.mark.parametrize("look", [True, False], ids=["with a look between", "at once"])
def test_a_copy_that_was_tagged_anew(library: IndexedLibrary, look: bool) -> None:
    """Copied to where it is to stay, tagged there, and then the original is deleted."""
    path, item, copy = library.with_copy("a.mp3", "song", "old")
    library.catalog.set_rating([item], 5)
    library.catalog.save_playlist("List", [item])
    write(copy, "song", "new")
    if look:
        library.index()
    path.unlink()
    report = library.index()
    assert (report.missing, report.moved, report.updated, report.embedded) == (0, int(look), int(not look), 0)
    assert library.id_of(copy) == item
    (row,) = library.catalog.rows([item])
    assert (row.state, row.rating, row.title) == (State.PRESENT, 5, "new")
    assert row.content_hash == read_plain(FileJob(copy, Kind.TRACK)).content_hash
    assert len(library.catalog.find("", limit=None)[1]) == 2
    assert library.index().unchanged == 2


def test_the_very_bytes_are_followed_before_a_copy_that_was_tagged_anew(library: IndexedLibrary) -> None:
    path = write(library.root / "a.mp3", "song", "old")
    write(library.root / "rest.mp3", "rest")
    library.index()
    item = library.id_of(path)
    copy = Path(shutil.copy2(path, library.roots[1] / "exact.mp3"))
    write(library.roots[1] / "a.mp3", "song", "new")
    library.index()
    path.unlink()
    assert library.index().missing == 0
    assert library.id_of(copy) == item


def test_what_comes_back_is_itself_beside_a_copy_that_was_tagged_anew(library: IndexedLibrary) -> None:
    """As from the trash, or on a drive that is mounted below the folder."""
    path, item, copy = library.with_copy("a.mp3", "song", "old")
    library.catalog.set_rating([item], 5)
    write(copy, "song", "new")
    library.index()
    trash = path.rename(library.folder / "trash.mp3")
    library.index()
    library.recent = RecentChanges()
    trash.rename(path)
    library.index()
    rows = library.catalog.rows([library.id_of(path), library.id_of(copy)])
    assert [(row.id == item, row.rating, row.title) for row in rows] == [(True, 5, "old"), (False, 0, "new")]
    assert library.index().unchanged == 3


def test_a_move_told_in_two_parts_goes_past_a_copy_that_was_tagged_anew(library: IndexedLibrary) -> None:
    path = write(library.root / "a" / "1.mp3", "song", "old")
    write(library.root / "b" / "rest.mp3", "rest")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    (copy,) = library.copied("a/1.mp3")
    write(copy, "song", "new")
    library.index()
    new = path.rename(library.root / "b" / "1.mp3")
    library.changed(path)
    assert library.id_of(copy) == item
    library.changed(new)
    rows = library.catalog.rows([library.id_of(new), library.id_of(copy)])
    assert [(row.id == item, row.rating, row.title) for row in rows] == [(True, 5, "old"), (False, 0, "new")]
    assert library.index().unchanged == 3


def test_a_rating_that_a_sidecar_got_later_says_nothing(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "rest.jpg", "rest")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    (copy,) = library.copied("a.jpg")
    library.catalog.database.run("UPDATE item SET file_rating = 3 WHERE id = ?", [library.id_of(copy)])
    path.unlink()
    assert library.index().missing == 0
    assert library.id_of(copy) == item
    (row,) = library.catalog.rows([item])
    assert row.rating == 5


def test_what_the_copy_came_with_is_kept(library: IndexedLibrary) -> None:
    """Of its keywords those that the original's file had are what people made of them: one was taken away."""
    path, item, copy = library.with_copy()
    library.catalog.database.run("UPDATE item SET file_keywords = ['Sea'] WHERE id = ?", [item])
    library.catalog.add_tags([item], ["mine"])
    library.catalog.database.run(
        "UPDATE item SET file_rating = 4, rating = 4, file_keywords = ['Sea', 'Rome'] WHERE id = ?",
        [library.id_of(copy)],
    )
    library.catalog.add_tags([library.id_of(copy)], ["Sea", "Rome"])
    path.unlink()
    assert library.index().missing == 0
    (row,) = library.catalog.rows([library.id_of(copy)])
    assert (row.id, row.rating, row.tags) == (item, 4, ("mine", "Rome"))


def test_of_what_could_not_be_opened_the_copy_is_no_problem(library: IndexedLibrary) -> None:
    """Copied, then the disk went bad, and the original was deleted."""
    path, item, copy = library.with_copy()
    library.catalog.set_states([item], State.PROBLEM, "This file can't be opened.")
    path.unlink()
    library.index()
    assert library.id_of(copy) == item
    (row,) = library.catalog.rows([item])
    assert (row.state, row.reason) == (State.PRESENT, None)
    assert item in library.store.open_space(SPACES["look"]).vectors(np.arange(100))[0]


def test_the_title_in_the_sidecar_of_the_copy(library: IndexedLibrary) -> None:
    path, item, copy = library.with_copy()
    library.catalog.database.run("UPDATE item SET title = 'lake' WHERE id = ?", [library.id_of(copy)])
    path.unlink()
    library.index()
    assert library.id_of(copy) == item
    assert library.catalog.find("lake")[1][0].id == item
