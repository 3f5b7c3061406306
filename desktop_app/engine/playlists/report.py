"""What a built playlist says of itself."""

from collections.abc import Sequence
from itertools import pairwise

from desktop_app.domain.ids import ItemId
from desktop_app.domain.playlists import Playlist, PlaylistStatistics, PlaylistTrack
from desktop_app.engine.playlists.pool import Pool
from desktop_app.engine.playlists.selection import Chosen


def reported(pool: Pool, chosen: Chosen, notes: Sequence[str]) -> Playlist:
    """The playlist of the chosen positions."""
    tracks = tuple(_track(pool, at) for at in chosen.order)
    seeds = tuple(row.id for row in (pool.rows[at] for at in pool.seeds) if row is not None)
    minutes = sum(track.seconds for track in tracks) / 60.0
    return Playlist(tracks, seeds, statistics_of(pool, chosen.order), minutes, None, tuple(notes))


def statistics_of(pool: Pool, order: Sequence[int]) -> PlaylistStatistics:
    """Similarities to the seeds of the tracks that are none, and the mean step; 0 where there is nothing to say."""
    found = [float(pool.similarity[at]) for at in order if at not in pool.seeds]
    steps = [1.0 - pool.likeness.between(one, other) for one, other in pairwise(order)]
    step = sum(steps) / len(steps) if steps else 0.0
    if not found:
        return PlaylistStatistics(0.0, 0.0, 0.0, 0.0, step)
    return PlaylistStatistics(sum(found) / len(found), min(found), max(found), max(found) - min(found), step)


def _track(pool: Pool, at: int) -> PlaylistTrack:
    row = pool.rows[at]
    assert row is not None
    is_seed = at in pool.seeds
    return PlaylistTrack(
        ItemId(row.id),
        row.path,
        row.title,
        row.artist,
        row.album,
        float(row.duration or 0.0),
        row.tempo,
        row.key,
        1.0 if is_seed else float(pool.similarity[at]),
        is_seed,
    )
