"""Choosing the tracks of a playlist: near the seeds, more or less unlike each other, artists apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.playlists import Order, PlaylistRequest
from desktop_app.engine.playlists.camelot import distance, place
from desktop_app.engine.playlists.ordering import chained, improved
from desktop_app.engine.playlists.pool import Pool
from desktop_app.engine.playlists.recordings import Recordings
from desktop_app.engine.playlists.spacing import Artist, ArtistLimits, conflicts

STEP_WEIGHT = 0.5  # of a small step against nearness to the seeds, where tracks are chosen one after the other
FITTING = 0.1  # of a mean track: lengths that fill the last gap of a list by minutes equally well


@dataclass(slots=True)
class Chosen:
    """Positions in the pool, in order, and what could not be kept."""

    order: list[int]
    short: bool = False  # fewer than asked
    crowded: bool = False  # the artist gap could not be kept
    clashing: bool = False  # neighbours in keys that don't mix
    repeated: bool = False  # a recording is there in two files, as the length could not be kept otherwise


@dataclass(slots=True)
class Budget:
    """How much is still to be chosen: tracks, or seconds."""

    tracks: int
    seconds: float | None
    mean: float
    taken: int = 0
    used: float = 0.0

    def wants_more(self) -> bool:
        """Whether another track may come at all."""
        return self.taken < self.tracks if self.seconds is None else self.used < self.seconds

    def fitting(self, pool: Pool, allowed: Sequence[int]) -> list[int]:
        """Those of the allowed ones that bring the end nearer; the last one is chosen for its length."""
        if self.seconds is None:
            return list(allowed)
        left = self.seconds - self.used
        if left > 1.5 * self.mean:
            return list(allowed)
        off = {at: abs(left - pool.seconds(at)) for at in allowed if abs(left - pool.seconds(at)) < left}
        limit = max(min(off.values(), default=0.0), FITTING * self.mean)
        return [at for at, difference in off.items() if difference <= limit]

    def take(self, pool: Pool, at: int) -> None:
        """Count a track."""
        self.taken += 1
        self.used += pool.seconds(at)

    @classmethod
    def of(cls, pool: Pool, request: PlaylistRequest) -> "Budget":
        """For what comes between the seeds and the target."""
        given = [*pool.prefix, *([pool.target] if pool.target is not None else [])]
        if request.minutes is None:
            return cls(request.length - len(given), None, 0.0)
        mean = pool.mean_seconds(request.length)
        seconds = request.minutes * 60.0 - sum(pool.seconds(at) for at in given)
        return cls(max(0, round(seconds / mean)), seconds, mean)


@dataclass(slots=True)
class _Picker:
    """Takes the best candidates one by one: similarity against likeness to what is chosen (maximal marginal relevance,
    Carbonell and Goldstein 1998)."""

    pool: Pool
    request: PlaylistRequest
    budget: Budget
    artists: list[Artist]
    left: list[int] = field(default_factory=list[int])
    chosen: list[int] = field(default_factory=list[int])
    crowded: bool = False
    clashing: bool = False
    repeats: list[int] = field(default_factory=list[int])  # candidates that are recordings in the list already
    repeated: bool = False
    _nearest: NDArray[np.float32] = field(init=False)
    _recordings: Recordings = field(init=False)

    def __post_init__(self) -> None:
        self.left = list(self.pool.candidates)
        self._nearest = np.zeros(len(self.pool.rows), np.float32)
        self._recordings = Recordings(self.pool)
        given = [at for at in self.pool.seeds if self.pool.rows[at] is not None]
        for at in [*given, *([self.pool.target] if self.pool.target is not None else [])]:
            self._set_aside(at)

    def goes_on(self) -> bool:
        """Whether another track is wanted and there is one; repeats come only where nothing else is left."""
        if not self.budget.wants_more():
            return False
        if not self.left and self.repeats:
            self.left, self.repeats, self.repeated = self.repeats, [], True
        return bool(self.left)

    def _set_aside(self, at: int) -> None:
        """Candidates that are the same recording as a track of the list."""
        if self.repeated:
            return
        same = self._recordings.like(at)
        self.repeats += [each for each in self.left if same[each]]
        self.left = [each for each in self.left if not same[each]]

    def worth(self, at: int) -> float:
        """Of choosing a candidate next."""
        variety = self.request.variety
        return float((1.0 - variety) * self.pool.similarity[at] - variety * self._nearest[at])

    def best(self, allowed: Sequence[int], worth: Callable[[int], float]) -> int | None:
        """The allowed candidate of most worth that the budget can take; the more similar one of equals."""
        return max(self.budget.fitting(self.pool, allowed), key=worth, default=None)

    def take(self, at: int) -> None:
        """Choose a candidate."""
        self.left.remove(at)
        self._set_aside(at)
        self.chosen.append(at)
        self.budget.take(self.pool, at)
        if self.request.variety > 0:
            self._nearest = np.maximum(self._nearest, self.pool.likeness.row(at))


def choose(pool: Pool, request: PlaylistRequest) -> Chosen:
    """Fill the playlist from the pool in the order asked for. The same pool gives the same list."""
    picker = _Picker(pool, request, Budget.of(pool, request), pool.artists())
    if pool.target is not None:
        order = _path(picker, pool.target)
    elif request.order is not Order.SMOOTH:
        order = _sorted(picker)
    elif request.harmonic:
        order = _chain(picker)
    else:
        order = _smooth(picker)
    artists = [picker.artists[at] for at in order]
    unavoidable = conflicts([picker.artists[at] for at in pool.prefix], request.artist_gap)
    crowded = conflicts(artists, request.artist_gap) > unavoidable
    short = picker.budget.wants_more() and not picker.left
    return Chosen(order, short, crowded, _clashes(picker, order), picker.repeated)


def _smooth(picker: _Picker) -> list[int]:
    """A set first, then its order."""
    pool, gap = picker.pool, picker.request.artist_gap
    limits = ArtistLimits([picker.artists[at] for at in pool.prefix], picker.budget.tracks, gap)
    while picker.goes_on():
        allowed = [at for at in picker.left if limits.allows(picker.artists[at])]
        at = picker.best(allowed or picker.left, picker.worth)
        if at is None:
            break
        picker.take(at)
        limits.take(picker.artists[at])
    start = pool.prefix or picker.chosen[:1]
    rest = picker.chosen if pool.prefix else picker.chosen[1:]
    order = chained(start, rest, picker.artists, gap, lambda one, other: 1.0 - pool.likeness.between(one, other))
    return improved(order, len(start), picker.artists, gap, pool.likeness)


def _sorted(picker: _Picker) -> list[int]:
    """Tracks that keep the gap (and mix) in the very order asked for: each is put into its place, if it fits there."""
    pool, order = picker.pool, list[int]()
    start = len(pool.prefix)
    fixed = list(pool.prefix)
    while picker.goes_on():
        allowed = [at for at in picker.left if _fits(picker, fixed + order, start + _place(picker, order, at), at)]
        at = picker.best(allowed or picker.left, picker.worth)
        if at is None:
            break
        order.insert(_place(picker, order, at), at)
        picker.take(at)
    return fixed + order


def _rank(picker: _Picker, at: int) -> tuple[float, float]:
    """What the order sorts by; an unknown tempo comes last."""
    similarity = -float(picker.pool.similarity[at])
    if picker.request.order is Order.CLOSEST:
        return similarity, 0.0
    tempo = picker.pool.tempo(at)
    if tempo is None:
        return np.inf, similarity
    return (tempo if picker.request.order is Order.RISING else -tempo), similarity


def _place(picker: _Picker, order: Sequence[int], at: int) -> int:
    """Where a track belongs among sorted ones."""
    rank = _rank(picker, at)
    return sum(1 for each in order if _rank(picker, each) <= rank)


def _fits(picker: _Picker, order: Sequence[int], where: int, at: int) -> bool:
    """Whether a track put at that place is far enough from its artist's others, and mixes with its neighbours."""
    gap, artist = picker.request.artist_gap, picker.artists[at]
    around = [*order[max(0, where - gap) : where], *order[where : where + gap]]
    if artist is not None and any(picker.artists[each] == artist for each in around):
        return False
    if not picker.request.harmonic:
        return True
    return all(_mixes(picker, each, at) for each in [*order[where - 1 : where], *order[where : where + 1]])


def _chain(picker: _Picker) -> list[int]:
    """One track after the other, each mixing with the one before."""
    order = list(picker.pool.prefix)
    while picker.goes_on():
        at = _next(picker, order, picker.worth)
        if at is None:
            break
        order.append(at)
        picker.take(at)
    return order


def _path(picker: _Picker, target: int) -> list[int]:
    """From the seeds to the target: each place has a share of the way behind it, and a track that lies there."""
    pool = picker.pool
    order = list(pool.prefix)
    to_target = pool.likeness.row(target)
    places = max(1, picker.budget.tracks + 1)

    def lies_at(share: float) -> Callable[[int], float]:
        def worth(at: int) -> float:
            here, there = 1.0 - float(pool.similarity[at]), 1.0 - float(to_target[at])
            return -abs(here / max(here + there, 1e-6) - share) - 0.5 * (here + there)

        return worth

    while picker.goes_on():
        share = min(1.0, (picker.budget.taken + 1) / places)
        ending = max(0, picker.budget.tracks - picker.budget.taken - 1) < picker.request.artist_gap
        at = _next(picker, order, lies_at(share), target if ending else None)
        if at is None:
            break
        order.append(at)
        picker.take(at)
    return [*order, target]


def _next(
    picker: _Picker, order: Sequence[int], worth: Callable[[int], float], coming: int | None = None
) -> int | None:
    """The best track to follow: it mixes and keeps the gap (also to one that is coming) if any does."""
    gap = picker.request.artist_gap
    recent = {picker.artists[each] for each in [*order[max(0, len(order) - gap) :]]} if gap else set[Artist]()
    if coming is not None:
        recent.add(picker.artists[coming])
    recent.discard(None)
    apart = [at for at in picker.left if picker.artists[at] not in recent] or picker.left
    mixing = apart
    if picker.request.harmonic and order:
        mixing = [at for at in apart if _mixes(picker, order[-1], at)] or apart

    def stepwise(at: int) -> float:
        step = picker.pool.likeness.between(order[-1], at) if order else 0.0
        return worth(at) + STEP_WEIGHT * step

    return picker.best(mixing, stepwise)


def _mixes(picker: _Picker, one: int, other: int) -> bool:
    """Whether two tracks' keys are neighbours on the wheel."""
    first, second = place(picker.pool.key(one)), place(picker.pool.key(other))
    return first is not None and second is not None and distance(first, second) <= 1


def _clashes(picker: _Picker, order: Sequence[int]) -> bool:
    """Whether neighbours don't mix though they should, the seeds among themselves aside."""
    if not picker.request.harmonic:
        return False
    start = max(1, len(picker.pool.prefix))
    return any(not _mixes(picker, order[at - 1], order[at]) for at in range(start, len(order)))
