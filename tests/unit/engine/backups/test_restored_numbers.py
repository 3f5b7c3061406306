"""A restored catalogue is a library of its own: no index is taken for its, and its numbers stay small."""

from pathlib import Path

import numpy as np
import pytest
from fixtures.filled_catalog import fill
from fixtures.readings import photo

from desktop_app.domain.backups import Reason
from desktop_app.domain.ids import SEQUENCE_BITS, ItemId, RootId
from desktop_app.engine.backups import restoring
from desktop_app.engine.backups.making import make_backup
from desktop_app.engine.catalog import Catalog, replacing
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index_upkeep import IndexUpkeep
from desktop_app.errors import UnreadableFileError
from desktop_app.file_lock import FileLock
from desktop_app.paths import Profile

LOOK = SPACES["look"]


def indexed(profile: Profile, names: str, start: int) -> None:
    """A library with these photos in this order, and its saved indexes."""
    profile.make()
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.database.run("UPDATE counter SET value = ? WHERE name = 'sequence'", [start])
        root = catalog.add_root(profile.directory.parent / "Pictures")
        catalog.upsert_readings([ItemWrite(None, root.id, f"{name}.jpg", photo(name)) for name in names])
        vectors = np.eye(len(names), LOOK.dim, dtype=np.float32)[["abc".index(name) for name in names]]
        catalog.put_vectors(LOOK.name, LOOK.version, [f"p:{name}" for name in names], vectors)
        in_line(catalog, profile)


def in_line(catalog: Catalog, profile: Profile) -> None:
    """Prepare the indexes and save them; then they are as the catalogue."""
    store = IndexStore(profile.index_dir)
    upkeep = IndexUpkeep(catalog, store)
    for _progress in upkeep.prepare():
        pass
    upkeep.save()
    wanted = catalog.vector_items(LOOK.name, LOOK.version)
    ids, held = store.open_space(LOOK).vectors(wanted)
    of_items, truth = catalog.vectors_of_items(LOOK.name, LOOK.version, wanted)
    assert ids.tolist() == wanted.tolist() and len(wanted) == 3
    np.testing.assert_allclose(held, truth[np.argsort(of_items)], atol=2e-3)
    store.close()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(0, 0), (5 << SEQUENCE_BITS, 9 << SEQUENCE_BITS), (9 << SEQUENCE_BITS, 5 << SEQUENCE_BITS)]
)
def test_the_indexes_of_another_library_are_not_believed(tmp_path: Path, ours: int, theirs: int) -> None:
    """Both count ids and payloads from 1, so that each number is another photo's."""
    first, second = Profile.at(tmp_path / "first"), Profile.at(tmp_path / "second")
    indexed(first, "abc", ours)
    with Catalog.open(first.catalog_path) as catalog:
        made = make_backup(catalog.database, tmp_path / "b.zip", reason=Reason.ASKED)
    indexed(second, "cba", theirs)
    with Catalog.open(second.catalog_path) as catalog:
        before = catalog.sequence
    restoring.restore(second, made.path)
    with Catalog.open(second.catalog_path) as catalog:
        assert catalog.sequence >> SEQUENCE_BITS not in {0, before >> SEQUENCE_BITS, ours >> SEQUENCE_BITS}
        in_line(catalog, second)


def test_a_restored_library_that_is_opened_at_once_stays(
    filled: Catalog, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a program that knows no lock but the file's own."""
    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    filled.log.rate([3], 1)
    filled.close()
    opened: list[Catalog] = []
    exchange = replacing.exchange

    def exchange_and_open(path: Path, fresh: Path) -> None:
        exchange(path, fresh)
        opened.append(Catalog(Database(path), FileLock(path.with_name("another"))))
        opened[0].log.rate([4], 2)

    monkeypatch.setattr(replacing, "exchange", exchange_and_open)
    restoring.restore(profile, made.path)
    opened[0].log.rate([5], 3)
    opened[0].close()
    with Catalog.open(profile.catalog_path) as catalog:
        rows = catalog.rows([ItemId(number) for number in (3, 4, 5)])
        assert [row.rating for row in rows] == [0, 2, 3]


def counters(profile: Profile) -> dict[str, int]:
    with Catalog.open(profile.catalog_path) as catalog:
        found = {str(name): int(value) for name, value in catalog.database.rows("SELECT name, value FROM counter")}
    del found["sequence"]
    return found


def test_restoring_over_damage_again_and_again_leaves_small_numbers(
    filled: Catalog, profile: Profile, tmp_path: Path
) -> None:
    """Numbers of items are a C int where the window hands them on, and arrays are as long as the highest."""
    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    filled.close()
    for _ in range(5):
        before = counters(profile)
        profile.catalog_path.write_bytes(b"damaged")
        restoring.restore(profile, made.path)
        after = counters(profile)
        assert all(after[name] > before[name] for name in before) and max(after.values()) < 10_000_000
        with Catalog.open(profile.catalog_path) as catalog:
            made = make_backup(catalog.database, tmp_path / "b.zip", reason=Reason.ASKED)


HUGE = {
    "item": "UPDATE item SET id = 1::BIGINT << 60 WHERE id = 9",
    "payload": "UPDATE payload SET id = 1::BIGINT << 60 WHERE id = 1",
    "edit": "UPDATE edit SET id = 1::BIGINT << 60",
    "root": "UPDATE root SET id = -7",
    "of an item": "UPDATE item SET payload_id = 1::BIGINT << 60 WHERE id = 3",
    "of a vector": "UPDATE vector_look_1 SET payload_id = 1::BIGINT << 60",
    "counter": "UPDATE counter SET value = 9223372036854775807 WHERE name = 'item'",
    "no counter": "DELETE FROM counter WHERE name = 'item'",
    "two counters": "INSERT INTO counter VALUES ('item', 50)",
}


@pytest.mark.parametrize("name", HUGE)
def test_numbers_that_no_library_has_are_refused(profile: Profile, tmp_path: Path, name: str) -> None:
    with Catalog.open(tmp_path / "odd.duckdb") as catalog:
        fill(catalog, tmp_path)
        catalog.database.run(HUGE[name])
        odd = make_backup(catalog.database, tmp_path / "odd.zip", reason=Reason.ASKED, full=True)
    profile.make()
    with pytest.raises(UnreadableFileError, match=r"odd\.zip"):
        restoring.restore(profile, odd.path)
    assert not profile.catalog_path.exists()


def test_a_counter_that_lags_behind_is_brought_up(profile: Profile, tmp_path: Path) -> None:
    """The backup before a repair has the fault that the repair mends."""
    with Catalog.open(tmp_path / "odd.duckdb") as catalog:
        fill(catalog, tmp_path)
        catalog.database.run("UPDATE counter SET value = 1 WHERE name IN ('item', 'payload')")
        odd = make_backup(catalog.database, tmp_path / "odd.zip", reason=Reason.ASKED)
    restoring.restore(profile, odd.path)
    with Catalog.open(profile.catalog_path) as catalog:
        assert all(finding.ok for finding in catalog.check())
        (new,) = catalog.upsert_readings([ItemWrite(None, RootId(1), "new.jpg", photo("new"))])
        assert new > 9 and all(finding.ok for finding in catalog.check())
