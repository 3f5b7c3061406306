"""What playlists promise: exact length, no repeats, artists apart, true figures, the same list each time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.catalogue_double import FUSION, CatalogueDouble, nudged, project, reading_of, vectors_of
from fixtures.keys import mix
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.playlists import Order, Playlist, PlaylistRequest
from desktop_app.engine.index import IndexStore
from desktop_app.engine.playlists import PlaylistBuilder
from desktop_app.engine.playlists.camelot import PITCHES
from desktop_app.engine.playlists.spacing import artist_key, conflicts
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

TRACKS = 80


def filled(folder: Path, artists: int = 12, tracks: int = TRACKS, seed: int = 0) -> CatalogueDouble:
    """Tracks 1…, of artists in turn (one in seven unknown), with tempo, key and length."""
    library = CatalogueDouble(IndexStore(folder, project))
    random = np.random.default_rng(seed)
    for item in range(1, tracks + 1):
        library.add(
            item,
            Kind.TRACK,
            vectors_of(Kind.TRACK, seed * 10_000 + item),
            artist=None if item % 7 == 0 else f"Artist {int(random.integers(artists))}",
            album="Album",
            duration=float(random.integers(120, 400)),
            tempo=None if item % 11 == 0 else float(random.integers(60, 180)),
            key=f"{PITCHES[int(random.integers(12))]} {'major' if random.random() < 0.5 else 'minor'}",
        )
    return library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CatalogueDouble]:
    made = filled(tmp_path)
    yield made
    made.store.close()


def build(library: CatalogueDouble, describe: Any = None, **asked: Any) -> Playlist:
    asked.setdefault("seeds", (ItemId(1),))
    return PlaylistBuilder(lambda: library, library.store, describe, FUSION).build(PlaylistRequest(**asked))


def ids(playlist: Playlist) -> list[int]:
    return [int(track.id) for track in playlist.tracks]


def crowded(playlist: Playlist, gap: int) -> int:
    return conflicts([artist_key(track.artist) for track in playlist.tracks], gap)


def similarity(library: CatalogueDouble, one: int, other: int) -> float:
    return float(library.vectors[one]["sound"] @ library.vectors[other]["sound"])


@given(
    length=st.integers(1, 60),
    variety=st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    gap=st.integers(0, 4),
    order=st.sampled_from(list(Order)),
    seeds=st.lists(st.integers(1, TRACKS), min_size=1, max_size=3, unique=True),
    with_seeds=st.booleans(),
    artists=st.sampled_from([2, 12, 40]),
)
@settings(max_examples=60, deadline=None)
def test_promises(
    tmp_path_factory: pytest.TempPathFactory,
    length: int,
    variety: float,
    gap: int,
    order: Order,
    seeds: list[int],
    with_seeds: bool,
    artists: int,
) -> None:
    library = filled(tmp_path_factory.getbasetemp() / "none", artists)
    request: dict[str, Any] = {
        "length": length,
        "variety": variety,
        "artist_gap": gap,
        "order": order,
        "seeds": tuple(ItemId(seed) for seed in seeds),
        "with_seeds": with_seeds,
    }
    playlist = build(library, **request)
    found = ids(playlist)
    assert len(found) == length
    assert len(set(found)) == length
    assert playlist.seeds == tuple(seeds)
    if with_seeds:
        assert found[: len(seeds)] == seeds[:length]
        assert [track.is_seed for track in playlist.tracks] == [at < len(seeds) for at in range(length)]
    else:
        assert not set(found) & set(seeds)
    own = [artist_key(library.held[seed].artist) for seed in seeds] if with_seeds else []
    if crowded(playlist, gap) > conflicts(own, gap):
        assert any("too few artists" in note for note in playlist.notes)
    if artists == 40 and length <= 20 and order is Order.SMOOTH:
        assert crowded(playlist, gap) <= conflicts(own, gap)
    assert_true_figures(library, playlist)
    if length <= 20:
        assert build(library, **request) == playlist
    library.store.close()


def assert_true_figures(library: CatalogueDouble, playlist: Playlist) -> None:
    assert playlist.minutes == pytest.approx(sum(track.seconds for track in playlist.tracks) / 60)
    rest = [track for track in playlist.tracks if not track.is_seed]
    for track in rest:
        each = [similarity(library, seed, track.id) for seed in playlist.seeds]
        assert track.similarity == pytest.approx((np.mean(each) + max(each)) / 2, abs=2e-3)
    statistics = playlist.statistics
    if rest:
        values = [track.similarity for track in rest]
        assert statistics.average_similarity == pytest.approx(np.mean(values))
        assert statistics.min_similarity == pytest.approx(min(values))
        assert statistics.max_similarity == pytest.approx(max(values))
        assert statistics.similarity_range == pytest.approx(max(values) - min(values))
    steps = [1 - similarity(library, one, other) for one, other in pairwise(ids(playlist))]
    assert statistics.mean_step == pytest.approx(np.mean(steps) if steps else 0.0, abs=2e-3)


def test_no_variety_takes_the_nearest(library: CatalogueDouble) -> None:
    nearest = sorted(range(2, TRACKS + 1), key=lambda item: -similarity(library, 1, item))
    found = ids(build(library, length=10, variety=0.0, artist_gap=0, order=Order.CLOSEST))
    assert found == [1, *nearest[:9]]
    assert set(ids(build(library, length=10, variety=0.0, artist_gap=0))) == set(found)


def test_more_variety_spreads_further(library: CatalogueDouble) -> None:
    def spread(variety: float) -> float:
        found = ids(build(library, length=12, variety=variety, artist_gap=0))
        return float(np.mean([similarity(library, a, b) for a in found for b in found if a != b]))

    assert spread(0.0) > spread(0.5) > spread(1.0)


def test_smooth_steps_are_smaller_than_closest_ones(library: CatalogueDouble) -> None:
    smooth = build(library, length=20, artist_gap=0, variety=0.5)
    closest = build(library, length=20, artist_gap=0, variety=0.5, order=Order.CLOSEST)
    assert set(ids(smooth)) == set(ids(closest))
    assert smooth.statistics.mean_step < closest.statistics.mean_step


@pytest.mark.parametrize("order", [Order.RISING, Order.FALLING])
def test_the_tempo_rises_or_falls(library: CatalogueDouble, order: Order) -> None:
    playlist = build(library, length=25, order=order)
    tempos = [track.bpm for track in playlist.tracks[1:]]
    assert None not in tempos
    assert tempos == sorted(tempos, reverse=order is Order.FALLING)  # type: ignore[type-var]
    assert crowded(playlist, 2) == 0


def test_unknown_tempos_come_last(tmp_path: Path) -> None:
    library = filled(tmp_path, tracks=30)
    playlist = build(library, length=30, order=Order.RISING, artist_gap=0)
    known = [track.bpm is not None for track in playlist.tracks[1:]]
    assert known == sorted(known, reverse=True)
    library.store.close()


def test_by_tempo_range_and_filter(library: CatalogueDouble) -> None:
    playlist = build(library, length=15, bpm=(90, 130))
    assert all(90 <= (track.bpm or 0) <= 130 for track in playlist.tracks[1:])
    library.filters["genre:jazz"] = list(range(40, 60))
    playlist = build(library, length=12, query="genre:jazz")
    assert set(ids(playlist)[1:]) <= set(range(40, 60))
    assert len(playlist.tracks) == 12


def test_harmonic_neighbours_mix(library: CatalogueDouble) -> None:
    playlist = build(library, length=15, harmonic=True, artist_gap=1)
    assert all(mix(one.key, other.key) for one, other in pairwise(playlist.tracks))
    rising = build(library, length=8, harmonic=True, order=Order.RISING, artist_gap=0)
    assert all(mix(one.key, other.key) for one, other in pairwise(rising.tracks))
    for item in range(2, TRACKS + 1):
        library.change(item, key=None)
    assert any("keys that don't mix" in note for note in build(library, length=5, harmonic=True).notes)


def test_a_path_to_a_target(library: CatalogueDouble) -> None:
    far = min(range(2, TRACKS + 1), key=lambda item: similarity(library, 1, item))
    playlist = build(library, length=12, target=ItemId(far), artist_gap=1)
    found = ids(playlist)
    assert (found[0], found[-1], len(found), len(set(found))) == (1, far, 12, 12)
    share = [similarity(library, far, item) - similarity(library, 1, item) for item in found]
    assert np.corrcoef(np.arange(12), share)[0, 1] > 0.8
    assert crowded(playlist, 1) == 0
    assert ids(build(library, length=2, target=ItemId(far))) == [1, far]
    assert ids(build(library, length=1, target=ItemId(far))) == [far]
    by_file = build(library, length=12, target_file=library.held[far].path, artist_gap=1)
    assert ids(by_file) == found
    same = build(library, length=5, target=ItemId(1))
    assert len(same.tracks) == 5
    assert any("one of the seeds" in note for note in same.notes)


@given(
    minutes=st.floats(10, 200), with_seeds=st.booleans(), variety=st.floats(0, 1), order=st.sampled_from(list(Order))
)
@settings(max_examples=30, deadline=None)
def test_minutes_are_met_within_half_a_track(
    tmp_path_factory: pytest.TempPathFactory, minutes: float, with_seeds: bool, variety: float, order: Order
) -> None:
    library = filled(tmp_path_factory.getbasetemp() / "none", 60)
    playlist = build(library, minutes=minutes, with_seeds=with_seeds, variety=variety, order=order, artist_gap=1)
    mean = float(np.mean([row.duration for row in library.held.values() if row.duration]))
    assert abs(playlist.minutes * 60 - minutes * 60) <= mean / 2
    assert len(set(ids(playlist))) == len(playlist.tracks)
    library.store.close()


def test_no_track_twice_under_two_names(library: CatalogueDouble) -> None:
    library.add(200, Kind.TRACK, library.vectors[1], content_hash="c1", artist="Other")
    library.add(201, Kind.TRACK, library.vectors[1], content_hash="retagged", artist="Other")
    library.add(202, Kind.TRACK, library.vectors[2], content_hash="retagged too", artist="Other")
    playlist = build(library, length=TRACKS, artist_gap=0)
    assert sorted(ids(playlist)) == list(range(1, TRACKS + 1))
    assert not any("no more tracks" in note for note in playlist.notes)


def test_no_recording_twice_unless_nothing_else_is_left(library: CatalogueDouble) -> None:
    library.add(200, Kind.TRACK, nudged(library.vectors[1], 0.01), title="100 % Song", artist="Somebody")
    library.add(201, Kind.TRACK, vectors_of(Kind.TRACK, 9_077), title="Café  del Mar", artist="Énergie")
    library.add(202, Kind.TRACK, vectors_of(Kind.TRACK, 9_078), title="Cafe del mar", artist="ENERGIE")
    for order in Order:
        found = ids(build(library, length=40, artist_gap=0, order=order))
        assert len(found) == 40 and 200 not in found and not {201, 202} <= set(found)
    assert 200 not in ids(build(library, length=40, with_seeds=False))
    everything = build(library, length=TRACKS + 3, artist_gap=0)
    assert len(set(ids(everything))) == TRACKS + 3
    assert any("in two files" in note for note in everything.notes)


def test_silent_tracks_are_not_one_another(library: CatalogueDouble) -> None:
    even = np.full(6, 6**-0.5, np.float32)
    for item in (200, 201):
        library.add(item, Kind.TRACK, {"sound": even})
    assert {200, 201} <= set(ids(build(library, length=TRACKS + 2)))


def test_a_small_library_gives_all_and_says_so(library: CatalogueDouble) -> None:
    playlist = build(library, length=100)
    assert sorted(ids(playlist)) == list(range(1, TRACKS + 1))
    assert any("no more tracks that fit" in note for note in playlist.notes)
    assert any("minutes" in note for note in build(library, minutes=100_000.0).notes)
    playlist = build(library, length=50, minimum=0.9)
    assert all(track.similarity >= 0.9 for track in playlist.tracks)
    assert playlist.notes


def test_few_candidates_far_down_the_list_are_found(tmp_path: Path) -> None:
    library = filled(tmp_path, tracks=600, artists=300)
    far = sorted(range(2, 601), key=lambda item: similarity(library, 1, item))[:30]
    for item in range(2, 601):
        library.change(item, tempo=400.0 if item in far else 100.0)
    assert set(ids(build(library, length=20, bpm=(399, 401)))[1:]) <= set(far)
    assert len(build(library, length=20, bpm=(399, 401)).tracks) == 20
    library.store.close()


def test_only_what_is_present(library: CatalogueDouble) -> None:
    for item in range(1, 41):
        library.change(item, state=State.OFFLINE)
    playlist = build(library, length=30)
    assert min(ids(playlist)) > 40
    assert len(playlist.tracks) == 30
    assert any("not there at present" in note for note in playlist.notes)
    with pytest.raises(KnownError, match="must be in the library"):
        build(library, target=ItemId(2))


def test_seeds_from_outside_shape_the_list(library: CatalogueDouble) -> None:
    outside = Path("/elsewhere/seed.mp3")
    vectors = nudged(library.vectors[30], 0.01)

    def describe(path: Path) -> Any:
        if path != outside:
            raise UnreadableFileError("It is empty.")
        return reading_of(path, Kind.TRACK, vectors)

    playlist = build(library, describe, seeds=(), seed_files=(outside, Path("/elsewhere/bad.mp3")), length=5)
    assert ids(playlist)[0] == 30 or 30 in ids(playlist)
    assert playlist.seeds == ()
    assert len(playlist.notes) == 2
    with pytest.raises(UnreadableFileError):
        build(library, describe, seeds=(), seed_files=(Path("/elsewhere/bad.mp3"),))


def test_more_seeds_than_places(library: CatalogueDouble) -> None:
    assert ids(build(library, seeds=tuple(ItemId(item) for item in range(1, 9)), length=5)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"seeds": ()}, UsageError),
        ({"length": 0}, UsageError),
        ({"minutes": 0.0}, UsageError),
        ({"minutes": float("nan")}, UsageError),
        ({"variety": 1.1}, UsageError),
        ({"minimum": -0.1}, UsageError),
        ({"artist_gap": -1}, UsageError),
        ({"bpm": (130, 90)}, UsageError),
        ({"seeds": (ItemId(4000),)}, KnownError),
        ({"seeds": (ItemId(300),)}, KnownError),
        ({"target": ItemId(300)}, KnownError),
        ({"seeds": (ItemId(301),)}, UnreadableFileError),
    ],
)
def test_requests_that_make_no_sense(library: CatalogueDouble, asked: dict[str, Any], error: type[KnownError]) -> None:
    library.add(300, Kind.PHOTO)
    library.add(301, Kind.TRACK, {})
    with pytest.raises(error):
        build(library, **asked)


def test_unknown_artists_never_conflict(library: CatalogueDouble) -> None:
    for item in library.held:
        library.held[item] = replace(library.held[item], artist=" " if item % 2 else None)
    playlist = build(library, length=40, artist_gap=10)
    assert playlist.notes == ()
