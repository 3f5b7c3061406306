"""The thumbnail cache: small pictures, whole or not at all, within a limit."""

import os
from pathlib import Path

import numpy as np
import pytest
from fixtures.media import picture
from PIL import Image

from desktop_app.engine.media.thumbnails import ThumbnailCache, thumbnail_path
from desktop_app.errors import StorageFullError

NAMES = [f"{number:02x}{number:02x}" + "0" * 60 for number in range(12)]


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "thumbnails", 10**9)


def test_paths_fan_out(tmp_path: Path) -> None:
    assert thumbnail_path(tmp_path, "abcdef") == tmp_path / "ab" / "cd" / "abcdef.jpg"
    assert ThumbnailCache(tmp_path, 1).path_of("abcdef") == thumbnail_path(tmp_path, "abcdef")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1400, 1050), (512, 384)),
        ((1000, 750), (500, 375)),  # halved: every pixel counts the same
        ((700, 1400), (256, 512)),
        ((300, 200), (300, 200)),
        ((4000, 3), (512, 1)),
    ],
)
def test_written_at_most_512_long(cache: ThumbnailCache, size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert not cache.has(NAMES[0])
    pixels = picture(1, size)
    cache.write(NAMES[0], pixels)
    assert cache.has(NAMES[0])
    with Image.open(cache.path_of(NAMES[0])) as image:
        assert image.size == expected
        seen = np.asarray(image.resize((8, 8))).astype(int)
    assert np.abs(seen - np.asarray(Image.fromarray(pixels).resize((8, 8)))).mean() < 12
    assert [path.suffix for path in cache.path_of(NAMES[0]).parent.iterdir()] == [".jpg"]


def test_trim_removes_the_longest_unused(tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path, 10**9)
    for number, name in enumerate(NAMES):
        cache.write(name, picture(number, (200, 150)))
        os.utime(cache.path_of(name), (1_700_000_000 + number, 1_700_000_000 + number))
    assert cache.trim() == 0
    half = ThumbnailCache(tmp_path, cache.size() // 2)
    assert half.trim() > 0
    assert half.size() <= cache.size() and half.size() <= half._limit
    kept = [half.has(name) for name in NAMES]
    assert kept == sorted(kept)  # the newest stay


def test_a_thumbnail_is_replaced(cache: ThumbnailCache) -> None:
    assert cache.size() == 0
    cache.write(NAMES[0], picture(0))
    before = cache.path_of(NAMES[0]).read_bytes()
    cache.write(NAMES[0], picture(1))
    assert cache.path_of(NAMES[0]).read_bytes() != before


def test_a_full_disk_is_said(cache: ThumbnailCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageFullError, match="No space left"):
        cache.write(NAMES[0], picture(0))
    assert cache.size() == 0


def test_a_refused_write(cache: ThumbnailCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(NAMES[1], picture(0))

    def refused(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    cache.write(NAMES[1], picture(0))  # open elsewhere on Windows: the one there is as good
    with pytest.raises(StorageFullError, match="not allowed"):
        cache.write(NAMES[2], picture(0))


def test_a_large_cache_is_looked_through_only_near_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1024):
        path = thumbnail_path(tmp_path, f"{number % 256:02x}{number // 256:02x}" + "0" * 60)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
    looked = list[str]()
    scandir = os.scandir

    def counted(place: object) -> object:
        looked.append(str(place))
        return scandir(place)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", counted)
    assert ThumbnailCache(tmp_path, 2_000_000).trim() == 0
    assert len(looked) < 200, "of 1281 folders"
    assert ThumbnailCache(tmp_path, 1_100_000).trim() == 0  # near: all are counted
    removed = ThumbnailCache(tmp_path, 1_000_000).trim()
    assert 100 < removed < 150
