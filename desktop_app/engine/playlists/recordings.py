"""Which tracks of a pool are the same recording in another file: another encoding, master or tagging of it."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.playlists.pool import Pool

SAME_SOUND = 0.985
"""Cosine from which two tracks sound like one recording; other songs, also of one album, stay below 0.9."""


def name_key(title: str, artist: str | None) -> tuple[str, str] | None:
    """What makes two names the same: letters and digits without case and accents. None where one is not known."""
    key = _letters(title), _letters(artist or "")
    return key if all(key) else None


def _letters(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in apart if _stays(letter)).split())


def _stays(letter: str) -> bool:
    return not unicodedata.combining(letter)


class Recordings:
    """Tells repeats among a pool's tracks, by position."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._names = [name_key(row.title, row.artist) if row is not None else None for row in pool.rows]
        self._places: dict[tuple[str, str], list[int]] = {}
        for at, name in enumerate(self._names):
            if name is not None:
                self._places.setdefault(name, []).append(at)

    def like(self, at: int) -> NDArray[np.bool_]:
        """(n,) whether each track is the same recording as this one; true of itself."""
        same = self._pool.likeness.alike(at, SAME_SOUND)
        name = self._names[at]
        if name is not None:
            same[self._places[name]] = True
        same[at] = True
        return same
