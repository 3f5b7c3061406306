"""Which backups stay, which go, and when the next is due."""

import os
import time
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.backups import Backup, Reason
from desktop_app.engine.backups import keeping
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog

NOON = datetime(2026, 11, 20, 12)


def daily(days_ago: float, reason: Reason = Reason.DAILY, faulty: str = "") -> Backup:
    made = NOON - timedelta(days=days_ago)
    return Backup(Path(f"{days_ago}-{reason}{faulty}"), made.timestamp(), reason, 1, faulty=faulty)


def kept(backups: list[Backup]) -> list[Backup]:
    gone = keeping.superfluous(backups, NOON.timestamp())
    return [each for each in backups if each not in gone]


def test_seven_days_and_four_weeks_are_kept() -> None:
    stay = kept([daily(days) for days in range(60)])
    days = [round((NOON.timestamp() - each.made_at) / 86_400) for each in stay]
    assert days[:7] == list(range(7))
    weeks = {datetime.fromtimestamp(each.made_at).isocalendar()[:2] for each in stay}
    assert len(weeks) == 4 and len(stay) <= 7 + 4
    newest_of_weeks = {max(datetime.fromtimestamp(e.made_at) for e in stay if _week(e) == week) for week in weeks}
    everything = [daily(days) for days in range(60)]
    assert newest_of_weeks == {
        max(datetime.fromtimestamp(e.made_at) for e in everything if _week(e) == week) for week in weeks
    }


def _week(backup: Backup) -> tuple[int, int]:
    return datetime.fromtimestamp(backup.made_at).isocalendar()[:2]


def test_of_one_day_the_newest_stays() -> None:
    morning, evening = daily(0.3), daily(0.0)
    assert kept([morning, evening]) == [evening]


def test_what_was_asked_for_and_what_cannot_be_read_stays() -> None:
    backups = [daily(400, Reason.ASKED), daily(500, faulty="damaged"), *(daily(days) for days in range(12))]
    assert backups[0] in kept(backups) and backups[1] in kept(backups)


@pytest.mark.parametrize("reason", [Reason.MIGRATION, Reason.RESTORE, Reason.REPAIR])
def test_of_each_occasion_the_last_week_and_the_last_three_stay(reason: Reason) -> None:
    backups = [daily(days, reason) for days in (0, 0.01, 0.02, 0.5, 3, 6.9, 7.1, 30)]
    assert kept(backups) == backups[:6]
    assert kept([*backups[6:], daily(40, reason), daily(50, reason)]) == [*backups[6:], daily(40, reason)]


@given(st.lists(st.floats(0, 200), max_size=80, unique=True))
def test_the_newest_is_never_let_go(ages: list[float]) -> None:
    backups = [daily(age) for age in ages]
    stay = kept(backups)
    assert len(stay) <= keeping.DAYS + keeping.WEEKS
    assert not backups or max(backups, key=lambda each: each.made_at).made_at in {each.made_at for each in stay}


def test_due_once_a_day(filled: Catalog, tmp_path: Path) -> None:
    folder, now = tmp_path / "backups", time.time()
    folder.mkdir()
    assert keeping.is_due(folder, now)
    make_backup(filled.database, keeping.place_for(folder, Reason.RESTORE), reason=Reason.RESTORE)
    assert keeping.is_due(folder, now)
    made = make_backup(filled.database, keeping.place_for(folder, Reason.DAILY), reason=Reason.DAILY)
    assert not keeping.is_due(folder, made.made_at)
    assert keeping.is_due(folder, made.made_at + 86_400)
    assert keeping.is_due(folder, made.made_at - 30 * 86_400)  # made while the clock was wrong
    made.path.write_bytes(b"not a zip")
    assert keeping.is_due(folder, now)


def test_tidying_removes_what_a_kill_left_and_what_the_rule_lets_go(
    filled: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for _ in range(5):
        make_backup(filled.database, keeping.place_for(folder, Reason.RESTORE), reason=Reason.RESTORE)
    (folder / ".akin-1-daily.zip.part").write_bytes(b"half")
    os.utime(folder / ".akin-1-daily.zip.part", (time.time() - 7200,) * 2)
    (folder / ".akin-2-asked.zip.part").write_bytes(b"being written")
    (folder / "catalog-damaged-1.duckdb").write_bytes(b"kept")
    assert keeping.tidy(folder) == []
    (folder / ".akin-1-daily.zip.part").write_bytes(b"half")
    later = time.time() + 30 * 86_400
    os.utime(folder / ".akin-2-asked.zip.part", (later, later))
    monkeypatch.setattr(keeping.time, "time", lambda: later)
    gone = keeping.tidy(folder)
    assert len(gone) == 2
    assert len(keeping.backups_in(folder)) == 3
    assert [path.name for path in folder.glob(".*")] == [".akin-2-asked.zip.part"]
    assert (folder / "catalog-damaged-1.duckdb").exists()


def test_the_latest_good_one_is_looked_for_in_every_byte(filled: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert keeping.latest_good(folder) is None
    first = make_backup(filled.database, keeping.place_for(folder, Reason.ASKED), reason=Reason.ASKED)
    second = make_backup(filled.database, keeping.place_for(folder, Reason.ASKED), reason=Reason.ASKED)
    with zipfile.ZipFile(second.path) as opened:
        largest = max(opened.infolist(), key=lambda info: info.file_size)
    content = bytearray(second.path.read_bytes())
    content[largest.header_offset + 30 + len(largest.filename) + largest.file_size // 2] ^= 1
    second.path.write_bytes(content)
    assert keeping.latest_good(folder) == first


def test_what_was_given_up_for_a_backup_is_not_proposed(filled: Catalog, tmp_path: Path) -> None:
    """Else the second restore would silently take back the first."""
    folder = tmp_path / "backups"
    folder.mkdir()
    given_up = make_backup(filled.database, keeping.place_for(folder, Reason.RESTORE), reason=Reason.RESTORE)
    assert keeping.latest_good(folder) == given_up, "better than none"
    wanted = make_backup(filled.database, keeping.place_for(folder, Reason.DAILY, 1e9), reason=Reason.DAILY)
    later = make_backup(filled.database, keeping.place_for(folder, Reason.RESTORE), reason=Reason.RESTORE)
    assert keeping.latest_good(folder) == wanted != later


def test_names_don_t_collide(tmp_path: Path) -> None:
    places = []
    for _ in range(3):
        places.append(keeping.place_for(tmp_path, Reason.DAILY, 1e9))
        places[-1].touch()
    assert len(set(places)) == 3
    assert keeping.look_at(places[0]).reason is Reason.DAILY and keeping.look_at(places[2]).faulty
