"""Photos of every format become upright sRGB pixels, and say what they know."""

import dataclasses
import io
import math
import struct
import time
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fixtures.media import exif_block, iptc_block, linear_profile, picture, write_dng, write_photo, xmp_packet
from fixtures.one_file import describe_photo, photo_metadata
from numpy.typing import NDArray
from PIL import Image

from desktop_app.engine.media import pixels as pixels_module
from desktop_app.engine.media.photo import DecodedPhoto, decode_photo, decode_picture, read_photo
from desktop_app.engine.media.thumbnails import fitted
from desktop_app.errors import UnreadableFileError

FORMATS = ["jpg", "png", "webp", "gif", "bmp", "tif", "heic", "avif"]
CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


def four_corners(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Red, green / blue, white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for (y, x), colour in zip(((0, 0), (0, 1), (1, 0), (1, 1)), CORNERS.values(), strict=True):
        pixels[y * height // 2 : (y + 1) * height // 2, x * width // 2 : (x + 1) * width // 2] = colour
    return pixels


def corner_names(photo: DecodedPhoto) -> list[str]:
    """The colours of the four corners, row by row."""
    found: list[str] = []
    for y, x in ((6, 6), (6, -6), (-6, 6), (-6, -6)):
        seen = photo.pixels[y, x].astype(int)
        found.append(min(CORNERS, key=lambda name: int(np.abs(seen - CORNERS[name]).sum())))
    return found


def difference(photo: DecodedPhoto, expected: NDArray[np.uint8]) -> float:
    assert photo.pixels.shape == expected.shape
    return float(np.abs(photo.pixels.astype(int) - expected.astype(int)).mean())


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_its_pixels(tmp_path: Path, ending: str) -> None:
    expected = picture(3, (320, 240))
    photo, metadata = read_photo(write_photo(tmp_path / f"a.{ending}", expected))
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags["C_CONTIGUOUS"]
    assert (photo.width, photo.height, metadata.width, metadata.height) == (320, 240, 320, 240)
    assert difference(photo, expected) < (7 if ending == "gif" else 4)


@pytest.mark.parametrize(
    ("ending", "name"), [("jpg", "JPEG"), ("webp", "WebP"), ("heic", "HEIF"), ("avif", "AVIF"), ("tif", "TIFF")]
)
def test_the_format_is_named(tmp_path: Path, ending: str, name: str) -> None:
    assert photo_metadata(write_photo(tmp_path / f"a.{ending}")).format == name


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif", "heic"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_stand_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    upright = four_corners()
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    path = write_photo(tmp_path / f"a.{ending}", np.ascontiguousarray(stored), orientation=orientation, quality=95)
    photo, metadata = read_photo(path)
    assert corner_names(photo) == list(CORNERS)
    assert (photo.width, photo.height) == (96, 64)
    assert photo.pixels.shape == (64, 96, 3)
    assert metadata.orientation in ((1, orientation) if ending == "heic" else (orientation,))


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("size", [(1400, 700), (1023, 300), (200, 2100), (513, 20), (100, 50)])
def test_scaled_to_the_least_scale_that_suffices(tmp_path: Path, ending: str, size: tuple[int, int]) -> None:
    photo = decode_photo(write_photo(tmp_path / f"a.{ending}", picture(1, size)))
    longest = max(photo.pixels.shape[:2])
    assert longest >= min(512, max(size))
    assert longest < 1024 or max(size) < 1024
    assert (photo.width, photo.height) == size
    assert photo.pixels.shape[1] / photo.pixels.shape[0] == pytest.approx(size[0] / size[1], rel=0.05)
    full = decode_photo(tmp_path / f"a.{ending}", long_side=None)
    assert full.pixels.shape == (size[1], size[0], 3)


def test_alpha_lies_over_white(tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[:, 30:] = (200, 0, 0, 255)
    for ending in ("png", "webp", "tif"):
        seen = decode_photo(write_photo(tmp_path / f"a.{ending}", pixels)).pixels
        assert seen[20, 5].min() > 250
        assert abs(int(seen[20, 50, 0]) - 200) < 6 and seen[20, 50, 1] < 8
    grey = decode_photo(write_photo(tmp_path / "la.png", pixels, mode="LA")).pixels
    assert grey[20, 5].min() == 255 and grey[20, 50].max() < 100


@pytest.mark.parametrize(("ending", "mode"), [("gif", "P"), ("png", "P"), ("png", "1"), ("png", "L"), ("tif", "1")])
def test_palettes_and_grey(tmp_path: Path, ending: str, mode: str) -> None:
    photo = decode_photo(write_photo(tmp_path / f"a.{ending}", four_corners(), mode=mode))
    assert photo.pixels.shape == (64, 96, 3)
    assert photo.pixels[-6, -6].min() == 255  # white stays white
    if mode == "P":
        assert corner_names(photo) == list(CORNERS)


def test_transparent_palette_lies_over_white(tmp_path: Path) -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(1, (10, 0, 20, 20))
    image.save(tmp_path / "a.gif", transparency=0)
    seen = decode_photo(tmp_path / "a.gif").pixels
    assert tuple(seen[5, 2]) == (255, 255, 255) and tuple(seen[5, 15]) == (255, 0, 0)


@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_cmyk(tmp_path: Path, ending: str) -> None:
    photo = decode_photo(write_photo(tmp_path / f"a.{ending}", four_corners(), mode="CMYK", quality=95))
    assert corner_names(photo) == list(CORNERS)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_grey_of_16_bits_keeps_its_scale(tmp_path: Path, ending: str) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 256).astype(np.uint16)[None], 32, axis=0)
    seen = decode_photo(write_photo(tmp_path / f"a.{ending}", ramp)).pixels
    assert seen[0, 0, 0] == 0 and seen[0, -1, 0] == 255
    assert abs(int(seen[0, 128, 0]) - 128) <= 1
    wide = np.repeat(np.linspace(0, 65535, 2048).astype(np.uint16)[None], 32, axis=0)
    reduced = decode_photo(write_photo(tmp_path / f"b.{ending}", wide))
    assert reduced.pixels.shape == (8, 512, 3) and reduced.width == 2048
    assert reduced.pixels[0, -1, 0] >= 254


def test_colour_of_16_bits(tmp_path: Path) -> None:
    pixels = picture(4, (200, 100))
    photo = decode_photo(write_photo(tmp_path / "a.tif", pixels.astype(np.uint16) * 257))
    assert difference(photo, pixels) < 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 900.0)])
def test_floating_point_grey_fills_the_range(tmp_path: Path, low: float, high: float) -> None:
    ramp = np.repeat(np.linspace(low, high, 200, dtype=np.float32)[None], 20, axis=0)
    ramp[0, 0] = np.nan
    Image.fromarray(ramp).save(tmp_path / "a.tif")
    seen = decode_photo(tmp_path / "a.tif").pixels
    assert seen[5, 0, 0] == 0 and seen[5, -1, 0] == 255 and abs(int(seen[5, 100, 0]) - 128) <= 2


def test_integers_of_32_bits_fill_the_range(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 5_000_000, 200).astype(np.int32)[None], 20, axis=0)
    Image.fromarray(ramp).save(tmp_path / "a.tif")
    seen = decode_photo(tmp_path / "a.tif").pixels
    assert seen[5, 0, 0] == 0 and seen[5, -1, 0] == 255


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "heic", "avif"])
def test_profile_is_turned_into_srgb(tmp_path: Path, ending: str) -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    seen = decode_photo(write_photo(tmp_path / f"a.{ending}", grey, icc=linear_profile())).pixels
    assert seen.mean() == pytest.approx(188, abs=4)


def test_a_broken_or_unfitting_profile_is_passed_over(tmp_path: Path) -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    for number, profile in enumerate((b"nonsense", linear_profile()[:200], linear_profile("CMYK"))):
        seen = decode_photo(write_photo(tmp_path / f"{number}.jpg", grey, icc=profile)).pixels
        assert seen.mean() == pytest.approx(128, abs=2)


def test_lab_tiff(tmp_path: Path) -> None:
    image = Image.new("LAB", (20, 20), (255, 128, 128))
    image.save(tmp_path / "a.tif")
    assert decode_photo(tmp_path / "a.tif").pixels.min() > 240


# Camera RAW


def test_raw_without_a_preview_is_demosaiced(tmp_path: Path) -> None:
    photo, metadata = read_photo(write_dng(tmp_path / "a.dng", four_corners(640, 480)))
    assert corner_names(photo) == list(CORNERS)
    assert (metadata.width, metadata.height) == (640, 480)
    assert metadata.format == "RAW (DNG)"
    assert (metadata.camera, metadata.iso, metadata.taken) == ("Akin Test Camera", 200, "2024-06-12T18:41:05")


def test_large_raw_is_demosaiced_at_half_size(tmp_path: Path) -> None:
    path = write_dng(tmp_path / "a.dng", picture(1, (1200, 800)))
    photo = decode_photo(path)
    assert photo.pixels.shape == (400, 600, 3) and (photo.width, photo.height) == (1200, 800)
    assert decode_photo(path, long_side=None).pixels.shape == (800, 1200, 3)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("preview_size", [(600, 400), None])
def test_raw_stands_upright(tmp_path: Path, orientation: int, preview_size: tuple[int, int] | None) -> None:
    upright = four_corners(400, 600) if orientation in (6, 8) else four_corners(600, 400)
    turns = {1: 0, 3: 2, 6: 1, 8: -1}[orientation]
    stored = np.ascontiguousarray(np.rot90(upright, turns))
    path = write_dng(tmp_path / "a.dng", stored, orientation=orientation, preview_size=preview_size)
    photo, metadata = read_photo(path)
    assert corner_names(photo) == list(CORNERS)
    assert (photo.height, photo.width) == upright.shape[:2] == (metadata.height, metadata.width)
    assert metadata.orientation == orientation
    assert "Software" not in metadata.extra


def test_small_preview_of_a_raw_is_not_taken_for_the_picture(tmp_path: Path) -> None:
    path = write_dng(tmp_path / "a.dng", picture(1, (900, 600)), preview_size=(160, 120))
    assert max(decode_photo(path).pixels.shape) >= 512


def test_a_tiff_that_is_called_raw(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.tif", picture(5, (64, 48)))
    renamed = path.rename(tmp_path / "a.nef")
    assert decode_photo(renamed).pixels.shape == (48, 64, 3)


def test_text_that_is_called_raw(tmp_path: Path) -> None:
    path = tmp_path / "a.cr2"
    path.write_text("Dear diary, " * 100)
    with pytest.raises(UnreadableFileError, match=r"not a picture .* ends in \.cr2"):
        decode_photo(path)


# What can't be used


def reason(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        read_photo(path)
    return str(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert reason(tmp_path / "a.jpg") == "This file is empty."


def test_text_that_is_called_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("Dear diary")
    assert reason(tmp_path / "a.jpg") == "This is not a picture that Akin can read, though its name ends in .jpg."
    (tmp_path / "a").write_text("Dear diary")
    assert reason(tmp_path / "a") == "This is not a picture that Akin can read."


def test_a_folder_and_a_file_that_is_gone(tmp_path: Path) -> None:
    assert reason(tmp_path) == "This is a folder, not a file."
    assert reason(tmp_path / "gone.jpg") == "This file is not there any more."
    assert reason(Path("a\0b.jpg")).startswith("This file can't be read")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_photo(tmp_path / "a.jpg")

    def refused(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    assert reason(path) == "Akin is not allowed to read this file."


def png_of_size(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(10000))) + chunk(b"IEND", b"")


def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_of_size(60000, 60000))
    start = time.perf_counter()
    assert reason(tmp_path / "a.png") == (
        "This picture is 60,000 × 60,000 pixels, more than Akin opens (500 megapixels)."
    )
    assert time.perf_counter() - start < 1.0


def test_a_raw_with_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels_module, "PIXEL_LIMIT", 1000)
    assert "more than Akin opens" in reason(write_dng(tmp_path / "a.dng"))


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_cut_off_picture_shows_what_it_has(tmp_path: Path, ending: str) -> None:
    pixels = picture(8, (640, 480))
    data = write_photo(tmp_path / f"a.{ending}", pixels).read_bytes()
    (tmp_path / f"half.{ending}").write_bytes(data[: len(data) // 2])
    half = decode_photo(tmp_path / f"half.{ending}")
    assert half.pixels.shape == (480, 640, 3)
    assert np.abs(half.pixels[:100].astype(int) - pixels[:100]).mean() < 5
    (tmp_path / f"head.{ending}").write_bytes(data[:700] if ending == "jpg" else data[:60])
    assert "cut off" in reason(tmp_path / f"head.{ending}") or "damaged" in reason(tmp_path / f"head.{ending}")


def test_content_goes_before_the_name(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.png", picture(2, (50, 40))).rename(tmp_path / "a.jpg")
    assert photo_metadata(path).format == "PNG"


def test_memory_that_runs_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_args: object) -> None:
        raise MemoryError

    path = write_photo(tmp_path / "a.png")
    monkeypatch.setattr(Image.Image, "load", no_room)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_room)
    assert reason(path) == "This picture needs more memory than there is."


def test_nothing_is_written_to_stderr_about_a_damaged_tiff(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = Image.fromarray(picture(1, (300, 200)))
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="tiff_lzw")
    data = bytearray(buffer.getvalue())
    data[400:900] = bytes(500)
    (tmp_path / "a.tif").write_bytes(data)
    with suppress(UnreadableFileError):
        decode_photo(tmp_path / "a.tif")
    assert capfd.readouterr().err == ""


def test_a_cover_in_memory() -> None:
    buffer = io.BytesIO()
    Image.fromarray(four_corners()).save(buffer, "PNG")
    assert corner_names(decode_picture(buffer.getvalue())) == list(CORNERS)
    with pytest.raises(UnreadableFileError):
        decode_picture(b"nothing of the kind")


# Metadata

FULL = {
    "taken": "2024:06:12 18:41:05",
    "offset": "+02:00",
    "make": "NIKON CORPORATION",
    "model": "NIKON Z 6",
    "lens": "NIKKOR Z 50mm f/1.8 S",
    "exposure": 0.004,
    "aperture": 2.8,
    "iso": 400,
    "focal_length": 50.0,
    "gps": (-33.8568, 151.2153),
    "altitude": 12.5,
    "rating": 4,
    "keywords": ("beach", "Šárka"),
}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "heic", "avif"])
def test_exif_fields(tmp_path: Path, ending: str) -> None:
    found = photo_metadata(write_photo(tmp_path / f"a.{ending}", **FULL))
    assert found.taken == "2024-06-12T18:41:05+02:00"
    assert found.camera == "NIKON Z 6"
    assert found.lens == "NIKKOR Z 50mm f/1.8 S"
    assert found.exposure_seconds == pytest.approx(0.004)
    assert (found.aperture, found.iso, found.focal_length_mm) == (2.8, 400, 50.0)
    assert found.latitude == pytest.approx(-33.8568, abs=1e-4)
    assert found.longitude == pytest.approx(151.2153, abs=1e-4)
    assert found.altitude_m == pytest.approx(12.5)
    assert found.rating == 4
    assert found.keywords == ("beach", "Šárka")


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "heic", "avif"])
def test_xmp_fields(tmp_path: Path, ending: str) -> None:
    packet = xmp_packet(rating=3, keywords=("sea", "dog"), title="Low tide")
    found = photo_metadata(write_photo(tmp_path / f"a.{ending}", xmp=packet))
    assert (found.rating, found.keywords, found.title) == (3, ("sea", "dog"), "Low tide")


def test_iptc_fields(tmp_path: Path) -> None:
    block = iptc_block(keywords=("sea", "Küste"), title="Low tide")
    found = photo_metadata(write_photo(tmp_path / "a.jpg", iptc=block))
    assert (found.keywords, found.title) == (("sea", "Küste"), "Low tide")


def test_sources_are_joined(tmp_path: Path) -> None:
    path = write_photo(
        tmp_path / "a.jpg",
        rating=1,
        keywords=("one", "Two"),
        xmp=xmp_packet(rating=5, keywords=("two", "three")),
        iptc=iptc_block(keywords=("four",)),
        taken="2020:01:01 00:00:00",
    )
    found = photo_metadata(path)
    assert found.rating == 5
    assert found.keywords == ("two", "three", "one", "four")
    assert found.taken == "2020-01-01T00:00:00"


@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.xmp", "a.XMP"])
def test_the_sidecar_goes_first(tmp_path: Path, name: str) -> None:
    path = write_photo(tmp_path / "a.jpg", rating=1, make="Canon", model="Canon R5")
    (tmp_path / name).write_bytes(xmp_packet(rating=4, keywords=("side",)))
    found = photo_metadata(path)
    assert (found.rating, found.keywords, found.camera) == (4, ("side",), "Canon R5")


def test_a_hostile_sidecar_says_nothing(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", rating=1)
    bombs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + xmp_packet(rating=4).decode().replace("W5M0", "&b;")
    (tmp_path / "a.xmp").write_text(bombs, encoding="utf-8")
    assert photo_metadata(path).rating == 1


def test_odd_values_are_left_out(tmp_path: Path) -> None:
    block = exif_block(
        taken="0000:00:00 00:00:00",
        make="Canon\0\0garbage",
        model="\x01\x02",
        main={0x0112: 77, 0x4746: 900, 0x010E: "OLYMPUS DIGITAL CAMERA"},
        sub={0x829D: float("nan"), 0x8827: 0, 0x920A: float("inf"), 0x829A: 0.0, 0x9011: "junk"},
    )
    place = block.get_ifd(0x8825)
    place.update({1: "N", 2: (900.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    found = photo_metadata(write_photo(tmp_path / "a.jpg", exif=block))
    assert found.camera == "Canon"
    assert dataclasses.replace(found, camera=None, extra={}) == type(found)(320, 240, "JPEG")


def test_numbers_are_finite(tmp_path: Path) -> None:
    found = photo_metadata(write_photo(tmp_path / "a.jpg", **FULL))
    assert all(math.isfinite(value) for value in dataclasses.astuple(found) if isinstance(value, float))


def test_a_jpeg_may_come_a_little_smaller_where_its_decoder_gives_that_by_itself(tmp_path: Path) -> None:
    sizes = {"exactly": (1016, 640), "less": (940, 640), "more": (1300, 640)}  # halves: 508, 470, 650
    sides: dict[str, int] = {}
    for name, size in sizes.items():
        path = write_photo(tmp_path / f"{name}.jpg", picture(3, size))
        sides[name] = max(read_photo(path, long_side=512, least=477)[0].pixels.shape)
    assert sides == {"exactly": 508, "less": 940, "more": 650}
    assert max(read_photo(tmp_path / "exactly.jpg", long_side=512)[0].pixels.shape) == 1016
    png = write_photo(tmp_path / "a.png", picture(3, (1016, 640)))
    assert max(read_photo(png, long_side=512, least=477)[0].pixels.shape) == 1016  # nothing is gained there


def test_an_eighth_of_a_jpeg_is_what_halving_its_quarter_leaves(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", picture(5, (4032, 3024)))
    eighth = read_photo(path, long_side=512, least=477)[0]
    quarter = read_photo(path, long_side=512)[0]
    assert (eighth.pixels.shape, quarter.pixels.shape) == ((378, 504, 3), (756, 1008, 3))
    assert (eighth.width, eighth.height) == (4032, 3024)
    assert difference(eighth, fitted(quarter.pixels, 512)) < 1.5
    described = [describe_photo(eighth.pixels), describe_photo(fitted(quarter.pixels, 512))]
    for space in ("colour", "look"):
        assert float(described[0][space] @ described[1][space]) > 0.998
    assert int(np.unpackbits(described[0]["phash"] ^ described[1]["phash"]).sum()) <= 6
