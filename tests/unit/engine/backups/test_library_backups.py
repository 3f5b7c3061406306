"""The backups that an open library makes by itself."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app.domain.backups import Reason
from desktop_app.domain.notices import Notice, Tone
from desktop_app.engine.backups import library_backups
from desktop_app.engine.backups.library_backups import LibraryBackups
from desktop_app.engine.catalog import Catalog
from desktop_app.errors import StorageFullError
from desktop_app.paths import Profile


@pytest.fixture
def backups(filled: Catalog, profile: Profile) -> Iterator[LibraryBackups]:
    made = LibraryBackups(profile, filled)
    yield made
    made.close()


def wait_for(event: threading.Event) -> None:
    assert event.wait(20)


def test_one_a_day(backups: LibraryBackups, monkeypatch: pytest.MonkeyPatch) -> None:
    first = backups.make_daily()
    assert first is not None and first.reason is Reason.DAILY
    assert backups.make_daily() is None
    tomorrow = time.time() + 86_400
    monkeypatch.setattr(library_backups.time, "time", lambda: tomorrow)
    assert backups.make_daily() is not None


def test_an_empty_library_needs_none(profile: Profile) -> None:
    with Catalog.open(profile.catalog_path) as catalog:
        backups = LibraryBackups(profile, catalog)
        assert backups.make_daily() is None
        catalog.save_playlist("Mine", [])
        assert backups.make_daily() is not None


def test_made_on_a_thread_of_its_own(backups: LibraryBackups, monkeypatch: pytest.MonkeyPatch) -> None:
    made, threads = threading.Event(), []
    daily = backups.make_daily

    def note() -> None:
        threads.append(threading.current_thread().name)
        daily()
        made.set()

    monkeypatch.setattr(backups, "make_daily", note)
    backups.start()
    backups.start()
    wait_for(made)
    backups.close()
    assert threads == ["akin-backup"]
    assert [each.reason for each in backups.listing()] == [Reason.DAILY]
    backups.start()  # closed: nothing any more
    assert len(threads) == 1


def test_a_failure_is_told(backups: LibraryBackups, monkeypatch: pytest.MonkeyPatch) -> None:
    told, notices = threading.Event(), []

    def full(*_: object, **__: object) -> None:
        raise StorageFullError("The disk is full.")

    def listen(notice: Notice) -> None:
        notices.append(notice)
        told.set()

    backups.on_notice = listen
    monkeypatch.setattr(library_backups, "make_backup", full)
    backups.start()
    wait_for(told)
    assert notices == [Notice("Today’s backup could not be made. The disk is full.", Tone.WARNING)]


def test_nothing_is_tidied_while_another_backup_is_made(
    backups: LibraryBackups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back Up Now waits for the daily one, and begins as soon as that has ended."""
    tidied, writing, threads = threading.Event(), threading.Event(), []
    make, tidy = library_backups.make_backup, library_backups.tidy

    def making(*arguments: object, **named: object) -> object:
        if named["reason"] is Reason.ASKED:
            writing.set()
            assert tidied.wait(20)
        else:
            threads[0].start()
        return make(*arguments, **named)  # type: ignore[arg-type]

    def tidying(*arguments: object) -> object:
        alone = not writing.wait(0.2)
        found = tidy(*arguments)  # type: ignore[arg-type]
        tidied.set()
        assert alone
        return found

    monkeypatch.setattr(library_backups, "make_backup", making)
    monkeypatch.setattr(library_backups, "tidy", tidying)
    threads.append(threading.Thread(target=backups.make))
    backups.make_daily()
    threads[0].join(20)
    assert {each.reason for each in backups.listing()} == {Reason.DAILY, Reason.ASKED}


def test_closing_gives_up_what_is_being_made(
    backups: LibraryBackups, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, let_go = threading.Event(), threading.Event()
    make = library_backups.make_backup

    def slow(*arguments: object, **named: object) -> object:
        begun.set()
        wait_for(let_go)
        return make(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(library_backups, "make_backup", slow)
    backups.start()
    wait_for(begun)
    closing = threading.Thread(target=backups.close)
    closing.start()
    let_go.set()
    closing.join(20)
    assert not closing.is_alive() and not list(profile.backup_dir.iterdir())


def test_what_was_set_aside_is_brought_to_the_backups_once_the_library_is_open(
    backups: LibraryBackups, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside everything else, after the daily backup."""
    aside = profile.directory / "catalog-damaged-20260101-000000.duckdb"
    aside.write_bytes(b"old")
    brought = threading.Event()
    bring = library_backups.bring_to_backups

    def note(*arguments: Any) -> None:
        assert [each.reason for each in backups.listing()] == [Reason.DAILY]
        bring(*arguments)
        brought.set()

    monkeypatch.setattr(library_backups, "bring_to_backups", note)
    backups.start()
    wait_for(brought)
    assert not aside.exists() and (profile.backup_dir / aside.name).read_bytes() == b"old"


def test_closing_gives_up_what_is_being_brought_to_another_disk(
    backups: LibraryBackups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is copied any more when others may have the library; backups don't wait for it."""
    begun, ended = threading.Event(), threading.Event()

    def slow(_path: Path, _folder: Path, stopped: Callable[[], bool]) -> None:
        begun.set()
        while not stopped():
            pass
        ended.set()

    monkeypatch.setattr(library_backups, "bring_to_backups", slow)
    backups.start()
    wait_for(begun)
    backups.make()
    assert not ended.is_set()
    backups.close()
    assert ended.is_set()
