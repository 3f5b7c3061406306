"""The window's door to the engine, over a real library on its own thread."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures.command_line import index_folder
from fixtures.folder_trash import FolderTrash
from fixtures.media import picture, write_photo
from fixtures.small_library import PHOTOS, TRACKS, write_small_library
from pytestqt.qtbot import QtBot

from desktop_app.cli.session import answer_request
from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.kinds import ScopeKind
from desktop_app.domain.notices import JobError
from desktop_app.domain.playlists import ExportOptions, PlaylistRequest
from desktop_app.domain.progress import Phase
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.api import EngineClient
from desktop_app.engine.library import Library
from desktop_app.engine.request_server import ask, hand_over
from desktop_app.engine.runtime import QtTrash
from desktop_app.errors import KnownError, LibraryUnavailableError
from desktop_app.paths import Profile

WAIT = 30_000
EVERYTHING = Listing(Scope(ScopeKind.ALL))


class Heard:
    """Every signal of a client in the order in which it came."""

    def __init__(self, client: EngineClient, bot: QtBot) -> None:
        self._bot = bot
        self.answers: dict[int, tuple[str, Any]] = {}
        self.order: list[tuple[str, Any]] = []
        for name in ("listing", "rows", "detail", "tree", "similar", "playlist", "waveform", "preview", "health"):
            getattr(client, f"{name}_ready").connect(lambda i, payload, name=name: self._answer(name, i, payload))
        client.done.connect(lambda i, payload: self._answer("done", i, payload))
        client.playlist_imported.connect(lambda i, payload: self._answer("playlist_imported", i, payload))
        client.failed.connect(lambda i, payload: self._answer("failed", i, payload))
        for name in ("items_changed", "progress_changed", "run_finished", "notified", "files_received"):
            getattr(client, name).connect(lambda payload, name=name: self.order.append((name, payload)))
        client.undo_changed.connect(lambda undo, redo: self.order.append(("undo_changed", (undo, redo))))

    def _answer(self, name: str, identity: int, payload: Any) -> None:
        assert identity not in self.answers
        self.answers[identity] = (name, payload)

    def answer(self, identity: int, name: str) -> Any:
        self._bot.waitUntil(lambda: identity in self.answers, timeout=WAIT)
        assert self.answers[identity][0] == name, self.answers[identity]
        return self.answers[identity][1]

    def all(self, name: str) -> list[Any]:
        return [payload for heard, payload in self.order if heard == name]

    def wait(self, name: str, count: int = 1) -> Any:
        self._bot.waitUntil(lambda: len(self.all(name)) >= count, timeout=WAIT)
        return self.all(name)[count - 1]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    write_small_library(folder / "media")
    index_folder(folder / "media", folder / "profile")
    return folder


def open_with_one_worker(profile: Profile) -> Library:
    library = Library.open(profile, jobs=1)
    library.trash_port = FolderTrash(profile.directory.parent / "trash")
    return library


@pytest.fixture
def media(template: Path, tmp_path: Path) -> Path:
    """A copy of the media, and of the profile whose root it is."""
    shutil.copytree(template / "media", tmp_path / "media")
    shutil.copytree(template / "profile", tmp_path / "profile")
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        library.catalog.relocate_root(library.roots()[0].id, tmp_path / "media")
    return tmp_path / "media"


@contextmanager
def started(client: EngineClient) -> Iterator[EngineClient]:
    """Shut down also where the test fails: a thread that is destroyed while it runs ends the interpreter."""
    client.start()
    try:
        yield client
    finally:
        client.shut_down()


@pytest.fixture
def client(media: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[EngineClient]:
    """Open, with nothing going on in the background."""
    made = EngineClient(Profile.at(tmp_path / "profile"), open_library=open_with_one_worker, background=False)
    with qtbot.waitSignal(made.opened, timeout=WAIT):
        made.start()
    yield made
    made.shut_down()


@pytest.fixture
def heard(client: EngineClient, qtbot: QtBot) -> Heard:
    return Heard(client, qtbot)


def test_reads(client: EngineClient, heard: Heard, media: Path) -> None:
    listing = heard.answer(client.list_items(EVERYTHING), "listing")
    assert len(listing.ids) == PHOTOS + TRACKS
    ids = [int(number) for number in listing.ids]
    rows = heard.answer(client.fetch_rows(ids), "rows")
    assert [row.id for row in rows] == ids
    track = next(row for row in rows if row.path.suffix == ".wav")
    photo = next(row for row in rows if row.path.suffix == ".jpg")
    assert heard.answer(client.fetch_detail(photo.id), "detail").row.id == photo.id
    assert heard.answer(client.fetch_tree(), "tree").photos == PHOTOS
    reply = heard.answer(client.find_similar(SimilarRequest(items=(photo.id,), k=3)), "similar")
    assert len(reply.hits) == 3
    built = heard.answer(client.build_playlist(PlaylistRequest(seeds=(track.id,), length=2)), "playlist")
    assert len(built.tracks) == 2
    assert heard.answer(client.fetch_waveform(track.id), "waveform").peaks
    assert heard.answer(client.fetch_preview(photo.id, 64), "preview").width <= 64
    assert heard.answer(client.fetch_preview(media / "photos" / "photo 1.jpg", 64), "preview").height <= 64
    assert heard.answer(client.fetch_health(), "health").items == PHOTOS + TRACKS
    assert client.thumbnail_path(photo.content_hash or "").is_file()


def test_known_errors_and_bugs_come_back(client: EngineClient, heard: Heard, tmp_path: Path) -> None:
    error: JobError = heard.answer(client.fetch_detail(10_000), "failed")
    assert error.text and not error.is_bug
    assert not heard.answer(client.undo(), "failed").is_bug
    assert not heard.answer(client.list_items(Listing(Scope(ScopeKind.ALL), "rating:>>")), "failed").is_bug
    assert not heard.answer(client.find_similar(SimilarRequest(files=(tmp_path / "none.jpg",))), "failed").is_bug
    bug: JobError = heard.answer(client.fetch_rows(["no id"]), "failed")  # type: ignore[list-item]
    assert bug.is_bug and "Traceback" in bug.report


def test_later_requests_of_a_channel_supersede_earlier_ones(client: EngineClient, heard: Heard, qtbot: QtBot) -> None:
    first = client.list_items(EVERYTHING)
    second = client.list_items(Listing(Scope(ScopeKind.PHOTOS)))
    other = client.list_items(EVERYTHING, channel="picker")
    assert len(heard.answer(second, "listing").ids) == PHOTOS
    heard.answer(other, "listing")
    heard.answer(client.fetch_tree(), "tree")
    assert first not in heard.answers


def test_edits_tell_what_changed(client: EngineClient, heard: Heard, media: Path, tmp_path: Path) -> None:
    listing = heard.answer(client.list_items(EVERYTHING), "listing")
    rows = heard.answer(client.fetch_rows([int(number) for number in listing.ids]), "rows")
    photo = next(row.id for row in rows if row.path.suffix == ".jpg")
    tracks = [row.id for row in rows if row.path.suffix == ".wav"]
    change: ChangeSet = heard.answer(client.rate([photo], 3), "done")
    assert (change.items, change.undo) == ({photo}, "Rate 1 Photo")
    assert heard.wait("items_changed") == change
    assert heard.wait("undo_changed") == ("Rate 1 Photo", "")
    heard.answer(client.tag([photo], ["sea"]), "done")
    assert heard.answer(client.fetch_detail(photo), "detail").tags == ("sea",)
    heard.answer(client.undo(), "done")
    heard.answer(client.redo(), "done")
    assert heard.answer(client.save_playlist("One", tracks[:1]), "done").playlists
    (info,) = heard.answer(client.fetch_tree(), "tree").playlists
    heard.answer(client.add_to_playlist(info.id, tracks[1:]), "done")
    heard.answer(client.reorder_playlist(info.id, tracks[::-1]), "done")
    heard.answer(client.rename_playlist(info.id, "Two"), "done")
    heard.answer(client.export_playlist(info.id, tmp_path / "two.xspf", ExportOptions()), "done")
    heard.answer(client.export_tracks(tracks, tmp_path / "three.m3u8", ExportOptions(relative=True)), "done")
    imported = heard.answer(client.import_playlist(tmp_path / "two.xspf"), "playlist_imported")
    assert (imported.name, imported.tracks) == ("two 2", len(tracks))
    heard.answer(client.delete_playlist(info.id), "done")
    path = heard.answer(client.fetch_detail(photo), "detail").row.path
    heard.answer(client.trash([photo]), "done")
    assert not path.exists()
    heard.answer(client.undo(), "done")
    assert path.exists()
    assert heard.answer(client.remove_items([photo]), "done").membership


def test_folders_are_added_indexed_paused_and_removed(
    client: EngineClient, heard: Heard, media: Path, tmp_path: Path
) -> None:
    for seed in range(3):
        write_photo(tmp_path / "more" / f"{seed}.jpg", picture(100 + seed))
    assert heard.answer(client.add_folders([tmp_path / "more"]), "done").roots
    assert heard.wait("run_finished").added == 3
    phases = {progress.phase for progress in heard.all("progress_changed")}
    assert {Phase.READING, Phase.IDLE} <= phases
    assert any(change.membership for change in heard.all("items_changed"))
    assert not heard.answer(client.add_folders([tmp_path / "nowhere"]), "failed").is_bug
    root = next(r for r in heard.answer(client.fetch_tree(), "tree").roots if r.path == tmp_path / "more")
    heard.answer(client.set_folder_paused(root.id, True), "done")
    heard.answer(client.set_folder_paused(root.id, False), "done")
    heard.wait("run_finished", 2)
    heard.answer(client.rescan(), "done")
    assert heard.wait("run_finished", 3).unchanged == PHOTOS + TRACKS + 3
    heard.answer(client.remove_folder(tmp_path / "more"), "done")
    assert heard.answer(client.fetch_health(), "health").items == PHOTOS + TRACKS


def test_problems_are_tried_again(client: EngineClient, heard: Heard, media: Path) -> None:
    bad = media / "photos" / "bad.jpg"
    bad.write_bytes(b"no picture")
    client.rescan()
    assert heard.wait("run_finished").problems == 1
    write_photo(bad, picture(9))
    heard.answer(client.retry_problems(), "done")
    heard.wait("run_finished", 2)
    assert heard.answer(client.fetch_tree(), "tree").problems == 0


def test_runs_pause_go_on_and_are_cancelled(client: EngineClient, heard: Heard, tmp_path: Path, qtbot: QtBot) -> None:
    for seed in range(4):
        write_photo(tmp_path / "more" / f"{seed}.jpg", picture(200 + seed))
    client.pause_indexing()
    heard.answer(client.add_folders([tmp_path / "more"]), "done")
    heard.answer(client.fetch_tree(), "tree")
    assert heard.all("run_finished") == []
    client.prefer([1])
    client.resume_indexing()
    assert heard.wait("run_finished").added == 4
    client.pause_indexing()
    heard.answer(client.rescan(), "done")
    client.cancel_indexing()
    assert heard.wait("run_finished", 2).cancelled


def test_lost_thumbnails_are_remade(client: EngineClient, heard: Heard, qtbot: QtBot) -> None:
    listing = heard.answer(client.list_items(Listing(Scope(ScopeKind.PHOTOS))), "listing")
    (row,) = heard.answer(client.fetch_rows([int(listing.ids[0])]), "rows")
    path = client.thumbnail_path(row.content_hash)
    path.unlink()
    client.refresh_thumbnails([row.id])
    qtbot.waitUntil(path.exists, timeout=WAIT)
    qtbot.waitUntil(lambda: any(row.id in change.items for change in heard.all("items_changed")), timeout=WAIT)


def test_settings_are_changed_and_kept(client: EngineClient, heard: Heard, tmp_path: Path) -> None:
    from dataclasses import replace

    client.change_settings(lambda settings: replace(settings, theme="dark"))
    assert client.settings.theme == "dark"
    heard.answer(client.rescan(), "done")
    assert EngineClient(Profile.at(tmp_path / "profile")).settings.theme == "dark"


def test_background_rescans_watches_and_computes_waveforms(media: Path, tmp_path: Path, qtbot: QtBot) -> None:
    client = EngineClient(Profile.at(tmp_path / "profile"), open_library=open_with_one_worker)
    heard = Heard(client, qtbot)
    early = client.list_items(EVERYTHING)
    with started(client):
        assert len(heard.answer(early, "listing").ids) == PHOTOS + TRACKS
        assert heard.wait("run_finished").unchanged == PHOTOS + TRACKS
        write_photo(media / "photos" / "late.jpg", picture(300))
        qtbot.waitUntil(
            lambda: any(change.membership and change.items for change in heard.all("items_changed")), timeout=WAIT
        )
        qtbot.waitUntil(lambda: Phase.IDLE_WORK in {p.phase for p in heard.all("progress_changed")}, timeout=WAIT)
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        assert library.find("late", 1)[0] == 1


def test_shutting_down_in_the_middle_of_a_run(media: Path, tmp_path: Path, qtbot: QtBot) -> None:
    for seed in range(12):
        write_photo(tmp_path / "more" / f"{seed}.jpg", picture(seed, (1200, 900)))
    client = EngineClient(Profile.at(tmp_path / "profile"), open_library=open_with_one_worker, background=False)
    heard = Heard(client, qtbot)
    with started(client):
        client.add_folders([tmp_path / "more"])
        heard.wait("progress_changed")
        with qtbot.waitSignal(client.closed, timeout=WAIT):
            client.shut_down()
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        assert library.doctor(repair=False)["ok"]


def test_a_library_that_cannot_open_says_why(profile: Profile, qtbot: QtBot) -> None:
    def fail(_profile: Profile) -> Library:
        raise LibraryUnavailableError("The library is newer than this program.")

    client = EngineClient(profile, open_library=fail)
    heard = Heard(client, qtbot)
    with qtbot.waitSignal(client.open_failed, timeout=WAIT) as caught:
        client.start()
    assert caught.args[0] == JobError("The library is newer than this program.")
    assert heard.answer(client.fetch_tree(), "failed").text == "The library is newer than this program."
    client.pause_indexing()
    client.shut_down()


def test_opens_by_itself(profile: Profile, qtbot: QtBot) -> None:
    client = EngineClient(profile)
    heard = Heard(client, qtbot)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.start()
    assert heard.wait("run_finished").seen == 0
    client.shut_down()


def test_second_start_and_command_line_beside_the_window(media: Path, tmp_path: Path, qtbot: QtBot) -> None:
    profile = Profile.at(tmp_path / "profile")
    client = EngineClient(profile, handler=answer_request, open_library=open_with_one_worker)
    heard = Heard(client, qtbot)
    with started(client), ThreadPoolExecutor(1) as other:
        heard.wait("run_finished")
        assert other.submit(hand_over, profile.window_socket, [media / "photos" / "photo 1.jpg"]).result(30)
        assert heard.wait("files_received") == (media / "photos" / "photo 1.jpg",)
        words = ["rate", "5", "photo 1.jpg", "--json"]
        reply = other.submit(ask, profile.socket_path, words, media / "photos", lambda _progress: None).result(30)
        assert reply is not None and (reply.code, reply.error) == (0, "")
        assert heard.wait("items_changed").items
        assert heard.wait("undo_changed")[0] == "Rate 1 Photo"
    assert not hand_over(profile.window_socket, [])


@pytest.mark.parametrize("closed", [False, True])
def test_a_second_start_while_the_library_is_being_opened(
    profile: Profile, tmp_path: Path, qtbot: QtBot, closed: bool
) -> None:
    """A slow share, or a backup before an update: the window comes forward at once; one that closes takes no files."""
    begun, on = threading.Event(), threading.Event()

    def slowly(wanted: Profile) -> Library:
        begun.set()
        assert on.wait(60)
        return open_with_one_worker(wanted)

    def refused_at_last() -> bool:
        end = time.monotonic() + 30
        while taken := hand_over(profile.window_address, [tmp_path]):
            if time.monotonic() > end:
                break
        on.set()
        return not taken

    client = EngineClient(profile, handler=answer_request, open_library=slowly)
    heard = Heard(client, qtbot)
    with started(client), ThreadPoolExecutor(1) as other:
        assert begun.wait(30)
        given = other.submit(hand_over, profile.window_address, [tmp_path]).result(30)
        if closed:
            refused = other.submit(refused_at_last)
            client.shut_down()
            assert given and refused.result(30)
            return
        on.set()
        assert given and heard.wait("files_received") == (tmp_path,)
        assert heard.answer(client.fetch_tree(), "tree")


def test_a_second_start_while_the_library_is_damaged(media: Path, tmp_path: Path, qtbot: QtBot) -> None:
    """It brings the window forward, which shows what can be done; the command line goes by itself."""
    profile = Profile.at(tmp_path / "profile")
    profile.make()
    profile.catalog_path.write_bytes(b"damaged" * 4096)
    client = EngineClient(profile, handler=answer_request, open_library=open_with_one_worker)
    heard = Heard(client, qtbot)
    with qtbot.waitSignal(client.open_failed, timeout=WAIT):
        client.start()
    with ThreadPoolExecutor(1) as other:
        assert other.submit(hand_over, profile.window_address, [media]).result(30)
        assert heard.wait("files_received") == (media,)
        assert other.submit(ask, profile.address, ["stats"], media, lambda _progress: None).result(30) is None
    client.shut_down()
    assert not hand_over(profile.window_address, []) and not profile.window_address_path.exists()


def test_sample_library(profile: Profile, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortened to two files."""
    from desktop_app.engine.samples import make

    every = list(make.samples())
    monkeypatch.setattr(make, "samples", lambda: iter([every[0], every[-1]]))
    client = EngineClient(profile, open_library=open_with_one_worker, background=False)
    heard = Heard(client, qtbot)
    with started(client):
        heard.answer(client.add_sample_library(), "done")
        report = heard.wait("run_finished")
    assert (report.photos, report.tracks) == (1, 1)


def test_the_systems_trash_gives_files_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"original")
    trash = QtTrash()
    place = trash.move(path)
    assert not path.exists() and place.read_bytes() == b"original"
    trash.restore(place, path)
    assert path.read_bytes() == b"original"
    assert not list((tmp_path / "data").rglob("*.trashinfo"))
    with pytest.raises(KnownError):
        trash.move(tmp_path / "none.jpg")
