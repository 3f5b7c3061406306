"""One holds a lock; whoever can't find out whether somebody does, does not have it."""

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app.engine.catalog import Catalog, library_lock
from desktop_app.errors import LibraryLockedError, LibraryUnavailableError, StorageFullError
from desktop_app.file_lock import FileLock
from desktop_app.one_window import WindowLock
from desktop_app.paths import Profile

UNKNOWN = ["EMFILE", "ENFILE", "EIO", "ENOSPC", "ENOMEM", *(["ESTALE", "EDQUOT"] if sys.platform != "win32" else [])]
FULL = ["ENOSPC", *(["EDQUOT"] if sys.platform != "win32" else [])]
NO_FILE_THERE = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"]
NO_LOCKS_THERE = ["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOLCK", "EINVAL"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "lock"


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, where: str, name: str) -> Generator[None]:
    """The system's call fails so."""

    def refuse(*_words: object, **_named: object) -> None:
        raise OSError(getattr(errno, name), name)

    module = os if where in ("open", "mkdir") else pytest.importorskip("fcntl" if where == "flock" else where)
    with monkeypatch.context() as patched:
        patched.setattr(module, where, refuse)
        yield


def test_one_holds_it_until_it_lets_go(path: Path) -> None:
    first, second = FileLock(path), FileLock(path)
    assert first.take() and not second.take() and not second.take()
    first.release()
    assert second.take() and path.read_bytes() == b""
    second.release()


@pytest.mark.parametrize("where", ["open", "flock"])
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_says_nothing_of_who_holds_it_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    first, second = FileLock(path), FileLock(path)
    assert first.take()
    with refusing(monkeypatch, where, name), pytest.raises(LibraryUnavailableError) as caught:
        second.take()
    assert str(path.parent) in str(caught.value) and name.lower() in str(caught.value)
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


@pytest.mark.parametrize("folder_is_there", [False, True])
@pytest.mark.parametrize("name", FULL)
def test_nobody_has_what_there_was_no_room_to_make(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, folder_is_there: bool
) -> None:
    if folder_is_there:
        path.parent.mkdir()
    lock = FileLock(path)
    with (
        refusing(monkeypatch, "open" if folder_is_there else "mkdir", name),
        pytest.raises(StorageFullError, match="The disk is full"),
    ):
        lock.take()
    assert lock.take()
    lock.release()


def test_the_window_opens_on_a_full_disk_to_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who starts it from a menu reads no standard error; the library's own lock then says it in the window."""
    lock, second = WindowLock(Profile(tmp_path)), WindowLock(Profile(tmp_path))
    with refusing(monkeypatch, "open", "ENOSPC"):
        assert lock.take()
        assert lock.take()
    assert second.take() and not lock.take()
    for each in (lock, second):
        each.release()


@pytest.mark.parametrize(
    ("where", "name"), [*(("open", name) for name in NO_FILE_THERE), *(("flock", name) for name in NO_LOCKS_THERE)]
)
def test_where_there_can_be_no_lock_everybody_has_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    with refusing(monkeypatch, where, name):
        lock = FileLock(path)
        assert lock.take()
        lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of open files")
def test_a_program_without_file_descriptors_does_not_take_what_another_has(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "catalog.duckdb"
    with Catalog.open(path):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            with pytest.raises(LibraryUnavailableError, match="too many open files"):
                library_lock.take(path)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with pytest.raises(LibraryLockedError):
            library_lock.take(path)
    library_lock.take(path).release()
