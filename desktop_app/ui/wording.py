"""Numbers, dates and states in the words that people read. Plain Python, no Qt."""

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from desktop_app.domain.items import ItemRow, Root
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis
from desktop_app.domain.musical_keys import key_sign
from desktop_app.domain.search import Hit

SPACE = "\u00a0"
"""Keeps a number and its unit on one line."""

DOT = " · "
_SLASH = re.compile("/(?=(.))", re.DOTALL)
_JOINER = "\u200d"
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_LATER_JAMO = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7ff"))  # of a Korean syllable, as macOS writes it in names
_LONG_NAME = re.compile(r"\S{24,}")  # without a blank: may be wider than a line

_SPACE_NAMES = {"look": "Look", "colour": "Colours", "sound": "Sound", "meaning": "Meaning", "tags": "Mood and genre"}


def breakable(text: str) -> str:
    """``text`` with places where a line may end: after each slash, and anywhere in longer names."""
    parts = _SLASH.sub(lambda found: "/" if _goes_on("/", found[1]) else "/\u200b", text).split("\u200b")
    return "\u200b".join(_LONG_NAME.sub(lambda found: "\u200b".join(_signs(found[0])), part) for part in parts)


def _signs(name: str) -> list[str]:
    """What people see as one letter: with its accents, also where these stand for themselves; emoji of several."""
    signs: list[str] = []
    for letter in name:
        if signs and _goes_on(signs[-1], letter):
            signs[-1] += letter
        else:
            signs.append(letter)
    return signs


def _goes_on(sign: str, letter: str) -> bool:
    return (
        unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")  # accents, variation selectors, joiners
        or sign.endswith(_JOINER)
        or _SKIN_TONES[0] <= letter <= _SKIN_TONES[1]
        or any(first <= letter <= last for first, last in _LATER_JAMO)
        or (_is_flag_letter(letter) and len(sign) == 1 and _is_flag_letter(sign))
    )


def _is_flag_letter(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def listed(words: Iterable[str]) -> str:
    """``blue, sand and black``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def duration_text(seconds: float | None) -> str:
    """A playing time: ``4:05``, ``1:02:33``; an en dash where it is unknown."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def minutes_text(minutes: float) -> str:
    """A length of listening: ``48 min``, ``1 h 12 min``; under a minute in seconds."""
    if minutes < 1:
        return f"{max(0, round(minutes * 60))}{SPACE}s"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours}{SPACE}h {rest}{SPACE}min" if hours else f"{rest}{SPACE}min"


def size_text(size: int) -> str:
    """Bytes in decimal units, as file managers show them: ``3.4 MB``."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 999.5:
            digits = 0 if unit == "bytes" or value >= 99.5 else 1
            return f"{value:.{digits}f}{SPACE}{unit}"
        value /= 1000
    return f"{value:.1f}{SPACE}TB"


def percent_text(share: float) -> str:
    """A similarity 0..1 as a whole percentage; 100 is kept for what really is the same."""
    percent = round(share * 100)
    if percent == 100 and share < 0.9995:
        percent = 99
    return f"{percent}{SPACE}%"


def count_text(count: int, one: str, many: str | None = None) -> str:
    """``1 photo``, ``2,004 photos``."""
    return f"{count:,}{SPACE}{one if count == 1 else many or one + 's'}"


def kinds_text(photos: int, tracks: int) -> str:
    """What a selection is made of: ``3 photos and 2 tracks``."""
    parts = [count_text(n, word) for n, word in ((photos, "photo"), (tracks, "track")) if n]
    return " and ".join(parts) or "Nothing"


def held_text(root: Root) -> str:
    """``670 present · 8 missing · 3 problems``: what the library knows of a folder; only a number if all is there."""
    others = ((root.missing, "missing"), (root.offline, "offline"))
    told = [f"{count:,}{SPACE}{word}" for count, word in others if count]
    told += [count_text(root.problems, "problem")] if root.problems else []
    return DOT.join([f"{root.present:,}{SPACE}present", *told]) if told else f"{root.present:,}"


def date_text(iso: str) -> str:
    """ISO 8601 local time as ``12 June 2024, 18:41``, with ``(UTC+2)`` where the zone is known."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    text = f"{moment.day} {moment:%B} {moment.year}"
    if len(iso) > 10:
        text += f", {moment:%H:%M}"
    offset = moment.utcoffset()
    return text if offset is None else f"{text} ({zone_text(offset)})"


def zone_text(offset: timedelta) -> str:
    """``UTC+2``, ``UTC−3:30``, ``UTC``."""
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


def moment_text(epoch: float) -> str:
    """Seconds since the epoch as local date and time."""
    return date_text(datetime.fromtimestamp(epoch).isoformat(timespec="seconds"))


def number_text(value: float, digits: int = 1) -> str:
    """Without a trailing ``.0``."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shutter_text(seconds: float) -> str:
    """``1/250 s``, ``0.8 s``, ``30 s``."""
    if 0 < seconds < 0.4:
        return f"1/{round(1 / seconds)}{SPACE}s"
    return f"{number_text(seconds)}{SPACE}s"


def exposure_text(photo: PhotoMetadata) -> str:
    """``1/250 s · f/2.8 · ISO 400 · 35 mm``, of what is known."""
    parts: list[str] = []
    if photo.exposure_seconds:
        parts.append(shutter_text(photo.exposure_seconds))
    if photo.aperture:
        parts.append(f"f/{number_text(photo.aperture)}")
    if photo.iso:
        parts.append(f"ISO{SPACE}{photo.iso}")
    if photo.focal_length_mm:
        parts.append(f"{number_text(photo.focal_length_mm)}{SPACE}mm")
    return DOT.join(parts)


def dimensions_text(width: int, height: int) -> str:
    """``4032 × 3024 · 12.2 MP``; small pictures without the megapixels."""
    text = f"{width}{SPACE}×{SPACE}{height}"
    megapixels = width * height / 1e6
    return f"{text}{DOT}{megapixels:.1f}{SPACE}MP" if megapixels >= 0.1 else text


def coordinates_text(latitude: float, longitude: float) -> str:
    """``48.85837° N, 2.29448° E``."""
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.5f}°{SPACE}{north}, {abs(longitude):.5f}°{SPACE}{east}"


def tempo_text(tempo: float) -> str:
    """``124 bpm``."""
    return f"{round(tempo)}{SPACE}bpm"


def key_text(analysis: TrackAnalysis) -> str:
    """``E♭ major`` of what was measured; empty where nothing can be said."""
    return key_sign(f"{analysis.key} {analysis.scale or ''}") if analysis.key else ""


def certainty_text(confidence: float) -> str:
    """A quiet word beside a measured value; nothing where it is as good as sure."""
    if confidence >= 0.6:
        return ""
    return "fairly sure" if confidence >= 0.3 else "unsure"


def state_text(row: ItemRow) -> str:
    """The sentence for an item that is not simply there; empty for one that is."""
    if row.state is State.MISSING:
        return "The file is no longer where it was. Its rating, tags and playlists are kept until you remove it."
    if row.state is State.OFFLINE:
        return "Its folder can’t be reached. Connect the drive or share, and it comes back by itself."
    if row.state is State.PROBLEM:
        return row.reason or "The file could not be read."
    return ""


def title_text(row: ItemRow) -> str:
    """``Title — Artist`` for a track, the title for a photo."""
    if row.kind is Kind.TRACK and row.artist:
        return f"{row.title} — {row.artist}"
    return row.title


def why_lines(hit: Hit) -> list[str]:
    """Why a hit has its score: what each space found and how much that counts, a line each; none for the same file."""
    if hit.identical:
        return []
    lines: list[str] = []
    counting = [part for part in hit.parts if round(100 * part.weight)]
    for part in counting:
        found, share = percent_text(part.similarity), percent_text(abs(part.weight))
        if part.weight < 0:
            lines.append(f"Like what is wanted less {found}, takes off {percent_text(-part.weight * part.similarity)}")
        elif part.space == "phash":
            lines.append(f"The same picture but for size or quality {found}")
        elif len(counting) == 1:
            lines.append(f"{_SPACE_NAMES.get(part.space, part.space.capitalize())} {found}")
        else:
            lines.append(f"{_SPACE_NAMES.get(part.space, part.space.capitalize())} {found}, counts for {share}")
    return lines
