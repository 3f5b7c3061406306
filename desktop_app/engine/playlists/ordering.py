"""Putting chosen tracks in an order with small steps, artists apart."""

from collections import Counter
from collections.abc import Callable, Sequence

from desktop_app.engine.playlists.likeness import Likeness
from desktop_app.engine.playlists.spacing import Artist, conflicts, feasible, waits

IMPROVE_UP_TO = 200  # tracks; longer lists keep the greedy order
PASSES = 6


def chained(
    start: Sequence[int], chosen: Sequence[int], artists: Sequence[Artist], gap: int, cost: Callable[[int, int], float]
) -> list[int]:
    """``start`` and then all chosen ones: each time the cheapest next (``cost(previous, next)``) that keeps the gap
    and leaves the rest able to; where none can, the cheapest. Equal costs in the order given."""
    order, left = list(start), list(chosen)
    counts = Counter(artist for artist in (artists[at] for at in left) if artist is not None)
    while left:
        previous = order[-1] if order else left[0]
        ranked = sorted(left, key=lambda at: cost(previous, at))
        following = next((at for at in ranked if _keeps(at, order, len(left), counts, artists=artists, gap=gap)), None)
        if following is None:
            wait = waits([artists[at] for at in order], gap)
            following = min(ranked, key=lambda at: wait.get(artists[at] or "", 0))
        order.append(following)
        left.remove(following)
        artist = artists[following]
        if artist is not None:
            counts[artist] -= 1
    return order


def _keeps(
    at: int, order: Sequence[int], left: int, counts: Counter[str], *, artists: Sequence[Artist], gap: int
) -> bool:
    """Whether this track may come next, and the others still after it."""
    if gap == 0:
        return True
    recent = [artists[each] for each in order[max(0, len(order) - gap) :]]
    artist = artists[at]
    if artist is not None and artist in recent:
        return False
    remaining = Counter(counts)
    if artist is not None:
        remaining[artist] -= 1
    free = left - 1 - sum(remaining.values())
    return feasible(remaining, free, waits([*recent, artist], gap), gap)


def improved(
    order: list[int], fixed: int, artists: Sequence[Artist], gap: int, likeness: Likeness, *, last_fixed: bool = False
) -> list[int]:
    """The order with stretches turned round while that makes the steps smaller (2-opt), never at the artists' cost.

    The first ``fixed`` tracks stay, with ``last_fixed`` also the last one.
    """
    end = len(order) - (1 if last_fixed else 0)
    if end - fixed < 2 or len(order) > IMPROVE_UP_TO:
        return order
    kept = conflicts([artists[at] for at in order], gap)
    for _ in range(PASSES):
        changed = False
        for i in range(fixed, end - 1):
            for j in range(i + 1, end):
                if _gain(order, i, j, likeness) <= 1e-6:
                    continue
                turned = [*order[:i], *reversed(order[i : j + 1]), *order[j + 1 :]]
                if conflicts([artists[at] for at in turned], gap) <= kept:
                    order, changed = turned, True
        if not changed:
            break
    return order


def _gain(order: Sequence[int], i: int, j: int, likeness: Likeness) -> float:
    """By how much the steps' sum falls if order[i..j] is turned round."""
    gain = 0.0
    if i > 0:
        gain += likeness.between(order[i - 1], order[j]) - likeness.between(order[i - 1], order[i])
    if j + 1 < len(order):
        gain += likeness.between(order[i], order[j + 1]) - likeness.between(order[j], order[j + 1])
    return gain
