"""Similarity requests and their answers."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app.domain.colours import colour_by_name
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class PaletteColour:
    """One colour of a palette: sRGB, 0..255 each, and its weight beside the others."""

    rgb: tuple[int, int, int]
    weight: float = 1.0

    @property
    def hex(self) -> str:
        """``#rrggbb``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)

    @classmethod
    def parse(cls, text: str) -> "PaletteColour":
        """``#rrggbb`` or ``#rgb``, with or without ``#``, or a name, and after a colon its weight.

        Raises ValueError with a sentence.
        """
        colour, _, weight = text.strip().partition(":")
        digits = (colour_by_name(colour) or colour.strip()).removeprefix("#")
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
            raise ValueError(f"“{text}” is no colour such as #ff8800, #ff8800:70 or blue.")
        try:
            share = float(weight.strip().removesuffix("%")) if weight.strip() else 1.0
        except ValueError:
            share = math.nan
        if not (math.isfinite(share) and share > 0):
            raise ValueError(f"“{weight}” is no weight: it has to be a number above 0, as in #ff8800:70.")
        return cls((int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)), share)


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """What to compare with. ``files`` may be in the library or not; ``items`` are in it.

    Several make one combined query. Or alone: ``text``, words for what is in a picture, or ``colours``, a palette.
    ``space`` None fuses the default spaces of the kind. ``query`` filters in the search language. ``minimum`` is a
    similarity in 0..1; only it cuts. What is like ``less_files`` and ``less_items``, of the same kind, comes later.
    """

    files: tuple[Path, ...] = ()
    items: tuple[ItemId, ...] = ()
    colours: tuple[PaletteColour, ...] = ()
    text: str = ""
    less_files: tuple[Path, ...] = ()
    less_items: tuple[ItemId, ...] = ()
    k: int = 20
    space: str | None = None
    query: str = ""
    minimum: float = 0.0
    hide_companions: bool = False  # leave out a RAW that stands behind its JPEG
    asked: float | None = field(default=None, compare=False)  # when, by time.perf_counter(); None: it never waited


@dataclass(frozen=True, slots=True)
class SpaceScore:
    """One space's part in a hit: similarity 0..1 and the weight it had in the fused score."""

    space: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A similar item. ``score`` 0..1 is the similarity shown to people as a percentage."""

    id: ItemId
    path: Path
    score: float
    parts: tuple[SpaceScore, ...] = ()
    identical: bool = False  # the same bytes as the query
    close: bool = True  # False: no nearer than items that have nothing in common; a label and never a cut


@dataclass(frozen=True, slots=True)
class SearchReply:
    """The hits, best first. ``queries`` are the files that were compared with.

    ``timings`` are seconds by stage, together ``seconds`` but for trifles: wait (for a free reader), read (the query's
    item), describe (the query's file), filter, search (the indexes), rank, rows; ``spaces`` are the seconds of search.
    ``unreadable`` maps a dropped file that could not be used to its sentence (the rest still answers).
    """

    request: SimilarRequest
    kind: Kind
    space: str
    queries: tuple[Path, ...]
    hits: tuple[Hit, ...]
    seconds: float
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    unreadable: Mapping[Path, str] = field(default_factory=dict[Path, str])
    notes: tuple[str, ...] = ()
    spaces: Mapping[str, float] = field(default_factory=dict[str, float])
