"""The tracks that a playlist may be made of, with all that choosing among them needs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.items import ItemRow
from desktop_app.engine.playlists.likeness import Likeness
from desktop_app.engine.playlists.spacing import Artist, artist_key


@dataclass(slots=True)
class Pool:
    """Tracks by position: some that are given (seeds, the target), then candidates, the most similar first.

    ``rows`` is None for a seed outside the library. ``similarity`` is (n,) to the seeds.
    """

    rows: Sequence[ItemRow | None]
    likeness: Likeness
    similarity: NDArray[np.float32]
    seeds: Sequence[int]
    prefix: Sequence[int]  # the seeds that open the list
    target: int | None
    candidates: Sequence[int]

    def artists(self) -> list[Artist]:
        """By position."""
        return [artist_key(row.artist) if row is not None else None for row in self.rows]

    def seconds(self, at: int) -> float:
        """A track's length; 0 where it isn't known."""
        row = self.rows[at]
        return float(row.duration or 0.0) if row is not None else 0.0

    def tempo(self, at: int) -> float | None:
        """Beats a minute."""
        row = self.rows[at]
        return row.tempo if row is not None else None

    def key(self, at: int) -> str | None:
        """As the catalogue says it."""
        row = self.rows[at]
        return row.key if row is not None else None

    def mean_seconds(self, count: int) -> float:
        """The mean length of the most similar candidates, never 0."""
        known = [seconds for seconds in (self.seconds(at) for at in self.candidates[: max(count, 20)]) if seconds > 0]
        return sum(known) / len(known) if known else 200.0
