"""A catalogue on a real file, and a short way to put items in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import Root
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite

Put = Callable[..., list[ItemId]]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalogue."""
    with Catalog.open(tmp_path / "catalog.duckdb") as opened:
        yield opened


@pytest.fixture
def root(catalog: Catalog, tmp_path: Path) -> Root:
    """One watched folder."""
    return catalog.add_root(tmp_path / "Pictures")


@pytest.fixture
def put(catalog: Catalog, root: Root) -> Put:
    """Write readings by their place below the root; returns the ids in order."""

    def write(readings: dict[str, FileReading]) -> list[ItemId]:
        return catalog.upsert_readings(
            [ItemWrite(None, root.id, place, reading) for place, reading in readings.items()]
        )

    return write
