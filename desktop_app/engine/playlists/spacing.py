"""Keeping tracks of one artist apart."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence

EXACT_CHECK = 300  # up to so many tracks left, whether they can still be spaced is simulated; beyond, estimated

Artist = str | None


def artist_key(name: str | None) -> Artist:
    """What makes two artists the same: letters, without case and spaces around; None for an unknown one."""
    key = (name or "").strip().casefold()
    return key or None


def conflicts(artists: Sequence[Artist], gap: int) -> int:
    """How many tracks stand fewer than ``gap`` others after one of the same artist."""
    last: dict[str, int] = {}
    found = 0
    for at, artist in enumerate(artists):
        if artist is None:
            continue
        if artist in last and at - last[artist] <= gap:
            found += 1
        last[artist] = at
    return found


def waits(placed: Sequence[Artist], gap: int) -> dict[str, int]:
    """After these tracks, how many others must come before each artist may again; those that may now are left out."""
    recent = placed[max(0, len(placed) - gap) :] if gap else []
    return {artist: gap - back for back, artist in reversed(list(enumerate(reversed(recent)))) if artist is not None}


def feasible(counts: Mapping[str, int], free: int, wait: Mapping[str, int], gap: int) -> bool:
    """Whether so many tracks by artist, and ``free`` of unknown ones, can follow without a conflict.

    Serving the artist with most tracks left first is optimal where all wait equally long (cooldown scheduling).
    """
    slots = sum(counts.values()) + free
    for artist, count in counts.items():
        if count and wait.get(artist, 0) + (count - 1) * (gap + 1) >= slots:
            return False
    if slots > EXACT_CHECK or gap == 0:
        return True
    ready: list[tuple[int, str]] = []
    waiting: list[tuple[int, str, int]] = []
    for artist, count in counts.items():
        if count:
            heapq.heappush(waiting, (wait.get(artist, 0), artist, count))
    for slot in range(slots):
        while waiting and waiting[0][0] <= slot:
            _, artist, count = heapq.heappop(waiting)
            heapq.heappush(ready, (-count, artist))
        if ready:
            count, artist = heapq.heappop(ready)
            if count + 1:
                heapq.heappush(waiting, (slot + gap + 1, artist, -count - 1))
        elif free:
            free -= 1
        else:
            return False
    return True


class ArtistLimits:
    """While tracks are chosen, how many of each artist still leave an order without conflicts possible.

    ``placed`` are the artists of what stands at the beginning, ``slots`` the places after it.
    """

    def __init__(self, placed: Sequence[Artist], slots: int, gap: int) -> None:
        self._wait, self._slots, self._gap = waits(placed, gap), slots, gap
        self._counts: Counter[str] = Counter()

    def allows(self, artist: Artist) -> bool:
        """Whether one more of this artist may be chosen."""
        if artist is None or not self._gap:
            return True
        count = self._counts[artist] + 1
        stride = self._gap + 1
        if self._wait.get(artist, 0) + (count - 1) * stride >= self._slots:
            return False
        crowded = self._slots - (count - 1) * stride  # so many artists can have this many tracks
        return crowded >= stride or sum(1 for each in self._counts.values() if each >= count) < crowded

    def take(self, artist: Artist) -> None:
        """One more of this artist was chosen."""
        if artist is not None:
            self._counts[artist] += 1
