"""A damaged catalogue is refused, or found when it is read, or whole; never read wrongly."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.filled_catalog import fill
from fixtures.readings import photo

from desktop_app.engine.catalog import Catalog, copying
from desktop_app.engine.catalog.checks import readable
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.errors import LibraryDamagedError

ROUNDS = 30
Damage = Callable[[bytearray, random.Random], bytearray]


def _flipped(content: bytearray, chance: random.Random) -> bytearray:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _zeroed(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.choice([at for at in range(0, len(content), 4096) if any(content[at : at + 4096])])
    content[start : start + 4096] = bytes(4096)
    return content


def _cut(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(len(content))]


def _head(content: bytearray, chance: random.Random) -> bytearray:
    content[chance.randrange(12_288)] ^= 1 << chance.randrange(8)
    return content


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, list[object]]]:
    """The bytes of a catalogue, and all that is in it."""
    folder = tmp_path_factory.mktemp("whole")
    with Catalog.open(folder / "catalog.duckdb") as catalog:
        root = fill(catalog, folder)
        catalog.upsert_readings([ItemWrite(None, root.id, f"{n}.jpg", photo(f"c{n}")) for n in range(2000)])
    with Catalog.open(folder / "catalog.duckdb") as catalog:
        everything = contents(catalog)
    return (folder / "catalog.duckdb").read_bytes(), everything


def contents(catalog: Catalog) -> dict[str, list[object]]:
    database = catalog.database
    return {
        table: [row for batch in copying.read_table(database, table) for row in batch.to_pylist()]
        for table in (*copying.tables_to_copy(database, full=True), "schema_version")
    }


@pytest.mark.parametrize("damage", [_flipped, _zeroed, _cut, _head], ids=lambda each: each.__name__.strip("_"))
def test_never_a_wrong_answer(whole: tuple[bytes, dict[str, list[object]]], tmp_path: Path, damage: Damage) -> None:
    chance, found = random.Random(20), 0
    for number in range(ROUNDS):
        path = tmp_path / str(number) / "catalog.duckdb"
        path.parent.mkdir()
        path.write_bytes(damage(bytearray(whole[0]), chance))
        try:
            with Catalog.open(path) as catalog:
                if readable(catalog.database) is None:
                    assert contents(catalog) == whole[1]
                else:
                    found += 1
                    with pytest.raises(LibraryDamagedError):
                        contents(catalog)
        except LibraryDamagedError:
            found += 1
        path.unlink()
    assert found  # some of it was where it matters
