"""Values out of files: clean or left out, whatever they are."""

import io
import math
from datetime import datetime

import pytest
from fixtures.media import xmp_packet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from desktop_app.engine.media.exif import ExifBlocks, exif_fields, named_once, raw_fields
from desktop_app.engine.media.iptc import iptc_fields, photoshop_iptc
from desktop_app.engine.media.photo_fields import PhotoFields
from desktop_app.engine.media.sanitise import keywords_of, number_of, text_of, time_of, whole_within, within
from desktop_app.engine.media.tags import whole_of, year_of
from desktop_app.engine.media.xmp import xmp_fields

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
anything = st.recursive(
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.builds(lambda a, b: IFDRational(a, b), st.integers(-9, 9), st.integers(-2, 2)),
    lambda inner: st.tuples(inner, inner) | st.tuples(inner, inner, inner) | st.lists(inner, max_size=3),
    max_leaves=4,
)


@quick
@given(anything)
def test_text_is_clean_or_none(value: object) -> None:
    words = text_of(value)
    assert words is None or (words == words.strip() and words and "\0" not in words and len(words) <= 4000)
    if words is not None:
        words.encode("utf-8")


@quick
@given(anything)
def test_numbers_are_finite_or_none(value: object) -> None:
    found = number_of(value)
    assert found is None or math.isfinite(found)
    bounded = whole_within(value, 1, 8)
    assert bounded is None or 1 <= bounded <= 8


@quick
@given(anything, anything, anything)
def test_times_are_iso_or_none(value: object, offset: object, fraction: object) -> None:
    found = time_of(value, offset, fraction)
    assert found is None or datetime.fromisoformat(found)


@quick
@given(st.lists(anything, min_size=27, max_size=27))
def test_exif_fields_never_raise(values: list[object]) -> None:
    main_tags = (0x0112, 0x010F, 0x0110, 0x4746, 0x9C9E, 0x9C9B, 0x010E, 0x0132)
    exif_tags = (0x9003, 0x9011, 0x9291, 0x829A, 0x829D, 0x8827, 0x920A, 0xA433, 0xA434, 0x9204, 0x9209, 0xA405, 0x9201)
    main = dict(zip(main_tags, values, strict=False))
    exif = dict(zip(exif_tags, values[8:], strict=False))
    gps = dict(zip(range(1, 7), values[21:], strict=False))
    found = exif_fields(ExifBlocks(main, exif, gps))
    for name in ("exposure_seconds", "aperture", "focal_length_mm", "latitude", "longitude", "altitude_m"):
        value = getattr(found, name)
        assert value is None or math.isfinite(value)
    assert found.orientation is None or 1 <= found.orientation <= 8
    assert found.rating is None or 0 <= found.rating <= 5


@quick
@given(st.binary(max_size=300))
def test_iptc_and_xmp_never_raise(data: bytes) -> None:
    for block in (data, b"\x1c\x02\x19\0\x03abc" + data):
        assert isinstance(iptc_fields(block), PhotoFields)
    photoshop_iptc(b"8BIM" + data)
    assert isinstance(xmp_fields(data), PhotoFields)


@quick
@given(st.integers(0, 900), st.binary(min_size=1, max_size=4))
def test_damaged_xmp_never_raises(at: int, patch: bytes) -> None:
    packet = bytearray(xmp_packet(rating=3, keywords=("a", "b"), title="c"))
    packet[at : at + len(patch)] = patch
    assert isinstance(xmp_fields(bytes(packet)), PhotoFields)


@pytest.mark.parametrize(
    ("value", "offset", "fraction", "expected"),
    [
        ("2024:06:12 18:41:05", None, None, "2024-06-12T18:41:05"),
        ("2024:06:12 18:41:05", "+02:00", "50", "2024-06-12T18:41:05.500+02:00"),
        ("2024-06-12T18:41:05.25Z", None, None, "2024-06-12T18:41:05.250+00:00"),
        ("2024-06-12T18:41:05-0330", "+09:00", None, "2024-06-12T18:41:05-03:30"),
        ("2024:06:12", None, None, "2024-06-12T00:00:00"),
        ("2024:06:12 18:41:60", None, None, "2024-06-12T18:41:59"),
        ("2024:13:45 99:99:99", None, None, None),
        ("0000:00:00 00:00:00", None, None, None),
        ("    :  :     :  :  ", None, None, None),
        (b"2019:01:02 03:04:05\0", "+99:00", "x", "2019-01-02T03:04:05"),
        ("0012:01:02 03:04:05", None, None, None),
    ],
)
def test_times(value: object, offset: object, fraction: object, expected: str | None) -> None:
    assert time_of(value, offset, fraction) == expected


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("EASTMAN KODAK COMPANY", "KODAK CX7530", "KODAK CX7530"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        (None, "X100", "X100"),
        ("Canon", None, "Canon"),
        (None, None, None),
    ],
)
def test_the_make_is_said_once(make: str | None, model: str | None, expected: str | None) -> None:
    assert named_once(make, model) == expected


def test_keywords_once_each() -> None:
    assert keywords_of(["Sea", " sea ", None, b"K\xc3\xbcste", "", "x" * 900]) == ("Sea", "Küste", "x" * 200)


def test_numbers_in_words() -> None:
    assert [whole_of(words) for words in ("3", "03/12", "0", "x", None)] == [3, 3, None, None, None]
    assert [year_of(words) for words in ("1993-07", "20240612", "12", None, "in 2001!")] == [
        1993,
        2024,
        None,
        None,
        2001,
    ]
    assert (number_of("1/250"), number_of((1, 4)), number_of(()), within("7", 0, 5)) == (0.004, 0.25, None, None)


def test_xmp_of_other_programs() -> None:
    extra = (
        'MicrosoftPhoto:Rating="75" exif:GPSLatitude="51,30.5N" exif:GPSLongitude="0,7,30W" exif:FNumber="28/10"'
        ' exif:ExposureTime="1/125" photoshop:DateCreated="2021-05-06T07:08:09+01:00"'
    )
    found = xmp_fields(xmp_packet(extra=extra).decode())
    assert found.rating == 4
    assert found.latitude == pytest.approx(51.508333, abs=1e-5) and found.longitude == pytest.approx(-0.125)
    assert (found.aperture, found.exposure_seconds) == (2.8, 0.008)
    assert found.taken == "2021-05-06T07:08:09+01:00"
    assert xmp_fields(xmp_packet(rating=-1)).rating is None
    assert xmp_fields(xmp_packet(extra='MicrosoftPhoto:Rating="0" exif:GPSLatitude="99,0N"')).rating == 0


def test_iptc_dates_and_photoshop_blocks() -> None:
    block = b"\x1c\x02\x37\0\x0820240612\x1c\x02\x3c\0\x0b184105+0200\x1c\x02\x05\0\x03K\xfcn"
    found = iptc_fields(block)
    assert (found.taken, found.title) == ("2024-06-12T18:41:05+02:00", "Kün")
    other = b"8BIM\x04\x0c\0\0\0\0\0\x02ab"
    assert photoshop_iptc(other + b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block) == block
    assert photoshop_iptc(other) == b""


def test_exif_of_odd_cameras() -> None:
    exif = {0x8827: 65535, 0x8832: 102400, 0x9201: IFDRational(8, 1), 0x9209: 1, 0x9204: IFDRational(-1, 3), 0xA405: 35}
    main = {0x9C9B: tuple("Title".encode("utf-16-le")), 0x010E: "SONY DSC"}
    gps = {1: "S", 2: (10.0, 30.0), 3: "W", 4: (20.0,), 5: b"\x01", 6: 3.0}
    found = exif_fields(ExifBlocks(main, exif, gps))
    assert (found.iso, found.title) == (102400, "Title")
    assert found.exposure_seconds == pytest.approx(1 / 256)
    assert (found.latitude, found.longitude, found.altitude_m) == (-10.5, -20.0, -3.0)
    assert found.extra == {"Flash": "Fired", "Exposure bias": "-0.3 EV", "35 mm equivalent": "35 mm"}


def directory(entries: dict[int, int | str]) -> bytes:
    """A little-endian TIFF of short numbers and texts."""
    exif = Image.Exif()
    for tag, value in entries.items():
        exif[tag] = value
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.filterwarnings("ignore:Truncated File Read")  # kept in by border.decoding
def test_exif_in_the_shells_of_raw() -> None:
    main, inner = directory({0x010F: "Maker", 0x0110: "Model", 0x0112: 6}), directory({0x8827: 800})
    little = b"II*\0" + main[4:] if main[:2] == b"II" else main
    magic = {b"II": b"IIRO", b"MM": b"MMOR"}[little[:2]]
    found = raw_fields(io.BytesIO(magic + little[4:]))
    assert (found.camera, found.orientation, found.iso) == ("Maker Model", 6, None)
    panasonic = directory({0x0017: 320})
    assert raw_fields(io.BytesIO({b"II": b"IIU\0", b"MM": b"MMOR"}[panasonic[:2]] + panasonic[4:])).iso == 320
    parts = ((b"CMT1", main), (b"CMT2", inner))
    boxes = b"".join((len(body) + 8).to_bytes(4, "big") + name + body for name, body in parts)
    canon = raw_fields(io.BytesIO(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + boxes))
    assert (canon.camera, canon.iso) == ("Maker Model", 800)
    for data in (b"FUJIFILMCCD-RAW", b"II*\0", b"\0\0\0\x18ftypcrx " + boxes[:30], b""):
        assert raw_fields(io.BytesIO(data)) == PhotoFields()
