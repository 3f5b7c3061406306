"""A catalogue and its log change places together: whatever is cut short, and wherever, they are found together."""

import errno
import itertools
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app.engine.catalog import replacing
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.replacing import log_of

MOST = 40


class Killed(BaseException):
    """Nothing in the program survives it."""


class Disk:
    """Counts what is done to files, and kills the program at one of these; ``backups`` may be on a disk of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, backups: Path, *, apart: bool) -> None:
        self.left = -1
        self.full = False
        self.copied = 0
        fsync, usage = os.fsync, shutil.disk_usage

        def named_anew(real: Callable[..., None]) -> Callable[..., None]:
            def rename(source: Path, target: Path, **_named: Any) -> None:
                if apart and (Path(source).parent == backups) != (Path(target).parent == backups):
                    raise OSError(errno.EXDEV, "Invalid cross-device link")
                real(source, target)

            return self._counted(rename)

        for name in ("replace", "rename"):
            monkeypatch.setattr(os, name, named_anew(getattr(os, name)))
        for name in ("link", "unlink"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

        def forced(handle: int) -> None:
            self.left -= 1
            is_file = stat.S_ISREG(os.fstat(handle).st_mode)
            self.copied += is_file
            if self.left == 0:
                if is_file:
                    os.ftruncate(handle, 1)
                raise Killed
            fsync(handle)

        def free(place: Path) -> Any:
            return usage(place)._replace(free=replacing.ROOM_LEFT + 12 if self.full else 1 << 40)

        monkeypatch.setattr(os, "fsync", forced)
        monkeypatch.setattr(shutil, "disk_usage", free)

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise Killed
            return real(*words, **named)

        return step


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue with a log."""
    place = tmp_path / "profile" / "catalog.duckdb"
    place.parent.mkdir()
    place.write_bytes(b"old")
    log_of(place).write_bytes(b"log of old")
    return place


@pytest.fixture
def backups(path: Path) -> Path:
    return path.parent / "backups"


def set_aside(path: Path, backups: Path) -> object:
    return replacing.set_aside(path, backups)


def exchange_and_keep(path: Path, backups: Path) -> object:
    with replacing.folder_beside(path) as folder:
        (folder / "new").write_bytes(b"new")
        replacing.exchange(path, folder / "new")
        log_of(path).write_bytes(b"log of new")
        return replacing.settle(path, backups, keep=True)


def complete_an_exchange(path: Path, backups: Path) -> object:
    with replacing.folder_beside(path) as folder:
        (folder / "new").write_bytes(b"new")
        replacing.exchange(path, folder / "new")
    return replacing.complete(path, backups)


def with_their_logs(path: Path, backups: Path) -> list[tuple[bytes, bytes | None]]:
    """Every catalogue there is; nothing else may lie about."""
    files = {each for folder in (path.parent, backups) for each in folder.glob("*") if each.is_file()}
    files |= {each for folder in (path.parent, backups) for each in folder.glob(".*.part")}
    catalogues = sorted(each for each in files if each.suffix == ".duckdb" and each.parent in (path.parent, backups))
    assert files <= {*catalogues, *map(log_of, catalogues)}, files
    assert set(catalogues) <= {path, *path.parent.glob("catalog-*"), *backups.glob("catalog-*")}
    return [(each.read_bytes(), log_of(each).read_bytes() if log_of(each) in files else None) for each in catalogues]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("act", [set_aside, exchange_and_keep, complete_an_exchange])
def test_killed_at_any_step_catalogue_and_log_are_together(
    path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, apart: bool, act: Callable[[Path, Path], object]
) -> None:
    """Also if the start after the kill is killed in turn, at its first steps."""
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    for step, again in itertools.product(range(1, MOST), (0, 1, 2, 3)):
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        for name, content in before.items():
            (path.parent / name).write_bytes(content)
        with monkeypatch.context() as patched:
            disk = Disk(patched, backups, apart=apart)
            killed = False
            for each, at in ((act, step), (replacing.complete, again)):
                disk.left = at
                try:
                    each(path, backups)
                except Killed:
                    killed = True
            disk.left, disk.copied = -1, 0
            replacing.complete(path, backups)
            assert not disk.copied, "whoever opens it waits"
            replacing.bring_to_backups(path, backups, lambda: False)
        assert not list(path.parent.glob("catalog-*"))
        found = with_their_logs(path, backups)
        assert (b"old", b"log of old") in found, (step, again)
        assert (b"new", b"log of old") not in found
        if not killed and again == 0:
            assert (path.read_bytes() if path.exists() else None) == (None if act is set_aside else b"new")
            break
    else:
        pytest.fail("never came to its end")


def test_a_backup_disk_that_is_full_keeps_nobody_out(
    path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        disk = Disk(patched, backups, apart=True)
        disk.full = True
        kept = replacing.set_aside(path, backups)
        replacing.complete(path, backups)
        replacing.bring_to_backups(path, backups, lambda: False)
        assert kept.parent == path.parent and kept.read_bytes() == b"old" and log_of(kept).exists()
        assert not list(backups.iterdir()) and not disk.copied
        disk.full = False
        replacing.bring_to_backups(path, backups, lambda: disk.copied > 0)  # the library is closed meanwhile
        assert disk.copied and kept.exists() and log_of(kept).exists() and not list(backups.iterdir())
        disk.copied = 0
        replacing.complete(path, backups)
        assert not disk.copied and not list(backups.iterdir())
        replacing.bring_to_backups(path, backups, lambda: False)
    assert with_their_logs(path, backups) == [(b"old", b"log of old")]
    assert (backups / kept.name).exists()


def test_without_its_log_a_catalogue_is_not_opened(path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scanner of viruses has it open, on Windows: without its last changes it would be another library."""
    log_of(path).replace(log_of(replacing.replaced_path(path)))

    def in_use(_source: Path, _target: Path) -> None:
        raise PermissionError(errno.EACCES, "used by another process")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", in_use)
        with pytest.raises(PermissionError):
            replacing.complete(path, backups)
    replacing.complete(path, backups)
    assert with_their_logs(path, backups) == [(b"old", b"log of old")]


def test_a_committed_row_outlives_a_kill_between_the_two(
    path: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a real catalogue: DuckDB opens one whose log is elsewhere, and says nothing."""
    for place in (path, log_of(path)):
        place.unlink()
    made = Database(path.with_name("made.duckdb"))
    made.run("CREATE TABLE t (i INTEGER)")
    made.checkpoint()
    made.run("INSERT INTO t VALUES (1)")
    for place in (path, log_of(path)):  # as a kill would leave them
        shutil.copyfile(path.with_name(place.name.replace("catalog", "made")), place)
    made.close()
    with monkeypatch.context() as patched:
        Disk(patched, backups, apart=False).left = 2
        with pytest.raises(Killed):
            replacing.set_aside(path, backups)
    replacing.complete(path, backups)
    opened = Database(path)
    assert opened.rows("SELECT * FROM t") == [(1,)]
    opened.close()


def test_other_things_in_the_profile_are_left_alone(path: Path, backups: Path) -> None:
    others = [path.with_name(name) for name in ("catalog-mine.duckdb", "catalog-damaged-x.duckdb.wal", "a.duckdb.wal")]
    for other in others:
        other.write_bytes(b"mine")
    replacing.complete(path, backups)
    assert all(other.read_bytes() == b"mine" for other in others)
    assert log_of(path).read_bytes() == b"log of old"
