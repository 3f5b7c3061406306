"""After an update of the program: what is stored of a descriptor's older versions goes once the new one is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, write

from desktop_app.domain.ids import RootId
from desktop_app.domain.kinds import State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.domain.spaces import DESCRIBED, SpaceSpec
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.history import History
from desktop_app.engine.index import IndexStore
from desktop_app.engine.indexing import session
from desktop_app.engine.indexing.session import Session
from desktop_app.engine.removals import Removals
from desktop_app.engine.runs import RunControl
from desktop_app.engine.scanner import look_at
from desktop_app.engine.workers.outcomes import FileChangedError, FileGoneError

LOOK = SPACES["look"]
OLD = LOOK.version - 1


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """Two roots of photos; an update of the program has just raised the version of "look"."""
    made = IndexedLibrary(tmp_path, ("root", "drive"))
    for number in range(3):
        write(made.root / f"{number}.jpg", f"picture {number}")
    write(made.roots[1] / "far.jpg", "picture far away")
    made.index()
    make_older(made)
    yield made
    made.close()


def make_older(library: IndexedLibrary) -> None:
    """As the program of before left it: vectors and an index of the older version, and none of this one."""
    copy_vectors(library, OLD)
    library.catalog.drop_vectors("look", LOOK.version)
    library.catalog.put_meta(DESCRIBED, f"look-{OLD}")
    library.store.drop(LOOK)
    leave_folder(library)


def copy_vectors(library: IndexedLibrary, version: int) -> None:
    items = library.catalog.known_items(sorted(library.present().values()))
    hashes = [item.payload_hash for item in items if item.payload_hash]
    library.catalog.put_vectors("look", version, *library.catalog.vectors("look", LOOK.version, hashes))


def leave_folder(library: IndexedLibrary) -> None:
    folder(library).mkdir(parents=True)
    (folder(library) / "00000001.vectors").write_bytes(bytes(100))


def folder(library: IndexedLibrary) -> Path:
    return library.store.directory / f"look-{OLD}"


def versions(library: IndexedLibrary) -> list[int]:
    return [version for name, version, _count in library.catalog.stored_spaces() if name == "look"]


def assert_found(library: IndexedLibrary) -> None:
    """Each photo is in the index of the present version, and is the nearest to itself."""
    there = sorted(library.present().values())
    index = library.store.open_space(LOOK)
    assert index.ids().tolist() == there
    _ids, vectors = library.catalog.vectors_of_items("look", LOOK.version, there)
    _scores, ids = index.search(vectors, 1)
    assert ids[:, 0].tolist() == there


def test_both_the_table_and_the_index_go(library: IndexedLibrary) -> None:
    assert library.index().embedded == 4
    assert versions(library) == [LOOK.version]
    assert not folder(library).exists()
    tables = library.catalog.database.rows(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'vector_look%'"
    )
    assert tables == [(f"vector_look_{LOOK.version}",)]
    assert_found(library)


def test_a_kill_between_the_two_leaves_nothing_for_ever(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(_store: IndexStore, spec: SpaceSpec) -> None:
        if spec == LOOK:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(IndexStore, "drop_older_versions", killed)
        with pytest.raises(Killed):
            library.index()
    assert versions(library) == [LOOK.version]
    assert folder(library).exists()
    library.index()
    assert not folder(library).exists()
    assert_found(library)


def test_of_a_newer_program_all_stays(library: IndexedLibrary) -> None:
    """Who goes back to this program for a day need not have everything described again."""
    library.index()
    copy_vectors(library, LOOK.version + 1)
    newer = library.store.directory / f"look-{LOOK.version + 1}"
    newer.mkdir()
    leave_folder(library)
    library.index()
    assert versions(library) == [LOOK.version, LOOK.version + 1]
    assert newer.exists()
    assert not folder(library).exists()


def test_a_cancelled_run_keeps_them(library: IndexedLibrary) -> None:
    library.control = RunControl()
    library.pool.before = lambda _job: library.control.cancel()
    library.finish(library.indexer().run(control=library.control))
    assert OLD in versions(library)
    assert folder(library).exists()
    library.pool.before = lambda _job: None
    library.index()
    assert versions(library) == [LOOK.version]


def test_as_long_as_a_file_could_not_be_described_they_stay(library: IndexedLibrary) -> None:
    def read(job: FileJob) -> FileReading:
        if job.path.name == "1.jpg":
            raise FileChangedError("This file is being written to.")
        return read_plain(job)

    library.finish_with(read)
    assert versions(library) == [OLD, LOOK.version]
    library.index()
    assert versions(library) == [LOOK.version]
    assert_found(library)


def test_files_that_vanish_while_they_are_read_are_described_when_they_are_back(library: IndexedLibrary) -> None:
    """As with a drive that is pulled between the look at them and their reading, and plugged in again."""

    def read(job: FileJob) -> FileReading:
        raise FileGoneError("This file is not there any more.")

    library.finish_with(read)
    library.index()
    assert_found(library)


def test_an_unplugged_drive_keeps_nothing_and_is_described_when_it_is_back(library: IndexedLibrary) -> None:
    drive = library.roots[1]
    item = library.id_of(drive / "far.jpg")
    away = drive.rename(drive.with_name("unplugged"))
    assert library.index().embedded == 3
    assert library.state_of(item) is State.OFFLINE
    assert versions(library) == [LOOK.version]  # nothing can be compared with vectors of another version
    away.rename(drive)
    assert library.index().embedded == 1
    assert library.state_of(item) is State.PRESENT
    assert_found(library)


def test_a_kill_before_what_is_back_was_described(library: IndexedLibrary) -> None:
    drive = library.roots[1]
    away = drive.rename(drive.with_name("unplugged"))
    library.index()
    away.rename(drive)
    library.control = RunControl()
    library.pool.before = lambda _job: library.control.cancel()
    library.finish(library.indexer().run(control=library.control))
    library.pool.before = lambda _job: None
    library.index()
    assert_found(library)


def test_what_undo_brings_back_is_described(library: IndexedLibrary) -> None:
    item = library.id_of(library.root / "0.jpg")
    history = History(library.catalog, library.store, lambda: None)
    Removals(library.catalog, history).remove([item])
    library.index()
    assert versions(library) == [LOOK.version]
    history.undo()
    library.index()
    assert item in library.present().values()
    assert_found(library)


def drive_of(library: IndexedLibrary) -> RootId:
    return next(root.id for root in library.catalog.roots() if root.path == library.roots[1])


def test_a_folder_that_is_paused_while_the_run_goes_on_is_described_when_it_goes_on(library: IndexedLibrary) -> None:
    drive = drive_of(library)
    library.pool.before = lambda _job: library.catalog.set_root_paused(drive, True)
    library.index()
    library.pool.before = lambda _job: None
    library.catalog.set_root_paused(drive, False)
    library.index()
    assert versions(library) == [LOOK.version]
    assert_found(library)


def test_a_paused_folder_is_left_alone_until_it_goes_on(library: IndexedLibrary) -> None:
    drive = drive_of(library)
    library.catalog.set_root_paused(drive, True)
    assert library.index().embedded == 3
    assert not [job for job in library.pool.jobs if job.path.is_relative_to(library.roots[1])]
    assert library.index().embedded == 0
    away = library.roots[1].rename(library.roots[1].with_name("unplugged"))
    library.index()
    away.rename(library.roots[1])
    library.catalog.set_root_paused(drive, False)
    assert library.index().embedded == 1
    assert versions(library) == [LOOK.version]
    assert_found(library)


def test_what_a_larger_folder_takes_in_is_described(library: IndexedLibrary) -> None:
    library.catalog.set_root_paused(drive_of(library), True)
    library.index()
    library.catalog.add_root(library.folder)
    library.index()
    assert len(library.present()) == 4
    assert_found(library)


def test_a_folder_that_could_not_be_looked_into_is_described_when_it_can(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its items are there as far as anybody knows, and their files could not be seen by the run."""
    with monkeypatch.context() as patched:
        patched.setattr(
            Session,
            "look_at",
            lambda self, root_id, relpath: (
                None if relpath == "far.jpg" else look_at(self.where.roots[root_id].path, relpath)
            ),
        )
        assert library.index().embedded == 3
    assert versions(library) == [OLD, LOOK.version], "nothing is given up before all is described"
    assert library.index().embedded == 1
    assert versions(library) == [LOOK.version]
    assert_found(library)


def test_a_folder_that_was_renamed_away_from_its_name_is_described(library: IndexedLibrary) -> None:
    drive = library.roots[1]
    renamed = drive.rename(drive.with_name("drive 2"))
    library.index()
    library.catalog.add_root(renamed)
    library.index()
    assert len(library.present()) == 4
    assert_found(library)


class KilledError(BaseException):
    """As kill -9 does it: nothing after it is done."""


@pytest.mark.parametrize("broken", [False, True], ids=["gone", "spoilt"])
def test_a_kill_between_the_return_of_a_file_and_its_description(library: IndexedLibrary, broken: bool) -> None:
    """It comes back with another time, and is known to be there before it is described."""
    path = library.root / "0.jpg"
    item = library.id_of(path)
    if broken:
        write(path, "broken picture 0")
    else:
        path.unlink()
    library.index()
    assert library.state_of(item) is (State.PROBLEM if broken else State.MISSING)
    write(path, "picture 0")

    def kill(job: FileJob) -> None:
        if job.want_vectors or (broken and job.want_metadata):
            raise KilledError

    library.pool.before = kill
    library.control = RunControl()
    with pytest.raises(KilledError):
        library.finish(library.indexer().run(control=library.control))
    library.pool.before = lambda _job: None
    library.index()
    assert library.state_of(item) is State.PRESENT
    assert_found(library)


def test_many_are_described_in_short_steps(library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step in which all of a large library were looked up would keep every edit waiting."""
    monkeypatch.setattr(session, "AT_ONCE", 2)
    monkeypatch.setattr(session, "TOGETHER", 3)
    asked: list[int] = []
    known = library.catalog.known_items
    monkeypatch.setattr(library.catalog, "known_items", lambda ids: (asked.append(len(ids)), known(ids))[1])
    assert library.index().embedded == 4
    assert asked == [2, 1, 1]
    assert_found(library)


def test_a_kill_right_after_undo(library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it brings back is looked for by what is written with the undo itself."""
    item = library.id_of(library.root / "0.jpg")
    history = History(library.catalog, library.store, lambda: None)
    Removals(library.catalog, history).remove([item])
    away = (library.root / "0.jpg").rename(library.folder / "0.jpg")
    library.index()
    away.rename(library.root / "0.jpg")

    def killed(*_given: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("desktop_app.engine.history.recall_vectors", killed)
        with pytest.raises(KilledError):
            history.undo()
    library.index()
    assert item in library.present().values()
    assert_found(library)
