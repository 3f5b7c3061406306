"""Of several items with the bytes of a file, or several files with those of an item: which gets which."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.engine.indexing.identity import SAVING_SECONDS
from desktop_app.engine.indexing.recent_changes import KEPT_SECONDS, RecentChanges
from desktop_app.engine.scanner import ScanRules


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path, ("root", "other"))
    write(made.root / "rest.jpg", "rest")
    yield made
    made.close()


def test_a_copy_deleted_long_ago_does_not_come_back(library: IndexedLibrary) -> None:
    copy = write(library.root / "IMG (1).jpg", "one")
    library.index()
    path = Path(shutil.copy2(copy, library.root / "IMG.jpg"))
    library.index()
    library.rate(path, 5)
    copy.unlink()
    library.index()
    library.recent = RecentChanges()
    path.rename(library.root / "Rome.jpg")
    library.index()
    assert library.stars() == {"root/Rome.jpg": 5}


def test_a_photo_moved_to_where_a_copy_of_it_was(library: IndexedLibrary) -> None:
    """With its time, so that the place looks as the missing item knew it."""
    first = write(library.root / "album" / "x.jpg", "one")
    library.index()
    best = library.root / "best" / "x.jpg"
    best.parent.mkdir()
    shutil.copy2(first, best)
    library.index()
    library.rate(best, 5)
    first.unlink()
    library.index()
    best.rename(first)
    library.index()
    assert library.stars() == {"root/album/x.jpg": 5}
    assert library.index().unchanged == 2


def test_a_place_that_is_as_it_was_belongs_to_who_was_there(library: IndexedLibrary) -> None:
    """A copy of it was there meanwhile, of which nobody said anything."""
    first = write(library.root / "album" / "x.jpg", "one")
    library.index()
    library.rate(first, 5)
    copy = library.root / "best" / "x.jpg"
    copy.parent.mkdir()
    shutil.copy2(first, copy)
    library.index()
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    first.unlink()
    library.index()
    copy.rename(first)
    library.index()
    assert library.stars() == {"root/album/x.jpg": 5}


@pytest.mark.parametrize("later", [False, True], ids=["while it goes on", "after a restart"])
def test_what_comes_back_gets_its_stars_back_from_the_copy(library: IndexedLibrary, later: bool) -> None:
    """Moved to the trash, and restored."""
    path = write(library.root / "x.jpg", "one")
    library.index()
    library.rate(path, 5)
    copy = Path(shutil.copy2(path, library.roots[1] / "x copy.jpg"))
    library.index()
    trash = path.rename(library.folder / "trash.jpg")
    library.index()
    assert library.stars() == {"other/x copy.jpg": 5}
    if later:
        library.recent = RecentChanges()
    trash.rename(path)
    library.index()
    assert library.stars() == {"root/x.jpg": 5, "other/x copy.jpg": 0}
    assert library.index().unchanged == 3
    copy.unlink()
    library.index()
    assert library.stars() == {"root/x.jpg": 5}


@pytest.mark.parametrize("copy", ["made", "renamed"])
def test_tagged_anew_where_it_lies_beside_a_copy_of_what_it_was(library: IndexedLibrary, copy: str) -> None:
    """The folder is copied first, in case the tagging goes wrong; or a copy that was there is renamed meanwhile."""
    paths = [write(library.root / "Album" / f"{number}.mp3", f"song {number}", "old") for number in range(3)]
    if copy == "renamed":
        shutil.copytree(library.root / "Album", library.root / "Best")
    library.index()
    items = [library.id_of(path) for path in paths]
    library.catalog.set_rating(items, 5)
    if copy == "renamed":
        (library.root / "Best").rename(library.root / "Album before")
    else:
        shutil.copytree(library.root / "Album", library.root / "Album before")
    for number, path in enumerate(paths):
        write(path, f"song {number}", "new")
    report = library.index()
    assert (report.updated, report.missing, report.embedded) == (3, 0, 0)
    assert [library.id_of(path) for path in paths] == items
    assert {path for path, rating in library.stars().items() if rating} == {
        path.relative_to(library.folder).as_posix() for path in paths
    }


def test_two_versions_of_one_song_that_change_places(library: IndexedLibrary) -> None:
    """Beside a copy of one of them: the very bytes say which is which, though both have the same samples."""
    one, two = write(library.root / "1.mp3", "song", "album"), write(library.root / "2.mp3", "song", "best of")
    library.index()
    library.rate(one, 5)
    shutil.copy2(one, library.root / "3.mp3")
    aside = one.rename(library.root / "aside")
    two.rename(one)
    aside.rename(two)
    library.index()
    assert library.stars() == {"root/1.mp3": 0, "root/2.mp3": 5, "root/3.mp3": 0}


def test_edited_where_it_lies_beside_a_copy_of_what_it_was(library: IndexedLibrary) -> None:
    """With other pixels it is another photo: the stars are said of the one that was kept."""
    path = write(library.root / "a.jpg", "one")
    library.index()
    library.rate(path, 5)
    shutil.copy2(path, library.root / "a original.jpg")
    write(path, "one, cropped")
    library.index()
    assert library.stars() == {"root/a original.jpg": 5, "root/a.jpg": 0}


def test_folders_of_copies_that_are_renamed(library: IndexedLibrary) -> None:
    """Where the other files of a folder went says which is which; else the names of the folders."""
    for number, name in enumerate(("rome", "paris", "P/zz", "P/aa")):
        rate_later = write(library.root / name / "cover.jpg", f"cover of {name[0] == 'P'}")
        write(library.root / name / "photo.jpg", f"photo {name}") if number < 2 else None
        library.index()
        library.rate(rate_later, number + 1)
    (library.root / "rome").rename(library.root / "2022 rome")
    (library.root / "paris").rename(library.root / "2021 paris")
    (library.root / "P").rename(library.root / "Q")
    library.index()
    covers = {path: rating for path, rating in library.stars().items() if rating}
    assert covers == {
        "root/2022 rome/cover.jpg": 1,
        "root/2021 paris/cover.jpg": 2,
        "root/Q/zz/cover.jpg": 3,
        "root/Q/aa/cover.jpg": 4,
    }


def test_moved_and_copied_between_two_looks(library: IndexedLibrary) -> None:
    path = write(library.root / "in" / "x.jpg", "one")
    library.index()
    library.rate(path, 5)
    for folder in ("Best", "Rome"):
        (library.root / folder).mkdir()
    shutil.copy2(path, library.root / "Best" / "001.jpg")
    path.rename(library.root / "Rome" / "x.jpg")
    library.index()
    assert library.stars() == {"root/Best/001.jpg": 0, "root/Rome/x.jpg": 5}


@pytest.mark.parametrize("look", [False, True], ids=["at once", "with a look between"])
def test_saved_by_a_new_file_that_is_renamed(library: IndexedLibrary, look: bool) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    library.rate(path, 5)
    new = write(library.root / "a_tmp.jpg", "one, edited")
    if look:
        library.index()
    new.replace(path)
    report = library.index()
    assert (report.updated, report.moved, report.missing, report.embedded) == (1, 0, 0, not look)
    assert library.id_of(path) == item
    assert library.stars() == {"root/a.jpg": 5}
    assert len(library.catalog.find("", limit=None)[1]) == 2
    assert library.index().unchanged == 2


@pytest.mark.parametrize("said", [False, True], ids=["of long ago", "rated"])
def test_another_photo_in_the_place_of_one_is_itself(library: IndexedLibrary, said: bool) -> None:
    path, other = write(library.root / "a.jpg", "one"), write(library.root / "b.jpg", "two")
    library.index()
    library.rate(path, 5)
    item = library.id_of(other)
    if said:
        library.rate(other, 3)
    else:
        library.catalog.database.run("UPDATE item SET added_at = added_at - ?", [SAVING_SECONDS + 60])
    other.replace(path)
    library.index()
    assert library.id_of(path) == item
    assert library.stars() == {"root/a.jpg": 3 if said else 0}


def test_another_photo_is_no_new_version_of_the_one_whose_name_it_gets(library: IndexedLibrary) -> None:
    """Imported just now: the first is deleted, the second is renamed to its name."""
    path, other = write(library.root / "a.jpg", "one"), write(library.root / "b.jpg", "two")
    library.index()
    library.rate(path, 5)
    item = library.id_of(other)
    path.unlink()
    other.rename(path)
    library.index()
    assert library.id_of(path) == item
    assert library.stars() == {"root/a.jpg": 0}


def test_three_that_change_places_in_a_ring_are_no_saving(library: IndexedLibrary) -> None:
    paths = [write(library.root / f"{number}.jpg", f"photo {number}") for number in range(3)]
    library.index()
    library.rate(paths[0], 5)
    aside = paths[0].rename(library.root / "aside")
    paths[1].rename(paths[0])
    paths[2].rename(paths[1])
    aside.rename(paths[2])
    library.index()
    assert library.stars() == {"root/0.jpg": 0, "root/1.jpg": 0, "root/2.jpg": 5}


def test_photos_saved_one_after_the_other_by_way_of_one_name(library: IndexedLibrary) -> None:
    paths = [write(library.root / f"{number}.jpg", f"photo {number}") for number in range(3)]
    library.index()
    items = [library.id_of(path) for path in paths]
    library.catalog.set_rating(items, 5)
    new = library.root / "tmp.jpg"
    for number, path in enumerate(paths):
        write(new, f"photo {number}, edited")
        library.index()
        new.replace(path)
    library.index()
    assert [library.id_of(path) for path in paths] == items
    assert library.stars() == dict.fromkeys((f"root/{path.name}" for path in paths), 5)
    assert len(library.catalog.find("", limit=None)[1]) == 4


def test_a_backup_that_is_renamed_does_not_take_the_stars_of_what_is_away(library: IndexedLibrary) -> None:
    """As of a drive that is mounted below the folder, and comes back later."""
    path = write(library.root / "drive" / "x.jpg", "one")
    library.index()
    library.rate(path, 5)
    backup = library.roots[1] / "backup"
    backup.mkdir()
    shutil.copy2(path, backup / "x.jpg")
    library.index()
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    away = path.parent.rename(library.folder / "away")
    library.index()
    library.recent = RecentChanges()
    backup.rename(library.roots[1] / "backup 2")
    library.index()
    assert library.stars() == {"other/backup 2/x.jpg": 0}
    away.rename(path.parent)
    library.index()
    assert library.stars() == {"root/drive/x.jpg": 5, "other/backup 2/x.jpg": 0}


def test_what_came_back_is_not_called_back_again(library: IndexedLibrary) -> None:
    path = write(library.root / "x.jpg", "one")
    library.index()
    library.rate(path, 5)
    shutil.copy2(path, library.roots[1] / "copy.jpg")
    library.index()
    trash = path.rename(library.folder / "trash.jpg")
    library.index()
    trash.rename(path)
    library.index()
    best = path.rename(library.root / "best.jpg")
    library.index()
    library.recent = RecentChanges()
    shutil.copy2(best, path)
    library.index()
    assert library.stars() == {"root/best.jpg": 5, "root/x.jpg": 0, "other/copy.jpg": 0}


def test_what_went_to_a_copy_comes_back_to_a_larger_folder(library: IndexedLibrary) -> None:
    path = write(library.root / "x.jpg", "one")
    library.index()
    library.rate(path, 5)
    shutil.copy2(path, library.roots[1] / "copy.jpg")
    library.index()
    trash = path.rename(library.folder / "profile" / "trash.jpg")
    library.index()
    library.recent = RecentChanges()
    library.rules = ScanRules(excluded_folders=("profile",))
    library.catalog.add_root(library.folder)
    trash.rename(path)
    library.index()
    assert library.stars() == {"root/x.jpg": 5, "other/copy.jpg": 0}


@pytest.mark.parametrize("names", [("0.mp3",), ("0.mp3", "1.mp3")])
@pytest.mark.parametrize("tags", ["old", "new"])
def test_gone_to_copies_and_found_where_they_went(library: IndexedLibrary, names: tuple[str, ...], tags: str) -> None:
    """All of one content, each with stars of its own; a tagger tells them apart, perhaps, and moves the folder."""
    for stars_of, name in enumerate(names, 2):
        path = write(library.root / "a" / name, "the same", "old")
        library.index()
        library.rate(path, stars_of)
    for name in names:
        shutil.copy2(library.root / "a" / name, library.roots[1] / name)
    library.index()
    (library.root / "a").rename(library.root / "b")
    for name in names if tags == "new" else ():
        write(library.root / "b" / name, "the same", name)
    library.changed(library.root / "a")
    assert library.stars() == {f"other/{name}": stars_of for stars_of, name in enumerate(names, 2)}
    library.changed(library.root / "b")
    went = {f"root/b/{name}": stars_of for stars_of, name in enumerate(names, 2)}
    assert library.stars() == {**went, **{f"other/{name}": 0 for name in names}}


def test_hundreds_that_are_back_where_others_of_their_content_are_lost(library: IndexedLibrary) -> None:
    for number in range(200):
        write(library.root / "one" / f"{number}.jpg", f"photo {number}")
    library.index()
    shutil.copytree(library.root / "one", library.roots[1] / "two")
    library.index()
    library.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    away = (library.root / "one").rename(library.folder / "away")
    library.index()
    away.rename(library.root / "one")
    shutil.rmtree(library.roots[1] / "two")
    write(library.roots[1] / "rest.jpg", "another rest")
    report = library.index()
    assert (report.photos, report.missing) == (202, 200)


def test_moved_aside_and_written_anew_seconds_later(library: IndexedLibrary) -> None:
    now = [0.0]
    library.recent = RecentChanges(lambda: now[0])
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    path.rename(library.root / "a.jpg.bak")
    assert library.index().missing == 1
    now[0] = KEPT_SECONDS - 1
    write(path, "one, edited")
    report = library.index()
    assert (report.missing, report.added, report.updated) == (0, 0, 1)
    assert library.id_of(path) == item
    path.unlink()
    library.index()
    now[0] = 2 * KEPT_SECONDS + 1
    library.index()
    write(path, "another one")
    assert library.index().missing == 1
    assert library.id_of(path) != item


def test_thousands_of_one_content_are_moved_in_a_moment(library: IndexedLibrary) -> None:
    for number in range(120):
        write(library.root / "many" / f"{number}.jpg", "the same")
    library.index()
    library.rate(library.root / "many" / "77.jpg", 5)
    (library.root / "many").rename(library.roots[1] / "many")
    report = library.index()
    assert (report.moved, report.missing) == (120, 0)
    assert [path for path, rating in library.stars().items() if rating] == ["other/many/77.jpg"]
