"""Payloads of HEIF, TIFF and RAW: the pixels, wherever in the file they are; hostile files cost little."""

import io
import random
import struct
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from fixtures.boxes import HeifItem, box, heif
from fixtures.tiff import LONG, SHORT, UNDEFINED, Directory, tiff
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain.kinds import Kind
from desktop_app.engine.media.hashing import hashes_of
from desktop_app.engine.media.photo_payload import PHOTO_PAYLOADS
from desktop_app.engine.media.spans import NoPayloadError, Span

SIZE, CODEC, TURN = (b"ispe", bytes(11) + b"\x40"), (b"hvcC", b"parameter sets"), (b"irot", b"\x01")
ALPHA = (b"auxC", bytes(4) + b"urn:mpeg:hevc:2015:auxid:1\0")
TILES = [HeifItem(f"tile {at}", b"hvc1", b"coded %d " % at * 40, (CODEC, SIZE)) for at in range(4)]
GRID = HeifItem("grid", b"grid", b"\0\0\1\1\0\x40\0\x40", (SIZE, TURN), made_of=tuple(tile.name for tile in TILES))
BESIDE = HeifItem("alpha", b"hvc1", b"coded alpha" * 9, (ALPHA, CODEC, SIZE), beside=("grid",))
PICTURE = [*TILES, GRID, BESIDE]
CHAIN = [HeifItem(f"{at}", b"iden", b"", (), (f"{at + 1}",)) for at in range(40)]
EXIF = HeifItem("exif", b"Exif", bytes(4) + b"Exif\0\0II*\0" + bytes(99))

STRIPS = [b"first strip" * 30, b"second strip" * 20]
MAIN: Directory = {256: (SHORT, [64]), 257: (LONG, [48]), 258: (SHORT, [8, 8, 8]), 259: (SHORT, [1]), 273: STRIPS}
SENSOR: Directory = {**MAIN, 254: (LONG, [0]), 262: (SHORT, [32803])}
PREVIEW: Directory = {**MAIN, 254: (LONG, [1]), 273: [b"a small picture"]}


def payload(data: bytes) -> str:
    return hashes_of(io.BytesIO(data), Kind.PHOTO)[1][:10]


def test_a_heif_with_tags_elsewhere_in_it_and_numbered_anew_is_the_same() -> None:
    plain = payload(heif(PICTURE, "grid"))
    assert plain.startswith("p:")
    described = [
        replace(item, properties=((b"udes", b"\0\0\0\0en\0a name\0\0\0"), *item.properties)) for item in PICTURE
    ]
    alike = {
        "tags": heif([*PICTURE, EXIF], "grid"),
        "tags first": heif([EXIF, *PICTURE], "grid", padding=70),
        "numbers": heif(PICTURE, "grid", first_number=40, step=7),
        "large numbers": heif(PICTURE, "grid", first_number=70_000),
        "order of boxes and properties": heif(PICTURE, "grid", turned=True),
        "inside": heif(PICTURE, "grid", inside=True),
        "in pieces": heif(PICTURE, "grid", parts=3),
        "description": heif(described, "grid"),
        "a film behind it": heif(PICTURE, "grid") + box(b"mpvd", b"film"),
        "a thumbnail": heif([*PICTURE, HeifItem("small", b"hvc1", b"small", (SIZE, CODEC))], "grid"),
    }
    assert {name: payload(data) for name, data in alike.items()} == dict.fromkeys(alike, plain)


def test_another_picture_in_a_heif_is_another_payload() -> None:
    grid, alpha, tiles = GRID, BESIDE, TILES
    others = [
        PICTURE,
        [*tiles[:3], replace(tiles[3], data=b"other"), grid, alpha],
        [*tiles, replace(grid, data=b"\0\0\1\1\0\x40\0\x30"), alpha],
        [*tiles, replace(grid, properties=(SIZE,)), alpha],
        [*tiles, replace(grid, properties=(SIZE, (b"irot", b"\x02"))), alpha],
        [*tiles, replace(grid, properties=(SIZE, TURN, (b"imir", b"\0"))), alpha],
        [*tiles, replace(grid, properties=(SIZE, (b"imir", b"\0"), TURN)), alpha],
        [*tiles, replace(grid, properties=(SIZE, (b"colr", b"profa profile"), TURN)), alpha],
        [*tiles, replace(grid, made_of=grid.made_of[::-1]), alpha],
        [*tiles, grid],
        [*tiles, grid, replace(alpha, data=b"another alpha")],
    ]
    payloads = [payload(heif(items, "grid")) for items in others] + [payload(heif(PICTURE, "tile 0"))]
    assert all(each.startswith("p:") for each in payloads)
    assert len(set(payloads)) == len(payloads)


@pytest.mark.parametrize(
    "data",
    [
        heif([replace(GRID, data=b"", made_of=("grid",), properties=())], "grid"),
        heif(PICTURE, "grid").replace(b"pitm", b"mtip"),
        heif(PICTURE, "grid")[:-30],
        heif([replace(TILES[0], data=b"")], "tile 0"),
        box(b"ftyp", b"avis") + box(b"moov", b"") + heif(PICTURE, "grid")[24:],
        heif(
            [*(HeifItem(f"{at}", b"iden", b"", (), (f"{at + 1}",)) for at in range(40)), replace(TILES[0], name="40")],
            "0",
        ),
        heif(PICTURE, "grid").replace((len(TILES) + 2).to_bytes(4, "big") + b"\0\1\2", b"\xff" * 4 + b"\0\1\2"),
    ],
    ids=["a loop", "no primary", "cut off", "no data", "a series", "a long chain", "count of associations"],
)
def test_an_odd_heif_counts_whole(data: bytes) -> None:
    assert payload(data).startswith("c:")


def test_a_tiff_with_tags_laid_out_elsewhere_is_the_same() -> None:
    plain = payload(tiff([MAIN]))
    assert plain.startswith("p:")
    exif: Directory = {0x9003: (UNDEFINED, b"2024:06:12 18:41:05\0")}
    tags: Directory = {270: (UNDEFINED, b"a title"), 305: (UNDEFINED, b"a program"), 700: (UNDEFINED, b"<xmp/>" * 99)}
    alike = {
        "tags": tiff([{**MAIN, **tags}], padding=64),
        "upright": tiff([{**MAIN, 274: (SHORT, [1])}]),
        "wider numbers": tiff([{**MAIN, 256: (LONG, [64])}]),
        "BigTIFF": tiff([MAIN], big=True),
        "a preview": tiff([MAIN, PREVIEW]),
        "no picture": tiff([MAIN, exif]),
    }
    assert {name: payload(data) for name, data in alike.items()} == dict.fromkeys(alike, plain)
    assert payload(tiff([{**MAIN, **tags}], order=">")) == payload(tiff([MAIN], order=">")) != plain
    assert payload(tiff([{**MAIN, **tags}], order=">", big=True)) == payload(tiff([MAIN], order=">", big=True))


def test_another_picture_in_a_tiff_is_another_payload() -> None:
    pages: list[list[Directory]] = [
        [MAIN],
        [{**MAIN, 273: [STRIPS[0], b"Second strip" * 20]}],
        [{**MAIN, 273: STRIPS[::-1]}],
        [{**MAIN, 273: [STRIPS[0] + STRIPS[1]]}],
        [{**MAIN, 256: (SHORT, [48]), 257: (SHORT, [64])}],
        [{**MAIN, 274: (SHORT, [6])}],
        [{**MAIN, 317: (SHORT, [2])}],
        [{**MAIN, 34675: (UNDEFINED, b"a profile")}],
        [{**MAIN, 320: (SHORT, range(768))}],
        [MAIN, {**MAIN, 273: [b"the second page"]}],
        [{**{tag: value for tag, value in MAIN.items() if tag != 273}, 324: STRIPS}],
    ]
    payloads = [payload(tiff(each)) for each in pages]
    assert all(each.startswith("p:") for each in payloads)
    assert len(set(payloads)) == len(payloads)


RAWS: dict[str, Callable[[Directory, Directory], bytes]] = {
    "dng, nef, arw": lambda about, sensor: tiff([{**PREVIEW, **about, 330: [sensor]}]),
    "pef": lambda about, sensor: tiff([{**sensor, **about}, {513: (LONG, [9]), 514: (LONG, [9])}], order=">"),
    "orf": lambda about, sensor: tiff([{**sensor, **about}], magic=b"IIRO"),
    "cr2": lambda about, sensor: canon([{**MAIN, **about, 273: [b"a large preview" * 20]}, sensor]),
    "rw2": lambda about, sensor: panasonic(about, b"".join(sensor[273])),  # type: ignore[arg-type]
}


def canon(directories: list[Directory]) -> bytes:
    """The last directory is that of the sensor, and named in the header."""
    data = bytearray(tiff(directories, padding=8))
    data[8:12] = b"CR\2\0"
    at = 4
    for _ in directories:
        (place,) = struct.unpack_from("<I", data, at)
        at = place + 2 + 12 * struct.unpack_from("<H", data, place)[0]
    data[12:16] = place.to_bytes(4, "little")
    return bytes(data)


def panasonic(about: Directory, pixels: bytes) -> bytes:
    def made(at: int) -> bytes:
        directory: Directory = {2: (SHORT, [64]), 3: (SHORT, [48]), 0x118: (LONG, [at]), **about}
        return tiff([directory], magic=b"IIU\0")

    return made(len(made(0))) + pixels


@pytest.mark.parametrize("raw", RAWS)
def test_what_the_sensor_saw_is_a_raws_payload(raw: str) -> None:
    make = RAWS[raw]
    tags: Directory = {
        305: (UNDEFINED, b"a program"),
        700: (UNDEFINED, b"<xmp/>" * 99),
        0x2E: (UNDEFINED, b"preview" * 9),
    }
    plain = payload(make({}, SENSOR))
    assert plain.startswith("p:")
    assert payload(make(tags, SENSOR)) == plain
    assert payload(make({274: (SHORT, [6])}, SENSOR)) != plain
    assert payload(make({}, {**SENSOR, 273: [STRIPS[0], b"Second strip" * 20]})) != plain


def test_a_preview_that_is_rendered_anew_changes_nothing() -> None:
    one, other = ({**PREVIEW, 256: (SHORT, [wide]), 273: [b"rendered" * wide], 330: [SENSOR]} for wide in (8, 9))
    assert payload(tiff([one])) == payload(tiff([other]))


@pytest.mark.parametrize(
    "data",
    [
        tiff([PREVIEW]),
        tiff([MAIN])[:300],
        tiff([{**MAIN, 273: [b""], 34675: (UNDEFINED, b"a profile")}]) + b"pixels",
        struct.pack("<HH", 65000, LONG).join(tiff([MAIN, MAIN]).rsplit(struct.pack("<HH", 279, LONG), 1)),
        tiff([{**MAIN, 305: (UNDEFINED, bytes(3_000_000))}]),
        tiff([MAIN])[:4] + bytes(4),
        bytearray(tiff([MAIN], padding=8)).replace(bytes(8), b"IIII\0\0\0\0", 1),
        b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(99),
        tiff([MAIN], big=True)[:8] + b"\xff" * 8 + bytes(99),
    ],
    ids=[
        "a mere preview",
        "cut off",
        "no lengths",
        "lengths unsaid",
        "pixels elsewhere",
        "no directory",
        "Phase One",
        "a loop",
        "far away",
    ],
)
def test_an_odd_tiff_counts_whole(data: bytes) -> None:
    assert payload(bytes(data)).startswith("c:")


def raf(preview: bytes, pixels: bytes) -> bytes:
    parts = [preview, b"how to read it", pixels]
    head, at = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0"), 108
    for part in parts:
        head += at.to_bytes(4, "big") + len(part).to_bytes(4, "big")
        at += len(part)
    return head + b"".join(parts)


def test_fujifilms_raw() -> None:
    def preview(orientation: int, more: bytes = b"") -> bytes:
        exif = b"Exif\0\0" + tiff([{274: (SHORT, [orientation]), 305: (UNDEFINED, more)}])
        return b"\xff\xd8\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + b"\xff\xda\0\2scan\xff\xd9"

    plain = payload(raf(preview(1), b"what the sensor saw"))
    assert plain.startswith("p:")
    assert payload(raf(preview(1, b"a program"), b"what the sensor saw")) == plain
    assert payload(raf(preview(6), b"what the sensor saw")) != plain
    assert payload(raf(preview(1), b"what the sensor Saw")) != plain


def mrw(pixels: bytes, orientation: int = 1, tags: bytes = b"") -> bytes:
    exif = tiff([{274: (SHORT, [orientation]), 305: (UNDEFINED, tags)}], order=">")
    blocks = [(b"\0PRD", b"27820001" + bytes(16)), (b"\0TTW", exif), (b"\0WBG", b"balance" + tags)]
    head = b"".join(name + len(body).to_bytes(4, "big") + body for name, body in blocks)
    return b"\0MRM" + len(head).to_bytes(4, "big") + head + pixels


def test_minoltas_raw() -> None:
    plain = payload(mrw(b"what the sensor saw"))
    assert plain.startswith("p:")
    assert payload(mrw(b"what the sensor saw", tags=b"a program")) == plain
    assert payload(mrw(b"what the sensor saw", 6)) != plain
    assert payload(mrw(b"what the sensor Saw")) != plain
    assert payload(mrw(b"")).startswith("c:")


def cr3(sensor: bytes, *, orientation: int = 1, tags: bytes = b"", timed: bytes = b"times") -> bytes:
    def track(kind: bytes, at: int, data: bytes) -> bytes:
        stsd = box(b"stsd", (1).to_bytes(4, "big") + box(kind, b"how to decode"), full=0)
        stsz = box(b"stsz", len(data).to_bytes(4, "big") + (1).to_bytes(4, "big"), full=0)
        co64 = box(b"co64", (1).to_bytes(4, "big") + at.to_bytes(8, "big"), full=0)
        return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", stsd + stsz + co64))))

    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    about = box(b"uuid", canon + box(b"CMT1", tiff([{274: (SHORT, [orientation]), 305: (UNDEFINED, tags)}])))

    def moov(at: int) -> bytes:
        return box(b"moov", about + track(b"CRAW", at, sensor) + track(b"CTMD", at + len(sensor), timed))

    head = box(b"ftyp", b"crx \0\0\0\1crx isom")
    return head + moov(len(head) + len(moov(0)) + 8) + box(b"mdat", sensor + timed)


def test_canons_raw_in_boxes() -> None:
    plain = payload(cr3(b"what the sensor saw"))
    assert plain.startswith("p:")
    assert payload(cr3(b"what the sensor saw", tags=b"a program", timed=b"other times")) == plain
    assert payload(cr3(b"what the sensor saw", orientation=6)) != plain
    assert payload(cr3(b"what the sensor Saw")) != plain
    assert payload(cr3(b"what the sensor saw")[:-10]).startswith("c:")


class CountedFile(io.BytesIO):
    """Says how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def spent(data: bytes) -> None:
    """Each reader ends with pieces of the file or NoPayloadError, and reads little beside these."""
    for _name, reader in PHOTO_PAYLOADS:
        file = CountedFile(data)
        counted = 0
        try:
            for piece in reader(file):
                counted += piece.length if isinstance(piece, Span) else len(piece)
                assert not isinstance(piece, Span) or (piece.start >= 0 and piece.length >= 0)
        except NoPayloadError:
            pass
        assert file.taken <= 3 * len(data) + (1 << 21)
        assert counted <= 9 * len(data) + (1 << 23)


ORIGINALS = [
    heif(PICTURE, "grid"),
    heif([EXIF, *PICTURE], "grid", inside=True, parts=2),
    tiff([{**MAIN, 274: (SHORT, [6])}, MAIN]),
    *(make({}, SENSOR) for make in RAWS.values()),
    tiff([MAIN], order=">", big=True),
    cr3(b"what the sensor saw"),
    mrw(b"what the sensor saw"),
    raf(b"\xff\xd8\xff\xda\0\2scan\xff\xd9", b"what the sensor saw"),
]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_damaged_files_end_in_order(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from(ORIGINALS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        patch = data.draw(st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from([b"\xff" * 4, bytes(4)])))
        changed[at : at + len(patch)] = patch
    spent(bytes(changed))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10", b"\0\0\0\x10ftypheic\0\0\0\0"]),
    st.binary(max_size=400),
)
def test_random_bytes_end_in_order(head: bytes, data: bytes) -> None:
    spent(head + data)


def hostile_heif() -> bytes:
    """A million properties of one item, each of them large."""
    rows = (b"\0\1\xff" + b"\x81" * 255) * 4000
    inner = box(b"ipco", box(b"hvcC", bytes(1000))) + box(b"ipma", (4000).to_bytes(4, "big") + rows, full=0)
    data = heif(TILES[:1], "tile 0")
    at = data.index(b"iprp") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    grown = data[:at] + box(b"iprp", inner) + data[at + length :]
    at = grown.index(b"meta") - 4
    longer = int.from_bytes(grown[at : at + 4], "big") + len(inner) + 8 - length
    return grown[:at] + longer.to_bytes(4, "big") + grown[at + 4 :]


def hostile_tiff() -> bytes:
    """Thousands of directories that share one list of a hundred thousand strips."""
    strips = struct.pack("<100000I", *random.Random(1).choices(range(1000), k=100_000))
    lists, one = 8 + len(strips), 2 + 12 * 2 + 4
    data = bytearray(b"II*\0" + (lists).to_bytes(4, "little") + strips)
    for at in range(lists, lists + 4000 * one, one):
        data += b"\2\0" + struct.pack("<HHII", 273, LONG, 100_000, 8) + struct.pack("<HHII", 279, LONG, 100_000, 8)
        data += (at + one).to_bytes(4, "little")
    return bytes(data + bytes(6))


def heif_of_nothing() -> bytes:
    """Thousands of items with 65,535 places each, which take no room: numbers of no bytes."""
    places = box(b"iloc", b"\0\0" + (30_000).to_bytes(2, "big") + b"\0\1\0\0\xff\xff" * 30_000, full=0)
    named = box(b"infe", b"\0\1\0\0hvc1\0", full=2)
    inner = [box(b"pitm", b"\0\1", full=0), box(b"iinf", b"\0\1" + named, full=0), places, box(b"iprp", b"")]
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + box(b"meta", b"".join(inner), full=0)


def gif_of_crumbs() -> bytes:
    """Millions of comments of no byte, or one of millions of blocks of one byte."""
    return b"GIF89a" + bytes(7) + b"!\xfe\0" * 500_000 + b"!\xfe" + b"\1\1" * 8_000_000 + b"\0;"


@pytest.mark.parametrize("make", [hostile_heif, hostile_tiff, heif_of_nothing, gif_of_crumbs])
def test_hostile_files_cost_little(make: Callable[[], bytes]) -> None:
    start = time.process_time()
    spent(make())
    assert time.process_time() - start < 2
