"""Artists are kept apart whenever any order can."""

from collections import Counter
from itertools import permutations

import pytest
from fixtures.keys import mix
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.engine.playlists import spacing
from desktop_app.engine.playlists.camelot import distance, place
from desktop_app.engine.playlists.spacing import ArtistLimits, artist_key, conflicts, feasible, waits

ARTISTS = st.sampled_from(["a", "b", "c", None])


def possible(start: list[str | None], rest: list[str | None], gap: int) -> bool:
    """By trying every order."""
    before = conflicts(start, gap)
    return any(conflicts([*start, *order], gap) == before for order in set(permutations(rest)))


@given(start=st.lists(ARTISTS, max_size=3), rest=st.lists(ARTISTS, max_size=6), gap=st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_feasible_is_what_trying_every_order_finds(start: list[str | None], rest: list[str | None], gap: int) -> None:
    counts = Counter(artist for artist in rest if artist)
    free = sum(1 for artist in rest if artist is None)
    assert feasible(counts, free, waits(start, gap), gap) == possible(start, rest, gap)


@given(names=st.lists(ARTISTS, min_size=1, max_size=7), gap=st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_what_the_limits_allow_can_be_ordered(names: list[str | None], gap: int) -> None:
    limits = ArtistLimits([], len(names), gap)
    taken: list[str | None] = []
    for name in names:
        if limits.allows(name):
            limits.take(name)
            taken.append(name)
    filled = [*taken, *[None] * (len(names) - len(taken))]
    assert possible([], filled, gap)


def test_long_lists_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacing, "EXACT_CHECK", 3)
    assert feasible({"a": 2, "b": 2}, 1, {}, 2)
    assert not feasible({"a": 3}, 1, {}, 1)


def test_artists_are_compared_without_case() -> None:
    assert artist_key(" Björk ") == artist_key("BJÖRK")
    assert artist_key("") is artist_key(None) is None
    assert waits(["a", "b", "a"], 2) == {"b": 1, "a": 2}


@pytest.mark.parametrize(
    ("first", "second", "mixes"),
    [
        ("A minor", "C major", True),
        ("A minor", "E minor", True),
        ("A minor", "D minor", True),
        ("A minor", "A minor", True),
        ("C major", "G major", True),
        ("C major", "D major", False),
        ("A minor", "G major", False),
        ("B major", "F# major", True),
        ("Db major", "C# major", True),
        ("Am", "C", True),
        ("B♭ minor", "C# maj", True),
        ("C major", None, False),
        ("H major", "C major", False),
        ("C dorian", "C major", False),
    ],
)
def test_keys_that_mix(first: str | None, second: str | None, mixes: bool) -> None:
    assert mix(first, second) is mixes
    assert mix(second, first) is mixes


def test_the_wheel_goes_round() -> None:
    assert distance((0, True), (11, True)) == 1
    assert place("C major") == (0, True)
    assert place("A minor") == (0, False)
    assert place("") is None
