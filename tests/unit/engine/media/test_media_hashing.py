"""What names content and payload: tags don't change a payload, pixels and samples do."""

import io
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from fixtures.media import linear_profile, picture, tune, write_dng, write_photo, write_track, xmp_packet
from fixtures.one_file import file_hashes
from fixtures.track_files import retag
from PIL import Image

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media import hashing
from desktop_app.engine.media.hashing import content_hash, payload_hash
from desktop_app.engine.media.spans import exif_orientation
from desktop_app.errors import UnreadableFileError

SPLIT_TRACKS = ["wav", "aiff", "flac", "ogg", "opus", "mp3", "m4a", "alac.m4a", "wma", "wv"]
SPLIT_PHOTOS = ["jpg", "png", "webp", "tif", "heic", "avif"]


def photo_payload(path: Path) -> str:
    return file_hashes(path, Kind.PHOTO)[1]


def track_payload(path: Path) -> str:
    return file_hashes(path, Kind.TRACK)[1]


def track(folder: Path, ending: str, seed: int = 0) -> Path:
    return write_track(folder / f"a.{ending}", tune(seed, 1.5), codec="alac" if "alac" in ending else None)


def test_content_hash_is_of_all_bytes() -> None:
    data = bytes(range(256)) * 9000
    file = io.BytesIO(data)
    file.read(10)
    assert content_hash(file) == blake3(data).hexdigest()


def test_both_hashes_agree_with_the_single_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = track(tmp_path, "mp3")
    content, payload = file_hashes(path, Kind.TRACK)
    with path.open("rb") as file:
        assert content == content_hash(file)
    assert payload == payload_hash(path, Kind.TRACK, content)
    monkeypatch.setattr(hashing, "_IN_MEMORY", 100)  # the way of large files
    assert file_hashes(path, Kind.TRACK) == (content, payload)


@pytest.mark.parametrize("ending", SPLIT_TRACKS)
def test_retagging_keeps_a_tracks_payload(tmp_path: Path, ending: str) -> None:
    path = track(tmp_path, ending)
    before = file_hashes(path, Kind.TRACK)
    cover = write_photo(tmp_path / "c.jpg", picture(1, (300, 300))).read_bytes()
    retag(path, {"title": "Long title " * 600, "artist": "Someone"}, cover)
    after = file_hashes(path, Kind.TRACK)
    assert before[1].startswith("p:")
    assert after[1] == before[1] and after[0] != before[0]


@pytest.mark.parametrize("ending", SPLIT_TRACKS)
def test_other_samples_are_another_payload(tmp_path: Path, ending: str) -> None:
    assert track_payload(track(tmp_path / "a", ending, 1)) != track_payload(track(tmp_path / "b", ending, 2))


def test_tags_at_the_end_of_an_mp3(tmp_path: Path) -> None:
    path = track(tmp_path, "mp3")
    before = track_payload(path)
    data = path.read_bytes()
    item = b"\x05\0\0\0\0\0\0\0Title\0hello"
    body = item + b"APETAGEX" + (2000).to_bytes(4, "little") + (len(item) + 32).to_bytes(4, "little")
    ape = body + (1).to_bytes(4, "little") + bytes(4) + bytes(8)
    path.write_bytes(data + ape + b"TAG".ljust(128, b" "))
    assert track_payload(path) == before
    path.write_bytes(data[:-500])
    assert track_payload(path) != before


@pytest.mark.parametrize("ending", SPLIT_PHOTOS)
def test_tags_keep_a_photos_payload(tmp_path: Path, ending: str) -> None:
    pixels = picture(1, (80, 60))
    plain = photo_payload(write_photo(tmp_path / f"a.{ending}", pixels))
    tagged = write_photo(tmp_path / f"b.{ending}", pixels, xmp=xmp_packet(rating=3), make="Canon", orientation=1)
    assert plain.startswith("p:")
    assert photo_payload(tagged) == plain


@pytest.mark.parametrize("ending", SPLIT_PHOTOS)
def test_pixels_orientation_and_profile_are_payload(tmp_path: Path, ending: str) -> None:
    pixels = picture(1, (80, 60))
    changed = pixels.copy()
    changed[:30] //= 2
    hashes = [
        photo_payload(write_photo(tmp_path / f"1.{ending}", pixels)),
        photo_payload(write_photo(tmp_path / f"2.{ending}", changed)),
        photo_payload(write_photo(tmp_path / f"3.{ending}", pixels, orientation=6)),
        photo_payload(write_photo(tmp_path / f"4.{ending}", pixels, orientation=8)),
        photo_payload(write_photo(tmp_path / f"5.{ending}", pixels, icc=linear_profile())),
    ]
    assert len(set(hashes)) == len(hashes)


def test_what_follows_a_jpeg_does_not_count(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg")
    before = photo_payload(path)
    path.write_bytes(path.read_bytes() + b"a film behind the picture")
    assert photo_payload(path) == before


def test_progressive_jpeg_counts_to_its_end(tmp_path: Path) -> None:
    Image.fromarray(picture(1, (200, 200))).save(tmp_path / "a.jpg", progressive=True)
    data = (tmp_path / "a.jpg").read_bytes()
    before = photo_payload(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes(data[:-300] + b"\x01" + data[-299:])
    assert photo_payload(tmp_path / "a.jpg") != before


def test_a_png_divided_into_other_chunks_is_the_same(tmp_path: Path) -> None:
    Image.fromarray(picture(1, (400, 300))).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    at = data.find(b"IDAT")
    length = int.from_bytes(data[at - 4 : at], "big")
    body = data[at + 4 : at + 4 + length]

    def chunk(part: bytes) -> bytes:
        import zlib

        return len(part).to_bytes(4, "big") + b"IDAT" + part + zlib.crc32(b"IDAT" + part).to_bytes(4, "big")

    divided = data[: at - 4] + chunk(body[:1000]) + chunk(body[1000:]) + data[at + 8 + length :]
    (tmp_path / "b.png").write_bytes(divided)
    assert photo_payload(tmp_path / "a.png") == photo_payload(tmp_path / "b.png")


def test_comments_keep_a_gifs_payload(tmp_path: Path) -> None:
    data = write_photo(tmp_path / "a.gif", picture(1, (80, 60))).read_bytes()
    before = photo_payload(tmp_path / "a.gif")
    Image.fromarray(picture(1, (80, 60))).save(tmp_path / "b.gif", comment=b"a comment " * 90)
    end = data.rindex(b";")
    (tmp_path / "c.gif").write_bytes(b"GIF89a" + data[6:end] + b"!\xff\x0bXMP DataXMP\x05<xmp>\0;")
    (tmp_path / "d.gif").write_bytes(b"GIF89a" + data[6:end] + b"!\xff\x0bNETSCAPE2.0\x03\1\0\0\0;")
    other = write_photo(tmp_path / "e.gif", picture(2, (80, 60)))
    assert before.startswith("p:")
    assert photo_payload(tmp_path / "b.gif") == photo_payload(tmp_path / "c.gif") == before
    assert len({before, photo_payload(tmp_path / "d.gif"), photo_payload(other)}) == 3


def test_a_gif_with_a_stray_byte_before_its_picture_counts_whole(tmp_path: Path) -> None:
    """Decoders skip it, and show what follows."""
    data = write_photo(tmp_path / "a.gif", picture(1, (80, 60))).read_bytes()
    at = data.index(b",", 13 + 768)
    (tmp_path / "b.gif").write_bytes(data[:at] + b"!\xf9\x04\0\0\0\0\0" + b"\0" + data[at:])
    with Image.open(tmp_path / "b.gif") as stray, Image.open(tmp_path / "a.gif") as plain:
        assert stray.convert("RGB").tobytes() == plain.convert("RGB").tobytes()
    assert photo_payload(tmp_path / "b.gif").startswith("c:")


def test_tags_and_previews_keep_a_raws_payload(tmp_path: Path) -> None:
    pixels, preview = picture(1, (80, 60)), (40, 30)
    plain = photo_payload(write_dng(tmp_path / "a.dng", pixels, preview_size=preview))
    assert plain.startswith("p:")
    assert photo_payload(write_dng(tmp_path / "b.dng", pixels, preview_size=preview, make="Another", iso=50)) == plain
    for number, changed in enumerate(({"pixels": picture(2, (80, 60))}, {"pixels": pixels, "orientation": 6})):
        assert photo_payload(write_dng(tmp_path / f"{number}.dng", preview_size=preview, **changed)) != plain


def test_other_formats_count_whole(tmp_path: Path) -> None:
    content, payload = file_hashes(write_photo(tmp_path / "a.bmp"), Kind.PHOTO)
    assert payload == f"c:{content}"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("data", [b"x", b"\xff\xd8\xff\xd9", b"ID3\3\0\0\0\0\0\0", b"OggS" + bytes(30), b"fLaC"])
def test_what_is_too_short_counts_whole(tmp_path: Path, kind: Kind, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    content, payload = file_hashes(tmp_path / "a", kind)
    assert payload == f"c:{content}"


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(UnreadableFileError):
            file_hashes(path, Kind.PHOTO)
        with pytest.raises(UnreadableFileError):
            payload_hash(path, Kind.PHOTO, "0")


def test_orientation_of_either_byte_order() -> None:
    little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
    big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"
    assert exif_orientation(little) == 6
    assert exif_orientation(b"Exif\0\0" + big) == 8
    assert exif_orientation(b"nothing") == 1
    assert exif_orientation(little[:-4] + b"\x63\0\0\0") == 1
    assert np.all([exif_orientation(little[:cut]) in (1, 6) for cut in range(len(little))])
