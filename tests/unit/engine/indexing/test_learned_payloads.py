"""Formats whose pixels are told from their tags since an update: what is there is described no second time."""

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.media import picture, write_photo, xmp_packet
from fixtures.plain_files import read_plain, touch, write

from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.history import History
from desktop_app.engine.removals import Removals
from desktop_app.engine.workers.tasks import read_file

LOOK = SPACES["look"].version
PAYLOADS = "SELECT DISTINCT payload_hash FROM item ORDER BY ALL"


def read_whole(job: FileJob) -> FileReading:
    """As before the update."""
    reading = read_plain(job)
    return dataclasses.replace(reading, payload_hash=f"c:{reading.content_hash}")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """Two roots; the first has a photo with four stars from before the update."""
    made = IndexedLibrary(tmp_path, ("root", "drive"))
    write(made.root / "a.tif", "picture", "tags")
    made.finish_with(read_whole)
    made.catalog.set_rating([made.id_of(made.root / "a.tif")], 4)
    yield made
    made.close()


def payloads(library: IndexedLibrary) -> list[str]:
    return [text[:2] for (text,) in library.catalog.database.rows(PAYLOADS)]


def test_an_update_changes_nothing_by_itself(library: IndexedLibrary) -> None:
    report = library.index()
    assert (report.unchanged, report.updated, report.embedded) == (1, 0, 0)
    assert library.pool.jobs == []


@pytest.mark.parametrize("what", ["touched", "moved", "missing for a while"])
def test_who_is_hashed_again_gets_a_payload_and_keeps_the_vectors(library: IndexedLibrary, what: str) -> None:
    path = library.root / "a.tif"
    item = library.id_of(path)
    vectors = library.catalog.vectors_of_items("look", LOOK, np.array([item]))[1]
    if what == "touched":
        touch(path)
    elif what == "moved":
        path = path.rename(library.root / "b.tif")
    else:
        away = path.rename(library.folder / "a.tif")
        library.index()
        path = away.rename(library.root / "b.tif")
    assert library.index().embedded == 0
    assert payloads(library) == ["p:"]
    assert library.id_of(path) == item
    assert library.catalog.vectors_of_items("look", LOOK, np.array([item]))[1].tolist() == vectors.tolist()
    path.unlink()
    write(library.roots[1] / "c.tif", "picture", "other tags, and longer")
    assert library.index().embedded == 0
    assert library.path_of(item) == "drive/c.tif"


def test_a_move_that_copied_first_is_followed(library: IndexedLibrary) -> None:
    item = library.id_of(library.root / "a.tif")
    shutil.copy(library.root / "a.tif", library.roots[1] / "a.tif")
    os.utime(library.roots[1] / "a.tif")
    library.index()
    (library.root / "a.tif").unlink()
    library.index()
    assert library.path_of(item) == "drive/a.tif"
    assert library.catalog.rows([item])[0].rating == 4


def test_two_versions_that_differ_in_tags_get_one_payload(library: IndexedLibrary) -> None:
    write(library.root / "b.tif", "picture", "tags of another program")
    library.finish_with(read_whole)
    for name in ("a.tif", "b.tif"):
        touch(library.root / name)
    assert library.index().embedded == 0
    assert payloads(library) == ["p:"]
    assert len(library.present()) == 2


def test_what_undo_brings_back_has_it_too(library: IndexedLibrary) -> None:
    path = library.root / "a.tif"
    item = library.id_of(path)
    history = History(library.catalog, library.store, lambda: None)
    Removals(library.catalog, history).remove([item])
    shutil.copy(path, library.root / "b.tif")
    library.index()
    history.undo()
    assert payloads(library) == ["p:"]
    assert library.catalog.rows([item])[0].state is State.PRESENT


@pytest.mark.parametrize("ending", ["heic", "avif", "tif", "dng", "gif"])
def test_retagged_and_renamed_in_one_step(tmp_path: Path, ending: str) -> None:
    library = IndexedLibrary(tmp_path)
    pixels = picture(1, (64, 48))
    path = write_photo(library.root / f"a.{ending}", pixels)
    library.finish_with(read_file)
    item = library.id_of(path)
    library.catalog.set_rating([item], 4)
    path.unlink()
    tags = {} if ending == "gif" else {"make": "Another camera"}
    write_photo(library.root / f"renamed.{ending}", pixels, xmp=xmp_packet(title="A title"), **tags)
    report = library.finish_with(read_file)
    assert (report.moved, report.added, report.missing, report.embedded) == (1, 0, 0, 0)
    assert library.path_of(item) == f"root/renamed.{ending}"
    assert library.catalog.rows([item])[0].rating == 4
    library.close()
