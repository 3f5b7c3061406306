"""Paths beyond what Windows takes are asked for in its long form; all others stay as they are."""

import sys
from pathlib import Path

import pytest
from fixtures.media import picture, write_photo

from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import FileJob
from desktop_app.engine import scanner
from desktop_app.engine.media import long_paths
from desktop_app.engine.media.long_paths import LONGEST, extended, openable
from desktop_app.engine.scanner import ScanRules, scan
from desktop_app.engine.workers import tasks

LONG = "x" * LONGEST


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        (f"C:\\Photos\\{LONG}\\a.jpg", f"\\\\?\\C:\\Photos\\{LONG}\\a.jpg"),
        (f"\\\\server\\share\\{LONG}", f"\\\\?\\UNC\\server\\share\\{LONG}"),
        (f"\\\\?\\C:\\{LONG}", f"\\\\?\\C:\\{LONG}"),
        (f"\\\\?\\UNC\\server\\share\\{LONG}", f"\\\\?\\UNC\\server\\share\\{LONG}"),
        (f"\\\\.\\C:\\{LONG}", f"\\\\.\\C:\\{LONG}"),
        (LONG, LONG),
        ("C:\\Photos\\a.jpg", "C:\\Photos\\a.jpg"),
        ("\\\\server\\share\\a.jpg", "\\\\server\\share\\a.jpg"),
        ("", ""),
    ],
)
def test_windows_is_asked_for_long_paths_so(place: str, asked: str) -> None:
    assert extended(place) == asked


@pytest.mark.skipif(sys.platform == "win32", reason="other systems")
def test_other_systems_are_asked_for_the_path_itself() -> None:
    path = Path("/" + LONG)
    assert openable(path) is path


def test_scans_and_readers_ask_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the library goes on knowing files by their usual paths. The long form is a link to the folder here."""
    folder, long_form = tmp_path / "photos", tmp_path / "long"
    photo = write_photo(folder / "deep" / "a.jpg", picture(1))
    folder.rename(long_form)

    def as_windows(path: Path) -> Path:
        return long_form / path.relative_to(folder) if path.is_relative_to(folder) else path

    for module in (scanner, tasks):
        monkeypatch.setattr(module, "openable", as_windows)
    assert [file.relpath for batch in scan(folder, ScanRules()) for file in batch.files] == ["deep/a.jpg"]
    assert scanner.look_at(folder, "deep/a.jpg") is not None
    reading = tasks.read_file(FileJob(photo, Kind.PHOTO))
    assert reading.path == photo and reading.problem is None and reading.content_hash
    assert tasks.preview(photo, 64).width > 0
    assert long_paths.LONGEST < 248
