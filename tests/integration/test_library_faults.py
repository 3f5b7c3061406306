"""The library when drives go and disks are full: a real DuckDB file, real FAISS files, real workers."""

import logging
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures.media import picture, write_photo

from desktop_app.domain.progress import IndexReport
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine import scanner
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.engine.scanner import ScanBatch
from desktop_app.errors import KnownError, StorageFullError
from desktop_app.logs import log_to, stop_logging
from desktop_app.paths import Profile

PHOTOS = 6


def indexed(library: Library, root: Path) -> IndexReport:
    control = RunControl()
    for _progress in library.index([root], control=control):
        pass
    assert control.report is not None
    return control.report


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder of photos, indexed in ``profile``."""
    folder = tmp_path / "media"
    folder.mkdir()
    for number in range(PHOTOS):
        write_photo(folder / f"{number}.jpg", picture(number))
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        library.add_root(folder)
        assert indexed(library, folder).photos == PHOTOS
    return folder


def test_folders_that_may_not_be_looked_into_are_told_apart(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = f"Akin is not allowed to look into the folder {media / 'private'}."

    def scan(*args: Any, **options: Any) -> Iterator[ScanBatch]:
        for batch in scanner.scan(*args, **options):
            yield replace(batch, unreadable=[("private", sentence)])

    monkeypatch.setattr("desktop_app.engine.indexing.survey.scan", scan)
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        report = indexed(library, media)
    assert report.closed == report.notes == (sentence,)
    assert report.photos == PHOTOS


def test_a_root_that_is_gone_is_offline_and_one_that_never_was_is_refused(media: Path, tmp_path: Path) -> None:
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        media.rename(tmp_path / "unplugged")
        library.check_root(media)
        library.add_root(media)
        report = indexed(library, media)
        assert (report.offline, report.missing, report.photos) == (PHOTOS, 0, 0)
        assert report.notes == (f"The folder {media} can't be reached now: what is in it is offline.",)
        assert not report.closed
        for never in (tmp_path / "nowhere", media / "below"):
            with pytest.raises(KnownError, match="There is no folder"):
                library.check_root(never)
        (tmp_path / "unplugged").rename(media)
        assert indexed(library, media).unchanged == PHOTOS


def test_a_library_opens_and_answers_without_room_to_save_its_indexes(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tmp_path / "profile" / "indexes")

    def full(_path: Path, _write: object, **_options: object) -> None:
        raise StorageFullError("There is no room left to save the search index.")

    monkeypatch.setattr("desktop_app.engine.index.segment_files.write_durably", full)
    with Library.open(Profile.at(tmp_path / "profile"), jobs=1) as library:
        for _progress in library.prepare_indexes():
            pass
        assert len(library.similar(SimilarRequest(files=(media / "0.jpg",))).hits) == PHOTOS - 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_log_on_a_full_disk_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does the terminal get what the log could not take."""
    path = log_to(tmp_path)
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        path.write_text("as the log finds it")
    logging.getLogger("desktop_app.test").warning("nowhere to go")
    assert capsys.readouterr() == ("", "")
    path.unlink()
    log_to(tmp_path)
    logging.getLogger("desktop_app.test").warning("room again")
    stop_logging()
    assert "room again" in path.read_text("utf-8") and "nowhere" not in path.read_text("utf-8")
