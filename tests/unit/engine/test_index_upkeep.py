"""Vectors that go and come back with their items."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fixtures.readings import photo

from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.vectors import AT_ONCE
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index.space_index import SpaceIndex
from desktop_app.engine.index_upkeep import forget_vectors, recall_vectors
from desktop_app.engine.indexing.writing import BatchWriter

LOOK = SPACES["look"]


def test_vectors_come_back_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog:
        root, store = catalog.add_root(tmp_path / "Pictures"), IndexStore(tmp_path / "indexes")
        vectors = random.standard_normal((AT_ONCE + 50, LOOK.dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        readings = [replace(photo(str(at)), vectors={"look": vector}) for at, vector in enumerate(vectors)]
        writes = [ItemWrite(None, root.id, f"{at}.jpg", each) for at, each in enumerate(readings)]
        BatchWriter(catalog, store).write(writes)
        ids = catalog.vector_items(LOOK.name, LOOK.version)
        forget_vectors(store, ids)
        index, add, sizes = store.open_space(LOOK), SpaceIndex.add, list[int]()

        def adding(self: SpaceIndex, ids: object, vectors: np.ndarray) -> None:
            sizes.append(len(vectors))
            add(self, ids, vectors)

        monkeypatch.setattr(SpaceIndex, "add", adding)
        recall_vectors(catalog, store, ids)
        assert sizes == [AT_ONCE, 50]
        held, back = index.vectors(ids)
        assert held.tolist() == index.ids().tolist() == ids.tolist()
        np.testing.assert_allclose(back, catalog.vectors_of_items(LOOK.name, LOOK.version, ids)[1], atol=2e-3)
        store.close()
