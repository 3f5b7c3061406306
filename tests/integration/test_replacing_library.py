"""While another library is put in the place of the one that is open: nothing is waited for that takes minutes, and no
edit is lost in the one or lands in the other."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fixtures.filled_catalog import fill
from pytestqt.qtbot import QtBot

from desktop_app.domain.backups import Backup, Restored
from desktop_app.domain.ids import ItemId
from desktop_app.engine.api import BEING_RESTORED, RESTORED_MEANWHILE, EngineClient
from desktop_app.engine.backups import restoring
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.collection import CollectionExchange, OnProgress
from desktop_app.engine.library import Library
from desktop_app.errors import LibraryClosedError
from desktop_app.paths import Profile

WAIT = 30_000
ITEM = ItemId(1)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile.at(tmp_path / "profile")
    made.make()
    with Library.open(made, jobs=1) as library:
        fill(library.catalog, tmp_path / "media")
    return made


@pytest.fixture
def backup(profile: Profile) -> Backup:
    """The item has two stars in it."""
    with Library.open(profile, jobs=1) as library:
        library.rate([ITEM], 2)
        return library.backups.make()


class Heard:
    def __init__(self, client: EngineClient, bot: QtBot) -> None:
        self._bot = bot
        self.answers: dict[int, tuple[str, Any]] = {}
        for name in ("done", "failed", "replaced", "exported", "examined", "imported"):
            getattr(client, name).connect(lambda i, payload, name=name: self.answers.update({i: (name, payload)}))

    def answer(self, request: int) -> tuple[str, Any]:
        self._bot.waitUntil(lambda: request in self.answers, timeout=WAIT)
        return self.answers[request]

    def refusal(self, request: int) -> str:
        name, error = self.answer(request)
        assert name == "failed" and not error.is_bug, (name, error)
        return error.text


@pytest.fixture
def client(profile: Profile, backup: Backup, qtbot: QtBot) -> Iterator[EngineClient]:
    made = EngineClient(profile, background=False)
    with qtbot.waitSignal(made.opened, timeout=WAIT):
        made.start()
    yield made
    made.shut_down()


@pytest.fixture
def heard(client: EngineClient, qtbot: QtBot) -> Heard:
    return Heard(client, qtbot)


def rating(profile: Profile) -> int:
    with Library.open(profile, jobs=1) as library:
        return library.rows([ITEM])[0].rating


def hold_the_engine(client: EngineClient) -> threading.Event:
    """Its thread is at an edit until this is set."""
    held, free = threading.Event(), threading.Event()
    loop = client._runtime.loop
    assert loop is not None
    loop.submit(lambda _library: (held.set(), free.wait(WAIT / 1000)))
    assert held.wait(WAIT / 1000)
    return free


def test_an_export_gives_up_when_a_backup_is_restored(
    client: EngineClient, heard: Heard, backup: Backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB would wait on the engine's thread until the last row is read."""
    begun = threading.Event()

    def export(self: CollectionExchange, target: Path, on_progress: OnProgress) -> int:
        with self._catalog.database.snapshot():
            for _rows in self._catalog.database.batches("SELECT * FROM range(1000000000000)", 1000):
                begun.set()
        return 0

    monkeypatch.setattr(CollectionExchange, "export", export)
    exporting = client.export_collection(tmp_path / "all.json")
    assert begun.wait(WAIT / 1000)
    restoring_it = client.restore(backup.path)
    assert heard.answer(restoring_it)[0] == "replaced"
    assert heard.refusal(exporting) == str(LibraryClosedError())


def test_checks_give_up_in_the_middle_of_a_long_statement(
    client: EngineClient, heard: Heard, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And don't take it for damage."""
    begun, run = threading.Event(), Database.run

    def long_run(self: Database, sql: str, parameters: Sequence[object] = ()) -> None:
        if sql.startswith("SELECT bit_xor") and threading.current_thread().name == "akin-beside":
            begun.set()
            sql = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3"
        run(self, sql, parameters)

    monkeypatch.setattr(Database, "run", long_run)
    checking = client.examine(repair=False)
    assert begun.wait(WAIT / 1000)
    replaced = client.restore(backup.path)
    assert heard.answer(replaced)[0] == "replaced"
    assert heard.refusal(checking) == str(LibraryClosedError())


def test_edits_that_wait_are_carried_out_before_the_library_is_replaced(
    client: EngineClient, heard: Heard, backup: Backup, profile: Profile, qtbot: QtBot
) -> None:
    free = hold_the_engine(client)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        rated, replaced = client.rate([ITEM], 5), client.restore(backup.path)
        free.set()
    assert heard.answer(rated)[0] == "done"
    name, restored = heard.answer(replaced)
    assert name == "replaced" and isinstance(restored, Restored) and restored.previous is not None
    heard.answer(client.restore(restored.previous))
    client.shut_down()
    assert rating(profile) == 5, "it is in the library that was there, and in no other"


def test_edits_that_wait_are_carried_out_before_the_library_is_closed(client: EngineClient, profile: Profile) -> None:
    free = hold_the_engine(client)
    client.rate([ITEM], 5)
    closing = threading.Timer(0.2, free.set)
    closing.start()
    client.shut_down()
    assert rating(profile) == 5


def test_nothing_is_changed_while_a_backup_is_restored(
    client: EngineClient, heard: Heard, backup: Backup, profile: Profile, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It would be lost with the one library, or appear in the other."""
    begun, free, real = threading.Event(), threading.Event(), restoring.restore

    def held(*given: Any, **more: Any) -> Restored:
        begun.set()
        assert free.wait(WAIT / 1000)
        return real(*given, **more)

    monkeypatch.setattr(restoring, "restore", held)
    first = client.restore(backup.path)
    early = client.rate([ITEM], 5)
    assert begun.wait(WAIT / 1000)
    refused = [
        early,
        client.rate([ITEM], 5),
        client.restore(backup.path),
        client.back_up(),
        client.examine(repair=True),
        client.export_collection(tmp_path / "all.json"),
    ]
    for request in refused:
        assert heard.refusal(request) == BEING_RESTORED
    assert first not in heard.answers
    free.set()
    assert heard.answer(first)[0] == "replaced"
    client.shut_down()
    assert rating(profile) == 2


def test_what_was_begun_for_the_one_library_is_not_written_to_the_other(
    client: EngineClient, heard: Heard, backup: Backup, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    begun, free = threading.Event(), threading.Event()

    def read(self: CollectionExchange, source: Path, on_progress: OnProgress) -> None:
        begun.set()
        assert free.wait(WAIT / 1000)

    monkeypatch.setattr(CollectionExchange, "read", read)
    importing = client.import_collection(tmp_path / "all.json")
    assert begun.wait(WAIT / 1000)
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        client.restore(backup.path)
    free.set()
    assert heard.refusal(importing) == RESTORED_MEANWHILE


def test_a_fault_of_the_one_that_gives_way_opens_the_restored_one_no_second_time(
    client: EngineClient, heard: Heard, backup: Backup, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """It may be told late, as the broken one is closed."""
    broken, real, said = client._runtime.library, restoring.restore, list[str]()
    assert broken is not None

    def restore(*given: Any, **more: Any) -> Restored:
        broken.catalog.database.on_stopped()
        return real(*given, **more)

    monkeypatch.setattr(restoring, "restore", restore)
    client._runtime.closing.connect(lambda: said.append("closing"))
    client.notified.connect(lambda notice: said.append(notice.text))
    with qtbot.waitSignal(client.opened, timeout=WAIT):
        replaced = client.restore(backup.path)
    assert heard.answer(replaced)[0] == "replaced"
    assert heard.answer(client.rate([ITEM], 3))[0] == "done" and not said


def test_edits_are_taken_again_when_the_library_is_back(
    client: EngineClient, heard: Heard, backup: Backup, profile: Profile, qtbot: QtBot
) -> None:
    for stars, source in ((3, backup.path), (4, backup.path.with_name("gone.zip"))):
        with qtbot.waitSignal(client.opened, timeout=WAIT):
            client.restore(source)
        assert heard.answer(client.rate([ITEM], stars))[0] == "done"
    client.shut_down()
    assert rating(profile) == 4


def test_a_restore_that_is_asked_for_while_the_library_is_being_opened(
    profile: Profile, backup: Backup, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told of the one that gives way ends nothing: edits are refused until the restored one is there."""
    opening, go, begun, free = (threading.Event() for _ in range(4))
    real = restoring.restore

    def slow(profile: Profile) -> Library:
        if not opening.is_set():
            opening.set()
            assert go.wait(WAIT / 1000)
        return Library.open(profile, jobs=1)

    def held(*given: Any, **more: Any) -> Restored:
        begun.set()
        assert free.wait(WAIT / 1000)
        return real(*given, **more)

    monkeypatch.setattr(restoring, "restore", held)
    client = EngineClient(profile, open_library=slow, background=False)
    opened: list[bool] = []
    client.opened.connect(lambda: opened.append(True))
    heard = Heard(client, qtbot)
    try:
        client.start()
        assert opening.wait(WAIT / 1000)
        asked = client.restore(backup.path)
        go.set()
        assert begun.wait(WAIT / 1000)
        for _ in range(2):
            assert heard.refusal(client.rate([ITEM], 5)) == BEING_RESTORED
        assert not opened
        free.set()
        assert heard.answer(asked)[0] == "replaced"
        qtbot.waitUntil(lambda: opened == [True], timeout=WAIT)
        assert heard.answer(client.rate([ITEM], 4))[0] == "done"
    finally:
        for each in (go, free):
            each.set()
        client.shut_down()
    assert rating(profile) == 4
