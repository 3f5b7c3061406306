"""What a track's file says of itself, and its cover."""

from contextlib import closing
from pathlib import Path
from typing import Any

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import TrackMetadata
from desktop_app.engine.media.border import decoding, open_media
from desktop_app.engine.media.covers import embedded_cover, folder_cover, read_cover_file
from desktop_app.engine.media.formats import HEAD_BYTES, track_signature
from desktop_app.engine.media.sanitise import keywords_of, number_of, within
from desktop_app.engine.media.streams import AudioStream, NoAudioError, Opener, first_success
from desktop_app.engine.media.tags import read_tags, whole_of, year_of

_FORMATS = {
    "MP3": "MP3",
    "FLAC": "FLAC",
    "OggFLAC": "Ogg FLAC",
    "OggVorbis": "Ogg Vorbis",
    "OggOpus": "Opus",
    "OggSpeex": "Speex",
    "WAVE": "WAV",
    "AIFF": "AIFF",
    "AAC": "AAC",
    "ASF": "WMA",
    "MonkeysAudio": "APE",
    "WavPack": "WavPack",
    "Musepack": "Musepack",
}
_EXTRA = (("label", "Label"), ("copyright", "Copyright"), ("encoder", "Encoder"), ("isrc", "ISRC"))
_LONGEST = 30 * 86400.0  # seconds; what claims more has a broken header
_COMMENT_LIMIT = 2000


def read_track_metadata(path: Path) -> TrackMetadata:
    """Tags, and duration, rate, channels and bit rate. Raises UnreadableFileError if the file is no track."""
    with open_media(path) as file, decoding(Kind.TRACK):
        signature = track_signature(file.read(HEAD_BYTES))
        size = file.seek(0, 2)
        tags = read_tags(file)
        numbers = _numbers(tags.file, size) or _decoded_numbers(path, signature, size)
        duration, rate, channels, bit_rate, name = numbers
        has_cover = embedded_cover(tags.file) is not None or folder_cover(path) is not None
        return TrackMetadata(
            duration=duration,
            sample_rate=rate,
            channels=channels,
            bit_rate=bit_rate,
            format=name,
            title=tags.first("title"),
            artist=tags.joined("artist"),
            album=tags.first("album"),
            album_artist=tags.joined("album_artist"),
            genre=tags.first("genre"),
            year=year_of(tags.first("year")),
            track_number=whole_of(tags.first("track_number")),
            disc_number=whole_of(tags.first("disc_number")),
            composer=tags.joined("composer"),
            comment=(tags.first("comment") or "")[:_COMMENT_LIMIT] or None,
            tagged_tempo=within(tags.first("tempo"), 20, 400),
            rating=tags.stars(),
            keywords=keywords_of(word for line in tags.all("keywords") for word in line.split(";")),
            has_cover=has_cover,
            extra={label: words for field, label in _EXTRA if (words := tags.first(field))},
        )


def read_cover(path: Path) -> bytes | None:
    """The embedded cover, else the folder's, as the bytes of a picture file. Raises UnreadableFileError."""
    with open_media(path) as file, decoding(Kind.TRACK):
        cover = embedded_cover(read_tags(file).file)
    if cover is not None:
        return cover
    beside = folder_cover(path)
    return read_cover_file(beside) if beside else None


_Numbers = tuple[float, int, int, int, str]


def _numbers(file: Any, size: int) -> _Numbers | None:
    """Duration, rate, channels, bit rate and format as mutagen found them; None if it did not find them all."""
    info = getattr(file, "info", None)
    if info is None:
        return None
    duration = within(getattr(info, "length", None), 1e-3, _LONGEST)
    name = type(file).__name__
    # Opus always decodes at 48 kHz and says so nowhere.
    rate = 48000 if name == "OggOpus" else number_of(getattr(info, "sample_rate", None))
    channels = within(getattr(info, "channels", None), 1, 255)
    if duration is None or not rate or channels is None:
        return None
    if name == "MP4":
        name = "ALAC" if str(getattr(info, "codec", "")).startswith("alac") else "AAC"
    bit_rate = number_of(getattr(info, "bitrate", None)) or size * 8 / duration
    return duration, int(rate), int(channels), int(bit_rate), _FORMATS.get(name, name)


def _decoded_numbers(path: Path, signature: str | None, size: int) -> _Numbers:
    """The same from the decoder's header, counting samples where it doesn't say how many there are."""

    def numbers(opened: Opener) -> _Numbers:
        with closing(opened()) as stream:
            duration = stream.duration or _counted(stream)
            if not 0 < duration <= _LONGEST:
                raise NoAudioError
            name = (signature or path.suffix[1:]).upper()
            return duration, stream.rate, stream.channels, int(size * 8 / duration), name

    return first_success(path, signature, numbers)


def _counted(stream: AudioStream) -> float:
    return sum(len(block) for block in stream.blocks(0.0)) / stream.rate
