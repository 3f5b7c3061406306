"""The library over real files, a real DuckDB file, real FAISS files and real worker processes."""

import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from fixtures.folder_trash import FolderTrash
from fixtures.media import picture, write_photo
from fixtures.small_library import PHOTOS, TRACKS, write_small_library, write_smaller_copy

from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.kinds import Kind, ScopeKind, State
from desktop_app.domain.playlists import ExportOptions, PlaylistRequest
from desktop_app.domain.progress import IndexReport
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine import indexing_runs
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.outcomes import WorkersUnavailableError
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.errors import KnownError, LibraryUnavailableError, PartlyDoneError, UnreadableFileError, UsageError
from desktop_app.paths import Profile


def indexed(library: Library, *roots: Path) -> IndexReport:
    control = RunControl()
    for _progress in library.index(list(roots) or None, control=control):
        pass
    assert control.report is not None
    return control.report


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Indexed once: ``media`` and ``profile``."""
    folder = tmp_path_factory.mktemp("template")
    write_small_library(folder / "media")
    with Library.open(Profile.at(folder / "profile"), jobs=1) as library:
        library.add_root(folder / "media")
        report = indexed(library)
        assert (report.photos, report.tracks, report.added, report.problems) == (PHOTOS, TRACKS, PHOTOS + TRACKS, 0)
    return folder


@pytest.fixture
def media(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template / "media", tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def library(template: Path, media: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copytree(template / "profile", tmp_path / "profile")
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as opened:
        opened.catalog.relocate_root(opened.roots()[0].id, media)
        yield opened


def item(library: Library, path: Path) -> int:
    return library.ids_of_paths([path])[path]


def rating(library: Library, number: int) -> int:
    (row,) = library.rows([number])
    return row.rating


def test_second_run_changes_nothing(library: Library, media: Path) -> None:
    report = indexed(library)
    assert report.seen == PHOTOS + TRACKS
    assert (report.added, report.embedded, report.moved, report.missing) == (0, 0, 0, 0)
    assert report.unchanged == PHOTOS + TRACKS


def test_moves_keep_ratings_and_embed_nothing(library: Library, media: Path) -> None:
    number = item(library, media / "photos" / "photo 1.jpg")
    library.rate([number], 4)
    library.tag([number], ["Küste"])
    (media / "photos").rename(media / "elsewhere")
    (media / "elsewhere" / "photo 1.jpg").rename(media / "elsewhere" / "renamed.jpg")
    report = indexed(library)
    assert (report.moved, report.embedded, report.missing) == (PHOTOS, 0, 0)
    detail = library.detail(item(library, media / "elsewhere" / "renamed.jpg"))
    assert (detail.row.id, detail.row.rating, detail.tags) == (number, 4, ("Küste",))


def test_similar_from_outside_and_inside(library: Library, media: Path, tmp_path: Path) -> None:
    inside = media / "photos" / "photo 2.jpg"
    outside = write_smaller_copy(inside, tmp_path / "smaller.jpg")
    reply = library.similar(SimilarRequest(files=(outside,), k=5))
    assert reply.kind is Kind.PHOTO
    assert reply.hits[0].path == inside
    assert len(reply.hits) == 5
    again = library.similar(SimilarRequest(files=(inside,), k=50))
    assert inside not in {hit.path for hit in again.hits}
    assert len(again.hits) == PHOTOS - 1
    assert library.stats()["searches"]["count"] == 2


def test_identical_copy_comes_first(library: Library, media: Path, tmp_path: Path) -> None:
    copy = shutil.copy(media / "photos" / "photo 3.jpg", tmp_path / "copy.jpg")
    first = library.similar(SimilarRequest(files=(Path(copy),), k=2)).hits[0]
    assert (first.path, first.identical) == (media / "photos" / "photo 3.jpg", True)


def test_similar_by_vector_and_item_vectors(library: Library, media: Path) -> None:
    number = item(library, media / "photos" / "photo 0.jpg")
    vectors = library.item_vectors(number)
    assert set(vectors) == {"colour", "look", "phash"}
    assert vectors["look"].norm == pytest.approx(1.0, abs=0.01)
    reply = library.similar_to_vector("look", vectors["look"].values, SimilarRequest(k=1))
    assert reply.hits[0].id == number
    with pytest.raises(UsageError):
        library.similar_to_vector("look", np.zeros(3), SimilarRequest(k=1))
    track = library.item_vectors(item(library, media / "music" / "track 0.wav"))
    assert "sound" in track


def test_bad_queries_get_sentences(library: Library, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "notes.txt").write_text("no media")
    for path in ("nothing.jpg", "text.jpg", "notes.txt", "."):
        with pytest.raises(UnreadableFileError) as caught:
            library.similar(SimilarRequest(files=(tmp_path / path,)))
        assert str(caught.value).endswith(".")


def test_playlist_is_built_saved_exported_and_read_back(library: Library, media: Path, tmp_path: Path) -> None:
    seed = item(library, media / "music" / "track 0.wav")
    built = library.build_playlist(PlaylistRequest(seeds=(seed,), length=3, artist_gap=0))
    ids = [track.id for track in built.tracks]
    assert len(ids) == len(set(ids)) == 3
    library.save_playlist("Evening", ids)
    (info,) = library.playlists()
    assert (info.name, info.tracks) == ("Evening", 3)
    target = tmp_path / "evening.m3u8"
    library.export_playlist(library.playlist_id("evening"), target, ExportOptions())
    assert str(media / "music") in target.read_text("utf-8")
    change, imported = library.save_read_playlist(library.read_playlist(target))
    assert (change.playlists, imported.tracks, imported.missing) == (True, 3, ())
    assert imported.name == "evening 2"
    assert library.import_playlist(target).playlists
    with pytest.raises(KnownError):
        library.playlist_id("none")


def test_listing_rows_detail_tree(library: Library) -> None:
    reply = library.listing(Listing(Scope(ScopeKind.PHOTOS)))
    assert len(reply.ids) == PHOTOS
    rows = library.rows([int(number) for number in reply.ids])
    assert all(row.has_thumbnail and library.thumbnail_path(row.content_hash or "").is_file() for row in rows)
    tree = library.tree()
    assert (tree.photos, tree.tracks, tree.problems) == (PHOTOS, TRACKS, 0)
    total, found = library.find("artist:A", 1)
    assert (total, len(found)) == (2, 1)
    with pytest.raises(KnownError):
        library.detail(10_000)


def test_edits_can_be_undone_and_redone(library: Library, media: Path) -> None:
    one, two = (item(library, media / "photos" / f"photo {n}.jpg") for n in (0, 1))
    assert library.undo_labels == ("", "")
    change = library.rate([one, two], 5)
    assert (change.items, change.undo) == ({one, two}, "Rate 2 Photos")
    assert not library.rate([one], 5)
    library.tag([one], ["sea"])
    library.tag([one], [], ["SEA"])
    assert library.detail(one).tags == ()
    library.undo()
    assert library.detail(one).tags == ("sea",)
    library.undo()
    library.undo()
    assert (rating(library, one), rating(library, two)) == (0, 0)
    assert library.undo_labels == ("", "Rate 2 Photos")
    library.redo()
    assert rating(library, two) == 5
    library.rate([one], 1)
    with pytest.raises(KnownError):
        library.redo()
    with pytest.raises(UsageError):
        library.rate([one], 6)
    with pytest.raises(UsageError):
        library.tag([one], [" "])
    with pytest.raises(UsageError):
        library.tag([one], ["a"], ["A"])


def test_playlist_edits_can_be_undone(library: Library, media: Path) -> None:
    ids = [item(library, media / "music" / f"track {n}.wav") for n in range(3)]
    library.save_playlist("  My   list ", ids[:2])
    number = library.playlist_id("My list")
    library.append_to_playlist(number, ids[2:])
    library.reorder_playlist(number, ids[::-1])
    assert library.playlist_items(number) == ids[::-1]
    library.rename_playlist(number, "Other")
    library.delete_playlist(number)
    assert library.playlists() == []
    library.undo()
    assert library.playlist_items(library.playlist_id("Other")) == ids[::-1]
    library.save_playlist("Other", ids[:1])
    assert library.playlist_items(library.playlist_id("Other")) == ids[:1]
    library.undo()
    assert library.playlist_items(library.playlist_id("Other")) == ids[::-1]
    library.save_playlist("Second", ids)
    with pytest.raises(UsageError):
        library.rename_playlist(library.playlist_id("Second"), "other")
    with pytest.raises(UsageError):
        library.save_playlist("  ", ids)
    library.undo()
    assert [info.name for info in library.playlists()] == ["Other"]
    with pytest.raises(KnownError):
        library.rename_playlist(99, "x")


def test_trash_moves_files_and_undo_brings_them_back(library: Library, media: Path, tmp_path: Path) -> None:
    path = media / "photos" / "photo 0.jpg"
    number = item(library, path)
    library.rate([number], 3)
    before = path.read_bytes()
    with pytest.raises(KnownError):
        library.trash([number])
    library.trash_port = FolderTrash(tmp_path / "trash")
    shown = library.tree().photos
    change = library.trash([number])
    assert (change.undo, path.exists(), library.rows([number])) == ("Trash 1 Photo", False, [])
    assert (library.tree().photos, library.reader.counts().missing) == (shown - 1, 0)
    library.undo()
    assert library.tree().photos == shown
    row = library.detail(number).row
    assert (path.read_bytes(), row.state, row.rating, row.reason) == (before, State.PRESENT, 3, None)
    with pytest.raises(KnownError, match="nothing to redo"):
        library.redo()
    assert path.exists()  # files go to the trash only where the user has just said so
    library.trash([number])
    assert not path.exists()
    path.write_bytes(b"another file took its place")
    with pytest.raises(KnownError, match=r"another file .* Nothing was undone"):
        library.undo()
    assert library.undo_labels[0] == "Trash 1 Photo" and not library.rows([number])
    with pytest.raises(PartlyDoneError, match="another file"):  # as it is: the file stays in the trash
        library.undo()
    assert path.read_bytes() == b"another file took its place"
    row = library.detail(number).row
    assert (row.state, row.rating, row.reason is not None) == (State.MISSING, 3, True)
    with pytest.raises(KnownError):
        library.trash([number])


def test_removed_items_leave_the_index_and_the_files_alone(library: Library, media: Path) -> None:
    path = media / "photos" / "photo 0.jpg"
    number = item(library, path)
    assert library.remove_items([number, 9999]).items == {number}
    assert not library.remove_items([number])
    assert path.exists()
    hits = library.similar(SimilarRequest(files=(media / "photos" / "photo 1.jpg",), k=50)).hits
    assert number not in {hit.id for hit in hits}
    assert library.doctor(repair=False)["ok"]


def test_removed_items_come_back_as_they_were(library: Library, media: Path) -> None:
    number, track = item(library, media / "photos" / "photo 1.jpg"), item(library, next((media / "music").iterdir()))
    library.rate([number], 4)
    library.tag([number], add=["sea"])
    library.save_playlist("mine", [track])
    before = library.similar(SimilarRequest(items=(number,), k=3)).hits
    rows, playlist = library.rows([number, track]), library.playlist_id("mine")
    change = library.remove_items([number, track])
    assert change.undo == "Remove 2 Items" and library.playlist_items(playlist) == []
    assert number not in [hit.id for hit in library.similar(SimilarRequest(items=(before[0].id,), k=50)).hits]
    library.undo()
    assert library.rows([number, track]) == rows and library.playlist_items(playlist) == [track]
    assert library.similar(SimilarRequest(items=(number,), k=3)).hits == before
    assert number in [hit.id for hit in library.similar(SimilarRequest(items=(before[0].id,), k=50)).hits]
    assert library.doctor(repair=False)["ok"]
    library.redo()
    assert library.rows([number, track]) == []


def test_an_item_that_comes_back_replaces_the_one_found_meanwhile(library: Library, media: Path) -> None:
    path = media / "photos" / "photo 1.jpg"
    number = item(library, path)
    library.rate([number], 5)
    library.remove_items([number])
    assert indexed(library).added == 1
    assert item(library, path) != number
    library.undo()
    assert (item(library, path), rating(library, number)) == (number, 5)
    assert library.doctor(repair=False)["ok"] and indexed(library).unchanged == PHOTOS + TRACKS


def test_a_removed_folder_comes_back_with_its_items(library: Library, media: Path) -> None:
    number = item(library, media / "photos" / "photo 1.jpg")
    library.rate([number], 4)
    tree, everything = library.tree(), library.listing(Listing(Scope(ScopeKind.PHOTOS))).ids.tolist()
    library.remove_items([number])
    assert library.remove_root(media).undo == "Remove Folder “media”"
    assert library.roots() == [] and library.rows([number]) == []
    library.undo()
    library.undo()
    assert (library.tree(), library.listing(Listing(Scope(ScopeKind.PHOTOS))).ids.tolist()) == (tree, everything)
    assert rating(library, number) == 4
    assert library.doctor(repair=False)["ok"] and indexed(library).unchanged == PHOTOS + TRACKS
    library.redo()
    library.redo()
    assert library.roots() == []


@pytest.mark.parametrize("around", [False, True])
def test_a_removed_folder_that_was_added_again(library: Library, media: Path, around: bool) -> None:
    """Its old items come back in its new place, with all that was said of them."""
    number = item(library, media / "photos" / "photo 1.jpg")
    library.rate([number], 4)
    library.remove_items([number])
    library.remove_root(media)
    library.add_root(media.parent / "media" if not around else media.parent)
    indexed(library)
    library.undo()
    library.undo()
    assert (item(library, media / "photos" / "photo 1.jpg"), rating(library, number)) == (number, 4)
    indexed(library)
    assert library.doctor(repair=False)["ok"]
    below = [row.path for row in library.find("")[1] if media in row.path.parents]
    assert len(below) == len(set(below)) == PHOTOS + TRACKS


def test_a_relocated_folder_can_be_undone(library: Library, media: Path, tmp_path: Path) -> None:
    number = item(library, media / "photos" / "photo 1.jpg")
    media.rename(tmp_path / "elsewhere")
    library.relocate_root(media, tmp_path / "elsewhere")
    assert library.rows([number])[0].path == tmp_path / "elsewhere" / "photos" / "photo 1.jpg"
    library.undo()
    assert library.rows([number])[0].path == media / "photos" / "photo 1.jpg"
    library.redo()
    assert library.rows([number])[0].path == tmp_path / "elsewhere" / "photos" / "photo 1.jpg"


def test_one_folder_is_one_root(library: Library, media: Path, tmp_path: Path) -> None:
    library.rate([item(library, media / "photos" / "photo 0.jpg")], 2)
    library.add_root(media)
    library.add_root(media / "photos")
    (tmp_path / "link").symlink_to(media, target_is_directory=True)
    library.add_root(tmp_path / "link")
    assert [root.path for root in library.roots()] == [media]
    library.add_root(tmp_path)
    assert [root.path for root in library.roots()] == [tmp_path]
    assert library.root_of(media / "photos").path == tmp_path
    assert rating(library, item(library, media / "photos" / "photo 0.jpg")) == 2
    for wrong in (tmp_path / "nowhere", media / "photos" / "photo 0.jpg"):
        with pytest.raises(KnownError):
            library.add_root(wrong)
    with pytest.raises(KnownError):
        library.root_of(Path("/"))
    library.remove_root(tmp_path)
    assert (library.roots(), library.find("")[0]) == ([], 0)
    with pytest.raises(KnownError):
        library.remove_root(tmp_path)


def test_relocated_root_keeps_everything(library: Library, media: Path, tmp_path: Path) -> None:
    number = item(library, media / "photos" / "photo 0.jpg")
    media.rename(tmp_path / "moved")
    report = indexed(library)
    assert report.offline == PHOTOS + TRACKS
    library.relocate_root(media, tmp_path / "moved")
    report = indexed(library)
    assert (report.unchanged, report.embedded) == (PHOTOS + TRACKS, 0)
    assert library.detail(number).row.state is State.PRESENT


def test_problems_are_listed_and_tried_again(library: Library, media: Path) -> None:
    bad = media / "photos" / "bad.jpg"
    bad.write_bytes(b"this is no picture")
    report = indexed(library)
    assert (report.problems, report.seen) == (1, PHOTOS + TRACKS + 1)
    (row,) = library.find("", state=State.PROBLEM)[1]
    assert row.path == bad and row.reason
    write_photo(bad, picture(77))
    control = RunControl()
    for _progress in library.retry_problems([row.id], control=control):
        pass
    assert library.detail(row.id).row.state is State.PRESENT


def test_changed_paths_are_looked_at(library: Library, media: Path) -> None:
    added = write_photo(media / "photos" / "added.jpg", picture(50))
    control = RunControl()
    for _progress in library.apply_changes([added], control=control):
        pass
    assert control.take_changes().membership
    assert item(library, added)


def test_idle_work_computes_waveforms(library: Library, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = item(library, media / "music" / "track 1.wav")
    now = library.waveform(number)
    assert now is not None and len(now.peaks) == len(now.rms) > 0
    control = RunControl()
    monkeypatch.setattr(indexing_runs, "IDLE_BATCH", 2)
    told = list(library.idle_work(control=control))
    assert {progress.total for progress in told} == {TRACKS}, "the whole of it, not of each batch"
    assert max(progress.done for progress in told) == TRACKS - 1
    assert len(control.take_changes().items) == TRACKS
    assert library.waveform(number) == now
    assert library.waveform(item(library, media / "photos" / "photo 0.jpg")) is None
    assert not list(library.idle_work(control=RunControl()))


def test_idle_work_leaves_tracks_for_later_that_are_out_of_reach(library: Library, media: Path) -> None:
    """A drive that is unplugged meanwhile must not cost its tracks their waveforms for ever."""
    music, away = media / "music", media / "unplugged"
    music.rename(away)
    control = RunControl()
    assert list(library.idle_work(control=control))
    assert not control.take_changes()
    away.rename(music)
    (music / "track 1.wav").write_bytes(b"spoilt meanwhile")
    for _progress in library.idle_work(control=control):
        pass
    assert len(control.take_changes().items) == TRACKS, "tried, also the one that can't be read"
    assert library.catalog.items_without_waveform(10) == []


def test_idle_work_ends_where_no_worker_can_be_had(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no fault of any track."""
    lacking: Future[None] = Future()
    lacking.set_exception(WorkersUnavailableError("No process can be started."))
    monkeypatch.setattr(WorkerPool, "schedule", lambda *_given, **_more: lacking)
    with pytest.raises(WorkersUnavailableError):
        list(library.idle_work(control=RunControl()))
    assert len(library.catalog.items_without_waveform(10)) == TRACKS


def test_preview(library: Library, media: Path, tmp_path: Path) -> None:
    image = library.preview(item(library, media / "photos" / "photo 0.jpg"), 100)
    assert max(image.width, image.height) == 100
    assert len(image.rgb) == image.width * image.height * 3
    assert library.preview(media / "photos" / "photo 0.jpg", 5000).width == image.full_width
    with pytest.raises(UnreadableFileError):
        library.preview(tmp_path / "none.jpg", 100)


def test_lost_thumbnails_and_indexes_are_repaired(library: Library, template: Path) -> None:
    assert library.doctor(repair=False)["ok"]
    shutil.rmtree(library.profile.thumbnail_dir)
    from desktop_app.engine.descriptors.spaces import SPACES

    library.store.open_space(SPACES["look"]).clear()
    sick = library.doctor(repair=False)
    assert not sick["ok"]
    assert {check["name"] for check in sick["checks"] if not check["ok"]} == {"index: look", "thumbnails"}
    assert library.doctor(repair=True)["ok"]
    healthy = library.doctor(repair=False)
    assert healthy["ok"] and all(check["ok"] for check in healthy["checks"])


def test_lost_originals_are_found(library: Library, media: Path) -> None:
    (media / "photos" / "photo 0.jpg").unlink()
    (check,) = [c for c in library.doctor(repair=False)["checks"] if c["name"].startswith("folder:")]
    assert not check["ok"]
    shutil.rmtree(media)
    (check,) = [c for c in library.doctor(repair=False)["checks"] if c["name"].startswith("folder:")]
    assert not check["ok"]


def test_stats_and_recommendations(library: Library, media: Path) -> None:
    stats = library.stats()
    assert stats["items"]["total"] == PHOTOS + TRACKS
    assert stats["spaces"]["look"]["coverage"] == 1.0
    assert stats["memory_mb"] > 1
    (media / "photos" / "photo 0.jpg").unlink()
    (media / "photos" / "bad.jpg").write_bytes(b"")
    indexed(library)
    advice = " ".join(library.stats()["recommendations"])
    assert "state missing" in advice and "state problem" in advice


def test_killed_index_is_reconciled(template: Path, media: Path, tmp_path: Path) -> None:
    """An index that was never saved, or whose files are garbage, is filled from the catalogue at the next start."""
    shutil.copytree(template / "profile", tmp_path / "profile")
    for file in (tmp_path / "profile" / "indexes").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage")
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        assert library.stats()["spaces"]["look"]["vectors"] == PHOTOS
        request = SimilarRequest(files=(template / "media" / "photos" / "photo 1.jpg",), k=50)
        assert not library.similar(request).hits  # opening doesn't wait for the indexes
        assert not library.prepared
        for _progress in library.prepare_indexes():
            assert "being prepared" in " ".join(library.similar(request).notes) or not _progress.total
        assert library.prepared
        assert not library.similar(request).notes
        assert len(library.similar(request).hits) == PHOTOS - 1


def test_paused_root_is_left_alone(library: Library, media: Path) -> None:
    (root,) = library.roots()
    assert library.set_root_paused(root.id, True).roots
    write_photo(media / "photos" / "new.jpg", picture(60))
    assert indexed(library).added == 0
    library.set_root_paused(root.id, False)
    assert indexed(library).added == 1


def test_samples_are_made_once_cancelled_or_not(library: Library) -> None:
    control = RunControl()
    steps = library.add_samples(control=control)
    next(steps)
    control.cancel()
    for _progress in steps:
        pass
    assert library.profile.samples_dir.is_dir()
    assert len(library.roots()) == 1


def test_settings_are_saved(library: Library) -> None:
    from dataclasses import replace

    library.change_settings(replace(library.settings, workers=1, theme="dark"))
    assert "dark" in library.profile.settings_path.read_text("utf-8")


def test_export_has_one_row_per_item(library: Library, tmp_path: Path) -> None:
    import json

    import pyarrow.parquet as pq

    assert library.export(tmp_path / "all.parquet") == PHOTOS + TRACKS
    table = pq.read_table(tmp_path / "all.parquet")
    assert {"id", "path", "kind", "state", "rating", "tags", "content_hash", "vector_look"} <= set(table.column_names)
    assert library.export(tmp_path / "all.json") == PHOTOS + TRACKS
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))) == PHOTOS + TRACKS
    with pytest.raises(KnownError):
        library.export(tmp_path / "none" / "all.json")
    with pytest.raises(UsageError):
        library.export(tmp_path / "all.csv")


def test_locked_library_says_so(library: Library) -> None:
    with pytest.raises(LibraryUnavailableError) as caught:
        Library.open(library.profile)
    assert caught.value.exit_code == 4


def test_profile_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryUnavailableError):
        Library.open(Profile.at(tmp_path / "file" / "profile"))


def test_damaged_settings_are_said(tmp_path: Path) -> None:
    profile = Profile.at(tmp_path / "p")
    profile.make()
    profile.settings_path.write_text("= nonsense", "utf-8")
    with Library.open(profile) as library:
        assert "settings" in library.notices[0].text


@pytest.mark.skipif(sys.platform == "win32", reason="paths of Unix")
def test_a_hostile_playlist_reaches_nothing(library: Library, media: Path, tmp_path: Path) -> None:
    """Only what is in the library is taken over; nothing else is opened, run or called."""
    (tmp_path / "secret.mp3").write_bytes(b"secret")
    os.mkfifo(tmp_path / "pipe.mp3")
    (media / "link").symlink_to(media / "music", target_is_directory=True)
    entries = [
        "/etc/passwd", "../../../../../../etc/passwd", str(tmp_path / "secret.mp3"), str(tmp_path / "pipe.mp3"),
        "//evil.example/share/x.mp3", "\\\\evil.example\\share\\x.mp3", "file://evil.example/share/x.mp3",
        "http://evil.example/x.mp3", "javascript:alert(1)", "/net/evil.example/x.mp3", "/dev/zero", "/proc/self/mem",
        "a\0b.mp3", "x" * 5_000, "|rm -rf ~", "$(touch /tmp/x)", "%00", "~root/x.mp3",
        str(media / "music" / "track 0.wav"), "media/link/track 1.wav", "media/photos/photo 0.jpg",
    ]  # fmt: skip
    source = tmp_path / "list.m3u8"
    source.write_text("\n".join(entries))
    opened: list[str] = []
    watching = [True]

    def note(event: str, details: tuple[object, ...]) -> None:
        if watching and (event.startswith(("socket.", "subprocess.", "os.exec", "os.system"))):
            opened.append(event)
        elif watching and event == "open" and str(details[0]) in map(str, (*entries, tmp_path / "pipe.mp3")):
            opened.append(str(details[0]))

    sys.addaudithook(note)
    try:
        _change, imported = library.save_read_playlist(library.read_playlist(source))
    finally:
        watching.clear()
    assert opened == []
    assert (imported.tracks, len(imported.missing)) == (2, len(entries) - 3)
