"""What a worker makes of one file, on real media."""

import dataclasses
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from fixtures.media import picture, write_photo, write_track
from PIL import Image

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata, TrackMetadata
from desktop_app.domain.reading import FileJob
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.media.thumbnails import thumbnail_path
from desktop_app.engine.scanner import look_at
from desktop_app.engine.workers import tasks
from desktop_app.engine.workers.outcomes import FileChangedError, FileGoneError
from desktop_app.errors import StorageFullError, UnreadableFileError


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "a.jpg", picture(1, (800, 600)))


@pytest.fixture
def track(tmp_path: Path) -> Path:
    return write_track(tmp_path / "a.flac")


def test_a_photo(photo: Path, tmp_path: Path) -> None:
    reading = tasks.read_file(FileJob(photo, Kind.PHOTO, thumbnails=tmp_path / "thumbs"))
    status = photo.stat()
    assert (reading.size, reading.mtime_ns, reading.problem) == (status.st_size, status.st_mtime_ns, None)
    assert isinstance(reading.metadata, PhotoMetadata)
    assert (reading.metadata.width, reading.metadata.height) == (800, 600)
    assert set(reading.vectors) == {spec.name for spec in SPACES.values() if spec.kind is Kind.PHOTO}
    assert reading.has_thumbnail
    assert reading.seconds > 0
    with Image.open(thumbnail_path(tmp_path / "thumbs", str(reading.content_hash))) as image:
        assert max(image.size) == 512


def test_a_time_that_no_catalogue_can_hold(photo: Path, track: Path) -> None:
    for path, kind in ((photo, Kind.PHOTO), (track, Kind.TRACK)):
        try:
            os.utime(path, (0, 10_413_792_000))  # the year 2300
        except (OSError, OverflowError):
            pytest.skip("this file system has no such times")
        found = look_at(path.parent, path.name)
        assert found is not None
        assert tasks.read_file(FileJob(path, kind, want_vectors=False)).mtime_ns == found.mtime_ns < 2**63


def test_a_track(track: Path, tmp_path: Path) -> None:
    reading = tasks.read_file(FileJob(track, Kind.TRACK, thumbnails=tmp_path / "thumbs"))
    assert reading.problem is None
    assert isinstance(reading.metadata, TrackMetadata)
    assert set(reading.vectors) == {spec.name for spec in SPACES.values() if spec.kind is Kind.TRACK}
    assert reading.analysis is not None
    assert not reading.has_thumbnail


def test_a_tracks_thumbnail_is_its_cover(track: Path, tmp_path: Path) -> None:
    write_photo(tmp_path / "cover.png", picture(2, (300, 300)))
    job = FileJob(track, Kind.TRACK, want_metadata=False, want_vectors=False, thumbnails=tmp_path / "thumbs")
    reading = tasks.read_file(job)
    assert reading.has_thumbnail
    assert thumbnail_path(tmp_path / "thumbs", str(reading.content_hash)).is_file()
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture at all")
    (tmp_path / "thumbs").rename(tmp_path / "lost")
    assert not tasks.read_file(job).has_thumbnail


def test_hashes_alone_decode_nothing(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "read_photo", lambda *_args, **_options: pytest.fail("decoded"))
    reading = tasks.read_file(FileJob(photo, Kind.PHOTO, want_metadata=False, want_vectors=False))
    assert reading.content_hash
    assert str(reading.payload_hash).startswith("p:")
    assert (reading.metadata, reading.vectors) == (None, {})


def test_a_known_payload_is_not_described(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "describe_photos", lambda _pixels: pytest.fail("described"))
    job = FileJob(photo, Kind.PHOTO, want_vectors=False, thumbnails=tmp_path / "thumbs")
    assert tasks.read_file(job).metadata is not None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"not a picture, just words", "not a picture"),
        ("text.mp3", b"not a track, just words", "not a track"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "damaged"),
    ],
)
def test_a_bad_file_is_a_reading_with_a_sentence(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    kind = Kind.TRACK if name.endswith("mp3") else Kind.PHOTO
    reading = tasks.read_file(FileJob(path, kind, thumbnails=tmp_path / "thumbs"))
    assert words in str(reading.problem)
    assert reading.vectors == {}
    assert not reading.has_thumbnail
    assert (reading.content_hash is not None) == bool(data)


def test_pixels_that_cannot_be_described(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pixels: object) -> None:
        raise ValueError("no picture")

    monkeypatch.setattr(tasks, "describe_photos", refuse)
    assert "damaged" in str(tasks.read_file(FileJob(photo, Kind.PHOTO)).problem)


def test_gone_and_changed_files_are_no_problems(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tasks.hashes_of

    def meddle(file: BinaryIO, kind: Kind) -> tuple[str, str]:
        hashes = real(file, kind)
        os.utime(photo, ns=(1, 1))
        return hashes

    monkeypatch.setattr(tasks, "hashes_of", meddle)
    with pytest.raises(FileChangedError):
        tasks.read_file(FileJob(photo, Kind.PHOTO))
    photo.unlink()
    with pytest.raises(FileGoneError):
        tasks.read_file(FileJob(photo, Kind.PHOTO))


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="not an ordinary file"):
        tasks.read_file(FileJob(tmp_path, Kind.PHOTO))
    with pytest.raises(UnreadableFileError, match="can't be reached"):
        tasks.read_file(FileJob(Path("nul\0.jpg"), Kind.PHOTO))


def test_a_full_disk_does_not_cost_the_item(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise StorageFullError("full")

    monkeypatch.setattr(tasks.ThumbnailCache, "write", full)
    reading = tasks.read_file(FileJob(photo, Kind.PHOTO, thumbnails=tmp_path / "thumbs"))
    assert (reading.problem, reading.has_thumbnail) == (None, False)


def test_a_preview(photo: Path) -> None:
    shown = tasks.preview(photo, 200)
    assert (shown.width, shown.height, shown.full_width, shown.full_height) == (200, 150, 800, 600)
    assert len(shown.rgb) == 200 * 150 * 3
    assert tasks.preview(photo, 5000).width == 800


def test_a_waveform(track: Path) -> None:
    made = tasks.waveform_of(track)
    assert len(made.peaks) == len(made.rms) > 0


def test_a_reading_travels(photo: Path) -> None:
    import pickle

    reading = tasks.read_file(FileJob(photo, Kind.PHOTO))
    back = pickle.loads(pickle.dumps(reading))
    assert dataclasses.replace(back, vectors={}) == dataclasses.replace(reading, vectors={})
    assert all(np.array_equal(back.vectors[name], reading.vectors[name]) for name in reading.vectors)


def test_the_same_picture_in_memory(photo: Path) -> None:
    from desktop_app.engine.media.photo import decode_picture

    assert decode_picture(photo.read_bytes()).width == 800
    with pytest.raises(UnreadableFileError):
        decode_picture(b"words")
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(buffer, "PNG")
    assert decode_picture(buffer.getvalue()).pixels.shape == (20, 30, 3)


def test_importing_the_tasks_loads_nothing_that_workers_must_not_have() -> None:
    code = (
        "import sys, desktop_app.engine.workers.tasks; "
        "print([n for n in ('PySide6', 'torch', 'duckdb', 'faiss', 'librosa', 'numba', 'sklearn', 'scipy') "
        "if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_calls_are_the_tasks(photo: Path, track: Path) -> None:
    from desktop_app.engine.workers import calls

    assert calls.read_file(FileJob(photo, Kind.PHOTO)).content_hash
    assert calls.preview(photo, 100).width == 100
    assert calls.waveform_of(track).peaks


def test_naming_a_task_loads_no_decoder() -> None:
    code = (
        "import sys, desktop_app.engine.workers.calls, desktop_app.engine.workers.pool; "
        "print([n for n in ('cv2', 'PIL', 'rawpy', 'av') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
