"""However the program ended, and whatever became of its index files: after upkeep every index equals the catalogue."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.readings import photo
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index import IndexStore, last_save
from desktop_app.engine.index_upkeep import IndexUpkeep, forget_vectors
from desktop_app.engine.indexing.writing import BatchWriter

LOOK, PHASH = SPACES["look"], SPACES["phash"]


class Opened:
    """The catalogue and the indexes of a profile; ``drop`` is what a kill leaves of them: nothing is saved."""

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog.open(folder / "catalog.duckdb")
        self.store = IndexStore(folder / "indexes")
        self.upkeep = IndexUpkeep(self.catalog, self.store)
        roots = self.catalog.roots()
        self.root = roots[0] if roots else self.catalog.add_root(folder / "Pictures")

    def write(self, place: int, content: int) -> None:
        """A file at a place that has this content; content 0 lacks its vectors."""
        reading = photo(str(content))
        if content:
            reading = replace(reading, vectors={spec.name: vector(spec, content) for spec in (LOOK, PHASH)})
        BatchWriter(self.catalog, self.store).write([ItemWrite(None, self.root.id, f"{place}.jpg", reading)])

    def remove(self, place: int) -> None:
        """Take the item at a place out, if there is one."""
        found = self.catalog.items_by_paths([self.root.path / f"{place}.jpg"])
        ids = [row.id for row in found.values()]
        self.catalog.remove_items(ids)
        forget_vectors(self.store, ids)

    def change(self, changes: "list[tuple[int, int | None]]") -> None:
        """(place, content), None for removal."""
        for place, content in changes:
            if content is None:
                self.remove(place)
            else:
                self.write(place, content)

    def prepare(self) -> int:
        """Bring the indexes in line; returns how many items were looked at."""
        return max((progress.total or 0 for progress in self.upkeep.prepare()), default=0)

    def drop(self) -> None:
        """End without saving."""
        self.catalog.close()
        self.store.close()

    def assert_in_line(self) -> None:
        """Every index holds what the catalogue does, to the bit or to half precision."""
        for spec in (LOOK, PHASH):
            wanted = self.catalog.vector_items(spec.name, spec.version)
            ids, held = self.store.open_space(spec).vectors(wanted)
            assert ids.tolist() == self.store.open_space(spec).ids().tolist() == wanted.tolist()
            if len(wanted):
                of_items, truth = self.catalog.vectors_of_items(spec.name, spec.version, wanted)
                np.testing.assert_allclose(held, truth[np.argsort(of_items)], atol=2e-3)


def vector(spec: SpaceSpec, content: int) -> NDArray[Any]:
    """The vector that a content has."""
    random = np.random.default_rng(content)
    if spec.metric is Metric.HAMMING:
        return random.integers(0, 256, spec.dim, dtype=np.uint8)
    drawn = random.standard_normal(spec.dim).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


CHANGES = st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 5)), max_size=8)


@given(
    before=CHANGES,
    unsaved=st.lists(CHANGES, min_size=1, max_size=3),
    loss=st.sampled_from(["", "", "indexes", "last-save", "last-save garbage", "last-save cut", "look"]),
)
@settings(max_examples=25, deadline=None)
def test_after_kills_and_losses_every_index_equals_the_catalogue(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[int, int | None]],
    unsaved: list[list[tuple[int, int | None]]],
    loss: str,
) -> None:
    folder = tmp_path_factory.mktemp("profile")
    opened = Opened(folder)
    opened.prepare()
    opened.change(before)
    opened.upkeep.save()
    for changes in unsaved:  # killed again and again, also before upkeep has begun
        opened.change(changes)
        opened.drop()
        opened = Opened(folder)
    opened.drop()
    lose(folder / "indexes", loss)
    opened = Opened(folder)
    opened.prepare()
    opened.assert_in_line()
    assert opened.upkeep.prepared and not opened.upkeep.preparing
    opened.drop()
    opened = Opened(folder)
    assert opened.prepare() == 0  # it was saved, and nothing has changed since
    opened.assert_in_line()
    opened.drop()


def lose(indexes: Path, what: str) -> None:
    """Damage the files of the indexes."""
    file = indexes / last_save.NAME
    match what:
        case "indexes":
            shutil.rmtree(indexes, ignore_errors=True)
        case "last-save":
            file.unlink(missing_ok=True)
        case "last-save garbage":
            file.write_bytes(b"garbage\n\x00")
        case "last-save cut":
            if file.exists():
                file.write_bytes(file.read_bytes()[:-5])
        case "look":
            shutil.rmtree(indexes / f"{LOOK.name}-{LOOK.version}", ignore_errors=True)
        case _:
            pass


def test_after_a_kill_only_what_changed_is_looked_at(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    opened.prepare()
    for place in range(30):
        opened.write(place, place + 1)
    opened.upkeep.save()
    opened.write(3, 100)
    opened.write(40, 101)
    opened.remove(5)
    opened.drop()
    opened = Opened(tmp_path)
    looked_at = opened.prepare()
    opened.assert_in_line()
    assert looked_at == 2 * 2  # the edited and the new one, in two spaces
    opened.drop()


def test_an_edit_while_upkeep_goes_on_stands(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    opened.prepare()
    for place in range(10):
        opened.write(place, place + 1)
    opened.drop()
    opened = Opened(tmp_path)
    steps = opened.upkeep.prepare()
    next(steps)
    opened.change([(0, 50), (1, None), (20, 51)])
    for _progress in steps:
        pass
    opened.assert_in_line()
    opened.drop()
