"""File ▸ Library in the real window: backing up, restoring, exporting, and a library that is damaged."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fixtures.opened_window import PATIENCE, copied_profile, index_small_library, opened_window
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from desktop_app.domain.backups import Backup, Reason, Restored
from desktop_app.domain.collection import Merged
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.notices import Notice, Tone
from desktop_app.engine.api import EngineClient
from desktop_app.engine.backups import restoring
from desktop_app.engine.library import Library
from desktop_app.paths import Profile
from desktop_app.ui import library_commands
from desktop_app.ui.dialogs.backups import DamagedDialog, RestoreDialog, contents_text
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.library_commands import merged_text
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.views.grid_cells import star_at


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with one backup: the first photo has four stars."""
    folder = tmp_path_factory.mktemp("library")
    _media, profile = index_small_library(folder)
    with Library.open(Profile.at(profile), jobs=1) as library:
        library.rate([1], 4)
        library.backups.make()
    return profile


@pytest.fixture
def profile(made: Path, tmp_path: Path) -> Profile:
    return copied_profile(made, tmp_path / "profile")


@pytest.fixture
def window(qtbot: QtBot, profile: Profile) -> Iterator[MainWindow]:
    with opened_window(qtbot, profile) as opened:
        yield opened


def trigger(window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()


def said(window: MainWindow) -> str:
    return " ".join(window.banners.texts).replace("\u00a0", " ")


def rating(profile: Profile) -> int:
    with Library.open(profile, jobs=1) as library:
        return library.rows([1])[0].rating


def shown_rating(qtbot: QtBot, client: EngineClient, item: int = 1) -> int:
    """Of one item; others ask for rows, too."""
    answers: dict[int, int] = {}

    def note(request: int, rows: list[ItemRow]) -> None:
        for row in rows:
            if row.id == item:
                answers[request] = row.rating

    client.rows_ready.connect(note)
    asked = client.fetch_rows([ItemId(item)])
    qtbot.waitUntil(lambda: asked in answers, timeout=PATIENCE)
    client.rows_ready.disconnect(note)
    return answers[asked]


Shown = TypeVar("Shown", bound=QDialog)


def dialog_of(qtbot: QtBot, window: MainWindow, kind: type[Shown]) -> Shown:
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(kind)), timeout=PATIENCE)
    return next(each for each in window.findChildren(kind) if each.isVisible())


def test_backing_up_now(qtbot: QtBot, window: MainWindow, profile: Profile) -> None:
    before = len(list(profile.backup_dir.iterdir()))
    trigger(window, "back_up")
    qtbot.waitUntil(lambda: "Backed up and checked: 10 items" in said(window), timeout=PATIENCE)
    assert len(list(profile.backup_dir.iterdir())) == before + 1


def test_what_takes_a_while_says_so_until_it_is_done(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    say = window.banners.say
    monkeypatch.setattr(
        window.banners, "say", lambda text, *rest, **more: (told.append(text), say(text, *rest, **more))
    )
    monkeypatch.setattr(library_commands, "SAY_AFTER_MS", 0)
    trigger(window, "back_up")
    qtbot.waitUntil(lambda: "Backed up and checked: 10 items" in said(window), timeout=PATIENCE)
    assert told[0] == "Backing up…" and "Backing up…" not in window.banners.texts

    monkeypatch.setattr(library_commands, "SAY_AFTER_MS", 10 * PATIENCE)
    trigger(window, "back_up")
    qtbot.waitUntil(lambda: len(told) == 3, timeout=PATIENCE)
    assert told[2].startswith("Backed up and checked"), "what is done at once says only what came of it"


def test_backing_up_to_another_place(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    trigger(window, "back_up_to")
    qtbot.waitUntil(lambda: (tmp_path / "mine.zip").exists() and "Backed up" in said(window), timeout=PATIENCE)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "none" / "mine.zip"), ""))
    trigger(window, "back_up_to")
    qtbot.waitUntil(lambda: "There is no folder" in said(window), timeout=PATIENCE)


def test_restoring_and_going_back(qtbot: QtBot, window: MainWindow, profile: Profile) -> None:
    client = window.client
    with qtbot.waitSignal(client.done, timeout=PATIENCE):
        client.rate([1], 1)
    trigger(window, "restore")
    dialog = dialog_of(qtbot, window, RestoreDialog)
    qtbot.waitUntil(dialog.restore.isEnabled, timeout=PATIENCE)
    with qtbot.waitSignal(client.opened, timeout=PATIENCE):
        dialog.restore.click()
    qtbot.waitUntil(lambda: "is restored" in said(window), timeout=PATIENCE)
    assert shown_rating(qtbot, client) == 4
    (back,) = [button for button in window.banners.findChildren(QPushButton) if button.text() == "Go Back"]
    with qtbot.waitSignal(client.opened, timeout=PATIENCE):
        back.click()
    assert shown_rating(qtbot, client) == 1
    qtbot.waitUntil(lambda: "again as it was" in said(window), timeout=PATIENCE)
    assert said(window).count("Go Back") == 0 and "is restored." not in said(window), "one way back at a time"
    with qtbot.waitSignal(client.done, timeout=PATIENCE):
        client.rate([1], 2)
    qtbot.waitUntil(lambda: "again as it was" not in said(window), timeout=PATIENCE)


@contextmanager
def held_restore(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A restore begins when it is asked for, and goes on when this is set, at the latest at the end."""
    free, real = threading.Event(), restoring.restore

    def held(*given: Any, **more: Any) -> Restored:
        assert free.wait(PATIENCE / 1000)
        return real(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "restore", held)
        try:
            yield free
        finally:
            free.set()


def place_of_star(window: MainWindow, number: int) -> QPoint:
    """Below the first photo, in the window's coordinates."""
    grid = window.browser.grid
    cell = grid.visualRect(window.browser.model.index(0, 0))
    star = next(
        QPoint(x, y)
        for y in range(cell.bottom(), cell.top(), -1)
        for x in range(cell.left(), cell.right())
        if star_at(cell, x, y) == number
    )
    return grid.viewport().mapTo(window, star + QPoint(2, -2))


def click(place: QPoint, handle: QWindow | None) -> None:
    """As a hand does it: the mouse is there before it is pressed."""
    assert handle is not None
    QTest.mouseMove(handle, place - QPoint(1, 1))
    QTest.mouseMove(handle, place)
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


@pytest.mark.parametrize("quick", [False, True], ids=["while it restores", "when it is back already"])
def test_a_double_click_on_restore_does_nothing_to_what_lies_behind(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    """The second click would fall through the dialog that the first one closed: it rated a photo."""
    monkeypatch.setattr(QApplication, "doubleClickInterval", lambda: PATIENCE)  # however long restoring takes
    client, star, model = window.client, place_of_star(window, 5), window.browser.model
    qtbot.waitUntil(lambda: model.row_at(0) is not None, timeout=PATIENCE)
    row = model.row_at(0)
    assert row is not None and row.rating == 0
    window.browser.grid.set_current(0)
    with qtbot.waitSignal(client.done, timeout=PATIENCE):
        click(place_of_star(window, 3), window.windowHandle())
    assert shown_rating(qtbot, client, row.id) == 3, "that is what a click there does"
    trigger(window, "restore")
    dialog = dialog_of(qtbot, window, RestoreDialog)
    qtbot.waitUntil(dialog.restore.isEnabled, timeout=PATIENCE)
    with qtbot.waitSignal(client.opened, timeout=PATIENCE), held_restore(monkeypatch) as free:
        click(dialog.restore.mapTo(dialog, dialog.restore.rect().center()), dialog.windowHandle())
        if quick:
            free.set()
        else:
            click(star, window.windowHandle())
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_2)
    click(star, window.windowHandle())
    window.library_commands._standstill._clicks.setInterval(0)  # no further click comes
    qtbot.waitUntil(window.browser.stack.isEnabled, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "is restored" in said(window), timeout=PATIENCE)
    assert said(window).count("is restored") == 1 and "nothing was changed" not in said(window)
    with qtbot.waitSignal(client.done, timeout=PATIENCE):
        client.save_playlist("After all others", [])
    assert shown_rating(qtbot, client, row.id) == 0, "as in the backup"


def test_nothing_can_be_done_with_the_library_while_it_is_restored(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions, client = window.actions_by_name, window.client
    parts = (window.browser.stack, window.browser.bar, window.tree, window.detail, window.header, window.viewer)
    window.browser.grid.selectAll()
    window.browser.grid.setFocus()
    possible = {name: actions[name].isEnabled() for name in ("rate_3", "tags", "undo", "take_out", "rescan", "grid")}
    trigger(window, "restore")
    dialog = dialog_of(qtbot, window, RestoreDialog)
    qtbot.waitUntil(dialog.restore.isEnabled, timeout=PATIENCE)
    with qtbot.waitSignal(client.opened, timeout=PATIENCE), held_restore(monkeypatch):
        dialog.restore.click()
        assert not any(actions[name].isEnabled() for name in possible)
        assert actions["quit"].isEnabled() and actions["toggle_play"].isEnabled()
        window.selected.follow()  # whatever is found out meanwhile is for later
        assert not actions["rate_3"].isEnabled()
        assert not any(part.isEnabled() for part in parts)
        assert window.focusWidget() is window, "a key means nothing that lies beside"
        qtbot.waitUntil(lambda: "Restoring the backup…" in said(window), timeout=PATIENCE)
        assert all(banner.isEnabled() for banner in window.banners.shown), "they are to be read"
    qtbot.waitUntil(window.browser.stack.isEnabled, timeout=PATIENCE)
    assert all(part.isEnabled() for part in parts)
    assert window.focusWidget() is window.browser.grid
    window.browser.grid.selectAll()
    assert {name: actions[name].isEnabled() for name in possible} == possible


def test_settings_that_are_not_restored_are_told(window: MainWindow, profile: Profile) -> None:
    restored = Restored(Backup(profile.directory / "b.zip", 0.0, Reason.ASKED, 1), None, False, without_settings=True)
    window.client.replaced.emit(0, restored)
    assert "is restored. Its settings could not be restored: the present ones stay." in said(window)


def test_where_a_salvaged_library_is_kept_as_it_was(window: MainWindow, profile: Profile) -> None:
    window.client.replaced.emit(0, profile.backup_dir / "catalog-damaged.duckdb")
    assert "is open without its last changes. The damaged one is kept." in said(window)
    assert [button for button in window.banners.findChildren(QPushButton) if button.text() == "Show in File Manager"]


def test_a_file_that_is_no_backup_is_refused_in_the_dialog(
    qtbot: QtBot, window: MainWindow, profile: Profile, tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(b"nothing")
    trigger(window, "restore")
    dialog = dialog_of(qtbot, window, RestoreDialog)
    dialog.take_file(tmp_path / "x.zip")
    qtbot.waitUntil(lambda: "x.zip is no backup" in dialog.state.text(), timeout=PATIENCE)
    dialog._on_backups(dialog._asked, ())  # the list may come later
    assert "x.zip is no backup" in dialog.state.text()
    assert dialog.isVisible()
    dialog.reject()


def test_exporting_and_importing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "all.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), "JSON (*.json)"))
    trigger(window, "export")
    qtbot.waitUntil(lambda: "10 items exported to all.json" in said(window), timeout=PATIENCE)
    rows = json.loads(target.read_text("utf-8"))
    rows[1]["rating"] = 5
    target.write_text(json.dumps(rows))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(target), ""))
    trigger(window, "import")
    qtbot.waitUntil(lambda: "Added: 1 rating." in said(window), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "Import" in window.actions_by_name["undo"].text(), timeout=PATIENCE)


@contextmanager
def started(qtbot: QtBot, profile: Profile) -> Iterator[MainWindow]:
    """A window over a library that may not open."""
    client = EngineClient(profile, background=False)
    opened = MainWindow(client, profile)
    opened.show()
    client.start()
    try:
        yield opened
    finally:
        opened.close()
        client.shut_down()
        opened.deleteLater()


def test_a_run_that_finds_the_log_damaged_offers_to_keep_the_rest(qtbot: QtBot, window: MainWindow) -> None:
    """As opening the library does: more can be kept than any backup has."""
    window.client.notified.emit(Notice("The log is damaged.", Tone.ERROR, damaged=True, in_log=True))
    dialog = dialog_of(qtbot, window, DamagedDialog)
    assert not dialog.salvage.isHidden()
    dialog.reject()


def test_a_damaged_library_is_restored(qtbot: QtBot, profile: Profile) -> None:
    profile.catalog_path.write_bytes(b"garbage" * 5000)
    with started(qtbot, profile) as window:
        dialog = dialog_of(qtbot, window, DamagedDialog)
        qtbot.waitUntil(lambda: not dialog.restore.isHidden(), timeout=PATIENCE)
        assert "1 rating" in dialog.said.text().replace("\u00a0", " ")
        with qtbot.waitSignal(window.client.opened, timeout=PATIENCE):
            dialog.restore.click()
        qtbot.waitUntil(lambda: "The damaged library is kept" in said(window), timeout=PATIENCE)
        qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
    assert rating(profile) == 4
    assert [path for path in profile.backup_dir.iterdir() if "damaged" in path.name]


def test_a_damaged_library_without_a_backup_can_be_begun_anew(qtbot: QtBot, profile: Profile) -> None:
    profile.catalog_path.write_bytes(b"garbage" * 5000)
    for path in profile.backup_dir.iterdir():
        path.unlink()
    with started(qtbot, profile) as window:
        dialog = dialog_of(qtbot, window, DamagedDialog)
        qtbot.waitUntil(lambda: "there is no backup" in dialog.said.text(), timeout=PATIENCE)
        assert dialog.restore.isHidden()
        dialog.anew.click()
        question = dialog_of(qtbot, window, Question)
        qtbot.keyClick(question, Qt.Key.Key_Escape)  # thought better of it: what can be done is asked again
        dialog_of(qtbot, window, DamagedDialog).anew.click()
        question = dialog_of(qtbot, window, Question)
        with qtbot.waitSignal(window.client.opened, timeout=PATIENCE):
            qtbot.mouseClick(question.answer("Start a New Library"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.browser.stack.currentWidget() is window.welcome, timeout=PATIENCE)
    assert [path for path in profile.backup_dir.iterdir() if "damaged" in path.name]


def test_calling_it_off_leaves_everything_and_asks_again(qtbot: QtBot, profile: Profile) -> None:
    profile.catalog_path.write_bytes(b"garbage" * 5000)
    with started(qtbot, profile) as window:
        dialog = dialog_of(qtbot, window, DamagedDialog)
        dialog.reject()
        qtbot.waitUntil(lambda: not window.findChildren(DamagedDialog), timeout=PATIENCE)
        (again,) = [b for b in window.browser.empty.findChildren(QPushButton) if b.text() == "What Can Be Done…"]
        again.click()
        dialog_of(qtbot, window, DamagedDialog).reject()
    assert profile.catalog_path.read_bytes() == b"garbage" * 5000


def test_a_library_whose_drive_was_away_is_opened_when_it_is_back(
    qtbot: QtBot, profile: Profile, tmp_path: Path
) -> None:
    drive, away = tmp_path / "drive", tmp_path / "away"
    drive.mkdir()
    profile.catalog_path.rename(drive / "catalog.duckdb")
    profile.catalog_path.symlink_to(drive / "catalog.duckdb")
    drive.rename(away)
    with started(qtbot, profile) as window:
        empty = window.browser.empty

        def try_again() -> QPushButton | None:
            return next((b for b in empty.findChildren(QPushButton) if b.text() == "Try Again"), None)

        qtbot.waitUntil(lambda: try_again() is not None, timeout=PATIENCE)
        with qtbot.waitSignal(window.client.open_failed, timeout=PATIENCE):
            qtbot.mouseClick(try_again(), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: try_again() is not None, timeout=PATIENCE)
        away.rename(drive)
        with qtbot.waitSignal(window.client.opened, timeout=PATIENCE):
            qtbot.mouseClick(try_again(), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.control.count == 6, timeout=PATIENCE)
        assert shown_rating(qtbot, window.client) == 4
        assert window.browser.stack.currentWidget() is window.browser.view


def test_words() -> None:
    backup = Backup(Path("x"), 0.0, Reason.DAILY, 1, items=4, ratings=1204, playlists=1)
    assert contents_text(backup).replace("\u00a0", " ") == "4 items, 1,204 ratings, 1 playlist"
    assert (
        contents_text(Backup(Path("x"), 0.0, Reason.DAILY, 1, items=1)).replace("\u00a0", " ")
        == "1 item, no ratings, tags or playlists"
    )
    tagged = replace(backup, playlists=0, tags=6, tag_names=2, tagged=3)
    assert contents_text(tagged).replace("\u00a0", " ") == "4 items, 1,204 ratings, 2 tags on 3 items"
    assert contents_text(replace(tagged, tag_names=0, tagged=0)).endswith("tags given 6 times")  # of an older program
    assert merged_text(Merged(3, 0)).startswith("Nothing new")
    told = merged_text(Merged(3, 2, ratings=1, playlists=1, renamed=("Long drive 2",))).replace("\u00a0", " ")
    assert (
        told.startswith("Added: 1 rating, 1 playlist.") and "“Long drive 2”" in told and "2 items of the file" in told
    )
    told = merged_text(Merged(3, 2, replaced=2, uncompared=1)).replace("\u00a0", " ")
    assert "Where 2 items of the file lay, another" in told and "1 item changed" in told and "add their" not in told
