"""One lock for all that opens a catalogue or puts another in its place: no acknowledged edit falls in between."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from desktop_app.domain.backups import Backup, Reason
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog, library_lock
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryLockedError, UnreadableFileError
from desktop_app.paths import Profile

RESTORES = 8
ROOT = Path(__file__).parents[4]
WRITER = """
import sys, threading
from pathlib import Path
from desktop_app.engine.catalog import Catalog
from desktop_app.errors import LibraryLockedError
number = 0
pause = threading.Event()
while True:
    pause.wait(0.005)
    try:
        with Catalog.open(Path(sys.argv[1])) as catalog:
            catalog.log.tag([1 + number % 9], [f"said {number}"], [])
    except LibraryLockedError:
        continue
    print(number, flush=True)
    number += 1
"""


@pytest.fixture
def backup(filled: Catalog, profile: Profile, tmp_path: Path) -> Backup:
    """Of the filled catalogue, which is closed then."""
    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    filled.close()
    return made


def tags(profile: Profile) -> set[str]:
    with Catalog.open(profile.catalog_path) as catalog:
        return {name for name, _count in catalog.tag_names()}


def test_an_edit_is_in_the_restored_library_or_in_the_backup_made_before(
    backup: Backup, profile: Profile, tmp_path: Path
) -> None:
    """Another program tries to open, tag and close two hundred times a second while one backup after the other is
    restored. Between two edits it leaves the library free for that moment, which is all that a restore waits for.
    """
    other = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(profile.catalog_path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said: list[str] = []
    heard = threading.Event()
    assert other.stdout is not None
    lines = other.stdout

    def listen() -> None:
        for line in lines:
            said.append(f"said {line.strip()}")
            heard.set()

    listener = threading.Thread(target=listen)
    listener.start()
    kept: list[Path] = []
    try:
        while len(kept) < RESTORES:
            heard.clear()
            assert heard.wait(60)
            restored = None
            while restored is None:
                with suppress(LibraryLockedError):
                    restored = restoring.restore(profile, backup.path)
            assert restored.previous is not None and not restored.was_damaged
            kept.append(restored.previous.rename(tmp_path / f"{len(kept)}.zip"))  # the rule keeps only three
    finally:
        other.kill()
        listener.join()
        lines.close()
        other.wait()
    there = tags(profile)
    for number, place in enumerate(kept):
        elsewhere = Profile.at(tmp_path / f"of {number}")
        restoring.restore(elsewhere, place)
        there |= tags(elsewhere)
    assert set(said) <= there and len(said) >= RESTORES


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("desktop_app.engine.catalog.replacing", "exchange"),  # the present one was closed
        ("desktop_app.engine.catalog.replacing.os", "link"),  # before the old one has a second name
        ("desktop_app.engine.catalog.replacing", "settle"),  # the new one is in place, the old one still there
        ("desktop_app.engine.backups.restoring", "_restore_settings"),
    ],
)
def test_nobody_opens_it_in_the_middle(
    backup: Backup, profile: Profile, monkeypatch: pytest.MonkeyPatch, place: str, name: str, damaged: bool
) -> None:
    """Such a command would edit a file that is about to go, or take the old one's last name away."""
    if damaged:
        profile.catalog_path.write_bytes(b"damaged")
    module = sys.modules.get(place) or os
    real = getattr(module, name)
    refused: list[str] = []

    def come_in_between(*words: object, **named: object) -> object:
        with pytest.raises(LibraryLockedError) as caught:
            Catalog.open(profile.catalog_path)
        refused.append(str(caught.value))
        for other in (lambda: restoring.restore(profile, backup.path), lambda: restoring.start_anew(profile)):
            with pytest.raises(LibraryLockedError):
                other()
        return real(*words, **named)

    monkeypatch.setattr(module, name, come_in_between)
    restored = restoring.restore(profile, backup.path)
    assert len(refused) == 1 and "already open" in refused[0]
    assert restored.previous is not None and restored.previous.exists()
    if damaged:
        assert restored.previous.read_bytes() == b"damaged"
    assert tags(profile) == {"Sea", "Loud"}


def test_the_lock_is_free_after_each_failure(backup: Backup, profile: Profile, tmp_path: Path) -> None:
    (tmp_path / "none.zip").write_bytes(b"no backup")
    profile.catalog_path.write_bytes(b"damaged")
    attempts: list[tuple[type[KnownError], Callable[[], object]]] = [
        (LibraryDamagedError, lambda: Catalog.open(profile.catalog_path)),
        (UnreadableFileError, lambda: restoring.restore(profile, tmp_path / "none.zip")),
        (KnownError, lambda: restoring.salvage(profile)),
    ]
    for error, attempt in attempts:
        with pytest.raises(error):
            attempt()
        with library_lock.held(profile.catalog_path):
            pass


def test_where_no_lock_can_be_made_the_file_itself_is_the_lock(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_app.file_lock._locked", lambda _file: True)
    with Catalog.open(profile.catalog_path), pytest.raises(LibraryLockedError):
        Catalog.open(profile.catalog_path)
