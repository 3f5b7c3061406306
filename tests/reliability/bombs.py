"""Files that promise more than they should: small on disk, enormous or endless for whoever believes them."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from fixtures.media import picture, write_photo
from fixtures.track_files import tune, write_track
from PIL import Image

Maker = Callable[[Path], Path]
"""Writes its file into a folder and returns its path."""


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def _zeros(count: int) -> bytes:
    """``count`` zero bytes as a zlib stream, made without holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & ((1 << 20) - 1))), packer.flush()])


def png(width: int, height: int, *, colour: int = 2, extra: bytes = b"") -> bytes:
    """A black PNG (``colour`` 2: RGB, 0: grey), some thousandths of its pixels' size."""
    line = width * {0: 1, 2: 3, 6: 4}[colour] + 1
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    body = _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", _zeros(line * height)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def png_of_gigabytes(folder: Path) -> Path:
    """Within the limit of pixels, beyond that of memory."""
    return _write(folder, "large.png", png(22_000, 22_000))


def png_of_a_giant(folder: Path) -> Path:
    """Two thousand million pixels a side are claimed; next to nothing follows."""
    small = bytearray(png(8, 8))
    small[16:24] = struct.pack(">II", 0x7FFFFFFF, 0x7FFFFFFF)
    small[29:33] = zlib.crc32(small[12:29]).to_bytes(4, "big")
    return _write(folder, "giant.png", bytes(small))


def png_with_endless_text(folder: Path) -> Path:
    """A comment and a colour profile that unpack to half a gigabyte each."""
    packed = _zeros(512 << 20)
    extra = _chunk(b"iCCP", b"p\0\0" + packed) + _chunk(b"zTXt", b"Comment\0\0" + packed)
    return _write(folder, "text.png", png(64, 48, extra=extra))


def tiff_of_gigabytes(folder: Path) -> Path:
    """One deflated strip of 480 million RGB pixels."""
    return _write(folder, "large.tif", _tiff(24_000, 20_000, _zeros(24_000 * 20_000 * 3)))


def tiff_of_endless_strips(folder: Path) -> Path:
    """Counts of four thousand million for everything that has a count."""
    return _write(folder, "strips.tif", _tiff(64, 48, _zeros(64 * 48 * 3), count=0xFFFFFFFF))


def tiff_in_a_ring(folder: Path) -> Path:
    """Its directory names itself as the next one."""
    data = bytearray(_tiff(64, 48, _zeros(64 * 48 * 3)))
    data[-4:] = data[4:8]
    return _write(folder, "ring.tif", bytes(data))


def _tiff(width: int, height: int, strip: bytes, count: int = 1) -> bytes:
    at = 8 + len(strip) + len(strip) % 2
    fields = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 2),
        (273, 4, count, 8),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, count, len(strip)),
    ]
    directory = struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *each) for each in fields) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, at) + strip + bytes(len(strip) % 2) + directory


def gif_of_many_frames(folder: Path) -> Path:
    """Forty thousand frames of a canvas of 16,000 by 16,000."""
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0" + b"\x02\x02\x44\x01\x00"
    header = b"GIF89a" + struct.pack("<HH", 16_000, 16_000) + b"\x80\0\0" + bytes(3) + b"\xff\xff\xff"
    return _write(folder, "frames.gif", header + frame * 40_000 + b"\x3b")


def webp_of_gigabytes(folder: Path) -> Path:
    """The largest that the format can say: 268 million pixels, losslessly all alike."""
    small = io.BytesIO()
    Image.new("RGB", (8, 8)).save(small, "WEBP", lossless=True)
    data = bytearray(small.getvalue())
    at = data.index(b"VP8L") + 9  # behind the signature byte: 14 bits of width, 14 of height
    bits = int.from_bytes(data[at : at + 4], "little") & ~((1 << 28) - 1)
    data[at : at + 4] = (bits | 16_382 | 16_382 << 14).to_bytes(4, "little")
    return _write(folder, "large.webp", bytes(data))


def heif_of_a_giant(folder: Path, ending: str = "heic") -> Path:
    """A small picture whose size is said to be 60,000 by 60,000."""
    path = write_photo(folder / f"giant.{ending}", picture(3, (96, 64)))
    data = bytearray(path.read_bytes())
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", 60_000, 60_000)
    return _write(folder, path.name, bytes(data))


def avif_of_a_giant(folder: Path) -> Path:
    """As ``heif_of_a_giant``."""
    return heif_of_a_giant(folder, "avif")


def heif_of_twenty_thousand_tiles(folder: Path) -> Path:
    """A picture in a picture list whose counts are the largest that fit."""
    path = write_photo(folder / "counts.heic", picture(3, (96, 64)))
    data = bytearray(path.read_bytes())
    at = data.index(b"iloc") + 10
    data[at : at + 2] = b"\xff\xff"
    return _write(folder, path.name, bytes(data))


def jpeg_with_laughing_xmp(folder: Path) -> Path:
    """XMP whose entities unfold to gigabytes."""
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    packet = f"<!DOCTYPE x [{''.join(lines)}]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&a9;</x:xmpmeta>"
    return write_photo(folder / "laughing.jpg", picture(4, (96, 64)), xmp=packet.encode())


def jpeg_of_many_scans(folder: Path) -> Path:
    """A progressive picture of 300 million pixels whose last scan comes two thousand times: minutes of work."""
    small = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(small, "JPEG", progressive=True)
    data = small.getvalue()
    last = data.rindex(b"\xff\xda")
    scans = data[:last] + data[last:-2] * 2000 + data[-2:]
    frame = scans.index(b"\xff\xc2")
    return _write(folder, "scans.jpg", scans[: frame + 5] + struct.pack(">HH", 17_000, 17_000) + scans[frame + 9 :])


def bmp_of_a_giant(folder: Path) -> Path:
    """Run lengths of a canvas of 22,000 by 22,000."""
    header = struct.pack("<IiiHHIIiiII", 40, 22_000, 22_000, 1, 8, 1, 4, 0, 0, 256, 0)
    data = b"BM" + struct.pack("<IHHI", 14 + 40 + 1024 + 2, 0, 0, 14 + 40 + 1024) + header + bytes(1024) + b"\0\1"
    return _write(folder, "giant.bmp", data)


def mp3_with_a_frame_of_two_gigabytes(folder: Path) -> Path:
    """An ID3 tag whose picture says that it is 2 GB long."""
    sound = write_track(folder / "frame.mp3", tune(1, 2.0, rate=22050), 22050).read_bytes()
    frame = b"APIC" + (0x7FFFFFFF).to_bytes(4, "big") + b"\0\0" + b"\0image/png\0\3\0" + b"\x89PNG\r\n\x1a\n"
    tag = b"ID3\3\0\0" + bytes((0x7F, 0x7F, 0x7F, 0x7F)) + frame
    return _write(folder, "frame.mp3", tag + sound)


def mp3_of_two_sparse_gigabytes(folder: Path) -> Path:
    """A tag of 256 MB, and 2 GB of nothing behind it."""
    path = _write(folder, "sparse.mp3", b"ID3\4\0\0" + bytes((0x7F, 0x7F, 0x7F, 0x7F)))
    with path.open("r+b") as file:
        file.truncate(2 << 30)
    return path


def mp3_with_packed_frames(folder: Path) -> Path:
    """ID3 frames that unpack to 256 MB each."""
    sound = write_track(folder / "packed.mp3", tune(1, 2.0, rate=22050), 22050).read_bytes()
    packed = _zeros(256 << 20)
    body = (256 << 20).to_bytes(4, "big") + packed
    frame = b"TIT2" + len(body).to_bytes(4, "big") + b"\0\x80" + body
    frames = frame + frame.replace(b"TIT2", b"TPE1", 1)
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return _write(folder, "packed.mp3", b"ID3\3\0\0" + size + frames + sound)


def flac_with_a_picture_bomb(folder: Path) -> Path:
    """Its cover is a PNG of 400 million pixels."""
    cover = png(20_000, 20_000)
    return write_track(folder / "bomb.flac", tune(2, 2.0, rate=22050), 22050, tags={"title": "Bomb"}, cover=cover)


def flac_of_endless_pictures(folder: Path) -> Path:
    """A picture block that says it holds 4 GB, in a chain of four thousand blocks."""
    sound = write_track(folder / "chain.flac", tune(2, 2.0, rate=22050), 22050).read_bytes()
    lie = struct.pack(">II", 3, 0xFFFFFFF0) + b"image/png" + bytes(40)
    block = b"\x06" + len(lie).to_bytes(3, "big") + lie
    info = 4 + 4 + 34
    return _write(
        folder, "chain.flac", sound[:4] + bytes((sound[4] & 0x7F,)) + sound[5:info] + block * 4000 + sound[info:]
    )


def wav_of_a_giant(folder: Path) -> Path:
    """Four gigabytes of sound in sixty thousand channels are promised."""
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16, 1, 60_000, 44_100, 1, 65_535, 16)
    return _write(folder, "giant.wav", head + b"data" + b"\xff\xff\xff\xff" + bytes(4096))


def m4a_of_deep_atoms(folder: Path) -> Path:
    """Twenty thousand boxes in boxes."""
    data = b""
    for _ in range(20_000):
        data = (len(data) + 8).to_bytes(4, "big") + b"moov" + data
    return _write(folder, "deep.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + data)


def svg_that_is_no_photo(folder: Path) -> Path:
    """An SVG under the name of a PNG."""
    return _write(folder, "drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'/>")


HEAVY: tuple[Maker, ...] = (
    png_of_gigabytes,
    tiff_of_gigabytes,
    gif_of_many_frames,
    webp_of_gigabytes,
    mp3_with_packed_frames,
    mp3_of_two_sparse_gigabytes,
)
"""Some seconds of work each."""

BOMBS: tuple[Maker, ...] = (
    png_of_a_giant,
    png_with_endless_text,
    tiff_of_endless_strips,
    tiff_in_a_ring,
    heif_of_a_giant,
    avif_of_a_giant,
    heif_of_twenty_thousand_tiles,
    jpeg_with_laughing_xmp,
    bmp_of_a_giant,
    mp3_with_a_frame_of_two_gigabytes,
    flac_with_a_picture_bomb,
    flac_of_endless_pictures,
    wav_of_a_giant,
    m4a_of_deep_atoms,
    svg_that_is_no_photo,
)


def other_endings(valid: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every format under the name of the next one, and without a byte."""
    endings = list(valid)
    for at, ending in enumerate(endings):
        yield f"a {endings[at - 1]}.{ending}", valid[endings[at - 1]]
        yield f"nothing.{ending}", b""
