"""Which files are photos and tracks: by their name's ending, and by their first bytes."""

from pathlib import Path

from desktop_app.domain.kinds import Kind

# fmt: off
RAW_EXTENSIONS: frozenset[str] = frozenset((
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc",
    ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".rwl", ".sr2",
    ".srf", ".srw", ".x3f",
))
PHOTO_EXTENSIONS: frozenset[str] = RAW_EXTENSIONS | frozenset((
    ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".jfif", ".jpe", ".jpeg", ".jpg",
    ".png", ".tif", ".tiff", ".webp",
))
# A .mp4 is nearly always a film; one that says it is a song is found by kind_of_file.
TRACK_EXTENSIONS: frozenset[str] = frozenset((
    ".aac", ".aif", ".aifc", ".aiff", ".ape", ".flac", ".m4a", ".m4b", ".mp3", ".mpc", ".oga",
    ".ogg", ".opus", ".wav", ".wma", ".wv",
))
# fmt: on

HEAD_BYTES = 64  # enough for every signature below

_PHOTO_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"),
    (8, b"CR\x02", "RAW"),
    (0, b"FUJIFILMCCD-RAW", "RAW"),
    (0, b"IIRO", "RAW"),
    (0, b"IIRS", "RAW"),
    (0, b"MMOR", "RAW"),
    (0, b"IIU\x00", "RAW"),
    (0, b"\x00MRM", "RAW"),
    (0, b"FOVb", "RAW"),
    (6, b"HEAPCCDR", "RAW"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
)
_TRACK_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"ID3", "MP3"),
    (0, b"fLaC", "FLAC"),
    (0, b"OggS", "OGG"),
    (8, b"WAVE", "WAV"),
    (8, b"AIFF", "AIFF"),
    (8, b"AIFC", "AIFF"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF"),
    (0, b"MAC ", "APE"),
    (0, b"wvpk", "WAVPACK"),
    (0, b"MP+", "MUSEPACK"),
    (0, b"MPCK", "MUSEPACK"),
)
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_SONG_BRANDS = frozenset((b"M4A ", b"M4B ", b"M4P "))


def kind_of_name(name: str) -> Kind | None:
    """What the ending of ``name`` says; reads nothing."""
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    if ending in PHOTO_EXTENSIONS:
        return Kind.PHOTO
    return Kind.TRACK if ending in TRACK_EXTENSIONS else None


def kind_of_file(path: Path) -> Kind | None:
    """As ``kind_of_name``; where the name says nothing, what the first bytes say. None too if they can't be read."""
    named = kind_of_name(path.name)
    if named is not None:
        return named
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    if photo_signature(head):
        return Kind.PHOTO
    return Kind.TRACK if track_signature(head) else None


def photo_signature(head: bytes) -> str | None:
    """The photo format that the first ``HEAD_BYTES`` bytes announce ("JPEG", "TIFF", "RAW", "HEIF", …)."""
    if head[4:8] == b"ftyp":
        brands = {head[8:12]} | {head[i : i + 4] for i in range(16, min(len(head), _box_length(head)), 4)}
        if head[8:11] == b"crx":
            return "RAW"
        if brands & _AVIF_BRANDS:
            return "AVIF"
        return "HEIF" if brands & _HEIF_BRANDS else None
    return _first_match(head, _PHOTO_SIGNATURES)


def track_signature(head: bytes) -> str | None:
    """The track format that the first ``HEAD_BYTES`` bytes announce ("MP3", "OGG", "MP4", …)."""
    if head[4:8] == b"ftyp" and head[8:12] in _SONG_BRANDS:
        return "MP4"
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and not head.startswith(b"\xff\xfe"):
        layer, bit_rate, rate = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
        if layer == 0 and head[1] & 0xF6 == 0xF0:
            return "AAC"
        if layer and bit_rate not in (0, 15) and rate != 3:
            return "MP3"
    return _first_match(head, _TRACK_SIGNATURES)


def _box_length(head: bytes) -> int:
    return int.from_bytes(head[:4], "big")


def _first_match(head: bytes, signatures: tuple[tuple[int, bytes, str], ...]) -> str | None:
    for offset, magic, name in signatures:
        if head.startswith(magic, offset):
            return name
    return None
