"""Damaged files of every format end as read or as UnreadableFileError, and as nothing else."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.media import iptc_block, picture, tune, write_dng, write_photo, write_track, xmp_packet
from fixtures.one_file import file_hashes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.audio import decode_blocks, decode_excerpt, read_cover, read_track_metadata
from desktop_app.engine.media.photo import read_photo
from desktop_app.errors import UnreadableFileError

PHOTOS = ["jpg", "png", "webp", "gif", "bmp", "tif", "heic", "avif", "dng"]
Damage = tuple[str, float, bytes]  # what is done, where (part of the length), with which bytes

TRACKS = ["wav", "aiff", "flac", "ogg", "opus", "mp3", "m4a", "wma", "wv", "aac"]

damage = st.one_of(
    st.tuples(st.just("cut"), st.floats(0, 1), st.just(b"")),
    st.tuples(st.just("put"), st.floats(0, 1), st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("put"), st.floats(0, 0.1), st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("drop"), st.floats(0, 1), st.binary(min_size=1, max_size=30)),
)
quick = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def damaged(data: bytes, how: Damage) -> bytes:
    kind, where, patch = how
    at = int(where * len(data))
    if kind == "cut":
        return data[:at]
    return data[:at] + (patch if kind == "put" else b"") + data[at + len(patch) :]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The bytes of a small file of each format, with tags."""
    folder = tmp_path_factory.mktemp("originals")
    made: dict[str, bytes] = {}

    def of(ending: str) -> bytes:
        if ending not in made:
            path = folder / f"a.{ending}"
            if ending == "dng":
                write_dng(path, picture(1, (96, 64)), preview_size=(96, 64))
            elif ending in PHOTOS:
                fields = {} if ending in ("gif", "bmp") else {"make": "Canon", "gps": (1.0, 2.0), "iso": 100}
                iptc = iptc_block(keywords=("a",)) if ending == "jpg" else None
                write_photo(path, picture(1, (96, 64)), xmp=xmp_packet(rating=2), iptc=iptc, **fields)
            else:
                cover = write_photo(folder / "cover.jpg", picture(1, (30, 30))).read_bytes()
                tags = {"title": "Song", "artist": "Band"} if ending != "aac" else None
                write_track(path, tune(1, 1.6, rate=22050), 22050, tags=tags, cover=cover if tags else None)
                (folder / "cover.jpg").unlink()
            made[ending] = path.read_bytes()
        return made[ending]

    return of


@pytest.mark.parametrize("ending", PHOTOS)
@quick
@given(how=damage)
def test_damaged_photos(
    tmp_path: Path, originals: Callable[[str], bytes], ending: str, how: tuple[str, float, bytes]
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(damaged(originals(ending), how))
    with suppress(UnreadableFileError):
        assert read_photo(path)[0].pixels.ndim == 3
    with suppress(UnreadableFileError):
        file_hashes(path, Kind.PHOTO)


@pytest.mark.parametrize("ending", TRACKS)
@quick
@given(how=damage)
def test_damaged_tracks(
    tmp_path: Path, originals: Callable[[str], bytes], ending: str, how: tuple[str, float, bytes]
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(damaged(originals(ending), how))
    for read in (decode_excerpt, read_track_metadata, read_cover, lambda file: list(decode_blocks(file))):
        with suppress(UnreadableFileError):
            read(path)
    with suppress(UnreadableFileError):
        file_hashes(path, Kind.TRACK)
