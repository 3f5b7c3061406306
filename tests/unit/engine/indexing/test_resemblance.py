"""Which contents may be one photo or track, edited."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import write

from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.descriptors.photo import describe_photos
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.indexing.resemblance import may_be_edits


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    made = IndexedLibrary(tmp_path)
    yield made
    made.close()


def items_of(library: IndexedLibrary, *names: str) -> list[KnownItem]:
    return [library.catalog.known_items([library.id_of(library.root / name)])[0] for name in names]


@pytest.mark.parametrize("ending", ["jpg", "mp3"])
def test_an_edit_and_another(library: IndexedLibrary, ending: str) -> None:
    for payload in ("one", "one, edited", "two"):
        write(library.root / f"{payload}.{ending}", payload)
    library.index()
    one, edited, two = items_of(library, f"one.{ending}", f"one, edited.{ending}", f"two.{ending}")
    assert may_be_edits(library.catalog, [(one, edited), (one, two), (edited, one)]) == [True, False, True]
    assert may_be_edits(library.catalog, []) == []


def test_what_is_not_described_and_what_is_of_another_kind_may_be(library: IndexedLibrary) -> None:
    write(library.root / "one.jpg", "one")
    write(library.root / "broken.jpg", "broken")
    write(library.root / "song.mp3", "song")
    library.index()
    one, broken, song = items_of(library, "one.jpg", "broken.jpg", "song.mp3")
    assert may_be_edits(library.catalog, [(one, broken), (one, song)]) == [True, True]


def test_a_picture_turned_or_without_its_colours_is_an_edit_and_another_picture_is_none(
    library: IndexedLibrary,
) -> None:
    down, across = np.mgrid[0:360, 0:480] / 480
    sunset = np.stack([255 * (1 - down), 90 + 60 * across, 255 * down], axis=2)
    sunset[(down - 0.3) ** 2 + (across - 0.6) ** 2 < 0.01] = (255, 240, 120)
    checks = np.repeat((((down * 40).astype(int) + (across * 40).astype(int)) % 2 * 255)[:, :, None], 3, axis=2)
    grey = np.repeat(sunset.mean(axis=2, keepdims=True), 3, axis=2)
    pictures = {"sunset": sunset, "turned": np.rot90(sunset), "grey": grey, "checks": checks}
    for name in pictures:
        write(library.root / f"{name}.jpg", name)
    library.index()
    items = dict(zip(pictures, items_of(library, *(f"{name}.jpg" for name in pictures)), strict=True))
    vectors = describe_photos([np.ascontiguousarray(each.astype(np.uint8)) for each in pictures.values()])
    payloads = [items[name].payload_hash or "" for name in pictures]
    with library.catalog.database.writing():
        for space in ("look", "colour"):
            version = SPACES[space].version
            library.catalog.database.run(f"DELETE FROM vector_{space}_{version}")
            library.catalog.put_vectors(space, version, payloads, [each[space] for each in vectors])
    pairs = [(items["sunset"], items[name]) for name in ("turned", "grey", "checks")]
    assert may_be_edits(library.catalog, pairs) == [True, True, False]
