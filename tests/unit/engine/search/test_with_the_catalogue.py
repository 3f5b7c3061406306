"""Index, search and playlists over the real catalogue: what is found is what is stored, also after a restart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fixtures import readings

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.playlists import PlaylistRequest
from desktop_app.domain.search import SimilarRequest
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index.reconcile import reconcile
from desktop_app.engine.playlists import PlaylistBuilder
from desktop_app.engine.search.similar import SimilarSearch


@dataclass
class Shelf:
    """A catalogue with forty photos and thirty tracks, and its indexes."""

    folder: Path
    catalog: Catalog
    store: IndexStore
    photos: list[ItemId]
    tracks: list[ItemId]

    def reconcile(self) -> list[int]:
        """Bring all indexes in line; how many vectors each had to take in."""
        added: list[int] = []
        for spec in SPACES.values():
            if spec.metric is not Metric.NONE:
                index = self.store.open_space(spec)
                added.append(list(reconcile(index, self.catalog, spec))[-1].added)
        return added


def vectors(spec: SpaceSpec, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.generic]]:
    random = np.random.default_rng(spec.dim)
    if spec.metric is Metric.HAMMING:
        return random.integers(0, 256, (count, spec.dim), dtype=np.uint8)
    matrix = np.abs(random.standard_normal((count, spec.dim)))
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    catalog = Catalog.open(tmp_path / "catalog.duckdb")
    media = tmp_path / "media"
    media.mkdir()
    root = catalog.add_root(media)
    photos = catalog.upsert_readings(
        [ItemWrite(None, root.id, f"{at}.jpg", readings.photo(f"photo{at}")) for at in range(40)]
    )
    tracks = catalog.upsert_readings(
        [ItemWrite(None, root.id, f"{at}.mp3", readings.track(f"track{at}", artist=f"A{at % 9}")) for at in range(30)]
    )
    for spec in SPACES.values():
        count, name = (40, "photo") if spec.kind is Kind.PHOTO else (30, "track")
        if spec.metric is not Metric.NONE:
            hashes = [f"p:{name}{at}" for at in range(count)]
            catalog.put_vectors(spec.name, spec.version, hashes, vectors(spec, count))
    store = IndexStore(tmp_path / "indexes")
    made = Shelf(media, catalog, store, photos, tracks)
    made.reconcile()
    yield made
    made.store.close()
    catalog.close()


def test_similar_and_playlists(shelf: Shelf) -> None:
    search = SimilarSearch(shelf.catalog.reader, shelf.store)
    reply = search.run(SimilarRequest(files=(shelf.folder / "3.jpg",), k=20))
    assert len(reply.hits) == 20
    assert shelf.photos[3] not in {hit.id for hit in reply.hits}
    assert reply.hits[0].path.parent == shelf.folder
    filtered = search.run(SimilarRequest(items=(shelf.photos[3],), k=39, query="ext:jpg -name:5"))
    assert 0 < len(filtered.hits) <= 39
    shelf.catalog.set_states(shelf.photos[:20], State.MISSING)
    assert {hit.id for hit in search.run(SimilarRequest(items=(shelf.photos[3],), k=20)).hits} == set(shelf.photos[20:])
    away = search.run(SimilarRequest(items=(shelf.photos[3],), k=20, query="state:missing"))
    assert {hit.id for hit in away.hits} == set(shelf.photos[:20]) - {shelf.photos[3]}
    playlist = PlaylistBuilder(shelf.catalog.reader, shelf.store).build(
        PlaylistRequest(seeds=(shelf.tracks[0],), length=15)
    )
    assert len({track.id for track in playlist.tracks}) == 15
    assert playlist.notes == ()


def test_an_index_left_behind_catches_up(shelf: Shelf) -> None:
    spec = SPACES["look"]
    for index in shelf.store.opened():
        index.save(shelf.catalog.sequence)
    assert shelf.reconcile() == [0] * len(shelf.reconcile())
    changed = replace(readings.photo("new content"))
    root = shelf.catalog.roots()[0]
    shelf.catalog.upsert_readings([ItemWrite(shelf.photos[0], root.id, "0.jpg", changed)])
    vector = vectors(spec, 41)[40:]
    shelf.catalog.put_vectors(spec.name, spec.version, ["p:new content"], vector)
    shelf.catalog.remove_items([shelf.photos[1]])
    shelf.store.close()
    shelf.store = IndexStore(shelf.store.directory)
    shelf.reconcile()
    index = shelf.store.open_space(spec)
    assert index.ids().tolist() == [shelf.photos[0], *shelf.photos[2:]]
    ids, held = index.vectors(index.ids())
    stored_ids, stored = shelf.catalog.vectors_of_items(spec.name, spec.version, ids)
    assert stored_ids.tolist() == ids.tolist()
    np.testing.assert_array_equal(held, stored)
    assert shelf.store.open_space(SPACES["colour"]).count == 38
