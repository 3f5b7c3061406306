"""The indexer when drives go, files break or never rest, and people interfere."""

import dataclasses
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, write

from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.progress import Phase
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.domain.spaces import DESCRIBED
from desktop_app.engine import scanner
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing import folder_identity
from desktop_app.engine.runs import RunControl
from desktop_app.engine.scanner import ScanRules
from desktop_app.engine.workers.outcomes import FileChangedError, PoolClosedError, WorkerCrashedError
from desktop_app.errors import KnownError


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    """Two roots, "root" and "other"."""
    made = IndexedLibrary(tmp_path, ("root", "other"))
    yield made
    made.close()


@pytest.mark.parametrize("way", ["gone", "empty"])
def test_a_root_that_cannot_be_reached_goes_offline_and_comes_back(library: IndexedLibrary, way: str) -> None:
    path = write(library.root / "sub" / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    away = library.folder / "unplugged"
    library.root.rename(away)
    if way == "empty":
        library.root.mkdir()
    report = library.index()
    assert (report.offline, report.missing, report.photos) == (1, 0, 0)
    assert library.state_of(item) is State.OFFLINE
    assert not library.catalog.roots()[1].reachable
    if way == "empty":
        library.root.rmdir()
    away.rename(library.root)
    back = library.index()
    assert (back.offline, back.unchanged, back.photos) == (0, 1, 1)
    assert library.state_of(item) is State.PRESENT


@pytest.mark.parametrize("way", ["gone", "empty"])
@pytest.mark.parametrize("moment", ["before", "within"])
def test_a_root_that_goes_while_it_is_looked_at(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch, way: str, moment: str
) -> None:
    """After it was seen to be there, and before or while its folders are listed."""
    paths = [write(library.root / folder / "a.jpg", folder) for folder in ("one", "two")]
    library.index()
    away = library.folder / "unplugged"

    def pull() -> None:
        if not away.exists():
            library.root.rename(away)
            if way == "empty":
                library.root.mkdir()

    list_folder = scanner._list_folder  # pyright: ignore[reportPrivateUsage]

    def listed(root: Path, batch: scanner.ScanBatch, exclusions: scanner.Exclusions) -> list[str]:
        if root == library.root and (moment == "before" or batch.folder == "two"):
            pull()
        return list_folder(root, batch, exclusions)

    with monkeypatch.context() as patched:
        patched.setattr(scanner, "_list_folder", listed)
        report = library.index()
    assert (report.offline, report.missing) == (2, 0)
    assert [library.state_of(library.id_of(path)) for path in paths] == [State.OFFLINE] * 2
    if way == "empty":
        library.root.rmdir()
    away.rename(library.root)
    assert (library.index().unchanged, library.state_of(library.id_of(paths[1]))) == (2, State.PRESENT)


@pytest.mark.skipif(sys.platform != "linux", reason="a file system with such times")
def test_a_file_of_another_century_stops_no_scan(library: IndexedLibrary) -> None:
    write(library.root / "1.jpg", "one")
    library.index()
    late = write(library.root / "2.jpg", "two")
    os.utime(late, (0, 10_413_792_000))  # the year 2300
    write(library.root / "3.jpg", "three")
    report = library.index()
    assert (report.added, report.unchanged, report.problems) == (2, 1, 0)
    assert library.index().unchanged == 3


def test_a_copy_does_not_take_the_item_of_an_unplugged_drive(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which was mounted at its folder."""
    monkeypatch.setattr(folder_identity, "mount_point", lambda path: path)
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    shutil.copy2(path, library.roots[1] / "backup.jpg")
    library.root.rename(library.folder / "unplugged")
    report = library.index()
    assert (report.added, report.offline, report.embedded) == (1, 1, 0)
    assert library.state_of(item) is State.OFFLINE


def test_a_root_that_was_renamed_and_added_by_its_new_name(library: IndexedLibrary) -> None:
    path = write(library.root / "sub" / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 5)
    renamed = library.folder / "renamed"
    library.root.rename(renamed)
    library.catalog.add_root(renamed)
    report = library.index([renamed])
    assert (report.moved, report.added, report.embedded) == (1, 0, 0)
    assert library.path_of(item) == "renamed/sub/a.jpg"
    assert library.state_of(item) is State.PRESENT
    assert library.root not in [root.path for root in library.catalog.roots()]
    assert library.index().offline == 0


def test_moved_to_another_root_when_only_that_one_is_indexed(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    path.rename(library.roots[1] / "a.jpg")
    report = library.index([library.roots[1]])
    assert (report.moved, report.added, report.embedded) == (1, 0, 0)
    assert library.path_of(item) == "other/a.jpg"


def test_an_unreadable_folder_is_noted_and_its_items_stay(
    library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(library.root / "locked" / "a.jpg", "one")
    write(library.root / "open" / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    real = os.scandir

    def scandir(folder: object) -> object:
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(folder)  # type: ignore[call-overload]

    monkeypatch.setattr("desktop_app.engine.scanner.os.scandir", scandir)
    report = library.index()
    assert (report.missing, report.unchanged) == (0, 1)
    assert library.state_of(item) is State.PRESENT
    assert report.notes == (f"Akin is not allowed to look into the folder {library.root / 'locked'}.",)


def test_problems_are_not_tried_again_until_asked(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "broken")
    write(library.root / "b.jpg", "two")
    assert library.index().problems == 1
    assert library.index().problems == 1
    assert library.pool.jobs == []
    item = library.id_of(path)
    assert library.catalog.rows([item])[0].reason == "This file is damaged."
    status = path.stat()
    path.write_text("mended\n")
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    library.control = RunControl()
    report = library.finish(library.indexer().retry(control=library.control))
    assert report.updated == 1
    assert library.state_of(item) is State.PRESENT
    assert library.index().problems == 0
    library.control = RunControl()
    assert library.finish(library.indexer().retry([item], control=library.control)).updated == 1


def test_a_photo_that_breaks_leaves_the_index(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    write(path, "broken now")
    report = library.index()
    assert (report.problems, report.photos, report.updated) == (1, 0, 1)
    assert library.store.open_space(SPACES["look"]).count == 0


def test_a_moved_problem_stays_one(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "broken")
    library.index()
    item = library.id_of(path)
    path.rename(library.root / "b.jpg")
    report = library.index()
    assert (report.moved, report.problems) == (1, 1)
    assert library.state_of(item) is State.PROBLEM


@pytest.mark.parametrize("way", ["touched", "moved"])
def test_what_was_spoilt_for_a_while_is_an_item_again(library: IndexedLibrary, way: str) -> None:
    path = write(library.root / "a.jpg", "one")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 4)
    path.write_bytes(b"")
    assert library.finish_with(shut_when(lambda job: job.path.stat().st_size == 0)).problems == 1
    path = write(path if way == "touched" else library.root / "b.jpg", "one")
    if way == "moved":
        (library.root / "a.jpg").unlink()
    report = library.index()
    assert (report.problems, report.photos, report.embedded, report.missing) == (0, 1, 0, 0)
    assert (report.updated, report.moved) == ((1, 0) if way == "touched" else (0, 1))
    assert library.id_of(path) == item
    assert library.catalog.rows([item])[0].rating == 4
    assert library.store.open_space(SPACES["look"]).count == 1
    assert library.index().unchanged == 1


def test_a_file_that_may_not_be_opened_is_read_as_soon_as_it_may(library: IndexedLibrary) -> None:
    write(library.root / "a.jpg", "one")
    shut = shut_when(lambda job: True)
    assert library.finish_with(shut).problems == 1
    again = library.finish_with(shut)
    assert (again.problems, again.unchanged, again.updated) == (1, 1, 0)
    report = library.index()
    assert (report.problems, report.photos, report.updated, report.embedded) == (0, 1, 1, 1)
    assert library.index().unchanged == 1


def shut_when(condition: Callable[[FileJob], bool]) -> Callable[[FileJob], FileReading]:
    """A reader that can't open these files."""

    def read(job: FileJob) -> FileReading:
        if not condition(job):
            return read_plain(job)
        status = job.path.stat()
        reason = "Akin is not allowed to read this file."
        return FileReading(job.path, job.kind, status.st_size, status.st_mtime_ns, None, None, problem=reason)

    return read


def test_a_file_that_costs_its_worker_is_known_by_its_hashes(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "evil")

    def reader(job: FileJob) -> object:
        if job.want_vectors:
            raise WorkerCrashedError
        return read_plain(job)

    library.control = RunControl()
    report = library.finish(library.indexer(reader).run(control=library.control))
    assert (report.problems, report.embedded) == (1, 0)
    detail = library.catalog.detail(library.id_of(path))
    assert detail is not None
    assert detail.row.reason == "This file made its decoder crash. It may be damaged."
    assert detail.row.content_hash == read_plain(FileJob(path, Kind.PHOTO)).content_hash


@pytest.mark.parametrize("error", [ZeroDivisionError(), KnownError("Not today."), RuntimeError("what")])
def test_whatever_a_reader_raises_becomes_a_problem(library: IndexedLibrary, error: Exception) -> None:
    write(library.root / "a.jpg", "one")

    def fail(_job: FileJob) -> None:
        raise error

    indexer = library.indexer(fail)
    library.control = RunControl()
    assert library.finish(indexer.run(control=library.control)).problems == 1


def test_a_file_that_changes_while_it_is_read_is_read_again(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    changes = iter([True, False])
    indexer = library.indexer()

    def reader(job: FileJob) -> object:
        if next(changes, False):
            write(path, "one and more")
            raise FileChangedError("changed")
        return read_plain(job)

    indexer._tools = dataclasses.replace(indexer._tools, read=reader)  # type: ignore[arg-type]
    library.control = RunControl()
    report = library.finish(indexer.run(control=library.control))
    assert (report.added, report.photos) == (1, 1)


def test_a_file_that_never_rests_is_left_for_later(library: IndexedLibrary) -> None:
    write(library.root / "a.jpg", "one")

    def reader(_job: FileJob) -> object:
        raise FileChangedError("changed")

    indexer = library.indexer(reader)
    library.control = RunControl()
    report = library.finish(indexer.run(control=library.control))
    assert (report.added, report.problems) == (0, 0)
    assert "still being written" in report.notes[0]


def test_a_file_that_vanishes_before_it_is_read(library: IndexedLibrary) -> None:
    gone, stays = write(library.root / "a.jpg", "one"), write(library.root / "b.jpg", "two")
    library.index()
    write(gone, "changed")
    library.pool.before = lambda job: gone.unlink(missing_ok=True)
    report = library.index()
    assert (report.missing, report.photos, report.problems) == (1, 1, 0)
    assert library.id_of(stays)


def test_a_closing_pool_ends_the_run_with_its_sentence(library: IndexedLibrary) -> None:
    write(library.root / "a.jpg", "one")

    def reader(_job: FileJob) -> object:
        raise PoolClosedError

    indexer = library.indexer(reader)
    with pytest.raises(PoolClosedError):
        library.finish(indexer.run(control=RunControl()))


def test_cancelling_keeps_what_was_read(library: IndexedLibrary) -> None:
    for number in range(50):
        write(library.root / f"{number}.jpg", f"picture {'x' * number}")
    library.control = RunControl()
    read = 0

    def count(_job: FileJob) -> None:
        nonlocal read
        read += 1
        if read == 10:
            library.control.cancel()

    library.pool.before = count
    report = library.finish(library.indexer().run(control=library.control))
    assert report.cancelled
    assert 0 < report.photos < 50
    library.pool.before = lambda job: None
    assert library.index().photos == 50


def test_pausing_reads_nothing(library: IndexedLibrary) -> None:
    write(library.root / "a.jpg", "one")
    control = library.control = RunControl()
    control.pause()
    run = library.indexer().run(control=control)
    phases = [next(run).phase for _ in range(6)]
    assert phases[-1] is Phase.PAUSED
    assert library.pool.jobs == []
    control.resume()
    assert library.finish(run).photos == 1


def test_what_the_user_looks_at_is_read_first(library: IndexedLibrary) -> None:
    for number in range(40):
        write(library.root / f"folder {number // 10}" / f"{number}.jpg", f"picture {'x' * number}")
    library.index()
    wanted = library.id_of(library.root / "folder 3" / "39.jpg")
    for number in range(40):
        write(library.root / f"folder {number // 10}" / f"{number}.jpg", f"new picture {'x' * number}")
    control = library.control = RunControl()
    control.prefer([wanted])
    library.finish(library.indexer().run(control=control))
    hashed = [job.path.parent.name for job in library.pool.jobs]
    assert hashed[:10] == ["folder 3"] * 10


def test_the_watchers_changes(library: IndexedLibrary) -> None:
    path = write(library.root / "sub" / "a.jpg", "one")
    other = write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    moved = library.root / "new folder"
    (library.root / "sub").rename(moved)
    late = write(moved / "deep" / "late.jpg", "three")
    report = library.changed(library.root / "sub", moved)
    assert (report.moved, report.added, report.missing) == (1, 1, 0)
    assert library.path_of(item) == "root/new folder/a.jpg"
    other.unlink()
    assert library.changed(other).missing == 1
    late.unlink()
    assert library.changed(library.folder / "root").missing == 2
    assert library.changed(library.folder / "unrelated.jpg").seen == 0


def test_a_move_told_in_two_parts(library: IndexedLibrary) -> None:
    path = write(library.root / "a" / "x.jpg", "one")
    write(library.root / "b" / "y.jpg", "two")
    library.index()
    item = library.id_of(path)
    new = library.root / "b" / "x.jpg"
    path.rename(new)
    assert library.changed(new).moved == 1
    assert library.changed(path).missing == 0
    assert library.path_of(item) == "root/b/x.jpg"
    new.rename(path)
    assert library.changed(new).missing == 1
    assert library.changed(path).moved == 1
    assert library.path_of(item) == "root/a/x.jpg"


def test_raw_and_jpeg_of_one_name_are_companions(library: IndexedLibrary) -> None:
    jpeg = write(library.root / "IMG_1.jpg", "developed")
    raw = write(library.root / "IMG_1.CR2", "raw values")
    library.index()
    assert library.catalog.rows([library.id_of(jpeg)])[0].has_raw
    jpeg.unlink()
    library.index()
    assert not library.catalog.rows([library.id_of(raw)])[0].has_raw


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows refuses")
def test_names_of_any_sort(library: IndexedLibrary) -> None:
    names = ["quo\"te's.jpg", "new\nline.jpg", "日本語.jpg", "combining é.jpg", "100% _like_.jpg", "🎈.jpg", " .jpg"]
    for number, name in enumerate(names):
        write(library.root / name, "picture" + "x" * number)
    undecodable = os.fsdecode(b"caf\xe9.jpg")
    write(library.root / undecodable, "bytes")
    assert library.index().added == 8
    assert library.index().unchanged == 8
    (library.root / undecodable).rename(library.root / "café.jpg")
    assert library.index().moved == 1


def test_progress_counts_up_and_is_throttled(library: IndexedLibrary) -> None:
    for number in range(300):
        write(library.root / f"{number}.jpg", "picture" + "x" * number)
    control = RunControl()
    seen = list(library.indexer().run(control=control))
    fresh = [first for first, second in zip(seen, [None, *seen], strict=False) if first is not second]
    assert len(fresh) < len(seen)
    reading = [progress for progress in seen if progress.phase is Phase.READING]
    assert reading[-1].total == 300
    assert all(before.done <= after.done for before, after in itertools.pairwise(reading))
    assert control.take_changes().membership


def test_paused_roots_are_left_alone(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    root = next(root for root in library.catalog.roots() if root.path == library.root)
    library.catalog.set_root_paused(root.id, True)
    assert library.index().photos == 0
    assert library.changed(path).photos == 0
    assert library.index([library.root]).photos == 1


def test_after_an_update_what_lacks_a_space_is_described_again(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one", "title")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    library.catalog.set_rating([item], 3)
    library.catalog.drop_vectors("look", SPACES["look"].version)
    assert library.index().embedded == 0
    library.catalog.put_meta(DESCRIBED, "look-0")
    report = library.index()
    assert (report.embedded, report.unchanged, report.updated) == (2, 2, 0)
    row = library.catalog.rows([item])[0]
    assert (row.rating, row.title) == (3, "title")
    assert len(library.catalog.vector_items("look", SPACES["look"].version)) == 2
    assert library.index().embedded == 0


def test_what_lies_in_left_out_folders_stays_so_when_it_changes(tmp_path: Path) -> None:
    library = IndexedLibrary(tmp_path, rules=ScanRules(excluded_folders=("@eaDir",)))
    thumb = write(library.root / "@eaDir" / "a.jpg", "one")
    deep = write(library.root / ".cache" / "deep" / "b.jpg", "two")
    assert library.changed(thumb, thumb.parent, deep.parent, deep.parent.parent, deep).added == 0
    library.close()


@pytest.mark.parametrize("steps", [1, 3, 6, 12])
def test_a_root_that_is_taken_out_while_it_is_indexed_leaves_nothing_behind(
    library: IndexedLibrary, steps: int
) -> None:
    for number in range(8):
        write(library.root / f"{number}.jpg", f"gone {number}")
        write(library.roots[1] / f"{number}.jpg", f"kept {number}")
    run = library.indexer().run(control=library.control)
    for _step, _progress in zip(range(steps), run, strict=False):
        pass
    library.catalog.remove_root(next(root.id for root in library.catalog.roots() if root.path == library.root))
    report = library.finish(run)
    there = library.catalog.items_by_paths([library.roots[1] / f"{number}.jpg" for number in range(8)])
    assert len(there) == 8
    assert library.catalog.counts().photos == 8
    assert report.problems == 0
    assert [root.items for root in library.catalog.roots()] == [8]


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_a_root_that_is_moved_while_it_is_indexed_is_followed(library: IndexedLibrary, steps: int) -> None:
    for number in range(8):
        write(library.root / f"{number}.jpg", f"photo {number}")
    run = library.indexer().run(control=library.control)
    for _step, _progress in zip(range(steps), run, strict=False):
        pass
    root = next(root for root in library.catalog.roots() if root.path == library.root)
    elsewhere = library.root.rename(library.folder / "elsewhere")
    library.catalog.relocate_root(root.id, elsewhere)
    report = library.finish(run)
    assert (report.photos, report.problems, report.missing) == (8, 0, 0)
    assert library.catalog.counts() == library.catalog.counts([root.id])
    assert len(library.catalog.items_by_paths([elsewhere / f"{number}.jpg" for number in range(8)])) == 8


def test_a_root_that_is_paused_while_it_is_indexed_is_left_alone(library: IndexedLibrary) -> None:
    for number in range(8):
        write(library.root / f"{number}.jpg", f"photo {number}")
        write(library.roots[1] / f"{number}.jpg", f"other {number}")
    run = library.indexer().run(control=library.control)
    next(iter(run))
    root = next(root for root in library.catalog.roots() if root.path == library.root)
    library.catalog.set_root_paused(root.id, True)
    library.finish(run)
    assert library.catalog.counts([root.id]).photos == 0
    assert library.catalog.counts().photos == 8
    library.catalog.set_root_paused(root.id, False)
    assert library.index().photos == 16


def test_an_item_that_is_taken_out_while_its_changed_file_is_read_stays_out(library: IndexedLibrary) -> None:
    path = write(library.root / "a.jpg", "one")
    write(library.root / "b.jpg", "two")
    library.index()
    item = library.id_of(path)
    write(path, "another")

    def read_and_take_out(job: FileJob) -> FileReading:
        if job.want_vectors:
            library.catalog.remove_items([item])
            library.store.open_space(SPACES["look"]).remove(np.array([item]))
        return read_plain(job)

    library.finish_with(read_and_take_out)
    assert library.catalog.rows([item]) == []
    assert library.store.open_space(SPACES["look"]).count == 1
