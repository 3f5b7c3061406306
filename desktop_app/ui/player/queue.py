"""What is played now and next. Plain Python, no Qt."""

from collections.abc import Sequence

from desktop_app.domain.ids import ItemId


class PlayQueue:
    """Item ids in playing order and the place that is playing; -1 where nothing is."""

    def __init__(self) -> None:
        self.ids: list[ItemId] = []
        self.place = -1

    @property
    def current(self) -> ItemId | None:
        """What is playing."""
        return self.ids[self.place] if 0 <= self.place < len(self.ids) else None

    @property
    def has_next(self) -> bool:
        """Whether something follows."""
        return self.place + 1 < len(self.ids)

    @property
    def has_previous(self) -> bool:
        """Whether something came before."""
        return self.place > 0

    def replace(self, ids: Sequence[ItemId], start: int = 0) -> None:
        """A new queue, playing from ``start``."""
        self.ids = list(ids)
        self.place = min(max(0, start), len(self.ids) - 1)

    def insert_next(self, ids: Sequence[ItemId]) -> None:
        """These follow what is playing."""
        self.ids[self.place + 1 : self.place + 1] = ids
        if self.place < 0 and self.ids:
            self.place = 0

    def step(self, by: int) -> ItemId | None:
        """Move on or back; None, and no move, at either end."""
        if 0 <= self.place + by < len(self.ids):
            self.place += by
            return self.current
        return None

    def jump(self, place: int) -> ItemId | None:
        """Play from ``place``."""
        if 0 <= place < len(self.ids):
            self.place = place
        return self.current

    def move(self, source: int, target: int) -> None:
        """Take the track at ``source`` to ``target``; what is playing goes on playing."""
        if source == target or not (0 <= source < len(self.ids) and 0 <= target < len(self.ids)):
            return
        self.ids.insert(target, self.ids.pop(source))
        if self.place == source:
            self.place = target
        elif source < self.place <= target:
            self.place -= 1
        elif target <= self.place < source:
            self.place += 1

    def remove(self, place: int) -> bool:
        """Take one out; True if it was the one that is playing (what followed it is in its place)."""
        if not 0 <= place < len(self.ids):
            return False
        del self.ids[place]
        playing = place == self.place
        if place < self.place or self.place >= len(self.ids):
            self.place -= 1
        return playing
