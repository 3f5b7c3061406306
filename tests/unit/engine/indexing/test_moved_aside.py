"""A photo is moved aside, its edit is saved under the name that it had, and then what was moved aside is deleted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import touch, write

from desktop_app.domain.kinds import State
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing.identity import SAVING_SECONDS
from desktop_app.engine.indexing.recent_changes import KEPT_SECONDS, RecentChanges


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """With a photo of five stars."""
    made = IndexedLibrary(tmp_path)
    write(made.root / "rest.jpg", "rest")
    path = write(made.root / "b.jpg", "one")
    made.index()
    made.rate(path, 5)
    made.catalog.database.run("UPDATE item SET added_at = added_at - 1e7")
    yield made
    made.close()


def save(library: IndexedLibrary, saved: str = "one, edited", aside: str = "b~.jpg", way: str = "at once") -> Path:
    """As an editor does; returns what was moved aside."""
    path = library.root / "b.jpg"
    if way == "renamed to it":
        new = write(library.root / "new.jpg", saved)
        library.index()
    kept = path.rename(library.root / aside)
    if way != "at once":
        library.index()
    if way == "renamed to it":
        new.rename(path)
    else:
        write(path, saved)
    library.index()
    return kept


def later(library: IndexedLibrary, seconds: float) -> None:
    times = (("item", "added_at"), ("followed_copy", "followed_at"), ("successor", "noted_at"))
    for table, column in times:
        library.catalog.database.run(f"UPDATE {table} SET {column} = {column} - ?", [seconds])
    library.recent = RecentChanges()


@pytest.mark.parametrize("way", ["at once", "seconds later", "renamed to it"])
def test_its_edit_has_the_stars_when_it_is_deleted(library: IndexedLibrary, way: str) -> None:
    item = library.id_of(library.root / "b.jpg")
    aside = save(library, way=way)
    assert library.stars() == {"b~.jpg": 5, "b.jpg": 0}
    later(library, SAVING_SECONDS / 2)
    aside.unlink()
    report = library.index()
    assert (library.stars(), library.id_of(library.root / "b.jpg")) == ({"b.jpg": 5}, item)
    assert (report.moved, report.missing, report.embedded, report.unchanged) == (1, 0, 0, 1)
    (known,) = library.catalog.known_items([item])
    have, vectors = library.catalog.vectors("look", SPACES["look"].version, [str(known.payload_hash)])
    index = library.store.open_space(SPACES["look"])
    assert (len(have), index.ids().tolist()) == (1, sorted(library.present().values()))
    assert np.allclose(index.vectors(np.array([item]))[1], vectors, atol=1e-3)
    assert library.index().unchanged == 2


@pytest.mark.parametrize(("saved", "stars"), [("one, edited", 5), ("two", 0)])
def test_deleted_before_something_is_saved_there(library: IndexedLibrary, saved: str, stars: int) -> None:
    """Its edit; another photo that happens to get the name is none."""
    item = library.id_of(library.root / "b.jpg")
    aside = (library.root / "b.jpg").rename(library.root / "b~.jpg")
    library.index()
    aside.unlink()
    library.index()
    write(library.root / "b.jpg", saved)
    library.index()
    assert library.stars() == {"b.jpg": stars}
    assert (library.id_of(library.root / "b.jpg") == item) == bool(stars)


def test_saved_twice_before_it_is_deleted(library: IndexedLibrary) -> None:
    aside = save(library)
    (library.root / "b.jpg").replace(aside)
    write(library.root / "b.jpg", "one, edited again")
    library.index()
    assert library.stars() == {"b~.jpg": 5, "b.jpg": 0}
    aside.unlink()
    library.index()
    assert library.stars() == {"b.jpg": 5}


def test_moved_elsewhere_and_told_in_two_parts(library: IndexedLibrary) -> None:
    """First it is gone; then it turns up."""
    aside = save(library)
    new = library.root / "aside" / "b.jpg"
    new.parent.mkdir()
    aside.rename(new)
    library.changed(aside)
    assert library.stars() == {"b.jpg": 5}
    library.changed(new)
    assert library.stars() == {"aside/b.jpg": 5, "b.jpg": 0}


@pytest.mark.parametrize("why", ["another photo", "rated since", "the other rated since", "long after", "came later"])
def test_what_is_there_takes_nothing(library: IndexedLibrary, why: str) -> None:
    item = library.id_of(library.root / "b.jpg")
    if why == "came later":
        aside = (library.root / "b.jpg").rename(library.root / "b~.jpg")
        library.index()
        later(library, KEPT_SECONDS)
        write(library.root / "b.jpg", "one, edited")
        library.index()
    else:
        aside = save(library, "two" if why == "another photo" else "one, edited")
    if why == "rated since":
        library.catalog.set_rating([library.id_of(library.root / "b.jpg")], 1)
    elif why == "the other rated since":
        library.catalog.set_rating([item], 4)
    elif why == "long after":
        later(library, SAVING_SECONDS + KEPT_SECONDS)
    aside.unlink()
    library.index()
    assert library.stars() == {"b.jpg": int(why == "rated since")}
    assert library.state_of(item) is State.MISSING


def test_another_photo_of_the_library_that_gets_its_name_takes_nothing(library: IndexedLibrary) -> None:
    """It was renamed, as the next in a row of numbers; nobody saved anything."""
    write(library.root / "a.jpg", "one, the frame before")
    library.index()
    later(library, SAVING_SECONDS / 2)
    aside = (library.root / "b.jpg").rename(library.root / "c.jpg")
    (library.root / "a.jpg").rename(library.root / "b.jpg")
    library.index()
    aside.unlink()
    library.index()
    assert library.stars() == {"b.jpg": 0}


def test_a_renamed_photo_that_has_the_place_of_one_that_went_to_its_copy_takes_nothing(library: IndexedLibrary) -> None:
    write(library.root / "a.jpg", "one, the frame before")
    library.index()
    later(library, SAVING_SECONDS)
    copy = write(library.root / "copies" / "b.jpg", "one")
    library.index()
    (library.root / "b.jpg").unlink()
    library.index()
    library.recent = RecentChanges()
    assert library.stars() == {"a.jpg": 0, "copies/b.jpg": 5}
    (library.root / "a.jpg").rename(library.root / "b.jpg")
    library.index()
    copy.unlink()
    library.index()
    assert library.stars() == {"b.jpg": 0}


def test_a_copy_that_is_put_weeks_later_where_it_lay_takes_nothing(library: IndexedLibrary) -> None:
    """The original is where it was moved to: it comes back from nowhere."""
    moved = save(library, "two", "best.jpg")
    later(library, 30 * 24 * 3600)
    (library.root / "b.jpg").unlink()
    library.index()
    later(library, 24 * 3600)
    touch(Path(shutil.copy2(moved, library.root / "b.jpg")))
    library.index()
    assert library.stars() == {"best.jpg": 5, "b.jpg": 0}


def test_of_what_was_removed_a_moment_ago_nobody_takes_over_anything(library: IndexedLibrary) -> None:
    """It was missing, and is not known any more when the next run asks who follows it."""
    aside = save(library, "another photo")
    item = library.id_of(aside)
    aside.unlink()
    library.index()
    assert library.state_of(item) is State.MISSING
    library.catalog.remove_items([item])
    library.index()
    assert library.stars() == {"b.jpg": 0}
