"""Which of the ranked items are shown as hits."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemPlace
from desktop_app.domain.kinds import State
from desktop_app.domain.search import SimilarRequest
from desktop_app.engine.search.ports import SearchReader


@dataclass(frozen=True, slots=True)
class StateRule:
    """Only what is present is shown, unless the filter speaks of states itself."""

    anything: bool

    @classmethod
    def of(cls, text: str) -> "StateRule":
        """For a filter in the search language."""
        return cls(re.search(r"(?i)(?<![^\s(\-])state:", text) is not None)

    def shows(self, state: State) -> bool:
        """Whether an item in this state may be a hit."""
        return self.anything or state is State.PRESENT


def first_shown(
    reader: SearchReader, request: SimilarRequest, ids: NDArray[np.int64]
) -> tuple[list[tuple[int, ItemPlace]], int]:
    """The first k of the ids, best first, that may be shown, each with its position, and how many were passed over."""
    states, k = StateRule.of(request.query), request.k
    shown: list[tuple[int, ItemPlace]] = []
    dropped = 0
    for start in range(0, len(ids), k):
        if len(shown) >= k:
            break
        chunk = [ItemId(each) for each in ids[start : start + k].tolist()]
        found = reader.places(chunk)
        for position, item in enumerate(chunk, start):
            place = found.get(item)
            if place is None or not states.shows(place.state) or (request.hide_companions and place.is_companion):
                dropped += 1
            elif len(shown) < k:
                shown.append((position, place))
    return shown, dropped
