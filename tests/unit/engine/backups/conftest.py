"""A profile with a filled catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.filled_catalog import fill

from desktop_app.engine.catalog import Catalog
from desktop_app.paths import Profile


@pytest.fixture
def filled(profile: Profile, tmp_path: Path) -> Iterator[Catalog]:
    """Open; close it before restoring."""
    with Catalog.open(profile.catalog_path) as catalog:
        fill(catalog, tmp_path / "Pictures")
        yield catalog
